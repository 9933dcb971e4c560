package message_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
)

// TestKeptUntil: a silent user loses nothing until the time is over, and then OnError
// receives the reply and the message that it answers.
func TestKeptUntil(t *testing.T) {
	long := strings.Repeat("长", 1500)
	for name, reply := range map[string]message.Reply{
		"text": message.TextReply("late"), "long text": message.LongTextReply(long), "image": message.ImageReply{MediaID: "M"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newLongBot(t, longBotConfig{kept: true, handler: after(5*time.Second, reply)})
				require.Empty(t, b.say("?"))
				time.Sleep(59 * time.Minute)
				require.Empty(t, b.losses())
				time.Sleep(time.Minute + time.Second)
				synctest.Wait()
				require.Len(t, b.lost, 1)
				require.ErrorIs(t, b.lost[0], message.ErrKeptExpired)
				require.Equal(t, reply, b.lost[0].Reply)
				require.Equal(t, "?", b.lost[0].Message.(*message.Text).Content)
				require.Empty(t, b.say("继续"))
				time.Sleep(3 * time.Hour)
				require.Len(t, b.losses(), 1)
			})
		})
	}
}

// TestKeptAskedFor: what is given is not reported, and asking for it makes the rest
// last longer.
func TestKeptAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := strings.Repeat("长", 1200)
		b := newLongBot(t, longBotConfig{kept: true, handler: after(5*time.Second, message.LongTextReply(text))})
		require.Empty(t, b.say("?"))
		time.Sleep(50 * time.Minute)
		first := b.say("继续")
		require.NotEmpty(t, first)
		time.Sleep(59 * time.Minute)
		require.Empty(t, b.losses(), "an hour after the last was given")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		require.Len(t, b.lost, 1)
		require.ErrorIs(t, b.lost[0], message.ErrKeptExpired)
		require.Equal(t, message.TextReply(text[len(strings.TrimSuffix(first, hint)):]), b.lost[0].Reply, "only the rest")
		require.Equal(t, "?", b.lost[0].Message.(*message.Text).Content)

		require.Empty(t, b.say("!"))
		time.Sleep(time.Minute)
		require.NotEmpty(t, b.say("继续"))
		require.NotEmpty(t, b.say("继续"))
		time.Sleep(3 * time.Hour)
		require.Len(t, b.losses(), 1, "all was given")
	})
}

// process is one process of a bot, which can lose its store.
type process struct {
	store.Store
	kept *message.KeptReplies
	lost []*message.HandlingError
	dead atomic.Bool
}

func (p *process) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if p.dead.Load() {
		return nil, false, errors.New("no store")
	}
	return p.Store.Get(ctx, key)
}

func newProcess(t *testing.T, shared store.Store) *process {
	p := &process{Store: shared}
	p.kept = message.NewKeptReplies(p, time.Hour, hint)
	config := plainConfig()
	config.LateReply = p.kept
	config.OnError = func(_ context.Context, e *message.HandlingError) { p.lost = append(p.lost, e) }
	newHandler(t, config)
	return p
}

// TestKeptByAProcessThatEnded: the next message of the user makes another process report
// the reply. It is reported once.
func TestKeptByAProcessThatEnded(t *testing.T) {
	question, err := message.Parse([]byte(textXML("?")))
	require.NoError(t, err)
	handmade := &message.Text{Header: *message.HeaderOf(question), Content: "!"}
	handmade.Raw, handmade.MsgID = "", "2"
	for name, c := range map[string]struct {
		m      message.Message
		silent time.Duration
		down   time.Duration // how long the store fails for the first process
		one    int           // losses that it reports
		two    int           // and the other
	}{
		"writes again":            {question, 90 * time.Minute, 24 * time.Hour, 0, 1},
		"not from the platform":   {handmade, 90 * time.Minute, 24 * time.Hour, 0, 1},
		"in time":                 {question, 30 * time.Minute, 24 * time.Hour, 0, 0},
		"too late":                {question, 3 * time.Hour, 24 * time.Hour, 0, 0},
		"the store comes back":    {question, 90 * time.Minute, 70 * time.Minute, 1, 0},
		"the first goes on as it": {question, 90 * time.Minute, 0, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shared := store.NewMemory()
				one, two := newProcess(t, shared), newProcess(t, shared)
				require.NoError(t, one.kept.LateReply(t.Context(), c.m, message.TextReply("late")))
				one.dead.Store(true)
				time.AfterFunc(c.down, func() { one.dead.Store(false) })
				time.Sleep(c.silent)
				next := &message.Text{Header: *message.HeaderOf(c.m), Content: "继续"}
				next.MsgID = "3"
				r, err := two.kept.Next(t.Context(), next)
				require.NoError(t, err)
				if name == "in time" {
					require.Equal(t, message.TextReply("late"), r)
				} else {
					require.Nil(t, r)
				}
				time.Sleep(24 * time.Hour)
				synctest.Wait()
				require.Len(t, one.lost, c.one)
				require.Len(t, two.lost, c.two)
				for _, e := range append(one.lost, two.lost...) {
					require.ErrorIs(t, e, message.ErrKeptExpired)
					require.Equal(t, message.TextReply("late"), e.Reply)
					if c.m == handmade {
						require.Equal(t, next, e.Message)
					} else {
						require.Equal(t, "?", e.Message.(*message.Text).Content)
					}
				}
			})
		})
	}
}

// panicking is a store whose reads panic while it is broken.
type panicking struct {
	store.Store
	broken atomic.Bool
}

func (p *panicking) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if p.broken.Load() {
		panic("a bug of the store")
	}
	return p.Store.Get(ctx, key)
}

// TestKeptStorePanics: a panic of the store while the expired replies are looked for does
// not end the program, and the next look reports them.
func TestKeptStorePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &panicking{Store: store.NewMemory()}
		b := newLongBot(t, longBotConfig{kept: true, keptIn: disk, handler: after(5*time.Second, message.TextReply("late"))})
		require.Empty(t, b.say("?"))
		time.Sleep(30 * time.Minute)
		disk.broken.Store(true)
		time.Sleep(31 * time.Minute)
		require.Empty(t, b.losses())
		disk.broken.Store(false)
		time.Sleep(30 * time.Minute)
		require.Len(t, b.losses(), 1)
	})
}
