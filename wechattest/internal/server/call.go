package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// Endpoint is one row of the table of the API.
type Endpoint struct {
	Method     string // GET or POST
	AlsoBy     string // a second verb that the platform takes; empty for none
	Path       string // /cgi-bin/…
	Credential Credential
	Body       BodyKind
	Page       bool // a page for a browser, which faults on all paths pass over
	Daily      int  // calls a day of a new account; zero is no limit
	Minutely   int  // calls a minute; zero is no limit
	Handle     Handler
}

// Handler answers a call, under the server's lock: it reads and changes state freely
// and must not block. What it returns is the JSON answer, or an *Attachment; nil is
// errcode 0. What [Fail] makes is the platform's error. Events that a call causes are
// sent with [Call.Event].
type Handler func(*Call) (any, error)

// JSON is a handler whose body is read into a T before.
func JSON[T any](handle func(*Call, T) (any, error)) Handler {
	return func(c *Call) (any, error) {
		var in T
		if err := c.Bind(&in); err != nil {
			return nil, err
		}
		return handle(c, in)
	}
}

// Credential is what an endpoint asks of its caller before anything else.
type Credential int

// The credentials.
const (
	AccessToken Credential = iota // query parameter access_token
	AppSecret                     // the handler checks appid and secret itself
	NoCredential
)

// BodyKind is what the platform makes of a request's body.
type BodyKind int

// The kinds of bodies.
const (
	NoBody      BodyKind = iota // not read
	JSONBody                    // 44002 when empty, 47001 when it is not JSON, 47002 when it holds \u escapes
	EscapedBody                 // JSONBody that may hold \u escapes
	AnyBody                     // the handler reads Call.Body, for uploads
)

// Call is a request on its way through an endpoint. The server's lock is held.
type Call struct {
	*Server
	Request *http.Request // nil for what a person does outside the API
	Query   url.Values
	Body    []byte
	From    netip.Addr
	at      time.Time
}

// Now is the platform's time of the call, the same from its begin to its end.
func (c *Call) Now() time.Time { return c.at }

// Play is a call that no client has made: what a person or the platform does. The
// lock is held.
func (s *Server) Play() *Call { return &Call{Server: s, at: s.Now()} }

// Bind reads the JSON body into v; 47001 if it does not fit.
func (c *Call) Bind(v any) error {
	if err := json.Unmarshal(c.Body, v); err != nil {
		return Fail(47001)
	}
	return nil
}

// Receiver finds the user behind an openid of a call.
func (c *Call) Receiver(openid string) (*User, error) {
	if u := c.Users[openid]; u != nil {
		return u, nil
	}
	return nil, Fail(40003)
}

// Event sends an event that the call has caused, once the call is over. An account
// without a bot does not hear it.
func (c *Call) Event(u *User, m callback.Message) {
	if c.Bot == nil {
		return
	}
	c.Later(0, func() { _, _ = c.Send(u, m) }) // what goes wrong is in the log and in Deliveries
}

// Object is a JSON answer.
type Object map[string]any

// Record is one request that the API received, and its answer.
//
// It prints without query and bodies, which hold credentials.
type Record struct {
	At     time.Time // platform time
	Took   time.Duration
	From   string // address of the caller
	Host   string
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte // the first MiB
	Size   int64  // of the whole body
	Status int    // 0 when the connection was cut before an answer
	Answer []byte // the first MiB
	Code   int    // errcode of the answer
	RID    string // request id, also at the end of errmsg
	Fault  string // the injected fault that answered; empty if none did
}

// Format prints the call for every verb without credentials.
func (c Record) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "%s %s: HTTP %d, errcode %d", c.Method, c.Path, c.Status, c.Code)
}

// jsonType is the Content-Type of the API's JSON.
const jsonType = "application/json; encoding=utf-8"

// LogValue is what slog prints of the call.
func (c Record) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

const (
	maxBody = 80 << 20 // beyond every upload that the platform takes
	keptOf  = 1 << 20  // of a body in the journal
)

// ServeHTTP answers like api.weixin.qq.com, for a client over the network: serve
// the platform with an http.Server and point the client's base URL at it. Plain
// http is accepted here, as on a developer's machine.
func (p *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.serve(w, r, nil) }

