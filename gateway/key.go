package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
)

// minKey is the minimum length of a key in characters. The hash of a key is unsalted
// and fast, which is safe only for long random keys.
const minKey = 32

// KeyHash is the SHA-256 of a business's key. The gateway keeps only the hash.
type KeyHash [sha256.Size]byte

// NewKey returns a random key for a business: "wgk_" and 52 letters and digits, with
// 260 random bits.
func NewKey() string { return "wgk_" + rand.Text() + rand.Text() }

// HashKey returns the hash of a key. It returns an error unless the key has at least 32
// characters of printable ASCII without spaces.
func HashKey(key string) (KeyHash, error) {
	if len(key) < minKey {
		return KeyHash{}, errors.New("gateway: a key needs at least 32 random characters; wechat-gateway -new-key creates one")
	}
	if strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return KeyHash{}, errors.New("gateway: a key must be printable ASCII without spaces")
	}
	return sha256.Sum256([]byte(key)), nil
}

// hashPrefix begins the text of a KeyHash.
const hashPrefix = "sha256:"

// ParseKeyHash parses the result of [KeyHash.String].
func ParseKeyHash(s string) (KeyHash, error) {
	digits, ok := strings.CutPrefix(s, hashPrefix)
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil || len(raw) != sha256.Size {
		return KeyHash{}, errors.New(`gateway: the hash of a key must be "sha256:" and 64 hex digits`)
	}
	return KeyHash(raw), nil
}

// String returns "sha256:" and the hash in hexadecimal digits.
func (h KeyHash) String() string { return hashPrefix + hex.EncodeToString(h[:]) }

// fingerprint returns the part of the hash that a pass contains.
func (h KeyHash) fingerprint() fingerprint { return fingerprint(h[:]) }

type fingerprint [passFinger]byte
