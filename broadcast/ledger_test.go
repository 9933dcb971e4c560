package broadcast_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// deliveries collects what a ledger reports.
type deliveries struct {
	mu  sync.Mutex
	all map[string][]broadcast.Delivery // by receiver
}

func (d *deliveries) add(_ context.Context, one broadcast.Delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil {
		d.all = map[string][]broadcast.Delivery{}
	}
	d.all[one.Receiver] = append(d.all[one.Receiver], one)
}

func newLedger(t *testing.T, s store.Store, d *deliveries) *broadcast.Ledger {
	t.Helper()
	l, err := broadcast.NewLedger(broadcast.LedgerConfig{Account: "wx1", Store: s, OnDelivery: d.add})
	require.NoError(t, err)
	return l
}

// Events of the platform reach a bot that shares only the store with the sender, some of
// them before the answer of the send.
func TestLedgerMatchesEvents(t *testing.T) {
	for _, answer := range []time.Duration{0, 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			x := newWorld(t, 20)
			if answer > 0 {
				x.p.Inject(wechattest.Rule{Path: sendPath, Fault: wechattest.Latency(answer)})
			}
			x.p.User("oUser00007").MuteTemplates(true)
			var d deliveries
			atBot, atSender := newLedger(t, x.disk, &d), newLedger(t, x.disk, &d)
			h, err := message.NewHandler(message.Config{Token: x.p.Config().Token})
			require.NoError(t, err)
			message.On(h, func(ctx context.Context, e *message.TemplateSendJobFinishEvent) (message.Reply, error) {
				return nil, atBot.Record(ctx, e.JobMsgID, e.Status == message.TemplateSent, string(e.Status))
			})
			x.p.Bot(h)
			defer func() { require.NoError(t, h.Shutdown(t.Context())) }()
			var seen results
			_, err = broadcast.Run(t.Context(), broadcast.Config{Name: "ledger", Store: x.disk, Ledger: atSender, OnResult: seen.add}, broadcast.Each(slices.Values(x.receivers)), x.sender(x.client()))
			require.NoError(t, err)
			time.Sleep(time.Minute)
			synctest.Wait()
			for _, openID := range x.receivers {
				require.Len(t, d.all[openID], 1)
				got := d.all[openID][0]
				require.Equal(t, "ledger", got.Broadcast)
				require.Equal(t, seen.one(t, openID).MsgID, got.MsgID)
				require.Equal(t, openID != "oUser00007", got.Delivered)
				found, ok, err := atBot.Find(t.Context(), got.MsgID)
				require.NoError(t, err)
				require.True(t, ok)
				require.Equal(t, got, found)
			}
			require.Equal(t, "failed:user block", d.all["oUser00007"][0].Status)
		})
	}
}

// The event comes before the answer, for certain: the send itself records it.
func TestLedgerEventBeforeAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := store.NewMemory()
		var d deliveries
		l := newLedger(t, disk, &d)
		_, err := broadcast.Run(t.Context(), broadcast.Config{Name: "early", Store: disk, Ledger: l}, broadcast.Each(slices.Values(ids(10))), func(ctx context.Context, receiver string) (string, error) {
			_, found, err := l.Find(ctx, "m"+receiver)
			require.NoError(t, err)
			require.False(t, found)
			return "m" + receiver, l.Record(ctx, "m"+receiver, true, "success")
		})
		require.NoError(t, err)
		require.Len(t, d.all, 10)
		for receiver, all := range d.all {
			require.Equal(t, []broadcast.Delivery{{Broadcast: "early", Receiver: receiver, MsgID: "m" + receiver, Delivered: true, Status: "success"}}, all)
		}
	})
}

// Event and result, each several times and all at once, are one delivery.
func TestLedgerReportsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := store.NewMemory()
		var d deliveries
		l := newLedger(t, disk, &d)
		c := broadcast.Config{Name: "once", Store: disk, Ledger: l}
		receivers := broadcast.Each(slices.Values(ids(50)))
		send := func(_ context.Context, receiver string) (string, error) { return "m" + receiver, nil }
		var done sync.WaitGroup
		for range 3 {
			done.Go(func() {
				_, err := broadcast.Run(t.Context(), c, receivers, send)
				require.NoError(t, err)
			})
			done.Go(func() {
				for _, id := range ids(50) {
					require.NoError(t, l.Record(t.Context(), "m"+id, true, "success"))
				}
			})
		}
		done.Wait()
		require.Len(t, d.all, 50)
		for _, all := range d.all {
			require.Len(t, all, 1)
		}
	})
}

