package gate

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// maxSkew is how far the platform's clock and ours may be apart.
const maxSkew = 5 * time.Minute

// Hosting says whether requests are those of cloud hosting, which are not signed.
type Hosting int

// The kinds of hosting.
const (
	Signed       Hosting = iota // not in cloud hosting
	CloudPublic                 // the service is reachable from the public network
	CloudPrivate                // it is not
)

// Config sets up a [Gate].
type Config struct {
	Tokens         []string       // the current one first; none in cloud hosting
	Keys           crypto.Keyring // likewise; none in plaintext mode
	AllowPlaintext bool           // although there are keys
	Hosting        Hosting

	// Read reads a body. It returns an error if the body is neither a message nor an
	// envelope of one.
	Read func(*tree.Tree, []byte) error
}

// Gate checks the requests to one callback URL. It is safe for concurrent use.
type Gate struct {
	tokens     func() []string // a func, so that no fmt verb reaches them
	keys       crypto.Keyring
	plain      bool // plain messages are accepted although there are keys
	hosting    Hosting
	read       func(*tree.Tree, []byte) error
	nonces     nonces
	unverified atomic.Int64 // bytes
	letters    sync.Pool
}

// New returns a gate.
func New(c Config) *Gate {
	g := &Gate{
		tokens:  func() []string { return c.Tokens },
		keys:    c.Keys,
		plain:   c.AllowPlaintext,
		hosting: c.Hosting,
		read:    c.Read,
		letters: sync.Pool{New: func() any { return new(Letter) }},
	}
	g.nonces.init(maxNonces)
	return g
}

// Letter is a request that was accepted. Its memory is used again after Release.
type Letter struct {
	Body      []byte // verified and decrypted
	Tree      tree.Tree
	Envelope  Envelope
	PathCheck bool // cloud hosting asks whether the path is right; there is no message

	// Parts are what distinguishes the body from others: all of it, except the
	// encrypted half in compatibility mode, which differs in each delivery.
	Parts [2][]byte
	Hash  uint64 // fast hash of Parts, for this process only

	Used Used // the signature

	timestamp string

	buffer   []byte // as received
	reserved int    // bytes of it that count as unverified
}

// Envelope says how the answer to a request is sealed.
type Envelope struct {
	Format tree.Format
	Sealed bool
	Nonce  string
	Token  int // which of the tokens signed the request
	Key    int // which of the keys opened it
}

// Release returns the memory of l to the pool, except that of an unusually large request.
func (g *Gate) Release(l *Letter) {
	const keep = 64 << 10
	l.Tree.Release()
	if cap(l.buffer) > keep {
		l.buffer = nil
	}
	*l = Letter{Tree: l.Tree, buffer: l.buffer}
	g.letters.Put(l)
}

// VerifyURL checks the request with which the platform verifies the URL (验证服务器地址), and
// returns the text to answer with.
func (g *Gate) VerifyURL(rawQuery string, now time.Time) (echo string, refused *Refusal) {
	if g.hosting != Signed {
		return "", forbidden(Signature, "cloud hosting verifies no URL", "the request does not come from the platform")
	}
	q := parseQuery(rawQuery)
	if _, refused = checkTime(&q, now); refused != nil {
		return "", refused
	}
	if _, refused = g.checkSignature(&q); refused != nil {
		return "", refused
	}
	if q.echo == "" {
		return "", missing("echostr")
	}
	return q.echo, nil
}

// Verify accepts or refuses a request that arrived now. The letter must be passed to
// [Gate.Release].
func (g *Gate) Verify(r *http.Request, now time.Time) (*Letter, *Refusal) {
	l := g.letters.Get().(*Letter)
	refused := g.verify(l, r, now)
	if refused != nil {
		g.Release(l)
		return nil, refused
	}
	return l, nil
}

func (g *Gate) verify(l *Letter, r *http.Request, now time.Time) *Refusal {
	defer g.unreserve(l) // also if the body of a middleware panics
	if g.hosting != Signed {
		return g.receive(l, r)
	}
	q := parseQuery(r.URL.RawQuery)
	at, refused := checkTime(&q, now)
	if refused != nil {
		return refused
	}
	l.Envelope.Nonce = q.nonce
	if len(g.keys) == 0 {
		refused = g.openPlain(l, r, &q)
	} else {
		refused = g.open(l, r, &q)
	}
	if refused != nil {
		return refused
	}
	l.Parts[0] = l.Body
	if !l.Envelope.Sealed {
		if e := l.Tree.Root().Child("Encrypt"); e.Found() && len(e.Bytes()) > 0 {
			l.Parts[0], l.Parts[1], _ = bytes.Cut(l.Body, e.Bytes())
		}
	}
	l.Hash = g.nonces.hash(l.Parts)
	return g.nonces.bind(l, g.tokens()[l.Envelope.Token], &q, at, now)
}

