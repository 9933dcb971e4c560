package dedup_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
	"github.com/seed-f21aa8d8/wechat/message/internal/guard"
	"github.com/seed-f21aa8d8/wechat/store"
)

// cable connects a process to its store and can be cut.
type cable struct {
	store.Store
	cut atomic.Bool
}

func (c *cable) ok() error {
	if c.cut.Load() {
		return errStoreDown
	}
	return nil
}

func (c *cable) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if err := c.ok(); err != nil {
		return nil, false, err
	}
	return c.Store.Get(ctx, key)
}

func (c *cable) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if err := c.ok(); err != nil {
		return false, err
	}
	return c.Store.SetIfAbsent(ctx, key, value, ttl)
}

func (c *cable) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	if err := c.ok(); err != nil {
		return false, err
	}
	return c.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

func (c *cable) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	if err := c.ok(); err != nil {
		return false, err
	}
	return c.Store.CompareAndDelete(ctx, key, old)
}

// process is an engine with its own connection to the store.
type process struct {
	*dedup.Engine
	cable *cable
	guard *guard.Store
	note  *notes
	log   *bytes.Buffer
}

func newProcess(s store.Store, c dedup.Config) *process {
	p := &process{cable: &cable{Store: s}, note: newNotes(), log: new(bytes.Buffer)}
	c.Logger = slog.New(slog.NewTextHandler(p.log, nil))
	p.guard = guard.New(p.cable, c.Logger)
	c.Store = p.guard
	p.Engine = dedup.New(c)
	return p
}

func (p *process) job(takes time.Duration) *job {
	return &job{name: "answer", takes: takes, note: p.note}
}

func TestRepeatElsewhereGetsTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
		v, body := deliver(a.Engine, "k", a.job(time.Second))
		require.Equal(t, dedup.Reply, v)
		for range 2 {
			v, again := deliver(b.Engine, "k", b.job(time.Second))
			require.Equal(t, dedup.Reply, v)
			require.Equal(t, body, again)
		}
		require.Empty(t, b.note.all())
		require.EqualValues(t, 1, b.Stats().Shared)
		shutdown(t, a.Engine, b.Engine)
	})
}

// TestNoKeyNoClaim: messages without a key have nothing to do with each other.
func TestNoKeyNoClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
		for range 2 {
			for _, p := range []*process{a, b} {
				v, _ := deliver(p.Engine, "", p.job(0))
				require.Equal(t, dedup.Reply, v)
			}
		}
		require.Equal(t, 2, a.note.count("run"))
		require.Equal(t, 2, b.note.count("run"))
		shutdown(t, a.Engine, b.Engine)
	})
}

func TestDeliveriesAtBothAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
		for range 50 {
			for _, p := range []*process{a, b} {
				go func() {
					if v, body := deliver(p.Engine, "k", p.job(3*time.Second)); v != dedup.Reply || body != "answer" {
						t.Errorf("verdict %v, body %q", v, body)
					}
				}()
			}
		}
		time.Sleep(10 * time.Second)
		require.Equal(t, 1, a.note.count("run")+b.note.count("run"))
		shutdown(t, a.Engine, b.Engine)
	})
}

// dies disconnects a process: it cannot reach the store, and its deliveries break.
func (p *process) dies() { p.cable.cut.Store(true) }

func TestProcessDiesBeforeTheDeadline(t *testing.T) {
	for _, diesAt := range []time.Duration{0, time.Second, 1900 * time.Millisecond, 2100 * time.Millisecond, 4 * time.Second} {
		bubble(t, diesAt.String(), func(t *testing.T) {
			s := store.NewMemory()
			a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
			gone, die := context.WithCancel(t.Context())
			go a.Deliver(gone, dedup.Message{Key: "k", Work: &job{name: "dead", takes: time.Hour, note: a.note}})
			synctest.Wait()
			time.Sleep(diesAt)
			a.dies()
			die()
			synctest.Wait()
			begin := time.Now()
			var v dedup.Verdict
			for try := 2; try <= 3 && v != dedup.Reply && v != dedup.Success; try++ { // the platform sees the connection break and repeats
				v, _ = deliver(b.Engine, "k", b.job(time.Second))
			}
			require.Less(t, time.Since(begin), 10*time.Second)
			shutdown(t, b.Engine)
			if v == dedup.Reply || diesAt == 0 {
				require.Equal(t, dedup.Reply, v, "the third delivery has a deadline of its own")
				require.Equal(t, []string{"run answer"}, b.note.all())
			} else { // taken over with too little left of the delivery
				require.Equal(t, dedup.Success, v)
				require.Equal(t, []string{"run answer", "late answer"}, b.note.all())
			}
			time.Sleep(2 * time.Minute) // let the dead one's goroutines go
		})
	}
}

