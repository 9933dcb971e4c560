package gateway_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// Every request here is refused before anything is sent to the platform.
func TestRefused(t *testing.T) {
	s := set(t, nil)
	own, other := "/"+wechattest.DefaultAppID, "/"+otherApp
	get, post := http.MethodGet, http.MethodPost
	for _, c := range []struct {
		name, method, path, key string
		status                  int
		reason                  gateway.Reason
	}{
		{"no key", get, "/cgi-bin/menu/get", "", 200, gateway.Unauthorized},
		{"wrong key", get, "/cgi-bin/menu/get", gateway.NewKey(), 401, gateway.Unauthorized},
		{"part of a key", get, "/cgi-bin/menu/get", keyA[:40], 401, gateway.Unauthorized},
		{"the hash as key", get, "/cgi-bin/menu/get", hash(t, keyA).String(), 401, gateway.Unauthorized},
		{"the AppSecret as key", get, "/cgi-bin/menu/get", wechattest.DefaultSecret, 401, gateway.Unauthorized},
		{"key in a parameter", get, "/cgi-bin/menu/get?secret=" + keyA, "", 200, gateway.TokenParameter},
		{"account of another business", get, other + "/cgi-bin/user/get", keyA, 403, gateway.ForbiddenAccount},
		{"the other way round", get, own + "/cgi-bin/user/get", keyB, 403, gateway.ForbiddenAccount},
		{"path not allowed", get, "/cgi-bin/menu/get", keyB, 403, gateway.ForbiddenPath},
		{"path denied", get, "/cgi-bin/menu/delete", keyA, 403, gateway.ForbiddenPath},
		{"path denied, in capitals", get, "/cgi-bin/Menu/Delete", keyA, 403, gateway.ForbiddenPath},
		{"below a denied pattern", post, "/cgi-bin/material/add_news", keyA, 403, gateway.ForbiddenPath},
		{"component token endpoints", post, "/cgi-bin/component/api_component_token", keyA, 403, gateway.ForbiddenPath},
		{"component oauth", get, "/sns/oauth2/component/access_token?code=c", keyA, 403, gateway.ForbiddenPath},
		{"token endpoint in capitals", get, "/cgi-bin/Token", keyA, 403, gateway.ForbiddenPath},
		{"an answer that shows tokens, in capitals", post, "/cgi-bin/openapi/RID/get", keyA, 403, gateway.ForbiddenPath},
		{"an answer that shows tokens, in other capitals", post, "/cgi-bin/OpenAPI/rid/get", keyA, 403, gateway.ForbiddenPath},
		{"user info in capitals", get, "/sns/UserInfo?access_token=87_abc", keyA, 400, gateway.TokenParameter},
		{"user info in capitals, no token", get, "/sns/UserInfo", keyA, 403, gateway.ForbiddenPath},
		{"secret endpoint in capitals", post, "/cgi-bin/clear_quota/V2", keyA, 403, gateway.ForbiddenPath},
		{"component endpoint in capitals", post, "/cgi-bin/Component/api_query_auth", keyA, 403, gateway.ForbiddenPath},
		{"QR code in capitals", get, "/cgi-bin/ShowQRCode?ticket=t", keyA, 403, gateway.ForbiddenPath},
		{"dot at the end of a denied path", get, "/cgi-bin/menu/delete.", keyA, 400, gateway.BadRequest},
		{"QR code by POST", post, "/cgi-bin/showqrcode?ticket=t", "", 200, gateway.BadRequest},
		{"QR code without ticket", get, "/cgi-bin/showqrcode?access_token=87_abc", "", 200, gateway.BadRequest},
		{"an answer that shows tokens", post, "/cgi-bin/openapi/rid/get", keyA, 403, gateway.ForbiddenPath},
		{"traversal", get, "/cgi-bin/user/../menu/get", keyB, 400, gateway.BadRequest},
		{"encoded traversal", get, "/cgi-bin/user/%2e%2e/menu/get", keyB, 400, gateway.BadRequest},
		{"doubly encoded traversal", get, "/cgi-bin/user/%252e%252e/menu/get", keyB, 400, gateway.BadRequest},
		{"dot", get, "/cgi-bin/./menu/get", keyA, 400, gateway.BadRequest},
		{"encoded slash", get, "/cgi-bin/user%2F..%2Fmenu/get", keyB, 400, gateway.BadRequest},
		{"encoded slash to a denied path", get, "/cgi-bin/menu%2Fdelete", keyA, 400, gateway.BadRequest},
		{"encoded letter of a denied path", get, "/cgi-bin/menu/%64elete", keyA, 400, gateway.BadRequest},
		{"double slash", get, "/cgi-bin//menu/delete", keyA, 400, gateway.BadRequest},
		{"double slash in front", get, "//cgi-bin/menu/delete", keyA, 400, gateway.BadRequest},
		{"slash at the end", get, "/cgi-bin/menu/delete/", keyA, 400, gateway.BadRequest},
		{"backslash", get, `/cgi-bin/user/%5c..%5cmenu`, keyA, 400, gateway.BadRequest},
		{"path parameter", get, "/cgi-bin/menu/delete;x=1", keyA, 400, gateway.BadRequest},
		{"encoded zero byte", get, "/cgi-bin/menu/delete%00", keyA, 400, gateway.BadRequest},
		{"encoded question mark", get, "/cgi-bin/menu/get%3faccess_token=x", keyA, 400, gateway.BadRequest},
		{"root", get, "/", keyA, 400, gateway.BadRequest},
		{"long path", get, "/cgi-bin/" + strings.Repeat("a", 300), keyA, 400, gateway.BadRequest},
		{"two app ids", get, own + own + "/cgi-bin/menu/get", keyB, 403, gateway.ForbiddenAccount},
		{"own token", get, "/cgi-bin/menu/get?access_token=87_abc", keyA, 400, gateway.TokenParameter},
		{"own token, second", get, "/cgi-bin/menu/get?a=b&access_token=87_abc", keyA, 400, gateway.TokenParameter},
		{"own token, encoded name", get, "/cgi-bin/menu/get?access%5Ftoken=87_abc", keyA, 400, gateway.TokenParameter},
		{"own token, in capitals", get, "/cgi-bin/menu/get?Access_Token=87_abc", keyA, 400, gateway.TokenParameter},
		{"own token as list", get, "/cgi-bin/menu/get?access_token[]=87_abc", keyA, 400, gateway.BadRequest},
		{"own token, zero byte", get, "/cgi-bin/menu/get?access_token%00=87_abc", keyA, 400, gateway.BadRequest},
		{"own token, blank", get, "/cgi-bin/menu/get?+access_token=87_abc", keyA, 400, gateway.BadRequest},
		{"own token, empty", get, "/cgi-bin/menu/get?access_token=", keyA, 400, gateway.BadRequest},
		{"own token, semicolon", get, "/cgi-bin/menu/get?a=b;access_token=87_abc", keyA, 400, gateway.BadRequest},
		{"own token on a secret endpoint", post, "/cgi-bin/clear_quota/v2?access_token=87_abc", keyA, 400, gateway.TokenParameter},
		{"own token without key", get, "/cgi-bin/menu/get?access_token=87_abc", "", 200, gateway.PassRejected},
		{"component token", get, "/cgi-bin/menu/get?component_access_token=x", keyA, 400, gateway.TokenParameter},
		{"own secret", get, "/sns/oauth2/access_token?code=c&secret=guessed", keyA, 401, gateway.Unauthorized},
		{"another's key as secret", get, "/sns/oauth2/access_token?code=c&secret=" + keyB, keyA, 401, gateway.Unauthorized},
		{"app id of another", get, "/sns/oauth2/access_token?code=c&appid=" + otherApp, keyA, 403, gateway.ForbiddenAccount},
		{"app id twice", get, "/sns/oauth2/access_token?appid=" + wechattest.DefaultAppID + "&appid=" + otherApp, keyA, 400, gateway.BadRequest},
		{"two app ids that differ", get, own + "/sns/oauth2/access_token?appid=" + otherApp, keyA, 400, gateway.BadRequest},
		{"query that cannot be read", get, "/cgi-bin/menu/get?a=%zz", keyA, 400, gateway.BadRequest},
		{"long query", get, "/cgi-bin/menu/get?a=" + strings.Repeat("a", 17<<10), keyA, 400, gateway.BadRequest},
		{"PUT", http.MethodPut, "/cgi-bin/menu/get", keyA, 405, gateway.MethodNotAllowed},
		{"DELETE", http.MethodDelete, "/cgi-bin/menu/get", keyA, 405, gateway.MethodNotAllowed},
		{"TRACE", http.MethodTrace, "/cgi-bin/menu/get", keyA, 405, gateway.MethodNotAllowed},
		{"stable token, wrong key", post, "/cgi-bin/stable_token", keyA, 400, gateway.BadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, body := s.request(c.method, s.proxy.URL+c.path, c.key, nil)
			require.Equal(t, c.status, resp.StatusCode, body)
			require.Contains(t, body, `"error":"`+string(c.reason)+`"`)
			require.NotEmpty(t, resp.Header.Get(gateway.RequestIDHeader))
			if c.status == http.StatusMethodNotAllowed {
				require.Equal(t, "GET, POST", resp.Header.Get("Allow"))
			}
			require.NotContains(t, body, "87_abc")
			require.NotContains(t, body, keyB)
			require.False(t, strings.HasSuffix(body, "\n"))
			require.Contains(t, body, `"errmsg":"gateway: `+string(c.reason)+`: `)
		})
	}
	require.Empty(t, s.platform.Calls(""), "nothing of this has reached the platform")
}

