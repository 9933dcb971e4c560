package openapi

import (
	"context"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Request is what the platform recorded of a call.
type Request struct {
	At       time.Time
	Took     time.Duration
	Query    string // of the URL; its token is left out
	Body     string
	Answer   string
	ClientIP string
}

// Request returns what the platform recorded of a call that failed (查询rid信息), by the
// request id that its error names (errcode.Error.RID). The platform keeps it for
// seven days, for the account that called.
//
// Errors: 76001 for an id that there is not, 76003 for one of another account, 76004
// for one that is too old.
//
// POST /cgi-bin/openapi/rid/get (查询rid信息)
func (s *Service) Request(ctx context.Context, rid string) (Request, error) {
	const path = "/cgi-bin/openapi/rid/get"
	if rid == "" {
		return Request{}, limit.Rule(path, "rid", "is empty")
	}
	in := struct {
		RID string `json:"rid"`
	}{rid}
	var out struct {
		Request struct {
			At       officialaccount.Timestamp `json:"invoke_time"`
			Millis   int64                     `json:"cost_in_ms"`
			URL      string                    `json:"request_url"`
			Body     string                    `json:"request_body"`
			Answer   string                    `json:"response_body"`
			ClientIP string                    `json:"client_ip"`
		} `json:"request"`
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return Request{}, err
	}
	r := out.Request
	return Request{
		At: r.At.Time, Took: time.Duration(r.Millis) * time.Millisecond,
		Query: withoutToken(r.URL), Body: r.Body, Answer: r.Answer, ClientIP: r.ClientIP,
	}, nil
}

// withoutToken cuts the values of all access_token parameters out of a query.
func withoutToken(query string) string {
	const name = "access_token="
	before, after, found := strings.Cut(query, name)
	if !found {
		return query
	}
	_, rest, more := strings.Cut(after, "&")
	if more {
		rest = "&" + withoutToken(rest)
	}
	return before + name + "redacted" + rest
}
