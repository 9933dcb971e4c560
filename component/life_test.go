package component_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/internal/testlog"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// lives notes how long the fetched tokens are still valid.
type lives struct {
	mu   sync.Mutex
	left map[string]time.Duration
}

func (l *lives) note(name string, expiry time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left[name] = time.Until(expiry)
}

func (l *lives) of(appID string) officialaccount.Observer { return observed{l, appID} }

type observed struct {
	*lives
	appID string
}

func (o observed) ObserveCall(ctx context.Context, _ officialaccount.Call) (context.Context, func(officialaccount.Result)) {
	return ctx, func(officialaccount.Result) {}
}

func (o observed) ObserveRefresh(_ context.Context, r token.Refresh) { o.note(o.appID, r.Expiry) }

// The life of a token begins before the call that fetches it, since its answer may be slow.
func TestLifeBeginsBeforeTheCall(t *testing.T) {
	const delay = 3 * time.Second
	run := func(delay time.Duration) map[string]time.Duration {
		l := &lives{left: map[string]time.Duration{}}
		synctest.Test(t, func(t *testing.T) {
			x := newWorld(t, func(c *component.Config) { c.Observer = l.of })
			require.NoError(t, x.w.PushTicket())
			for _, name := range []string{"component_token", "create_preauthcode", "query_auth", "authorizer_token"} {
				x.w.Inject(wechattest.Rule{Path: "/cgi-bin/component/api_" + name, Fault: wechattest.Latency(delay)})
			}
			_, err := x.p.CreatePreAuthCode(t.Context()) // and a component_access_token
			require.NoError(t, err)
			code, err := x.p.CreatePreAuthCode(t.Context())
			require.NoError(t, err)
			l.note("code", code.Expiry())

			link, _ := x.page(component.AuthRequest{RedirectURL: back}, "")
			x.w.Bot(http.NotFoundHandler()) // the notice is lost
			address, err := x.w.Authorize(link, appA)
			require.NoError(t, err)
			a, err := x.p.Exchange(t.Context(), queryOf(t, address).Get("auth_code"))
			require.NoError(t, err)
			l.note("exchange", a.AccessToken.Expiry())

			_, refresh := x.w.Grant(appB)
			require.NoError(t, x.p.Add(t.Context(), appB, refresh))
			_, err = x.p.Source(appB).Token(t.Context())
			require.NoError(t, err)
			synctest.Wait()
		})
		return l.left
	}
	soon, late := run(0), run(delay)
	require.Len(t, soon, 4)
	for name, left := range soon {
		require.Positive(t, left, name)
		require.Equal(t, left-delay, late[name], name)
	}
}

// A life is a day at most, and not less than nothing. That of a token in a profile begins
// before the call too.
func TestLifeIsBounded(t *testing.T) {
	const delay = 3 * time.Second
	for answered, want := range map[string]time.Duration{"9223372036854775807": 24 * time.Hour, "-7200": 0} {
		synctest.Test(t, func(t *testing.T) {
			api := apitest.New(t, apitest.JSON(tokenAnswer), apitest.JSON(`{"authorizer_info":{},"authorization_info":{"authorizer_appid":"wxa","authorizer_access_token":"A","expires_in":`+answered+`}}`))
			p := withTicket(t, &transport{RoundTripper: api, path: "/cgi-bin/component/api_get_authorizer_info", slow: delay})
			a, err := p.GetAuthorizer(t.Context(), "wxa")
			require.NoError(t, err)
			require.Equal(t, want-delay, time.Until(a.Authorization.AccessToken.Expiry()), answered)
		})
	}
}

// An exchanged code is remembered for as long as the platform could accept it.
func TestExchangedCodeIsForgotten(t *testing.T) {
	const path = "/cgi-bin/component/api_query_auth"
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.answer(path, `{"authorization_info":{"authorizer_appid":"`+appA+`","authorizer_access_token":"A","expires_in":7200,"authorizer_refresh_token":"R","func_info":[]}}`)
		for _, want := range []int32{1, 1, 2} {
			_, err := x.p.Exchange(t.Context(), "code")
			require.NoError(t, err)
			require.Equal(t, want, x.cans.Load())
			time.Sleep(40 * time.Minute)
		}
	})
}

// leaving is a store that calls leave before it writes a grant. Its writes fail with an
// ended context. It may hang when it writes a grant or unlocks a code, and refuse new
// grants.
type leaving struct {
	disk
	leave   func()
	hangs   bool
	refuses bool
}