// TestTakenOverDuringHold: the deadline counts from the first sight, which the
// process that died had.
func TestTakenOverDuringHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{Hold: true}), newProcess(s, dedup.Config{Hold: true})
		begin := time.Now()
		gone, die := context.WithCancel(t.Context())
		go a.Deliver(gone, dedup.Message{Key: "k", Work: &job{name: "dead", takes: time.Hour, note: a.note}})
		time.Sleep(3 * time.Second)
		a.dies()
		die()
		time.Sleep(2 * time.Second)
		v, _ := deliver(b.Engine, "k", b.job(7*time.Second))
		require.Equal(t, dedup.Dropped, v)
		v, _ = deliver(b.Engine, "k", b.job(7*time.Second))
		require.Equal(t, dedup.Success, v)
		require.Equal(t, dedup.HoldDeadline, time.Since(begin).Round(time.Millisecond))
		shutdown(t, b.Engine)
		require.Equal(t, []string{"run answer", "late answer"}, b.note.all())
		time.Sleep(2 * time.Minute) // let the dead one's goroutines go
	})
}

// TestTakenOverWithNobodyThere: the other process has seen the message, and does
// not need a third delivery to take it over; its deadline has long passed then.
func TestTakenOverWithNobodyThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
		gone, die := context.WithCancel(t.Context())
		go a.Deliver(gone, dedup.Message{Key: "k", Work: &job{name: "dead", takes: time.Hour, note: a.note}})
		synctest.Wait()
		a.dies()
		die()
		v, _ := deliverFor(b.Engine, time.Second, dedup.Message{Key: "k", Sender: "u", Work: b.job(time.Second)})
		require.Equal(t, dedup.Dropped, v)
		time.Sleep(10 * time.Second)
		require.Equal(t, []string{"run answer", "late answer"}, b.note.all())
		shutdown(t, b.Engine)
		time.Sleep(2 * time.Minute) // let the dead one's goroutines go
	})
}

// TestProcessDiesAfterSuccess names the loss that nobody can prevent: what a
// process had in hand when it died, after it had answered "success".
func TestProcessDiesAfterSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
		v, _ := deliver(a.Engine, "k", &job{name: "dead", takes: time.Hour, note: a.note})
		require.Equal(t, dedup.Success, v)
		synctest.Wait()
		a.dies()
		v, _ = deliver(b.Engine, "k", b.job(time.Second))
		require.Equal(t, dedup.Success, v)
		require.Zero(t, b.note.count("run"))
		shutdown(t, b.Engine)
		time.Sleep(2 * time.Minute)
	})
}

// TestLeaseIsRenewed: a long work keeps its message although the lease is short.
func TestLeaseIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{Hold: true}), newProcess(s, dedup.Config{Hold: true})
		go deliver(a.Engine, "k", a.job(13*time.Second))
		time.Sleep(10 * time.Second)
		v, _ := deliver(b.Engine, "k", b.job(0))
		require.Equal(t, dedup.Reply, v)
		require.Zero(t, b.note.count("run"))
		shutdown(t, a.Engine, b.Engine)
		require.Equal(t, []string{"run answer"}, a.note.all())
	})
}

// TestHeldAcrossProcesses: the third delivery is answered by fourteen seconds
// after the first, which another process saw.
func TestHeldAcrossProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{Hold: true}), newProcess(s, dedup.Config{Hold: true})
		begin := time.Now()
		deliver(a.Engine, "k", a.job(20*time.Second))
		deliver(b.Engine, "k", b.job(0))
		v, _ := deliver(b.Engine, "k", b.job(0))
		require.Equal(t, dedup.Success, v)
		require.Less(t, time.Since(begin), 14500*time.Millisecond)
		shutdown(t, a.Engine, b.Engine)
		require.Equal(t, []string{"run answer", "late answer"}, a.note.all())
		require.Empty(t, b.note.all())
	})
}

