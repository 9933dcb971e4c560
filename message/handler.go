package message

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/message/internal/once"
	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

const (
	maxBody     = 1 << 20         // of a request; the platform's largest are some kilobytes
	bodyTimeout = 5 * time.Second // to read it; after that the platform has given up anyway
	maxSkew     = 5 * time.Minute // between the platform's clock and ours
	shortAnswer = 2048            // bytes of an answer whose length net/http counts by itself
)

// Handler is the [http.Handler] behind the callback URL of one account. It lets
// in what the platform signed and nothing else, calls what was registered with
// [On], and writes the answer as the platform wants it. It is safe for concurrent
// use, and prints without its secrets.
type Handler struct {
	tokens     func() []string // current, then previous; a func, so that no fmt verb reaches them
	keys       crypto.Keyring
	appID      string
	allowPlain bool
	nonces     *nonces
	log        *slog.Logger
	throttle   throttle
	onError    func(context.Context, *Error)

	engine     *once.Engine
	lateReply  LateReplier
	lateSent   atomic.Uint64
	lateFailed atomic.Uint64
	unordered  bool
	keyOf      func(Message) string // nil for the usual key
	shared     bool                 // keys are shared with other processes
	seed       maphash.Seed         // of keys that are not

	mu         sync.Mutex // guards what register changes
	routes     map[reflect.Type][]route
	middleware []func(HandlerFunc) HandlerFunc
	fallback   HandlerFunc

	started sync.Once
	chain   HandlerFunc // middleware around dispatch; set once h serves

	scratch sync.Pool // of *scratch
}

// NewHandler returns the handler of one account. A configuration that could not
// work, or not safely, is an error that says what is wrong with it.
func NewHandler(c Config) (*Handler, error) {
	keys, err := c.check()
	if err != nil {
		return nil, err
	}
	log := c.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	tokens := append([]string{c.Token}, c.PreviousTokens...)
	return &Handler{
		tokens:     func() []string { return tokens },
		keys:       keys,
		appID:      c.AppID,
		allowPlain: len(keys) == 0 || c.InsecureAllowPlaintext,
		nonces:     newNonces(c.Nonces),
		log:        log,
		onError:    c.OnError,
		engine:     newEngine(&c, log),
		lateReply:  c.LateReply,
		unordered:  c.Unordered,
		keyOf:      c.Key,
		shared:     c.Store != nil,
		seed:       maphash.MakeSeed(),
		routes:     map[reflect.Type][]route{},
		scratch:    sync.Pool{New: func() any { return new(scratch) }},
	}, nil
}

// scratch is the memory one request works in.
type scratch struct {
	tree   tree.Tree
	body   []byte // as received, and later the reply
	sealed []byte // reply
}

// release makes s ready for the next request, without the memory of an unusual one.
func (s *scratch) release() *scratch {
	const keep = 64 << 10
	s.tree.Release()
	for _, buffer := range []*[]byte{&s.body, &s.sealed} {
		if cap(*buffer) > keep {
			*buffer = nil
		}
	}
	return s
}

// ServeHTTP answers the platform: GET verifies the URL when it is entered in the
// console, POST brings a message. Whoever is refused learns the status and
// nothing more; the log says why.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.started.Do(h.start)
	switch r.Method {
	case http.MethodPost:
		h.receive(w, r)
	case http.MethodGet:
		h.verifyURL(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// verifyURL answers the platform's question whether the URL is ours (验证服务器地址):
// the text it sent, unchanged. That text is anybody's until the signature was
// checked, so the browser is told to take it for nothing but text.
func (h *Handler) verifyURL(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r.URL.RawQuery)
	refused := h.checkURL(&q)
	if refused != nil {
		h.refuse(w, r, refused)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	io.WriteString(w, q.echo)
}

// receive lets a message in and answers it.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	setReadDeadline(w, now.Add(bodyTimeout))
	s := h.scratch.Get().(*scratch)
	var d delivery
	refused := h.admit(&d, r, s, now)
	h.scratch.Put(s.release())
	if refused != nil {
		h.refuse(w, r, refused) // with the deadline still set: what is left of the body is not waited for
		return
	}
	setReadDeadline(w, time.Time{}) // or the connection would seem to break in the middle of the work
	h.deliver(w, r, &d)
}

// delivery is a message that was let in, and how it came.
type delivery struct {
	message   Message
	counts    [2]string // the parts of its body that make it this message
	timestamp string
	nonce     string
	token     string         // that the request was signed with, and the answer will be
	key       *crypto.Cipher // that the message was sealed with, and the answer will be; nil: neither is
}

// answer has m handled and returns the reply, nil for none. The reply can be sent
// as it is; what went wrong has been reported.
func (h *Handler) answer(ctx context.Context, m Message) Reply {
	reply, err := h.run(ctx, m)
	if ctx.Err() != nil {
		return nil // given up meanwhile, and reported as that
	}
	if err == nil && reply != nil {
		reply = h.fit(ctx, m, reply)
		err = checkReply(m, reply)
	}
	if err != nil {
		h.report(ctx, &Error{Message: m, Reply: reply, Err: err})
		return nil
	}
	return reply
}

// run calls what was registered. A panic becomes a *PanicError; a reply that came
// with an error is dropped.
func (h *Handler) run(ctx context.Context, m Message) (reply Reply, err error) {
	defer func() {
		if v := recover(); v != nil {
			reply, err = nil, &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	reply, err = h.chain(ctx, m)
	if err != nil {
		return nil, err
	}
	return byValue(reply)
}

// fit cuts a reply to what the platform shows.
func (h *Handler) fit(ctx context.Context, m Message, reply Reply) Reply {
	news, ok := reply.(NewsReply)
	if !ok || len(news) <= shownArticles(m) {
		return reply
	}
	h.log.LogAttrs(ctx, slog.LevelWarn, "news reply cut to what the platform shows",
		slog.String("message", nameOf(m)), slog.Int("articles", len(news)), slog.Int("shown", shownArticles(m)))
	return news[:shownArticles(m)]
}

// report tells log and hook of a failure.
func (h *Handler) report(ctx context.Context, e *Error) {
	attrs := []slog.Attr{
		slog.String("message", nameOf(e.Message)),
		slog.String("from", HeaderOf(e.Message).FromUserName),
		slog.String("msgid", HeaderOf(e.Message).MsgID),
		slog.String("error", e.Err.Error()),
	}
	var p *PanicError
	if errors.As(e.Err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.Stack)))
	}
	h.log.LogAttrs(ctx, slog.LevelError, "message not answered", attrs...)
	if h.onError == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			h.log.LogAttrs(ctx, slog.LevelError, "panic in OnError", slog.Any("panic", v))
		}
	}()
	h.onError(ctx, e)
}

