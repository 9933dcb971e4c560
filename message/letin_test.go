package message_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
)

// counting registers a handler that counts and answers the count.
func counting(h *message.Handler) *atomic.Int64 {
	runs := new(atomic.Int64)
	h.HandleDefault(func(_ context.Context, m message.Message) (message.Reply, error) {
		n := runs.Add(1)
		if message.HeaderOf(m).FromUserName == "" {
			return nil, nil
		}
		return message.TextReply(fmt.Sprint("run ", n)), nil
	})
	return runs
}

// A plain signature covers token, timestamp and nonce. Nothing else makes another
// use of it: not the account that the body names, in memory or in a store.
func TestSignatureIsBoundWhateverTheAccount(t *testing.T) {
	for name, s := range map[string]store.Store{"in memory": nil, "shared": store.NewMemory()} {
		t.Run(name, func(t *testing.T) {
			c := plainConfig() // without an app id
			c.Store = s
			h, other := newHandler(t, c), newHandler(t, c)
			runs, elsewhere := counting(h), counting(other)
			p := plainPlatform
			p.nonce, p.at = "1234567890", time.Now()
			body := textXML("hello")
			require.Equal(t, 200, serve(h, p.send(body)).Code)
			for i := range 5 {
				forged := strings.Replace(body, testAccount, fmt.Sprint("gh_", i), 1)
				require.Equal(t, 403, serve(h, p.send(forged)).Code)
				if s != nil {
					require.Equal(t, 403, serve(other, p.send(forged)).Code)
				}
			}
			require.EqualValues(t, 1, runs.Load())
			require.Zero(t, elsewhere.Load())
		})
	}
}

// replays are requests that are sent again and again, and the configurations in which
// that might start another run.
func TestSignatureStartsOneRun(t *testing.T) {
	notice := "<xml><AppId>" + testAppID + "</AppId><CreateTime>1735707398</CreateTime><InfoType>component_verify_ticket</InfoType><ComponentVerifyTicket>t</ComponentVerifyTicket></xml>"
	serial := 0
	for name, key := range map[string]func(message.Message) string{
		"usual key": nil,
		"no key":    func(message.Message) string { return "" },
		"other key": func(message.Message) string { serial++; return fmt.Sprint(serial) },
	} {
		for kind, body := range map[string]string{"text": textXML("hello"), "event": eventXML("CLICK", "k"), "notice": notice} {
			for mode, config := range map[string]message.Config{"plain": plainConfig(), "sealed": safeConfig()} {
				for ahead, place := range map[time.Duration]string{0: "in memory", 4 * time.Minute: "in memory", time.Second: "shared", 4*time.Minute + 1: "restarted"} {
					t.Run(fmt.Sprint(name, "/", kind, "/", mode, "/", place, "/", ahead), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							c := config
							c.Key = key
							if place != "in memory" {
								c.Store = store.NewMemory()
							}
							h := newHandler(t, c)
							runs := counting(h)
							p := platform{token: testToken, appID: testAppID, key: testKey, nonce: "42", at: time.Now().Add(ahead)}
							encrypted := p.seal(t, body) // sent again byte for byte
							send := func() int {
								if mode == "plain" {
									return serve(h, p.send(body)).Code
								}
								return serve(h, request(p.query(encrypted), envelopeOf(encrypted))).Code
							}
							require.Equal(t, 200, send())
							end := p.at.Add(5 * time.Minute)
							for time.Now().Before(end) {
								time.Sleep(61 * time.Second)
								if place == "restarted" {
									h = newHandler(t, c)
									runs2 := counting(h)
									defer func() { require.Zero(t, runs2.Load()) }()
								}
								want := 200
								if time.Now().Truncate(time.Second).After(end) {
									want = 403
								}
								require.Equal(t, want, send())
							}
							require.EqualValues(t, 1, runs.Load())
							shutdown(t, h)
						})
					})
				}
			}
		}
	}
}

// Outcomes that were forgotten because there were too many start no second run.
func TestEvictedOutcomeStartsNoRun(t *testing.T) {
	h := newHandler(t, plainConfig())
	runs := 0
	long := message.NewsReply{{Title: "long", Description: strings.Repeat("x", 1<<20)}}
	message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) {
		if m.Content == "first" {
			runs++
		}
		return long, nil
	})
	p := plainPlatform
	p.nonce, p.at = "42", time.Now()
	first := textXML("first")
	require.Greater(t, serve(h, p.send(first)).Body.Len(), 1<<20)
	for n := 0; serve(h, p.send(first)).Body.String() != "success"; n++ {
		require.Less(t, n, 100, "the outcome is never forgotten")
		for range 10 {
			serve(h, plainPlatform.send(textXML("other")))
		}
	}
	require.Equal(t, 1, runs)
}

