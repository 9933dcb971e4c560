package wechattest

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
)

// endpoint is one row of the table of the API.
type endpoint struct {
	method     string     // GET or POST
	alsoBy     string     // a second verb that the platform takes; empty for none
	path       string     // /cgi-bin/…
	credential credential // what it asks for
	body       bodyKind
	page       bool // a page for a browser, which faults on all paths pass over
	daily      int  // calls a day of a new account; zero is no limit
	minutely   int  // calls a minute; zero is no limit
	handle     func(*call) (any, error)
}

// credential is what an endpoint asks of its caller before anything else.
type credential int

const (
	accessToken credential = iota // query parameter access_token
	appSecret                     // the handler checks appid and secret itself
	noCredential
)

// bodyKind is what the platform makes of a request's body.
type bodyKind int

const (
	noBody      bodyKind = iota // not read
	jsonBody                    // 44002 when empty, 47001 when it is not JSON, 47002 when it holds \u escapes
	escapedBody                 // jsonBody that may hold \u escapes
	anyBody                     // the handler reads call.body, for uploads
)

// call is a request on its way through an endpoint. The platform's lock is held.
type call struct {
	*Platform
	request *http.Request
	query   url.Values
	body    []byte
	from    netip.Addr
	at      time.Time
}

// now is the platform's time of the call, the same from its begin to its end.
func (c *call) now() time.Time { return c.at }

// bind reads the JSON body into v; 47001 if it does not fit.
func (c *call) bind(v any) error {
	if err := json.Unmarshal(c.body, v); err != nil {
		return fail(47001)
	}
	return nil
}

// int is the scalar as a whole number; 0 where it is not one.
func (s scalar) int() int64 {
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// object is a JSON answer.
type object map[string]any

// Call is one request that the API received, and its answer.
//
// It prints without query and bodies, which hold credentials.
type Call struct {
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
func (c Call) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "%s %s: HTTP %d, errcode %d", c.Method, c.Path, c.Status, c.Code)
}

// jsonType is the Content-Type of the API's JSON.
const jsonType = "application/json; encoding=utf-8"

// LogValue is what slog prints of the call.
func (c Call) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

const (
	maxBody = 80 << 20 // beyond every upload that the platform takes
	keptOf  = 1 << 20  // of a body in the journal
)

// ServeHTTP answers like api.weixin.qq.com, for a client over the network: serve
// the platform with an http.Server and point the client's base URL at it. Plain
// http is accepted here, as on a developer's machine.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.serve(w, r, nil) }

