package wechattest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// slow answers its nth request after the nth duration, counting from zero, and
// the last duration from then on.
type slow struct {
	after []time.Duration
	calls atomic.Int64
	next  http.Handler
}

func (s *slow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := int(s.calls.Add(1)) - 1
	time.Sleep(s.after[min(n, len(s.after)-1)])
	s.next.ServeHTTP(w, r)
}

// untilGone waits until the peer is gone, which net/http notices once the body is read.
func untilGone(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func TestRepeats(t *testing.T) {
	const s = time.Second
	for _, test := range []struct {
		name     string
		cfg      wechattest.Config
		after    []time.Duration // the bot's time for each delivery
		faults   []wechattest.DeliveryFault
		saw      string
		starts   []time.Duration // of the deliveries, from the first
		lasted   time.Duration
		err      error
		lastLost bool
	}{
		{name: "in time", after: []time.Duration{4900 * time.Millisecond}, saw: "hi", starts: []time.Duration{0}, lasted: 4900 * time.Millisecond},
		{name: "answered on the repeat", after: []time.Duration{6 * s, 1 * s}, saw: "hi", starts: []time.Duration{0, 5 * s}, lasted: 6 * s},
		{name: "answered on the last", after: []time.Duration{6 * s, 6 * s, 0}, saw: "hi", starts: []time.Duration{0, 5 * s, 10 * s}, lasted: 10 * s},
		{name: "never", after: []time.Duration{time.Minute}, saw: wechattest.FaultNotice, starts: []time.Duration{0, 5 * s, 10 * s}, lasted: 15 * s, err: wechattest.ErrTimeout},
		{name: "no repeats", cfg: wechattest.Config{Deliveries: 1}, after: []time.Duration{time.Minute}, saw: wechattest.FaultNotice, starts: []time.Duration{0}, lasted: 5 * s, err: wechattest.ErrTimeout},
		{name: "four with a gap", cfg: wechattest.Config{Deliveries: 4, Gap: 2 * s}, after: []time.Duration{time.Minute}, saw: wechattest.FaultNotice, starts: []time.Duration{0, 7 * s, 14 * s, 21 * s}, lasted: 26 * s, err: wechattest.ErrTimeout},
		{name: "another patience", cfg: wechattest.Config{Timeout: 10 * s}, after: []time.Duration{9 * s}, saw: "hi", starts: []time.Duration{0}, lasted: 9 * s},
		{name: "answer lost once", faults: []wechattest.DeliveryFault{{LoseAnswer: true}}, after: []time.Duration{1 * s}, saw: "hi", starts: []time.Duration{0, 5 * s}, lasted: 6 * s},
		{name: "every answer lost", faults: []wechattest.DeliveryFault{{LoseAnswer: true}, {LoseAnswer: true}, {LoseAnswer: true}}, after: []time.Duration{1 * s}, saw: wechattest.FaultNotice,
			starts: []time.Duration{0, 5 * s, 10 * s}, lasted: 15 * s, err: wechattest.ErrLost, lastLost: true},
		{name: "peer gone", faults: []wechattest.DeliveryFault{{CutAfter: 2 * s}}, after: []time.Duration{3 * s}, saw: "hi", starts: []time.Duration{0, 5 * s}, lasted: 8 * s},
		{name: "peer gone after the answer", faults: []wechattest.DeliveryFault{{CutAfter: 2 * s}}, after: []time.Duration{1 * s}, saw: "hi", starts: []time.Duration{0}, lasted: 1 * s},
		{name: "peer gone every time", faults: []wechattest.DeliveryFault{{CutAfter: s}, {CutAfter: s}, {CutAfter: s}}, after: []time.Duration{3 * s}, saw: wechattest.FaultNotice,
			starts: []time.Duration{0, 5 * s, 10 * s}, lasted: 15 * s, err: wechattest.ErrCut},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := wechattest.New(t, test.cfg)
				h := &slow{after: test.after, next: http.HandlerFunc(echo)}
				bot := p.Bot(h)
				bot.FailNext(test.faults...)
				began := time.Now()
				r, err := p.User(user).Text("hi")
				require.Equal(t, test.lasted, time.Since(began))
				require.Equal(t, test.saw, r.Saw())
				var starts []time.Duration
				for i, d := range r.Deliveries {
					starts = append(starts, d.Time.Sub(began))
					require.Equal(t, i+1, d.Try)
					require.Equal(t, r.Deliveries[0].URL, d.URL, "a repeat is the first request again")
					require.Equal(t, r.Deliveries[0].Request, d.Request)
				}
				require.Equal(t, test.starts, starts)
				require.EqualValues(t, len(starts), h.calls.Load())
				require.Equal(t, test.lastLost, r.Deliveries[len(starts)-1].Lost)
				require.Equal(t, r.Deliveries, p.Deliveries())
				if test.err == nil {
					require.NoError(t, err)
					return
				}
				require.ErrorIs(t, err, test.err)
				require.True(t, r.Fault)
				time.Sleep(2 * time.Minute) // the bot's handlers end
			})
		})
	}
}

