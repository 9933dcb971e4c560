package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"
)

// MinKey is how many characters a key has at least. Its hash is unsalted and fast,
// which is safe for long random keys alone.
const MinKey = 32

// KeyHash is the SHA-256 of a business's key. Only it is kept.
type KeyHash [sha256.Size]byte

// NewKey returns a random key with 256 bits.
func NewKey() string { return "wgk_" + rand.Text() + rand.Text() }

// HashKey is the hash of a key. A key of less than [MinKey] characters, or with
// others than printable ASCII, is an error.
func HashKey(key string) (KeyHash, error) {
	if len(key) < MinKey {
		return KeyHash{}, errors.New("gateway: a key needs 32 random characters at least; wechat-gateway -new-key makes one")
	}
	if strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return KeyHash{}, errors.New("gateway: a key is made of printable ASCII without blanks")
	}
	return sha256.Sum256([]byte(key)), nil
}

// hashPrefix begins the text of a KeyHash.
const hashPrefix = "sha256:"

// ParseKeyHash reads what [KeyHash.String] writes.
func ParseKeyHash(s string) (KeyHash, error) {
	digits, ok := strings.CutPrefix(s, hashPrefix)
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil || len(raw) != sha256.Size {
		return KeyHash{}, errors.New(`gateway: a key's hash is "sha256:" and 64 hex digits`)
	}
	return KeyHash(raw), nil
}

// String is "sha256:" and the hash in hexadecimal digits.
func (h KeyHash) String() string { return hashPrefix + hex.EncodeToString(h[:]) }

// equal compares in constant time.
func (h KeyHash) equal(other KeyHash) bool { return subtle.ConstantTimeCompare(h[:], other[:]) == 1 }
