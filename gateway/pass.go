package gateway

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

// A pass is what a client gets from the proxy for an access_token, in exchange for
// its key. It says for which account and until when it is good, is signed, and is of
// no use anywhere but at proxies with the same key to sign with. It ends with the
// business's key.

// passLife is how long a pass is good.
const passLife = 2 * time.Hour

const (
	passPrefix  = "gw_"
	passRandom  = 8  // bytes that make every pass another
	passFinger  = 8  // bytes of the hash of the business's key
	passMAC     = 16 // bytes of the signature
	passFixed   = 1 + 8 + passRandom + passFinger
	passVersion = 1
)

var (
	errPassForged  = errors.New("gateway: this is no pass of this proxy")
	errPassExpired = errors.New("gateway: the pass has expired")
)

// passes makes passes and reads them.
type passes struct{ key []byte }

// grant makes a pass for an account.
func (p passes) grant(appID string, key KeyHash, now time.Time) string {
	b := make([]byte, 0, passFixed+len(appID)+passMAC)
	b = append(b, passVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(now.Add(passLife).Unix()))
	b = b[:len(b)+passRandom]
	_, _ = rand.Read(b[len(b)-passRandom:]) // it never fails
	b = append(b, key[:passFinger]...)
	b = append(b, appID...)
	return passPrefix + base64.RawURLEncoding.EncodeToString(p.sign(b))
}

// sign appends the signature of b.
func (p passes) sign(b []byte) []byte {
	mac := hmac.New(sha256.New, p.key)
	mac.Write(b)
	var sum [sha256.Size]byte
	return append(b, mac.Sum(sum[:0])[:passMAC]...)
}

// read returns what a pass says, if the proxy made it.
func (p passes) read(pass string, now time.Time) (appID string, finger []byte, err error) {
	text, ok := strings.CutPrefix(pass, passPrefix)
	if !ok || len(text) > 512 {
		return "", nil, errPassForged
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) <= passFixed+passMAC {
		return "", nil, errPassForged
	}
	signed := b[: len(b)-passMAC : len(b)-passMAC]
	if !hmac.Equal(p.sign(signed), b) || signed[0] != passVersion {
		return "", nil, errPassForged
	}
	if now.Unix() >= int64(binary.BigEndian.Uint64(signed[1:])) {
		return "", nil, errPassExpired
	}
	return string(signed[passFixed:]), signed[passFixed-passFinger : passFixed], nil
}

// fingered finds the business that has the key with that fingerprint, or nil.
func (r *roster) fingered(finger []byte) *business {
	for _, b := range r.businesses {
		for _, k := range b.Keys {
			if bytes.Equal(k[:passFinger], finger) {
				return b
			}
		}
	}
	return nil
}
