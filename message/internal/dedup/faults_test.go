package dedup_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
	"github.com/seed-f21aa8d8/wechat/store"
)

// Each test here notices a fault that no other test notices.

// TestSharedDeliveryIsBounded: a delivery that follows another process is dropped after
// six seconds, however long its peer would wait.
func TestSharedDeliveryIsBounded(t *testing.T) {
	for _, hold := range []bool{false, true} {
		bubble(t, fmt.Sprint("hold ", hold), func(t *testing.T) {
			s := store.NewMemory()
			a, b := newProcess(s, dedup.Config{Hold: hold}), newProcess(s, dedup.Config{Hold: hold})
			gone, cancel := context.WithCancel(t.Context())
			go a.Deliver(gone, dedup.Message{Key: "k", Work: a.job(time.Hour)})
			synctest.Wait()
			cancel()
			a.cable.cut.Store(true) // a does not say "closed" at its deadline
			held := holdClaim(s)    // and its claim lives on
			begin := time.Now()
			v, _ := deliverFor(b.Engine, time.Hour, dedup.Message{Key: "k", Work: b.job(0)})
			require.Equal(t, dedup.Dropped, v)
			require.Equal(t, dedup.HoldFor, time.Since(begin))
			held()
			time.Sleep(3 * time.Minute)
			shutdown(t, b.Engine)
		})
	}
}

// holdClaim renews whatever is claimed in s, as its owner would.
func holdClaim(s *store.Memory) (release func()) {
	stop := make(chan struct{})
	key := dedup.ClaimKey("k")
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Second):
				if v, found, _ := s.Get(context.Background(), key); found && v[0] == 'r' {
					next := append([]byte{}, v...)
					next[28]++ // the count of renewals
					_, _ = s.CompareAndSwap(context.Background(), key, v, next, 6*time.Second)
				}
			}
		}
	}()
	return func() { close(stop) }
}

// TestLostOwnershipIsHeeded: a process whose claim was taken over while nobody waits
// for it leaves the late answer to the other.
func TestLostOwnershipIsHeeded(t *testing.T) {
	for _, takes := range []time.Duration{12 * time.Second, 20 * time.Second} { // before and after the deadline
		bubble(t, takes.String(), func(t *testing.T) {
			s := store.NewMemory()
			a, b := newProcess(s, dedup.Config{Hold: true}), newProcess(s, dedup.Config{Hold: true})
			v, _ := deliverFor(a.Engine, time.Second, dedup.Message{Key: "k", Work: a.job(takes)})
			require.Equal(t, dedup.Dropped, v)
			a.cable.cut.Store(true)
			time.Sleep(6 * time.Second) // the lease lapses
			v, _ = deliver(b.Engine, "k", b.job(time.Second))
			require.Equal(t, dedup.Reply, v)
			a.cable.cut.Store(false)
			time.Sleep(2 * time.Minute)
			shutdown(t, a.Engine, b.Engine)
			require.Equal(t, []string{"run answer"}, a.note.all(), "b has answered")
			require.Equal(t, []string{"run answer"}, b.note.all())
			require.Contains(t, a.log.String(), "took over a message")
		})
	}
}

// TestClaimIsMadeAgain: a claim that the store has lost is there again before anybody
// else could take the message.
func TestClaimIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{Hold: true}), newProcess(s, dedup.Config{Hold: true})
		go deliverFor(a.Engine, 20*time.Second, dedup.Message{Key: "k", Work: a.job(13 * time.Second)})
		synctest.Wait()
		require.NoError(t, s.Delete(t.Context(), dedup.ClaimKey("k"))) // as an eviction does
		time.Sleep(2500 * time.Millisecond)                            // one renewal
		_, found, err := s.Get(t.Context(), dedup.ClaimKey("k"))
		require.NoError(t, err)
		require.True(t, found)
		v, _ := deliver(b.Engine, "k", b.job(0))
		require.Equal(t, dedup.Dropped, v)
		require.Zero(t, b.note.count("run"))
		time.Sleep(time.Minute)
		shutdown(t, a.Engine, b.Engine)
	})
}

// TestDoubtfulClaimIsRenewed: a process whose claim failed claims the message again as
// soon as the store is back, so that no other one runs it too.
func TestDoubtfulClaimIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{Hold: true}), newProcess(s, dedup.Config{Hold: true})
		a.cable.cut.Store(true)
		go deliverFor(a.Engine, 20*time.Second, dedup.Message{Key: "k", Work: a.job(13 * time.Second)})
		synctest.Wait()
		a.cable.cut.Store(false)
		time.Sleep(2500 * time.Millisecond) // one renewal
		v, _ := deliver(b.Engine, "k", b.job(0))
		require.Equal(t, dedup.Dropped, v)
		require.Zero(t, b.note.count("run"))
		time.Sleep(time.Minute)
		shutdown(t, a.Engine, b.Engine)
	})
}

