package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// A website logs a visitor in by QR code: both are programs, and speak over TCP.
func TestWebsiteLogin(t *testing.T) {
	const appID, secret = "wx0123456789abcdef", "the-website's-secret"
	for name, start := range map[string]func() *program{
		"flag": func() *program { return startProgram(t, nil, "-website", appID+":"+secret) },
		"environment": func() *program {
			return startProgram(t, map[string]string{"WECHAT_EMULATOR_WEBSITES": appID + ":" + secret})
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := start()
			require.Contains(t, p.out.String(), "AppID "+appID)
			require.NotContains(t, p.out.String(), secret)
			oa, err := officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret, BaseURL: p.base})
			require.NoError(t, err)
			mux := http.NewServeMux()
			site := httptest.NewServer(mux)
			defer site.Close()
			login, err := oauth.New(oa).Login(oauth.LoginConfig{
				RedirectURL: site.URL + "/login", Keys: [][]byte{make([]byte, 32)}, Scope: oauth.QRLogin, PagesURL: p.base, InsecureHTTP: true,
			})
			require.NoError(t, err)
			mux.Handle("/login", login)
			mux.Handle("/", login.RequireUserInfo(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				v, _ := oauth.VisitorFromContext(r.Context())
				_, _ = io.WriteString(w, string(v.Scope)+" "+v.OpenID)
			})))

			jar, err := cookiejar.New(nil)
			require.NoError(t, err)
			browser := &http.Client{Jar: jar}
			read := func(resp *http.Response, err error) string {
				t.Helper()
				require.NoError(t, err)
				defer resp.Body.Close()
				require.Equal(t, 200, resp.StatusCode)
				text, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				return string(text)
			}
			var asked *url.URL
			browser.CheckRedirect = func(r *http.Request, _ []*http.Request) error { asked = r.URL; return nil }
			require.Contains(t, read(browser.Get(site.URL+"/orders?page=2")), "使用微信扫一扫登录")
			require.Equal(t, "/connect/qrconnect", asked.Path)
			text := read(browser.PostForm(p.base+"/connect/confirm", url.Values{"page": {asked.RequestURI()}, "openid": {"oLiLei"}, "answer": {"allow"}}))
			require.Regexp(t, "^snsapi_login o", text)
			require.NotContains(t, text, "oLiLei", "a website knows users by other openids")
			require.Equal(t, site.URL+"/orders?page=2", asked.String())
			require.Equal(t, text, read(browser.Get(site.URL+"/")), "the session lasts")
			require.NoError(t, p.end())
		})
	}
	for _, args := range [][]string{{"-website", "wx1"}, {"-website", ":" + secret}} {
		err := run(t.Context(), args, func(string) string { return "" }, io.Discard)
		require.ErrorContains(t, err, "a website has the form APPID:SECRET")
		require.NotContains(t, err.Error(), secret)
	}
}
