package server

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Rule says which calls of the API a fault strikes. The zero value strikes
// every call. A page for a browser, such as that of a web authorization, is struck
// only by a rule whose Path is that of the page.
type Rule struct {
	Path   string  // as in [Server.Calls]: a path, a prefix that ends in *, or empty for all
	Method string  // GET or POST; empty for both
	Times  int     // strike only the next so many calls that match; zero: all of them
	Share  float64 // strike this share of the calls that match, evenly: 0.1 is every tenth. Zero is all
	Fault  Fault
}

// Fault is a way in which a call goes wrong. The functions that return one say how.
type Fault struct {
	name     string
	executes bool // the endpoint runs before the fault answers
	answer   func(x *exchange, body []byte)
}

// String is the fault in words.
func (f Fault) String() string { return f.name }

// Latency answers correctly, after d.
func Latency(d time.Duration) Fault {
	return Fault{"latency " + d.String(), true, func(x *exchange, body []byte) {
		if !x.wait(d) {
			abort()
		}
		x.deliver(body)
	}}
}

// Errcode answers with that errcode and the errmsg of the platform, without carrying
// out the call. Errcode(-1) says that the system is busy.
func Errcode(code int) Fault {
	return Fault{"errcode " + strconv.Itoa(code), false, func(x *exchange, _ []byte) { x.write(nil, Fail(code)) }}
}

// ErrcodeText is [Errcode] with an errmsg of your own.
func ErrcodeText(code int, errmsg string) Fault {
	return Fault{"errcode " + strconv.Itoa(code), false, func(x *exchange, _ []byte) { x.write(nil, &Error{code, errmsg}) }}
}

// HTTPStatus answers with a gateway's HTML page of that status, such as 502,
// without carrying out the call.
func HTTPStatus(status int) Fault {
	return Fault{"HTTP " + strconv.Itoa(status), false, func(x *exchange, _ []byte) { x.page(status) }}
}

// CutBefore breaks the connection when the request has been read. The call is
// not carried out.
func CutBefore() Fault {
	return Fault{"connection cut before the call", false, func(*exchange, []byte) { abort() }}
}

// CutAfter carries out the call and breaks the connection before the answer.
func CutAfter() Fault {
	return Fault{"connection cut before the answer", true, func(*exchange, []byte) { abort() }}
}

// CutInside carries out the call and breaks the connection in the middle of the
// answer, whose Content-Length is that of the whole.
func CutInside() Fault {
	return Fault{"connection cut inside the answer", true, func(x *exchange, body []byte) {
		x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		x.begin(http.StatusOK, x.contentType())
		x.part(body[:len(body)/2])
		abort()
	}}
}

// Truncated carries out the call and answers with the first half of its JSON,
// as if that were all.
func Truncated() Fault {
	return Fault{"truncated JSON", true, func(x *exchange, body []byte) {
		x.send(http.StatusOK, x.contentType(), body[:len(body)/2])
	}}
}

// Endless answers with a JSON string that never ends, until the caller gives up
// or the platform closes. The call is not carried out.
func Endless() Fault {
	return Fault{"endless body", false, func(x *exchange, _ []byte) {
		x.begin(http.StatusOK, jsonType)
		x.part([]byte(`{"errmsg":"`))
		filler := make([]byte, 32<<10)
		for i := range filler {
			filler[i] = 'x'
		}
		for x.part(filler) && x.wait(time.Millisecond) { // a pause, so that the clock of a synctest bubble moves
		}
		abort()
	}}
}

// Hang reads the request and never answers, until the caller gives up or the
// platform closes. The call is not carried out.
func Hang() Fault {
	return Fault{"no answer", false, func(x *exchange, _ []byte) {
		select {
		case <-x.r.Context().Done():
		case <-x.platform.Ctx.Done():
		}
		abort()
	}}
}

// RedirectTo answers 302 with that Location, which may be on another host, as
// the sign-in page of a guest network does. The call is not carried out.
func RedirectTo(location string) Fault {
	return Fault{"redirect", false, func(x *exchange, _ []byte) {
		x.w.Header().Set("Location", location)
		x.page(http.StatusFound)
	}}
}

