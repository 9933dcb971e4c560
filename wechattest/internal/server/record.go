package server

import (
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Record is a wechattest.Call, which documents its fields.
//
// It prints without query and bodies, which contain credentials.
type Record struct {
	Time                     time.Time
	Duration                 time.Duration
	From, Host, Method, Path string
	Query                    url.Values
	Header                   http.Header
	Body                     []byte
	Size                     int64
	Status                   int
	Answer                   []byte
	Code                     int
	RID, Fault, AppID        string
}

// Format prints the call for every verb without credentials.
func (c Record) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "%s %s: HTTP %d, errcode %d", c.Method, c.Path, c.Status, c.Code)
}

// Calls returns the calls of the API, oldest first. path is a path, a prefix that ends
// in *, or empty for all calls. The newest calls are kept, up to 20,000 and 64 MiB; see
// [Server.Count].
func (s *Server) Calls(path string) []Record {
	return s.calls.List(func(c Record) bool { return s.own(c) && matchPath(path, c.Path) })
}

// Count returns the number of calls of the API for a path, as in [Server.Calls], since
// the start, including refused ones.
func (s *Server) Count(path string) int {
	s.Lock()
	defer s.Unlock()
	total := 0
	for counted, n := range s.counts {
		if matchPath(path, counted) {
			total += n
		}
	}
	return total
}

// maxCounted bounds the number of paths that are counted, since a client can call any
// path.
const maxCounted = 10_000

func (s *Server) count(c Record) {
	s.Lock()
	defer s.Unlock()
	if _, known := s.counts[c.Path]; s.own(c) && (known || len(s.counts) < maxCounted) {
		s.counts[c.Path]++
	}
}

// CallsElsewhere implements Platform.CallsElsewhere.
func (s *Server) CallsElsewhere() []Record {
	return s.calls.List(func(c Record) bool { return !s.own(c) })
}

// own reports whether a call was to a host of the platform. Other calls have no request
// id.
func (s *Server) own(c Record) bool { return c.RID != "" }

func matchPath(pattern, path string) bool {
	if pattern == "" || pattern == path {
		return true
	}
	last := len(pattern) - 1
	return pattern[last] == '*' && len(path) >= last && path[:last] == pattern[:last]
}