// A message that was refused for want of room has not used its signature.
func TestRefusedMessageKeepsItsSignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := plainConfig()
		c.MaxRunning = 1
		h := newHandler(t, c)
		message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) {
			time.Sleep(time.Second)
			return message.TextReply(m.Content), nil
		})
		go serve(h, plainPlatform.send(textXML("first")))
		synctest.Wait()
		p, body := plainPlatform, textXML("second")
		p.nonce, p.at = "42", time.Now()
		require.Equal(t, 503, serve(h, p.send(body)).Code)
		time.Sleep(2 * time.Second)
		require.Equal(t, "second", decodeAnswer(t, serve(h, p.send(body)).Body.Bytes()).Content)
		shutdown(t, h)
	})
}

// The bodies of all senders that are not verified yet are bounded together.
func TestUnverifiedBodiesAreBounded(t *testing.T) {
	log, _ := record()
	c := safeConfig()
	c.Logger = log
	h := echo(newHandler(t, c))
	const senders, most = 100, 32 << 20
	heap := liveHeap()
	block := make(chan struct{})
	var reading, refused atomic.Int64
	var done sync.WaitGroup
	for range senders {
		done.Go(func() {
			body := &stalled{left: 1<<20 - 1, block: block, reached: func() { reading.Add(1) }}
			r := safePlatform.send("")
			r.ContentLength, r.Body = 1<<20-1, io.NopCloser(body)
			switch w := serve(h, r); w.Code {
			case http.StatusServiceUnavailable:
				refused.Add(1)
			case http.StatusBadRequest, http.StatusForbidden:
			default:
				t.Errorf("status %d", w.Code)
			}
		})
	}
	require.Eventually(t, func() bool { return reading.Load()+refused.Load() == senders }, 30*time.Second, time.Millisecond)
	require.Less(t, liveHeap()-heap, int64(most+(8<<20)))
	require.Greater(t, refused.Load(), int64(senders/2))
	require.EqualValues(t, refused.Load(), h.Stats().Refused[message.ReasonMemory])
	close(block)
	done.Wait()
	require.Equal(t, "hi", decodeAnswer(t, safePlatform.unseal(t, serve(h, safePlatform.sendSealed(t, textXML("hi"))).Body.Bytes())).Content, "and are let go")
}

// stalled is a body that stops before its end until it is released.
type stalled struct {
	left    int
	block   chan struct{}
	reached func()
}

func (b *stalled) Read(p []byte) (int, error) {
	if b.left == 0 {
		b.reached()
		<-b.block
		return 0, io.EOF
	}
	n := min(len(p), b.left)
	for i := range p[:n] {
		p[i] = '<'
	}
	b.left -= n
	return n, nil
}

func TestTimestampIsDigits(t *testing.T) {
	h := echo(newHandler(t, plainConfig()))
	now := fmt.Sprint(time.Now().Unix())
	for _, timestamp := range []string{"+" + now, " " + now, now + " ", "0" + now, "00" + now, now + ".0", "\t" + now, "１" + now[1:]} {
		q := plainPlatform.query(nil)
		q.Set("timestamp", timestamp)
		q.Set("signature", crypto.Signature(testToken, timestamp, q.Get("nonce")))
		require.Equal(t, 403, serve(h, request(q, []byte(textXML("x")))).Code, "%q", timestamp)
	}
	require.EqualValues(t, 8, h.Stats().Refused[message.ReasonTimestamp])
}

// The error for an empty body names the usual cause: a middleware has read it.
func TestEmptyBody(t *testing.T) {
	reads := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			next.ServeHTTP(w, r)
		})
	}
	for name, c := range map[string]message.Config{"plain": plainConfig(), "sealed": safeConfig(), "cloud hosting": {InsecureCloudHosting: message.CloudHostingPrivate}} {
		log, lines := record()
		c.Logger = log
		h := echo(newHandler(t, c))
		require.Equal(t, 400, serve(reads(h), safePlatform.sendSealed(t, textXML("x"))).Code, name)
		require.Contains(t, lines.String(), "body is empty")
		require.Contains(t, lines.String(), "a middleware has probably read it")
		require.NotContains(t, lines.String(), "a proxy")
		require.EqualValues(t, 1, h.Stats().Refused[message.ReasonEmpty])
	}
}

