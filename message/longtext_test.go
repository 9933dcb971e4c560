package message_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// longBot is a bot with long answers, its processes and its platform.
type longBot struct {
	t    *testing.T
	p    *wechattest.Platform
	bot  *wechattest.Bot
	kept *message.KeptReplies

	handlers []*message.Handler // one for each process

	mu   sync.Mutex
	lost []*message.HandlingError
}

const (
	hint   = "\n（继续）"
	openID = "oLiLei"
)

// longBotConfig says what a longBot is like.
type longBotConfig struct {
	processes int
	kept      bool // replies that are late, instead of sending them
	hold      bool
	shared    store.Store // nil: memory of each process; kept replies are in one of their own then
	keptIn    store.Store // nil: shared
	interim   string
	around    func(http.Handler) http.Handler // nil, or wraps each process
	handler   func(ctx context.Context, m *message.Text) (message.Reply, error)
}

func newLongBot(t *testing.T, c longBotConfig) *longBot {
	t.Helper()
	b := &longBot{t: t, p: wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})}
	account := b.p.Config()
	config := message.Config{
		Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey,
		HoldForRetries: c.hold, Store: c.shared,
		OnError: func(_ context.Context, e *message.HandlingError) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.lost = append(b.lost, e)
		},
	}
	if c.interim != "" {
		config.Interim = func(message.Message) message.Reply { return message.TextReply(c.interim) }
	}
	if c.keptIn == nil {
		c.keptIn = c.shared
	}
	if c.keptIn == nil {
		c.keptIn = store.NewMemory()
	}
	if c.kept {
		b.kept = message.NewKeptReplies(c.keptIn, time.Hour, hint)
		config.LateReply = b.kept
	} else {
		oa, err := officialaccount.New(officialaccount.Config{
			AppID: account.AppID, Secret: account.Secret, BaseURL: b.p.URL(), HTTPClient: b.p.Client(),
		})
		require.NoError(t, err)
		config.LateReply = customerservice.New(oa)
	}
	var processes []http.Handler
	for range max(c.processes, 1) {
		h := newHandler(t, config)
		if b.kept != nil {
			message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
				return b.kept.Next(ctx, m)
			}, message.ContentEquals("继续"))
		}
		message.On(h, c.handler)
		t.Cleanup(func() { shutdown(t, h) })
		b.handlers = append(b.handlers, h)
		if c.around == nil {
			processes = append(processes, h)
		} else {
			processes = append(processes, c.around(h))
		}
	}
	b.bot = b.p.Bot(processes...)
	return b
}

// say sends a text, and returns what the user read in answer.
func (b *longBot) say(text string) string {
	b.t.Helper()
	r, err := b.p.User(openID).Text(text)
	require.NoError(b.t, err)
	return r.Content
}

// seen is what the user has read, in order.
func (b *longBot) seen() (texts []string) {
	for _, m := range b.p.Messages(openID) {
		texts = append(texts, m.Content)
	}
	return texts
}

// losses are the messages that were reported as lost.
func (b *longBot) losses() (all []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.lost {
		all = append(all, e.Error())
	}
	return all
}

// left is the text of the only loss.
func (b *longBot) left() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Len(b.t, b.lost, 1)
	return string(b.lost[0].Reply.(message.LongTextReply))
}

