package component_test

import (
	"context"
	"errors"
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
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// An app id that came from a request makes a client whose calls fail, not a panic,
// and is not kept.
func TestClientOfMalformedAppID(t *testing.T) {
	x := newWorld(t, nil)
	for _, id := range []string{"", "gh_3c884a361561", "wx", "wx:1", "../wx00000000000000aa", "wx" + strings.Repeat("0", 63)} {
		err := use(t.Context(), x.p, id)
		require.ErrorIs(t, err, component.ErrAppID, "%q", id)
		_, err = x.p.Source(id).Token(t.Context())
		require.ErrorIs(t, err, component.ErrAppID, "%q", id)
	}
}

// broken is a store whose deletes fail.
type broken struct{ disk }

var errDisk = errors.New("disk failure")

func (broken) Delete(context.Context, string) error { return errDisk }

func (broken) CompareAndDelete(context.Context, string, []byte) (bool, error) { return false, errDisk }

// forgetful is a store whose reads of some keys panic, and that may not answer when a code
// is recorded.
type forgetful struct {
	disk
	panics string // part of the keys whose Get panics
	hangs  bool
}

func (f forgetful) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if f.panics != "" && strings.Contains(key, f.panics) {
		panic("a bug of the store")
	}
	return f.disk.Get(ctx, key)
}

func (f forgetful) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if f.hangs && strings.Contains(key, ":code:") {
		<-ctx.Done()
		return ctx.Err()
	}
	return f.disk.Set(ctx, key, value, ttl)
}

// A store that does not answer when an exchanged code is recorded does not hold the
// browser for ever.
func TestExchangeWithAHangingStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.p = x.start(func(c *component.Config) { c.Store = forgetful{disk: x.disk, hangs: true} })
		x.w.Bot(http.NotFoundHandler()) // the notice, which would use the code first, is lost
		began := time.Now()
		x.authorize(appA)
		require.Less(t, time.Since(began), time.Minute)
		require.NoError(t, use(t.Context(), x.p, appA))
	})
}

// A panic of the store in a goroutine of the platform does not end the program.
func TestStorePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.authorize(appA)
		p := x.start(func(c *component.Config) { c.Store = forgetful{disk: x.disk, panics: ":username:"} })
		message.On(p.Messages(), func(context.Context, *message.Text) (message.Reply, error) { return message.TextReply("ok"), nil })
		body, query := x.sealedFor(appA, "hello", "1001")
		require.Equal(t, 200, x.postTo(p, "/wechat/"+appA+"/callback?"+query, body).Code, "as while a profile cannot be read")

		p = x.start(func(c *component.Config) { c.Store = forgetful{disk: x.disk, panics: ":code:"} })
		x.w.Bot(handlerOf(p))
		require.Error(t, x.w.CheckRelease(1))
		require.NoError(t, p.Shutdown(context.Background()))
	})
}

func TestRemoveReportsTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.authorize(appA)
		failed := make(chan error, 10)
		p := x.start(func(c *component.Config) {
			c.Store = broken{x.disk}
			c.OnError = func(_ context.Context, e *message.HandlingError) { failed <- e }
		})
		oa := p.Client(appA)
		require.ErrorIs(t, p.Remove(t.Context(), appA), errDisk)
		require.Same(t, oa, p.Client(appA))
		require.NoError(t, use(t.Context(), p, appA), "an account that was not removed works on")

		bot := x.w.Bot(handlerOf(p))
		time.Sleep(time.Minute)
		require.NoError(t, bot.Notify(wechattest.Unauthorized(appA)))
		waitUntilIdle()
		require.ErrorIs(t, <-failed, errDisk)
	})
}