// TestStoreForgets: a store that restarts empty loses the claims; they are made again,
// and an outcome is still recorded.
func TestStoreForgets(t *testing.T) {
	for _, forgetAt := range []time.Duration{time.Second, 7 * time.Second} { // with and without a renewal before the end
		bubble(t, forgetAt.String(), func(t *testing.T) {
			s := &swapStore{}
			s.now.Store(store.NewMemory())
			a, b := newProcess(s, dedup.Config{Hold: true}), newProcess(s, dedup.Config{Hold: true})
			go deliver(a.Engine, "k", a.job(7500*time.Millisecond))
			time.Sleep(forgetAt)
			s.now.Store(store.NewMemory())
			time.Sleep(10*time.Second - forgetAt)
			v, _ := deliver(b.Engine, "k", b.job(0))
			require.Equal(t, dedup.Reply, v)
			require.Empty(t, b.note.all())
			shutdown(t, a.Engine, b.Engine)
		})
	}
}

// swapStore is a store whose contents can be exchanged.
type swapStore struct{ now atomic.Pointer[store.Memory] }

func (s *swapStore) Get(ctx context.Context, key string) ([]byte, bool, error) {
	return s.now.Load().Get(ctx, key)
}

func (s *swapStore) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.now.Load().Set(ctx, key, value, ttl)
}

func (s *swapStore) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	return s.now.Load().SetIfAbsent(ctx, key, value, ttl)
}

func (s *swapStore) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	return s.now.Load().CompareAndSwap(ctx, key, old, new, ttl)
}

func (s *swapStore) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	return s.now.Load().CompareAndDelete(ctx, key, old)
}

func (s *swapStore) Delete(ctx context.Context, key string) error {
	return s.now.Load().Delete(ctx, key)
}

// TestStoreFails: the message is handled, its repeats are known here, and the
// log says so dedup.
func TestStoreFails(t *testing.T) {
	for name, s := range map[string]store.Store{
		"at once": downStore{},
		"slowly":  downStore{after: 300 * time.Millisecond},
		"never":   downStore{after: time.Hour}, // only its context ends a call
		"loudly":  nilStore{},
	} {
		bubble(t, name, func(t *testing.T) {
			p := newProcess(s, dedup.Config{})
			begin := time.Now()
			for i := range 50 {
				key := fmt.Sprint(i)
				for range 2 {
					v, _ := deliver(p.Engine, key, p.job(0))
					require.Equal(t, dedup.Reply, v)
				}
			}
			require.Equal(t, 50, p.note.count("run"))
			require.Less(t, time.Since(begin), 2*time.Second, "a store that is slow to fail is left alone for a while")
			require.Equal(t, 1, strings.Count(p.log.String(), "the shared store failed"), p.log.String())
			require.NotZero(t, p.guard.Failures())
			shutdown(t, p.Engine)
		})
	}
}

// nilStore panics on every call.
type nilStore struct{ store.Store }

// TestStoreFailsMeanwhile: the store fails while a message is handled.
func TestStoreFailsMeanwhile(t *testing.T) {
	for _, takes := range []time.Duration{3 * time.Second, 8 * time.Second} {
		bubble(t, takes.String(), func(t *testing.T) {
			p := newProcess(store.NewMemory(), dedup.Config{})
			time.AfterFunc(time.Second, p.dies)
			bots := []*dedup.Engine{p.Engine}
			got := (&platform{bots: bots}).send(takes)
			if takes < dedup.DefaultDeadline {
				require.Equal(t, seen{Answer: "answer 1", Runs: 1}, got)
			} else {
				require.Equal(t, seen{Answer: "success 1", Runs: 1, Late: 1}, got)
			}
			shutdown(t, bots...)
		})
	}
}

// TestFollowerLosesTheStore: the one that runs the message is out of sight for
// a whole lease, so the follower runs it too: at least dedup.
func TestFollowerLosesTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{Hold: true}), newProcess(s, dedup.Config{Hold: true})
		go deliver(a.Engine, "k", a.job(13*time.Second))
		time.Sleep(time.Second)
		go deliver(b.Engine, "k", b.job(time.Second))
		synctest.Wait()
		b.dies()
		time.Sleep(5 * time.Second)
		require.Zero(t, b.note.count("run"))
		v, _ := deliver(b.Engine, "k", b.job(time.Second))
		require.Equal(t, dedup.Reply, v)
		require.Equal(t, 1, b.note.count("run"))
		time.Sleep(time.Minute)
		shutdown(t, a.Engine, b.Engine)
	})
}

