package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const createMenu = `{"button":[{"type":"click","name":"今日歌曲","key":"SONG"}]}`

func TestKeyInTheHeader(t *testing.T) {
	s := set(t, nil)
	resp, body := s.post("/cgi-bin/menu/create", keyA, createMenu, gateway.RequestIDHeader, "order-17")
	require.Equal(t, 200, resp.StatusCode, body)
	require.JSONEq(t, `{"errcode":0,"errmsg":"ok"}`, body)
	require.Equal(t, "order-17", resp.Header.Get(gateway.RequestIDHeader))
	require.Equal(t, createMenu, string(s.platform.Calls("/cgi-bin/menu/create")[0].Body))

	_, body = s.get("/"+wechattest.DefaultAppID+"/cgi-bin/menu/get", keyA)
	require.Contains(t, body, "今日歌曲")
	require.Equal(t, 1, s.platform.TokenRequests())

	req, err := http.NewRequest(http.MethodGet, s.proxy.URL+"/cgi-bin/menu/get", nil)
	require.NoError(t, err)
	req.SetBasicAuth("shop", keyA)
	resp, err = http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)
}

// An id of the caller is kept if it is short and plain.
func TestRequestID(t *testing.T) {
	s := set(t, nil)
	for id, kept := range map[string]bool{
		"a-Z_0.9": true, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false, "": false, "a b": false, `a"b`: false, "a=b": false, "一": false,
	} {
		resp, _ := s.get("/cgi-bin/menu/get", keyA, gateway.RequestIDHeader, id)
		got := resp.Header.Get(gateway.RequestIDHeader)
		require.NotEmpty(t, got)
		require.Equal(t, kept, got == id, id)
	}
}

// Our client needs the address of the proxy and its key as the secret.
func TestKeyInPlaceOfTheSecret(t *testing.T) {
	s := set(t, nil)
	oa, err := officialaccount.New(officialaccount.Config{AppID: wechattest.DefaultAppID, Secret: keyA, BaseURL: s.proxy.URL})
	require.NoError(t, err)
	require.NoError(t, menu.New(oa).Create(t.Context(), menu.Button{Type: menu.Click, Name: "Song", Key: "SONG"}))
	s.platform.RevokeTokens()
	_, err = menu.New(oa).Get(t.Context())
	require.NoError(t, err)
	require.True(t, s.lastCall().Replayed, "the proxy replaced the token, the client noticed nothing")

	classic, err := token.Classic(token.ClassicConfig{AppID: wechattest.DefaultAppID, Secret: keyA, BaseURL: s.proxy.URL})
	require.NoError(t, err)
	tok, err := classic.Token(t.Context())
	require.NoError(t, err)
	resp, body := s.get("/cgi-bin/menu/get?access_token="+tok.Value(), "")
	require.Equal(t, 200, resp.StatusCode)
	require.Contains(t, body, "Song")
	require.Zero(t, s.platform.Count("/cgi-bin/token"))
}

// bearer is the transport of a client that sends its key in the header.
type bearer string

func (key bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(key))
	return http.DefaultTransport.RoundTrip(r)
}

func TestOurClientWithTheHeader(t *testing.T) {
	s := set(t, nil)
	for _, source := range []token.Source{nil, token.None()} {
		oa, err := officialaccount.New(officialaccount.Config{
			AppID: wechattest.DefaultAppID, Secret: keyA, TokenSource: source, BaseURL: s.proxy.URL + "/" + wechattest.DefaultAppID,
			HTTPClient: &http.Client{Transport: bearer(keyA)},
		})
		require.NoError(t, err)
		require.NoError(t, oa.Get(t.Context(), "/cgi-bin/get_api_domain_ip", nil, nil))
		_ = oa.Get(t.Context(), "/sns/userinfo", url.Values{"openid": {"o1"}}, nil, officialaccount.WithToken("OF-THE-USER"))
		calls := s.platform.Calls("/sns/userinfo")
		require.Equal(t, "OF-THE-USER", calls[len(calls)-1].Query.Get("access_token"))
		require.NoError(t, oa.Post(t.Context(), "/cgi-bin/clear_quota/v2", nil, nil, officialaccount.WithSecretAs("appid", "appsecret")))
	}
}

