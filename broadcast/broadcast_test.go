package broadcast_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/subscribe"
	"github.com/seed-f21aa8d8/wechat/template"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// The platform's own refusals are told apart, whatever is sent.
func TestOutcomesOfThePlatform(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, 1)
		x.p.Stranger("oUser00001")
		x.receivers = append(x.receivers, "oUser00001")
		oa := x.client()
		all := append(x.receivers, "oNobody")

		var seen results
		p, err := broadcast.Run(t.Context(), broadcast.Config{OnResult: seen.add}, broadcast.Each(slices.Values(all)), x.sender(oa))
		require.NoError(t, err)
		require.Equal(t, broadcast.Sent, seen.one(t, "oUser00000").Outcome)
		require.Equal(t, broadcast.NotFollower, seen.one(t, "oUser00001").Outcome)
		require.Equal(t, errcode.RequireSubscribe, seen.one(t, "oUser00001").Code)
		require.ErrorIs(t, seen.one(t, "oUser00001").Err, errcode.RequireSubscribe)
		require.Equal(t, broadcast.UnknownReceiver, seen.one(t, "oNobody").Outcome)
		require.Equal(t, map[broadcast.Outcome]int{broadcast.Sent: 1, broadcast.NotFollower: 1, broadcast.UnknownReceiver: 1}, p.Outcomes)
		require.Equal(t, 3, p.Done)

		seen = results{}
		service := customerservice.New(oa)
		_, err = broadcast.Run(t.Context(), broadcast.Config{OnResult: seen.add}, broadcast.Each(slices.Values(all)), func(ctx context.Context, openID string) (string, error) {
			return "", service.Send(ctx, openID, customerservice.Text("hello"))
		})
		require.NoError(t, err)
		require.Equal(t, broadcast.WindowClosed, seen.one(t, "oUser00000").Outcome)

		seen = results{}
		notices := subscribe.New(oa)
		id, data := subscription(t, notices)
		_, err = broadcast.Run(t.Context(), broadcast.Config{OnResult: seen.add}, broadcast.Each(slices.Values(all[:1])), func(ctx context.Context, openID string) (string, error) {
			return notices.Send(ctx, subscribe.Message{To: openID, TemplateID: id, Data: data})
		})
		require.NoError(t, err)
		require.Equal(t, broadcast.Refused, seen.one(t, "oUser00000").Outcome)
		require.Equal(t, errcode.UserRefusedMessage, seen.one(t, "oUser00000").Code)
	})
}

// subscription makes a template for subscription notices, and data for it.
func subscription(t *testing.T, notices *subscribe.Service) (id string, data notice.Data) {
	t.Helper()
	categories, err := notices.ListCategories(t.Context())
	require.NoError(t, err)
	for title, err := range notices.AllTitles(t.Context(), categories[0].ID) {
		require.NoError(t, err)
		keywords, err := notices.ListKeywords(t.Context(), title.ID)
		require.NoError(t, err)
		id, err := notices.Add(t.Context(), subscribe.NewTemplate{TitleID: title.ID, Keywords: []string{keywords[0].ID, keywords[1].ID}, Scene: "示例"})
		require.NoError(t, err)
		data := notice.Data{}
		for _, k := range keywords[:2] {
			data[k.Rule+k.ID] = notice.Value{Value: k.Example}
		}
		return id, data
	}
	return "", nil
}

// The tokens are revoked several times during a broadcast; every receiver still gets one message.
func TestTokenRevokedInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, 300)
		var seen results
		sent := 0
		p, err := broadcast.Run(t.Context(), broadcast.Config{Name: "revoked", Store: x.disk, OnResult: func(r broadcast.Result) {
			if sent++; sent%50 == 0 {
				x.p.RevokeTokens()
			}
			seen.add(r)
		}}, broadcast.Each(slices.Values(x.receivers)), x.sender(x.client()))
		require.NoError(t, err)
		require.Equal(t, map[broadcast.Outcome]int{broadcast.Sent: 300}, p.Outcomes)
		for _, openID := range x.receivers {
			require.Equal(t, 1, x.received(openID))
			require.NotEmpty(t, seen.one(t, openID).MsgID)
		}
	})
}