// TestPausedProcess: a process that was cut off for longer than its lease finds
// its message taken over, and leaves the answer to the other.
func TestPausedProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{Hold: true}), newProcess(s, dedup.Config{Hold: true})
		go deliver(a.Engine, "k", a.job(12*time.Second))
		time.Sleep(time.Second)
		a.cable.cut.Store(true)
		time.Sleep(4 * time.Second)
		v, _ := deliver(b.Engine, "k", b.job(2*time.Second))
		require.Equal(t, dedup.Reply, v)
		a.cable.cut.Store(false)
		shutdown(t, a.Engine, b.Engine)
		require.Equal(t, []string{"run answer"}, a.note.all())
		require.Equal(t, []string{"run answer"}, b.note.all())
		require.Contains(t, a.log.String(), "took over a message")
	})
}

// TestGarbageInTheStore: what is not ours is left alone, and the message handled.
func TestGarbageInTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProcess(garbage{store.NewMemory()}, dedup.Config{})
		begin := time.Now()
		for i := 0; ; i++ {
			v, _ := deliver(p.Engine, "k", p.job(0))
			if v == dedup.Reply {
				break
			}
			require.Less(t, time.Since(begin), 10*time.Second)
		}
		shutdown(t, p.Engine)
	})
}

type garbage struct{ *store.Memory }

func (g garbage) SetIfAbsent(ctx context.Context, key string, _ []byte, ttl time.Duration) (bool, error) {
	return false, nil
}

func (g garbage) Get(context.Context, string) ([]byte, bool, error) {
	return []byte("somebody else's"), true, nil
}

// TestGivenElsewhere: an answer that is ready when no delivery waits at its process
// is given out by the other, and is not sent late as well.
func TestGivenElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
		deliverFor(a.Engine, time.Second, dedup.Message{Key: "k", Work: a.job(2 * time.Second)})
		time.Sleep(4 * time.Second)
		v, _ := deliver(b.Engine, "k", b.job(0))
		require.Equal(t, dedup.Reply, v)
		time.Sleep(time.Minute)
		require.Equal(t, []string{"run answer"}, a.note.all())
		shutdown(t, a.Engine, b.Engine)
	})
}

// TestGivenElsewhereInVain: the other process could not write it either, so it
// goes back, and out late.
func TestGivenElsewhereInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
		deliverFor(a.Engine, time.Second, dedup.Message{Key: "k", Work: a.job(2 * time.Second)})
		time.Sleep(4 * time.Second)
		for range 2 {
			answer := b.Deliver(t.Context(), dedup.Message{Key: "k", Work: b.job(0)})
			require.Equal(t, dedup.Reply, answer.Verdict)
			answer.Wrote(context.Canceled)
		}
		time.Sleep(time.Minute)
		require.Equal(t, []string{"run answer", "late answer"}, a.note.all())
		require.Empty(t, b.note.all())
		shutdown(t, a.Engine, b.Engine)
	})
}

// TestGivenElsewhereForGood: the other process failed to write it after its own
// process had stopped waiting for that: a loss, with a name.
func TestGivenElsewhereForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
		deliverFor(a.Engine, time.Second, dedup.Message{Key: "k", Work: a.job(2 * time.Second)})
		time.Sleep(4 * time.Second)
		answer := b.Deliver(t.Context(), dedup.Message{Key: "k", Work: b.job(0)})
		require.Equal(t, dedup.Reply, answer.Verdict)
		time.Sleep(30 * time.Second)
		answer.Wrote(context.Canceled)
		require.Equal(t, []string{"run answer"}, a.note.all())
		require.Equal(t, []string{"lost answer: " + dedup.ErrUncollected.Error()}, b.note.all())
		shutdown(t, a.Engine, b.Engine)
	})
}

