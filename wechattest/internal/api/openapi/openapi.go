// Package openapi models the look-up and the reset of quotas, and of request ids.
package openapi

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Register adds the area to the server.
func Register(s *server.Server) {
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/clear_quota", Handle: server.JSON(clearQuota)},
		{Method: http.MethodPost, Path: "/cgi-bin/clear_quota/v2", Credential: server.AppSecret, Body: server.AnyBody, Handle: clearQuotaBySecret},
		{Method: http.MethodPost, Path: "/cgi-bin/openapi/quota/get", Handle: getQuota},
		{Method: http.MethodPost, Path: "/cgi-bin/openapi/quota/clear", Handle: clearPathQuota},
		{Method: http.MethodPost, Path: "/cgi-bin/openapi/rid/get", Handle: server.JSON(getRID)},
	}...)
}

// clearQuota is POST /cgi-bin/clear_quota.
func clearQuota(c *server.Call, in struct {
	AppID string `json:"appid"`
}) (any, error) {
	if in.AppID != c.Account.AppID {
		return nil, server.Fail(40013)
	}
	return nil, c.Quotas.Clear(c.Now())
}

// clearQuotaBySecret is POST /cgi-bin/clear_quota/v2, which needs no token.
func clearQuotaBySecret(c *server.Call) (any, error) {
	in := struct {
		AppID  string `json:"appid"`
		Secret string `json:"appsecret"`
	}{c.Query.Get("appid"), c.Query.Get("appsecret")} // the query is the older form
	if len(c.Body) > 0 {
		if err := c.Bind(&in); err != nil {
			return nil, err
		}
	}
	appID, secret := in.AppID, in.Secret
	switch {
	case !c.Account.Allows(c.From):
		return nil, server.NotAllowed(c.From)
	case appID == "":
		return nil, server.Fail(41002)
	case appID != c.Account.AppID:
		return nil, server.Fail(40013)
	case secret == "":
		return nil, server.Fail(41004)
	case secret != c.Account.Secret:
		return nil, server.Fail(40125)
	}
	return nil, c.Quotas.Clear(c.Now())
}

// quotaPath returns cgi_path and its endpoint.
func quotaPath(c *server.Call) (server.Endpoint, error) {
	var in struct {
		Path string `json:"cgi_path"`
	}
	if err := c.Bind(&in); err != nil {
		return server.Endpoint{}, err
	}
	switch {
	case !strings.HasPrefix(in.Path, "/") || strings.Contains(in.Path, "?"):
		return server.Endpoint{}, server.Fail(76003)
	case strings.HasPrefix(in.Path, "/sns/"):
		return server.Endpoint{}, server.Fail(76022)
	}
	e, ok := c.Endpoint(in.Path)
	if !ok {
		return server.Endpoint{}, server.Fail(76021)
	}
	return e, nil
}

// getQuota is POST /cgi-bin/openapi/quota/get. An endpoint without a daily
// limit shows a very large one.
func getQuota(c *server.Call) (any, error) {
	e, err := quotaPath(c)
	if err != nil {
		return nil, err
	}
	q := c.Quotas.Of(e, c.Now())
	if q.Daily == 0 {
		q.Daily = 100_000_000
	}
	answer := server.OK{"quota": server.Object{"daily_limit": q.Daily, "used": q.Used, "remain": max(0, q.Daily-q.Used)}}
	if q.Minutely > 0 {
		answer["rate_limit"] = server.Object{"call_count": q.Minutely, "refresh_second": 60}
	}
	return answer, nil
}

// clearPathQuota is POST /cgi-bin/openapi/quota/clear.
func clearPathQuota(c *server.Call) (any, error) {
	e, err := quotaPath(c)
	if err != nil {
		return nil, err
	}
	return nil, c.Quotas.ClearPath(e.Path, c.Now())
}

// ridLife is how long the record of a call can be read.
const ridLife = 7 * 24 * time.Hour

// ridForm matches three groups of eight hex digits.
var ridForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$`)

// getRID is POST /cgi-bin/openapi/rid/get: the record of an earlier call.
func getRID(c *server.Call, in struct {
	RID string `json:"rid"`
}) (any, error) {
	if !ridForm.MatchString(in.RID) {
		return nil, server.Fail(76002)
	}
	calls := c.Calls("")
	i := slices.IndexFunc(calls, func(r server.Record) bool { return r.RID == in.RID })
	if i < 0 {
		return nil, server.Fail(76001)
	}
	old := calls[i]
	switch {
	case c.Now().Sub(old.Time) > ridLife:
		return nil, server.Fail(76004)
	case strings.HasPrefix(old.Path, "/sns/"):
		return nil, server.Fail(76022)
	}
	return server.OK{"request": server.Object{
		"invoke_time":   old.Time.Unix(),
		"cost_in_ms":    old.Duration.Milliseconds(),
		"request_url":   old.Query.Encode(),
		"request_body":  string(old.Body),
		"response_body": string(old.Answer),
		"client_ip":     old.From,
	}}, nil
}
