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

// Forgery is a way in which a request differs from a genuine one. A bot must
// let none of them in. See [User.Forge] and [Bot.ForgeVerify].
type Forgery int

const (
	WrongSignature      Forgery = iota // every signature is false
	MissingSignature                   // no signature at all
	WrongMsgSignature                  // signature is right, msg_signature false (encrypted modes)
	MissingMsgSignature                // signature is right, msg_signature absent (encrypted modes)
	WrongToken                         // all signed, with another token
	StaleTimestamp                     // ten minutes old, and rightly signed
	FutureTimestamp                    // ten minutes ahead, and rightly signed
	ReplayedNonce                      // timestamp and nonce of a genuine message just delivered, with another message
	PlaintextBody                      // in clear and with a right signature, to a bot with an AES key (encrypted modes)
	WrongKey                           // encrypted with another AES key, and rightly signed (encrypted modes)
	WrongAppID                         // encrypted for another account, and rightly signed (encrypted modes)
	SwappedBody                        // ciphertext of another message under this one's msg_signature (encrypted modes)
	TwoEncrypts                        // a foreign Encrypt before the genuine one (encrypted modes)
	DocumentType                       // an XML document type that declares an entity
	OversizedBody                      // two MiB, and rightly signed
	MissingSource                      // without the header x-wx-source, as from a public network (mode [CloudHosting])
)

// String says what is forged.
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

// Forgeries returns every forgery that a message in this mode can have.
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

// skew is twice what a bot may tolerate.
const skew = 10 * time.Minute

// Forge sends one forged request that claims to bring a message of the user,
// with no repeat. The delivery tells what the bot answered; Refused is what a
// test wants of it. ReplayedNonce first delivers a genuine text message.
//
// The error is for a forgery that the account's mode does not have, or a
// platform without a bot.
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

// ForgeVerify sends a forged verification of the callback URL; what it can forge
// is the signature, the token and the timestamp.
func (b *Bot) ForgeVerify(f Forgery) (Delivery, error) {
	switch f {
	case WrongSignature, MissingSignature, WrongToken, StaleTimestamp, FutureTimestamp:
		d, _ := b.verify(forge(b.env.Account(), f, envelope{}, signed{}))
		return d, nil
	}
	return Delivery{}, fmt.Errorf("wechattest: a verification has no forgery %v", f)
}

// forge signs an envelope, not quite: with something false in what is signed, or
// something changed afterwards. genuine is a request of the same user.
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

// tamper changes a request that is signed.
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

// insert puts a foreign Encrypt before the genuine one.
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

// newCipher makes a cipher of a key that is known to be one.
func newCipher(key, receiver string) *crypto.Cipher {
	c, err := crypto.NewCipher(key, receiver)
	if err != nil {
		panic(err)
	}
	return c
}