// Every token is refused for a while, new ones too. Sends pause, one at a time is tried.
func TestTokensRefusedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, 50)
		remove := x.p.Inject(wechattest.Rule{Path: sendPath, Fault: wechattest.Errcode(40001)})
		time.AfterFunc(10*time.Minute, remove)
		p, err := broadcast.Run(t.Context(), broadcast.Config{Name: "refused", Store: x.disk}, broadcast.Each(slices.Values(x.receivers)), x.sender(x.client()))
		require.NoError(t, err)
		require.Equal(t, map[broadcast.Outcome]int{broadcast.Sent: 50}, p.Outcomes)
		require.Less(t, x.p.Count(sendPath), 50+80)
		require.GreaterOrEqual(t, p.Elapsed, 10*time.Minute)
	})
}

// The quotas of a minute and of a day run out. Everybody gets one message in the end,
// and the platform is not asked more than a few times an hour without success.
func TestQuotasPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, 250)
		x.p.SetQuota(sendPath, 200, 40)
		var log bytes.Buffer
		var paused atomic.Int64
		var first, firstOutcomes map[broadcast.Outcome]int
		p, err := broadcast.Run(t.Context(), broadcast.Config{
			Name: "quota", Store: x.disk, Logger: slog.New(slog.NewTextHandler(&log, nil)),
			OnProgress: func(p broadcast.Progress) {
				if first == nil {
					first, firstOutcomes = p.Outcomes, maps.Clone(p.Outcomes)
				}
				if errors.Is(p.Cause, errcode.DailyQuotaReached) && !p.PausedUntil.IsZero() {
					paused.Add(1)
				}
			},
		}, broadcast.Each(slices.Values(x.receivers)), x.sender(x.client()))
		require.NoError(t, err)
		require.Equal(t, map[broadcast.Outcome]int{broadcast.Sent: 250}, p.Outcomes)
		require.Equal(t, firstOutcomes, first, "what OnProgress was given does not change")
		require.Zero(t, p.PausedUntil)
		require.NoError(t, p.Cause)
		for _, openID := range x.receivers {
			require.Equal(t, 1, x.received(openID))
		}
		require.Positive(t, paused.Load(), "the progress shows the pause")
		require.Less(t, x.p.Count(sendPath), 250+24*12+100)
		require.Contains(t, log.String(), "broadcast: pauses")
		require.Contains(t, log.String(), "broadcast: goes on")
		require.Contains(t, log.String(), "sent=250")
	})
}

// A run gives up after a while, and another one goes on.
func TestGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, 30)
		x.p.SetQuota(sendPath, 10, 0)
		c := broadcast.Config{Name: "give-up", Store: x.disk, GiveUp: time.Hour}
		send := x.sender(x.client(func(c *officialaccount.Config) { c.QuotaGuard = true }))
		p, err := broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(x.receivers)), send)
		require.ErrorIs(t, err, errcode.DailyQuotaReached)
		require.ErrorContains(t, err, "no send has succeeded for")
		require.Equal(t, map[broadcast.Outcome]int{broadcast.Sent: 10}, p.Outcomes)
		require.LessOrEqual(t, p.Elapsed, time.Hour)

		c.GiveUp = -1
		p, err = broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(x.receivers)), send)
		require.ErrorIs(t, err, errcode.DailyQuotaReached)
		require.Less(t, p.Elapsed, time.Second)

		x.p.SetQuota(sendPath, 0, 0)
		c.GiveUp = 0
		p, err = broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(x.receivers)), send)
		require.NoError(t, err)
		require.Equal(t, 30, p.Done)
		require.Equal(t, 10, p.Earlier)
		require.Equal(t, map[broadcast.Outcome]int{broadcast.Sent: 30}, p.Outcomes)
		for _, openID := range x.receivers {
			require.Equal(t, 1, x.received(openID))
		}
	})
}

// During an outage in which requests vanish, few receivers become ambiguous.
func TestOutageBurnsFewReceivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, 200)
		remove := x.p.Inject(wechattest.Rule{Path: sendPath, Fault: wechattest.CutAfter()})
		time.AfterFunc(30*time.Minute, remove)
		var seen results
		p, err := broadcast.Run(t.Context(), broadcast.Config{Name: "outage", Store: x.disk, OnResult: seen.add}, broadcast.Each(slices.Values(x.receivers)), x.sender(x.client()))
		require.NoError(t, err)
		require.Equal(t, 200, p.Done)
		require.Equal(t, 200, p.Outcomes[broadcast.Sent]+p.Outcomes[broadcast.Ambiguous])
		require.Less(t, p.Outcomes[broadcast.Ambiguous], 80)
		for _, openID := range x.receivers {
			require.Equal(t, 1, x.received(openID), "each exactly once, or named")
		}
	})
}