// TestSpentIsSuccessElsewhere: a message whose signature has started a run before is not
// run by another process either.
func TestSpentIsSuccessElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
		spent := a.job(0)
		spent.use = dedup.Spent
		v, _ := deliver(a.Engine, "k", spent)
		require.Equal(t, dedup.Success, v)
		begin := time.Now()
		v, _ = deliver(b.Engine, "k", b.job(0))
		require.Equal(t, dedup.Success, v)
		require.Less(t, time.Since(begin), time.Second)
		time.Sleep(time.Minute)
		require.Zero(t, b.note.count("run"))
		shutdown(t, a.Engine, b.Engine)
	})
}

// TestUncollectedAfterAnEviction: no delivery takes an answer, and the store loses its
// record. The answer is sent late.
func TestUncollectedAfterAnEviction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		a := newProcess(s, dedup.Config{Hold: true})
		v, _ := deliverFor(a.Engine, time.Second, dedup.Message{Key: "k", Work: a.job(3 * time.Second)})
		require.Equal(t, dedup.Dropped, v)
		time.Sleep(4 * time.Second) // answered, and kept for a repeat
		require.NoError(t, s.Delete(t.Context(), dedup.ClaimKey("k")))
		time.Sleep(time.Minute)
		shutdown(t, a.Engine)
		require.Equal(t, []string{"run answer", "late answer"}, a.note.all())
	})
}

// leavingStore runs leave before each swap.
type leavingStore struct {
	store.Store
	leave func()
}

func (s leavingStore) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	s.leave()
	synctest.Wait()
	return s.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

// TestPeerLeavesBeforeTheAnswer: a process puts an answer of another one back if its
// delivery has gone. The other process then sends it late.
func TestPeerLeavesBeforeTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store.NewMemory()
		ctx, leave := context.WithCancel(t.Context())
		a, b := newProcess(s, dedup.Config{Hold: true}), newProcess(leavingStore{s, leave}, dedup.Config{Hold: true})
		v, _ := deliverFor(a.Engine, time.Second, dedup.Message{Key: "k", Work: a.job(3 * time.Second)})
		require.Equal(t, dedup.Dropped, v)
		v, _ = read(ctx, b.Deliver(ctx, dedup.Message{Key: "k", Work: b.job(0)}))
		require.Equal(t, dedup.Dropped, v)
		time.Sleep(time.Minute)
		require.Equal(t, []string{"run answer", "late answer"}, a.note.all())
		require.Empty(t, b.note.all())
		shutdown(t, a.Engine, b.Engine)
	})
}

// TestStaleTimer: a timer that was set for an earlier moment of the run does nothing.
// The answer of a quick work that nobody took is kept for the repeat although the
// deadline's timer may be on its way.
func TestStaleTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, takes := range []time.Duration{dedup.DefaultDeadline - 1, dedup.DefaultDeadline, dedup.DefaultDeadline + 1} {
			for range 50 {
				e, note := dedup.New(dedup.Config{}), newNotes()
				key := fmt.Sprint(takes)
				deliverFor(e, time.Second, dedup.Message{Key: key, Work: &job{name: "x", takes: takes, note: note}})
				time.Sleep(dedup.DefaultDeadline) // past the work and the deadline
				v, _ := deliver(e, key, nil)
				require.Contains(t, []dedup.Verdict{dedup.Reply, dedup.Success}, v)
				time.Sleep(time.Minute)
				late := note.count("late")
				require.Equal(t, v == dedup.Success, late == 1, "%v: verdict %v, sent late %d times", takes, v, late)
				shutdown(t, e)
			}
		}
	})
}

// TestEarlyTickOfADelivery: a delivery that joins at the last moment and stays for the
// rest of its six seconds does not end the work, or send its answer, early.
func TestEarlyTickOfADelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{Hold: true}), newNotes()
		w := &job{name: "x", takes: 13 * time.Second, note: note}
		for range 2 { // each drops at six seconds
			v, _ := deliverFor(e, time.Minute, dedup.Message{Key: "k", Work: w})
			require.Equal(t, dedup.Dropped, v)
		}
		v, _ := deliverFor(e, time.Minute, dedup.Message{Key: "k", Work: w})
		require.Equal(t, dedup.Reply, v)
		shutdown(t, e)
		require.Equal(t, []string{"run x"}, note.all())
	})
}

