package component_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/oauth"
)

// A visitor of an account's website logs in through the third-party platform: silently
// first, and with a question on the page that needs the profile.
func TestLoginOfAuthorizer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		time.Sleep(time.Minute)
		x.authorize(appA)
		service := oauth.NewForAuthorizer(x.p.ComponentClient(), appA)
		login, err := service.Login(oauth.LoginConfig{RedirectURL: "https://shop.example.com/login", Keys: [][]byte{sealKey()}})
		require.NoError(t, err)
		show := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v, _ := oauth.VisitorFromContext(r.Context())
			_, _ = io.WriteString(w, v.OpenID+" "+v.Nickname)
		})
		account, profile := login.Require(show), login.RequireUserInfo(show)
		li := x.w.User("oLiLei")
		li.SetProfile("李雷", "")
		cookies := map[string]*http.Cookie{}
		// open asks for a page, and goes to WeChat and back where the page sends the browser.
		open := func(h http.Handler, path string) (scope, text string) {
			visit := func(h http.Handler, target string) *http.Response {
				r := httptest.NewRequest("GET", target, nil)
				for _, c := range cookies {
					r.AddCookie(c)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				for _, c := range w.Result().Cookies() {
					cookies[c.Name] = c
				}
				return w.Result()
			}
			answer := visit(h, path)
			if answer.StatusCode == http.StatusFound {
				page, err := answer.Location()
				require.NoError(t, err)
				require.Equal(t, appA, page.Query().Get("appid"))
				require.Equal(t, x.p.ComponentClient().AppID(), page.Query().Get("component_appid"))
				back, err := li.Authorize(page.String())
				require.NoError(t, err)
				require.Equal(t, path, visit(login, back.RequestURI()).Header.Get("Location"))
				answer, scope = visit(h, path), page.Query().Get("scope")
			}
			body, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			return scope, string(body)
		}
		for _, step := range []struct {
			page                    http.Handler
			path, scope, openID, of string
		}{
			{account, "/account", "snsapi_base", "oLiLei", ""},
			{account, "/account?again", "", "oLiLei", ""},
			{profile, "/profile", "snsapi_userinfo", "oLiLei", "李雷"},
			{profile, "/profile?again", "", "oLiLei", "李雷"},
			{account, "/account", "", "oLiLei", "李雷"},
		} {
			scope, text := open(step.page, step.path)
			require.Equal(t, step.scope, scope, step.path)
			require.Equal(t, step.openID+" "+step.of, text)
		}

		page, err := service.AuthorizeURL(oauth.AuthRequest{RedirectURL: "https://shop.example.com/", Scope: oauth.UserInfo})
		require.NoError(t, err)
		back, err := li.Authorize(page)
		require.NoError(t, err)
		g, err := service.Exchange(t.Context(), back.Query().Get("code"))
		require.NoError(t, err)
		fresh, err := service.Refresh(t.Context(), g.RefreshToken())
		require.NoError(t, err)
		require.Equal(t, "oLiLei", fresh.OpenID)
		require.NotEqual(t, g.AccessToken(), fresh.AccessToken())
		_, err = service.Exchange(t.Context(), "elsewhere")
		require.ErrorIs(t, err, errcode.InvalidOAuthCode)
	})
}