// With ids of its own, a send may be repeated, and the platform sends one message.
func TestRepeatWithin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, 50)
		x.p.Inject(wechattest.Rule{Path: sendPath, Share: 0.2, Fault: wechattest.CutAfter()})
		templates := template.New(x.client())
		p, err := broadcast.Run(t.Context(), broadcast.Config{Name: "repeat", Store: x.disk, RepeatWithin: 9 * time.Minute}, broadcast.Each(slices.Values(x.receivers)),
			func(ctx context.Context, openID string) (string, error) {
				return templates.Send(ctx, template.Message{To: openID, TemplateID: x.template, ClientMsgID: "repeat-" + openID, Data: notice.Data{"thing1": {Value: "x"}, "thing2": {Value: "y"}}})
			})
		require.NoError(t, err)
		require.Equal(t, map[broadcast.Outcome]int{broadcast.Sent: 50}, p.Outcomes)
		require.Greater(t, x.p.Count(sendPath), 55)
		for _, openID := range x.receivers {
			require.Equal(t, 1, x.received(openID))
		}
	})
}

// A send is repeated within the time only, then the receiver is ambiguous.
func TestRepeatWithinEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var last time.Time
		var seen results
		c := broadcast.Config{Name: "window", Store: store.NewMemory(), Concurrency: 1, RepeatWithin: 9 * time.Minute, OnResult: seen.add}
		cut := &errcode.TransportError{Op: sendPath, Sent: true, Err: errors.New("cut")}
		_, err := broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(ids(2))), func(_ context.Context, receiver string) (string, error) {
			if receiver == "o00000" {
				last = time.Now()
				return "", cut
			}
			return "1", nil
		})
		require.NoError(t, err)
		require.Equal(t, broadcast.Ambiguous, seen.one(t, "o00000").Outcome)
		require.ErrorIs(t, seen.one(t, "o00000").Err, cut)
		require.Less(t, last.Sub(began), 9*time.Minute)
		require.Greater(t, last.Sub(began), 7*time.Minute)
		require.Equal(t, broadcast.Sent, seen.one(t, "o00001").Outcome)
	})
}

// No send begins in a pause, also not one that waited for its turn when the pause began.
func TestNothingIsSentInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var begins []time.Time
		_, err := broadcast.Run(t.Context(), broadcast.Config{Concurrency: 8, Rate: 1}, broadcast.Each(slices.Values(ids(20))), func(context.Context, string) (string, error) {
			mu.Lock()
			defer mu.Unlock()
			if begins = append(begins, time.Now()); len(begins) == 3 {
				return "", refusal(errcode.MinuteQuotaReached)
			}
			return "", nil
		})
		require.NoError(t, err)
		require.Len(t, begins, 21)
		require.GreaterOrEqual(t, begins[3].Sub(begins[2]), 30*time.Second)
		for i := range 20 {
			require.GreaterOrEqual(t, begins[i+1].Sub(begins[i]), time.Second)
		}
	})
}

// A send that stays open is repeated by a later run only within the time.
// RepeatWithin is counted from the first send, over all runs.
func TestRepeatWithinOverRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := store.NewMemory()
		var seen results
		c := broadcast.Config{Name: "runs", Store: disk, RepeatWithin: 10 * time.Minute, OnResult: seen.add}
		sent := 0
		send := func(context.Context, string) (string, error) {
			sent++
			return "", &errcode.TransportError{Op: sendPath, Sent: true, Err: errors.New(strings.Repeat("cut ", 1000))}
		}
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			_, err := broadcast.Run(ctx, c, broadcast.Each(slices.Values(ids(1))), send)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			cancel()
			time.Sleep(6 * time.Minute)
		}
		require.Equal(t, 2, sent)
		_, err := broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(ids(1))), send)
		require.NoError(t, err)
		require.Equal(t, 2, sent, "twelve minutes after the first")
		require.Equal(t, broadcast.Ambiguous, seen.one(t, "o00000").Outcome)

		// A long error is stored in part.
		c.Name, c.RepeatWithin = "long", 0
		_, err = broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(ids(1))), send)
		require.NoError(t, err)
		record, found, err := disk.Get(t.Context(), "broadcast:long:r:o00000")
		require.NoError(t, err)
		require.True(t, found)
		require.Less(t, len(record), 1000)
	})
}

