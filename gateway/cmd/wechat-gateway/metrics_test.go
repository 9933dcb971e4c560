package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/token"
)

func TestMetrics(t *testing.T) {
	m := newMetrics()
	m.call(gateway.Call{Business: "shop", Route: "/cgi-bin/*", Host: "api", Attempts: 2, Replayed: true, Status: 200, Code: 45009})
	m.call(gateway.Call{Business: "shop", Route: "/cgi-bin/*", Host: "api", Attempts: 2, Status: 200, Code: 1234567})
	m.call(gateway.Call{Status: 401, Code: 40125, Reason: gateway.Unauthorized})
	m.tokenRequest(gateway.TokenRequest{Business: "shop", Kind: token.AccessToken, Status: 200})
	m.refresh("wx1", token.AccessToken, token.Refresh{Reason: token.Cold, Expiry: time.Unix(7200, 0)})
	m.refresh("wx1", token.AccessToken, token.Refresh{Reason: token.Early, Same: true, Expiry: time.Unix(7300, 0)})
	m.refresh("wx1", token.AccessToken, token.Refresh{Reason: token.Rejected, Err: errors.New("no")})

	require.NoError(t, testutil.CollectAndCompare(m, strings.NewReader(`
# HELP wechat_gateway_attempts_total Requests sent to the platform, by the host that was tried last.
# TYPE wechat_gateway_attempts_total counter
wechat_gateway_attempts_total{host="api"} 4
# HELP wechat_gateway_calls_total Calls through the proxy; reason tells why the proxy itself answered.
# TYPE wechat_gateway_calls_total counter
wechat_gateway_calls_total{business="",errcode="40125",reason="unauthorized",route="",status="401"} 1
wechat_gateway_calls_total{business="shop",errcode="45009",reason="",route="/cgi-bin/*",status="200"} 1
wechat_gateway_calls_total{business="shop",errcode="other",reason="",route="/cgi-bin/*",status="200"} 1
# HELP wechat_gateway_replays_total Calls sent again with a new token.
# TYPE wechat_gateway_replays_total counter
wechat_gateway_replays_total{business="shop"} 1
# HELP wechat_gateway_token_expiry_timestamp_seconds When the newest credential expires, in Unix time.
# TYPE wechat_gateway_token_expiry_timestamp_seconds gauge
wechat_gateway_token_expiry_timestamp_seconds{appid="wx1",kind="access_token"} 7300
# HELP wechat_gateway_token_refreshes_total Fetches of credentials from the platform.
# TYPE wechat_gateway_token_refreshes_total counter
wechat_gateway_token_refreshes_total{appid="wx1",kind="access_token",reason="cold",result="ok"} 1
wechat_gateway_token_refreshes_total{appid="wx1",kind="access_token",reason="early",result="same"} 1
wechat_gateway_token_refreshes_total{appid="wx1",kind="access_token",reason="rejected",result="failed"} 1
# HELP wechat_gateway_token_requests_total Requests to the token server.
# TYPE wechat_gateway_token_requests_total counter
wechat_gateway_token_requests_total{business="shop",invalidate="false",kind="access_token",status="200"} 1
`),
		"wechat_gateway_attempts_total", "wechat_gateway_calls_total", "wechat_gateway_replays_total",
		"wechat_gateway_token_expiry_timestamp_seconds", "wechat_gateway_token_refreshes_total", "wechat_gateway_token_requests_total"))
	problems, err := testutil.CollectAndLint(m)
	require.NoError(t, err)
	require.Empty(t, problems)
}
