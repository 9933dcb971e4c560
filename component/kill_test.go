package component_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/internal/killtest"
	"github.com/seed-f21aa8d8/wechat/store"
)

// startMortal makes a process that ends at the given step.
func (x *world) startMortal(l *killtest.Life) *component.Platform {
	return x.start(func(c *component.Config) { c.Store, c.HTTPClient = l.Store(x.disk), l.Client(x.w.Client()) })
}

// everyStep kills a process at each step of what do has it do, before the step and
// after it, and calls check on what is left. Each death has its own world.
func everyStep(t *testing.T, do func(x *world, p *component.Platform) error, check func(x *world)) {
	for _, inside := range []bool{false, true} {
		for last := 0; ; last++ {
			finished := false
			synctest.Test(t, func(t *testing.T) {
				x := newWorld(t, nil)
				require.NoError(t, x.w.PushTicket())
				l := &killtest.Life{Last: last, Inside: inside}
				err := do(x, x.startMortal(l))
				waitUntilIdle()
				finished = !l.Dead()
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
		link, _ := x.page(component.AuthRequest{RedirectURL: back}, "")
		x.w.Bot(http.NotFoundHandler()) // the notice is lost
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