// Sends that were under way when a pause began neither lengthen nor end it.
func TestPauseIsTheProbes(t *testing.T) {
	quota := &errcode.Error{Code: errcode.DailyQuotaReached}
	for name, late := range map[string]error{"they fail": quota, "they succeed": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				first := true
				var mu sync.Mutex
				var again []time.Duration // when sends began after the first eight
				n := 0
				_, err := broadcast.Run(t.Context(), broadcast.Config{Concurrency: 8}, broadcast.Each(slices.Values(ids(20))), func(context.Context, string) (string, error) {
					mu.Lock()
					n++
					mine, isFirst := n, first
					first = false
					if mine > 8 {
						again = append(again, time.Since(began))
					}
					mu.Unlock()
					switch {
					case isFirst:
						time.Sleep(time.Millisecond) // until all eight have begun
						return "", quota
					case mine <= 8:
						time.Sleep(time.Second)
						return "", late
					}
					return "", nil
				})
				require.NoError(t, err)
				require.GreaterOrEqual(t, slices.Min(again), 30*time.Second)
				require.LessOrEqual(t, slices.Max(again), time.Minute)
			})
		})
	}
}

func TestRepeatWithinAfterACrash(t *testing.T) {
	for wait, want := range map[time.Duration]broadcast.Outcome{time.Minute: broadcast.Sent, 10 * time.Minute: broadcast.Ambiguous} {
		synctest.Test(t, func(t *testing.T) {
			disk := store.NewMemory()
			c := broadcast.Config{Name: "open", Store: disk, RepeatWithin: 9 * time.Minute, GiveUp: -1}
			receivers := broadcast.Each(slices.Values(ids(1)))
			_, err := broadcast.Run(t.Context(), c, receivers, func(context.Context, string) (string, error) {
				return "", &errcode.TransportError{Op: sendPath, Sent: true, Err: errors.New("cut")}
			})
			require.ErrorContains(t, err, "cut")
			time.Sleep(wait)
			var seen results
			c.OnResult = seen.add
			_, err = broadcast.Run(t.Context(), c, receivers, func(context.Context, string) (string, error) { return "7", nil })
			require.NoError(t, err)
			require.Equal(t, want, seen.one(t, "o00000").Outcome)
			require.Equal(t, want == broadcast.Ambiguous, seen.one(t, "o00000").Earlier)
		})
	}
}

// At most Concurrency sends at a time, and not more than Rate a second.
func TestConcurrencyAndRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		var mu sync.Mutex
		var begins []time.Time
		p, err := broadcast.Run(t.Context(), broadcast.Config{Concurrency: 5, Rate: 20}, broadcast.Each(slices.Values(ids(100))), func(context.Context, string) (string, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			mu.Lock()
			begins = append(begins, time.Now())
			mu.Unlock()
			time.Sleep(200 * time.Millisecond)
			return "", nil
		})
		require.NoError(t, err)
		require.LessOrEqual(t, most.Load(), int64(5))
		require.Greater(t, most.Load(), int64(1))
		for i := range len(begins) - 20 {
			require.GreaterOrEqual(t, begins[i+20].Sub(begins[i]), time.Second)
		}
		require.Less(t, p.Elapsed, 7*time.Second)
	})
}

