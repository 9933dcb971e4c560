package message_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// slowBot is a bot whose every handler takes a while, and a note of what became
// of its messages. Several instances share the note.
type slowBot struct {
	takes time.Duration

	mu   sync.Mutex
	runs int
	late []string
	lost []string
}

func (b *slowBot) handle(ctx context.Context, m *message.Text) (message.Reply, error) {
	b.mu.Lock()
	b.runs++
	b.mu.Unlock()
	select {
	case <-time.After(b.takes):
		return message.TextReply("re: " + m.Content), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (b *slowBot) LateReply(_ context.Context, m message.Message, r message.Reply) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.late = append(b.late, fmt.Sprint(r))
	return nil
}

func (b *slowBot) onError(_ context.Context, e *message.HandlingError) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost = append(b.lost, e.Error())
}

// config is of an account that wechattest plays by default, in safe mode.
func (b *slowBot) config() message.Config {
	return message.Config{
		Token: wechattest.DefaultToken, AppID: wechattest.DefaultAppID, EncodingAESKey: wechattest.DefaultEncodingAESKey,
		LateReply: b, OnError: b.onError,
	}
}

// instance is one process of the bot.
func (b *slowBot) instance(t *testing.T, c message.Config) *message.Handler {
	t.Helper()
	h := newHandler(t, c)
	message.On(h, b.handle)
	return h
}

// story is what the user, the platform and the bot saw of one message.
type story struct {
	Shown      string // to the user as an answer; "fault" for the platform's notice
	Deliveries int
	Runs       int
	Late       string // what LateReply sent
	Lost       string // what OnError was told
}

func (b *slowBot) tell(reply *wechattest.Reply) story {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := story{
		Shown: reply.Content, Deliveries: len(reply.Deliveries), Runs: b.runs,
		Late: strings.Join(b.late, ", "), Lost: strings.Join(b.lost, ", "),
	}
	if reply.Fault {
		s.Shown = "fault"
	}
	return s
}

// TestFiveSecondsOnce checks what the user of the account sees: however long the
// handler takes and whatever goes wrong, each message is handled once and has one
// answer or a reported loss.
func TestFiveSecondsOnce(t *testing.T) {
	const hello = "re: hello"
	gaveUp := "Text: " + message.ErrWorkTimeout.Error()
	inline := func(deliveries int) story { return story{Shown: hello, Deliveries: deliveries, Runs: 1} }
	late := func(deliveries int) story { return story{Deliveries: deliveries, Runs: 1, Late: hello} }
	never := func(deliveries int) story { return story{Deliveries: deliveries, Runs: 1, Lost: gaveUp} }
	// The last of three deliveries was answered, and the answer lost: no bot can
	// know. It is the one case without an outcome; a fourth delivery would get it.
	unknown := story{Shown: "fault", Deliveries: 3, Runs: 1}

	type row struct {
		seconds             float64
		answered            int // which delivery gets an answer
		arrives, lost, gone story
	}
	modes := []struct {
		name string
		hold bool
		rows []row
	}{
		{"default", false, []row{
			{0, 1, inline(1), inline(2), inline(1)},
			{4.4, 1, inline(1), inline(2), inline(2)},
			{4.6, 1, late(1), late(2), late(2)},
			{8, 1, late(1), late(2), late(2)},
			{13, 1, late(1), late(2), late(2)},
			{15, 1, late(1), late(2), late(2)},
			{61, 1, never(1), never(2), never(2)},
		}},
		{"hold", true, []row{
			{0, 1, inline(1), inline(2), inline(1)},
			{4.4, 1, inline(1), inline(2), inline(2)},
			{4.6, 1, inline(1), inline(2), inline(2)},
			{8, 2, inline(2), inline(3), inline(2)},
			{13, 3, inline(3), unknown, inline(3)},
			{15, 3, late(3), story{Shown: "fault", Deliveries: 3, Runs: 1, Late: hello}, late(3)},
			{61, 3, never(3), story{Shown: "fault", Deliveries: 3, Runs: 1, Lost: gaveUp}, never(3)},
		}},
	}
	places := []struct {
		name      string
		instances int
		store     func() store.Store
	}{
		{"one process", 1, func() store.Store { return nil }},
		{"two over a store", 2, func() store.Store { return store.NewMemory() }},
		{"store down", 1, func() store.Store {
			down := newFakeStore()
			down.fail(errors.New("connection refused"))
			return down
		}},
	}
	for _, mode := range modes {
		for _, place := range places {
			for _, row := range mode.rows {
				for fate, c := range map[string]struct {
					faults []wechattest.DeliveryFault
					want   story
				}{
					"arrives":   {nil, row.arrives},
					"is lost":   {append(make([]wechattest.DeliveryFault, row.answered-1), wechattest.DeliveryFault{LoseAnswer: true}), row.lost},
					"peer gone": {[]wechattest.DeliveryFault{{CutAfter: 2 * time.Second}}, row.gone},
				} {
					t.Run(fmt.Sprintf("%s/%s/%v s/%s", mode.name, place.name, row.seconds, fate), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							bot := &slowBot{takes: time.Duration(row.seconds * float64(time.Second))}
							config := bot.config()
							config.HoldForRetries = mode.hold
							config.Store = place.store()
							var instances []http.Handler
							for range place.instances {
								h := bot.instance(t, config)
								defer shutdown(t, h)
								instances = append(instances, h)
							}
							p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe, FreshRepeats: row.answered == 1})
							p.Bot(instances...).FailNext(c.faults...)
							reply, _ := p.User("oLiLei").Text("hello")
							time.Sleep(2 * time.Minute)
							require.Equal(t, c.want, bot.tell(reply))
						})
					})
				}
			}
		}
	}
}

