package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Rule selects the calls of the API that a fault affects. The zero value selects every
// call. A page for a browser is affected only if Path is the path of the page.
type Rule struct {
	Path   string  // as in [Server.Calls]: a path, a prefix that ends in *, or empty for all
	Method string  // GET or POST; empty for both
	Times  int     // affect only this number of matching calls; zero: all of them
	Share  float64 // affect this share of the matching calls, evenly: 0.1 is every tenth; zero: all
	Fault  Fault
}

// Fault is a kind of failure of a call.
type Fault struct {
	name     string
	executes bool // the endpoint runs before the fault answers
	answer   func(x *exchange, body []byte)
}

// String describes the fault.
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

// Errcode implements wechattest.Errcode.
func Errcode(code int) Fault {
	return Fault{"errcode " + strconv.Itoa(code), false, func(x *exchange, _ []byte) { x.write(nil, Fail(code)) }}
}

// ErrcodeText is [Errcode] with an errmsg of your own.
func ErrcodeText(code int, errmsg string) Fault {
	return Fault{"errcode " + strconv.Itoa(code), false, func(x *exchange, _ []byte) { x.write(nil, &Error{code, errmsg}) }}
}

// Answer implements wechattest.Answer.
func Answer(text string) Fault {
	if !json.Valid([]byte(text)) {
		panic(fmt.Sprintf("wechattest: Answer: not JSON: %q", text))
	}
	return Fault{"answer", false, func(x *exchange, _ []byte) { x.send(http.StatusOK, jsonType, []byte(text)) }}
}

// HTTPStatus implements wechattest.HTTPStatus.
func HTTPStatus(status int) Fault {
	return Fault{"HTTP " + strconv.Itoa(status), false, func(x *exchange, _ []byte) { x.page(status) }}
}

// CutBefore breaks the connection after the request was read. The call is not executed.
func CutBefore() Fault {
	return Fault{"connection cut before the call", false, func(*exchange, []byte) { abort() }}
}

// CutAfter executes the call and breaks the connection before the answer.
func CutAfter() Fault {
	return Fault{"connection cut before the answer", true, func(*exchange, []byte) { abort() }}
}

// CutInside implements wechattest.CutInside.
func CutInside() Fault {
	return Fault{"connection cut inside the answer", true, func(x *exchange, body []byte) {
		x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		x.begin(http.StatusOK, x.contentType())
		x.part(body[:len(body)/2])
		abort()
	}}
}

// Truncated implements wechattest.Truncated.
func Truncated() Fault {
	return Fault{"truncated JSON", true, func(x *exchange, body []byte) {
		x.send(http.StatusOK, x.contentType(), body[:len(body)/2])
	}}
}

// Endless implements wechattest.Endless.
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

// Hang implements wechattest.Hang.
func Hang() Fault {
	return Fault{"no answer", false, func(x *exchange, _ []byte) {
		select {
		case <-x.r.Context().Done():
		case <-x.platform.Ctx.Done():
		}
		abort()
	}}
}

// RedirectTo implements wechattest.RedirectTo.
func RedirectTo(location string) Fault {
	return Fault{"redirect", false, func(x *exchange, _ []byte) {
		x.w.Header().Set("Location", location)
		x.page(http.StatusFound)
	}}
}

// contentType returns the Content-Type of the encoded answer.
func (x *exchange) contentType() string {
	if x.file != nil {
		return x.file.ContentType
	}
	return jsonType
}

// begin sends the header of an answer with a body in parts.
func (x *exchange) begin(status int, contentType string) {
	x.record.Status = status
	x.w.Header().Set("Content-Type", contentType)
	x.w.WriteHeader(status)
}

// part sends a part of the body immediately, and reports whether the caller is still
// connected.
func (x *exchange) part(body []byte) bool {
	if len(x.record.Answer) < keptOf {
		x.record.Answer = append(x.record.Answer, clip(body)...)
	}
	_, err := x.w.Write(body)
	return err == nil && http.NewResponseController(x.w).Flush() == nil
}

// wait waits for d, and reports whether the caller is still connected.
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

// abort breaks the connection with a panic that net/http does not log.
func abort() { panic(http.ErrAbortHandler) }

// activeFault is an injected fault.
type activeFault struct {
	Rule
	id    int64
	left  int     // number of calls left, if Times is set
	share float64 // the sum of the shares so far
}

// Inject implements Platform.Inject.
func (s *Server) Inject(rule Rule) (remove func()) {
	if rule.Fault.answer == nil || rule.Share < 0 || rule.Share > 1 || rule.Times < 0 {
		panic(fmt.Sprintf("wechattest: rule for %q: it needs a Fault, a Share from 0 to 1 and Times of 0 or more", rule.Path))
	}
	s.Lock()
	defer s.Unlock()
	s.lastFault++
	id := s.lastFault
	s.faults = append(s.faults, &activeFault{Rule: rule, left: rule.Times, id: id})
	return func() { s.RemoveFault(id) }
}

// RemoveFault removes the fault with that id; an unknown one is ignored.
func (s *Server) RemoveFault(id int64) {
	s.Lock()
	defer s.Unlock()
	s.faults = slices.DeleteFunc(slices.Clone(s.faults), func(f *activeFault) bool { return f.id == id })
}

// ActiveFault is an injected fault.
type ActiveFault struct {
	Rule
	ID   int64
	Left int
}

// Faults returns the active faults.
func (s *Server) Faults() []ActiveFault {
	s.Lock()
	defer s.Unlock()
	var list []ActiveFault
	for _, f := range s.faults {
		list = append(list, ActiveFault{f.Rule, f.id, max(f.left, 0)})
	}
	return list
}

// strike returns the fault that answers a call; hit is false if there is none.
func (s *Server) strike(method, path string) (fault Fault, hit bool) {
	s.Lock()
	defer s.Unlock()
	for _, f := range s.faults {
		if (f.Method == "" || f.Method == method) && f.covers(path, s.routes[path].Page) && f.due() {
			if f.Times > 0 && f.left == 0 {
				s.faults = Without(s.faults, f)
			}
			return f.Fault, true
		}
	}
	return Fault{}, false
}

// covers reports whether the rule selects a path. A page for a browser is selected only
// by its exact path.
func (f *activeFault) covers(path string, page bool) bool {
	return f.Path == path || !page && matchPath(f.Path, path)
}

// due counts a matching call and reports whether the fault affects it.
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