// When ctx ends, sends that have begun are finished and noted; nothing is ambiguous.
func TestContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		shutdown := errors.New("SIGTERM")
		time.AfterFunc(time.Second, func() { cancel(shutdown) })
		disk := store.NewMemory()
		c := broadcast.Config{Name: "end", Store: disk, Concurrency: 4}
		var tries attempts
		send := func(ctx context.Context, receiver string) (string, error) {
			tries.next(receiver)
			time.Sleep(300 * time.Millisecond)
			return "", ctx.Err()
		}
		p, err := broadcast.Run(ctx, c, broadcast.Each(slices.Values(ids(40))), send)
		require.ErrorIs(t, err, shutdown)
		require.Equal(t, map[broadcast.Outcome]int{broadcast.Sent: 16}, p.Outcomes)
		again := time.Now()
		p, err = broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(ids(40))), send)
		require.NoError(t, err)
		require.Equal(t, map[broadcast.Outcome]int{broadcast.Sent: 40}, p.Outcomes)
		require.Equal(t, 6*300*time.Millisecond, time.Since(again), "the lock is free")
		for _, n := range tries.count {
			require.Equal(t, 1, n)
		}
	})
}

// A receiver that occurs twice gets one message and has one result.
func TestDuplicates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen results
		var tries attempts
		twice := append(ids(20), ids(20)...)
		p, err := broadcast.Run(t.Context(), broadcast.Config{Name: "twice", Store: store.NewMemory(), OnResult: seen.add}, broadcast.Each(slices.Values(twice)), func(_ context.Context, receiver string) (string, error) {
			tries.next(receiver)
			time.Sleep(time.Second)
			return "", nil
		})
		require.NoError(t, err)
		require.Equal(t, 20, p.Done)
		require.Equal(t, 20, p.Duplicates)
		for _, receiver := range ids(20) {
			seen.one(t, receiver)
			require.Equal(t, 1, tries.count[receiver])
		}
	})
}

// Two processes run one broadcast: one sends, the other waits and has the same results.
func TestTwoProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, 40)
		x.p.Inject(wechattest.Rule{Path: sendPath, Fault: wechattest.Latency(20 * time.Second)})
		var both [2]results
		var done sync.WaitGroup
		for i := range both {
			done.Go(func() {
				_, err := broadcast.Run(t.Context(), broadcast.Config{Name: "two", Store: x.disk, Concurrency: 4, OnResult: both[i].add}, broadcast.Each(slices.Values(x.receivers)), x.sender(x.client()))
				require.NoError(t, err)
			})
		}
		done.Wait()
		for _, openID := range x.receivers {
			require.Equal(t, 1, x.received(openID))
			a, b := both[0].one(t, openID), both[1].one(t, openID)
			require.Equal(t, a.MsgID, b.MsgID)
			require.NotEqual(t, a.Earlier, b.Earlier)
		}
	})
}

// A process that is paused beyond its lease sends nothing twice when it wakes up.
func TestALostLockEndsTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := store.NewMemory()
		var tries attempts
		slow := func(_ context.Context, receiver string) (string, error) {
			tries.next(receiver)
			time.Sleep(time.Minute)
			return "slow", nil
		}
		c := broadcast.Config{Name: "zombie", Store: noRenewal{disk}, Concurrency: 1, Timeout: time.Hour}
		var done sync.WaitGroup
		done.Go(func() {
			_, err := broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(ids(3))), slow)
			require.ErrorIs(t, err, store.ErrLockLost)
		})
		time.Sleep(time.Second)
		var seen results
		_, err := broadcast.Run(t.Context(), broadcast.Config{Name: "zombie", Store: disk, OnResult: seen.add}, broadcast.Each(slices.Values(ids(3))), func(_ context.Context, receiver string) (string, error) {
			tries.next(receiver)
			return "", nil
		})
		require.NoError(t, err)
		done.Wait()
		require.Equal(t, broadcast.Ambiguous, seen.one(t, "o00000").Outcome)
		require.ErrorIs(t, seen.one(t, "o00000").Err, broadcast.ErrInterrupted)
		require.Equal(t, map[string]int{"o00000": 1, "o00001": 1, "o00002": 1}, tries.count)
	})
}

// noRenewal is a store in which locks cannot be renewed, as from behind a cut network.
type noRenewal struct{ store.Store }

func (s noRenewal) CompareAndSwap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	if strings.HasSuffix(key, "lock") {
		return false, errors.New("no route to the store")
	}
	return s.Store.CompareAndSwap(ctx, key, old, value, ttl)
}

