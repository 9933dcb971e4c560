package token_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// roundTrip is a transport in a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
}

// constructors make the two sources of the platform.
var constructors = map[string]func(token.StableConfig) (token.Source, error){
	"stable": token.Stable,
	"classic": func(c token.StableConfig) (token.Source, error) {
		return token.Classic(token.ClassicConfig{
			AppID: c.AppID, Secret: c.Secret, HTTPClient: c.HTTPClient, BaseURL: c.BaseURL, InsecurePlainHTTP: c.InsecurePlainHTTP,
		})
	},
}

// against makes a source that asks a platform in memory.
func against(t *testing.T, p *wechattest.Platform, kind string, change ...func(*token.StableConfig)) token.Source {
	t.Helper()
	cfg := token.StableConfig{AppID: wechattest.DefaultAppID, Secret: p.Config().Secret, HTTPClient: p.Client(), BaseURL: p.URL()}
	for _, c := range change {
		c(&cfg)
	}
	src, err := constructors[kind](cfg)
	require.NoError(t, err)
	return src
}

func TestPlatformRequests(t *testing.T) {
	var got *http.Request
	var body []byte
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, `{"access_token":"`+strings.Repeat("t", 512)+`","expires_in":7200}`)
	}))
	defer srv.Close()
	cfg := token.StableConfig{AppID: "wx&1", Secret: "s=1&<>", BaseURL: srv.URL + "/prefix"}

	stable, err := token.Stable(cfg)
	require.NoError(t, err)
	began := time.Now()
	tok := mustToken(t, stable)
	require.Equal(t, strings.Repeat("t", 512), tok.Value())
	require.False(t, tok.Expiry().Before(began.Add(7200*time.Second)))
	require.False(t, tok.Expiry().After(time.Now().Add(7200*time.Second)))
	require.Equal(t, "POST /prefix/cgi-bin/stable_token", got.Method+" "+got.URL.String(), "nothing secret in the URL")
	require.Contains(t, got.Header.Get("Content-Type"), "application/json")
	var sent map[string]any
	require.NoError(t, json.Unmarshal(body, &sent))
	require.Equal(t, map[string]any{"grant_type": "client_credential", "appid": "wx&1", "secret": "s=1&<>"}, sent)

	classic, err := constructors["classic"](cfg)
	require.NoError(t, err)
	mustToken(t, classic)
	require.Equal(t, "GET /prefix/cgi-bin/token", got.Method+" "+got.URL.Path)
	require.Equal(t, "client_credential", got.URL.Query().Get("grant_type"))
	require.Equal(t, "wx&1", got.URL.Query().Get("appid"))
	require.Equal(t, "s=1&<>", got.URL.Query().Get("secret"))
	require.Empty(t, body)
}

func TestPlatformConfigIsChecked(t *testing.T) {
	for name, construct := range constructors {
		_, err := construct(token.StableConfig{Secret: "x"})
		require.ErrorContains(t, err, "AppID", name)
		_, err = construct(token.StableConfig{AppID: "x"})
		require.ErrorContains(t, err, "Secret", name)
	}
}

func TestPlatformDefaultsToTheRealOne(t *testing.T) {
	var asked []string
	hc := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.Scheme+"://"+r.URL.Host+r.URL.Path)
		return answer(200, `{"access_token":"t","expires_in":7200}`), nil
	})}
	for _, kind := range []string{"stable", "classic"} {
		src, err := constructors[kind](token.StableConfig{AppID: "a", Secret: "b", HTTPClient: hc})
		require.NoError(t, err)
		mustToken(t, src)
	}
	require.Equal(t, []string{"https://api.weixin.qq.com/cgi-bin/stable_token", "https://api.weixin.qq.com/cgi-bin/token"}, asked)
}