func after(takes time.Duration, reply message.Reply) func(context.Context, *message.Text) (message.Reply, error) {
	return func(ctx context.Context, _ *message.Text) (message.Reply, error) {
		select {
		case <-time.After(takes):
			return reply, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// squeeze removes white space, which may be removed where a text is cut.
func squeeze(texts ...string) string {
	return strings.Join(strings.Fields(strings.Join(texts, "")), "")
}

const family = "👨‍👩‍👧‍👦" // 25 bytes

// TestLongText: a text of any length reaches the user in order, or what is left of it is
// reported, on both kinds of accounts, in time and late.
func TestLongText(t *testing.T) {
	require.Len(t, family, 25)
	texts := map[string]string{
		"1 byte":             "a",
		"2047":               strings.Repeat("a", 2047),
		"2048":               strings.Repeat("a", 2048),
		"2049":               strings.Repeat("a", 2049),
		"emoji at 2048":      strings.Repeat("a", 2023) + family,
		"emoji at 2049":      strings.Repeat("a", 2024) + family + "b",
		"emoji at 2072":      strings.Repeat("a", 2047) + family + "b",
		"sentences":          strings.Repeat("这是一句话。", 400),
		"paragraphs":         strings.Repeat(strings.Repeat("word ", 100)+"end.\n\n", 20),
		"white space behind": strings.Repeat("a", 2048) + strings.Repeat(" \n", 50),
		"control characters": strings.Repeat("a\x00", 1500),
		"six pieces":         strings.Repeat("a", 6*2048),
		"seven pieces":       strings.Repeat("a", 6*2048+1),
		"30 KB":              strings.Repeat("长", 30<<10/3),
	}
	for name, text := range texts {
		for _, takes := range []time.Duration{0, 5 * time.Second, 20 * time.Second} {
			for _, kept := range []bool{false, true} {
				t.Run(fmt.Sprint(name, "/", takes, "/kept ", kept), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						b := newLongBot(t, longBotConfig{kept: kept, handler: after(takes, message.LongTextReply(text))})
						b.say("?")
						time.Sleep(time.Minute)
						for kept && b.say("继续") != "" {
						}
						seen := b.seen()
						for i, piece := range seen {
							require.LessOrEqual(t, len(piece), 2048)
							if kept && i < len(seen)-1 {
								require.True(t, strings.HasSuffix(piece, hint), piece)
							}
							seen[i] = strings.TrimSuffix(piece, hint)
							require.True(t, strings.Contains(text, family) == strings.Contains(strings.Join(seen, "|"), family) || i < len(seen)-1)
						}
						pieces := message.SplitText(text)
						limit := 5
						if takes == 0 {
							limit++
						}
						switch {
						case kept:
							require.Empty(t, b.losses())
							require.Equal(t, squeeze(pieces...), squeeze(seen...))
						case len(pieces) > limit:
							require.Len(t, seen, limit)
							require.Equal(t, pieces[:limit], seen)
							require.Equal(t, squeeze(pieces[limit:]...), squeeze(b.left()))
							require.ErrorIs(t, b.lost[0], message.ErrReply)
						default:
							require.Empty(t, b.losses())
							require.Equal(t, pieces, seen)
						}
					})
				})
			}
		}
	}
}

// A text that cannot be sent is an error, and the bot says so.
func TestLongTextRefused(t *testing.T) {
	for name, c := range map[string]struct {
		reply message.Reply
		says  string
	}{
		"empty":        {message.LongTextReply(""), "the text is empty"},
		"white space":  {message.LongTextReply(" \n\t"), "the text is empty"},
		"control":      {message.LongTextReply("\x00"), "the text is empty"},
		"nil stream":   {message.StreamReply(nil), "the stream is nil"},
		"no piece":     {streamOf(0), "the text is empty"},
		"empty pieces": {streamOf(0, "", "", ""), "the text is empty"},
		"pointer":      {(*message.LongTextReply)(nil), "nil *message.LongTextReply"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newLongBot(t, longBotConfig{handler: after(0, c.reply)})
				require.Empty(t, b.say("?"))
				require.Empty(t, b.seen())
				require.Len(t, b.lost, 1)
				require.ErrorIs(t, b.lost[0], message.ErrReply)
				require.ErrorContains(t, b.lost[0], c.says)
			})
		})
	}
	_, err := message.Encode(message.LongTextReply(strings.Repeat("a", 2049)), "u", "a", message.XML)
	require.ErrorIs(t, err, message.ErrReply)
	_, err = message.Encode(streamOf(0, "a"), "u", "a", message.XML)
	require.ErrorIs(t, err, message.ErrReply)
}

