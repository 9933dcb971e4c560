package component_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// From the ticket to an answer of an account's bot, and to the end of the
// authorization.
func TestFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		var mu sync.Mutex
		var told []string
		tell := func(text string) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, text)
		}
		heard := func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(told)
		}
		message.On(x.p.Notices(), func(_ context.Context, m *message.AuthorizedNotice) (message.Reply, error) {
			tell("authorized " + m.AuthorizerAppID)
			return nil, nil
		})
		message.On(x.p.Notices(), func(_ context.Context, m *message.UnauthorizedNotice) (message.Reply, error) {
			tell("unauthorized " + m.AuthorizerAppID)
			return nil, nil
		})
		message.On(x.p.Messages(), func(ctx context.Context, m *message.Text) (message.Reply, error) {
			oa := component.ClientFromContext(ctx)
			if err := use(ctx, x.p, oa.AppID()); err != nil {
				return nil, err
			}
			return message.TextReply(oa.AppID() + " says " + m.Content), nil
		})
		require.Nil(t, component.ClientFromContext(t.Context()))

		_, err := x.p.CreatePreAuthCode(t.Context())
		require.ErrorIs(t, err, component.ErrNoTicket)
		require.NoError(t, x.w.PushTicket())

		for _, app := range []string{appA, appB} {
			a := x.authorize(app)
			require.Len(t, a.Permissions, 2)
			require.Equal(t, 15, a.Permissions[1].Category.ID)
			require.Equal(t, &component.Confirmation{}, a.Permissions[1].Confirm)
		}
		waitUntilIdle()
		require.ElementsMatch(t, []string{"authorized " + appA, "authorized " + appB}, heard())
		require.Equal(t, 2, x.w.Count("/cgi-bin/component/api_query_auth"), "page and notice have one code, exchanged once")

		for _, app := range []string{appA, appB} {
			reply, err := x.w.Tenant(app).Send("oLiLei", wechattest.Text("你好 & hi"))
			require.NoError(t, err)
			require.Equal(t, app+" says 你好 & hi", reply.Content)
			require.Zero(t, x.w.Tenant(app).Refreshes(), "the token that came with the code is used")
		}

		time.Sleep(2 * time.Hour)
		require.NoError(t, use(t.Context(), x.p, appA))
		require.Equal(t, 1, x.w.Tenant(appA).Refreshes())

		require.NoError(t, x.w.Unauthorize(appA))
		require.Equal(t, "unauthorized "+appA, heard()[2])
		require.ErrorIs(t, use(t.Context(), x.p, appA), component.ErrNotAuthorized)
		require.NoError(t, use(t.Context(), x.p, appB))

		x.authorize(appA)
		require.NoError(t, use(t.Context(), x.p, appA), "who comes back is known again at once")
		require.NoError(t, x.p.Shutdown(t.Context()))
	})
}

// The error for a refresh token that the platform refuses names the account once.
func TestRefusedRefreshToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.authorize(appA)
		time.Sleep(2 * time.Hour)
		x.answer("/cgi-bin/component/api_authorizer_token", `{"errcode":61023,"errmsg":"refresh_token is invalid"}`)
		err := use(t.Context(), x.p, appA)
		require.ErrorIs(t, err, errcode.AuthorizerRefreshTokenInvalid)
		require.Equal(t, 1, strings.Count(err.Error(), "token of "+appA), err.Error())
		require.Equal(t, int32(1), x.cans.Load(), "the platform has no newer one, so the same one is not sent again")
	})
}

// A restart loses neither the ticket nor accounts.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.authorize(appA)
		x.w.Tenant(appA).RotateRefreshToken(true)
		waitUntilIdle()
		for range 4 {
			next := x.start(nil)
			x.w.RevokeTokens()
			require.NoError(t, use(t.Context(), next, appA))
			time.Sleep(110 * time.Minute)
		}
		require.Equal(t, 4, x.w.Tenant(appA).Refreshes())
	})
}

