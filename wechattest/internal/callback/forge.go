package callback

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
)

// Forgery is a wechattest.Forgery, which documents its values.
type Forgery int

const (
	WrongSignature Forgery = iota
	MissingSignature
	WrongMsgSignature
	MissingMsgSignature
	WrongToken
	StaleTimestamp
	FutureTimestamp
	ReplayedNonce
	PlaintextBody
	WrongKey
	WrongAppID
	SwappedBody
	TwoEncrypts
	DocumentType
	OversizedBody
	MissingSource
)

// String describes the forgery.
func (f Forgery) String() string {
	names := []string{
		"WrongSignature", "MissingSignature", "WrongMsgSignature", "MissingMsgSignature", "WrongToken",
		"StaleTimestamp", "FutureTimestamp", "ReplayedNonce", "PlaintextBody", "WrongKey", "WrongAppID",
		"SwappedBody", "TwoEncrypts", "DocumentType", "OversizedBody", "MissingSource",
	}
	if f < 0 || int(f) >= len(names) {
		return fmt.Sprintf("Forgery(%d)", int(f))
	}
	return names[f]
}

// Forgeries returns all forgeries of messages in a mode.
func Forgeries(m account.Mode) []Forgery {
	if m == account.CloudHosting {
		return []Forgery{DocumentType, OversizedBody, MissingSource}
	}
	var all []Forgery
	for f := WrongSignature; f <= OversizedBody; f++ {
		if m.Encrypted() || !f.needsEncryption() {
			all = append(all, f)
		}
	}
	return all
}

func (f Forgery) needsEncryption() bool {
	return slices.Contains([]Forgery{
		WrongMsgSignature, MissingMsgSignature, PlaintextBody, WrongKey, WrongAppID, SwappedBody, TwoEncrypts,
	}, f)
}

// skew is twice the tolerance of a bot.
const skew = 10 * time.Minute

// Forge implements User.Forge.
func (b *Bot) Forge(f Forgery, m, genuine Message) (Delivery, error) {
	acc := b.env.Account()
	if !slices.Contains(Forgeries(acc.Mode), f) {
		return Delivery{}, fmt.Errorf("wechattest: mode %v has no forgery %v", acc.Mode, f)
	}
	other := sign(acc, newEnvelope(acc, genuine), time.Now())
	if f == ReplayedNonce {
		if d := b.send(1, http.MethodPost, other); d.Failure() != nil {
			return d, fmt.Errorf("wechattest: the genuine message before the replay: %w", d.Failure())
		}
	}
	return b.send(1, http.MethodPost, forge(acc, f, newEnvelope(acc, m), other)), nil
}

// ForgeVerify implements Bot.ForgeVerify.
func (b *Bot) ForgeVerify(f Forgery) (Delivery, error) {
	switch f {
	case WrongSignature, MissingSignature, WrongToken, StaleTimestamp, FutureTimestamp:
		d, _ := b.verify(forge(b.env.Account(), f, envelope{}, signed{}))
		return d, nil
	}
	return Delivery{}, fmt.Errorf("wechattest: a verification has no forgery %v", f)
}

// forge signs an envelope with a forgery: some signed value is wrong, or something is
// changed after the signature. genuine is a request of the same user.
func forge(s *account.Account, f Forgery, e envelope, genuine signed) signed {
	now, forger := time.Now(), s.As(s.AppID, s.OriginalID)
	switch f {
	case WrongToken:
		forger.Token = "notthetoken"
	case WrongKey:
		forger.Cipher = newCipher(randomKey(), s.Receiver())
	case WrongAppID:
		forger.Cipher = newCipher(s.EncodingAESKey, "wx0000000000000000")
	case StaleTimestamp:
		now = now.Add(-skew)
	case FutureTimestamp:
		now = now.Add(skew)
	case PlaintextBody:
		forger.Mode = account.Plain
	case ReplayedNonce:
		return signWith(s, e, genuine.query.Get("timestamp"), genuine.query.Get("nonce"))
	case DocumentType:
		e.plain = append([]byte(`<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/hostname">]>`), e.plain...)
	case OversizedBody:
		e.plain = append(e.plain, strings.Repeat(" ", 2<<20)...)
	}
	return tamper(s, f, sign(forger, e, now), genuine)
}

// tamper changes a signed request.
func tamper(s *account.Account, f Forgery, out, genuine signed) signed {
	switch f {
	case WrongSignature:
		falsify(out, "signature")
		falsify(out, "msg_signature")
	case MissingSignature:
		out.query.Del("signature")
		out.query.Del("msg_signature")
	case WrongMsgSignature:
		falsify(out, "msg_signature")
	case MissingMsgSignature:
		out.query.Del("msg_signature")
	case MissingSource:
		out.header.Del("x-wx-source")
	case SwappedBody:
		out.body = genuine.body
	case TwoEncrypts:
		foreign := newCipher(randomKey(), s.Receiver()).Seal(out.clear)
		out.body = insert(out.body, CDATA("Encrypt", string(foreign)))
	}
	return out
}

// falsify changes the first digit of a signature, if there is one.
func falsify(out signed, name string) {
	if digits := out.query.Get(name); digits != "" {
		first := "0"
		if digits[0] == '0' {
			first = "1"
		}
		out.query.Set(name, first+digits[1:])
	}
}

// insert inserts a foreign Encrypt before the genuine one.
func insert(body []byte, foreign Element) []byte {
	if isJSON(body) {
		return []byte(strings.Replace(string(body), `"Encrypt":`, `"Encrypt":`+string(foreign.appendValue(nil))+`,"Encrypt":`, 1))
	}
	return []byte(strings.Replace(string(body), "<Encrypt>", foreign.String()+"<Encrypt>", 1))
}

func randomKey() string {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails
	return base64.RawStdEncoding.EncodeToString(key[:])
}

// newCipher returns a cipher for a valid key.
func newCipher(key, receiver string) *crypto.Cipher {
	c, err := crypto.NewCipher(key, receiver)
	if err != nil {
		panic(err)
	}
	return c
}
