package component_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/internal/killtest"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// A notice whose code was used by a process that died still adds the account.
func TestNoticeWithUsedCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := make(chan error, 10)
		x := newWorld(t, nil)
		dying := killtest.Forever()
		other := x.startMortal(dying)
		p := x.start(func(c *component.Config) {
			c.OnError = func(_ context.Context, e *message.HandlingError) { failed <- e }
		})
		require.NoError(t, x.w.PushTicket())
		link, _ := x.page(component.AuthRequest{RedirectURL: back}, "")
		x.w.Bot(http.NotFoundHandler()) // the notice comes later
		address, err := x.w.Authorize(link, appA)
		require.NoError(t, err)
		waitUntilIdle()
		code := queryOf(t, address).Get("auth_code")

		// Store and platform have seen the lock, the look-up, the component token and
		// the exchange of the code when the process ends.
		_, err = other.CreatePreAuthCode(t.Context())
		require.NoError(t, err)
		dying.EndInside(2)
		_, err = other.Exchange(t.Context(), code)
		require.ErrorIs(t, err, killtest.ErrDead)

		time.Sleep(time.Minute)
		bot := x.w.Bot(handlerOf(p))
		require.NoError(t, bot.Notify(wechattest.Authorized(appA, code, time.Now().Add(time.Hour), "preauth")))
		waitUntilIdle()
		require.Empty(t, failed)
		info := x.w.Count("/cgi-bin/component/api_get_authorizer_info")
		require.Equal(t, 1, info)
		require.NoError(t, use(t.Context(), x.start(nil), appA))
		require.Equal(t, info, x.w.Count("/cgi-bin/component/api_get_authorizer_info"), "the refresh token is stored")

		again := wechattest.UpdateAuthorized(appA, code, time.Now().Add(time.Hour), "preauth")
		require.NoError(t, bot.Notify(again))
		waitUntilIdle()
		require.Empty(t, failed, "the account is known, and the platform says the same")

		require.NoError(t, bot.Notify(wechattest.UpdateAuthorized(appB, "nonsense", time.Now(), "preauth")))
		waitUntilIdle()
		require.Contains(t, (<-failed).Error(), "61009")
	})
}

// A mini program that was registered authorizes the platform by the notice.
func TestFastRegistration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.authorize(appA)
		r, err := component.NewService(x.p.Client(appA)).FastRegister(t.Context(), "ticket")
		require.NoError(t, err)
		require.True(t, r.Verified)
		bot := x.w.Bot(handlerOf(x.p))
		require.NoError(t, bot.Notify(wechattest.Notice{InfoType: "notify_third_fasteregister", Elements: []wechattest.Element{
			wechattest.CDATA("appid", r.AppID), wechattest.Number("status", 0), wechattest.CDATA("auth_code", r.AuthCode.Value()),
		}}))
		waitUntilIdle()
		require.NoError(t, use(t.Context(), x.p, r.AppID))
		require.Zero(t, x.w.Count("/cgi-bin/component/api_get_authorizer_info"))
	})
}

// outcomes is an observer that counts deliveries.
type outcomes struct {
	message.Observer
	seen []message.Outcome
}

func (o *outcomes) ObserveDelivery(context.Context, message.Delivery) (context.Context, func(message.DeliveryResult)) {
	return nil, func(r message.DeliveryResult) { o.seen = append(o.seen, r.Outcome) }
}

// Messages and notices have one observer.
func TestMessageObserver(t *testing.T) {
	x := newWorld(t, nil)
	seen := &outcomes{}
	p := x.start(func(c *component.Config) { c.MessageObserver = seen })
	p.ServeMessages(httptest.NewRecorder(), httptest.NewRequest("POST", "/wx5a1d7e92c04b6f38", nil))
	p.Notices().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/", nil))
	require.Equal(t, []message.Outcome{message.OutcomeRefused, message.OutcomeRefused}, seen.seen)
}

// An address without a pattern finds the app id by its look; without one there is
// nothing. Whatever the path says, only what is signed is let in.
func TestMessagePaths(t *testing.T) {
	x := newWorld(t, nil)
	for path, want := range map[string]int{
		"/a/wx570bc396a51b8ff8/b": http.StatusForbidden,
		"/wx5a1d7e92c04b6f38":     http.StatusForbidden,
		"/a/b":                    http.StatusNotFound,
		"/wx5a1d7e92c04b6f3":      http.StatusNotFound,
		"/wx5a1d7e92c04b6f3g/x":   http.StatusNotFound,
		"/":                       http.StatusNotFound,
	} {
		w := httptest.NewRecorder()
		x.p.ServeMessages(w, httptest.NewRequest("POST", path, nil))
		require.Equal(t, want, w.Code, path)
	}
	r := httptest.NewRequest("POST", "/any", nil)
	for id, want := range map[string]int{"wxA1": http.StatusForbidden, "gh_1": http.StatusNotFound, "wx:1": http.StatusNotFound, "wx": http.StatusNotFound} {
		r.SetPathValue("appid", id)
		w := httptest.NewRecorder()
		x.p.ServeMessages(w, r)
		require.Equal(t, want, w.Code, id)
	}
}

// The page has nothing to show without a ticket, and takes no posts.
func TestAuthorizePageFails(t *testing.T) {
	x := newWorld(t, nil)
	page := x.p.AuthorizePage(component.AuthRequest{RedirectURL: back})
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Contains(t, w.Body.String(), "请稍后再试")
	require.NotContains(t, w.Body.String(), "href")
	require.Empty(t, w.Result().Cookies())

	w = httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequest("POST", "/", nil))
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
}

// FuzzPath: no path makes the handler panic, or lets anything in.
func FuzzPath(f *testing.F) {
	p, err := component.New(component.Config{
		AppID: "wxC", Secret: "s", Token: "t", EncodingAESKey: wechattest.DefaultEncodingAESKey, InsecureMemory: true,
	})
	require.NoError(f, err)
	for _, path := range []string{"", "wx570bc396a51b8ff8", "a/wx5a1d7e92c04b6f38/b", "wx\x00", "wx/../wx"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		r := httptest.NewRequest("POST", "/", nil)
		r.URL.Path = "/" + path
		for _, value := range []string{"", path} {
			r.SetPathValue("appid", value)
			w := httptest.NewRecorder()
			p.ServeMessages(w, r)
			require.Contains(t, []int{http.StatusForbidden, http.StatusNotFound}, w.Code)
		}
	})
}