// A crash between the record of a result and its entry in the ledger loses no delivery.
func TestLedgerAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := store.NewMemory()
		var d deliveries
		broken := &flaky{Store: disk}
		broken.down.Store(true)
		c := broadcast.Config{Name: "crash", Store: disk, Ledger: newLedger(t, broken, &d), Concurrency: 1}
		receivers := broadcast.Each(slices.Values(ids(3)))
		send := func(_ context.Context, receiver string) (string, error) { return "m" + receiver, nil }
		_, err := broadcast.Run(t.Context(), c, receivers, send)
		require.ErrorContains(t, err, "ledger: store is down")
		broken.down.Store(false)
		for _, id := range ids(3) {
			require.NoError(t, c.Ledger.Record(t.Context(), "m"+id, true, "success"))
		}
		require.Empty(t, d.all)
		_, err = broadcast.Run(t.Context(), c, receivers, send)
		require.NoError(t, err)
		require.Len(t, d.all, 3)
	})
}

// An event of a message that is not of a broadcast is forgotten after a day.
func TestLedgerForgetsForeignEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := store.NewMemory()
		var d deliveries
		l := newLedger(t, disk, &d)
		require.NoError(t, l.Record(t.Context(), "42", true, "success"))
		require.NoError(t, l.Record(t.Context(), "42", true, "success"))
		time.Sleep(24 * time.Hour)
		_, found, err := disk.Get(t.Context(), "broadcast:wx1:msg:42")
		require.NoError(t, err)
		require.False(t, found)
		require.Empty(t, d.all)

		// The ledger does not keep a message that was not sent, although it has an id.
		c := broadcast.Config{Name: "skip", Store: disk, Ledger: l}
		_, err = broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(ids(1))), func(context.Context, string) (string, error) { return "43", broadcast.ErrSkip })
		require.NoError(t, err)
		require.NoError(t, l.Record(t.Context(), "43", true, "success"))
		require.Empty(t, d.all)
	})
}

func TestLedgerErrors(t *testing.T) {
	_, err := broadcast.NewLedger(broadcast.LedgerConfig{Account: "wx1"})
	require.ErrorContains(t, err, "Store is nil")
	_, err = broadcast.NewLedger(broadcast.LedgerConfig{Store: store.NewMemory()})
	require.ErrorContains(t, err, "Account is empty")
	_, err = broadcast.NewLedger(broadcast.LedgerConfig{Account: "wx1", Store: store.NewMemory(), Keep: -1})
	require.ErrorContains(t, err, "negative")
	down := &flaky{Store: store.NewMemory()}
	down.down.Store(true)
	l := newLedger(t, down, &deliveries{})
	require.ErrorContains(t, l.Record(t.Context(), "", true, ""), "message id")
	_, _, err = l.Find(t.Context(), "1")
	require.ErrorContains(t, err, "down")
	require.NoError(t, errors.Join(down.Store.Set(t.Context(), "broadcast:wx1:msg:1", []byte("{"), 0)))
	down.down.Store(false)
	_, _, err = l.Find(t.Context(), "1")
	require.ErrorContains(t, err, "not readable")
}

// lagging is a store whose reads lag behind its writes: a key is taken, and a read does
// not show by whom.
type lagging struct {
	store.Store
	writes atomic.Int64
}

func (l *lagging) SetIfAbsent(ctx context.Context, _ string, _ []byte, _ time.Duration) (bool, error) {
	l.writes.Add(1)
	return false, ctx.Err()
}

func TestLedgerWithALaggingStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &lagging{Store: store.NewMemory()}
		l := newLedger(t, disk, &deliveries{})
		require.ErrorIs(t, l.Record(t.Context(), "1", true, "success"), context.DeadlineExceeded)
		require.Less(t, disk.writes.Load(), int64(1000))
	})
}