// On cloud hosting calls carry no token, through the proxy neither.
func TestAccountWithoutToken(t *testing.T) {
	s := set(t, nil)
	require.NoError(t, s.dir.Set([]gateway.Account{{AppID: otherApp, TokenSource: token.None()}}, twoBusinesses(t)[1:]))
	s.get("/cgi-bin/user/get", keyB)
	require.Empty(t, s.platform.Calls("/cgi-bin/user/get")[0].Query)
}

func TestWrongKeyInPlaceOfTheSecret(t *testing.T) {
	s := set(t, nil)
	oa, err := officialaccount.New(officialaccount.Config{AppID: wechattest.DefaultAppID, Secret: gateway.NewKey(), BaseURL: s.proxy.URL})
	require.NoError(t, err)
	err = oa.Get(t.Context(), "/cgi-bin/menu/get", nil, nil)
	require.ErrorIs(t, err, errcode.InvalidAppSecret)
	require.Zero(t, s.platform.Count("/cgi-bin/menu/get"))
}

func TestSecretIsAdded(t *testing.T) {
	s := set(t, nil)
	for _, c := range []struct{ name, method, path, key string }{
		{"header", http.MethodPost, "/cgi-bin/clear_quota/v2", keyA},
		{"in place of the secret", http.MethodPost, "/cgi-bin/clear_quota/v2?appid=" + wechattest.DefaultAppID + "&appsecret=" + keyA, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, body := s.request(c.method, s.proxy.URL+c.path, c.key, strings.NewReader("{}"))
			require.JSONEq(t, `{"errcode":0,"errmsg":"ok"}`, body)
		})
	}
	for _, path := range []string{
		"/sns/oauth2/access_token?code=C&grant_type=authorization_code",
		"/sns/oauth2/access_token?appid=" + wechattest.DefaultAppID + "&secret=" + keyA + "&code=C&grant_type=authorization_code",
	} {
		key := keyA
		if strings.Contains(path, "secret=") {
			key = ""
		}
		s.get(path, key)
		calls := s.platform.Calls("/sns/oauth2/access_token")
		q := calls[len(calls)-1].Query
		require.Equal(t, url.Values{
			"appid": {wechattest.DefaultAppID}, "secret": {wechattest.DefaultSecret}, "code": {"C"}, "grant_type": {"authorization_code"},
		}, q)
	}
	s.get("/sns/oauth2/refresh_token?grant_type=refresh_token&refresh_token=R", keyA)
	require.Equal(t, url.Values{"appid": {wechattest.DefaultAppID}, "grant_type": {"refresh_token"}, "refresh_token": {"R"}},
		s.platform.Calls("/sns/oauth2/refresh_token")[0].Query)

	resp, body := s.get("/sns/oauth2/access_token?code=C", keyB)
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
	require.Contains(t, body, gateway.NoSecret)
}

