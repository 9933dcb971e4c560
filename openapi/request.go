package openapi

import (
	"context"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Request is the platform's record of a call.
type Request struct {
	Time     time.Time
	Duration time.Duration
	Query    string // of the URL, without the token
	Body     string
	Answer   string
	ClientIP string
}

// GetRequest returns the platform's record of a failed call (查询rid信息), by the request
// id of its error (errcode.Error.RID). The platform keeps it for seven days, for the
// account that made the call.
//
// Errors: errcode.RIDNotFound, RIDInvalid, RIDNotOwned for the id of another account,
// RIDExpired.
//
// POST /cgi-bin/openapi/rid/get (查询rid信息)
func (s *Service) GetRequest(ctx context.Context, rid string) (*Request, error) {
	const path = "/cgi-bin/openapi/rid/get"
	if err := limit.Required(path, "rid", rid); err != nil {
		return nil, err
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
		return nil, err
	}
	r := out.Request
	return &Request{
		Time: r.At.Time, Duration: time.Duration(r.Millis) * time.Millisecond,
		Query: withoutToken(r.URL), Body: r.Body, Answer: r.Answer, ClientIP: r.ClientIP,
	}, nil
}

// withoutToken replaces the values of all access_token parameters of a query.
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