// streamOf sends pieces, each after a pause.
func streamOf(pause time.Duration, pieces ...string) message.StreamReply {
	return func(yield func(string, error) bool) {
		for _, piece := range pieces {
			time.Sleep(pause)
			if !yield(piece, nil) {
				return
			}
		}
	}
}

// TestLateAnswers: an answer of two pieces reaches the user once and in order,
// whenever it is ready, on both kinds of accounts, in one process and two, with the
// store down as well, whether the user is silent or writes twice. It runs one case in
// three, so that each of these circumstances, and each combination of them, has two or
// three moments.
func TestLateAnswers(t *testing.T) { lateAnswers(t, 3) }

func TestSoakLateAnswers(t *testing.T) {
	soak(t)
	lateAnswers(t, 1)
}

func lateAnswers(t *testing.T, every int) {
	circumstances := 0
	text := strings.Repeat("一二三四五六七。", 150) // 3,600 bytes
	for _, kept := range []bool{false, true} {
		for _, hold := range []bool{false, true} {
			for _, interim := range []string{"", "…"} {
				for _, twice := range []bool{false, true} {
					for _, place := range []string{"one process", "two", "store down"} {
						circumstances++
						for i, seconds := range []float64{0, 4.4, 4.6, 9, 14.9, 16, 40} {
							if (i+circumstances)%every != 0 {
								continue
							}
							t.Run(fmt.Sprintf("%v s/kept %t/hold %t/twice %t/interim %t/%s", seconds, kept, hold, twice, interim != "", place), func(t *testing.T) {
								synctest.Test(t, func(t *testing.T) {
									c := longBotConfig{kept: kept, hold: hold, interim: interim}
									switch place {
									case "two":
										c.processes, c.shared = 2, store.NewMemory()
									case "store down":
										c.shared, c.keptIn = downStore(), store.NewMemory()
									}
									c.handler = func(ctx context.Context, m *message.Text) (message.Reply, error) {
										return after(time.Duration(seconds*float64(time.Second)), message.LongTextReply(m.Content+text))(ctx, m)
									}
									var b *longBot
									if think := c.handler; kept { // its own reply goes behind what is kept
										c.handler = func(ctx context.Context, m *message.Text) (message.Reply, error) {
											own, err := think(ctx, m)
											if err != nil {
												return nil, err
											}
											waiting, err := b.kept.Next(ctx, m)
											if err != nil || waiting == nil {
												return own, err
											}
											return waiting, b.kept.LateReply(ctx, m, own)
										}
									}
									b = newLongBot(t, c)
									want := "甲" + text
									b.p.User(openID).Text("甲")
									if twice {
										time.Sleep(2 * time.Second)
										b.p.User(openID).Text("乙")
										want += "乙" + text
									}
									time.Sleep(3 * time.Minute)
									for kept && b.say("继续") != "" {
									}
									seen := b.seen()
									for i := range seen {
										seen[i] = strings.TrimPrefix(strings.TrimSuffix(seen[i], hint), "…")
									}
									require.Empty(t, b.losses())
									require.Equal(t, want, strings.Join(seen, ""), "%d of %d bytes in %d messages", len(strings.Join(seen, "")), len(want), len(seen))
								})
							})
						}
					}
				}
			}
		}
	}
}

func downStore() store.Store {
	down := newFakeStore()
	down.fail(errors.New("connection refused"))
	return down
}

// TestKeptStoreDown: what cannot be kept is a loss with a name, and has the text.
func TestKeptStoreDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := strings.Repeat("a", 5000)
		b := newLongBot(t, longBotConfig{kept: true, keptIn: downStore(), handler: after(0, message.LongTextReply(text))})
		require.Len(t, b.say("?"), 2048)
		time.Sleep(time.Minute)
		require.Equal(t, text[2048-len(hint):], b.left())
		require.Contains(t, b.losses()[0], "connection refused")

		require.Empty(t, b.say("继续"))
		require.Contains(t, b.losses()[1], "connection refused")
	})
}

