package component_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/testlog"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// An exchange does not delay the next one of the same code, whether it succeeded or not.
func TestExchangesFollowAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		link, _ := x.page(component.AuthRequest{RedirectURL: back}, "")
		x.w.Bot(http.NotFoundHandler()) // the notice is lost
		address, err := x.w.Authorize(link, appA)
		require.NoError(t, err)
		code := queryOf(t, address).Get("auth_code")

		x.w.Inject(wechattest.Rule{Path: "/cgi-bin/component/api_query_auth", Fault: wechattest.Errcode(int(errcode.SystemBusy)), Times: 1})
		began := time.Now()
		_, err = x.p.Exchange(t.Context(), code)
		require.ErrorIs(t, err, errcode.SystemBusy)
		for range 2 {
			a, err := x.p.Exchange(t.Context(), code)
			require.NoError(t, err)
			require.Equal(t, appA, a.AppID)
		}
		require.Less(t, time.Since(began), time.Second)
	})
}

// stuck is a transport that does not return from the first call of a path before it is
// released, whatever the context says.
type stuck struct {
	http.RoundTripper
	path     string
	once     sync.Once
	released chan struct{}
}

func (s *stuck) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == s.path {
		s.once.Do(func() { <-s.released })
	}
	return s.RoundTripper.RoundTrip(r)
}

// While all fetches that may run hang, the others give up in the time of a fetch.
func TestWaitForAFetchEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.w.Grant(appA)
		x.w.Grant(appB)
		hanging := &stuck{RoundTripper: x.w.Client().Transport, path: "/cgi-bin/component/api_authorizer_token", released: make(chan struct{})}
		p := x.start(func(c *component.Config) {
			c.MaxRefreshing, c.HTTPClient = 1, &http.Client{Transport: hanging}
		})
		go p.Source(appA).Token(t.Context())
		synctest.Wait()
		began := time.Now()
		_, err := p.Source(appB).Token(t.Context())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 45*time.Second, time.Since(began))
		close(hanging.released)
		waitUntilIdle()
		for _, app := range []string{appA, appB} {
			require.NoError(t, use(t.Context(), p, app))
		}
	})
}

// A message whose sender hangs up while the profile of the account is fetched is not
// accepted unchecked, and its end does not end the fetch, which is for the next ones too.
func TestSenderLeavesDuringTheCheck(t *testing.T) {
	const info = "/cgi-bin/component/api_get_authorizer_info"
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		handled := 0
		message.On(x.p.Messages(), func(context.Context, *message.Text) (message.Reply, error) {
			handled++
			return message.TextReply("ok"), nil
		})
		require.NoError(t, x.w.PushTicket())
		x.w.Grant(appA)
		x.w.Grant(appB)
		x.w.Inject(wechattest.Rule{Path: info, Fault: wechattest.Latency(time.Second)})

		body, query := x.sealedFor(appA, "hello", "1001")
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		w, r := httptest.NewRecorder(), httptest.NewRequest("POST", "/wechat/"+appB+"/callback?"+query, strings.NewReader(body))
		handlerOf(x.p).ServeHTTP(w, r.WithContext(ctx))
		require.Equal(t, 403, w.Code)
		time.Sleep(2 * time.Second)
		require.Equal(t, 403, x.post("/wechat/"+appB+"/callback?"+query, body).Code)
		require.Equal(t, 1, x.w.Count(info))
		require.Zero(t, handled)
	})
}

// checked sends the code of the release check to a process whose platform answers slowly.
func checked(t *testing.T, f wechattest.Fault) (x *world, log *testlog.Buffer) {
	t.Helper()
	log = new(testlog.Buffer)
	x = newWorld(t, func(c *component.Config) { c.Logger = slog.New(slog.NewTextHandler(log, nil)) })
	require.NoError(t, x.w.CheckRelease(1))
	x.w.Inject(wechattest.Rule{Path: "/cgi-bin/component/api_query_auth", Fault: f})
	_, err := x.w.Tenant("wx570bc396a51b8ff8").Send("oCheck", wechattest.Text("QUERY_AUTH_CODE:code"))
	require.NoError(t, err)
	return x, log
}

// Shutdown waits for a running answer to the release check, unless its context ends first.
func TestShutdownWaitsForTheReleaseCheck(t *testing.T) {
	const told = "the release check was not answered"
	synctest.Test(t, func(t *testing.T) {
		x, log := checked(t, wechattest.Latency(5*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := x.p.Shutdown(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "answers to the release check")
		require.NotContains(t, log.String(), told)
		require.NoError(t, x.p.Shutdown(t.Context()))
		require.Contains(t, log.String(), told, "the code is wrong")
	})
	synctest.Test(t, func(t *testing.T) {
		x, log := checked(t, wechattest.Hang())
		began := time.Now()
		require.NoError(t, x.p.Shutdown(t.Context()))
		require.Equal(t, time.Minute, time.Since(began), "an answer has a minute")
		require.Contains(t, log.String(), told)
	})
}

// The answer to the release check is sent with the token that came with the code, however
// short its life is.
func TestReleaseCheckUsesTheTokenOfItsCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.CheckRelease(1))
		before := x.w.Count("/cgi-bin/message/custom/send")
		x.answer("/cgi-bin/component/api_query_auth", `{"authorization_info":{"authorizer_appid":"wx570bc396a51b8ff8","authorizer_access_token":"OF-THE-CODE","expires_in":60,"authorizer_refresh_token":"R"}}`)
		_, err := x.w.Tenant("wx570bc396a51b8ff8").Send("oCheck", wechattest.Text("QUERY_AUTH_CODE:code"))
		require.NoError(t, err)
		require.NoError(t, x.p.Shutdown(t.Context()))
		sent := x.w.Calls("/cgi-bin/message/custom/send")
		require.Len(t, sent, before+1)
		require.Equal(t, "OF-THE-CODE", sent[before].Query.Get("access_token"))
	})
}

// While the platform does not answer, the first message of an account waits for 2 s and
// the others do not.
func TestProfileHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.w.Grant(appA)
		x.w.Inject(wechattest.Rule{Path: "/cgi-bin/component/api_get_authorizer_info", Fault: wechattest.Hang()})
		began := time.Now()
		for _, msgID := range []string{"1001", "1002"} {
			body, query := x.sealedFor(appA, "hello", msgID)
			require.Equal(t, 200, x.post("/wechat/"+appA+"/callback?"+query, body).Code)
			require.Equal(t, 2*time.Second, time.Since(began))
		}
	})
}
