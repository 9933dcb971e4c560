package gateway

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
)

// A pass is the access_token that the proxy returns to a client for its key. It
// contains the account, a fingerprint of the key and an expiry, and it is signed. Only
// proxies with the same signing key accept it. When the key is removed from the
// business, the pass becomes invalid.

// passLife is how long a pass is valid.
const passLife = 2 * time.Hour

const (
	passPrefix  = "gw_"
	passRandom  = 8  // bytes that make each pass different
	passFinger  = 16 // bytes of the hash of the business's key
	passMAC     = 16 // bytes of the signature
	passFixed   = 1 + 8 + passRandom + passFinger
	passVersion = 2
)

var (
	errPassForged  = errors.New("gateway: not a pass of this proxy")
	errPassExpired = errors.New("gateway: the pass has expired")
)

// passes issues and verifies passes.
type passes struct{ key secret.String }

// grant issues a pass for an account.
func (p passes) grant(appID string, key KeyHash, now time.Time) string {
	b := make([]byte, 0, passFixed+len(appID)+passMAC)
	b = append(b, passVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(now.Add(passLife).Unix()))
	b = b[:len(b)+passRandom]
	_, _ = rand.Read(b[len(b)-passRandom:]) // never fails
	finger := key.fingerprint()
	b = append(b, finger[:]...)
	b = append(b, appID...)
	return passPrefix + base64.RawURLEncoding.EncodeToString(p.sign(b))
}

// sign appends the signature of b.
func (p passes) sign(b []byte) []byte {
	mac := hmac.New(sha256.New, []byte(p.key.Value()))
	mac.Write(b)
	var sum [sha256.Size]byte
	return append(b, mac.Sum(sum[:0])[:passMAC]...)
}

// read verifies a pass and returns its content.
func (p passes) read(pass string, now time.Time) (appID string, finger fingerprint, err error) {
	text, ok := strings.CutPrefix(pass, passPrefix)
	if !ok || len(text) > 512 {
		return "", finger, errPassForged
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) <= passFixed+passMAC {
		return "", finger, errPassForged
	}
	signed := b[: len(b)-passMAC : len(b)-passMAC]
	if !hmac.Equal(p.sign(signed), b) || signed[0] != passVersion {
		return "", finger, errPassForged
	}
	if now.Unix() >= int64(binary.BigEndian.Uint64(signed[1:])) {
		return "", finger, errPassExpired
	}
	return string(signed[passFixed:]), fingerprint(signed[passFixed-passFinger : passFixed]), nil
}