// contentType is that of the answer which encode has made.
func (x *exchange) contentType() string {
	if x.file != nil {
		return x.file.ContentType
	}
	return jsonType
}

// begin sends the header of an answer whose body comes in parts.
func (x *exchange) begin(status int, contentType string) {
	x.record.Status = status
	x.w.Header().Set("Content-Type", contentType)
	x.w.WriteHeader(status)
}

// part sends a part of the body at once, and reports whether the caller still takes it.
func (x *exchange) part(body []byte) bool {
	if len(x.record.Answer) < keptOf {
		x.record.Answer = append(x.record.Answer, clip(body)...)
	}
	_, err := x.w.Write(body)
	return err == nil && http.NewResponseController(x.w).Flush() == nil
}

// wait reports whether d passed with the caller still there.
func (x *exchange) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-x.r.Context().Done():
	case <-x.platform.Ctx.Done():
	}
	return false
}

// abort breaks the connection; net/http knows this panic and stays quiet.
func abort() { panic(http.ErrAbortHandler) }

// activeFault is a rule in force.
type activeFault struct {
	Rule
	id    int64
	left  int     // strikes left, when Times is set
	share float64 // what the shares have added up to
}

// Inject puts a fault in force, after those before it: the first that strikes a
// call answers it. The function it returns takes the fault out again. It panics
// if the rule has no fault, or a share that is not from 0 to 1.
func (p *Server) Inject(rule Rule) (remove func()) {
	if rule.Fault.answer == nil || rule.Share < 0 || rule.Share > 1 || rule.Times < 0 {
		panic(fmt.Sprintf("wechattest: rule for %q: it needs a Fault, a Share from 0 to 1 and Times of 0 or more", rule.Path))
	}
	p.Lock()
	defer p.Unlock()
	p.lastFault++
	id := p.lastFault
	p.faults = append(p.faults, &activeFault{Rule: rule, left: rule.Times, id: id})
	return func() { p.RemoveFault(id) }
}

// RemoveFault takes out the fault with that id; an unknown one is ignored.
func (p *Server) RemoveFault(id int64) {
	p.Lock()
	defer p.Unlock()
	p.faults = slices.DeleteFunc(slices.Clone(p.faults), func(f *activeFault) bool { return f.id == id })
}

// ActiveFault is a fault in force.
type ActiveFault struct {
	Rule
	ID   int64
	Left int
}

// Faults are the faults in force.
func (p *Server) Faults() []ActiveFault {
	p.Lock()
	defer p.Unlock()
	var list []ActiveFault
	for _, f := range p.faults {
		list = append(list, ActiveFault{f.Rule, f.id, max(f.left, 0)})
	}
	return list
}

// Without is a list without the elements that equal gone.
func Without[T comparable](list []T, gone T) []T {
	var kept []T
	for _, v := range list {
		if v != gone {
			kept = append(kept, v)
		}
	}
	return kept
}

// strike returns the fault that answers a call, if one does.
func (p *Server) strike(method, path string) (Fault, bool) {
	p.Lock()
	defer p.Unlock()
	for _, f := range p.faults {
		if (f.Method == "" || f.Method == method) && f.covers(path, p.routes[path].Page) && f.due() {
			if f.Times > 0 && f.left == 0 {
				p.faults = Without(p.faults, f)
			}
			return f.Fault, true
		}
	}
	return Fault{}, false
}

// covers reports whether the rule is about a path. A page for a browser is struck
// only by a rule that names it.
func (f *activeFault) covers(path string, page bool) bool {
	return f.Path == path || !page && matchPath(f.Path, path)
}

// due counts a call that matches and reports whether the fault strikes it.
func (f *activeFault) due() bool {
	if f.Share > 0 {
		if f.share += f.Share; f.share < 1-1e-9 {
			return false
		}
		f.share--
	}
	f.left--
	return true
}