// serve answers a request; refusal, if not nil, is the answer whatever it asks.
func (p *Platform) serve(w http.ResponseWriter, r *http.Request, refusal error) {
	p.serving.Add(1)
	defer p.serving.Add(-1)
	x := &exchange{platform: p, w: w, r: r, began: time.Now()}
	x.record = Call{
		At: p.Now(), From: callerAddr(r).String(), Host: r.Host, RID: newRID(),
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
	platform *Platform
	w        http.ResponseWriter
	r        *http.Request
	began    time.Time
	record   Call
	file     *attachment // the answer, where it is no JSON
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
func (p *Platform) execute(r *http.Request, body []byte, record *Call) (any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &call{Platform: p, request: r, query: record.Query, body: body, from: callerAddr(r), at: p.now()}
	e, known := p.routes[r.URL.Path]
	if !known {
		p.set.Logger.Warn("endpoint is not modelled: answered as a missing permission", "method", r.Method, "path", r.URL.Path)
		return nil, fail(48001)
	}
	if err := e.admit(c); err != nil {
		return nil, err
	}
	return e.handle(c)
}

// admit makes the checks of an endpoint in the platform's order: verb,
// credential, quota, body.
func (e endpoint) admit(c *call) error {
	if c.request.Method != e.method && c.request.Method != e.alsoBy {
		if e.method == http.MethodGet {
			return fail(43001)
		}
		return fail(43002)
	}
	if e.credential == accessToken {
		if !c.set.allows(c.from) {
			return notAllowed(c.from)
		}
		if err := c.credentials.check(c); err != nil {
			return err
		}
	}
	if err := c.quotas.use(e, c.now()); err != nil {
		return err
	}
	switch {
	case c.request.Method == http.MethodGet:
		return nil
	case e.body == jsonBody:
		return checkJSON(c.body)
	case e.body == escapedBody:
		if err := checkJSON(c.body); err != nil && asAPIError(err).Code != 47002 {
			return err
		}
	}
	return nil
}

// number is a whole number of a request, which a client may quote.
type number int64

// UnmarshalJSON reads 5 and "5".
func (n *number) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	value, err := strconv.ParseInt(string(bytes.Trim(text, `"`)), 10, 64)
	*n = number(value)
	return err
}

// scalar is a text of a request for which a client may write a number.
type scalar string

// UnmarshalJSON reads "5" and 5.
func (s *scalar) UnmarshalJSON(text []byte) error {
	var plain string
	var digits json.Number
	if json.Unmarshal(text, &plain) == nil {
		*s = scalar(plain)
		return nil
	}
	if err := json.Unmarshal(text, &digits); err != nil {
		return err
	}
	*s = scalar(digits)
	return nil
}

func checkJSON(body []byte) error {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return fail(44002)
	case !json.Valid(body):
		return fail(47001)
	case hasEscape(body):
		return fail(47002)
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
	if file, ok := result.(*attachment); ok && err == nil {
		x.file = file
		return file.content
	}
	if err != nil {
		e := asAPIError(err)
		x.record.Code = e.Code
		x.platform.log().Info("call refused", "method", x.r.Method, "path", x.r.URL.Path, "errcode", e.Code, "errmsg", e.Message, "rid", x.record.RID)
		answer := object{"errcode": e.Code, "errmsg": e.Message + " rid: " + x.record.RID}
		if r, ok := errors.AsType[*refusal](err); ok {
			maps.Copy(answer, r.more)
		}
		result = answer
	}
	if result == nil {
		result = object{"errcode": 0, "errmsg": "ok"}
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
	x.platform.observeCall(x.record)
	x.platform.recorder.Load().call(x.record)
}

// clip keeps the beginning of a body, and not the whole of it in memory.
func clip(body []byte) []byte {
	if len(body) <= keptOf {
		return body
	}
	return bytes.Clone(body[:keptOf])
}

// serveElsewhere answers for a host that is not the platform's.
func (p *Platform) serveElsewhere(w http.ResponseWriter, r *http.Request) {
	p.log().Error("a request went to a host that is not the platform's", "host", r.Host, "method", r.Method, "path", r.URL.Path)
	p.serving.Add(1)
	defer p.serving.Add(-1)
	x := &exchange{platform: p, w: w, r: r, began: time.Now()}
	body, _ := io.ReadAll(io.LimitReader(r.Body, keptOf))
	x.record = Call{
		At: p.Now(), From: callerAddr(r).String(), Host: r.Host, Method: r.Method, Path: r.URL.Path,
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
// keeps up to 20 000 calls and 64 MiB, the newest; see [Platform.Count].
func (p *Platform) Calls(path string) []Call {
	return p.calls.List(func(c Call) bool { return p.own(c) && matchPath(path, c.Path) })
}

// Count is how many calls the API received for a path, matched as in
// [Platform.Calls], since the platform was made: whatever was answered.
func (p *Platform) Count(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
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

func (p *Platform) count(c Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.counts[c.Path]; p.own(c) && (known || len(p.counts) < maxCounted) {
		p.counts[c.Path]++
	}
}

// Elsewhere returns the requests that a client of [Platform.Client] sent to
// hosts that are not the platform's, as after a redirect.
func (p *Platform) Elsewhere() []Call {
	return p.calls.List(func(c Call) bool { return !p.own(c) })
}

// own reports whether a call was for the platform; one that went elsewhere has
// no request id.
func (p *Platform) own(c Call) bool { return c.RID != "" }

func matchPath(pattern, path string) bool {
	if pattern == "" || pattern == path {
		return true
	}
	last := len(pattern) - 1
	return pattern[last] == '*' && len(path) >= last && path[:last] == pattern[:last]
}