// TestOwnWriteFailsThenGivenElsewhere: the repeat of a broken delivery lands at
// the other process.
func TestOwnWriteFailsThenGivenElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
		answer := a.Deliver(t.Context(), dedup.Message{Key: "k", Work: a.job(0)})
		answer.Wrote(context.Canceled)
		v, _ := deliver(b.Engine, "k", b.job(0))
		require.Equal(t, dedup.Reply, v)
		time.Sleep(time.Minute)
		require.Equal(t, []string{"run answer"}, a.note.all())
		shutdown(t, a.Engine, b.Engine)
	})
}

func TestShutdownFreesTheClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
		go func() {
			if v, _ := deliver(a.Engine, "k", a.job(time.Minute)); v != dedup.Busy {
				t.Errorf("verdict %v", v)
			}
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.Error(t, a.Shutdown(ctx))
		begin := time.Now()
		v, _ := deliver(b.Engine, "k", b.job(0))
		require.Equal(t, dedup.Reply, v)
		require.Less(t, time.Since(begin), time.Second)
		shutdown(t, a.Engine, b.Engine)
	})
}

func TestShutdownEndsFollowing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{Hold: true}), newProcess(s, dedup.Config{Hold: true})
		go deliver(a.Engine, "k", a.job(12*time.Second))
		time.Sleep(time.Second)
		go func() {
			if v, _ := deliver(b.Engine, "k", b.job(0)); v != dedup.Busy {
				t.Errorf("verdict %v", v)
			}
		}()
		synctest.Wait()
		begin := time.Now()
		shutdown(t, b.Engine)
		require.Less(t, time.Since(begin), time.Second)
		shutdown(t, a.Engine)
	})
}

// TestFleet plays thousands of messages against three processes over one store,
// with repeats that land anywhere, answers lost, peers gone and works of every
// length, and counts: each message ran once, and came to one answer or a named
// loss.
func TestFleet(t *testing.T) {
	for seed := range uint64(4) {
		hold := seed%2 == 1
		bubble(t, fmt.Sprint("seed ", seed, " hold ", hold), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 7))
			s := store.NewMemory()
			var bots []*process
			for range 3 {
				bots = append(bots, newProcess(s, dedup.Config{Hold: hold}))
			}
			const messages = 500
			for i := range messages {
				m := drive{bots: bots, key: fmt.Sprint(i), sender: fmt.Sprint("user", rnd.IntN(messages)),
					rnd: rand.New(rand.NewPCG(seed, uint64(i)))}
				go m.play(t)
				time.Sleep(time.Duration(rnd.IntN(50)) * time.Millisecond)
			}
			time.Sleep(5 * time.Minute)
			for _, b := range bots {
				shutdown(t, b.Engine)
				require.Empty(t, b.log.String())
			}
		})
	}
}

// drive is the platform with one message.
type drive struct {
	bots        []*process
	key, sender string
	rnd         *rand.Rand
}

func (d drive) play(t *testing.T) {
	note := newNotes()
	takes := []time.Duration{0, 10 * time.Millisecond, time.Second, 4490 * time.Millisecond, 4500 * time.Millisecond, 4510 * time.Millisecond,
		8 * time.Second, 13990 * time.Millisecond, 14010 * time.Millisecond, 61 * time.Second}[d.rnd.IntN(10)]
	answered, wentMissing := false, false
	for try := 0; try < 3 && !answered; try++ {
		begin, patience := time.Now(), 5*time.Second
		if d.rnd.IntN(4) == 0 {
			patience = time.Duration(d.rnd.IntN(11)) * 500 * time.Millisecond
		}
		m := dedup.Message{Key: d.key, Sender: d.sender, Work: &job{name: "x", takes: takes, note: note}}
		v, _ := deliverFor(d.bots[d.rnd.IntN(len(d.bots))].Engine, patience, m)
		lost := d.rnd.IntN(5) == 0
		wentMissing = wentMissing || v == dedup.Reply && lost // written, so nobody here can know
		answered = v == dedup.Reply && !lost
		if v == dedup.Success && !lost {
			break
		}
		if !answered {
			time.Sleep(5*time.Second - time.Since(begin))
		}
	}
	time.Sleep(3 * time.Minute)
	outcomes := note.count("late") + note.count("lost")
	if answered {
		outcomes++
	}
	if note.count("run") != 1 || outcomes > 1 || outcomes == 0 && !wentMissing {
		t.Errorf("message %s, %v: answered %v, an answer lost %v, %q", d.key, takes, answered, wentMissing, note.all())
	}
}