// TestSpentSignature: a signature that has started a run starts no other, with and
// without a store, even when the claim lapses while another process is followed.
func TestSpentSignature(t *testing.T) {
	for name, config := range map[string]dedup.Config{"here": {MaxPerSender: 3}, "with a store": {MaxPerSender: 3, Store: guarded(store.NewMemory())}} {
		bubble(t, name, func(t *testing.T) {
			e, note := dedup.New(config), newNotes()
			for i := range 10 {
				for _, key := range []string{fmt.Sprint(i), ""} {
					w := &job{name: "x", note: note, used: true}
					v, _ := deliverFor(e, time.Second, dedup.Message{Key: key, Sender: "u", Work: w})
					require.Equal(t, dedup.Success, v)
				}
			}
			require.Empty(t, note.all())
			require.Zero(t, e.Stats().Running)
			v, _ := deliverFor(e, time.Second, dedup.Message{Key: "k", Sender: "u", Work: &job{name: "x", note: note}})
			require.Equal(t, dedup.Reply, v, "nothing of them is left")
			shutdown(t, e)
		})
	}
	for _, use := range []dedup.Use{dedup.Spent, dedup.Foreign} {
		bubble(t, fmt.Sprint("in the store ", use), func(t *testing.T) {
			s := store.NewMemory()
			a, b := newProcess(s, dedup.Config{}), newProcess(s, dedup.Config{})
			want := map[dedup.Use]dedup.Verdict{dedup.Spent: dedup.Success, dedup.Foreign: dedup.Forbidden}[use]
			v, _ := deliver(a.Engine, "1", &job{name: "x", note: a.note, use: use})
			require.Equal(t, want, v)
			if use == dedup.Foreign { // a forgery leaves no claim behind
				v, _ = deliver(a.Engine, "1", a.job(0))
				require.Equal(t, dedup.Reply, v)
				a.note = newNotes()
			}

			go deliver(b.Engine, "2", b.job(time.Hour))
			synctest.Wait()
			b.dies()
			v, _ = deliverFor(a.Engine, time.Minute, dedup.Message{Key: "2", Work: &job{name: "x", note: a.note, use: use}})
			if use == dedup.Spent {
				require.Contains(t, []dedup.Verdict{dedup.Success, dedup.Dropped}, v)
			} else {
				require.Equal(t, dedup.Forbidden, v)
			}
			time.Sleep(10 * time.Second)
			require.Empty(t, a.note.all())
			time.Sleep(3 * time.Minute)
			shutdown(t, a.Engine)
		})
	}
}

// TestRoundTrips: the ordinary message over a store waits for it twice: signature and
// claim together, and the outcome.
func TestRoundTrips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const trip = 10 * time.Millisecond
		s := &distant{Store: store.NewMemory(), trip: trip}
		e, note := dedup.New(dedup.Config{Store: guarded(s)}), newNotes()
		begin := time.Now()
		v, _ := deliver(e, "k", &binding{job: job{name: "x", note: note}, s: s})
		require.Equal(t, dedup.Reply, v)
		require.Equal(t, 2*trip, time.Since(begin))
		require.EqualValues(t, 3, s.calls.Load())
		shutdown(t, e)
	})
}

// distant is a store that is a round trip away.
type distant struct {
	store.Store
	trip  time.Duration
	calls atomic.Int64
}

func (d *distant) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	d.calls.Add(1)
	time.Sleep(d.trip)
	return d.Store.SetIfAbsent(ctx, key, value, ttl)
}

func (d *distant) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	d.calls.Add(1)
	time.Sleep(d.trip)
	return d.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

// binding is a job that binds its signature in the store.
type binding struct {
	job
	s store.Store
}

func (b *binding) Bind() (dedup.Use, error) {
	_, err := b.s.SetIfAbsent(context.Background(), "nonce", nil, time.Minute)
	return dedup.Fresh, err
}

// TestBindPanics: what panics there is the store's failure, not the message's.
func TestBindPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := dedup.New(dedup.Config{Store: guarded(store.NewMemory())})
		v, _ := deliver(e, "k", rude{})
		require.Equal(t, dedup.Success, v)
		shutdown(t, e)
	})
}