func TestPlatformAnswers(t *testing.T) {
	const secret = "SECRETsecret0123456789"
	for _, c := range []struct {
		name, body string
		status     int
		want       error
		not        string
	}{
		{"quoted expiry", `{"access_token":"VALUE-1","expires_in":"7200"}`, 200, nil, ""},
		{"errcode 0", `{"errcode":0,"errmsg":"ok","access_token":"VALUE-1","expires_in":7200}`, 200, nil, ""},
		{"longest life", `{"access_token":"VALUE-1","expires_in":9223372036854775807}`, 200, nil, ""},
		{"no token", `{"expires_in":7200}`, 200, token.ErrEmpty, ""},
		{"empty object", `{}`, 200, token.ErrEmpty, ""},
		{"no life", `{"access_token":"VALUE-1"}`, 200, errAny, "expired"},
		{"life is null", `{"access_token":"VALUE-1","expires_in":null}`, 200, errAny, "expired"},
		{"no life, token hidden", `{"access_token":"VALUE-1"}`, 200, errAny, "VALUE-1"},
		{"negative life", `{"access_token":"VALUE-1","expires_in":-1}`, 200, token.ErrExpired, "VALUE-1"},
		{"wrong secret", `{"errcode":40125,"errmsg":"invalid appsecret ` + secret + `"}`, 200, errcode.Code(40125), secret},
		{"ip", `{"errcode":40164,"errmsg":"invalid ip 1.2.3.4, not in whitelist"}`, 200, errcode.Code(40164), ""},
		{"truncated", `{"access_token":"VALUE-1","expires_`, 200, errAny, "VALUE-1"},
		{"not JSON", `<html>VALUE</html>`, 502, errAny, ""},
		{"empty body", ``, 200, errAny, ""},
		{"redirect", ``, 302, errAny, ""},
		{"token of a wrong kind", `{"access_token":{"a":"VALUE-1"},"expires_in":7200}`, 200, errAny, "VALUE-1"},
		{"life of a wrong kind", `{"access_token":"VALUE-1","expires_in":{}}`, 200, errAny, "VALUE-1"},
	} {
		for kind, construct := range constructors {
			t.Run(c.name+" "+kind, func(t *testing.T) {
				src, err := construct(token.StableConfig{AppID: "wx1", Secret: secret, HTTPClient: &http.Client{
					Transport: roundTrip(func(*http.Request) (*http.Response, error) { return answer(c.status, c.body), nil }),
				}})
				require.NoError(t, err)
				tok, err := src.Token(t.Context())
				if c.want == nil {
					require.NoError(t, err)
					require.Equal(t, "VALUE-1", tok.Value())
					require.True(t, tok.Expiry().After(time.Now()))
					require.True(t, tok.Expiry().Before(time.Now().Add(25*time.Hour)))
					return
				}
				require.Error(t, err)
				if !errors.Is(c.want, errAny) {
					require.ErrorIs(t, err, c.want)
				}
				require.Empty(t, tok.Value())
				require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), secret)
				if c.not != "" {
					require.NotContains(t, fmt.Sprintf("%v %+v", err, err), c.not)
				}
			})
		}
	}
}

var errAny = errors.New("any error")

func TestPlatformTransportErrorsHideTheSecret(t *testing.T) {
	const secret = "SECRETsecret0123456789"
	for kind, construct := range constructors {
		src, err := construct(token.StableConfig{AppID: "wx1", Secret: secret, HTTPClient: &http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				return nil, fmt.Errorf("dialling %s: %w", r.URL, errDown)
			}),
		}})
		require.NoError(t, err)
		_, err = src.Token(t.Context())
		require.ErrorIs(t, err, errDown, kind)
		require.NotContains(t, fmt.Sprintf("%v %+v", err, err), secret, kind)
	}
}

func TestPlatformObeysContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		defer p.Inject(wechattest.Rule{Path: "/cgi-bin/*", Fault: wechattest.Hang()})()
		for kind := range constructors {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			_, err := against(t, p, kind).Token(ctx)
			require.ErrorIs(t, err, context.DeadlineExceeded, kind)
			cancel()
		}
	})
}

func TestPlatformDefaultClientGivesUp(t *testing.T) {
	// The private client has a timeout, so a source in use on its own cannot hang.
	stuck := make(chan struct{})
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stuck }))
	srv.Start()
	defer srv.Close()
	defer close(stuck)
	src, err := token.Stable(token.StableConfig{AppID: "a", Secret: "b", BaseURL: srv.URL, HTTPClient: &http.Client{Timeout: 50 * time.Millisecond}})
	require.NoError(t, err)
	_, err = src.Token(context.Background())
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestStableSharesOneTokenWithoutAStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{StrictTokens: true})
		var caches []*token.Cache
		for range 4 { // as many processes
			caches = append(caches, token.Reuse(against(t, p, "stable"), token.ReuseConfig{}))
		}
		for began := time.Now(); time.Since(began) < 24*time.Hour; time.Sleep(time.Minute) {
			first := mustToken(t, caches[0])
			for _, c := range caches {
				tok := mustToken(t, c)
				synctest.Wait()
				if time.Until(tok.Expiry()) > 10*time.Minute && time.Until(first.Expiry()) > 10*time.Minute {
					require.True(t, tok.Same(first), "one token for all, but for the time of renewal")
				}
			}
		}
		require.LessOrEqual(t, p.TokenRequests(), 4*13*4, "few requests in a day of twelve tokens")
	})
}