// A ticket is valid for twelve hours. An older one that arrives late changes nothing.
func TestTicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		late := wechattest.ComponentVerifyTicket("ticket@@@old")
		late.CreateTime = time.Now().Add(-time.Second)
		require.NoError(t, x.w.Bot(handlerOf(x.p)).Notify(late))

		time.Sleep(11*time.Hour + 59*time.Minute)
		_, err := x.start(nil).CreatePreAuthCode(t.Context())
		require.NoError(t, err)
		time.Sleep(3 * time.Hour)
		_, err = x.p.CreatePreAuthCode(t.Context())
		require.ErrorIs(t, err, component.ErrNoTicket, "the process has kept none")
		next := x.start(nil)
		_, err = next.CreatePreAuthCode(t.Context())
		require.ErrorIs(t, err, component.ErrNoTicket)
		require.NoError(t, next.Add(t.Context(), appA, "refresh token"))
		require.EqualError(t, use(t.Context(), next, appA), "token of "+appA+": component: no verify ticket has been pushed within 12 hours: check the address for notices (授权事件接收 URL), or call StartPushTicket")

		require.NoError(t, x.p.StartPushTicket(t.Context()))
		waitUntilIdle()
		_, err = x.start(nil).CreatePreAuthCode(t.Context())
		require.NoError(t, err)
	})
}

// racing is a store that lets somebody else come in before the first swap of a ticket.
type racing struct {
	store.Store
	other func()
	once  sync.Once
}

func (r *racing) CompareAndSwap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	if strings.HasSuffix(key, ":ticket") {
		r.once.Do(r.other)
	}
	return r.Store.CompareAndSwap(ctx, key, old, value, ttl)
}

// Of two tickets that arrive at two processes at once the newer one remains.
func TestTicketsAtOnce(t *testing.T) {
	for name, other := range map[string]time.Duration{"the other is older": -time.Second, "the other is newer": time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newWorld(t, nil)
				require.NoError(t, x.w.PushTicket())
				time.Sleep(time.Minute)
				notify := func(p *component.Platform, ticket string, at time.Time) {
					appID := x.w.Config().ComponentAppID
					body, query := x.sealed(appID, fmt.Sprintf("<xml><AppId>%s</AppId><CreateTime>%d</CreateTime><InfoType>component_verify_ticket</InfoType>"+
						"<ComponentVerifyTicket>%s</ComponentVerifyTicket></xml>", appID, at.Unix(), ticket), ticket)
					require.Equal(t, "success", x.postTo(p, "/wechat/notices?"+query, body).Body.String())
				}
				now := time.Now()
				raced := &racing{Store: x.disk, other: func() { notify(x.p, "ticket@@@other", now.Add(other)) }}
				notify(x.start(func(c *component.Config) { c.Store = raced }), "ticket@@@mine", now)
				_, err := x.start(nil).CreatePreAuthCode(t.Context())
				require.Error(t, err, "the platform knows neither")
				calls := x.w.Calls("/cgi-bin/component/api_component_token")
				require.NotEmpty(t, calls)
				want := "ticket@@@mine"
				if other > 0 {
					want = "ticket@@@other"
				}
				require.Contains(t, string(calls[len(calls)-1].Body), want)
			})
		})
	}
}

// A call before the first ticket does not make later ones fail.
func TestCallBeforeTheTicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		_, refreshToken := x.w.Grant(appA)
		require.NoError(t, x.p.Add(t.Context(), appA, refreshToken))
		for range 10 {
			_, err := x.p.CreatePreAuthCode(t.Context())
			require.ErrorIs(t, err, component.ErrNoTicket)
			require.ErrorIs(t, use(t.Context(), x.p, appA), component.ErrNoTicket)
		}
		require.NoError(t, x.w.PushTicket())
		x.authorize(appB)
		require.NoError(t, use(t.Context(), x.p, appA))
	})
}

// With a store that fails the ticket of this process is used.
func TestTicketWithoutStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		broken := &flaky{Store: x.disk}
		p := x.start(func(c *component.Config) { c.Store = broken })
		bot := x.w.Bot(handlerOf(p))
		broken.down.Store(true)
		require.NoError(t, x.w.PushTicket())
		late := wechattest.ComponentVerifyTicket("ticket@@@old")
		late.CreateTime = time.Now().Add(-time.Minute)
		_ = bot.Notify(late) // cannot be stored either
		_, err := p.CreatePreAuthCode(t.Context())
		require.NoError(t, err)
	})
}

// lagging is a store whose reads lag behind its writes: a key is taken, and a read does
// not show by whom.
type lagging struct {
	disk
	writes *atomic.Int64
}

func (l lagging) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if strings.Contains(key, ":ticket") {
		l.writes.Add(1)
		return false, ctx.Err()
	}
	return l.disk.SetIfAbsent(ctx, key, value, ttl)
}

// While reads lag, a ticket is written again after a pause, not in a busy loop.
func TestTicketWithALaggingStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		writes := &atomic.Int64{}
		failed := make(chan error, 10)
		p := x.start(func(c *component.Config) {
			c.Store = lagging{x.disk, writes}
			c.OnError = func(_ context.Context, e *message.HandlingError) { failed <- e }
		})
		x.w.Bot(handlerOf(p))
		require.NoError(t, x.w.PushTicket())
		_, err := p.CreatePreAuthCode(t.Context())
		require.NoError(t, err, "with the ticket of this process")
		require.Error(t, <-failed)
		require.Less(t, writes.Load(), int64(1000))
	})
}