// If the platform does not find app id and secret in the body of clear_quota/v2, the proxy
// sends them once more in the query. No other answer makes it repeat the call.
func TestSecretInTheQueryInstead(t *testing.T) {
	const inBody, inQuery = `{"appid":"` + wechattest.DefaultAppID + `","appsecret":"KEY"}`, "?appid=" + wechattest.DefaultAppID + "&appsecret=KEY"
	secret := url.Values{"appid": {wechattest.DefaultAppID}, "appsecret": {wechattest.DefaultSecret}}
	for _, c := range []struct {
		query, body string
		code        errcode.Code // of the first answer
		want        []url.Values
	}{
		{"", inBody, errcode.MissingAppID, []url.Values{{}, secret}},
		{"", inBody, errcode.MissingAppSecret, []url.Values{{}, secret}},
		{"", inBody, errcode.InvalidAppSecret, []url.Values{{}}},
		{"", inBody, 0, []url.Values{{}}},
		{inQuery, "", errcode.MissingAppSecret, []url.Values{secret}},
	} {
		var queries []url.Values
		var bodies []*closable
		proxy := alone(t, func(r *http.Request) (*http.Response, error) {
			queries = append(queries, r.URL.Query())
			body := fmt.Sprintf(`{"errcode":%d}`, c.code)
			if len(queries) > 1 {
				body = `{"errcode":0}`
			}
			bodies = append(bodies, &closable{Reader: strings.NewReader(body)})
			return &http.Response{StatusCode: 200, Body: bodies[len(bodies)-1], ContentLength: int64(len(body)), Header: http.Header{}}, nil
		}, nil)
		w := httptest.NewRecorder()
		withKey := func(s string) string { return strings.ReplaceAll(s, "KEY", keyA) }
		proxy.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/cgi-bin/clear_quota/v2"+withKey(c.query), strings.NewReader(withKey(c.body))))
		require.Equal(t, c.want, queries)
		for _, body := range bodies {
			require.True(t, body.closed)
		}
		if len(c.want) == 1 {
			require.Contains(t, w.Body.String(), fmt.Sprint(int(c.code)))
		} else {
			require.JSONEq(t, `{"errcode":0}`, w.Body.String())
		}
	}
}

func TestUsersOwnTokenStays(t *testing.T) {
	s := set(t, nil)
	for _, path := range []string{"/sns/userinfo", "/sns/auth"} {
		s.get(path+"?access_token=OF-THE-USER&openid=o1", keyA)
		require.Equal(t, url.Values{"access_token": {"OF-THE-USER"}, "openid": {"o1"}}, s.platform.Calls(path)[0].Query)
		_, body := s.get(path+"?access_token=OF-THE-USER&openid=o1", "")
		require.Contains(t, body, gateway.UnknownUserToken, "the proxy did not see this token before")
		require.Contains(t, body, `"errcode":40001`)
	}
	require.Zero(t, s.platform.TokenRequests())
}

func TestReplay(t *testing.T) {
	for _, code := range []int{40001, 40014, 42001} {
		s := set(t, nil)
		s.post("/cgi-bin/menu/create", keyA, createMenu)
		s.platform.RevokeTokens()
		s.platform.Inject(wechattest.Rule{Path: "/cgi-bin/menu/create", Times: 1, Fault: wechattest.Errcode(code)})
		_, body := s.post("/cgi-bin/menu/create", keyA, createMenu)
		require.JSONEq(t, `{"errcode":0,"errmsg":"ok"}`, body)
		require.True(t, s.lastCall().Replayed)
		calls := s.platform.Calls("/cgi-bin/menu/create")
		require.Len(t, calls, 3)
		require.Equal(t, createMenu, string(calls[2].Body))
		require.Equal(t, 2, s.platform.TokenRequests())
	}
}

func TestOtherErrorsAreHandedOn(t *testing.T) {
	s := set(t, nil)
	_, body := s.post("/cgi-bin/user/info/updateremark", keyA, `{"openid":"nobody","remark":"x"}`)
	c := s.lastCall()
	require.Contains(t, body, c.RID)
	require.NotEmpty(t, c.RID)
	require.NotZero(t, c.Code)
	require.Equal(t, 1, c.Attempts)
	require.Contains(t, s.log.String(), "rid="+c.RID)
	require.Contains(t, s.log.String(), "request_id="+c.RequestID)

	s.platform.Inject(wechattest.Rule{Path: "/cgi-bin/menu/get", Times: 1, Fault: wechattest.HTTPStatus(502)})
	resp, body := s.get("/cgi-bin/menu/get", keyA)
	require.Equal(t, 502, resp.StatusCode)
	require.Contains(t, body, "<html")
}