// A repeat may also come with a signature of its own, and the same message.
func TestFreshRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, stranger, _ := newStranger(t, wechattest.Config{Mode: wechattest.Safe, FreshRepeats: true}, nil)
		var calls atomic.Int64
		stranger.answer = func(inbound) string {
			if calls.Add(1) == 1 {
				time.Sleep(6 * time.Second)
			}
			return "success"
		}
		r, err := p.User(user).Text("hi")
		require.NoError(t, err)
		require.Len(t, r.Deliveries, 2)
		nonce := func(i int) string { return query(t, r.Deliveries[i]).Get("nonce") }
		require.NotEqual(t, nonce(0), nonce(1))
		require.NotEqual(t, r.Deliveries[0].Request, r.Deliveries[1].Request)
		got := stranger.messages()
		require.Equal(t, string(got[0].XML), string(got[1].XML))
		time.Sleep(time.Minute)
	})
}

func query(t *testing.T, d wechattest.Delivery) url.Values {
	t.Helper()
	u, err := url.Parse(d.URL)
	require.NoError(t, err)
	return u.Query()
}

// The bot's side sees the connection go when the platform's five seconds are over.
func TestBotSeesTheCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{Deliveries: 1})
		began := time.Now()
		gone := make(chan time.Duration, 1)
		p.Bot(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			untilGone(r)
			gone <- time.Since(began)
		}))
		_, err := p.User(user).Text("hi")
		require.ErrorIs(t, err, wechattest.ErrTimeout)
		require.Equal(t, 5*time.Second, <-gone)
	})
}

// A callback carries the real time, however far the platform's clock was moved.
func TestCallbacksCarryRealTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, stranger, _ := newStranger(t, wechattest.Config{}, nil)
		p.Advance(24 * time.Hour)
		require.Equal(t, time.Now().Add(24*time.Hour), p.Now())
		r, err := p.User(user).Text("hi")
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(time.Now().Unix()), query(t, r.Deliveries[0]).Get("timestamp"))
		require.Equal(t, time.Now().Unix(), stranger.messages()[0].CreateTime)
	})
}

// Each message has an id of its own, beyond what a float64 holds exactly.
func TestMessageIDs(t *testing.T) {
	p, stranger, _ := newStranger(t, wechattest.Config{}, nil)
	seen := map[string]bool{}
	for range 3 {
		_, err := p.User(user).Text("hi")
		require.NoError(t, err)
	}
	for _, m := range stranger.messages() {
		require.Greater(t, len(m.MsgId), 16)
		seen[m.MsgId] = true
	}
	require.Len(t, seen, 3)
}

func TestBadBots(t *testing.T) {
	huge := strings.Repeat("x", 3<<20)
	for _, test := range []struct {
		name       string
		bot        http.HandlerFunc
		err        error
		text       string
		deliveries int
	}{
		{"error page", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "oh", 500) }, wechattest.ErrStatus, "HTTP 500", 3},
		{"created", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201) }, wechattest.ErrStatus, "HTTP 201", 3},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.com/", http.StatusFound)
		}, wechattest.ErrStatus, "HTTP 302", 3},
		{"panic", func(http.ResponseWriter, *http.Request) { panic("handler") }, wechattest.ErrUnreachable, "EOF", 3},
		{"abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, wechattest.ErrUnreachable, "EOF", 3},
		{"huge", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, huge) }, wechattest.ErrTooLarge, "1048576", 1},
		{"cut inside", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "<xml>")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, wechattest.ErrUnreachable, "unexpected EOF", 3},
		{"garbage", func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = conn.Write([]byte("\x00\x01\x02 no HTTP\r\n\r\n"))
				_ = conn.Close()
			}
		}, wechattest.ErrUnreachable, "malformed", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := wechattest.New(t, wechattest.Config{})
			bot := p.Bot(test.bot)
			r, err := p.User(user).Text("hi")
			require.ErrorIs(t, err, test.err)
			require.Contains(t, err.Error(), test.text)
			require.NotContains(t, err.Error(), "signature=")
			require.Len(t, r.Deliveries, test.deliveries)
			require.True(t, r.Fault)
			require.Error(t, bot.Verify())
		})
	}
}