// Without a Logger a refusal is in the default log, and it is counted by its reason.
func TestRefusalsWithoutALogger(t *testing.T) {
	var lines bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&lines, nil)))
	defer slog.SetDefault(before)

	h, err := message.NewHandler(safeConfig())
	require.NoError(t, err)
	otherToken := platform{token: "x", appID: testAppID, key: testKey}
	otherKey := platform{token: testToken, appID: testAppID, key: strings.Repeat("k", 43)}
	otherApp := platform{token: testToken, appID: "wxffffffffffffffff", key: testKey}
	otherClock := platform{token: testToken, appID: testAppID, key: testKey, at: time.Now().Add(-time.Hour)}
	for _, p := range []platform{otherToken, otherKey, otherApp, otherClock} {
		require.Equal(t, 403, serve(h, p.sendSealed(t, textXML("x"))).Code)
	}
	for _, want := range []string{"Config.Token", "Config.EncodingAESKey", "Config.AppID", "clock"} {
		require.Contains(t, lines.String(), want)
	}
	require.Equal(t, map[message.Reason]uint64{
		message.ReasonSignature: 1, message.ReasonDecrypt: 1, message.ReasonAppID: 1, message.ReasonTimestamp: 1,
	}, h.Stats().Refused)
}

// One sender with more messages than it may have does not starve the others. What is
// over the bound is reported each time and logged once.
func TestBoundPerSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := record()
		var lost []*message.HandlingError
		c := plainConfig()
		c.Logger, c.MaxRunning = log, 1000
		c.OnError = func(_ context.Context, e *message.HandlingError) {
			if errors.Is(e, message.ErrSenderBusy) {
				lost = append(lost, e)
			}
		}
		h := newHandler(t, c)
		message.On(h, func(context.Context, *message.Text) (message.Reply, error) {
			time.Sleep(20 * time.Second)
			return nil, nil
		})
		busy := 0
		for range 2 * 1000 { // ten a second
			time.Sleep(100 * time.Millisecond)
			go func() {
				if serve(h, plainPlatform.send(textXML("again"))).Code == 503 {
					busy++
				}
			}()
			synctest.Wait()
		}
		require.Greater(t, busy, 1000)
		require.Len(t, lost, busy)
		require.Equal(t, "again", lost[0].Message.(*message.Text).Content)
		require.EqualValues(t, busy, h.Stats().SenderBusy)
		require.LessOrEqual(t, h.Stats().Running, 101)
		require.Equal(t, 1, strings.Count(lines.String(), message.ErrSenderBusy.Error()))

		other := strings.Replace(textXML("hello"), testUser, "oOther", 1)
		require.Equal(t, 200, serve(h, plainPlatform.send(other)).Code)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.Error(t, h.Shutdown(ctx))
		time.Sleep(time.Minute)
	})
}

// liarStore says that every key is taken, and then has nothing there.
type liarStore struct{ store.Store }

func (liarStore) SetIfAbsent(context.Context, string, []byte, time.Duration) (bool, error) {
	return false, nil
}
func (liarStore) Get(context.Context, string) ([]byte, bool, error) { return nil, false, nil }
func (liarStore) CompareAndSwap(context.Context, string, []byte, []byte, time.Duration) (bool, error) {
	return false, nil
}
func (liarStore) CompareAndDelete(context.Context, string, []byte) (bool, error) { return false, nil }

// panicStore panics on every call.
type panicStore struct{ store.Store }

// deadStore holds the claim of a process that is gone, and lets nothing lapse.
type deadStore struct {
	store.Store
	mu     sync.Mutex
	claims map[string][]byte
}

func (s *deadStore) SetIfAbsent(_ context.Context, key string, value []byte, _ time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.Contains(key, "once") {
		s.claims[key] = bytes.Clone(value)
		return false, nil
	}
	return true, nil
}
func (s *deadStore) Get(_ context.Context, key string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, found := s.claims[key]
	return v, found, nil
}
func (*deadStore) CompareAndSwap(context.Context, string, []byte, []byte, time.Duration) (bool, error) {
	return false, nil
}
func (*deadStore) CompareAndDelete(context.Context, string, []byte) (bool, error) { return false, nil }

// A store that panics or says what cannot be counts as one that fails: the handler
// runs, the user gets the answer, and the log says so.
func TestStoresThatCannotBe(t *testing.T) {
	for name, s := range map[string]store.Store{"panics": panicStore{}, "taken, and nothing there": liarStore{}, "a claim without a holder": &deadStore{claims: map[string][]byte{}}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log, lines := record()
				c := plainConfig()
				c.Store, c.Logger, c.HoldForRetries = s, log, true
				h := newHandler(t, c)
				runs := counting(h)
				body := textXML("hello")
				answer := ""
				for range 3 { // deliveries
					if w := serve(h, plainPlatform.send(body)); w.Code == 200 {
						answer = decodeAnswer(t, w.Body.Bytes()).Content
						break
					}
				}
				require.Equal(t, "run 1", answer)
				require.EqualValues(t, 1, runs.Load())
				require.NotZero(t, h.Stats().StoreFailures)
				require.Contains(t, lines.String(), "the shared store failed")
				time.Sleep(time.Minute)
				shutdown(t, h)
			})
		})
	}
}