// serve answers a request; refusal, if not nil, is the answer whatever it asks.
func (p *Server) serve(w http.ResponseWriter, r *http.Request, refusal error) {
	p.serving.Add(1)
	defer p.serving.Add(-1)
	x := &exchange{platform: p, w: w, r: r, began: time.Now()}
	x.record = Record{
		At: p.Time(), From: callerAddr(r).String(), Host: r.Host, RID: newRID(),
		Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header.Clone(),
	}
	defer x.finish()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	x.record.Body, x.record.Size = clip(body), int64(len(body))
	switch {
	case err != nil: // the caller went away
	case len(body) > maxBody:
		x.page(http.StatusRequestEntityTooLarge)
	case refusal != nil:
		x.write(nil, refusal)
	default:
		x.answer(body)
	}
}

// exchange is a request and its answer on the way.
type exchange struct {
	platform *Server
	w        http.ResponseWriter
	r        *http.Request
	began    time.Time
	record   Record
	file     *Attachment // the answer, where it is no JSON
	finished bool
}

// answer lets a fault answer, or the endpoint.
func (x *exchange) answer(body []byte) {
	fault, hit := x.platform.strike(x.r.Method, x.r.URL.Path)
	if hit {
		x.record.Fault = fault.String()
		if !fault.executes {
			fault.answer(x, nil)
			return
		}
	}
	result, err := x.platform.execute(x.r, body, &x.record)
	if hit {
		fault.answer(x, x.encode(result, err))
		return
	}
	x.write(result, err)
}

// execute runs the endpoint under the lock, after all the checks that come before it.
func (p *Server) execute(r *http.Request, body []byte, record *Record) (any, error) {
	p.Lock()
	defer p.Unlock()
	c := &Call{Server: p, Request: r, Query: record.Query, Body: body, From: callerAddr(r), at: p.Now()}
	e, known := p.routes[r.URL.Path]
	if !known {
		p.Account.Logger.Warn("endpoint is not modelled: answered as a missing permission", "method", r.Method, "path", r.URL.Path)
		return nil, Fail(48001)
	}
	if err := e.admit(c); err != nil {
		return nil, err
	}
	return e.Handle(c)
}

// admit makes the checks of an endpoint in the platform's order: verb,
// credential, quota, body.
func (e Endpoint) admit(c *Call) error {
	if c.Request.Method != e.Method && c.Request.Method != e.AlsoBy {
		if e.Method == http.MethodGet {
			return Fail(43001)
		}
		return Fail(43002)
	}
	if e.Credential == AccessToken {
		if !c.Account.Allows(c.From) {
			return NotAllowed(c.From)
		}
		if err := c.Tokens.check(c); err != nil {
			return err
		}
	}
	if err := c.Quotas.use(e, c.Now()); err != nil {
		return err
	}
	switch {
	case c.Request.Method == http.MethodGet:
		return nil
	case e.Body == JSONBody:
		return CheckJSON(c.Body)
	case e.Body == EscapedBody:
		if err := CheckJSON(c.Body); err != nil && AsError(err).Code != 47002 {
			return err
		}
	}
	return nil
}

// hasEscape reports whether valid JSON holds a \uXXXX escape of a character
// that needs none: the platform wants the characters themselves.
func hasEscape(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		if body[i] != 'u' {
			continue
		}
		if code, err := strconv.ParseUint(string(body[i+1:i+5]), 16, 32); err == nil && code >= ' ' {
			return true
		}
	}
	return false
}