// TestKeptInOrder: several answers wait, are given piece by piece, and one that the
// user did not get comes again.
func TestKeptInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLongBot(t, longBotConfig{kept: true, interim: "正在思考…", handler: func(ctx context.Context, m *message.Text) (message.Reply, error) {
			time.Sleep(6 * time.Second)
			if m.Content == "picture" {
				return message.ImageReply{MediaID: "M"}, nil
			}
			return message.TextReply("re: " + m.Content), nil
		}})
		for _, text := range []string{"1", "picture", "3"} {
			require.Equal(t, "正在思考…", b.say(text))
			time.Sleep(10 * time.Second)
		}
		require.Equal(t, "re: 1"+hint, b.say("继续"))

		b.bot.FailNext(wechattest.DeliveryFault{LoseAnswer: true}, wechattest.DeliveryFault{LoseAnswer: true})
		r, err := b.p.User(openID).Text("继续") // the third delivery brings the same
		require.NoError(t, err)
		require.Equal(t, "M", r.MediaID)
		require.Len(t, r.Deliveries, 3)
		require.Equal(t, "re: 3", b.say("继续"))
		require.Empty(t, b.say("继续"))
		require.Empty(t, b.losses())
	})
}

// TestNextIsRepeatable: the same message gets the same reply, and one whose reply did
// not arrive leaves it to the next.
func TestNextIsRepeatable(t *testing.T) {
	shared := store.NewMemory()
	one, two := message.NewKeptReplies(shared, time.Hour, hint), message.NewKeptReplies(shared, time.Hour, hint)
	ask := func(id string) message.Message {
		return &message.Text{Header: message.Header{ToUserName: "gh", FromUserName: openID, MsgID: id}}
	}
	next := func(k *message.KeptReplies, id string) message.Reply {
		r, err := k.Next(t.Context(), ask(id))
		require.NoError(t, err)
		return r
	}
	require.Nil(t, next(one, "1"))
	article := message.NewsReply{{Title: "title", URL: "https://a"}}
	for _, r := range []message.Reply{message.TextReply("a"), article, message.LongTextReply(strings.Repeat("b", 2048))} {
		require.NoError(t, one.LateReply(t.Context(), ask("1"), r))
	}
	require.Equal(t, message.TextReply("a"+hint), next(one, "2"))
	require.Equal(t, message.TextReply("a"+hint), next(two, "2"))
	require.NoError(t, two.LateReply(t.Context(), ask("2"), message.TextReply("a"+hint)), "nobody took it")
	require.Equal(t, message.TextReply("a"+hint), next(one, "3"))
	require.Equal(t, article, next(two, "4"))
	require.NoError(t, two.LateReply(t.Context(), ask("4"), article), "nobody took it")
	require.Equal(t, article, next(one, "4"), "the repeat of the message has it")
	require.Equal(t, message.TextReply(strings.Repeat("b", 2048)), next(one, "5"), "and the next one has the next")
	require.Nil(t, next(one, "7"))
	require.Nil(t, next(one, "8"))

	require.ErrorIs(t, one.LateReply(t.Context(), ask("9"), streamOf(0, "a")), message.ErrReply)
	require.NoError(t, one.LateReply(t.Context(), ask("9"), nil))
	for range 100 {
		require.NoError(t, one.LateReply(t.Context(), ask("9"), message.VoiceReply{MediaID: "M"}))
	}
	require.ErrorContains(t, one.LateReply(t.Context(), ask("9"), message.VoiceReply{MediaID: "M"}), "too many replies are kept")
	for n := range 50 {
		require.Equal(t, message.VoiceReply{MediaID: "M"}, next(one, fmt.Sprint(100+n)))
	}
	require.Panics(t, func() { message.NewKeptReplies(nil, 0, "") })
	require.Panics(t, func() { message.NewKeptReplies(shared, -1, "") })
	require.Panics(t, func() { message.NewKeptReplies(shared, 0, strings.Repeat("a", 1025)) })
}