// Remove forgets the access token too, and a token lives no longer than the platform says.
func TestRemoveForgetsTheToken(t *testing.T) {
	const refresh = "/cgi-bin/component/api_authorizer_token"
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		_, refreshToken := x.w.Grant(appA)
		require.NoError(t, x.p.Add(t.Context(), appA, refreshToken))
		require.NoError(t, use(t.Context(), x.p, appA))
		tok, err := x.p.Source(appA).Token(t.Context())
		require.NoError(t, err)
		require.LessOrEqual(t, time.Until(tok.Expiry()), 2*time.Hour)
		require.NoError(t, use(t.Context(), x.start(nil), appA))
		require.Equal(t, 1, x.w.Count(refresh), "one token for all processes")

		require.NoError(t, x.p.Remove(t.Context(), appA))
		require.NoError(t, x.p.Add(t.Context(), appA, refreshToken))
		require.NoError(t, use(t.Context(), x.start(nil), appA))
		require.Equal(t, 2, x.w.Count(refresh))
	})
}

// An account that withdraws its authorization while its token is fetched is not
// authorized for any of the callers.
func TestUnauthorizeDuringARefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		_, refresh := x.w.Grant(appA)
		require.NoError(t, x.p.Add(t.Context(), appA, refresh))
		x.w.Inject(wechattest.Rule{Path: "/cgi-bin/component/*", Fault: wechattest.Latency(time.Second)})
		failed := make(chan error, 30)
		for i := range cap(failed) {
			go func() {
				time.Sleep(time.Duration(i) * 100 * time.Millisecond)
				failed <- use(t.Context(), x.p, appA)
			}()
		}
		time.Sleep(500 * time.Millisecond)
		require.NoError(t, x.w.Unauthorize(appA))
		for range cap(failed) {
			require.ErrorIs(t, <-failed, component.ErrNotAuthorized)
		}
	})
}

// A refresh is not an authorization: a notice that came before it still counts, and the
// platform need not be asked. One of the second of the authorization may be older.
func TestUnauthorizedNoticeAfterARefresh(t *testing.T) {
	const info = "/cgi-bin/component/api_get_authorizer_info"
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		tenant, refresh := x.w.Grant(appA)
		tenant.RotateRefreshToken(true)
		require.NoError(t, x.p.Add(t.Context(), appA, refresh))
		sameSecond := wechattest.Unauthorized(appA)
		sameSecond.CreateTime = time.Now()
		bot := x.w.Bot(handlerOf(x.p))
		require.NoError(t, bot.Notify(sameSecond))
		require.Equal(t, 1, x.w.Count(info), "the platform is asked")

		time.Sleep(time.Minute)
		notice := wechattest.Unauthorized(appA)
		notice.CreateTime = time.Now()
		time.Sleep(time.Minute)
		require.NoError(t, use(t.Context(), x.p, appA))
		require.Equal(t, 1, x.w.Count(info))
		require.NoError(t, bot.Notify(notice))
		require.Equal(t, 1, x.w.Count(info))
	})
}

// While the platform cannot be asked, a notice that may be late removes nothing.
func TestUnauthorizedNoticeWithoutThePlatform(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failed []error
		x := newWorld(t, func(c *component.Config) {
			c.OnError = func(_ context.Context, e *message.HandlingError) { failed = append(failed, e) }
		})
		require.NoError(t, x.w.PushTicket())
		_, refresh := x.w.Grant(appA)
		require.NoError(t, x.p.Add(t.Context(), appA, refresh))
		notice := wechattest.Unauthorized(appA)
		notice.CreateTime = time.Now()
		const info = "/cgi-bin/component/api_get_authorizer_info"
		x.answer(info, `{"errcode":-1,"errmsg":"system error"}`)
		require.NoError(t, x.w.Bot(handlerOf(x.p)).Notify(notice))
		waitUntilIdle()
		require.NotEmpty(t, failed)
		require.ErrorIs(t, failed[0], errcode.SystemBusy)
		asked := x.cans.Load()
		require.NoError(t, use(t.Context(), x.start(nil), appA))
		require.Equal(t, asked, x.cans.Load(), "the refresh token is still stored")
	})
}

// A late notice of a withdrawn authorization does not delete a newer one.
func TestOldUnauthorizedNotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.authorize(appA)
		old := wechattest.Unauthorized(appA)
		old.CreateTime = time.Now()
		time.Sleep(10 * time.Minute)
		x.authorize(appA)

		bot := x.w.Bot(handlerOf(x.p))
		require.NoError(t, bot.Notify(old))
		waitUntilIdle()
		require.NoError(t, use(t.Context(), x.start(nil), appA), "the newer authorization stays")
		require.NoError(t, use(t.Context(), x.p, appA))
	})
}

// Granted twice, or without any API permission, an account comes without a refresh
// token. That is still an authorization, and the notice reaches its handler.
func TestAuthorizationWithoutTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var noticed []string
		var failed []error
		x := newWorld(t, func(c *component.Config) {
			c.OnError = func(_ context.Context, e *message.HandlingError) { failed = append(failed, e) }
		})
		message.On(x.p.Notices(), func(_ context.Context, m *message.AuthorizedNotice) (message.Reply, error) {
			noticed = append(noticed, m.AuthorizerAppID)
			return nil, nil
		})
		require.NoError(t, x.w.PushTicket())
		x.answer("/cgi-bin/component/api_query_auth", `{"authorization_info":{"authorizer_appid":"`+appA+`","func_info":[]}}`)
		x.answer("/cgi-bin/component/api_get_authorizer_info", `{"authorizer_info":{"nick_name":"n"},"authorization_info":{"authorizer_appid":"`+appA+`","func_info":[]}}`)

		a, err := x.p.Exchange(t.Context(), "code-1")
		require.NoError(t, err)
		require.Equal(t, appA, a.AppID)
		require.Empty(t, a.AccessToken.Value())
		require.Empty(t, a.RefreshToken.Value())

		bot := x.w.Bot(handlerOf(x.p))
		require.NoError(t, bot.Notify(wechattest.Authorized(appA, "code-2", time.Now().Add(time.Hour), "preauth")))
		waitUntilIdle()
		require.Empty(t, failed)
		require.Equal(t, []string{appA}, noticed)
		require.ErrorIs(t, use(t.Context(), x.p, appA), component.ErrNotAuthorized)

		x.answer("/cgi-bin/component/api_get_authorizer_info",
			`{"authorizer_info":{"nick_name":"n"},"authorization_info":{"authorizer_appid":"`+appA+`","authorizer_refresh_token":"refreshtoken@@@kept","func_info":[]}}`)
		a, err = x.p.Exchange(t.Context(), "code-3")
		require.NoError(t, err)
		require.Equal(t, "refreshtoken@@@kept", a.RefreshToken.Value(), "the platform tells it in the profile")
	})
}

// A message that was sealed for one account and is posted at another's path is
// refused there, and still handled when it comes to its own.
func TestMessageAtAnotherPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		var handled []string
		message.On(x.p.Messages(), func(ctx context.Context, m *message.Text) (message.Reply, error) {
			handled = append(handled, component.ClientFromContext(ctx).AppID())
			return message.TextReply("ok"), nil
		})
		require.NoError(t, x.w.PushTicket())
		x.authorize(appA)
		x.authorize(appB)
		body, query := x.sealedFor(appA, "hello", "1001")

		require.Equal(t, 403, x.post("/wechat/"+appB+"/callback?"+query, body).Code)
		require.Empty(t, handled)
		require.Equal(t, 200, x.post("/wechat/"+appA+"/callback?"+query, body).Code)
		require.Equal(t, []string{appA}, handled)

		body, query = x.sealedFor(appA, "hello again", "1002")
		require.Equal(t, 403, x.post("/wechat/wx00000000000000cc/callback?"+query, body).Code, "an account that has not authorized")

		info := x.w.Count("/cgi-bin/component/api_get_authorizer_info")
		again := x.start(nil)
		body, query = x.sealedFor(appA, "after a restart", "1003")
		require.Equal(t, 200, x.postTo(again, "/wechat/"+appA+"/callback?"+query, body).Code)
		require.Equal(t, info, x.w.Count("/cgi-bin/component/api_get_authorizer_info"), "the original id is stored")
		require.NoError(t, again.Shutdown(context.Background()))
	})
}