// The line about a call names the trace of the caller. The platform does not get it.
func TestTraceOfTheCaller(t *testing.T) {
	s := set(t, nil)
	const trace = "0af7651916cd43dd8448eb211c80319c"
	for header, want := range map[string]string{
		"00-" + trace + "-b7ad6b7169203331-01":                           trace,
		"00-" + trace + "-b7ad6b7169203331-00":                           trace,
		"01-" + trace + "-b7ad6b7169203331-01":                           "",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01":        "",
		"00-0af7651916cd43dd8448eb211c80319c\"b7ad6b7169203331-01":       "",
		"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01":        "",
		"00-" + trace + "-b7ad6b7169203331-01-" + strings.Repeat("x", 9): "",
		"": "",
	} {
		s.get("/cgi-bin/menu/get", keyA, "Traceparent", header)
		require.Equal(t, want, s.lastCall().TraceID, header)
	}
	require.Equal(t, 2, strings.Count(s.log.String(), "trace_id="+trace))
	for _, c := range s.platform.Calls("/cgi-bin/menu/get") {
		require.NotContains(t, c.Header, "Traceparent")
	}
}

// If the platform rejects every token, a call costs two requests, and the caller gets
// the platform's answer.
func TestStillRejected(t *testing.T) {
	s := set(t, nil)
	s.platform.Inject(wechattest.Rule{Path: "/cgi-bin/menu/get", Fault: wechattest.Errcode(40001)})
	_, body := s.get("/cgi-bin/menu/get", keyA)
	require.Contains(t, body, "40001")
	require.LessOrEqual(t, s.platform.Count("/cgi-bin/menu/get"), 2)
	require.LessOrEqual(t, s.platform.TokenRequests(), 3)
}

func TestThousandCallsOneToken(t *testing.T) {
	s := set(t, nil)
	s.get("/cgi-bin/menu/get", keyA)
	s.platform.RevokeTokens()
	before := s.platform.TokenRequests()
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			_, body := s.get("/cgi-bin/get_api_domain_ip", keyA)
			if strings.Contains(body, "errcode") {
				t.Error(body)
			}
		})
	}
	wg.Wait()
	require.Equal(t, before+1, s.platform.TokenRequests())
}

// upload sends size bytes of a file as multipart/form-data of known length.
func upload(t *testing.T, url, key string, size int) (*http.Response, string) {
	t.Helper()
	head := "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
	tail := "\r\n--b--\r\n"
	body := io.MultiReader(strings.NewReader(head), io.LimitReader(endless{}, int64(size)), strings.NewReader(tail))
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	require.NoError(t, err)
	req.ContentLength = int64(len(head) + size + len(tail))
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(raw)
}

// endless gives bytes without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestUploadAndDownload(t *testing.T) {
	s := set(t, nil)
	_, body := upload(t, s.proxy.URL+"/cgi-bin/media/upload?type=image", keyA, 3<<20)
	require.Contains(t, body, "media_id")
	require.False(t, s.lastCall().Replayed)

	content := bytes.Repeat([]byte("picture "), 100_000)
	id := s.platform.AddMedia("image", "a.jpg", content)
	resp, body := s.get("/cgi-bin/media/get?media_id="+id, keyA)
	require.Equal(t, string(content), body)
	require.Contains(t, resp.Header.Get("Content-Disposition"), "a.jpg")
	require.Equal(t, int64(len(content)), resp.ContentLength)
}

// A large upload is sent once: the caller gets the rejection, and the next call has a new
// token.
func TestStreamedUploadIsNotReplayed(t *testing.T) {
	s := set(t, nil)
	s.get("/cgi-bin/menu/get", keyA)
	s.platform.RevokeTokens()
	_, body := upload(t, s.proxy.URL+"/cgi-bin/media/upload?type=image", keyA, 2<<20)
	require.Contains(t, body, "40001")
	require.Contains(t, s.lastCall().Note, "streamed")
	_, body = upload(t, s.proxy.URL+"/cgi-bin/media/upload?type=image", keyA, 2<<20)
	require.Contains(t, body, "media_id")
}