func TestStableOverlap(t *testing.T) {
	// Each token that a cache gives is accepted by the platform, all the time, though
	// the caches refresh at moments of their own.
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		for _, c := range []*token.Cache{token.Reuse(against(t, p, "stable"), token.ReuseConfig{}), token.Reuse(against(t, p, "stable"), token.ReuseConfig{})} {
			for began := time.Now(); time.Since(began) < 6*time.Hour; time.Sleep(time.Minute) {
				requireAccepted(t, p, mustToken(t, c))
			}
		}
	})
}

func requireAccepted(t *testing.T, p *wechattest.Platform, tok token.Token) {
	t.Helper()
	code := call(t, p, tok)
	require.Zero(t, code)
}

// call makes an ordinary call with tok and returns the errcode.
func call(t *testing.T, p *wechattest.Platform, tok token.Token) int {
	t.Helper()
	resp, err := p.Client().Get(p.URL() + "/cgi-bin/getcallbackip?access_token=" + tok.Value())
	require.NoError(t, err)
	defer resp.Body.Close()
	var a struct {
		Errcode int `json:"errcode"`
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&a))
	return a.Errcode
}

func TestStableNeverForcesByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		cache := token.Reuse(against(t, p, "stable"), token.ReuseConfig{})
		for range 50 {
			_, err := cache.Replace(t.Context(), mustToken(t, cache))
			require.ErrorIs(t, err, token.ErrStillRejected)
			time.Sleep(time.Minute)
		}
		for _, c := range p.Calls("/cgi-bin/stable_token") {
			require.NotContains(t, string(c.Body), "force_refresh")
		}
	})
}

func TestStableReportsNoTokenTwice(t *testing.T) {
	// Without leave to force, the source has nothing to do about a rejected token.
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		src := against(t, p, "stable")
		_, ok := src.(token.Invalidator)
		require.False(t, ok)

		forcing := against(t, p, "stable", allowForce).(token.Invalidator)
		stale := mustToken(t, forcing)
		require.NoError(t, forcing.Invalidate(t.Context(), stale))
		fresh := mustToken(t, forcing)
		require.False(t, fresh.Same(stale))
		requireAccepted(t, p, fresh)
		require.NoError(t, forcing.Invalidate(t.Context(), stale), "it has been replaced already")
		require.Equal(t, 1, forced(p))
		require.ErrorIs(t, forcing.Invalidate(t.Context(), fresh), token.ErrStillRejected, "too early to force")
		require.True(t, mustToken(t, forcing).Same(fresh))
	})
}

func forced(p *wechattest.Platform) (n int) {
	for _, c := range p.Calls("/cgi-bin/stable_token") {
		if bytes.Contains(c.Body, []byte(`"force_refresh":true`)) {
			n++
		}
	}
	return n
}

const maxForced = 20 // in 24 hours

func allowForce(c *token.StableConfig) { c.ForceRefresh = true }

func TestStableForcesOnceForARejectedToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		cache := token.Reuse(against(t, p, "stable", allowForce), token.ReuseConfig{})
		stale := mustToken(t, cache)
		for _, got := range together(100, func(int) (token.Token, error) { return cache.Replace(t.Context(), stale) }) {
			require.NoError(t, got.err)
			require.NotEqual(t, stale.Value(), got.value)
		}
		require.Equal(t, 1, forced(p))
		requireAccepted(t, p, mustToken(t, cache))
	})
}

func TestStableForcesNotWhenAPlainRequestHelps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		cache := token.Reuse(against(t, p, "stable", allowForce), token.ReuseConfig{})
		stale := mustToken(t, cache)
		p.RevokeTokens()
		fresh, err := cache.Replace(t.Context(), stale)
		require.NoError(t, err)
		requireAccepted(t, p, fresh)
		require.Zero(t, forced(p))
	})
}

func TestStableForcesSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		var at []time.Time // of the forced requests
		watched := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			if bytes.Contains(body, []byte(`"force_refresh":true`)) {
				at = append(at, time.Now())
			}
			r = r.Clone(r.Context())
			r.Body = io.NopCloser(bytes.NewReader(body))
			return p.Client().Transport.RoundTrip(r)
		})}
		counts := memory()
		var caches []*token.Cache
		for range 2 { // two processes that count in one store
			caches = append(caches, token.Reuse(against(t, p, "stable", allowForce, func(c *token.StableConfig) {
				c.Store, c.HTTPClient = counts, watched
			}), token.ReuseConfig{}))
		}
		for began := time.Now(); time.Since(began) < 36*time.Hour; time.Sleep(7 * time.Minute) {
			for _, c := range caches {
				before := len(at)
				_, err := c.Replace(t.Context(), mustToken(t, c))
				if len(at) > before {
					require.NoError(t, err)
				} else if err != nil {
					require.ErrorIs(t, err, token.ErrStillRejected)
				}
			}
		}
		require.Greater(t, len(at), 30, "the limit is used, on both days")
		for i := range at {
			if i > 0 {
				require.GreaterOrEqual(t, at[i].Sub(at[i-1]), 10*time.Minute)
			}
			if i >= maxForced {
				require.GreaterOrEqual(t, at[i].Sub(at[i-maxForced]), 24*time.Hour)
			}
		}
	})
}

func TestStableSaysWhyItDoesNotForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		cache := token.Reuse(against(t, p, "stable", allowForce), token.ReuseConfig{})
		_, err := cache.Replace(t.Context(), mustToken(t, cache))
		require.NoError(t, err)
		time.Sleep(time.Second) // the pause after the first
		_, err = cache.Replace(t.Context(), mustToken(t, cache))
		require.ErrorIs(t, err, token.ErrStillRejected)
		require.ErrorContains(t, err, "10 minutes")
	})
}

func TestStableForcesOnceForAToken(t *testing.T) {
	// A platform that gives the same token even by force.
	synctest.Test(t, func(t *testing.T) {
		var forced int
		cfg := token.StableConfig{AppID: "a", Secret: "b", ForceRefresh: true, HTTPClient: &http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(r.Body)
				if bytes.Contains(body, []byte("force_refresh")) {
					forced++
				}
				return answer(200, `{"access_token":"stuck","expires_in":7200}`), err
			}),
		}}
		src, err := token.Stable(cfg)
		require.NoError(t, err)
		require.ErrorIs(t, src.(token.Invalidator).Invalidate(t.Context(), mustToken(t, src)), token.ErrStillRejected)
		require.Equal(t, 1, forced)
		cache := token.Reuse(src, token.ReuseConfig{})
		for range 100 {
			_, err = cache.Replace(t.Context(), mustToken(t, cache))
			require.ErrorIs(t, err, token.ErrStillRejected)
			time.Sleep(11 * time.Minute)
		}
		require.Equal(t, 1, forced)
		require.ErrorContains(t, err, "already done for this token")
	})
}

func TestStableForcesOnceForAllProcesses(t *testing.T) {
	// Processes without a common token that come to the same end at the same moment.
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		st := memory()
		var caches []*token.Cache
		for range 8 {
			caches = append(caches, token.Reuse(against(t, p, "stable", allowForce, func(c *token.StableConfig) { c.Store = st }), token.ReuseConfig{}))
		}
		stale := mustToken(t, caches[0])
		for _, c := range caches {
			require.True(t, mustToken(t, c).Same(stale))
		}
		together(8, func(i int) (token.Token, error) { return caches[i].Replace(t.Context(), stale) })
		require.Equal(t, 1, forced(p))
		time.Sleep(time.Second)
		for _, c := range caches { // who came too late to force has the new token by now
			fresh, err := c.Replace(t.Context(), stale)
			require.NoError(t, err)
			requireAccepted(t, p, fresh)
		}
	})
}

func TestStableDoesNotForceUncounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		for name, st := range map[string]store.Store{
			"failing": &faulty{Store: memory(), down: true},
			"foreign": foreign(t, token.Key(wechattest.DefaultAppID, p.Config().Secret, token.StableToken)+":forced"),
		} {
			cache := token.Reuse(against(t, p, "stable", allowForce, func(c *token.StableConfig) { c.Store = st }), token.ReuseConfig{})
			_, err := cache.Replace(t.Context(), mustToken(t, cache))
			require.ErrorIs(t, err, token.ErrStillRejected, name)
			require.ErrorContains(t, err, "counting forced refreshes", name)
		}
		require.Zero(t, forced(p))
	})
}

