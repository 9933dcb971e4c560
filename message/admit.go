package message

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// What is let in. Configuration alone decides how a request is checked: with a
// key only msg_signature and the one Encrypt element count, without one only
// signature and the plain elements. What the request says of itself, such as
// encrypt_type, is not asked.

// query holds the parameters that count.
type query struct {
	signature    string // over token, timestamp, nonce
	msgSignature string // over these and Encrypt
	timestamp    string
	nonce        string
	echo         string // echostr
}

// parseQuery reads the parameters as net/url does, without making a map of them.
// Of a repeated one the first that is not empty counts; what is not encoded
// rightly is not there.
func parseQuery(raw string) query {
	var q query
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		name, value, _ := strings.Cut(pair, "=")
		if strings.ContainsAny(pair, "%+;") {
			var ok bool
			if name, value, ok = unescape(name, value); !ok {
				continue
			}
		}
		if field := q.field(name); field != nil && *field == "" {
			*field = value
		}
	}
	return q
}

func (q *query) field(name string) *string {
	switch name {
	case "signature":
		return &q.signature
	case "msg_signature":
		return &q.msgSignature
	case "timestamp":
		return &q.timestamp
	case "nonce":
		return &q.nonce
	case "echostr":
		return &q.echo
	}
	return nil
}

func unescape(name, value string) (string, string, bool) {
	if strings.Contains(name, ";") || strings.Contains(value, ";") {
		return "", "", false
	}
	n, err := url.QueryUnescape(name)
	if err != nil {
		return "", "", false
	}
	v, err := url.QueryUnescape(value)
	return n, v, err == nil
}

// checkURL says why a verification of the URL is refused.
func (h *Handler) checkURL(q *query) *refusal {
	if refused := checkTime(q, time.Now()); refused != nil {
		return refused
	}
	if _, refused := h.checkSignature(q); refused != nil {
		return refused
	}
	if q.echo == "" {
		return missing("echostr")
	}
	return nil
}

// checkTime refuses requests without the parameters that every one has, and
// requests that were signed too long ago, or by too different a clock.
func checkTime(q *query, now time.Time) *refusal {
	switch {
	case q.timestamp == "":
		return missing("timestamp")
	case q.nonce == "":
		return missing("nonce")
	}
	seconds, err := strconv.ParseInt(q.timestamp, 10, 64)
	if err != nil {
		return forbidden("timestamp is no number", "the request does not come from the platform")
	}
	skew := now.Sub(time.Unix(seconds, 0))
	if skew > maxSkew || skew < -maxSkew {
		return forbidden("timestamp too far off", "check this machine's clock; if it is right, an old request was repeated",
			slog.Duration("skew", skew.Round(time.Second)), slog.Duration("allowed", maxSkew))
	}
	return nil
}

// checkSignature returns the token that signature was made with.
func (h *Handler) checkSignature(q *query) (token string, refused *refusal) {
	if q.signature == "" {
		return "", missing("signature")
	}
	for _, token := range h.tokens() {
		if crypto.VerifySignature(q.signature, token, q.timestamp, q.nonce) {
			return token, nil
		}
	}
	return "", forbidden("signature does not match",
		"compare Config.Token with the token (令牌) in the console; if they are the same, the request is forged")
}

// admit makes d of the message of a request that came now, or says why it is not
// let in.
func (h *Handler) admit(d *delivery, r *http.Request, s *scratch, now time.Time) *refusal {
	q := parseQuery(r.URL.RawQuery)
	if refused := checkTime(&q, now); refused != nil {
		return refused
	}
	d.timestamp, d.nonce = q.timestamp, q.nonce
	var body []byte
	var refused *refusal
	if len(h.keys) == 0 {
		body, refused = h.admitPlain(r, s, &q, d)
	} else {
		body, refused = h.admitSealed(r, s, &q, d)
	}
	if refused != nil {
		return refused
	}
	d.message = decode(&s.tree, body)
	return h.checkNonce(r, s, d, now)
}

// admitPlain lets a plain message in. Its signature does not depend on the body,
// so that is not read before.
func (h *Handler) admitPlain(r *http.Request, s *scratch, q *query, d *delivery) (body []byte, refused *refusal) {
	if d.token, refused = h.checkSignature(q); refused != nil {
		return nil, refused
	}
	if s.body, refused = readBody(s.body[:0], r); refused != nil {
		return nil, refused
	}
	if err := read(&s.tree, s.body); err != nil {
		return nil, malformed(err)
	}
	root := s.tree.Root()
	if root.Child("Encrypt").Found() && !root.Child("MsgType").Found() && !root.Child("InfoType").Found() {
		return nil, forbidden("message is encrypted, and there is no key",
			"set Config.EncodingAESKey and AppID, or choose plaintext mode (明文模式) in the console")
	}
	return s.body, nil
}