func TestBodies(t *testing.T) {
	t.Parallel()
	s := set(t, func(_ *setting, cfg *gateway.ProxyConfig, _ []gateway.Business) {
		cfg.MaxBody, cfg.HoldBody = 4<<20, 1<<10
	})
	resp, body := upload(t, s.proxy.URL+"/cgi-bin/media/upload?type=image", keyA, 4<<20)
	require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
	require.Contains(t, body, gateway.BodyTooLarge)

	unknown := func(n int) io.Reader { return io.MultiReader(strings.NewReader(strings.Repeat(" ", n) + createMenu)) }
	for _, n := range []int{0, 1<<10 - len(createMenu)} {
		_, body = s.request(http.MethodPost, s.proxy.URL+"/cgi-bin/menu/create", keyA, unknown(n))
		require.JSONEq(t, `{"errcode":0,"errmsg":"ok"}`, body)
	}
	for _, n := range []int{1<<10 - len(createMenu) + 1, 2 << 10} {
		resp, body = s.request(http.MethodPost, s.proxy.URL+"/cgi-bin/menu/create", keyA, unknown(n))
		require.Equal(t, http.StatusLengthRequired, resp.StatusCode, body)
	}
	require.Equal(t, 2, s.platform.Count("/cgi-bin/menu/create"))

	// A body of exactly HoldBody is held, so it can be sent again.
	s.platform.RevokeTokens()
	_, body = s.post("/cgi-bin/menu/create", keyA, strings.Repeat(" ", 1<<10-len(createMenu))+createMenu)
	require.JSONEq(t, `{"errcode":0,"errmsg":"ok"}`, body)
	require.True(t, s.lastCall().Replayed)
}

// A MaxBody below HoldBody bounds bodies of unknown length too.
func TestSmallMaxBody(t *testing.T) {
	s := set(t, func(_ *setting, cfg *gateway.ProxyConfig, _ []gateway.Business) { cfg.MaxBody = 1 << 10 })
	resp, body := s.request(http.MethodPost, s.proxy.URL+"/cgi-bin/menu/create", keyA, io.MultiReader(strings.NewReader(strings.Repeat(" ", 1<<10)+createMenu)))
	require.Equal(t, http.StatusLengthRequired, resp.StatusCode, body)
	require.Zero(t, s.platform.Count("/cgi-bin/menu/create"))
}

// The proxy's own transport asks for answers as the caller gets them: not compressed.
func TestOwnTransport(t *testing.T) {
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(r.Header)
	}))
	defer platform.Close()
	s := set(t, func(_ *setting, cfg *gateway.ProxyConfig, _ []gateway.Business) {
		cfg.Transport, cfg.Hosts = nil, []string{platform.URL}
	})
	_, body := s.get("/cgi-bin/menu/get", keyA)
	require.JSONEq(t, `{"Accept":["*/*"],"User-Agent":["wechat-gateway"]}`, body)
}

// An answer that breaks off reaches the caller as one that broke off.
func TestCutAnswerIsNotTakenForWhole(t *testing.T) {
	s := set(t, nil)
	id := s.platform.AddMedia("image", "a.jpg", bytes.Repeat([]byte("x"), 1<<20))
	s.platform.Inject(wechattest.Rule{Path: "/cgi-bin/media/get", Fault: wechattest.CutInside()})
	req, err := http.NewRequest(http.MethodGet, s.proxy.URL+"/cgi-bin/media/get?media_id="+id, nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+keyA)
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	_, err = io.ReadAll(resp.Body)
	require.Error(t, err)
}

// So does a short one of unknown length, of which the proxy cannot know that it is short.
func TestCutChunksAreNotTakenForWhole(t *testing.T) {
	for name, c := range map[string]struct {
		length int64 // Content-Length
		end    error // of the body
		status int
	}{
		"chunked":         {-1, io.EOF, http.StatusOK},
		"chunked, cut":    {-1, io.ErrUnexpectedEOF, http.StatusBadGateway},
		"known length":    {8, io.EOF, http.StatusOK},
		"of which is cut": {9, io.ErrUnexpectedEOF, http.StatusBadGateway},
	} {
		t.Run(name, func(t *testing.T) {
			var body closable
			proxy := alone(t, func(*http.Request) (*http.Response, error) {
				body.Reader = io.MultiReader(strings.NewReader(`{"ok":1}`), iotest.ErrReader(c.end))
				return &http.Response{
					StatusCode: 200, Body: &body, ContentLength: c.length, Header: http.Header{"Content-Type": {"application/json"}},
				}, nil
			}, nil)
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, "/cgi-bin/user/get", nil)
			r.Header.Set("Authorization", "Bearer "+keyB)
			proxy.ServeHTTP(w, r)
			require.Equal(t, c.status, w.Code, w.Body.String())
			require.True(t, body.closed)
		})
	}
}