func (s *leaving) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if s.refuses && strings.Contains(key, ":authorizer:") {
		return false, errDisk
	}
	return s.disk.SetIfAbsent(ctx, key, value, ttl)
}

func (s *leaving) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if strings.Contains(key, ":authorizer:") {
		s.leave()
		if s.hangs {
			<-ctx.Done()
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.disk.Set(ctx, key, value, ttl)
}

func (s *leaving) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	if s.hangs && strings.Contains(key, ":code:") {
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return s.disk.CompareAndDelete(ctx, key, old)
}

// A caller that leaves after the platform has answered leaves nothing undone: the account
// and its code are recorded, and the code is not locked.
func TestCallerLeavesDuringAnExchange(t *testing.T) {
	const path = "/cgi-bin/component/api_query_auth"
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		p := x.start(func(c *component.Config) { c.Store = &leaving{disk: x.disk, leave: cancel} })
		require.NoError(t, x.w.PushTicket())
		link, _ := x.page(component.AuthRequest{RedirectURL: back}, "")
		x.w.Bot(http.NotFoundHandler()) // the notice is lost
		address, err := x.w.Authorize(link, appA)
		require.NoError(t, err)
		code := queryOf(t, address).Get("auth_code")
		_, err = p.Exchange(ctx, code)
		require.NoError(t, err)
		require.Error(t, ctx.Err())

		began := time.Now()
		a, err := x.p.Exchange(t.Context(), code)
		require.NoError(t, err)
		require.Equal(t, appA, a.AppID)
		require.Equal(t, 1, x.w.Count(path))
		require.Less(t, time.Since(began), time.Second)
		require.NoError(t, use(t.Context(), x.p, appA))
	})
}

// A store that hangs when the code is unlocked delays the caller for 5 s and costs nothing
// else.
func TestUnlockHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		p := x.start(func(c *component.Config) { c.Store = &leaving{disk: x.disk, leave: func() {}, hangs: true} })
		require.NoError(t, x.w.PushTicket())
		x.answer("/cgi-bin/component/api_query_auth", `{"errcode":61010,"errmsg":"code is expired"}`)
		began := time.Now()
		_, err := p.Exchange(t.Context(), "code")
		require.ErrorIs(t, err, errcode.AuthCodeExpired)
		require.Equal(t, 5*time.Second, time.Since(began))
	})
}

// So does a store that hangs when a grant is written.
func TestWriteHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		p := x.start(func(c *component.Config) { c.Store = &leaving{disk: x.disk, leave: func() {}, hangs: true} })
		began := time.Now()
		require.ErrorIs(t, p.Add(t.Context(), appA, "R"), context.DeadlineExceeded)
		require.Equal(t, 5*time.Second, time.Since(began))

		require.NoError(t, x.w.PushTicket())
		x.answer("/cgi-bin/component/api_query_auth", `{"authorization_info":{"authorizer_appid":"`+appA+`","authorizer_access_token":"A","expires_in":7200,"authorizer_refresh_token":"R"}}`)
		_, err := p.Exchange(t.Context(), "code")
		require.ErrorContains(t, err, "refresh token of "+appA+" not stored")
	})
}

// A notice whose code is used up is applied with the refresh token in the profile, if there
// is one and if it can be stored.
func TestNoticeWithoutATokenOrAStore(t *testing.T) {
	const query, info = "/cgi-bin/component/api_query_auth", "/cgi-bin/component/api_get_authorizer_info"
	for refresh, want := range map[string]error{"": errcode.AuthCodeExpired, "R": errDisk} {
		synctest.Test(t, func(t *testing.T) {
			x := newWorld(t, nil)
			var failed []error
			p := x.start(func(c *component.Config) {
				c.Store = &leaving{disk: x.disk, refuses: refresh != ""}
				c.OnError = func(_ context.Context, e *message.HandlingError) { failed = append(failed, e) }
			})
			require.NoError(t, x.w.PushTicket())
			x.answer(query, `{"errcode":61010,"errmsg":"code is expired"}`)
			x.answer(info, `{"authorizer_info":{},"authorization_info":{"authorizer_appid":"`+appA+`","authorizer_refresh_token":"`+refresh+`"}}`)
			require.NoError(t, x.w.Bot(handlerOf(p)).Notify(wechattest.Authorized(appA, "code", time.Now().Add(time.Hour), "preauth")))
			waitUntilIdle()
			require.NotEmpty(t, failed)
			require.ErrorIs(t, failed[0], want)
			if refresh == "" {
				require.ErrorIs(t, use(t.Context(), p, appA), component.ErrNotAuthorized, "nothing was stored")
			}
		})
	}
}

