package dedup_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
	"github.com/seed-f21aa8d8/wechat/message/internal/guard"
	"github.com/seed-f21aa8d8/wechat/store"
)

// job is a Work that takes a while, and a note of all that was done with it.
type job struct {
	name  string
	takes time.Duration
	run   func(ctx context.Context) dedup.Content // instead of waiting and answering the name
	late  func(ctx context.Context)               // instead of nothing
	note  *notes

	interim func(waits bool) dedup.Content // instead of nothing

	used bool      // its signature has started a run
	use  dedup.Use // of its signature in the store
}

func (j *job) Begin() bool { return !j.used }

func (j *job) Bind() (dedup.Use, error) { return j.use, nil }

func (j *job) Run(ctx context.Context) dedup.Content {
	j.note.add("run " + j.name)
	if j.run != nil {
		return j.run(ctx)
	}
	select {
	case <-time.After(j.takes):
		return dedup.Bytes(j.name)
	case <-ctx.Done():
		return nil
	}
}

func (j *job) Interim(waits bool) dedup.Content {
	if j.interim == nil {
		return nil
	}
	return j.interim(waits)
}

func (j *job) Late(ctx context.Context, reached bool) {
	what := "late "
	if reached {
		what = "rest of "
	}
	j.note.add(what + j.name)
	if j.late != nil {
		j.late(ctx)
	}
}

func (j *job) Lost(ctx context.Context, reason error) {
	what := "lost "
	if ctx.Err() != nil {
		what = "with an ended context, lost "
	}
	j.note.add(what + j.name + ": " + reason.Error())
}

// notes is a list of what happened and when.
type notes struct {
	mu    sync.Mutex
	begin time.Time
	lines []string
}

func newNotes() *notes { return &notes{begin: time.Now()} }

func (n *notes) add(line string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, line)
}

func (n *notes) count(prefix string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := 0
	for _, l := range n.lines {
		if strings.HasPrefix(l, prefix) {
			count++
		}
	}
	return count
}

func (n *notes) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string{}, n.lines...)
}

// deliver makes one delivery whose peer stays for as long as the platform does.
func deliver(e *dedup.Engine, key string, w dedup.Work) (dedup.Verdict, string) {
	return deliverFor(e, 5*time.Second, dedup.Message{Key: key, Work: w})
}

func deliverFor(e *dedup.Engine, patience time.Duration, m dedup.Message) (dedup.Verdict, string) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return read(ctx, e.Deliver(ctx, m))
}

// read takes the answer of a delivery whose peer is there until ctx ends.
func read(ctx context.Context, a dedup.Answer) (dedup.Verdict, string) {
	if a.Verdict == dedup.Reply {
		gone := ctx.Err()
		a.Wrote(gone)
		if gone != nil {
			return dedup.Dropped, ""
		}
	}
	if a.Content == nil {
		return a.Verdict, ""
	}
	return a.Verdict, string(a.Content.Append(nil))
}

func shutdown(t *testing.T, engines ...*dedup.Engine) {
	t.Helper()
	for _, e := range engines {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		require.NoError(t, e.Shutdown(ctx))
		require.NoError(t, ctx.Err(), "it has not noticed that nothing runs")
		cancel()
		require.Zero(t, e.Stats().Running)
	}
}

// guarded is a guard that logs nothing.
func guarded(s store.Store) *guard.Store { return guard.New(s, slog.New(slog.DiscardHandler)) }

// downStore is a store that cannot be reached.
type downStore struct {
	store.Store
	after time.Duration // how long a call takes to fail
}

var errStoreDown = errors.New("connection refused")

func (d downStore) fail(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d.after):
		return errStoreDown
	}
}

func (d downStore) Get(ctx context.Context, _ string) ([]byte, bool, error) {
	return nil, false, d.fail(ctx)
}

func (d downStore) SetIfAbsent(ctx context.Context, _ string, _ []byte, _ time.Duration) (bool, error) {
	return false, d.fail(ctx)
}

func (d downStore) CompareAndSwap(ctx context.Context, _ string, _, _ []byte, _ time.Duration) (bool, error) {
	return false, d.fail(ctx)
}

func (d downStore) CompareAndDelete(ctx context.Context, _ string, _ []byte) (bool, error) {
	return false, d.fail(ctx)
}

// platform delivers as the real one does: it waits five seconds, then cuts the
// connection and delivers again, three times in all unless told otherwise.
type platform struct {
	bots  []*dedup.Engine // deliveries go round them
	tries int
	fate  fate
}

type fate int

const (
	arrives  fate = iota
	isLost        // the first answer is lost: the platform waits until its time is over
	peerGone      // the first connection breaks after two seconds
)

func (f fate) String() string { return [...]string{"arrives", "is lost", "peer gone"}[f] }

// seen is what the user and the platform saw of one message.
type seen struct {
	Answer string // the verdict and the number of the delivery that ended it, or "fault"
	Runs   int
	Late   int
	Lost   string
}