// admitSealed lets an encrypted message in: first the signature, then the seal.
func (h *Handler) admitSealed(r *http.Request, s *scratch, q *query, d *delivery) (body []byte, refused *refusal) {
	if s.body, refused = readBody(s.body[:0], r); refused != nil {
		return nil, refused
	}
	if err := read(&s.tree, s.body); err != nil {
		return nil, malformed(err)
	}
	encrypted, count := envelope(s.tree.Root())
	switch {
	case count == 0 && h.allowPlain:
		if d.token, refused = h.checkSignature(q); refused != nil {
			return nil, refused
		}
		return s.body, nil
	case count == 0:
		return nil, forbidden("message is not encrypted",
			"choose safe mode (安全模式) in the console, or set InsecureAllowPlaintext while changing to it")
	case count > 1:
		return nil, forbidden("message has more than one Encrypt element", "the request is forged")
	}
	if d.token, refused = h.checkMessageSignature(q, encrypted); refused != nil {
		return nil, refused
	}
	body, d.key, refused = h.openSealed(encrypted)
	if refused != nil {
		return nil, refused
	}
	if err := read(&s.tree, body); err != nil {
		return nil, malformed(err)
	}
	return body, nil
}

// envelope returns the text of the first top-level Encrypt element, and how many
// there are.
func envelope(root tree.Element) (encrypted []byte, count int) {
	for e := range root.All("Encrypt") {
		if count == 0 {
			encrypted = bytes.TrimSpace(e.Bytes())
		}
		count++
	}
	return encrypted, count
}

// checkMessageSignature returns the token that msg_signature was made with.
func (h *Handler) checkMessageSignature(q *query, encrypted []byte) (token string, refused *refusal) {
	if q.msgSignature == "" {
		return "", missing("msg_signature")
	}
	for _, token := range h.tokens() {
		if crypto.VerifyMessageSignature(q.msgSignature, token, q.timestamp, q.nonce, encrypted) {
			return token, nil
		}
	}
	if _, wrong := h.checkSignature(q); wrong == nil {
		return "", forbidden("msg_signature does not match, though signature does",
			"the token is right, so the body was changed on its way, or is forged")
	}
	return "", forbidden("msg_signature does not match",
		"compare Config.Token with the token (令牌) in the console; if they are the same, the request is forged")
}

// openSealed decrypts a message and returns the key that did.
func (h *Handler) openSealed(encrypted []byte) (body []byte, key *crypto.Cipher, refused *refusal) {
	body, key, err := h.keys.Open(encrypted)
	switch {
	case err == nil:
		return body, key, nil
	case errors.Is(err, crypto.ErrReceiver):
		return nil, nil, forbidden("message is sealed for another app id",
			"compare Config.AppID with the console; a third-party platform sets its own app id", slog.String("error", err.Error()))
	}
	return nil, nil, forbidden("message cannot be decrypted",
		"compare Config.EncodingAESKey with the key (消息加解密密钥) in the console", slog.String("error", err.Error()))
}

// checkNonce refuses a request whose timestamp and nonce came with another
// message before. A repeat of the same message passes.
func (h *Handler) checkNonce(r *http.Request, s *scratch, d *delivery, now time.Time) *refusal {
	head := HeaderOf(d.message)
	account := h.appID
	if account == "" {
		account = head.ToUserName
	}
	d.counts[0] = head.Raw
	if e := s.tree.Root().Child("Encrypt"); d.key == nil && e.Found() {
		// The encrypted half, which does not count, differs each time.
		d.counts[0], d.counts[1], _ = strings.Cut(head.Raw, string(e.Bytes()))
	}
	other, err := h.nonces.usedForOther(r.Context(), account, d.timestamp, d.nonce, d.counts, now)
	if err != nil && h.throttle.allow("nonces") {
		h.log.LogAttrs(r.Context(), slog.LevelError, "store of nonces failed; this process remembers its own only", slog.String("error", err.Error()))
	}
	if other {
		return forbidden("nonce came with another message before", "somebody uses an overheard signature; choose safe mode (安全模式) in the console, and https")
	}
	return nil
}

// readBody appends the body of r to dst.
func readBody(dst []byte, r *http.Request) ([]byte, *refusal) {
	const trust = 64 << 10 // of what Content-Length says, before any of it came
	if r.Body == nil {
		return dst, nil
	}
	if r.ContentLength > maxBody {
		return dst, tooLarge()
	}
	if n := min(max(r.ContentLength, 0), trust) + 1; int64(cap(dst)) < n {
		dst = make([]byte, 0, max(n, 512))
	}
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Body.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		switch {
		case len(dst) > maxBody:
			return dst, tooLarge()
		case err == io.EOF:
			return dst, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return dst, &refusal{status: http.StatusRequestTimeout, reason: "body did not come in time", hint: "the connection is too slow, or somebody holds it open"}
		case err != nil:
			return dst, &refusal{status: http.StatusBadRequest, reason: "body cut off", hint: "the connection broke"}
		}
	}
}
