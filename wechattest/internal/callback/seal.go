package callback

import (
	"bytes"
	"crypto/rand"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
)

// envelope is a callback before it is signed.
type envelope struct {
	openid string  // of the query; empty for notices
	head   Element // the other elements of the outer XML
	plain  []byte  // the unencrypted message
	notice bool    // for the authorization URL
}

// signed is a callback as it is sent.
type signed struct {
	clear  []byte // the unencrypted message
	query  url.Values
	header http.Header // in addition to those of every request
	body   []byte
	notice bool

	exchange int64 // see Delivery
}

// sign returns the request of an envelope at the given time: with a nonce, the
// three-part signature of every mode and, in modes with encryption, the encrypted body
// and the four-part signature.
func sign(s *account.Account, e envelope, at time.Time) signed {
	return signWith(s, e, strconv.FormatInt(at.Unix(), 10), newNonce())
}

func signWith(s *account.Account, e envelope, timestamp, nonce string) signed {
	if s.Mode == account.CloudHosting {
		return unsigned(s, e)
	}
	out := signed{
		query: url.Values{
			"signature": {crypto.Signature(s.Token, timestamp, nonce)},
			"timestamp": {timestamp},
			"nonce":     {nonce},
		},
		body:   e.plain,
		notice: e.notice,
		clear:  e.plain,
	}
	if e.openid != "" {
		out.query.Set("openid", e.openid)
	}
	if s.Mode.Encrypted() {
		sealed := s.Cipher.Seal(e.plain)
		out.query.Set("encrypt_type", "aes")
		out.query.Set("msg_signature", crypto.MessageSignature(s.Token, timestamp, nonce, sealed))
		out.body = wrap(s, e, sealed)
	}
	return out
}

// unsigned returns a callback in the form of cloud hosting, recognized by a header that
// the hosting removes from other requests.
func unsigned(s *account.Account, e envelope) signed {
	header := http.Header{}
	header.Set("x-wx-source", "wx_client")
	header.Set("x-wx-appid", s.AppID)
	if e.openid != "" {
		header.Set("x-wx-openid", e.openid)
	}
	return signed{query: url.Values{}, header: header, body: e.plain, clear: e.plain}
}

// wrap returns the body with the ciphertext: in compat mode with the plain elements
// too, otherwise only with the addressee. A plain body without an end tag is omitted.
// The envelope of a raw message has the form of the message.
func wrap(s *account.Account, e envelope, sealed []byte) []byte {
	asJSON := isJSON(e.plain) || s.JSON && !isXML(e.plain)
	encrypt := CDATA("Encrypt", string(sealed))
	end, inner := "</xml>", append(encrypt.Append(nil), '\n')
	if asJSON {
		end, inner = "}", append([]byte(`,"Encrypt":`), encrypt.appendValue(nil)...)
	}
	i := bytes.LastIndex(e.plain, []byte(end))
	if s.Mode != account.Compat || e.notice || i < 0 {
		return document([]Element{e.head, encrypt}, asJSON)
	}
	return slices.Concat(e.plain[:i], inner, e.plain[i:])
}

// newNonce returns a number of nine or ten digits, like the platform's.
func newNonce() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_900_000_000))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return strconv.FormatInt(n.Int64()+100_000_000, 10)
}

// newEnvelope returns the envelope of a message for the account's bot.
func newEnvelope(acc *account.Account, m Message) envelope {
	return envelope{
		openid: m.From,
		head:   CDATA("ToUserName", acc.OriginalID),
		plain:  m.body(acc.OriginalID, acc.JSON),
	}
}