// closable is a body that remembers that it was closed.
type closable struct {
	io.Reader
	closed bool
}

func (c *closable) Close() error { c.closed = true; return nil }

func TestRedirectIsNotFollowed(t *testing.T) {
	s := set(t, nil)
	s.platform.Inject(wechattest.Rule{Path: "/cgi-bin/menu/get", Fault: wechattest.RedirectTo("https://elsewhere.example/login")})
	resp, body := s.get("/cgi-bin/menu/get", keyA)
	require.Equal(t, http.StatusBadGateway, resp.StatusCode)
	require.Empty(t, resp.Header.Get("Location"))
	require.Contains(t, body, gateway.BadAnswer)
	require.Empty(t, s.platform.CallsElsewhere())
}

// net/http's transport returns answers with these statuses, and its server writes none.
func TestStatusThatIsNotOfAnAnswer(t *testing.T) {
	for _, status := range []int{0, 99, 101} {
		proxy := alone(t, func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("abc")), ContentLength: 3}, nil
		}, nil)
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/cgi-bin/user/get", nil)
		r.Header.Set("Authorization", "Bearer "+keyB)
		proxy.ServeHTTP(w, r)
		require.Equal(t, http.StatusBadGateway, w.Code, status)
		require.Contains(t, w.Body.String(), `"error":"bad_answer"`, status)
	}
}

func TestPlatformRefusesToken(t *testing.T) {
	s := set(t, nil)
	require.NoError(t, s.platform.Reconfigure(func(c *wechattest.Config) { c.AllowedIPs = []string{"203.0.113.9"} }))
	resp, body := s.get("/cgi-bin/menu/get", keyA)
	require.Equal(t, http.StatusBadGateway, resp.StatusCode)
	require.Contains(t, body, "40164")
	require.Contains(t, body, "not in whitelist")

	// 40001 of a token endpoint is about the secret; a caller would fetch another pass.
	other := set(t, nil)
	other.platform.Inject(wechattest.Rule{Path: "/cgi-bin/stable_token", Fault: wechattest.Errcode(40001)})
	_, body = other.get("/cgi-bin/menu/get", keyA)
	require.Contains(t, body, "40125")
	require.NotContains(t, body, `"errcode":40001`)
}

// deadHost refuses connections: no server has this port.
const deadHost = "http://127.0.0.1:1"

// overNetwork lets a host name reach the platform and all else the network.
type overNetwork struct {
	platform http.RoundTripper
	host     string
}