// foreign is a store in which somebody else uses key.
func foreign(t *testing.T, key string) store.Store {
	st := memory()
	require.NoError(t, st.Set(t.Context(), key, []byte("87_not-a-record"), 0))
	return st
}

func TestStableHandsOutNewTokensToAnybodyRejected(t *testing.T) {
	// Strict platform, revoked under 1000 concurrent callers: one request, no failure.
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{StrictTokens: true})
		cache := token.Reuse(against(t, p, "stable"), token.ReuseConfig{})
		stale := mustToken(t, cache)
		p.RevokeTokens()
		before := p.TokenRequests()
		for _, got := range together(1000, func(int) (token.Token, error) { return cache.Replace(t.Context(), stale) }) {
			require.NoError(t, got.err)
			require.NotEqual(t, stale.Value(), got.value)
		}
		require.Equal(t, before+1, p.TokenRequests())
		requireAccepted(t, p, mustToken(t, cache))
	})
}

func TestPlatformFaults(t *testing.T) {
	for _, fault := range []wechattest.Fault{
		wechattest.Errcode(-1), wechattest.Errcode(40125), wechattest.Errcode(45009), wechattest.HTTPStatus(502), wechattest.HTTPStatus(404),
		wechattest.CutBefore(), wechattest.CutInside(), wechattest.CutAfter(), wechattest.Truncated(), wechattest.Endless(),
		wechattest.RedirectTo("https://evil.example.com/"), wechattest.Hang(), wechattest.Latency(time.Second),
	} {
		for kind := range constructors {
			t.Run(fault.String()+" "+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := wechattest.New(t, wechattest.Config{})
					remove := p.Inject(wechattest.Rule{Path: "/cgi-bin/*", Fault: fault})
					cache := token.Reuse(against(t, p, kind), token.ReuseConfig{})
					tok, err := cache.Token(t.Context())
					if err == nil {
						requireAccepted(t, p, tok)
						require.Equal(t, "latency 1s", fault.String())
					}
					require.NotContains(t, fmt.Sprint(err), p.Config().Secret)
					require.Empty(t, p.CallsElsewhere(), "no redirect is followed")

					remove()
					time.Sleep(time.Second)
					requireAccepted(t, p, mustToken(t, cache))
				})
			})
		}
	}
}

func TestConfigsAreChecked(t *testing.T) {
	good := token.StableConfig{AppID: "wx1", Secret: "TOP-secret"}
	for want, change := range map[string]func(*token.StableConfig){
		"":                                 func(*token.StableConfig) {},
		"AppID is empty":                   func(c *token.StableConfig) { c.AppID = "" },
		"original id (原始ID)":               func(c *token.StableConfig) { c.AppID = "gh_0123456789ab" },
		"AppID \"wx1\\n\" has white space": func(c *token.StableConfig) { c.AppID += "\n" },
		"Secret has white space":           func(c *token.StableConfig) { c.Secret = " " + c.Secret },
		"Secret is empty":                  func(c *token.StableConfig) { c.Secret = "" },
		"use https":                        func(c *token.StableConfig) { c.BaseURL = "http://api.weixin.qq.com" },
		"not an absolute http":             func(c *token.StableConfig) { c.BaseURL = "api.weixin.qq.com" },
		"more than a scheme":               func(c *token.StableConfig) { c.BaseURL = "https://api.weixin.qq.com/?x=1" },
	} {
		cfg := good
		change(&cfg)
		for kind, construct := range constructors {
			_, err := construct(cfg)
			if want == "" {
				require.NoError(t, err, kind)
				continue
			}
			require.ErrorContains(t, err, want, kind)
			require.NotContains(t, err.Error(), good.Secret)
			if strings.Contains(want, "https") {
				insecure := cfg
				insecure.InsecurePlainHTTP = true
				_, err = construct(insecure)
				require.NoError(t, err, "the named way out")
			}
		}
	}
}

func TestRemoteTransportThatPanics(t *testing.T) {
	src := remote(t, "https://tokens.example.com/wx1", carriedBy(&http.Client{
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) { panic(fmt.Sprint("cannot send ", r.Header)) }),
	}))
	_, err := src.Token(t.Context())
	require.ErrorContains(t, err, "transport panicked: a value of type string")
	require.NotContains(t, err.Error(), "cannot send")
}