// Authorizing by the page inside WeChat, and attempts that are not right.
func TestAuthorizePages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())

		link, _ := x.page(component.AuthRequest{RedirectURL: back, Permissions: []int{1, 15}}, "Mozilla/5.0 MicroMessenger/8.0")
		require.Contains(t, link, "https://open.weixin.qq.com/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1&component_appid=")
		require.Contains(t, link, "&category_id_list=1-15#wechat_redirect")
		_, err := x.w.Authorize(link, appA)
		require.NoError(t, err)
		_, err = x.w.Authorize(link, appA)
		require.ErrorContains(t, err, "pre_auth_code", "a code is good once")

		link, cookies := x.page(component.AuthRequest{RedirectURL: back, AppID: appA}, "Mozilla/5.0")
		require.Contains(t, link, "https://mp.weixin.qq.com/cgi-bin/componentloginpage?component_appid=")
		require.True(t, cookies[0].HttpOnly)
		require.True(t, cookies[0].Secure)
		resp, err := x.w.Client().Get(link)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		_, err = x.w.Authorize(link, appB)
		require.ErrorContains(t, err, "only for "+appA)
		address, err := x.w.Authorize(link, appA)
		require.NoError(t, err)
		require.Equal(t, "7", queryOf(t, address).Get("shop"), "the query of the address stays")

		link, _ = x.page(component.AuthRequest{RedirectURL: "https://example.com/50%?at=100%#top"}, "")
		require.Regexp(t, `^https://example\.com/50%\?state=\w+&at=100%#top$`, queryOf(t, link).Get("redirect_uri"), "a raw % stays")

		_, err = x.comeBack(address, nil)
		require.ErrorIs(t, err, component.ErrState)
		_, other := x.page(component.AuthRequest{RedirectURL: back}, "")
		_, err = x.comeBack(address, other)
		require.ErrorIs(t, err, component.ErrState)
		_, err = x.comeBack(strings.Replace(address, "auth_code=", "auth_code=x", 1), cookies)
		require.ErrorIs(t, err, errcode.AuthCodeInvalid)
		a, err := x.comeBack(address, cookies)
		require.NoError(t, err)
		require.Equal(t, appA, a.AppID)
	})
}

// The five sets of the release check pass, with and without an address of their own.
func TestReleaseCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		message.On(x.p.Messages(), func(context.Context, *message.Text) (message.Reply, error) {
			return message.TextReply("not for the check"), nil
		})
		for set := 1; set <= 5; set++ {
			require.NoError(t, x.w.CheckRelease(set), "set %d", set)
		}
		check := x.w.Tenant("wx570bc396a51b8ff8")
		reply, err := check.Send("oCheck", wechattest.Event("LOCATION"))
		require.NoError(t, err)
		require.Equal(t, "LOCATIONfrom_callback", reply.Content)
		reply, err = check.Send("oCheck", wechattest.Text("anything else"))
		require.NoError(t, err)
		require.Equal(t, "not for the check", reply.Content)

		other, _ := x.w.Grant(appA)
		reply, err = other.Send("oLiLei", wechattest.Text("TESTCOMPONENT_MSG_TYPE_TEXT"))
		require.NoError(t, err)
		require.Equal(t, "not for the check", reply.Content, "only the checking accounts are answered so")
		require.NoError(t, x.p.Shutdown(t.Context()))
	})
}

type late struct {
	oa   *officialaccount.Client
	sent chan<- string
}

func (l late) LateReply(_ context.Context, _ message.Message, r message.Reply) error {
	l.sent <- fmt.Sprintf("%s: %v", l.oa.AppID(), r)
	return nil
}

// A late reply is sent by the account whose message it answers.
func TestLateReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := make(chan string, 1)
		x := newWorld(t, func(c *component.Config) {
			c.LateReply = func(oa *officialaccount.Client) message.LateReplier { return late{oa, sent} }
		})
		message.On(x.p.Messages(), func(context.Context, *message.Text) (message.Reply, error) {
			time.Sleep(10 * time.Second)
			return message.TextReply("at last"), nil
		})
		tenant, _ := x.w.Grant(appB)
		reply, err := tenant.Send("oLiLei", wechattest.Text("hi"))
		require.NoError(t, err)
		require.Empty(t, reply.Content)
		require.Equal(t, appB+": at last", <-sent)
	})
}

