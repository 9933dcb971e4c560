package crypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Errors of keys and envelopes. The numbers are those of the platform's own sample
// code.
var (
	// ErrKey means that an EncodingAESKey is not 43 characters of base64 (-40004).
	ErrKey = errors.New("crypto: EncodingAESKey must be 43 characters, letters and digits")
	// ErrBase64 means that the text of Encrypt is not base64 (-40010).
	ErrBase64 = errors.New("crypto: encrypted text is not base64")
	// ErrBlock means that the ciphertext is empty or not a whole number of AES blocks
	// (-40007).
	ErrBlock = errors.New("crypto: ciphertext is not a whole number of AES blocks")
	// ErrPadding means that the padding is wrong, usually because of another key
	// (-40007).
	ErrPadding = errors.New("crypto: padding is wrong: the EncodingAESKey is probably wrong")
	// ErrLength means that the length of the message in the decrypted text is wrong (-40008).
	ErrLength = errors.New("crypto: message length is wrong: the EncodingAESKey is probably wrong")
	// ErrReceiver means that the message was sealed for another account (-40005).
	ErrReceiver = errors.New("crypto: message is for another app id")
)

const (
	keySize     = 32 // AES-256
	keyText     = 43 // length of an EncodingAESKey
	padBlock    = 32 // the platform pads to 32 bytes, not to the 16 of AES
	randomSize  = 16
	messageHead = randomSize + 4 // random bytes and the big-endian length
)

// Cipher opens and seals the envelope of one EncodingAESKey for one receiver.
// It is safe for concurrent use, and prints without its key.
type Cipher struct {
	keyed    func() (cipher.Block, []byte) // a func, so that package fmt cannot print the key
	receiver string
}

// NewCipher returns the Cipher of an EncodingAESKey (消息加解密密钥, 43 characters as in the
// console). receiverID is the id that every message must contain: the app id of the
// account or, for messages to a third-party platform and its authorized accounts, the
// app id of the platform. If receiverID is empty, messages for any receiver are opened,
// and sealed messages contain no id.
//
// The last character has two bits more than the key needs. They are ignored, as on the
// platform. For any other invalid key the error is [ErrKey].
func NewCipher(encodingAESKey, receiverID string) (*Cipher, error) {
	if len(encodingAESKey) != keyText {
		return nil, fmt.Errorf("%w, not %d", ErrKey, len(encodingAESKey))
	}
	var key [keySize + 1]byte // room for a byte from the surplus bits
	n, err := base64.RawStdEncoding.Decode(key[:], []byte(encodingAESKey))
	if err != nil || n != keySize {
		return nil, ErrKey // the decoder's error would show a character of the key
	}
	block, err := aes.NewCipher(key[:keySize])
	if err != nil {
		return nil, ErrKey
	}
	iv := slices.Clone(key[:aes.BlockSize])
	return &Cipher{
		keyed:    func() (cipher.Block, []byte) { return block, iv },
		receiver: receiverID,
	}, nil
}

// Open decrypts the text of an Encrypt element and returns the message in a new slice.
// Verify the message signature first: Open does not authenticate the sender. It fails
// with [ErrBase64], [ErrBlock], [ErrPadding], [ErrLength] or [ErrReceiver].
func (c *Cipher) Open(encrypted []byte) ([]byte, error) {
	frame := make([]byte, base64.StdEncoding.DecodedLen(len(encrypted)))
	n, err := base64.StdEncoding.Decode(frame, encrypted)
	if err != nil {
		return nil, ErrBase64
	}
	return c.openFrame(frame[:n])
}

// openFrame decrypts frame in place and returns the message within it.
func (c *Cipher) openFrame(frame []byte) ([]byte, error) {
	if len(frame) == 0 || len(frame)%aes.BlockSize != 0 {
		return nil, ErrBlock
	}
	block, iv := c.keyed()
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(frame, frame)

	frame, ok := unpad(frame)
	if !ok {
		return nil, ErrPadding
	}
	if len(frame) < messageHead {
		return nil, ErrLength
	}
	length := uint64(binary.BigEndian.Uint32(frame[randomSize:messageHead]))
	rest := frame[messageHead:]
	if length > uint64(len(rest)) {
		return nil, ErrLength
	}
	message, receiver := rest[:length:length], rest[length:]
	if c.receiver != "" && string(receiver) != c.receiver {
		return nil, ErrReceiver
	}
	return message, nil
}

// unpad removes PKCS#7 padding of 1 to 32 bytes, which must all be equal.
func unpad(frame []byte) ([]byte, bool) {
	pad := int(frame[len(frame)-1])
	if pad < 1 || pad > padBlock || pad > len(frame) {
		return nil, false
	}
	end := len(frame) - pad
	for _, b := range frame[end:] {
		if int(b) != pad {
			return nil, false
		}
	}
	return frame[:end], true
}

// Seal encrypts message for the receiver and returns the text for an Encrypt
// element, in base64.
func (c *Cipher) Seal(message []byte) []byte {
	return c.AppendSeal(nil, message)
}

// AppendSeal appends the result of [Cipher.Seal] to dst. message must not overlap the
// spare capacity of dst.
func (c *Cipher) AppendSeal(dst, message []byte) []byte {
	var random [randomSize]byte
	rand.Read(random[:]) // never fails: crypto/rand crashes the program instead
	return c.appendSeal(dst, message, random)
}

func (c *Cipher) appendSeal(dst, message []byte, random [randomSize]byte) []byte {
	size := messageHead + len(message) + len(c.receiver)
	pad := padBlock - size%padBlock
	total := size + pad
	text := base64.StdEncoding.EncodedLen(total)

	// The frame is built in the spare capacity after the space for its text, so that
	// nothing is allocated if dst is reused.
	dst = slices.Grow(dst, text+total)
	out := dst[len(dst) : len(dst)+text]
	frame := dst[len(dst)+text : len(dst)+text+total]

	copy(frame, random[:])
	binary.BigEndian.PutUint32(frame[randomSize:], uint32(len(message)))
	copy(frame[messageHead:], message)
	copy(frame[messageHead+len(message):], c.receiver)
	for i := size; i < total; i++ {
		frame[i] = byte(pad)
	}

	block, iv := c.keyed()
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(frame, frame)
	base64.StdEncoding.Encode(out, frame)
	return dst[:len(dst)+text]
}

// Format implements fmt.Formatter. It hides the key.
func (c *Cipher) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "crypto.Cipher{receiver:%q}", c.receiver)
}

// MarshalText implements encoding.TextMarshaler. It hides the key.
func (c *Cipher) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }
