package server

import (
	"fmt"
	"net/http"
	"net/url"
	"time"
)

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