// After the loss of the store every account is read back from the platform, at once
// or when it is used.
func TestRestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		const accounts = 1203
		for i := range accounts {
			x.w.Grant(fmt.Sprintf("wx%016x", i))
		}
		require.NoError(t, use(t.Context(), x.p, "wx0000000000000001"))
		n, err := x.p.Restore(t.Context())
		require.NoError(t, err)
		require.Equal(t, accounts-1, n)
		n, err = x.p.Restore(t.Context())
		require.NoError(t, err)
		require.Zero(t, n)
		require.Equal(t, 6, x.w.Count("/cgi-bin/component/api_get_authorizer_list"))
		require.Equal(t, 1, x.w.Count("/cgi-bin/component/api_get_authorizer_info"))
		require.NoError(t, use(t.Context(), x.p, fmt.Sprintf("wx%016x", accounts-1)))

		err = use(t.Context(), x.p, "wxffffffffffffffff")
		require.ErrorIs(t, err, component.ErrNotAuthorized)
		require.ErrorIs(t, err, errcode.ComponentNotAuthorized)
		require.Regexp(t, `^component: the account has not authorized the third-party platform: wxffffffffffffffff \(61003 ComponentNotAuthorized, rid [0-9a-f-]+\)$`, err.Error(), "each sentence once")
		require.NoError(t, x.p.Add(t.Context(), appB, "from elsewhere"))
		require.Error(t, x.p.Add(t.Context(), "gh_1", "from elsewhere"))
		require.Error(t, x.p.Add(t.Context(), appB, ""))
	})
}

// A thousand accounts whose tokens end at the same time: one request each, and no
// more at a time than are allowed.
func TestThousandAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const accounts, most = 1000, 20
		x := newWorld(t, nil)
		tr := &transport{RoundTripper: x.w.Client().Transport, path: "/cgi-bin/component/api_authorizer_token", slow: 200 * time.Millisecond}
		client := x.w.Client()
		client.Transport = tr
		p := x.start(func(c *component.Config) { c.HTTPClient, c.MaxRefreshing = client, most })
		require.NoError(t, x.w.PushTicket())
		for i := range accounts {
			tenant, refresh := x.w.Grant(fmt.Sprintf("wx%016x", i))
			tenant.RotateRefreshToken(true)
			require.NoError(t, p.Add(t.Context(), tenant.AppID(), refresh))
		}
		for round := 1; round <= 2; round++ {
			failed := make(chan error, 2*accounts)
			for i := range 2 * accounts {
				go func() { failed <- use(t.Context(), p, fmt.Sprintf("wx%016x", i%accounts)) }()
			}
			for range 2 * accounts {
				require.NoError(t, <-failed)
			}
			require.Equal(t, round*accounts, x.w.Count("/cgi-bin/component/api_authorizer_token"))
			require.LessOrEqual(t, tr.most.Load(), int64(most))
			require.Equal(t, round, x.w.Count("/cgi-bin/component/api_component_token"))
			time.Sleep(2*time.Hour + time.Second)
			require.NoError(t, x.w.PushTicket())
		}
	})
}

// Two processes with one store have one token.
func TestProcessesShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, nil)
		require.NoError(t, x.w.PushTicket())
		x.w.Grant(appA)
		failed := make(chan error, 8)
		for range 8 {
			p := x.start(nil)
			go func() { failed <- use(t.Context(), p, appA) }()
		}
		for range 8 {
			require.NoError(t, <-failed)
		}
		require.Equal(t, 1, x.w.Tenant(appA).Refreshes())
		require.Equal(t, 1, x.w.Count("/cgi-bin/component/api_component_token"))
	})
}

