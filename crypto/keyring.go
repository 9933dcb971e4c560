package crypto

import "errors"

// Keyring holds the ciphers of one receiver: the current key first, then the previous
// ones. After a change of the key in the console the platform may still send messages
// that were sealed with the old key.
type Keyring []*Cipher

// Open opens encrypted with the first key for which padding, length and receiver are
// right. It also returns the cipher of that key, for sealing the answer. If no key
// opens it, the error is that of the current key, or [ErrReceiver] if for some key only
// the receiver was wrong. An empty Keyring fails with [ErrKey].
func (k Keyring) Open(encrypted []byte) (message []byte, by *Cipher, err error) {
	err = ErrKey
	for i, c := range k {
		message, openErr := c.Open(encrypted)
		if openErr == nil {
			return message, c, nil
		}
		if i == 0 || errors.Is(openErr, ErrReceiver) {
			err = openErr
		}
	}
	return nil, nil, err
}
