package component_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/store"
)

var errDead = errors.New("the process is dead")

// life counts the steps of a process, which are its store's operations and its
// requests, and ends it before or after one of them.
type life struct {
	mu     sync.Mutex
	steps  int
	last   int  // the step at which it ends; negative: never
	inside bool // the step takes effect, but its answer is lost
}

// step runs do, unless the process is dead. alive tells whether its result may be used.
func (l *life) step(do func()) (alive bool) {
	l.mu.Lock()
	n := l.steps
	l.steps++
	l.mu.Unlock()
	switch {
	case l.last < 0 || n < l.last:
		do()
		return true
	case n == l.last && l.inside:
		do()
	}
	return false
}

// mortal is a store and a transport that end with a process.
type mortal struct {
	*life
	store.Store
	http.RoundTripper
}

func (m mortal) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if !m.step(func() { resp, err = m.RoundTripper.RoundTrip(r) }) {
		if resp != nil {
			_ = resp.Body.Close()
		}
		return nil, errDead
	}
	return resp, err
}

func (m mortal) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	if !m.step(func() { value, found, err = m.Store.Get(ctx, key) }) {
		return nil, false, errDead
	}
	return value, found, err
}

func (m mortal) Set(ctx context.Context, key string, value []byte, ttl time.Duration) (err error) {
	if !m.step(func() { err = m.Store.Set(ctx, key, value, ttl) }) {
		return errDead
	}
	return err
}

func (m mortal) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (stored bool, err error) {
	if !m.step(func() { stored, err = m.Store.SetIfAbsent(ctx, key, value, ttl) }) {
		return false, errDead
	}
	return stored, err
}

func (m mortal) CompareAndSwap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (swapped bool, err error) {
	if !m.step(func() { swapped, err = m.Store.CompareAndSwap(ctx, key, old, value, ttl) }) {
		return false, errDead
	}
	return swapped, err
}

func (m mortal) CompareAndDelete(ctx context.Context, key string, old []byte) (deleted bool, err error) {
	if !m.step(func() { deleted, err = m.Store.CompareAndDelete(ctx, key, old) }) {
		return false, errDead
	}
	return deleted, err
}

func (m mortal) Delete(ctx context.Context, key string) (err error) {
	if !m.step(func() { err = m.Store.Delete(ctx, key) }) {
		return errDead
	}
	return err
}

// startMortal makes a process that ends at the given step.
func (x *world) startMortal(l *life) *component.Platform {
	client := x.w.Client()
	m := mortal{l, x.disk, client.Transport}
	client.Transport = m
	return x.start(func(c *component.Config) { c.Store, c.HTTPClient = m, client })
}

// everyStep kills a process at each step of what do has it do, before the step and
// after it, and has check look at what is left. Each death has a world of its own.
func everyStep(t *testing.T, do func(x *world, p *component.Platform) error, check func(x *world)) {
	for _, inside := range []bool{false, true} {
		for last := 0; ; last++ {
			finished := false
			synctest.Test(t, func(t *testing.T) {
				x := newWorld(t, nil)
				require.NoError(t, x.w.PushTicket())
				l := &life{last: last, inside: inside}
				err := do(x, x.startMortal(l))
				settle()
				finished = l.steps <= last
				if finished {
					require.NoError(t, err)
				}
				check(x)
			})
			if t.Failed() {
				t.Fatalf("killed at step %d, the step done: %t", last, inside)
			}
			if finished {
				require.Greater(t, last, 5, "so few steps cannot be all")
				break
			}
		}
	}
}

// Wherever a process dies while it refreshes an account's token, the next one goes
// on, although each refresh ends the refresh token before.
func TestKilledInRefresh(t *testing.T) {
	everyStep(t, func(x *world, p *component.Platform) error {
		tenant, refresh := x.w.Grant(appA)
		tenant.RotateRefreshToken(true)
		require.NoError(x.t, x.p.Add(x.t.Context(), appA, refresh))
		return use(x.t.Context(), p, appA)
	}, func(x *world) {
		time.Sleep(3 * time.Hour) // beyond every lease and every token
		require.NoError(x.t, use(x.t.Context(), x.start(nil), appA))
		time.Sleep(3 * time.Hour)
		require.NoError(x.t, use(x.t.Context(), x.start(nil), appA))
	})
}

// Wherever a process dies while it exchanges a code, the account is known to the next.
func TestKilledInExchange(t *testing.T) {
	everyStep(t, func(x *world, p *component.Platform) error {
		link, _ := x.page(component.AuthRequest{RedirectURI: back}, "")
		x.w.Bot(http.NotFoundHandler()) // the notice goes astray
		address, err := x.w.Authorize(link, appA)
		require.NoError(x.t, err)
		_, err = p.Exchange(x.t.Context(), queryOf(x.t, address).Get("auth_code"))
		return err
	}, func(x *world) {
		time.Sleep(time.Minute)
		require.NoError(x.t, use(x.t.Context(), x.start(nil), appA))
	})
}

// flaky is a store that can be down.
type flaky struct {
	store.Store
	down   atomic.Bool
	writes atomic.Int64 // that fail before one succeeds
}

func (f *flaky) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if f.down.Load() {
		return nil, false, errors.New("store is down")
	}
	return f.Store.Get(ctx, key)
}

func (f *flaky) CompareAndSwap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (bool, error) {
	if f.down.Load() || f.writes.Add(-1) >= 0 {
		return false, errors.New("store is down")
	}
	return f.Store.CompareAndSwap(ctx, key, old, value, ttl)
}

func (f *flaky) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if f.down.Load() {
		return false, errors.New("store is down")
	}
	return f.Store.SetIfAbsent(ctx, key, value, ttl)
}

// A refresh token that cannot be written is kept and written later, and until then
// the access token that came with it is not used.
func TestRefreshTokenIsStoredBeforeUse(t *testing.T) {
	for _, failures := range []int64{1, 4} {
		t.Run(fmt.Sprint(failures), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := newWorld(t, nil)
				require.NoError(t, x.w.PushTicket())
				tenant, refresh := x.w.Grant(appA)
				tenant.RotateRefreshToken(true)
				require.NoError(t, x.p.Add(t.Context(), appA, refresh))
				kept := &flaky{Store: x.disk}
				kept.writes.Store(failures)
				p := x.start(func(c *component.Config) { c.Store = kept })
				err := use(t.Context(), p, appA)
				if failures > 3 {
					require.ErrorContains(t, err, "not stored, so its access token is not used")
					require.Zero(t, x.w.Count("/cgi-bin/getcallbackip"))
					time.Sleep(time.Minute)
					err = use(t.Context(), p, appA)
				}
				require.NoError(t, err)
				require.Zero(t, x.w.Count("/cgi-bin/component/api_get_authorizer_info"), "nothing had to be read from the platform")
				time.Sleep(3 * time.Hour)
				require.NoError(t, use(t.Context(), x.start(nil), appA))
			})
		})
	}
}