// raw sends bytes as they are and returns the status of the answer.
func raw(t *testing.T, s *setting, request string) int {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.proxy.URL, "http://"))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

func TestSmuggling(t *testing.T) {
	s := set(t, nil)
	auth := "Host: gateway\r\nAuthorization: Bearer " + keyA + "\r\n"
	for _, c := range []struct{ name, request string }{
		{"absolute form", "GET http://elsewhere.example/cgi-bin/menu/get HTTP/1.1\r\n" + auth + "\r\n"},
		{"two lengths", "POST /cgi-bin/menu/create HTTP/1.1\r\n" + auth + "Content-Length: 2\r\nContent-Length: 30\r\n\r\n{}"},
		{"unknown coding", "POST /cgi-bin/menu/create HTTP/1.1\r\n" + auth + "Transfer-Encoding: xchunked\r\n\r\n{}"},
		{"blank before the colon", "GET /cgi-bin/menu/get HTTP/1.1\r\n" + auth + "Transfer-Encoding : chunked\r\n\r\n"},
		{"two keys", "GET /cgi-bin/menu/get HTTP/1.1\r\n" + auth + "Authorization: Bearer " + keyB + "\r\n\r\n"},
		{"blank in the path", "GET /cgi-bin/menu/get /x HTTP/1.1\r\n" + auth + "\r\n"},
		{"asterisk", "GET * HTTP/1.1\r\n" + auth + "\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.GreaterOrEqual(t, raw(t, s, c.request), 400)
		})
	}
	require.Empty(t, s.platform.Calls(""))
}