func shutdown(t *testing.T, h *message.Handler) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	require.NoError(t, h.Shutdown(ctx))
	require.Zero(t, h.Stats().Running)
}

// TestFourthDelivery: the reply stays for a repeat although it was written.
func TestFourthDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bot := &slowBot{takes: 13 * time.Second}
		config := bot.config()
		config.HoldForRetries = true
		h := bot.instance(t, config)
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe, Deliveries: 4})
		p.Bot(h).FailNext(wechattest.DeliveryFault{}, wechattest.DeliveryFault{}, wechattest.DeliveryFault{LoseAnswer: true})
		reply, err := p.User("oLiLei").Text("hello")
		require.NoError(t, err)
		require.Equal(t, story{Shown: "re: hello", Deliveries: 4, Runs: 1}, bot.tell(reply))
		shutdown(t, h)
	})
}

// TestNoLateReply: without LateReply a late reply is a loss with a name, and the
// hook gets message and reply.
func TestNoLateReply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bot := &slowBot{takes: 8 * time.Second}
		config := bot.config()
		config.LateReply = nil
		var lost []*message.HandlingError
		type key struct{}
		config.OnError = func(ctx context.Context, e *message.HandlingError) {
			if ctx.Value(key{}) != "request" || ctx.Err() != nil {
				t.Error("the context of the hook")
			}
			lost = append(lost, e)
		}
		h := bot.instance(t, config)
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
		p.Bot(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, "request")))
		}))
		_, err := p.User("oLiLei").Text("hello")
		require.NoError(t, err)
		shutdown(t, h)
		require.Len(t, lost, 1)
		require.ErrorIs(t, lost[0], message.ErrNoLateReply)
		require.Equal(t, "hello", lost[0].Message.(*message.Text).Content)
		require.Equal(t, message.TextReply("re: hello"), lost[0].Reply)
		require.EqualValues(t, 1, h.Stats().LateFailed)
	})
}

// badLate is a LateReply that fails in every way there is.
type badLate struct{ how string }

func (b badLate) LateReply(ctx context.Context, _ message.Message, _ message.Reply) error {
	switch b.how {
	case "panic":
		panic("in LateReply")
	case "goexit":
		runtime.Goexit()
	case "hang":
		<-ctx.Done()
		return ctx.Err()
	}
	return errors.New("45015: out of the response time limit")
}