// Failed and skipped receivers are tried again by a later run, others are not.
func TestALaterRunTriesFailedOnesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := broadcast.Config{Name: "later", Store: store.NewMemory()}
		outcome := map[string]error{
			"failed": refusal(errcode.InvalidTemplateArgument), "skipped": broadcast.ErrSkip,
			"left": refusal(errcode.RequireSubscribe), "cut": &errcode.TransportError{Op: sendPath, Sent: true, Err: errors.New("cut")},
		}
		receivers := []string{"failed", "skipped", "left", "cut"}
		_, err := broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(receivers)), func(_ context.Context, receiver string) (string, error) {
			return "", outcome[receiver]
		})
		require.NoError(t, err)
		var seen results
		c.OnResult = seen.add
		_, err = broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(receivers)), func(context.Context, string) (string, error) { return "1", nil })
		require.NoError(t, err)
		require.Equal(t, broadcast.Sent, seen.one(t, "failed").Outcome)
		require.Equal(t, broadcast.Sent, seen.one(t, "skipped").Outcome)
		left := seen.one(t, "left")
		require.Equal(t, broadcast.NotFollower, left.Outcome)
		require.ErrorIs(t, left.Err, errcode.RequireSubscribe)
		require.True(t, left.Earlier)
		require.ErrorContains(t, seen.one(t, "cut").Err, "cut")
		require.Equal(t, broadcast.Ambiguous, seen.one(t, "cut").Outcome)
	})
}

// The receivers fail in the middle, or their reader does not return.
func TestReceiversFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("the list is gone")
		broken := func(yield func(string, error) bool) {
			for _, id := range ids(5) {
				if !yield(id, nil) {
					return
				}
			}
			yield("", gone)
		}
		send := func(context.Context, string) (string, error) { return "", nil }
		p, err := broadcast.Run(t.Context(), broadcast.Config{}, broken, send)
		require.ErrorIs(t, err, gone)
		require.LessOrEqual(t, p.Done, 5)
		require.Panics(t, func() {
			_, _ = broadcast.Run(t.Context(), broadcast.Config{Name: "panic", Store: store.NewMemory()}, func(func(string, error) bool) { panic("reader") }, send)
		})
		_, err = broadcast.Run(t.Context(), broadcast.Config{}, broadcast.Each(slices.Values([]string{strings.Repeat("x", 401)})), send)
		require.ErrorContains(t, err, "401 bytes")
	})
}

// A store that is down ends the run before anything is sent twice.
// A result that cannot be stored is told, and so is a message that may have been sent when
// the caller stops a run without a store.
func TestResultsThatAreNotStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := &flaky{Store: store.NewMemory()}
		var seen results
		c := broadcast.Config{Name: "last", Store: down, OnResult: seen.add}
		_, err := broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(ids(1))), func(context.Context, string) (string, error) {
			down.down.Store(true)
			return "1", nil
		})
		require.ErrorContains(t, err, "the result of a receiver was not stored")
		require.Equal(t, broadcast.Sent, seen.one(t, "o00000").Outcome)

		seen = results{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cut := &errcode.TransportError{Op: sendPath, Sent: true, Err: errors.New("cut")}
		c = broadcast.Config{RepeatWithin: time.Hour, OnResult: seen.add}
		_, err = broadcast.Run(ctx, c, broadcast.Each(slices.Values(ids(1))), func(context.Context, string) (string, error) { return "", cut })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, broadcast.Ambiguous, seen.one(t, "o00000").Outcome)
		require.ErrorIs(t, seen.one(t, "o00000").Err, cut)
	})
}

func TestStoreDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, 10)
		down := &flaky{Store: x.disk}
		c := broadcast.Config{Name: "down", Store: down, Concurrency: 2}
		send := x.sender(x.client())
		var n atomic.Int64
		_, err := broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(x.receivers)), func(ctx context.Context, openID string) (string, error) {
			if n.Add(1) == 5 {
				down.down.Store(true)
			}
			return send(ctx, openID)
		})
		require.ErrorContains(t, err, "store is down")
		down.down.Store(false)
		time.Sleep(time.Minute)
		var seen results
		c.OnResult = seen.add
		_, err = broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(x.receivers)), send)
		require.NoError(t, err)
		for _, openID := range x.receivers {
			if seen.one(t, openID).Outcome != broadcast.Ambiguous {
				require.Equal(t, 1, x.received(openID))
			}
			require.LessOrEqual(t, x.received(openID), 1)
		}
	})
}

