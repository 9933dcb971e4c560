package officialaccount_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Successes never give back more retries than the budget has.
func TestTheRetryBudgetDoesNotGrow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		oa := newClient(t, p, func(c *officialaccount.Config) {
			c.TokenSource, c.Retry = token.Static("x"), officialaccount.Retry{Attempts: 2, Budget: 2}
		})
		for range 100 {
			require.NoError(t, oa.Get(t.Context(), "/x", nil, nil))
		}
		p.seen()
		p.inTurn("cut")
		for range 10 {
			require.Error(t, oa.Get(t.Context(), "/x", nil, nil))
		}
		require.Len(t, p.seen(), 10+2)
	})
}

// Sent is about the last attempt: after a rejected token, a replay that does not even
// connect was not executed.
func TestSentIsAboutTheLastAttempt(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for name, call := range map[string]func(ctx context.Context, oa *officialaccount.Client) error{
		"post": func(ctx context.Context, oa *officialaccount.Client) error { return oa.Post(ctx, "/x", "body", nil) },
		"upload": func(ctx context.Context, oa *officialaccount.Client) error {
			return oa.Upload(ctx, "/x", officialaccount.Upload{Name: "a.jpg", Body: strings.NewReader("x")}, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for err, sent := range map[error]bool{dial: false, errors.New("broken pipe"): false} {
				p := &platform{}
				p.answer = func(*http.Request, []byte) (*http.Response, error) { return p.respond(200, `{"errcode":40001}`), nil }
				var calls atomic.Int64
				oa := newClient(t, p, func(c *officialaccount.Config) {
					c.Retry.Attempts = 1
					c.TokenSource = rotating(new(atomic.Int64))
					c.HTTPClient = &http.Client{Transport: transport(func(req *http.Request) (*http.Response, error) {
						if calls.Add(1) == 1 {
							return p.RoundTrip(req) // reads the body
						}
						_ = req.Body.Close() // without reading it
						return nil, err
					})}
				})
				var lost *errcode.TransportError
				require.ErrorAs(t, call(t.Context(), oa), &lost)
				require.Equal(t, sent, lost.Sent, err)
				require.Equal(t, int64(2), calls.Load())
			}
		})
	}
}

// transport is a transport made of a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// While a probe is in progress, no second one is sent. Calls that began before the
// pause do not change it.
func TestOnlyOneProbeChangesAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		oa := newClient(t, p, func(c *officialaccount.Config) { c.QuotaGuard, c.TokenSource = true, token.Static("x") })
		var paused *officialaccount.PausedError
		call := func() error { return oa.Post(t.Context(), "/a", nil, nil) }
		const refused = `{"errcode":45009}`
		slow := func(d time.Duration, body string) {
			p.answer = func(*http.Request, []byte) (*http.Response, error) {
				time.Sleep(d)
				return p.respond(200, body), nil
			}
		}
		begin := func(d time.Duration, body string) <-chan error { // a call that takes d
			slow(d, body)
			done := make(chan error, 1)
			go func() { done <- call() }()
			synctest.Wait()
			return done
		}
		early := []<-chan error{begin(10*time.Second, `{}`), begin(20*time.Second, refused), begin(30*time.Second, "<html>")}

		p.always(200, refused)
		require.ErrorIs(t, call(), errcode.DailyQuotaReached) // the pause begins
		start := time.Now()
		for _, done := range early {
			<-done
			require.ErrorAs(t, call(), &paused)
			require.Equal(t, start.Add(time.Minute), paused.Until, "a call that began before the pause")
		}

		time.Sleep(time.Until(start.Add(time.Minute)))
		p.seen()
		probe := begin(5*time.Second, refused)
		p.always(200, `{}`)
		for range 10 {
			require.ErrorAs(t, call(), &paused, "the probe is in progress")
		}
		require.ErrorIs(t, <-probe, errcode.DailyQuotaReached)
		require.Len(t, p.seen(), 1)
		require.ErrorAs(t, call(), &paused)
		require.Equal(t, start.Add(time.Minute+5*time.Second+2*time.Minute), paused.Until)
	})
}

// Only a successful reset of the quota ends the pauses.
func TestAFailedResetKeepsThePauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		oa := newClient(t, p, func(c *officialaccount.Config) { c.QuotaGuard, c.TokenSource = true, token.Static("x") })
		post := func(path, answer string) error {
			p.always(200, answer)
			return oa.Post(t.Context(), path, nil, nil)
		}
		require.ErrorIs(t, post("/a", `{"errcode":45009}`), errcode.DailyQuotaReached)
		require.Error(t, post("/cgi-bin/clear_quota", `{"errcode":48006}`))
		var paused *officialaccount.PausedError
		require.ErrorAs(t, post("/a", `{}`), &paused)
		require.NoError(t, post("/cgi-bin/clear_quota", `{}`))
		require.NoError(t, post("/a", `{}`))
	})
}

// panickingBody cannot be encoded.
type panickingBody struct{}

func (panickingBody) MarshalJSON() ([]byte, error) { panic("no body") }

// A probe that panics says nothing about the quota: the next call is the probe.
func TestAProbeThatPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		oa := newClient(t, p, func(c *officialaccount.Config) { c.QuotaGuard, c.TokenSource = true, token.Static("x") })
		post := func(body any) error { return oa.Post(t.Context(), "/a", body, nil) }
		p.always(200, `{"errcode":45009}`)
		require.ErrorIs(t, post(nil), errcode.DailyQuotaReached)
		time.Sleep(time.Minute)
		require.Panics(t, func() { _ = post(panickingBody{}) })
		require.ErrorIs(t, post(nil), errcode.DailyQuotaReached)
		var paused *officialaccount.PausedError
		require.ErrorAs(t, post(nil), &paused)
		require.Equal(t, time.Now().Add(2*time.Minute), paused.Until, "the second refusal of the pause")
	})
}

// Pauses begin, are looked up and cleared by many calls at once.
func TestTheQuotaGuardIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	p := &platform{}
	oa := newClient(t, p, func(c *officialaccount.Config) { c.QuotaGuard, c.TokenSource = true, token.Static("x") })
	p.answer = func(req *http.Request, _ []byte) (*http.Response, error) {
		if strings.Contains(req.URL.Path, "quota") {
			return p.respond(200, `{}`), nil
		}
		return p.respond(200, `{"errcode":45009}`), nil
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 500 {
				_ = oa.Post(context.Background(), fmt.Sprintf("/%d/%d", g, i), nil, nil)
				if err := oa.Post(context.Background(), "/cgi-bin/clear_quota", nil, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// A download by POST has a body that must not go elsewhere.
func TestADownloadByPostFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	p := &platform{}
	oa := newClient(t, p)
	p.answer = func(*http.Request, []byte) (*http.Response, error) {
		resp := p.respond(307, "")
		resp.Header.Set("Location", "https://elsewhere.example/")
		return resp, nil
	}
	for _, path := range []string{"/cgi-bin/material/get_material", "https://file.api.weixin.qq.com/x"} {
		_, err := oa.Download(t.Context(), path, officialaccount.WithBody(map[string]string{"media_id": "M"}))
		require.ErrorIs(t, err, errcode.ErrRedirect)
	}
	require.Len(t, p.seen(), 2)
}
