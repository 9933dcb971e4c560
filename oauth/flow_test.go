package oauth_test

import (
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

func clientOf(t *testing.T, p *wechattest.Platform, appID, secret string) *officialaccount.Client {
	t.Helper()
	oa, err := officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret, BaseURL: p.URL(), HTTPClient: p.Client()})
	require.NoError(t, err)
	return oa
}

// From the authorize page to the profile, and through the lives of code and tokens.
func TestFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		p.SetOAuthDomains("www.example.com")
		s, ctx := oauth.New(clientOf(t, p, wechattest.DefaultAppID, wechattest.DefaultSecret)), t.Context()
		li := p.User("oLiLei")
		li.SetProfile("李雷 🌏", "https://thirdwx.qlogo.cn/mmopen/x/132")
		li.SetUnionID("uLiLei")
		code := func(a oauth.AuthRequest) string {
			t.Helper()
			a.RedirectURL, a.State = "https://www.example.com/login?x=1", "STATE"
			page, err := s.AuthorizeURL(a)
			require.NoError(t, err)
			back, err := li.Authorize(page)
			require.NoError(t, err)
			require.Equal(t, "1", back.Query().Get("x"))
			require.Equal(t, "STATE", back.Query().Get("state"))
			return back.Query().Get("code")
		}

		c := code(oauth.AuthRequest{Scope: oauth.UserInfo})
		g, err := s.Exchange(ctx, c)
		require.NoError(t, err)
		require.Equal(t, "oLiLei uLiLei", g.OpenID+" "+g.UnionID)
		require.Equal(t, []oauth.Scope{oauth.UserInfo}, g.Scopes)
		require.False(t, g.Snapshot)
		require.Equal(t, 2*time.Hour, time.Until(g.Expiry))
		_, err = s.Exchange(ctx, c)
		require.ErrorIs(t, err, errcode.OAuthCodeUsed)
		_, err = s.Exchange(ctx, "elsewhere")
		require.ErrorIs(t, err, errcode.InvalidOAuthCode)
		late := code(oauth.AuthRequest{})
		time.Sleep(5 * time.Minute)
		_, err = s.Exchange(ctx, late)
		require.ErrorIs(t, err, errcode.OAuthCodeExpired)

		u, err := s.GetUser(ctx, g.AccessToken(), g.OpenID, officialaccount.English)
		require.NoError(t, err)
		require.Equal(t, &oauth.User{OpenID: "oLiLei", UnionID: "uLiLei", Nickname: "李雷 🌏", AvatarURL: "https://thirdwx.qlogo.cn/mmopen/x/132", Language: officialaccount.English, Rights: []string{}}, u)
		_, err = s.GetUser(ctx, g.AccessToken(), "oOther", "")
		require.ErrorIs(t, err, errcode.InvalidOpenID)
		require.NoError(t, s.Check(ctx, g.AccessToken(), g.OpenID))

		time.Sleep(2 * time.Hour)
		require.ErrorIs(t, s.Check(ctx, g.AccessToken(), g.OpenID), errcode.ErrTokenInvalid)
		fresh, err := s.Refresh(ctx, g.RefreshToken())
		require.NoError(t, err)
		require.Equal(t, g.OpenID, fresh.OpenID)
		require.NoError(t, s.Check(ctx, fresh.AccessToken(), fresh.OpenID))
		_, err = s.Refresh(ctx, "elsewhere")
		require.ErrorIs(t, err, errcode.InvalidRefreshToken)
		time.Sleep(30 * 24 * time.Hour)
		_, err = s.Refresh(ctx, g.RefreshToken())
		require.ErrorIs(t, err, errcode.RefreshTokenExpired)

		silent, err := s.Exchange(ctx, code(oauth.AuthRequest{Scope: oauth.Base}))
		require.NoError(t, err)
		_, err = s.GetUser(ctx, silent.AccessToken(), silent.OpenID, "")
		require.ErrorIs(t, err, errcode.APIUnauthorized)
		li.ChangePassword()
		require.ErrorIs(t, s.Check(ctx, silent.AccessToken(), silent.OpenID), errcode.UserCredentialRevoked)

		virtual, err := s.Exchange(ctx, code(oauth.AuthRequest{Scope: oauth.UserInfo, ForceSnapshot: true}))
		require.NoError(t, err)
		require.True(t, virtual.Snapshot)
		require.NotEqual(t, "oLiLei", virtual.OpenID)

		elsewhere, err := s.AuthorizeURL(oauth.AuthRequest{RedirectURL: "https://shop.example.com/", State: "S"})
		require.NoError(t, err)
		_, err = li.Authorize(elsewhere)
		require.ErrorContains(t, err, "10003")
	})
}

// A website with QR login has its own app id and openids.
func TestQRLoginFlow(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	p.AddWebsite("wx0123456789abcdef", "the-website's-secret")
	li := p.User("oLiLei")
	li.SetProfile("李雷", "")
	s := oauth.New(clientOf(t, p, "wx0123456789abcdef", "the-website's-secret"))
	page, err := s.QRLoginURL(oauth.AuthRequest{RedirectURL: "https://www.example.com/login", State: "S"})
	require.NoError(t, err)
	back, err := li.Authorize(page)
	require.NoError(t, err)
	g, err := s.Exchange(t.Context(), back.Query().Get("code"))
	require.NoError(t, err)
	require.NotEqual(t, "oLiLei", g.OpenID)
	u, err := s.GetUser(t.Context(), g.AccessToken(), g.OpenID, "")
	require.NoError(t, err)
	require.Equal(t, "李雷", u.Nickname)
}

// A whole login over TLS, with a browser's own cookies.
func TestLoginFlow(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	li := p.User("oLiLei")
	li.SetProfile("李雷", "")
	mux := http.NewServeMux()
	server := httptest.NewTLSServer(mux)
	defer server.Close()
	login, err := oauth.New(clientOf(t, p, wechattest.DefaultAppID, wechattest.DefaultSecret)).Login(oauth.LoginConfig{
		RedirectURL: server.URL + "/login", Keys: keys(keyOfSite), Scope: oauth.UserInfo,
	})
	require.NoError(t, err)
	mux.Handle("/login", login)
	mux.Handle("/", login.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, _ := oauth.VisitorFromContext(r.Context())
		io.WriteString(w, r.RequestURI+" "+v.Nickname)
	})))

	browser := func() *http.Client {
		c := server.Client()
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		return &http.Client{Transport: c.Transport, Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if !strings.HasPrefix(r.URL.String(), server.URL) {
				return http.ErrUseLastResponse
			}
			return nil
		}}
	}
	get := func(c *http.Client, address string) (status int, text string, away *url.URL) {
		t.Helper()
		resp, err := c.Get(address)
		require.NoError(t, err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		away, _ = resp.Location()
		return resp.StatusCode, string(b), away
	}
	mine, stranger := browser(), browser()
	_, _, away := get(mine, server.URL+"/shop?id=7")
	back, err := li.Authorize(away.String())
	require.NoError(t, err)
	status, _, _ := get(stranger, back.String())
	require.Equal(t, http.StatusBadRequest, status, "an address that was sent to somebody else logs nobody in")
	status, text, _ := get(mine, back.String())
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "/shop?id=7 李雷", text)
	_, text, _ = get(mine, server.URL+"/other")
	require.Equal(t, "/other 李雷", text)
	_, _, away = get(stranger, server.URL+"/other")
	require.NotNil(t, away)
}