// TestBoundPerSender: messages that run, wait and are sent late count; what is done
// does not, and a refused one may come again.
func TestBoundPerSender(t *testing.T) {
	for _, unordered := range []bool{false, true} {
		bubble(t, fmt.Sprint("unordered ", unordered), func(t *testing.T) {
			e, note := dedup.New(dedup.Config{MaxPerSender: 3, Unordered: unordered}), newNotes()
			send := func(key, sender string) dedup.Answer {
				return e.Deliver(t.Context(), dedup.Message{Key: key, Sender: sender, Work: &job{name: key, takes: 10 * time.Second, note: note}})
			}
			for i := range 3 {
				go send(fmt.Sprint(i), "u")
				synctest.Wait()
			}
			first, second := send("3", "u"), send("4", "u")
			require.Equal(t, dedup.TooMany, first.Verdict)
			require.True(t, first.First)
			require.Equal(t, dedup.TooMany, second.Verdict)
			require.False(t, second.First)
			require.Equal(t, dedup.Success, send("5", "other").Verdict)
			time.Sleep(time.Minute)
			require.Equal(t, dedup.Success, send("3", "u").Verdict, "there is room again")
			time.Sleep(time.Minute)
			for i := range 3 {
				go send(fmt.Sprint("again ", i), "u")
			}
			synctest.Wait()
			require.True(t, send("6", "u").First, "a new time")
			require.EqualValues(t, 3, e.Stats().TooMany)
			shutdown(t, e)
		})
	}
}

// TestTwoShutdowns: both wait, and both return.
func TestTwoShutdowns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		go deliver(e, "k", &job{name: "x", takes: 8 * time.Second, note: note})
		synctest.Wait()
		begin := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := e.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 8*time.Second, time.Since(begin))
	})
}

// TestOutcomesAtTheirRate: at 2,000 messages a second with replies of 2 KB an outcome
// lives for the fifteen seconds in which the platform repeats.
func TestOutcomesAtTheirRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := dedup.New(dedup.Config{})
		reply := dedup.Bytes(make([]byte, 2048+320)) // with its elements
		first := fmt.Sprintf("%0100d", 0)
		for i := range 15 * 2000 {
			a := e.Deliver(t.Context(), dedup.Message{Key: fmt.Sprintf("%0100d", i), Work: quick{answer: reply}})
			a.Wrote(nil)
		}
		require.Equal(t, 15*2000, e.Stats().Kept)
		v, _ := deliver(e, first, nil)
		require.Equal(t, dedup.Reply, v)
		shutdown(t, e)
	})
}

// slowStore takes its time for all but Get, and counts the swaps.
type slowStore struct {
	store.Store
	takes time.Duration
	swaps atomic.Int32
}

func (s *slowStore) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	time.Sleep(s.takes)
	return s.Store.SetIfAbsent(ctx, key, value, ttl)
}

func (s *slowStore) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	s.swaps.Add(1)
	time.Sleep(s.takes)
	return s.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

func (s *slowStore) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	time.Sleep(s.takes)
	return s.Store.CompareAndDelete(ctx, key, old)
}

// TestShutdownWithASlowStore: a shutdown whose time is over frees the claims for half a
// second; the other claims end with their leases.
func TestShutdownWithASlowStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newProcess(&slowStore{Store: store.NewMemory(), takes: 300 * time.Millisecond}, dedup.Config{})
		for i := range 20 {
			go deliver(a.Engine, fmt.Sprint(i), a.job(time.Minute))
		}
		time.Sleep(time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		begin := time.Now()
		require.Error(t, a.Shutdown(ctx))
		require.Less(t, time.Since(begin), time.Second)
		shutdown(t, a.Engine)
	})
}

// TestShutdownDuringTheClaim: a shutdown that ends while a message is claimed does not
// run it, and leaves it to another process at once.
func TestShutdownDuringTheClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowStore{Store: store.NewMemory(), takes: 300 * time.Millisecond}
		a := newProcess(s, dedup.Config{})
		go deliver(a.Engine, "k", a.job(0))
		time.Sleep(100 * time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		require.Error(t, a.Shutdown(ctx))
		time.Sleep(time.Second)
		require.Zero(t, a.note.count("run"))
		_, found, err := s.Get(t.Context(), dedup.ClaimKey("k"))
		require.NoError(t, err)
		require.False(t, found)
		shutdown(t, a.Engine)
	})
}

// TestStaleRenewal: a renewal that is due at the moment when the outcome is recorded, or
// while it is recorded, does nothing, so the outcome stays for the repeats.
func TestStaleRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowStore{Store: store.NewMemory(), takes: 200 * time.Millisecond}
		a := newProcess(s, dedup.Config{})
		// Claimed at 0.2 s, so the renewal is due at 2.2 s.
		for _, takes := range []time.Duration{1900 * time.Millisecond, 2 * time.Second} {
			for i := range 50 {
				key := fmt.Sprint(takes, i)
				v, _ := deliver(a.Engine, key, a.job(takes))
				require.Equal(t, dedup.Reply, v)
				time.Sleep(time.Second)
				swaps := s.swaps.Load()
				time.Sleep(30 * time.Second)
				require.Equal(t, swaps, s.swaps.Load())
				_, found, err := s.Get(t.Context(), dedup.ClaimKey(key))
				require.NoError(t, err)
				require.True(t, found)
			}
		}
		shutdown(t, a.Engine)
	})
}