func TestVerification(t *testing.T) {
	for _, mode := range []wechattest.Mode{wechattest.Plain, wechattest.Compat, wechattest.Safe, wechattest.Component} {
		p, _, bot := newStranger(t, wechattest.Config{Mode: mode}, nil)
		require.NoError(t, bot.Verify())
		q := query(t, p.Deliveries()[0])
		require.Equal(t, http.MethodGet, p.Deliveries()[0].Method)
		require.Empty(t, p.Deliveries()[0].Request)
		require.Empty(t, q["msg_signature"])
		require.Equal(t, sha1Hex(p.Config().Token, q.Get("timestamp"), q.Get("nonce")), q.Get("signature"))
	}
	p := wechattest.New(t, wechattest.Config{})
	for name, h := range map[string]http.HandlerFunc{
		"line feed": func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, r.URL.Query().Get("echostr")) },
		"quoted":    func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%q", r.URL.Query().Get("echostr")) },
		"success":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "success") },
		"nothing":   func(http.ResponseWriter, *http.Request) {},
	} {
		require.ErrorIs(t, p.Bot(h).Verify(), wechattest.ErrVerification, name)
	}
	require.ErrorIs(t, p.Bot(http.NotFoundHandler()).Verify(), wechattest.ErrStatus)
}

// Several instances behind one address take deliveries in turn, or as chosen;
// one that is stopped takes none.
func TestInstances(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		hang := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { untilGone(r) })
		bot := p.Bot(hang, hang, http.HandlerFunc(echo))
		visited := func(r *wechattest.Reply) (list []int) {
			for _, d := range r.Deliveries {
				list = append(list, d.Instance)
			}
			return list
		}
		r, err := p.User(user).Text("hi")
		require.NoError(t, err)
		require.Equal(t, "hi", r.Saw())
		require.Equal(t, []int{0, 1, 2}, visited(r))

		bot.Balance(func(delivery int) int { return min(delivery, 2) })
		r, err = p.User(user).Text("hi")
		require.NoError(t, err)
		require.Equal(t, []int{1, 2}, visited(r))

		bot.Stop(2)
		bot.Balance(func(int) int { return 2 })
		r, err = p.User(user).Text("hi")
		require.ErrorIs(t, err, wechattest.ErrUnreachable)
		require.Contains(t, err.Error(), "connection refused")
		require.Equal(t, []int{2, 2, 2}, visited(r))

		bot.Start(2)
		r, err = p.User(user).Text("hi")
		require.NoError(t, err)
		require.Equal(t, []int{2}, visited(r))

		bot.Balance(func(int) int { return 7 })
		_, err = p.User(user).Text("hi")
		require.ErrorIs(t, err, wechattest.ErrUnreachable)
		require.Contains(t, err.Error(), "instance 7 of 3")
	})
}

// A process that dies in the middle breaks its connections.
func TestStopBreaksConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{Deliveries: 2})
		bot := p.Bot(&slow{after: []time.Duration{3 * time.Second}, next: http.HandlerFunc(echo)}, http.HandlerFunc(echo))
		time.AfterFunc(2*time.Second, func() { bot.Stop(0) })
		began := time.Now()
		r, err := p.User(user).Text("hi")
		require.NoError(t, err)
		require.Equal(t, "hi", r.Saw())
		require.ErrorIs(t, r.Deliveries[0].Err, wechattest.ErrUnreachable)
		require.Equal(t, 2*time.Second, time.Since(began))
		time.Sleep(5 * time.Second)
	})
}

// Over TCP the same holds, for a bot in any language.
func TestBotURL(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	var path string
	bot := &stranger{cfg: p.Config(), answer: func(m inbound) string { return m.text("over TCP") }}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path = r.URL.Path + " " + r.URL.Query().Get("account")
		bot.ServeHTTP(w, r)
	}))
	defer srv.Close()
	require.NoError(t, p.BotURL(srv.URL+"/wechat/$APPID$?account=1").Verify())
	require.Equal(t, "/wechat/"+p.Config().AppID+" 1", path)
	r, err := p.User(user).Text("hi")
	require.NoError(t, err)
	require.Equal(t, "over TCP", r.Saw())

	const dead = "http://127.0.0.1:1" // no server has this port
	for name, address := range map[string]string{"dead": dead, "no URL": "127.0.0.1:x", "no scheme": "/wechat", "empty": ""} {
		err := p.BotURL(address).Verify()
		require.ErrorIs(t, err, wechattest.ErrUnreachable, name)
		require.NotContains(t, err.Error(), "signature=", name)
	}
}

// Over TCP, too, the connection is cut when the time is up.
func TestBotURLIsCut(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Timeout: 50 * time.Millisecond, Deliveries: 2})
	var arrived, gone atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived.Add(1)
		untilGone(r)
		gone.Add(1)
	}))
	p.BotURL(srv.URL)
	for arrived.Load() < 2 { // on a busy machine the time may be up before a delivery arrives
		_, err := p.User(user).Text("hi")
		require.ErrorIs(t, err, wechattest.ErrTimeout)
	}
	srv.Close() // waits for the handlers
	require.Equal(t, arrived.Load(), gone.Load())
}