// TestStream: what is there at the deadline goes inline, the rest follows.
func TestStream(t *testing.T) {
	line := func(n int) string { return fmt.Sprintf("第 %d 段。\n", n) }
	var lines []string
	for n := range 40 {
		lines = append(lines, line(n+1))
	}
	big := strings.Repeat("长", 650)
	for name, c := range map[string]struct {
		reply   message.Reply
		kept    bool
		hold    bool
		inline  string
		seen    int    // messages in all
		left    string // of the text
		interim string
	}{
		"all in time":          {reply: streamOf(time.Second, "a", "", "b", "c"), inline: "abc", seen: 1},
		"tokens":               {reply: streamOf(time.Second, lines[:12]...), inline: "第 1 段。\n第 2 段。\n第 3 段。\n第 4 段。", seen: 2},
		"forty seconds":        {reply: streamOf(time.Second, lines...), inline: "第 1 段。\n第 2 段。\n第 3 段。\n第 4 段。", seen: 4},
		"nothing in time":      {reply: streamOf(6*time.Second, "a", "b"), seen: 1},
		"interim":              {reply: streamOf(6*time.Second, "a", "b"), inline: "…", interim: "…", seen: 2},
		"no end of a sentence": {reply: streamOf(2*time.Second, "a", "b", "c"), inline: "ab", seen: 2},
		"a sentence begun":     {reply: streamOf(2*time.Second, "A。", "b", "c"), inline: "A。", seen: 2},
		"part of a character":  {reply: streamOf(2*time.Second, "a", "\xe9\x95", "\xbf", "c"), inline: "a", seen: 2},
		"big pieces":           {reply: streamOf(3*time.Second, big, big, big, big, big, big), inline: big, seen: 6},
		"too much":             {reply: streamOf(3*time.Second, big, big, big, big, big, big, big+big, "end"), inline: big, seen: 6, left: "lost"},
		"kept":                 {reply: streamOf(time.Second, lines...), kept: true, inline: "第 1 段。\n第 2 段。\n第 3 段。\n第 4 段。" + hint, seen: 2},
		"held":                 {reply: streamOf(time.Second, lines[:12]...), hold: true, inline: strings.TrimSpace(strings.Join(lines[:12], "")), seen: 1},
		"held, kept":           {reply: streamOf(900*time.Millisecond, lines...), hold: true, kept: true, inline: strings.TrimSpace(strings.Join(lines[:15], "")) + hint, seen: 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newLongBot(t, longBotConfig{kept: c.kept, hold: c.hold, interim: c.interim, handler: after(0, c.reply)})
				require.Equal(t, c.inline, strings.TrimRight(b.say("?"), "\n"))
				time.Sleep(2 * time.Minute)
				for c.kept && b.say("继续") != "" {
				}
				seen := b.seen()
				require.Len(t, seen, c.seen)
				for i := range seen {
					seen[i] = strings.TrimSuffix(seen[i], hint)
				}
				var whole string
				for piece := range c.reply.(message.StreamReply) {
					whole += piece
				}
				left := ""
				if c.left != "" {
					left = b.left()
				} else {
					require.Empty(t, b.losses())
				}
				require.Equal(t, squeeze(c.interim, whole), squeeze(strings.Join(seen, ""), left))
			})
		})
	}
}