func (o overNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	if "http://"+r.URL.Host == o.host || "https://"+r.URL.Host == o.host {
		return o.platform.RoundTrip(r)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestFailover(t *testing.T) {
	s := set(t, func(s *setting, cfg *gateway.ProxyConfig, _ []gateway.Business) {
		cfg.Transport = overNetwork{cfg.Transport, s.platform.URL()}
		cfg.Hosts = []string{deadHost, "http://no-such-host.invalid", s.platform.URL()}
		cfg.InsecurePlainHTTP = true
	})
	_, body := s.post("/cgi-bin/menu/create", keyA, createMenu)
	require.JSONEq(t, `{"errcode":0,"errmsg":"ok"}`, body)
	require.Equal(t, 3, s.lastCall().Attempts)
	upload(t, s.proxy.URL+"/cgi-bin/media/upload?type=image", keyA, 2<<20)
	require.Equal(t, 1, s.lastCall().Attempts, "hosts that cannot be reached are the last choice for a while")
	require.Equal(t, 1, s.platform.Count("/cgi-bin/menu/create"))
}

func TestStreamFailsOver(t *testing.T) {
	s := set(t, func(s *setting, cfg *gateway.ProxyConfig, _ []gateway.Business) {
		cfg.Transport = overNetwork{cfg.Transport, s.platform.URL()}
		cfg.Hosts = []string{deadHost, s.platform.URL()}
	})
	_, body := upload(t, s.proxy.URL+"/cgi-bin/media/upload?type=image", keyA, 2<<20)
	require.Contains(t, body, "media_id")
	require.Equal(t, 2, s.lastCall().Attempts)
}

func TestNoFailoverOnceSent(t *testing.T) {
	s := set(t, func(s *setting, cfg *gateway.ProxyConfig, _ []gateway.Business) {
		cfg.Hosts = []string{s.platform.URL(), s.platform.URL()}
	})
	s.get("/cgi-bin/menu/get", keyA)
	s.platform.Inject(wechattest.Rule{Path: "/cgi-bin/menu/create", Fault: wechattest.CutAfter()})
	resp, body := s.post("/cgi-bin/menu/create", keyA, createMenu)
	require.Equal(t, http.StatusBadGateway, resp.StatusCode)
	require.Contains(t, body, gateway.Unreachable)
	require.Equal(t, 1, s.platform.Count("/cgi-bin/menu/create"))
}

func TestNothingReachable(t *testing.T) {
	s := set(t, func(s *setting, cfg *gateway.ProxyConfig, _ []gateway.Business) {
		cfg.Transport = nil
		cfg.Hosts = []string{deadHost, "http://127.0.0.1:2"}
	})
	resp, body := s.get("/cgi-bin/menu/get", keyA)
	require.Equal(t, http.StatusBadGateway, resp.StatusCode)
	require.Contains(t, body, gateway.Unreachable)
	require.Equal(t, 2, s.lastCall().Attempts)
}

func TestCanceledCall(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	s := set(t, func(_ *setting, cfg *gateway.ProxyConfig, _ []gateway.Business) {
		platform := cfg.Transport
		cfg.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
			close(asked)
			return platform.RoundTrip(r)
		})
	})
	s.platform.Inject(wechattest.Rule{Path: "/cgi-bin/menu/get", Fault: wechattest.Hang()})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.proxy.URL+"/cgi-bin/menu/get", nil)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+keyA)
	ended := make(chan error, 1)
	go func() {
		_, err := http.DefaultClient.Do(req) //nolint:bodyclose // there is none
		ended <- err
	}()
	<-asked
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Eventually(t, func() bool { return strings.Contains(s.log.String(), string(gateway.CallerGone)) }, 20*time.Second, 10*time.Millisecond)
}

// A caller that is gone is not reported as a failure, in both forms, and nothing is written.
func TestCallerGone(t *testing.T) {
	for _, during := range []string{"token", "call"} {
		for _, form := range []gateway.RefusalForm{gateway.HTTPRefusals, gateway.PlatformRefusals} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				src := token.SourceFunc(func(context.Context) (token.Token, error) {
					if during == "token" {
						cancel()
						time.Sleep(time.Second)
					}
					return token.New("t", time.Now().Add(time.Hour)), nil
				})
				businesses := twoBusinesses(t)[1:]
				businesses[0].Refusals = form
				dir := gateway.NewDirectory(gateway.Config{})
				require.NoError(t, dir.Set([]gateway.Account{{AppID: otherApp, TokenSource: src}}, businesses))
				var calls []gateway.Call
				attempts := 0
				proxy, err := gateway.NewProxy(gateway.ProxyConfig{
					Directory: dir, OnCall: func(c gateway.Call) { calls = append(calls, c) },
					Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
						attempts++
						cancel()
						return nil, unreachable()
					}),
				})
				require.NoError(t, err)
				w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/cgi-bin/user/get", nil)
				r.Header.Set("Authorization", "Bearer "+keyB)
				require.PanicsWithValue(t, http.ErrAbortHandler, func() { proxy.ServeHTTP(w, r.WithContext(ctx)) })
				require.Len(t, calls, 1)
				require.Equal(t, 499, calls[0].Status)
				require.Equal(t, gateway.CallerGone, calls[0].Reason)
				require.Empty(t, w.Body.String())
				require.LessOrEqual(t, attempts, 1, "the other host is not tried")
				time.Sleep(time.Minute) // the fetch ends
			})
		}
	}
}

