package wechattest

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

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
func (c Call) Format(f fmt.State, _ rune) { fmt.Fprint(f, server.Record(c)) }

// LogValue is what slog prints of the call.
func (c Call) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// Calls returns the calls of the API whose path matches, oldest first: a path,
// a path that ends in * for all that begin so, or nothing for all. The platform
// keeps up to 20 000 calls and 64 MiB, the newest; see [Platform.Count].
func (p *Platform) Calls(path string) []Call { return publicCalls(p.server.Calls(path)) }

// Count returns how many calls the API has received for a path, matched as in
// [Platform.Calls], refused ones included.
func (p *Platform) Count(path string) int { return p.server.Count(path) }

// Elsewhere returns the requests that a client of [Platform.Client] sent to
// hosts that are not the platform's, as after a redirect.
func (p *Platform) Elsewhere() []Call { return publicCalls(p.server.Elsewhere()) }

func publicCalls(list []server.Record) []Call {
	var calls []Call
	for _, r := range list {
		calls = append(calls, Call(r))
	}
	return calls
}

// SetQuota limits an endpoint to a number of calls a day (then 45009) and a minute
// (then 45011); zero means no limit. By default an endpoint has the daily quota of a
// new account.
func (p *Platform) SetQuota(path string, daily, minutely int) {
	p.locked(func(s *server.Server) { s.Quotas.Set(path, daily, minutely) })
}

// Quota is an endpoint's quota, and how much of it is used. A limit of zero means no
// limit.
type Quota struct {
	Path            string
	Used            int // calls of today, in China
	Daily, Minutely int // limits
}

// Quotas returns the quotas of the endpoints that have been called or that
// [Platform.SetQuota] limits, by path.
func (p *Platform) Quotas() []Quota {
	var list []Quota
	p.locked(func(s *server.Server) {
		for _, q := range s.QuotaList() {
			list = append(list, Quota(q))
		}
	})
	return list
}