func TestLateReplyFails(t *testing.T) {
	for how, want := range map[string]string{
		"error": "45015", "panic": "panic: in LateReply", "goexit": "runtime.Goexit", "hang": message.ErrLateTimeout.Error(),
	} {
		t.Run(how, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bot := &slowBot{takes: 8 * time.Second}
				config := bot.config()
				config.LateReply = badLate{how}
				var lost []*message.HandlingError
				config.OnError = func(_ context.Context, e *message.HandlingError) { lost = append(lost, e) }
				h := bot.instance(t, config)
				p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
				p.Bot(h)
				_, err := p.User("oLiLei").Text("hello")
				require.NoError(t, err)
				shutdown(t, h)
				require.Len(t, lost, 1)
				require.ErrorContains(t, lost[0], want)
				require.Equal(t, message.TextReply("re: hello"), lost[0].Reply)
				require.EqualValues(t, 1, h.Stats().LateFailed)
				require.Zero(t, h.Stats().LateSent)
			})
		})
	}
}

// TestGoexitInHandler: what t.FailNow does in a handler is answered and reported,
// although it takes the goroutine of the delivery with it.
func TestGoexitInHandler(t *testing.T) {
	lost := make(chan *message.HandlingError, 1)
	config := plainConfig()
	config.OnError = func(_ context.Context, e *message.HandlingError) { lost <- e }
	h := newHandler(t, config)
	message.On(h, func(context.Context, *message.Text) (message.Reply, error) { runtime.Goexit(); return nil, nil })
	server := httptest.NewServer(h)
	defer server.Close()
	r := plainPlatform.send(textXML("hello"))
	response, err := http.Post(server.URL+r.URL.RequestURI(), "text/xml", r.Body)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, "success", string(body))
	require.ErrorContains(t, <-lost, "runtime.Goexit")
	shutdown(t, h)
}

// TestSameSecondSameSender: what repeats are told apart by.
func TestSameSecondSameSender(t *testing.T) {
	event := func(name, id string) string {
		return fmt.Sprintf("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime>"+
			"<MsgType>event</MsgType><Event>%s</Event><MsgID>%s</MsgID><Status>success</Status></xml>", testAccount, testUser, 1735707398, name, id)
	}
	text := func(account, user, id string) string {
		return fmt.Sprintf("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>1735707398</CreateTime>"+
			"<MsgType>text</MsgType><Content>hello</Content><MsgId>%s</MsgId></xml>", account, user, id)
	}
	numbered := func(name string) string { // an event with an id
		return strings.Replace(event(name, "1"), "MsgID>", "MsgId>", 2)
	}
	bodies := []string{
		numbered("one_event"),
		numbered("another_event"),
		event("TEMPLATESENDJOBFINISH", "1"),
		event("TEMPLATESENDJOBFINISH", "2"),
		event("MASSSENDJOBFINISH", "1"),
		text(testAccount, testUser, "1"),
		text(testAccount, testUser, "2"),
		text(testAccount, "oOther", "1"),
		text("gh_other", testUser, "1"),
		"<xml><AppId>wx1</AppId><CreateTime>1735707398</CreateTime><InfoType>component_verify_ticket</InfoType><ComponentVerifyTicket>a</ComponentVerifyTicket></xml>",
		"<xml><AppId>wx1</AppId><CreateTime>1735707398</CreateTime><InfoType>component_verify_ticket</InfoType><ComponentVerifyTicket>b</ComponentVerifyTicket></xml>",
	}
	for name, s := range map[string]store.Store{"in memory": nil, "shared": store.NewMemory()} {
		t.Run(name, func(t *testing.T) {
			config := plainConfig()
			config.Store = s
			h := newHandler(t, config)
			runs := map[string]int{}
			h.HandleDefault(func(_ context.Context, m message.Message) (message.Reply, error) {
				runs[message.HeaderOf(m).Raw]++
				return nil, nil
			})
			for range 3 {
				for _, body := range bodies {
					require.Equal(t, "success", serve(h, plainPlatform.send(body)).Body.String())
				}
			}
			require.Len(t, runs, len(bodies))
			for body, n := range runs {
				require.Equal(t, 1, n, body)
			}
			require.EqualValues(t, 2*len(bodies), h.Stats().Duplicates)
		})
	}
}