// A call whose answer stalls is canceled, and is a timeout for the caller.
func TestAnswerStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reasons []gateway.Reason
		for _, begun := range []bool{false, true} {
			w := httptest.NewRecorder()
			proxy := alone(t, func(r *http.Request) (*http.Response, error) {
				body, in := io.Pipe()
				context.AfterFunc(r.Context(), func() { in.CloseWithError(context.Cause(r.Context())) })
				if begun {
					go in.Write(bytes.Repeat([]byte("x"), 8<<10))
				}
				return &http.Response{StatusCode: 200, Body: body, ContentLength: 1 << 20, Header: http.Header{"Content-Type": {"text/plain"}}}, nil
			}, func(c gateway.Call) { reasons = append(reasons, c.Reason) })
			r := httptest.NewRequest(http.MethodGet, "/cgi-bin/user/get", nil)
			r.Header.Set("Authorization", "Bearer "+keyB)
			if begun {
				require.PanicsWithValue(t, http.ErrAbortHandler, func() { proxy.ServeHTTP(w, r) })
				continue
			}
			proxy.ServeHTTP(w, r)
			require.Equal(t, http.StatusGatewayTimeout, w.Code)
		}
		require.Equal(t, []gateway.Reason{gateway.TimedOut, ""}, reasons)
	})
}

// alone is a proxy with a transport of the test.
func alone(t testing.TB, transport transportFunc, observe func(gateway.Call)) *gateway.Proxy {
	t.Helper()
	dir := gateway.NewDirectory(gateway.Config{})
	require.NoError(t, dir.Set(accounts(), twoBusinesses(t)))
	proxy, err := gateway.NewProxy(gateway.ProxyConfig{Directory: dir, Transport: transport, OnCall: observe})
	require.NoError(t, err)
	return proxy
}

func TestProxyConfig(t *testing.T) {
	dir := gateway.NewDirectory(gateway.Config{})
	for want, cfg := range map[string]gateway.ProxyConfig{
		"Directory":                             {},
		"PassKey":                               {Directory: dir, PassKey: []byte("short")},
		"negative":                              {Directory: dir, MaxBody: -1},
		"not an absolute":                       {Directory: dir, Hosts: []string{"api.weixin.qq.com"}},
		"plain http to api.weixin.qq.com would": {Directory: dir, Hosts: []string{"http://api.weixin.qq.com"}},
		"plain http to 198.51.100.7:81":         {Directory: dir, QRCodeHost: "http://198.51.100.7:81"},
	} {
		_, err := gateway.NewProxy(cfg)
		require.ErrorContains(t, err, want)
	}
	for _, good := range []gateway.ProxyConfig{
		{Directory: dir, Hosts: []string{"http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"}},
		{Directory: dir, Hosts: []string{"http://198.51.100.7"}, QRCodeHost: "http://198.51.100.7", InsecurePlainHTTP: true},
	} {
		_, err := gateway.NewProxy(good)
		require.NoError(t, err)
	}
	plain := gateway.NewDirectory(gateway.Config{BaseURL: "http://198.51.100.7"})
	require.ErrorContains(t, plain.Set(accounts(), nil), "plain http to 198.51.100.7")
	plain = gateway.NewDirectory(gateway.Config{BaseURL: "http://198.51.100.7", InsecurePlainHTTP: true})
	require.NoError(t, plain.Set(accounts(), nil))
	_, err := gateway.NewTokenServer(gateway.TokenServerConfig{})
	require.ErrorContains(t, err, "Directory")
}