func (p *platform) send(takes time.Duration) seen {
	note := newNotes()
	tries := p.tries
	if tries == 0 {
		tries = 3
	}
	result := seen{Answer: "fault"}
	answersLost := 0
	for try := range tries {
		begin := time.Now()
		patience := 5 * time.Second
		if try == 0 && p.fate == peerGone {
			patience = 2 * time.Second
		}
		bot := p.bots[try%len(p.bots)]
		m := dedup.Message{Key: "key", Sender: "user", Work: &job{name: "answer", takes: takes, note: note}}
		verdict, body := deliverFor(bot, patience, m)
		answered := verdict == dedup.Success || verdict == dedup.Reply
		if answered && p.fate == isLost && answersLost == 0 {
			answersLost++
			answered = false
		}
		if answered {
			result.Answer = fmt.Sprintf("success %d", try+1)
			if verdict == dedup.Reply {
				result.Answer = fmt.Sprintf("%s %d", body, try+1)
			}
			break
		}
		time.Sleep(5*time.Second - time.Since(begin))
	}
	time.Sleep(3 * time.Minute)
	result.Runs = note.count("run")
	result.Late = note.count("late")
	for _, l := range note.all() {
		if _, reason, ok := strings.Cut(l, ": "); ok {
			result.Lost += reason
		}
	}
	return result
}

// TestOneAnswerOrANamedLoss is the whole promise in one table.
func TestOneAnswerOrANamedLoss(t *testing.T) {
	gaveUp := dedup.ErrWorkTimeout.Error()
	inline := func(try int) seen { return seen{Answer: fmt.Sprintf("answer %d", try), Runs: 1} }
	late := func(try int) seen { return seen{Answer: fmt.Sprintf("success %d", try), Runs: 1, Late: 1} }
	never := func(try int) seen { return seen{Answer: fmt.Sprintf("success %d", try), Runs: 1, Lost: gaveUp} }
	type row struct {
		takes time.Duration
		want  [3]seen // by fate
	}
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	modes := []struct {
		name string
		hold bool
		rows []row
	}{
		{"default", false, []row{
			{seconds(0), [3]seen{inline(1), inline(2), inline(1)}},
			{seconds(4.4), [3]seen{inline(1), inline(2), inline(2)}},
			{seconds(4.6), [3]seen{late(1), late(2), late(2)}},
			{seconds(8), [3]seen{late(1), late(2), late(2)}},
			{seconds(13), [3]seen{late(1), late(2), late(2)}},
			{seconds(15), [3]seen{late(1), late(2), late(2)}},
			{seconds(61), [3]seen{never(1), never(2), never(2)}},
		}},
		{"hold", true, []row{
			{seconds(0), [3]seen{inline(1), inline(2), inline(1)}},
			{seconds(4.4), [3]seen{inline(1), inline(2), inline(2)}},
			{seconds(4.6), [3]seen{inline(1), inline(2), inline(2)}},
			{seconds(8), [3]seen{inline(2), inline(3), inline(2)}},
			// The answer of the last of three deliveries is lost: nobody can know.
			{seconds(13), [3]seen{inline(3), {Answer: "fault", Runs: 1}, inline(3)}},
			{seconds(15), [3]seen{late(3), {Answer: "fault", Runs: 1, Late: 1}, late(3)}},
			{seconds(61), [3]seen{never(3), {Answer: "fault", Runs: 1, Lost: gaveUp}, never(3)}},
		}},
	}
	places := []struct {
		name string
		bots func(c dedup.Config) []*dedup.Engine
	}{
		{"one process", func(c dedup.Config) []*dedup.Engine { return []*dedup.Engine{dedup.New(c)} }},
		{"two over a store", func(c dedup.Config) []*dedup.Engine {
			c.Store = guarded(store.NewMemory())
			return []*dedup.Engine{dedup.New(c), dedup.New(c)}
		}},
		{"store down", func(c dedup.Config) []*dedup.Engine {
			c.Store = guarded(downStore{})
			return []*dedup.Engine{dedup.New(c)}
		}},
	}
	for _, mode := range modes {
		for _, place := range places {
			for _, row := range mode.rows {
				for _, fate := range []fate{arrives, isLost, peerGone} {
					t.Run(fmt.Sprintf("%s/%s/%v/%v", mode.name, place.name, row.takes, fate), func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) {
							bots := place.bots(dedup.Config{Hold: mode.hold})
							p := platform{bots: bots, fate: fate}
							require.Equal(t, row.want[fate], p.send(row.takes))
							shutdown(t, bots...)
						})
					})
				}
			}
		}
	}
}

// TestFourthDelivery: where the platform delivers once more, it gets what the
// third lost.
func TestFourthDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := dedup.New(dedup.Config{Hold: true})
		p := platform{bots: []*dedup.Engine{e}, fate: isLost, tries: 4}
		require.Equal(t, seen{Answer: "answer 4", Runs: 1}, p.send(13*time.Second))
	})
}
