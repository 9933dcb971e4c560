package wechattest

import (
	"net/http"
	"regexp"
	"strings"
)

func openAPIEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/clear_quota", body: jsonBody, handle: clearQuota},
		{method: http.MethodPost, path: "/cgi-bin/clear_quota/v2", credential: appSecret, handle: clearQuotaBySecret},
		{method: http.MethodPost, path: "/cgi-bin/openapi/quota/get", body: jsonBody, handle: getQuota},
		{method: http.MethodPost, path: "/cgi-bin/openapi/quota/clear", body: jsonBody, handle: clearPathQuota},
		{method: http.MethodPost, path: "/cgi-bin/openapi/rid/get", body: jsonBody, handle: getRID},
	}
}

// clearQuota is POST /cgi-bin/clear_quota.
func clearQuota(c *call) (any, error) {
	var in struct {
		AppID string `json:"appid"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if in.AppID != c.set.AppID {
		return nil, fail(40013)
	}
	return nil, c.quotas.clear(c.now())
}

// clearQuotaBySecret is POST /cgi-bin/clear_quota/v2, which needs no token.
func clearQuotaBySecret(c *call) (any, error) {
	in := struct {
		AppID  string `json:"appid"`
		Secret string `json:"appsecret"`
	}{c.query.Get("appid"), c.query.Get("appsecret")} // the query is the older form
	if len(c.body) > 0 {
		if err := c.bind(&in); err != nil {
			return nil, err
		}
	}
	appID, secret := in.AppID, in.Secret
	switch {
	case !c.set.allows(c.from):
		return nil, notAllowed(c.from)
	case appID == "":
		return nil, fail(41002)
	case appID != c.set.AppID:
		return nil, fail(40013)
	case secret == "":
		return nil, fail(41004)
	case secret != c.set.Secret:
		return nil, fail(40125)
	}
	return nil, c.quotas.clear(c.now())
}

// quotaPath reads cgi_path and finds its endpoint.
func (c *call) quotaPath() (endpoint, error) {
	var in struct {
		Path string `json:"cgi_path"`
	}
	if err := c.bind(&in); err != nil {
		return endpoint{}, err
	}
	switch {
	case !strings.HasPrefix(in.Path, "/") || strings.Contains(in.Path, "?"):
		return endpoint{}, fail(76003)
	case strings.HasPrefix(in.Path, "/sns/"):
		return endpoint{}, fail(76022)
	}
	e, ok := c.routes[in.Path]
	if !ok {
		return endpoint{}, fail(76021)
	}
	return e, nil
}

// getQuota is POST /cgi-bin/openapi/quota/get. An endpoint without a daily
// limit shows a very large one.
func getQuota(c *call) (any, error) {
	e, err := c.quotaPath()
	if err != nil {
		return nil, err
	}
	u, l := c.quotas.usage(e.path, c.now()), c.quotas.limit(e)
	if l.daily == 0 {
		l.daily = 100_000_000
	}
	answer := object{
		"errcode": 0, "errmsg": "ok",
		"quota": object{"daily_limit": l.daily, "used": u.perDay, "remain": max(0, l.daily-u.perDay)},
	}
	if l.minutely > 0 {
		answer["rate_limit"] = object{"call_count": l.minutely, "refresh_second": 60}
	}
	return answer, nil
}

// clearPathQuota is POST /cgi-bin/openapi/quota/clear.
func clearPathQuota(c *call) (any, error) {
	e, err := c.quotaPath()
	if err != nil {
		return nil, err
	}
	return nil, c.quotas.clearPath(e.path, c.now())
}

// ridForm is three groups of eight hex digits.
const ridForm = `^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$`

// getRID is POST /cgi-bin/openapi/rid/get: what became of an earlier call.
func getRID(c *call) (any, error) {
	var in struct {
		RID string `json:"rid"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if ok, _ := regexp.MatchString(ridForm, in.RID); !ok {
		return nil, fail(76002)
	}
	found := c.calls.List(func(call Call) bool { return call.RID == in.RID })
	if len(found) == 0 {
		return nil, fail(76001)
	}
	old := found[0]
	if c.now().Sub(old.At).Hours() > 7*24 {
		return nil, fail(76004)
	}
	return object{
		"errcode": 0, "errmsg": "ok",
		"request": object{
			"invoke_time":   old.At.Unix(),
			"cost_in_ms":    old.Took.Milliseconds(),
			"request_url":   old.Query.Encode(),
			"request_body":  string(old.Body),
			"response_body": string(old.Answer),
			"client_ip":     old.From,
		},
	}, nil
}
