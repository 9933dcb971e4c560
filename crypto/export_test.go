package crypto

// SealWith seals with the random bytes of a known answer.
func (c *Cipher) SealWith(message []byte, random [16]byte) []byte {
	return c.appendSeal(nil, message, random)
}