// A ticket that is no longer valid is refused, and a valid one is stored only as long as
// it is.
func TestTicketsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		var failed []error
		p := x.start(func(c *component.Config) {
			c.OnError = func(_ context.Context, e *message.HandlingError) { failed = append(failed, e) }
		})
		bot := x.w.Bot(handlerOf(p))
		old := wechattest.ComponentVerifyTicket("ticket@@@old")
		old.CreateTime = time.Now().Add(-12 * time.Hour)
		require.NoError(t, bot.Notify(old))
		waitUntilIdle()
		require.Len(t, failed, 1)
		require.ErrorContains(t, failed[0], "older than 12 hours")

		stored := func() bool {
			_, found, err := x.disk.Get(t.Context(), "wechat:component:"+x.w.Config().ComponentAppID+":ticket")
			require.NoError(t, err)
			return found
		}
		require.False(t, stored())
		body, query := x.sealed("", "<xml><InfoType>component_verify_ticket</InfoType><ComponentVerifyTicket>ticket@@@1</ComponentVerifyTicket></xml>", "n")
		require.Equal(t, 200, x.postTo(p, "/wechat/notices?"+query, body).Code)
		waitUntilIdle()
		require.True(t, stored(), "a notice without a time is of now")
		time.Sleep(12 * time.Hour)
		require.False(t, stored())
	})
}

// An exchange without a refresh token needs the profile, whose failure is its own.
func TestExchangeWithoutAProfile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.answer("/cgi-bin/component/api_query_auth", `{"authorization_info":{"authorizer_appid":"`+appA+`","authorizer_access_token":"A","expires_in":7200}}`)
		x.answer("/cgi-bin/component/api_get_authorizer_info", `{"errcode":-1,"errmsg":"system error"}`)
		_, err := x.p.Exchange(t.Context(), "code")
		require.ErrorIs(t, err, errcode.SystemBusy)
		require.ErrorContains(t, err, "its profile cannot be read")
	})
}

// Restore leaves what is stored, goes on after an account that it cannot read, and tells
// which that is.
func TestRestoreAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.answer("/cgi-bin/component/api_get_authorizer_list", `{"total_count":3,"list":[
			{"authorizer_appid":"`+appA+`","refresh_token":"R1","auth_time":1},{"authorizer_appid":"`+appB+`","refresh_token":"R2","auth_time":1},
			{"authorizer_appid":"wx00000000000000cc","refresh_token":"R3","auth_time":1}]}`)
		key := func(appID string) string {
			return "wechat:component:" + x.w.Config().ComponentAppID + ":authorizer:" + appID
		}
		require.NoError(t, x.disk.Set(t.Context(), key(appA), []byte("not sealed"), 0))
		require.NoError(t, x.p.Add(t.Context(), appB, "newer"))
		before, _, err := x.disk.Get(t.Context(), key(appB))
		require.NoError(t, err)
		n, err := x.p.Restore(t.Context())
		require.ErrorContains(t, err, appA)
		require.Equal(t, 1, n)
		after, _, err := x.disk.Get(t.Context(), key(appB))
		require.NoError(t, err)
		require.Equal(t, before, after)
	})
}

// A refresh that fails is in the log, with its account.
func TestFailedRefreshIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(testlog.Buffer)
		x := newWorld(t, func(c *component.Config) { c.Logger = slog.New(slog.NewTextHandler(log, nil)) })
		require.NoError(t, x.w.PushTicket())
		require.ErrorIs(t, use(t.Context(), x.p, appA), component.ErrNotAuthorized)
		synctest.Wait()
		require.Regexp(t, `"token: fetch failed" appid=`+appA, log.String())
	})
}

// The newest refresh token, as the platform tells it, is not used unless it is stored.
func TestNewestRefreshTokenIsStoredBeforeUse(t *testing.T) {
	const refresh = "/cgi-bin/component/api_authorizer_token"
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		_, newest := x.w.Grant(appA)
		require.NoError(t, x.p.Add(t.Context(), appA, newest+"wrong"))
		kept := &flaky{Store: x.disk}
		p := x.start(func(c *component.Config) { c.Store = kept })
		_, err := p.CreatePreAuthCode(t.Context()) // the component_access_token is stored
		require.NoError(t, err)
		kept.writes.Store(3)
		_, err = p.Source(appA).Token(t.Context())
		require.ErrorContains(t, err, "not stored")
		require.Equal(t, 1, x.w.Count(refresh))
		time.Sleep(time.Minute)
		require.NoError(t, use(t.Context(), p, appA))
	})
}