// TestRepeatOfCompatibleMode: without a key the plain half counts; the encrypted half
// differs in each delivery.
func TestRepeatOfCompatibleMode(t *testing.T) {
	h, runs := newHandler(t, plainConfig()), 0
	h.HandleDefault(func(context.Context, message.Message) (message.Reply, error) { runs++; return nil, nil })
	plain := eventXML("CLICK", "key")
	for range 2 {
		encrypted := safePlatform.seal(t, plain)
		body := strings.Replace(plain, "</xml>", fmt.Sprintf("<Encrypt><![CDATA[%s]]></Encrypt></xml>", encrypted), 1)
		require.Equal(t, http.StatusOK, serve(h, plainPlatform.send(body)).Code)
	}
	require.Equal(t, 1, runs)
}

func TestKey(t *testing.T) {
	config := plainConfig()
	config.Key = func(m message.Message) string { return m.(*message.Text).Content }
	h, runs := newHandler(t, config), 0
	message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) {
		runs++
		return message.TextReply(fmt.Sprint(runs)), nil
	})
	send := func(content string) string {
		return decodeAnswer(t, serve(h, plainPlatform.send(textXML(content))).Body.Bytes()).Content
	}
	require.Equal(t, "1", send("a"))
	require.Equal(t, "1", send("a"))
	require.Equal(t, "2", send("b"))
	require.Equal(t, "3", send(" "))
	config.Key = func(message.Message) string { return "" } // every delivery is another message
	h = newHandler(t, config)
	message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) {
		runs++
		return message.TextReply(fmt.Sprint(runs)), nil
	})
	body := textXML("a")
	for want := 4; want < 7; want++ {
		require.Equal(t, fmt.Sprint(want), decodeAnswer(t, serve(h, plainPlatform.send(body)).Body.Bytes()).Content)
	}
}

func TestOrderAndUnordered(t *testing.T) {
	for _, unordered := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			config := plainConfig()
			config.Unordered = unordered
			h := newHandler(t, config)
			most, now := 0, 0
			var mu sync.Mutex
			message.On(h, func(context.Context, *message.Text) (message.Reply, error) {
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				now--
				mu.Unlock()
				return nil, nil
			})
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() { serve(h, plainPlatform.send(textXML("hello"))) })
			}
			begin := time.Now()
			wg.Wait()
			if unordered {
				require.Equal(t, 3, most)
				require.Equal(t, time.Second, time.Since(begin))
			} else {
				require.Equal(t, 1, most)
				require.Equal(t, 3*time.Second, time.Since(begin))
			}
			shutdown(t, h)
		})
	}
}

func TestMaxRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := record()
		config := plainConfig()
		config.MaxRunning, config.Logger = 1, log
		h := newHandler(t, config)
		message.On(h, func(context.Context, *message.Text) (message.Reply, error) { time.Sleep(time.Second); return nil, nil })
		go serve(h, plainPlatform.send(textXML("first")))
		synctest.Wait()
		for range 3 {
			require.Equal(t, http.StatusServiceUnavailable, serve(h, plainPlatform.send(textXML("too many"))).Code)
		}
		require.EqualValues(t, 3, h.Stats().Busy)
		require.Equal(t, 1, strings.Count(lines.String(), "message answered with 503"))
		shutdown(t, h)
		require.Equal(t, http.StatusServiceUnavailable, serve(h, plainPlatform.send(textXML("after the end"))).Code)
	})
}

func TestShutdownNamesTheLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bot := &slowBot{takes: 30 * time.Second}
		h := bot.instance(t, bot.config())
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
		p.Bot(h)
		reply, err := p.User("oLiLei").Text("hello")
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err = h.Shutdown(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "1 messages were not finished")
		synctest.Wait()
		require.Equal(t, story{Deliveries: 1, Runs: 1, Lost: "Text: " + message.ErrShutdown.Error()}, bot.tell(reply))
		shutdown(t, h)
	})
}

