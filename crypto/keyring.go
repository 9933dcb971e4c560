package crypto

// Keyring is the ciphers of one receiver: the current key first, then the
// previous ones. While the key is changed in the console the platform may still
// send what was sealed with the old one.
type Keyring []*Cipher

// Open opens encrypted with the first key that passes every check, padding,
// length and receiver included, and returns the cipher that did: the answer is
// sealed with that one. When no key fits, the error is the one of the current
// key, or [ErrReceiver] when that is all that was wrong with a key. An empty
// Keyring fails with [ErrKey].
func (k Keyring) Open(encrypted []byte) (message []byte, by *Cipher, err error) {
	err = ErrKey
	for i, c := range k {
		message, openErr := c.Open(encrypted)
		if openErr == nil {
			return message, c, nil
		}
		if i == 0 || openErr == ErrReceiver {
			err = openErr
		}
	}
	return nil, nil, err
}