// A store that loses every seventh answer does not double or end anything.
func TestStoreLosesAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, 30)
		c := broadcast.Config{Name: "lossy", Store: &flaky{Store: x.disk, lose: 7}}
		p, err := broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(x.receivers)), x.sender(x.client()))
		require.NoError(t, err)
		require.Equal(t, map[broadcast.Outcome]int{broadcast.Sent: 30}, p.Outcomes)
		for _, openID := range x.receivers {
			require.Equal(t, 1, x.received(openID))
		}
	})
}

// flaky is a store that can be down and can lose the answers of notes and entries.
type flaky struct {
	store.Store
	down  atomic.Bool
	lose  int64 // every how many answers; 0: none
	calls atomic.Int64
}

func (f *flaky) fault(key string) error {
	if f.down.Load() || f.lose > 0 && !strings.HasSuffix(key, "lock") && f.calls.Add(1)%f.lose == 0 {
		return errors.New("store is down")
	}
	return nil
}

func (f *flaky) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if err := f.fault(key); err != nil {
		return nil, false, err
	}
	return f.Store.Get(ctx, key)
}

func (f *flaky) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if f.down.Load() {
		return false, f.fault(key)
	}
	stored, err := f.Store.SetIfAbsent(ctx, key, value, ttl)
	return stored, errors.Join(err, f.fault(key))
}

func (f *flaky) CompareAndSwap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	if f.down.Load() {
		return false, f.fault(key)
	}
	swapped, err := f.Store.CompareAndSwap(ctx, key, old, value, ttl)
	return swapped, errors.Join(err, f.fault(key))
}

func TestConfigErrors(t *testing.T) {
	for want, c := range map[string]broadcast.Config{
		"Name is empty":               {Store: store.NewMemory()},
		"no colon":                    {Store: store.NewMemory(), Name: "a:b"},
		"at most 64":                  {Name: strings.Repeat("x", 65)},
		"needs":                       {Ledger: &broadcast.Ledger{}},
		"must not be negative":        {Keep: -1},
		"Config.Concurrency and Rate": {Rate: -1},
	} {
		_, err := broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(ids(1))), func(context.Context, string) (string, error) { return "", nil })
		require.ErrorContains(t, err, want)
	}
}

// RunFunc takes receivers of any type.
func TestRunFunc(t *testing.T) {
	type order struct{ openID, number string }
	var seen results
	orders := []order{{"oLiLei", "1"}, {"oLiLei", "2"}}
	_, err := broadcast.RunFunc(t.Context(), broadcast.Config{Name: "orders", Store: store.NewMemory(), OnResult: seen.add},
		broadcast.Each(slices.Values(orders)), func(o order) string { return o.openID + "/" + o.number },
		func(_ context.Context, o order) (string, error) { return o.number, nil })
	require.NoError(t, err)
	require.Equal(t, "2", seen.one(t, "oLiLei/2").MsgID)
	require.Equal(t, "1", seen.one(t, "oLiLei/1").MsgID)
}

// forgetful is a store that keeps nothing but the lock.
type forgetful struct{ store.Store }

func (f forgetful) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if strings.HasSuffix(key, "lock") {
		return f.Store.SetIfAbsent(ctx, key, value, ttl)
	}
	return true, nil
}

func (f forgetful) CompareAndSwap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	if strings.HasSuffix(key, "lock") {
		return f.Store.CompareAndSwap(ctx, key, old, value, ttl)
	}
	return true, nil
}

// Memory does not grow with the number of receivers.
func TestMemoryIsFlat(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	const many = 40_000
	var most uint64
	var receivers iter.Seq[string] = func(yield func(string) bool) {
		for n := range many {
			if n%(many/5) == 0 {
				most = max(most, heap())
			}
			if !yield(strings.Repeat("o", 20) + string(rune('a'+n%26))) {
				return
			}
		}
	}
	before := heap()
	p, err := broadcast.Run(t.Context(), broadcast.Config{Name: "flat", Store: forgetful{store.NewMemory()}}, broadcast.Each(receivers), func(context.Context, string) (string, error) { return "1", nil })
	require.NoError(t, err)
	require.Equal(t, many, p.Done)
	require.Less(t, most, before+2<<20)
}