// writeSuccess tells the platform that the message arrived. It is never sealed.
func writeSuccess(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "success")
}

// write sends a reply, sealed if the message was. The error is nil when it was
// written and the peer was still there.
func (h *Handler) write(w http.ResponseWriter, r *http.Request, d *delivery, reply once.Content) error {
	s := h.scratch.Get().(*scratch)
	defer func() { h.scratch.Put(s.release()) }()
	s.body = reply.Append(s.body[:0])
	answer := s.body
	if d.key != nil {
		s.sealed = appendSealed(s.sealed[:0], d, answer, time.Now())
		answer = s.sealed
	}
	header := w.Header()
	header.Set("Content-Type", contentTypes[HeaderOf(d.message).Format])
	if len(answer) > shortAnswer {
		header.Set("Content-Length", strconv.Itoa(len(answer)))
	}
	if _, err := w.Write(answer); err != nil {
		return err
	}
	return r.Context().Err()
}

var contentTypes = [...]string{XML: "application/xml; charset=utf-8", JSON: "application/json; charset=utf-8"}

// appendSealed appends the envelope of an encrypted answer, signed with the
// token and the key that the message came with.
func appendSealed(dst []byte, d *delivery, reply []byte, now time.Time) []byte {
	f := tree.Format(HeaderOf(d.message).Format)
	dst = f.OpenText(f.Begin(dst), "Encrypt")
	from := len(dst)
	dst = d.key.AppendSeal(dst, reply)
	to := len(dst)
	dst = f.OpenText(f.CloseText(dst, "Encrypt"), "MsgSignature")
	timestamp := strconv.FormatInt(now.Unix(), 10)
	dst = crypto.AppendMessageSignature(dst, d.token, timestamp, d.nonce, dst[from:to])
	dst = f.CloseText(dst, "MsgSignature")
	dst = f.Int(dst, "TimeStamp", now.Unix())
	dst = f.Text(dst, "Nonce", d.nonce)
	return f.End(dst)
}

// setReadDeadline does what http.ResponseController does, and nothing where the
// response has no deadlines, as in a test recorder.
func setReadDeadline(w http.ResponseWriter, t time.Time) {
	for w != nil {
		switch v := w.(type) {
		case interface{ SetReadDeadline(time.Time) error }:
			v.SetReadDeadline(t)
			return
		case interface{ Unwrap() http.ResponseWriter }:
			w = v.Unwrap()
		default:
			return
		}
	}
}

// nameOf names the kind of a message for logs: its type.
func nameOf(m Message) string {
	if u, ok := m.(*Unknown); ok {
		return fmt.Sprintf("unknown message (MsgType %q, Event %q, InfoType %q)", u.MsgType, u.Event, u.InfoType)
	}
	return reflect.TypeOf(m).Elem().Name()
}

// Format prints which account h serves and no secret, for every verb.
func (h *Handler) Format(f fmt.State, _ rune) { io.WriteString(f, h.redacted()) }

// LogValue is what slog records: which account h serves, and no secret.
func (h *Handler) LogValue() slog.Value { return slog.StringValue(h.redacted()) }

// MarshalText is what JSON and the like record: which account h serves, and no secret.
func (h *Handler) MarshalText() ([]byte, error) { return []byte(h.redacted()), nil }

func (h *Handler) redacted() string {
	if h == nil {
		return "message.Handler(nil)"
	}
	return fmt.Sprintf("message.Handler{AppID: %q, tokens: %d, keys: %d}", h.appID, len(h.tokens()), len(h.keys))
}