// encode is the JSON of an answer; the errcode goes into the record.
func (x *exchange) encode(result any, err error) []byte {
	if file, ok := result.(*Attachment); ok && err == nil {
		x.file = file
		return file.Content
	}
	if err != nil {
		e := AsError(err)
		x.record.Code = e.Code
		x.platform.Current().Logger.Info("call refused", "method", x.r.Method, "path", x.r.URL.Path, "errcode", e.Code, "errmsg", e.Message, "rid", x.record.RID)
		answer := Object{"errcode": e.Code, "errmsg": e.Message + " rid: " + x.record.RID}
		if r, ok := errors.AsType[*refusal](err); ok {
			maps.Copy(answer, r.more)
		}
		result = answer
	}
	if result == nil {
		result = Object{"errcode": 0, "errmsg": "ok"}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(result); err != nil {
		panic(fmt.Sprintf("wechattest: answer of %s: %v", x.r.URL.Path, err))
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

func (x *exchange) write(result any, err error) { x.deliver(x.encode(result, err)) }

// deliver sends what encode has made.
func (x *exchange) deliver(body []byte) {
	if x.file != nil {
		x.file.send(x)
		return
	}
	x.send(http.StatusOK, jsonType, body)
}

// page answers like the gateway in front of the API.
func (x *exchange) page(status int) {
	text := fmt.Sprintf("%d %s", status, http.StatusText(status))
	x.send(status, "text/html", []byte("<html>\r\n<head><title>"+text+"</title></head>\r\n<body>\r\n<center><h1>"+text+
		"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"))
}

func (x *exchange) send(status int, contentType string, body []byte) {
	x.record.Status, x.record.Answer = status, clip(body)
	x.w.Header().Set("Content-Type", contentType)
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	x.finish()             // before the caller has the answer, and asks what was recorded
	_, _ = x.w.Write(body) // an error means that the caller went away
}

// finish records the call, once; it also runs when a fault aborts the connection.
func (x *exchange) finish() {
	if x.finished {
		return
	}
	x.finished = true
	x.record.Took = time.Since(x.began)
	x.platform.count(x.record)
	x.platform.calls.Add(x.record, len(x.record.Body)+len(x.record.Answer)+1024)
	if called := x.platform.Hooks.Called; called != nil {
		called(x.record)
	}
}

// clip keeps the beginning of a body, and not the whole of it in memory.
func clip(body []byte) []byte {
	if len(body) <= keptOf {
		return body
	}
	return bytes.Clone(body[:keptOf])
}

// serveElsewhere answers for a host that is not the platform's.
func (p *Server) serveElsewhere(w http.ResponseWriter, r *http.Request) {
	p.Current().Logger.Error("a request went to a host that is not the platform's", "host", r.Host, "method", r.Method, "path", r.URL.Path)
	p.serving.Add(1)
	defer p.serving.Add(-1)
	x := &exchange{platform: p, w: w, r: r, began: time.Now()}
	body, _ := io.ReadAll(io.LimitReader(r.Body, keptOf))
	x.record = Record{
		At: p.Time(), From: callerAddr(r).String(), Host: r.Host, Method: r.Method, Path: r.URL.Path,
		Query: r.URL.Query(), Header: r.Header.Clone(), Body: body, Size: int64(len(body)),
	}
	defer x.finish()
	x.page(http.StatusNotFound)
}

// callerAddr is the address that a request comes from; the zero Addr if it says none.
func callerAddr(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap()
}

// Calls returns the calls of the API whose path matches, oldest first: a path,
// a path that ends in * for all that begin so, or nothing for all. The platform
// keeps up to 20 000 calls and 64 MiB, the newest; see [Server.Count].
func (p *Server) Calls(path string) []Record {
	return p.calls.List(func(c Record) bool { return p.own(c) && matchPath(path, c.Path) })
}

// Count is how many calls the API received for a path, matched as in
// [Server.Calls], since the platform was made: whatever was answered.
func (p *Server) Count(path string) int {
	p.Lock()
	defer p.Unlock()
	total := 0
	for counted, n := range p.counts {
		if matchPath(path, counted) {
			total += n
		}
	}
	return total
}

// maxCounted bounds the paths that are counted apart: a client could ask for anything.
const maxCounted = 10_000

func (p *Server) count(c Record) {
	p.Lock()
	defer p.Unlock()
	if _, known := p.counts[c.Path]; p.own(c) && (known || len(p.counts) < maxCounted) {
		p.counts[c.Path]++
	}
}

// Elsewhere returns the requests that a client of [Server.Client] sent to
// hosts that are not the platform's, as after a redirect.
func (p *Server) Elsewhere() []Record {
	return p.calls.List(func(c Record) bool { return !p.own(c) })
}

// own reports whether a call was for the platform; one that went elsewhere has
// no request id.
func (p *Server) own(c Record) bool { return c.RID != "" }

func matchPath(pattern, path string) bool {
	if pattern == "" || pattern == path {
		return true
	}
	last := len(pattern) - 1
	return pattern[last] == '*' && len(path) >= last && path[:last] == pattern[:last]
}
