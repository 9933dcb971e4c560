package component_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/oauth"
)

// A visitor of an account's website logs in through the third-party platform.
func TestLoginOfAuthorizer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		time.Sleep(time.Minute)
		x.authorize(appA)
		service := oauth.NewForAuthorizer(x.p.ComponentClient(), appA)
		login, err := service.Login(oauth.LoginConfig{RedirectURL: "https://shop.example.com/login", Keys: [][]byte{sealKey()}})
		require.NoError(t, err)
		account := login.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v, _ := oauth.VisitorFrom(r.Context())
			_, _ = io.WriteString(w, v.OpenID)
		}))
		visit := func(h http.Handler, target string, cookies []*http.Cookie) *http.Response {
			r := httptest.NewRequest("GET", target, nil)
			for _, c := range cookies {
				r.AddCookie(c)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w.Result()
		}

		away := visit(account, "/account", nil)
		page, err := url.Parse(away.Header.Get("Location"))
		require.NoError(t, err)
		require.Equal(t, appA, page.Query().Get("appid"))
		require.Equal(t, x.p.ComponentClient().AppID(), page.Query().Get("component_appid"))

		code := x.w.ConsentFor(appA, "oLiLei", "snsapi_base")
		home := visit(login, "/login?code="+code+"&state="+page.Query().Get("state"), away.Cookies())
		require.Equal(t, "/account", home.Header.Get("Location"))
		text, err := io.ReadAll(visit(account, "/account", home.Cookies()).Body)
		require.NoError(t, err)
		require.Equal(t, "oLiLei", string(text))

		g, err := service.Exchange(t.Context(), x.w.ConsentFor(appA, "oLiLei", "snsapi_userinfo"))
		require.NoError(t, err)
		fresh, err := service.Refresh(t.Context(), g.RefreshToken())
		require.NoError(t, err)
		require.Equal(t, "oLiLei", fresh.OpenID)
		require.NotEqual(t, g.AccessToken(), fresh.AccessToken())
		_, err = service.Exchange(t.Context(), "elsewhere")
		require.ErrorIs(t, err, errcode.InvalidOAuthCode)
	})
}