// A loss is reported before the sender's next message begins, however slow the hook.
func TestLossIsReportedBeforeTheNextMessage(t *testing.T) {
	for name, handle := range map[string]func(context.Context){
		"given up":  func(ctx context.Context) { <-ctx.Done(); runtime.Gosched() },
		"panics":    func(context.Context) { panic("as told") },
		"goes away": func(context.Context) { runtime.Goexit() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var events []string
				note := func(event string) {
					mu.Lock()
					defer mu.Unlock()
					events = append(events, event)
				}
				c := plainConfig()
				c.WorkTimeout = 5 * time.Second
				c.OnError = func(context.Context, *message.HandlingError) {
					time.Sleep(time.Second)
					note("lost")
				}
				h := newHandler(t, c)
				message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
					note(m.Content)
					if m.Content == "first" {
						handle(ctx)
					}
					return nil, nil
				})
				go serve(h, plainPlatform.send(textXML("first")))
				synctest.Wait()
				go serve(h, plainPlatform.send(textXML("second")))
				time.Sleep(time.Minute)
				mu.Lock()
				require.Equal(t, []string{"first", "lost", "second"}, events)
				mu.Unlock()
				shutdown(t, h)
			})
		})
	}
}

// deadlines is a ResponseWriter that notes the deadline for reading.
type deadlines struct {
	*httptest.ResponseRecorder
	read time.Time
}

func (w *deadlines) SetReadDeadline(t time.Time) error { w.read = t; return nil }

// The deadline for the body is set while it is read, and gone while the handler works.
func TestReadDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(t, plainConfig())
		w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		message.On(h, func(context.Context, *message.Text) (message.Reply, error) {
			if !w.read.IsZero() {
				t.Error("the deadline is still set")
			}
			return nil, nil
		})
		r := plainPlatform.send(textXML("x"))
		r.Body = readFunc{r.Body, func() {
			if w.read != time.Now().Add(5*time.Second) {
				t.Error("no deadline while the body is read")
			}
		}}
		h.ServeHTTP(w, r)
		require.Equal(t, "success", w.Body.String())

		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil)) // refused
		require.False(t, w.read.IsZero(), "the rest of a refused body is not waited for")
	})
}

// readFunc is a body that calls a function before each read.
type readFunc struct {
	io.ReadCloser
	before func()
}

func (f readFunc) Read(p []byte) (int, error) { f.before(); return f.ReadCloser.Read(p) }

// The deadline for the body is gone while the handler works, so that a delivery which
// is held for longer than that gets its answer.
func TestNoReadDeadlineDuringTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := plainConfig()
		c.HoldForRetries = true
		h := newHandler(t, c)
		message.On(h, func(context.Context, *message.Text) (message.Reply, error) {
			time.Sleep(5500 * time.Millisecond) // the body may take five seconds
			return message.TextReply("at last"), nil
		})
		server := &http.Server{Handler: h}
		l := newPipeListener()
		go server.Serve(l)
		defer server.Close()
		conn := l.dial()
		body := textXML("x")
		_, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: bot\r\nContent-Length: %d\r\n\r\n%s", plainPlatform.send("").URL, len(body), body)
		require.NoError(t, err)
		buffer := make([]byte, 4096)
		n, err := conn.Read(buffer)
		require.NoError(t, err)
		require.Contains(t, string(buffer[:n]), "at last")
		conn.Close()
		shutdown(t, h)
	})
}