// No header of the caller reaches the platform that could change who calls, where or
// what.
func TestHeadersStay(t *testing.T) {
	s := set(t, nil)
	resp, _ := s.post("/cgi-bin/menu/create", keyA, createMenu,
		"X-Forwarded-For", "203.0.113.7", "X-Forwarded-Host", "elsewhere.example", "X-Original-Url", "/cgi-bin/token",
		"X-Http-Method-Override", "DELETE", "Cookie", "session=1", "Connection", "X-Wechat", "X-Wechat", "1",
		"Referer", "https://intranet.example/?access_token=x", "Accept-Encoding", "gzip", "Content-Type", "application/x-www-form-urlencoded")
	require.Equal(t, 200, resp.StatusCode)
	call := s.platform.Calls("/cgi-bin/menu/create")[0]
	var names []string
	for name := range call.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	require.Equal(t, []string{"Accept", "Accept-Encoding", "Content-Length", "Content-Type", "User-Agent"}, names, "the second is of the transport")
	require.Equal(t, "application/json; charset=utf-8", call.Header.Get("Content-Type"))
	require.Contains(t, s.platform.URL(), call.Host)
}

// A pass is valid for its account only, as long as the business has the key, and cannot
// be forged.
func TestPasses(t *testing.T) {
	s := set(t, nil)
	fetch := func(key string) string {
		_, body := s.get("/cgi-bin/token?grant_type=client_credential&appid="+wechattest.DefaultAppID+"&secret="+key, "")
		_, rest, ok := strings.Cut(body, `"access_token":"`)
		require.True(t, ok, body)
		pass, _, _ := strings.Cut(rest, `"`)
		return pass
	}
	pass := fetch(keyA)
	require.NotEqual(t, pass, fetch(keyA), "no two are the same, so that a client that wants another gets one")
	use := func(path, pass string) string {
		_, body := s.get(path+"?access_token="+url.QueryEscape(pass), "")
		return body
	}
	require.NotContains(t, use("/cgi-bin/get_api_domain_ip", pass), "errcode")
	require.Contains(t, use("/"+otherApp+"/cgi-bin/get_api_domain_ip", pass), gateway.BadRequest)
	other := "x"
	if pass[20] == 'x' {
		other = "y"
	}
	for _, forged := range []string{pass + "A", pass[:len(pass)-2], "gw_", "gw_AAAA", strings.ToUpper(pass), pass[:20] + other + pass[21:]} {
		require.Contains(t, use("/cgi-bin/menu/get", forged), fmt.Sprint(int(errcode.InvalidCredential)), forged)
	}
	for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
		if other := pass[:len(pass)-1] + string(last); other != pass {
			require.Contains(t, use("/cgi-bin/menu/get", other), gateway.PassRejected, "a pass has one form")
		}
	}
	resp, body := s.get("/cgi-bin/menu/get?access_token="+pass, keyB)
	require.Equal(t, 400, resp.StatusCode, body)

	businesses := twoBusinesses(t)
	businesses[0].Keys = []gateway.KeyHash{hash(t, gateway.NewKey())}
	require.NoError(t, s.dir.Set(accounts(), businesses))
	require.Contains(t, use("/cgi-bin/menu/get", pass), gateway.PassRejected)
}

