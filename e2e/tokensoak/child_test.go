//go:build unix

package tokensoak

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/store/redisstore"
	"github.com/seed-f21aa8d8/wechat/token"
)

// The environment variables of a child process.
const (
	envName     = "TOKENSOAK_CHILD"
	envPlatform = "TOKENSOAK_PLATFORM"
	envRedis    = "TOKENSOAK_REDIS" // empty: the stable endpoint and no store
	envLasts    = "TOKENSOAK_LASTS"
)

const (
	appID   = "wx00000000000050a4"
	secret  = "TOP-SECRET-of-the-soak-test"
	callers = 8 // in each process
	timeout = 15 * time.Second
)

func TestMain(m *testing.M) {
	if os.Getenv(envName) == "" {
		os.Exit(m.Run())
	}
	if err := child(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// report is a line that a child writes: a failed call, or at the end the sum.
type report struct {
	Process string
	Began   time.Time     `json:",omitzero"`
	Failed  time.Time     `json:",omitzero"`
	Error   string        `json:",omitempty"`
	Calls   int           `json:",omitempty"`
	Longest time.Duration `json:",omitempty"`
}

// child calls the platform until its time is over.
func child() error {
	lasts, err := time.ParseDuration(os.Getenv(envLasts))
	if err != nil {
		return err
	}
	c := &caller{name: os.Getenv(envName), platform: os.Getenv(envPlatform), client: &http.Client{Timeout: timeout}}
	if err := c.connect(os.Getenv(envRedis)); err != nil {
		return err
	}
	end := time.Now().Add(lasts)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for time.Now().Before(end) {
				c.once()
				time.Sleep(4 * time.Millisecond)
			}
		})
	}
	wg.Wait()
	c.say(report{Process: c.name, Calls: c.calls, Longest: c.longest})
	return nil
}

// caller is a process that calls the platform.
type caller struct {
	name     string
	platform string
	client   *http.Client
	tokens   *token.Cache

	mu      sync.Mutex
	calls   int
	longest time.Duration
}

// named adds the name of the process to requests.
type named struct{ name string }

func (n named) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Process", n.name)
	return http.DefaultTransport.RoundTrip(r)
}

func (c *caller) connect(redisAddr string) error {
	client := &http.Client{Timeout: 5 * time.Second, Transport: named{c.name}}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if redisAddr == "" {
		src, err := token.Stable(token.StableConfig{AppID: appID, Secret: secret, BaseURL: c.platform, HTTPClient: client})
		c.tokens = token.Reuse(src, token.ReuseConfig{Logger: log})
		return err
	}
	src, err := token.Classic(token.ClassicConfig{AppID: appID, Secret: secret, BaseURL: c.platform, HTTPClient: client})
	if err != nil {
		return err
	}
	st, err := redisstore.New(redis.NewClient(&redis.Options{Addr: redisAddr, ContextTimeoutEnabled: true}), redisstore.Config{})
	if err != nil {
		return err
	}
	shared, err := token.Shared(st, src, token.SharedConfig{Lease: lease, Logger: log})
	c.tokens = token.Reuse(shared, token.ReuseConfig{Logger: log})
	return err
}

// once makes one call as a client does: with one replay if the token was rejected.
func (c *caller) once() {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	began := time.Now()
	tok, err := c.tokens.Token(ctx)
	if err == nil {
		if err = c.call(ctx, tok); errors.Is(err, errRejected) {
			if tok, err = c.tokens.Replace(ctx, tok); err == nil {
				err = c.call(ctx, tok)
			}
		}
	}
	if err != nil {
		c.say(report{Process: c.name, Began: began, Failed: time.Now(), Error: err.Error()})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls++
	c.longest = max(c.longest, time.Since(began))
}

var errRejected = errors.New("40001")

func (c *caller) call(ctx context.Context, tok token.Token) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.platform+"/call?access_token="+url.QueryEscape(tok.Value()), nil)
	if err != nil {
		return err
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return errors.New("the call was not answered")
	}
	defer resp.Body.Close()
	var answer struct{ Errcode int }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return err
	}
	if answer.Errcode == 40001 {
		return errRejected
	}
	return nil
}

func (c *caller) say(r report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