// Cloud hosting: unsigned pushes in both formats, and what its headers say.
func TestCloudHosting(t *testing.T) {
	post := func(body string, header ...string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return r
	}
	const json = `{"ToUserName":"gh_712c1e3d601f","FromUserName":"oUser","CreateTime":1735707398,"MsgType":"text","Content":"hello","MsgId":%d}`
	for name, hosting := range map[string]message.CloudHosting{"public": message.CloudHostingPublic, "private": message.CloudHostingPrivate} {
		t.Run(name, func(t *testing.T) {
			h := newHandler(t, message.Config{InsecureCloudHosting: hosting})
			var call message.CloudCall
			message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
				var ok bool
				call, ok = message.CloudCallFromContext(ctx)
				require.True(t, ok)
				return message.TextReply(m.Content), nil
			})
			for _, check := range []string{`{"action":"CheckContainerPath"}`, "<xml><action>CheckContainerPath</action></xml>", "<xml><action><![CDATA[CheckContainerPath]]></action></xml>\n"} {
				w := serve(h, post(check))
				require.Equal(t, 200, w.Code, check)
				require.Equal(t, "success", w.Body.String())
			}
			from := []string{"X-WX-Source", "wx_client", "X-WX-OpenID", "oUser", "X-WX-AppID", "wx1", "X-WX-UnionID", "u1", "X-WX-Cloudbase-Access-Token", "secret-token"}
			w := serve(h, post(fmt.Sprintf(json, 1), from...))
			require.Equal(t, 200, w.Code)
			require.Equal(t, "hello", decodeJSONAnswer(t, w.Body.Bytes()).Content)
			require.Equal(t, message.CloudCall{Source: "wx_client", OpenID: "oUser", AppID: "wx1", UnionID: "u1", AccessToken: "secret-token"}, call)
			require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", call, call, call, call), "secret-token")
			w = serve(h, post(textXML("hello"), from...))
			require.Equal(t, "hello", decodeAnswer(t, w.Body.Bytes()).Content)
			runs := h.Stats().Messages
			serve(h, post(fmt.Sprintf(json, 1), from...))
			require.Equal(t, runs, h.Stats().Messages, "repeats are recognized")

			want := map[message.CloudHosting]int{message.CloudHostingPublic: 403, message.CloudHostingPrivate: 200}[hosting]
			require.Equal(t, want, serve(h, post(fmt.Sprintf(json, 2))).Code, "without x-wx-source")
			require.Equal(t, want, serve(h, post(textXML("CheckContainerPath"))).Code, "no check, but a message with that text")
			require.Equal(t, 400, serve(h, post(`{"action":"Other"}`, from...)).Code)
			long := `{"action":"CheckContainerPath","text":"` + strings.Repeat("x", 256) + `"}`
			require.Equal(t, 400, serve(h, post(long, from...)).Code, "too long for a check")
			require.Equal(t, 403, serve(h, plainPlatform.verify("x")).Code)
		})
	}
	_, ok := message.CloudCallFromContext(t.Context())
	require.False(t, ok)

	for want, c := range map[string]message.Config{
		"together with a token":     {InsecureCloudHosting: message.CloudHostingPublic, Token: "t"},
		"together with a key":       {InsecureCloudHosting: message.CloudHostingPublic, EncodingAESKey: testKey},
		"InsecureCloudHosting of 7": {InsecureCloudHosting: 7},
		"Token is empty":            {},
	} {
		_, err := message.NewHandler(c)
		require.ErrorContains(t, err, want)
	}
}

// Refusals that arrive at the same time are all counted, and are all in the log, as a
// line or as one that was held back.
func TestConcurrentRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines bytes.Buffer
		c := plainConfig()
		c.Logger = slog.New(slog.NewTextHandler(&lines, nil))
		h := newHandler(t, c)
		const each, senders = 300, 8
		var wg sync.WaitGroup
		for range senders {
			wg.Go(func() {
				for range each {
					serve(h, httptest.NewRequest(http.MethodPost, "/", nil))
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, each*senders, h.Stats().Refused[message.ReasonParameter])
		time.Sleep(time.Second)
		serve(h, httptest.NewRequest(http.MethodPost, "/", nil))
		require.Equal(t, 2, strings.Count(lines.String(), "\n"))
		require.Contains(t, lines.String(), fmt.Sprint("suppressed=", each*senders-1))
	})
}

// A message that Config.Accept refuses leaves nothing behind: the same request is
// handled where it is accepted.
func TestAccept(t *testing.T) {
	c := plainConfig()
	refuse := errors.New("not for this path")
	c.Accept = func(ctx context.Context, m message.Message) error {
		require.Equal(t, testAccount, message.HeaderOf(m).ToUserName)
		return refuse
	}
	var log bytes.Buffer
	c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	h := newHandler(t, c)
	runs := counting(h)
	p := plainPlatform
	p.nonce, p.at = "accept", time.Now()
	body := textXML("hello")
	require.Equal(t, 403, serve(h, p.send(body)).Code)
	require.Zero(t, runs.Load())
	require.Contains(t, log.String(), "not for this path")
	require.EqualValues(t, 1, h.Stats().Refused[message.ReasonUnwanted])
	refuse = nil
	require.Equal(t, 200, serve(h, p.send(body)).Code)
	require.EqualValues(t, 1, runs.Load())
}