// A pass is valid for as long as its expires_in says.
func TestPassesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		proxy := alone(t, func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}}, nil
		}, nil)
		var issued struct {
			Token     string `json:"access_token"`
			ExpiresIn int    `json:"expires_in"`
		}
		answer := serveOnce(t, proxy, "/cgi-bin/token?grant_type=client_credential&appid="+otherApp+"&secret="+keyB)
		require.NoError(t, json.Unmarshal([]byte(answer), &issued))
		time.Sleep(time.Duration(issued.ExpiresIn)*time.Second - time.Second)
		require.Empty(t, serveOnce(t, proxy, "/cgi-bin/user/get?access_token="+issued.Token))
		time.Sleep(time.Second)
		require.Contains(t, serveOnce(t, proxy, "/cgi-bin/user/get?access_token="+issued.Token), `"errcode":42001`)
	})
}

// Instances with the same PassKey accept each other's passes, others do not.
func TestPassesAcrossInstances(t *testing.T) {
	key := []byte(strings.Repeat("k", 32))
	give := func(k []byte) func(*setting, *gateway.ProxyConfig, []gateway.Business) {
		return func(_ *setting, cfg *gateway.ProxyConfig, _ []gateway.Business) { cfg.PassKey = k }
	}
	one, two, three := set(t, give(key)), set(t, give(key)), set(t, give(nil))
	_, body := one.post("/cgi-bin/stable_token", "", fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":%q}`, wechattest.DefaultAppID, keyA))
	_, rest, _ := strings.Cut(body, `"access_token":"`)
	pass, _, _ := strings.Cut(rest, `"`)
	_, body = two.get("/cgi-bin/get_api_domain_ip?access_token="+pass, "")
	require.Contains(t, body, "ip_list")
	_, body = three.get("/cgi-bin/get_api_domain_ip?access_token="+pass, "")
	require.Contains(t, body, gateway.PassRejected)
}

// FuzzPath checks that nothing reaches the platform with another path than one that the
// business may call.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"/cgi-bin/user/get", "/cgi-bin/user/../menu/get", "/cgi-bin/user/%2e%2e/menu/get", "/wx00000000000000aa/cgi-bin/user/get",
		"//cgi-bin/user/get", "/cgi-bin/user/get?access_token=x", "/cgi-bin/user/get?a=1&&b", "/cgi-bin/user/%00", "/cgi-bin/user/a?secret=1;2",
	} {
		f.Add(seed)
	}
	var reached []*http.Request
	proxy := alone(f, func(r *http.Request) (*http.Response, error) {
		reached = append(reached, r)
		return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}}, nil
	}, nil)
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		reached = nil
		r := &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{"Authorization": {"Bearer " + keyB}}, Body: http.NoBody}
		proxy.ServeHTTP(&discard{http.Header{}}, r.WithContext(t.Context()))
		for _, out := range reached {
			again, err := url.ParseRequestURI(out.URL.RequestURI())
			require.NoError(t, err)
			require.Equal(t, out.URL.Path, again.EscapedPath())
			require.True(t, strings.HasPrefix(again.Path, "/cgi-bin/user/"), again.Path)
			require.NotContains(t, again.Path, "..")
			require.Equal(t, []string{"a-token-of-the-other-account"}, again.Query()["access_token"])
			for name := range again.Query() {
				require.False(t, strings.EqualFold(name, "access_token") && name != "access_token", name)
			}
		}
	})
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}