// What is stored is sealed, and nothing of a secret shows anywhere.
func TestSecrets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		x := newWorld(t, func(c *component.Config) {
			c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		require.NoError(t, x.w.PushTicket())
		a := x.authorize(appA)
		tenant, refresh := x.w.Grant(appA)
		require.NoError(t, x.p.Add(t.Context(), appA, refresh+"wrong"))
		x.w.RevokeTokens()
		require.NoError(t, use(t.Context(), x.p, appA), "the newest refresh token is read from the platform")
		require.Contains(t, log.String(), "refresh token read from the platform")

		inUse, err := x.p.Source(appA).Token(t.Context())
		require.NoError(t, err)
		secrets := []string{wechattest.DefaultComponentSecret, wechattest.DefaultEncodingAESKey, refresh, "ticket@@@", inUse.Value(), string(sealKey())}
		a.AccessToken, a.RefreshToken = inUse, token.New(refresh, time.Time{})
		cfg := component.Config{AppID: "wxC", Secret: secrets[0], EncodingAESKey: secrets[1], SealKeys: [][]byte{sealKey()}}
		js, err := json.Marshal(cfg)
		require.NoError(t, err)
		_, failed := x.p.Exchange(t.Context(), "queryauthcode@@@wrong")
		shown := fmt.Sprintf("%v %+v %#v %v %+v %#v %v %+v %#v %s %s %v", x.p, x.p, x.p, a, *a, *a, cfg, cfg, &cfg, js, log.String(), failed)
		for _, secret := range append(secrets, "queryauthcode@@@wrong") {
			require.NotContains(t, shown, secret)
		}
		slog.New(slog.NewJSONHandler(&log, nil)).Info("all", "p", x.p, "cfg", cfg, "tenant", tenant)
		for _, secret := range secrets {
			require.NotContains(t, log.String(), secret)
		}
	})
}

// told is what one observer heard.
type told struct {
	mu        sync.Mutex
	calls     []string
	refreshes []token.Reason
}

func (o *told) ObserveCall(ctx context.Context, c officialaccount.Call) (context.Context, func(officialaccount.Result)) {
	return ctx, func(officialaccount.Result) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.calls = append(o.calls, c.Path)
	}
}

func (o *told) ObserveRefresh(_ context.Context, r token.Refresh) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refreshes = append(o.refreshes, r.Reason)
}

// Each client has an observer of its own.
func TestObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		observers := map[string]*told{}
		x := newWorld(t, func(c *component.Config) {
			c.Observer = func(appID string) officialaccount.Observer {
				mu.Lock()
				defer mu.Unlock()
				observers[appID] = &told{}
				return observers[appID]
			}
		})
		require.NoError(t, x.w.PushTicket())
		_, refresh := x.w.Grant(appA)
		require.NoError(t, x.p.Add(t.Context(), appA, refresh))
		require.NoError(t, use(t.Context(), x.p, appA))
		synctest.Wait() // the fetches are reported by goroutines of their own
		require.Len(t, observers, 2)
		require.Equal(t, []string{"/cgi-bin/getcallbackip"}, observers[appA].calls)
		require.Equal(t, []token.Reason{token.Cold}, observers[appA].refreshes)
		own := observers[x.w.Config().ComponentAppID]
		require.Equal(t, []string{"/cgi-bin/component/api_component_token", "/cgi-bin/component/api_authorizer_token"}, own.calls)
		require.Equal(t, []token.Reason{token.Cold}, own.refreshes)
	})
}

func TestConfig(t *testing.T) {
	good := component.Config{
		AppID: "wxC", Secret: "s", Token: "t", EncodingAESKey: wechattest.DefaultEncodingAESKey,
		Store: newDisk(), SealKeys: [][]byte{sealKey()},
	}
	_, err := component.New(good)
	require.NoError(t, err)
	sealed, err := store.NewSealed(newDisk(), sealKey())
	require.NoError(t, err)
	for want, change := range map[string]func(*component.Config){
		"AppID and Secret":              func(c *component.Config) { c.Secret = "" },
		"EncodingAESKey is empty":       func(c *component.Config) { c.EncodingAESKey = "" },
		"Token is empty":                func(c *component.Config) { c.Token = "" },
		"Store is nil":                  func(c *component.Config) { c.Store = nil },
		"Store is in memory":            func(c *component.Config) { c.Store = store.NewMemory() },
		"Store is sealed already":       func(c *component.Config) { c.Store = sealed },
		"SealKeys is empty":             func(c *component.Config) { c.SealKeys = nil },
		"SealKeys: ":                    func(c *component.Config) { c.SealKeys = [][]byte{{1}} },
		"both Store and InsecureMemory": func(c *component.Config) { c.InsecureMemory = true },
		"MaxRefreshing is negative":     func(c *component.Config) { c.MaxRefreshing = -1 },
		"BaseURL: it is not":            func(c *component.Config) { c.BaseURL = "ftp://x" },
		"Config.Deadline":               func(c *component.Config) { c.Deadline = time.Minute },
	} {
		c := good
		change(&c)
		_, err := component.New(c)
		require.ErrorContains(t, err, want)
	}
	good.Store, good.SealKeys, good.InsecureMemory = nil, nil, true
	p, err := component.New(good)
	require.NoError(t, err)
	require.Panics(t, func() { p.AuthorizePage(component.AuthRequest{RedirectURL: "/relative"}) })
}