// TestWriteFails: a reply that could not be written waits for the repeat.
func TestWriteFails(t *testing.T) {
	h := echo(newHandler(t, plainConfig()))
	body := textXML("hello")
	h.ServeHTTP(brokenWriter{httptest.NewRecorder()}, plainPlatform.send(body))
	w := serve(h, plainPlatform.send(body))
	require.Equal(t, "hello", decodeAnswer(t, w.Body.Bytes()).Content)
	require.EqualValues(t, 1, h.Stats().Messages)
}

type brokenWriter struct{ *httptest.ResponseRecorder }

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWrongTimes(t *testing.T) {
	for want, change := range map[string]func(*message.Config){
		"Config.Deadline of 5s":     func(c *message.Config) { c.Deadline = 5 * time.Second },
		"Config.Deadline of -1ns":   func(c *message.Config) { c.Deadline = -1 },
		"Config.WorkTimeout of 1s":  func(c *message.Config) { c.WorkTimeout = time.Second },
		"Config.WorkTimeout of -1":  func(c *message.Config) { c.WorkTimeout = -1 },
		"Config.WorkTimeout of 10s": func(c *message.Config) { c.WorkTimeout, c.HoldForRetries = 10*time.Second, true },
		"Config.MaxRunning of -1":   func(c *message.Config) { c.MaxRunning = -1 },
	} {
		config := plainConfig()
		change(&config)
		_, err := message.NewHandler(config)
		require.ErrorContains(t, err, want)
	}
}

// TestPeerGoneWhileWriting: an answer that was written to a closed connection does not
// count as delivered.
func TestPeerGoneWhileWriting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bot := &slowBot{}
		config := plainConfig()
		config.LateReply = bot
		h := bot.instance(t, config)
		ctx, hangUp := context.WithCancel(t.Context())
		h.ServeHTTP(goneWriter{httptest.NewRecorder(), hangUp}, plainPlatform.send(textXML("hello")).WithContext(ctx))
		time.Sleep(time.Minute)
		shutdown(t, h)
		require.Equal(t, []string{"re: hello"}, bot.late)
	})
}

type goneWriter struct {
	*httptest.ResponseRecorder
	hangUp func()
}

func (w goneWriter) Write(b []byte) (int, error) {
	w.hangUp()
	return w.ResponseRecorder.Write(b)
}

// TestServerTimeouts: the times a server gives a request to be read do not make a
// peer seem gone that waits for its answer.
func TestServerTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(t, plainConfig())
		message.On(h, func(context.Context, *message.Text) (message.Reply, error) {
			time.Sleep(3 * time.Second)
			return message.TextReply("hello"), nil
		})
		server := &http.Server{Handler: h, ReadTimeout: time.Second}
		l := newPipeListener()
		go server.Serve(l)
		defer server.Close()
		transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return l.dial(), nil }}
		defer transport.CloseIdleConnections()
		client := &http.Client{Transport: transport}
		r := plainPlatform.send(textXML("hello"))
		response, err := client.Post("http://bot"+r.URL.RequestURI(), "text/xml", r.Body)
		require.NoError(t, err)
		defer response.Body.Close()
		require.Equal(t, http.StatusOK, response.StatusCode)
		shutdown(t, h)
		require.Zero(t, h.Stats().Late, "the answer went inline")
	})
}

// hangingStore answers nothing until the context of a call ends.
type hangingStore struct{ store.Store }

func (hangingStore) SetIfAbsent(ctx context.Context, _ string, _ []byte, _ time.Duration) (bool, error) {
	<-ctx.Done()
	return false, ctx.Err()
}

func (hangingStore) CompareAndSwap(ctx context.Context, _ string, _, _ []byte, _ time.Duration) (bool, error) {
	<-ctx.Done()
	return false, ctx.Err()
}

// TestHangingStores: a store that hangs only delays a message.
func TestHangingStores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := plainConfig()
		config.Store = hangingStore{}
		h := echo(newHandler(t, config))
		begin := time.Now()
		w := serve(h, plainPlatform.send(textXML("hello")))
		require.Equal(t, "hello", decodeAnswer(t, w.Body.Bytes()).Content)
		require.LessOrEqual(t, time.Since(begin), 2*time.Second)
		shutdown(t, h)
	})
}
