package wechattest

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Call is one request to the API, and its answer.
//
// It prints without query and bodies, which contain credentials.
type Call struct {
	Time     time.Time // platform time
	Duration time.Duration
	From     string // address of the caller
	Host     string
	Method   string
	Path     string
	Query    url.Values
	Header   http.Header
	Body     []byte // the first MiB
	Size     int64  // of the whole body
	Status   int    // 0 if the connection was cut before an answer
	Answer   []byte // the first MiB
	Code     int    // errcode of the answer
	RID      string // request id, also at the end of errmsg
	Fault    string // the injected fault that answered; empty if none did
	AppID    string // of the account whose access_token was accepted; else empty
}

// Format implements fmt.Formatter. It hides query and bodies.
func (c Call) Format(f fmt.State, _ rune) { fmt.Fprint(f, server.Record(c)) }

// MarshalText implements encoding.TextMarshaler. It hides query and bodies.
func (c Call) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }

// Calls returns the calls of the API, oldest first. path is a path, a prefix that ends
// in *, or empty for all calls. The platform keeps the newest calls, up to 20,000 and
// 64 MiB; see [Platform.Count].
func (p *Platform) Calls(path string) []Call { return publicCalls(p.server.Calls(path)) }

// Count returns the number of calls of the API for a path, as in [Platform.Calls],
// including refused ones.
func (p *Platform) Count(path string) int { return p.server.Count(path) }

// CallsElsewhere returns the requests of clients of [Platform.Client] to hosts that do
// not belong to the platform, such as after a redirect.
func (p *Platform) CallsElsewhere() []Call { return publicCalls(p.server.CallsElsewhere()) }

func publicCalls(list []server.Record) []Call {
	var calls []Call
	for _, r := range list {
		calls = append(calls, Call(r))
	}
	return calls
}

// SetQuota limits the calls of an endpoint in a day (above it the answer is 45009) and
// in a minute (45011); zero means no limit. By default an endpoint has the daily quota
// of a new account.
func (p *Platform) SetQuota(path string, daily, minutely int) {
	p.locked(func(s *server.Server) { s.Quotas.Set(path, daily, minutely) })
}

// Quota is the quota of an endpoint and its use. A limit of zero means no limit.
type Quota struct {
	Path            string
	Used            int // calls of today, in China
	Daily, Minutely int // limits
}

// Quotas returns the quotas, by path, of the endpoints that were called or limited by
// [Platform.SetQuota].
func (p *Platform) Quotas() []Quota {
	var list []Quota
	p.locked(func(s *server.Server) {
		for _, q := range s.QuotaList() {
			list = append(list, Quota(q))
		}
	})
	return list
}