func TestCallbackPath(t *testing.T) {
	var paths []string
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Component, AppID: "wxA", CallbackPath: "/wx/$APPID$/callback", NoticePath: "/wx/notice"})
	bot := p.Bot(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		fmt.Fprint(w, "success")
	}))
	_, err := p.User(user).Text("hi")
	require.NoError(t, err)
	require.NoError(t, bot.Notify(wechattest.ComponentVerifyTicket("T")))
	require.Equal(t, []string{"/wx/wxA/callback", "/wx/notice"}, paths)

	p.Bot(fixed(""))
	require.ErrorIs(t, p.Bot(fixed("")).Notify(wechattest.Unauthorized("wxB")), wechattest.ErrNotice)
	require.ErrorIs(t, p.Bot(http.NotFoundHandler()).Notify(wechattest.Unauthorized("wxB")), wechattest.ErrStatus)
	require.NoError(t, p.Reconfigure(func(c *wechattest.Config) { c.Mode = wechattest.Safe }))
	require.ErrorContains(t, p.Bot(fixed("success")).Notify(wechattest.Unauthorized("wxB")), "Component")
}

func TestNoBot(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	_, err := p.User(user).Text("hi")
	require.ErrorIs(t, err, wechattest.ErrNoBot)
	_, err = p.User(user).Forge(wechattest.WrongSignature, wechattest.Text("hi"))
	require.ErrorIs(t, err, wechattest.ErrNoBot)
	_, err = p.Send(wechattest.Text("hi"))
	require.ErrorContains(t, err, "has no sender")
	_, err = p.User("").Text("hi")
	require.ErrorContains(t, err, "no openid")
	require.Panics(t, func() { p.Bot() })
	require.Panics(t, func() { p.BotURL() })
}

// Many users at once, over several instances, mix nothing up.
func TestManyUsers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, stranger, _ := newStranger(t, wechattest.Config{Mode: wechattest.Safe}, func(m inbound) string {
			time.Sleep(time.Duration(len(m.Content)) * time.Millisecond)
			return m.text(m.FromUserName + " " + m.Content)
		})
		p.Bot(stranger, stranger, stranger)
		var wg sync.WaitGroup
		for u := range 20 {
			wg.Go(func() {
				openid := fmt.Sprintf("oUser%d", u)
				for n := range 10 {
					r, err := p.User(openid).Text(strings.Repeat("x", n+1))
					if err != nil || r.Saw() != openid+" "+strings.Repeat("x", n+1) {
						t.Errorf("%s: %v, %q", openid, err, r.Saw())
					}
				}
			})
		}
		wg.Wait()
		require.Len(t, stranger.messages(), 200)
		require.Len(t, p.Messages("oUser7"), 10)
		require.Len(t, p.Deliveries(), 200)
	})
}

// A change on the console holds from the next message on.
func TestReconfigure(t *testing.T) {
	p, stranger, bot := newStranger(t, wechattest.Config{}, func(m inbound) string { return m.text("ok") })
	require.NoError(t, bot.Verify())
	require.NoError(t, p.Reconfigure(func(c *wechattest.Config) {
		c.Mode, c.Token = wechattest.Safe, "another"
		c.EncodingAESKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	}))
	_, err := p.User(user).Text("hi")
	require.ErrorIs(t, err, wechattest.ErrStatus, "the bot does not know the new token yet")
	stranger.cfg = p.Config()
	r, err := p.User(user).Text("hi")
	require.NoError(t, err)
	require.Equal(t, "ok", r.Saw())

	err = p.Reconfigure(func(c *wechattest.Config) { c.EncodingAESKey = "short" })
	require.ErrorContains(t, err, "EncodingAESKey")
	_, err = p.User(user).Text("hi")
	require.NoError(t, err, "a wrong change changes nothing")
}

// When the platform closes in the middle, a delivery ends at once and is no timeout.
func TestCloseInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := wechattest.Open(wechattest.Config{})
		require.NoError(t, err)
		p.Bot(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { untilGone(r) }))
		time.AfterFunc(time.Second, func() { _ = p.Close() })
		began := time.Now()
		_, err = p.User(user).Text("hi")
		require.EqualError(t, err, "wechattest: the user sees nothing: the platform is closed")
		require.NotErrorIs(t, err, wechattest.ErrTimeout)
		require.Equal(t, time.Second, time.Since(began))
		require.NoError(t, p.Close())
		_, err = p.Client().Do(must(http.NewRequestWithContext(context.Background(), http.MethodGet, p.URL(), nil)))
		require.Error(t, err)
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
