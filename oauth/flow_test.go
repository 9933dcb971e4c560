package oauth_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func onPlatform(t *testing.T, p *wechattest.Platform, appID, secret string) *oauth.Service {
	t.Helper()
	oa, err := officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret, HTTPClient: p.Client(), BaseURL: p.URL})
	require.NoError(t, err)
	return oauth.New(oa)
}

// TestFlow sends a user of the local platform to the page that asks for consent, and
// reads what they grant until it ends.
func TestFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, ctx := wechattest.New(t, wechattest.Config{}), t.Context()
		service := onPlatform(t, p, p.Config().AppID, p.Config().Secret)
		li := p.User("oLiLei")
		li.SetPortrait("李雷 & co", "https://thirdwx.example/132")
		li.SetUnionID("uLiLei")
		visit := func(scope oauth.Scope) (code string) {
			page, err := service.AuthorizeURL(oauth.Authorization{RedirectURL: "https://www.example.com/in?a=1&b=2", Scope: scope, State: "S1"})
			require.NoError(t, err)
			back, err := li.Authorize(page)
			require.NoError(t, err)
			require.Equal(t, "2", back.Query().Get("b"))
			require.Equal(t, "S1", back.Query().Get("state"))
			return back.Query().Get("code")
		}

		silent, err := service.Exchange(ctx, visit(oauth.Base))
		require.NoError(t, err)
		require.Equal(t, "oLiLei", silent.OpenID)
		require.Empty(t, silent.UnionID)
		_, err = service.User(ctx, silent.AccessToken(), silent.OpenID, "")
		require.ErrorIs(t, err, errcode.APIUnauthorized)

		code := visit(oauth.UserInfo)
		grant, err := service.Exchange(ctx, code)
		require.NoError(t, err)
		require.Equal(t, []oauth.Scope{oauth.UserInfo}, grant.Scopes)
		require.Equal(t, "uLiLei", grant.UnionID)
		require.False(t, grant.Snapshot)
		require.WithinDuration(t, time.Now().Add(2*time.Hour), grant.Expiry, time.Second)
		_, err = service.Exchange(ctx, code)
		require.ErrorIs(t, err, errcode.OAuthCodeUsed)
		_, err = service.Exchange(ctx, "forged")
		require.ErrorIs(t, err, errcode.InvalidOAuthCode)
		late := visit(oauth.UserInfo)
		time.Sleep(5 * time.Minute)
		_, err = service.Exchange(ctx, late)
		require.ErrorIs(t, err, errcode.OAuthCodeExpired)

		profile, err := service.User(ctx, grant.AccessToken(), grant.OpenID, oauth.English)
		require.NoError(t, err)
		require.Equal(t, oauth.User{OpenID: "oLiLei", UnionID: "uLiLei", Nickname: "李雷 & co", Portrait: "https://thirdwx.example/132", Language: oauth.English, Rights: []string{}}, profile)
		require.NoError(t, service.Check(ctx, grant.AccessToken(), "oLiLei"))
		require.ErrorIs(t, service.Check(ctx, grant.AccessToken(), "oHanMeimei"), errcode.InvalidOpenID)

		time.Sleep(2 * time.Hour)
		require.ErrorIs(t, service.Check(ctx, grant.AccessToken(), "oLiLei"), errcode.ErrTokenInvalid)
		renewed, err := service.Refresh(ctx, grant.RefreshToken())
		require.NoError(t, err)
		require.NoError(t, service.Check(ctx, renewed.AccessToken(), "oLiLei"))
		_, err = service.Refresh(ctx, "forged")
		require.ErrorIs(t, err, errcode.InvalidRefreshToken)
		time.Sleep(30 * 24 * time.Hour)
		_, err = service.Refresh(ctx, grant.RefreshToken())
		require.ErrorIs(t, err, errcode.RefreshTokenExpired)

		li.SetSnapshot(true)
		virtual, err := service.Exchange(ctx, visit(oauth.UserInfo))
		require.NoError(t, err)
		require.True(t, virtual.Snapshot)
		require.NotEqual(t, "oLiLei", virtual.OpenID)
		require.Zero(t, p.TokenRequests(), "none of this needs the account's token")
	})
}

func TestQRLoginFlow(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	p.AddWebsite("wxed782be999f86e0e", "site secret")
	site := onPlatform(t, p, "wxed782be999f86e0e", "site secret")
	page, err := site.QRLoginURL(oauth.Authorization{RedirectURL: "https://www.example.com/in", State: "S1"})
	require.NoError(t, err)
	back, err := p.User("oLiLei").Authorize(page)
	require.NoError(t, err)
	grant, err := site.Exchange(t.Context(), back.Query().Get("code"))
	require.NoError(t, err)
	require.Equal(t, []oauth.Scope{oauth.QRLogin}, grant.Scopes)
	profile, err := site.User(t.Context(), grant.AccessToken(), grant.OpenID, "")
	require.NoError(t, err)
	require.Equal(t, grant.OpenID, profile.OpenID)
}

// internet is a website, and the local platform for all other hosts.
type internet struct {
	host string
	site http.Handler
	rest http.RoundTripper
}

func (i internet) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != i.host {
		return i.rest.RoundTrip(r)
	}
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.RequestURI(), r.Body)
	in.Host, in.Header = r.URL.Host, r.Header
	out := httptest.NewRecorder()
	i.site.ServeHTTP(out, in)
	resp := out.Result()
	resp.Request = r
	return resp, nil
}

// A browser that opens a page behind a Login goes to the platform and comes back
// signed in; where the platform asks, it takes a press of the button.
func TestLoginFlow(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	li := p.User("oLiLei")
	li.SetPortrait("李雷", "")
	li.Browse()
	service := onPlatform(t, p, p.Config().AppID, p.Config().Secret)
	for _, scope := range []oauth.Scope{oauth.Base, oauth.UserInfo} {
		login, err := service.Login(oauth.LoginConfig{
			RedirectURL: "https://www.example.com/login", Keys: [][]byte{[]byte(strings.Repeat("k", 32))}, Scope: scope,
		})
		require.NoError(t, err)
		mux := http.NewServeMux()
		mux.Handle("/login", login)
		mux.Handle("/", login.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v, _ := oauth.VisitorFrom(r.Context())
			fmt.Fprintf(w, "%s %q at %s", v.OpenID, v.Nickname, r.URL)
		})))
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		browser := &http.Client{Jar: jar, Transport: internet{"www.example.com", mux, p.Client().Transport}}
		read := func(resp *http.Response, err error) (string, *url.URL) {
			t.Helper()
			require.NoError(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			return string(body), resp.Request.URL
		}

		const page = "https://www.example.com/orders?id=7&x=%E7%8C%AB"
		body, at := read(browser.Get(page))
		want := `oLiLei "" at /orders?id=7&x=%E7%8C%AB`
		if scope == oauth.UserInfo {
			want = `oLiLei "李雷" at /orders?id=7&x=%E7%8C%AB`
			require.Equal(t, "open.weixin.qq.com", at.Host)
			body, _ = read(browser.PostForm("https://open.weixin.qq.com/connect/confirm", url.Values{"page": {at.RequestURI()}, "answer": {"allow"}}))
		}
		require.Contains(t, body, want)
		calls := p.Count("/connect/*")
		body, _ = read(browser.Get(page))
		require.Contains(t, body, want, "still signed in")
		require.Equal(t, calls, p.Count("/connect/*"))
	}
}
