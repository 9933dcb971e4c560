package crypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// The ways in which a key or an envelope can be wrong, one error for each. Tell
// them apart with errors.Is. The numbers are the ones of the platform's own
// sample code.
var (
	// ErrKey says that an EncodingAESKey is not 43 characters of base64 (-40004).
	ErrKey = errors.New("crypto: EncodingAESKey must be 43 characters, letters and digits")
	// ErrBase64 says that the text of Encrypt is not base64 (-40010).
	ErrBase64 = errors.New("crypto: encrypted text is not base64")
	// ErrBlock says that the ciphertext is empty or not a whole number of AES blocks (-40007).
	ErrBlock = errors.New("crypto: ciphertext is not a whole number of AES blocks")
	// ErrPadding says that the padding is wrong, as it mostly is when another key was used (-40007).
	ErrPadding = errors.New("crypto: padding is wrong: the EncodingAESKey is probably another one")
	// ErrLength says that the length in the frame does not fit the frame (-40008).
	ErrLength = errors.New("crypto: message length does not fit: the EncodingAESKey is probably another one")
	// ErrReceiver says that the message was sealed for another account (-40005).
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
	keyed    func() (cipher.Block, []byte) // a func, so that no fmt verb reaches the key
	receiver string
}

// NewCipher returns the Cipher of an EncodingAESKey (消息加解密密钥, 43 characters
// as the console shows them) and the id that every message must carry: the app
// id of the account, or of the third-party platform for messages that it
// receives, those of its tenants included. With an empty receiverID messages
// for any receiver are opened, and sealed ones carry none.
//
// The two surplus bits of the last character are ignored, as the platform
// does. Any other flaw of the key is [ErrKey].
func NewCipher(encodingAESKey, receiverID string) (*Cipher, error) {
	if len(encodingAESKey) != keyText {
		return nil, fmt.Errorf("%w, not %d", ErrKey, len(encodingAESKey))
	}
	var key [keySize + 1]byte // room for what the surplus bits could decode to
	n, err := base64.RawStdEncoding.Decode(key[:], []byte(encodingAESKey))
	if err != nil || n != keySize {
		return nil, ErrKey // the decoder's error would say which character
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

// Open decrypts the text of an Encrypt element and returns the message in it,
// in memory of its own. Verify the message signature first: Open proves
// nothing about the sender. It fails with [ErrBase64], [ErrBlock],
// [ErrPadding], [ErrLength] or [ErrReceiver].
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

// unpad removes PKCS#7 padding of 1 to 32 bytes, all of which must agree.
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

// AppendSeal appends to dst what [Cipher.Seal] returns. message may not share memory with
// the spare capacity of dst.
func (c *Cipher) AppendSeal(dst, message []byte) []byte {
	var random [randomSize]byte
	rand.Read(random[:]) // never fails: crypto/rand ends the program first
	return c.appendSeal(dst, message, random)
}

func (c *Cipher) appendSeal(dst, message []byte, random [randomSize]byte) []byte {
	size := messageHead + len(message) + len(c.receiver)
	pad := padBlock - size%padBlock
	total := size + pad
	text := base64.StdEncoding.EncodedLen(total)

	// The frame is built in the spare capacity behind the room of its text, so
	// that a caller who reuses dst pays for no memory at all.
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

// Format prints the receiver and never the key, for every verb.
func (c *Cipher) Format(f fmt.State, _ rune) { io.WriteString(f, c.redacted()) }

// LogValue is what slog records: the receiver and never the key.
func (c *Cipher) LogValue() slog.Value { return slog.StringValue(c.redacted()) }

func (c *Cipher) redacted() string {
	if c == nil {
		return "crypto.Cipher(nil)"
	}
	return "crypto.Cipher(receiver " + c.receiver + ", key redacted)"
}