// TestStreamIsCountedOnce: a stream counts as one late reply, also when the alarm has sent
// all of it before it ends.
func TestStreamIsCountedOnce(t *testing.T) {
	ends := func(last string) message.StreamReply {
		return func(yield func(string, error) bool) {
			time.Sleep(6 * time.Second)
			if yield("一。", nil) {
				time.Sleep(40 * time.Second)
				yield(last, nil)
			}
		}
	}
	for last, seen := range map[string]int{"": 1, "二。": 2} {
		synctest.Test(t, func(t *testing.T) {
			b := newLongBot(t, longBotConfig{handler: after(0, ends(last))})
			b.say("?")
			time.Sleep(20 * time.Second)
			require.Len(t, b.seen(), 1, "sent before the end")
			time.Sleep(time.Minute)
			require.Len(t, b.seen(), seen)
			require.EqualValues(t, 1, b.handlers[0].Stats().LateSent)
			require.Empty(t, b.losses())
		})
	}
}

// TestStreamFails: what arrived before a failure is sent, and the failure is reported.
func TestStreamFails(t *testing.T) {
	failing := func(pieces []string, pause time.Duration, fail func(yield func(string, error) bool)) message.StreamReply {
		return func(yield func(string, error) bool) {
			for _, piece := range pieces {
				time.Sleep(pause)
				if !yield(piece, nil) {
					return
				}
			}
			fail(yield)
		}
	}
	withError := func(yield func(string, error) bool) { yield("dropped", errors.New("as told")) }
	withPanic := func(func(string, error) bool) { panic("as told") }
	withHang := func(func(string, error) bool) { time.Sleep(2 * time.Minute) }
	withTooMuch := func(yield func(string, error) bool) {
		for yield(strings.Repeat("长", 10_000), nil) {
		}
	}
	for name, c := range map[string]struct {
		reply message.Reply
		kept  bool
		seen  string
		says  string
		left  string
	}{
		"at once":              {reply: failing(nil, 0, withError), says: "as told"},
		"in time":              {reply: failing([]string{"a", "b"}, time.Second, withError), seen: "ab", says: "as told"},
		"late":                 {reply: failing([]string{"a。", "b"}, 4*time.Second, withError), seen: "a。|b", says: "as told"},
		"panic at once":        {reply: failing(nil, 0, withPanic), says: "panic: as told"},
		"panic, late":          {reply: failing([]string{"a。", "b"}, 4*time.Second, withPanic), seen: "a。|b", says: "panic: as told"},
		"hangs at once":        {reply: failing(nil, 0, withHang), says: message.ErrWorkTimeout.Error()},
		"hangs":                {reply: failing([]string{"a。", "b"}, 4*time.Second, withHang), seen: "a。|b", says: message.ErrWorkTimeout.Error()},
		"too much":             {reply: failing(nil, 0, withTooMuch), kept: true, says: "more than 1048576 bytes"},
		"error after all sent": {reply: failing([]string{"a。"}, 4*time.Second, func(y func(string, error) bool) { time.Sleep(time.Second); withError(y) }), seen: "a。", says: "as told"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newLongBot(t, longBotConfig{kept: c.kept, handler: after(0, c.reply)})
				b.say("?")
				time.Sleep(3 * time.Minute)
				if c.kept { // more than is kept
					require.Len(t, b.losses(), 2)
				} else {
					require.Equal(t, c.seen, strings.Join(b.seen(), "|"))
					require.Len(t, b.losses(), 1)
				}
				require.Contains(t, b.losses()[0], c.says)
				if c.left != "" {
					require.Equal(t, c.left, b.left())
				}
			})
		})
	}
}