// receive accepts a message of cloud hosting.
func (g *Gate) receive(l *Letter, r *http.Request) *Refusal {
	if refused := g.readBody(l, r); refused != nil {
		return refused
	}
	l.Envelope.Format = tree.FormatOf(l.buffer)
	if l.PathCheck = isPathCheck(&l.Tree, l.buffer); l.PathCheck {
		return nil
	}
	if g.hosting == CloudPublic && r.Header.Get("X-Wx-Source") == "" {
		return forbidden(Source, "header x-wx-source is missing",
			"the request comes from the public network; a service that is closed to it may be set as private")
	}
	if err := g.read(&l.Tree, l.buffer); err != nil {
		return malformed(err)
	}
	l.Body = l.buffer
	l.Parts[0] = l.Body
	l.Hash = g.nonces.hash(l.Parts)
	return nil
}

// isPathCheck reports whether a body is what cloud hosting sends when its setting is
// saved.
func isPathCheck(t *tree.Tree, body []byte) bool {
	const name, longest = "CheckContainerPath", 256
	if len(body) > longest || !bytes.Contains(body, []byte(name)) {
		return false
	}
	read := t.ReadXML
	if tree.FormatOf(body) == tree.JSON {
		read = t.ReadJSON
	}
	return read(body) == nil && t.Root().ID("action") == name
}

// openPlain accepts a plain message. Its signature does not depend on the body, so it is
// checked before the body is read.
func (g *Gate) openPlain(l *Letter, r *http.Request, q *query) (refused *Refusal) {
	if l.Envelope.Token, refused = g.checkSignature(q); refused != nil {
		return refused
	}
	if refused = g.readMessage(l, r); refused != nil {
		return refused
	}
	root := l.Tree.Root()
	if root.Child("Encrypt").Found() && !root.Child("MsgType").Found() && !root.Child("InfoType").Found() {
		return forbidden(NoKey, "message is encrypted, and there is no key",
			"set Config.EncodingAESKey and AppID, or choose plaintext mode (明文模式) in the console")
	}
	return nil
}

// readMessage reads a body and parses it, as the message or the envelope that it is.
func (g *Gate) readMessage(l *Letter, r *http.Request) *Refusal {
	if refused := g.readBody(l, r); refused != nil {
		return refused
	}
	if err := g.read(&l.Tree, l.buffer); err != nil {
		return malformed(err)
	}
	l.Body, l.Envelope.Format = l.buffer, l.Tree.Format()
	return nil
}

// open accepts an encrypted message: it checks the signature, then decrypts the message.
func (g *Gate) open(l *Letter, r *http.Request, q *query) (refused *Refusal) {
	if refused = g.readMessage(l, r); refused != nil {
		return refused
	}
	encrypted, count := sealed(l.Tree.Root())
	switch {
	case count == 0 && g.plain:
		l.Envelope.Token, refused = g.checkSignature(q)
		return refused
	case count == 0:
		return forbidden(Plaintext, "message is not encrypted",
			"choose safe mode (安全模式) in the console, or set InsecureAllowPlaintext while changing to it")
	case count > 1:
		return forbidden(Forged, "message has more than one Encrypt element", "the request is forged")
	}
	if l.Envelope.Token, refused = g.checkMessageSignature(q, encrypted); refused != nil {
		return refused
	}
	if refused = g.decrypt(l, encrypted); refused != nil {
		return refused
	}
	if err := g.read(&l.Tree, l.Body); err != nil {
		return malformed(err)
	}
	return nil
}

// sealed returns the text of the first top-level Encrypt element, and how many there
// are.
func sealed(root tree.Element) (encrypted []byte, count int) {
	for e := range root.All("Encrypt") {
		if count == 0 {
			encrypted = bytes.TrimSpace(e.Bytes())
		}
		count++
	}
	return encrypted, count
}