// The messages of an account that has not authorized are refused each time, with
// a line in the log; those of an account whose profile cannot be read for
// another reason are handled.
func TestMessageOfUnauthorizedAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		x := newWorld(t, func(c *component.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		handled := 0
		message.On(x.p.Messages(), func(context.Context, *message.Text) (message.Reply, error) {
			handled++
			return message.TextReply("ok"), nil
		})
		require.NoError(t, x.w.PushTicket())
		post := func(msgID string) int {
			body, query := x.sealedFor(appA, "hello", msgID)
			return x.post("/wechat/"+appA+"/callback?"+query, body).Code
		}
		asked := func() int { return x.w.Count("/cgi-bin/component/api_get_authorizer_info") }

		for i, msgID := range []string{"1001", "1001", "1002"} {
			require.Equal(t, 403, post(msgID))
			require.Equal(t, i+1, strings.Count(log.String(), appA+" has not authorized the platform"), log.String())
			time.Sleep(1100 * time.Millisecond) // the log has one line a second for a reason
		}
		require.Zero(t, handled)
		require.Equal(t, 1, asked(), "the refusal is remembered for a while")
		time.Sleep(5 * time.Second) // the platform's pause before a repeat
		require.Equal(t, 403, post("1004"))
		require.Equal(t, 2, asked())

		x.w.Grant(appA) // without a notice
		time.Sleep(5 * time.Second)
		require.Equal(t, 200, post("1004"), "the repeat of a message is accepted after the account has authorized")
		require.Equal(t, 1, handled)
		require.Equal(t, 200, post("1007"), "and so is the next one")

		require.NoError(t, x.w.Unauthorize(appA))
		waitUntilIdle()
		x.answer("/cgi-bin/component/api_get_authorizer_info", `{"errcode":-1,"errmsg":"system error"}`)
		log.Reset()
		require.Equal(t, 200, post("1005"))
		require.Equal(t, 200, post("1006"))
		require.Equal(t, 4, handled)
		require.Equal(t, 1, strings.Count(log.String(), "the profile cannot be read"), "one warning a minute")
	})
}

var _ store.Store = broken{}

// overtaken is a store in which another process writes before the first deletion of a
// grant.
type overtaken struct {
	disk
	other func()
	once  sync.Once
}

func (s *overtaken) Delete(ctx context.Context, key string) error {
	if strings.Contains(key, ":authorizer:") {
		s.once.Do(s.other)
	}
	return s.disk.Delete(ctx, key)
}

func (s *overtaken) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	if strings.Contains(key, ":authorizer:") {
		s.once.Do(s.other)
	}
	return s.disk.CompareAndDelete(ctx, key, old)
}

// A grant that another process writes while a notice is applied is not deleted by it.
func TestGrantDuringANotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		_, refresh := x.w.Grant(appA)
		require.NoError(t, x.p.Add(t.Context(), appA, refresh))
		p := x.start(func(c *component.Config) {
			c.Store = &overtaken{disk: x.disk, other: func() { require.NoError(t, x.p.Add(t.Context(), appA, refresh)) }}
		})
		time.Sleep(time.Minute)
		notice := wechattest.Unauthorized(appA)
		notice.CreateTime = time.Now()
		require.NoError(t, x.w.Bot(handlerOf(p)).Notify(notice))
		waitUntilIdle()
		const info = "/cgi-bin/component/api_get_authorizer_info"
		require.Equal(t, 1, x.w.Count(info), "the platform is asked whether the account authorizes it")
		require.NoError(t, use(t.Context(), x.start(nil), appA))
		require.Equal(t, 1, x.w.Count(info), "the refresh token is not lost")
	})
}

// asked is a limiter that notes what it is asked for.
type asked struct {
	mu    sync.Mutex
	paths []string
}

func (a *asked) Wait(_ context.Context, path string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.paths = append(a.paths, path)
	return nil
}

// The limiter is asked for the calls of the platform itself and of its accounts.
func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := new(asked)
		x := newWorld(t, func(c *component.Config) { c.Limiter = l })
		require.NoError(t, x.w.PushTicket())
		_, refresh := x.w.Grant(appA)
		require.NoError(t, x.p.Add(t.Context(), appA, refresh))
		require.NoError(t, use(t.Context(), x.p, appA))
		require.Contains(t, l.paths, "/cgi-bin/component/api_authorizer_token")
		require.Contains(t, l.paths, "/cgi-bin/getcallbackip")
	})
}