// TestSendingFails: when a message cannot be sent, nothing follows it, and the loss has
// the text that did not go.
func TestSendingFails(t *testing.T) {
	for name, c := range map[string]struct {
		reply  message.Reply
		onCall int
		seen   int
	}{
		"at the first":       {message.LongTextReply(strings.Repeat("长", 2000)), 1, 1},
		"at the second":      {message.LongTextReply(strings.Repeat("长", 2000)), 2, 2},
		"in a stream":        {streamOf(6*time.Second, "一。", "二。", "三。", "四。"), 1, 0},
		"in a stream, later": {streamOf(6*time.Second, "一。", "二。", "三。", "四。", "五。"), 2, 1},
		"between spaces":     {streamOf(6*time.Second, "一。  二", "。  三", "。"), 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newLongBot(t, longBotConfig{handler: after(0, c.reply)})
				const path = "/cgi-bin/message/custom/send"
				says := "45015"
				if c.onCall == 1 {
					b.p.Inject(wechattest.Rule{Path: path, Fault: wechattest.Errcode(45015)})
				} else {
					says = "45009"
					b.p.SetQuota(path, c.onCall-1, 0)
				}
				b.say("?")
				time.Sleep(3 * time.Minute)
				whole := ""
				switch r := c.reply.(type) {
				case message.LongTextReply:
					whole = string(r)
				case message.StreamReply:
					for piece := range r {
						whole += piece
					}
				}
				require.Len(t, b.losses(), 1)
				require.Contains(t, b.losses()[0], says)
				require.Len(t, b.seen(), c.seen)
				require.True(t, strings.HasPrefix(whole, strings.Join(b.seen(), "")+b.left()), "the rest of a stream is not read")
			})
		})
	}
}

// lateFunc is a function used as a LateReplier.
type lateFunc func(ctx context.Context, r message.Reply) error

func (f lateFunc) LateReply(ctx context.Context, _ message.Message, r message.Reply) error {
	return f(ctx, r)
}

// TestSendingIsGivenUp: if LateReply does not return in time, OnError receives all of the
// text that is not known to have arrived, with the piece that LateReply was given.
func TestSendingIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		reply  message.Reply
		inline int // pieces in the answer to the delivery
		want   error
	}{
		"the rest":          {message.LongTextReply(strings.Repeat("长", 2000)), 1, message.ErrLateTimeout},
		"the middle":        {streamOf(11*time.Second, "一。", "二。", "三。", "四。", "五。", "六。"), 0, message.ErrWorkTimeout},
		"the end of a text": {streamOf(6*time.Second, "一。"), 0, message.ErrLateTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := wechattest.New(t, wechattest.Config{})
				var lost []*message.HandlingError
				sent := ""
				h := newHandler(t, message.Config{
					Token:   p.Config().Token,
					OnError: func(_ context.Context, e *message.HandlingError) { lost = append(lost, e) },
					LateReply: lateFunc(func(_ context.Context, r message.Reply) error {
						if sent != "" {
							t.Error("a second message")
						}
						sent = string(r.(message.TextReply))
						time.Sleep(5 * time.Minute) // whatever its context says
						return errors.New("at last")
					}),
				})
				message.On(h, after(0, c.reply))
				p.Bot(h)
				reply, err := p.User(openID).Text("?")
				require.NoError(t, err)
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				require.Len(t, lost, 1)
				require.ErrorIs(t, lost[0], c.want)
				left := string(lost[0].Reply.(message.LongTextReply))
				require.NotEmpty(t, sent)
				require.True(t, strings.HasPrefix(left, sent), "%q is in %q", sent, left)
				if c.inline > 0 {
					require.Equal(t, string(c.reply.(message.LongTextReply)), reply.Content+left)
				}
			})
		})
	}
}

// TestAnswersGoAstray: deliveries are cut and answers lost, and the user still gets the
// whole text.
func TestAnswersGoAstray(t *testing.T) {
	text := strings.Repeat("一二三四五六七。", 150)
	for _, seconds := range []float64{0, 3, 4.4, 4.6, 9} {
		for _, hold := range []bool{false, true} {
			for name, mishaps := range map[string][]wechattest.DeliveryFault{
				"cut":       {{CutAfter: 2 * time.Second}},
				"cut twice": {{CutAfter: 2 * time.Second}, {CutAfter: time.Second}},
				"lost":      {{LoseAnswer: true}},
			} {
				t.Run(fmt.Sprint(seconds, " s/hold ", hold, "/", name), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						pieces := message.SplitText(text)
						stream := streamOf(time.Duration(seconds*float64(time.Second))/2, pieces...)
						b := newLongBot(t, longBotConfig{hold: hold, handler: after(0, stream)})
						b.bot.FailNext(mishaps...)
						b.p.User(openID).Text("?")
						time.Sleep(3 * time.Minute)
						require.Empty(t, b.losses())
						require.ElementsMatch(t, pieces, b.seen()) // the rest may overtake an answer that comes again
					})
				})
			}
		}
	}
}

// TestInterimReplies: what Config.Interim returns must be a reply that can be sent.
func TestInterimReplies(t *testing.T) {
	for name, c := range map[string]struct {
		interim func(message.Message) message.Reply
		shown   string
		says    string
	}{
		"text":    {func(message.Message) message.Reply { return message.TextReply("…") }, "…", ""},
		"nothing": {func(message.Message) message.Reply { return nil }, "success", ""},
		"empty":   {func(message.Message) message.Reply { return message.TextReply("") }, "success", "the text is empty"},
		"panic":   {func(message.Message) message.Reply { panic("as told") }, "success", "as told"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bot := &slowBot{takes: 5 * time.Second}
				config := bot.config()
				config.EncodingAESKey, config.Token, config.Interim = "", testToken, c.interim
				h := bot.instance(t, config)
				body := serve(h, plainPlatform.send(textXML("hello"))).Body.String()
				if c.shown != "success" {
					body = decodeAnswer(t, []byte(body)).Content
				}
				require.Equal(t, c.shown, body)
				shutdown(t, h)
				require.Equal(t, []string{"re: hello"}, bot.late)
				if c.says == "" {
					require.Empty(t, bot.lost)
				} else {
					require.Len(t, bot.lost, 1)
					require.Contains(t, bot.lost[0], c.says)
				}
			})
		})
	}
}

// TestStreamsAtRandom: whatever pieces a text arrives in and when, the user gets all of
// it, in order and in messages of at most 2,048 bytes.
func TestStreamsAtRandom(t *testing.T) { streamsAtRandom(t, 60) }

func TestSoakStreamsAtRandom(t *testing.T) {
	soak(t)
	streamsAtRandom(t, 500)
}

func streamsAtRandom(t *testing.T, seeds uint64) {
	words := []string{"长", "句子。", "word ", "end. ", "\n", "\n\n", family, "<a href=\"https://a.example/\">链接</a>", "https://a.example/x?y=z ", "", "\x01"}
	for seed := range seeds {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var pieces []string
		var whole strings.Builder
		for whole.Len() < rnd.IntN(9000)+1 {
			word := words[rnd.IntN(len(words))]
			whole.WriteString(word)
			for word != "" && rnd.IntN(3) == 0 { // anywhere, inside a character too
				n := 1 + rnd.IntN(len(word))
				pieces = append(pieces, word[:n])
				word = word[n:]
			}
			pieces = append(pieces, word)
		}
		whole.WriteString("。")
		pause := time.Duration(rnd.IntN(50_000)) * time.Millisecond / time.Duration(len(pieces))
		kept, hold := seed%2 == 0, seed%4 < 2
		synctest.Test(t, func(t *testing.T) {
			b := newLongBot(t, longBotConfig{kept: kept, hold: hold, handler: after(0, streamOf(pause, append(pieces, "。")...))})
			b.p.User(openID).Text("?")
			time.Sleep(3 * time.Minute)
			for kept && b.say("继续") != "" {
			}
			seen := b.seen()
			for i := range seen {
				require.LessOrEqual(t, len(seen[i]), 2048)
				require.True(t, utf8.ValidString(seen[i]))
				seen[i] = strings.TrimSuffix(seen[i], hint)
			}
			left := ""
			if len(b.losses()) > 0 { // too much for six messages
				require.Greater(t, whole.Len(), 5*2048/4)
				left = b.left()
			}
			want := squeeze(strings.ReplaceAll(whole.String(), "\x01", ""))
			require.Equal(t, want, squeeze(strings.Join(seen, ""), left), "seed %d", seed)
		})
	}
}