// decrypt opens a message and records the key that opened it.
func (g *Gate) decrypt(l *Letter, encrypted []byte) *Refusal {
	body, by, err := g.keys.Open(encrypted)
	switch {
	case err == nil:
		l.Body, l.Envelope.Sealed = body, true
		for i, key := range g.keys {
			if key == by {
				l.Envelope.Key = i
			}
		}
		return nil
	case errors.Is(err, crypto.ErrReceiver):
		return forbidden(AppID, "message is sealed for another app id",
			"compare Config.AppID with the console; a third-party platform sets its own app id", slog.String("error", err.Error()))
	}
	return forbidden(Decrypt, "message cannot be decrypted",
		"compare Config.EncodingAESKey with the key (消息加解密密钥) in the console", slog.String("error", err.Error()))
}

// AppendSealed appends the encrypted answer to a request, signed and sealed with the
// token and the key that the request came with, in the format of its envelope.
func (g *Gate) AppendSealed(dst []byte, e Envelope, answer []byte, now time.Time) []byte {
	f := e.Format
	dst = f.OpenText(f.Begin(dst), "Encrypt")
	from := len(dst)
	dst = g.keys[e.Key].AppendSeal(dst, answer)
	to := len(dst)
	dst = f.OpenText(f.CloseText(dst, "Encrypt"), "MsgSignature")
	timestamp := strconv.FormatInt(now.Unix(), 10)
	dst = crypto.AppendMessageSignature(dst, g.tokens()[e.Token], timestamp, e.Nonce, dst[from:to])
	dst = f.CloseText(dst, "MsgSignature")
	dst = f.Int(dst, "TimeStamp", now.Unix())
	dst = f.Text(dst, "Nonce", e.Nonce)
	return f.End(dst)
}

// Knows reports whether the gate has the token and the key of an envelope.
func (g *Gate) Knows(e Envelope) bool {
	in := func(i, n int) bool { return 0 <= i && i < n }
	return !e.Sealed || in(e.Token, len(g.tokens())) && in(e.Key, len(g.keys))
}

// checkTime refuses requests without the parameters that every one has, and requests
// that were signed too long ago, or by a clock that differs too much from this one.
func checkTime(q *query, now time.Time) (at int64, refused *Refusal) {
	switch {
	case q.timestamp == "":
		return 0, missing("timestamp")
	case q.nonce == "":
		return 0, missing("nonce")
	}
	at, ok := parseTimestamp(q.timestamp)
	if !ok {
		return 0, forbidden(Timestamp, "timestamp is not a number", "the request does not come from the platform")
	}
	skew := now.Sub(time.Unix(at, 0))
	if skew > maxSkew || skew < -maxSkew {
		return 0, forbidden(Timestamp, "timestamp too far off", "check this machine's clock; if it is right, an old request was repeated",
			slog.String("skew", skew.Round(time.Second).String()), slog.String("allowed", maxSkew.String()))
	}
	return at, nil
}

// parseTimestamp reads a timestamp as the platform writes it: digits, the first not
// zero. Otherwise one request could be written in several ways.
func parseTimestamp(text string) (seconds int64, ok bool) {
	if len(text) > 18 || text[0] == '0' || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return seconds, err == nil
}

// checkSignature returns the token that signature was made with.
func (g *Gate) checkSignature(q *query) (token int, refused *Refusal) {
	if q.signature == "" {
		return 0, missing("signature")
	}
	for i, token := range g.tokens() {
		if crypto.VerifySignature(q.signature, token, q.timestamp, q.nonce) {
			return i, nil
		}
	}
	return 0, forbidden(Signature, "signature does not match",
		"compare Config.Token with the token (令牌) in the console; if they are the same, the request is forged")
}

// checkMessageSignature returns the token that msg_signature was made with.
func (g *Gate) checkMessageSignature(q *query, encrypted []byte) (token int, refused *Refusal) {
	if q.msgSignature == "" {
		return 0, missing("msg_signature")
	}
	for i, token := range g.tokens() {
		if crypto.VerifyMessageSignature(q.msgSignature, token, q.timestamp, q.nonce, encrypted) {
			return i, nil
		}
	}
	if _, wrong := g.checkSignature(q); wrong == nil {
		return 0, forbidden(Signature, "msg_signature does not match, though signature does",
			"the token is right, so the body was changed on its way, or is forged")
	}
	return 0, forbidden(Signature, "msg_signature does not match",
		"compare Config.Token with the token (令牌) in the console; if they are the same, the request is forged")
}
