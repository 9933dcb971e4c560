package officialaccount

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Client calls the platform for one account. It is safe for concurrent use, starts no
// background goroutine and need not be closed. Make one with [New] and keep it: it
// holds the connections and the token.
//
// A Client prints without its secret and its token.
type Client struct {
	state func() *state // a func, so that package fmt cannot print it
}

// state is what a Client holds.
type state struct {
	appID    string
	secret   string
	hidden   []string // the secret, to be removed from errors
	tokens   *token.Cache
	http     *http.Client
	baseURL  string
	insecure bool          // credentials may be sent to another machine over plain http
	inside   bool          // baseURL is the address inside cloud hosting, where no credential is sent
	timeout  time.Duration // of a call whose context has no deadline
	idle     time.Duration // of uploads and downloads
	log      *slog.Logger
	observer Observer
	attempt  AttemptObserver // the observer, if it observes attempts
	limiter  Limiter
	retry    Retry
	budget   budget
	guard    *guard
}

// defaultTimeout bounds a call whose context has no deadline, and the time without data
// in an upload or download.
const defaultTimeout = 30 * time.Second

// New makes a client. It sends nothing: the first call fetches the first token.
func New(config Config) (*Client, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	s := &state{
		appID:    config.AppID,
		secret:   config.Secret,
		hidden:   []string{config.Secret},
		baseURL:  config.BaseURL,
		insecure: config.InsecurePlainHTTP,
		inside:   config.cloudHosting() && !config.InsecurePlainHTTP,
		observer: config.Observer,
		limiter:  config.Limiter,
		retry:    config.Retry.withDefaults(),
	}
	if config.Logger != nil {
		s.log = config.Logger.With("appid", config.AppID)
	}
	s.attempt, _ = config.Observer.(AttemptObserver)
	s.budget.fill(s.retry.Budget)
	s.connect(config.HTTPClient)
	if config.QuotaGuard {
		s.guard = &guard{paths: map[string]*quotaPause{}}
	}
	source, err := s.source(config.TokenSource)
	if err != nil {
		return nil, err
	}
	s.tokens = token.Reuse(source, s.tokenConfig())
	return &Client{func() *state { return s }}, nil
}

// connect sets the HTTP client and the timeouts.
func (s *state) connect(hc *http.Client) {
	s.idle = defaultTimeout
	if hc == nil {
		s.http, s.timeout = wire.NewHTTPClient(), defaultTimeout
		return
	}
	own := *hc
	s.http = &own
	if own.Timeout > 0 {
		s.idle = own.Timeout
	}
}

// source returns the configured source, or else token.Stable.
func (s *state) source(configured TokenSource) (TokenSource, error) {
	if configured != nil {
		return configured, nil
	}
	return token.Stable(token.StableConfig{AppID: s.appID, Secret: s.secret, HTTPClient: s.http, BaseURL: s.baseURL, InsecurePlainHTTP: s.insecure})
}

func (s *state) tokenConfig() token.ReuseConfig {
	cfg := token.ReuseConfig{Logger: s.log}
	if o, ok := s.observer.(RefreshObserver); ok {
		cfg.OnRefresh = o.ObserveRefresh
	}
	return cfg
}

// AppID returns the id of the account.
func (c *Client) AppID() string { return c.state().appID }

// Get calls an endpoint with GET and decodes its answer, of at most 8 MiB, into out.
// out is a pointer, or nil to ignore the answer; with any other value Get returns an
// error and sends nothing. The query is nil, a [url.Values], or a struct with url tags
// as github.com/google/go-querystring reads them. Get adds the credential to it.
//
// A GET is retried after a failed connection, HTTP 5xx or errcode -1, see [Retry].
func (c *Client) Get(ctx context.Context, path string, query, out any, opts ...CallOption) error {
	k := call{query: query, out: out, idempotent: true}
	k.Method, k.Path = http.MethodGet, path
	return c.state().do(ctx, &k, opts)
}

// Post calls an endpoint with POST and body as JSON, and decodes its answer into out as
// [Client.Get] does. A nil body sends {}.
//
// A POST is retried only if nothing of it was sent, or with the option [WithRetry].
func (c *Client) Post(ctx context.Context, path string, body, out any, opts ...CallOption) error {
	k := call{out: out}
	k.Method, k.Path, k.Body = http.MethodPost, path, body
	return c.state().do(ctx, &k, opts)
}

// Upload sends a file as multipart/form-data and decodes the answer into out as
// [Client.Get] does.
func (c *Client) Upload(ctx context.Context, path string, up Upload, out any, opts ...CallOption) error {
	k := call{out: out, stream: true}
	k.Method, k.Path, k.Upload = http.MethodPost, path, up.wire()
	return c.state().do(ctx, &k, opts)
}

// Download gets a file with GET, or with POST if the option [WithBody] is used. The
// caller closes the File. JSON with an errcode is an error; for JSON without one
// [File.IsJSON] is true.
//
// The path may be an absolute URL from the platform, such as the video_url of a
// message. It is fetched without credentials and without Referer, and redirects are
// followed.
func (c *Client) Download(ctx context.Context, path string, opts ...CallOption) (*File, error) {
	k := call{stream: true, download: true, idempotent: true}
	k.Method, k.Path = http.MethodGet, path
	if err := c.state().do(ctx, &k, opts); err != nil {
		return nil, err
	}
	return &File{k.file, k.file.Name, k.file.ContentType, k.file.Size, k.file}, nil
}

// Format implements fmt.Formatter. It hides the secret and the token.
func (c *Client) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "officialaccount.Client{AppID:%q}", c.AppID())
}

// MarshalText implements encoding.TextMarshaler. It hides the secret and the token.
func (c *Client) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }
