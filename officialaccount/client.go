package officialaccount

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Client calls the platform for one account. It is safe for concurrent use, starts
// no goroutine of its own and needs no closing. Make one with [New] and keep it:
// it holds the connections and the token.
//
// A Client prints without its secret and its token.
type Client struct{ s *state }

// state is what a Client holds, behind a pointer so that nothing prints it.
type state struct {
	appID    string
	secret   string
	tokens   *token.Cache
	http     *http.Client
	baseURL  string
	timeout  time.Duration // of a call whose context has no deadline
	idle     time.Duration // of uploads and downloads
	log      *slog.Logger
	observer Observer
	limiter  Limiter
	retry    Retry
	budget   budget
	guard    *guard
}

// defaultTimeout bounds a call whose context has no deadline, and the time in
// which nothing moves in an upload or download.
const defaultTimeout = 30 * time.Second

// New makes a client. It sends nothing: the first call fetches the first token.
func New(config Config) (*Client, error) {
	if config.AppID == "" {
		return nil, errors.New("officialaccount: Config.AppID is empty")
	}
	if config.Secret == "" && config.TokenSource == nil {
		return nil, errors.New("officialaccount: Config needs a Secret or a TokenSource")
	}
	if err := checkBaseURL(config.BaseURL); err != nil {
		return nil, err
	}
	s := &state{
		appID:    config.AppID,
		secret:   config.Secret,
		http:     config.HTTPClient,
		baseURL:  config.BaseURL,
		idle:     defaultTimeout,
		log:      config.Logger,
		observer: config.Observer,
		limiter:  config.Limiter,
		retry:    config.Retry.withDefaults(),
	}
	if s.http == nil {
		s.http, s.timeout = wire.NewHTTPClient(), defaultTimeout
	} else if s.http.Timeout > 0 {
		s.idle = s.http.Timeout
	}
	if config.QuotaGuard {
		s.guard = newGuard()
	}
	s.budget.left = s.retry.Budget
	source := config.TokenSource
	if source == nil {
		source = token.Stable(token.Config{AppID: config.AppID, Secret: config.Secret, HTTPClient: s.tokenClient(), BaseURL: config.BaseURL})
	}
	s.tokens = token.Reuse(source)
	return &Client{s}, nil
}

// tokenClient shares the transport but never waits without an end.
func (s *state) tokenClient() *http.Client {
	hc := *s.http
	if hc.Timeout == 0 {
		hc.Timeout = 10 * time.Second
	}
	return &hc
}

func checkBaseURL(base string) error {
	if base == "" {
		return nil
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return errors.New("officialaccount: Config.BaseURL is not the https or http address of a server")
	}
	return nil
}

// AppID is the account's id.
func (c *Client) AppID() string { return c.s.appID }

// Get calls an endpoint with GET and decodes its answer into out, which may be
// nil. The query is nil, a [url.Values], or a struct with url tags as
// github.com/google/go-querystring reads them; the credential is added to it.
//
// A GET that fails by the connection, with HTTP 5xx or with errcode -1 is made
// again, see [Retry].
func (c *Client) Get(ctx context.Context, path string, query, out any, opts ...CallOption) error {
	k := call{method: http.MethodGet, path: path, query: query, idempotent: true, out: out}
	return c.s.do(ctx, &k, opts)
}

// Post calls an endpoint with POST and body as JSON, and decodes its answer into
// out, which may be nil. A nil body sends {}.
//
// A POST is sent at most once, unless nothing of it has left or the call is marked
// [Idempotent].
func (c *Client) Post(ctx context.Context, path string, body, out any, opts ...CallOption) error {
	k := call{method: http.MethodPost, path: path, body: body, out: out}
	return c.s.do(ctx, &k, opts)
}

// Upload sends a file as multipart/form-data and decodes the answer into out,
// which may be nil.
func (c *Client) Upload(ctx context.Context, path string, up Upload, out any, opts ...CallOption) error {
	k := call{method: http.MethodPost, path: path, upload: &up, out: out}
	return c.s.do(ctx, &k, opts)
}

// Download gets a file with GET, or with POST where the option [JSONBody] is given.
// The caller closes it. An answer that is JSON with an errcode is an error; JSON
// without one is a [File] whose IsJSON is true.
//
// The path may be an absolute URL that the platform handed out, such as the
// video_url of a message: it is fetched without any credential and without
// Referer, and redirects are followed.
func (c *Client) Download(ctx context.Context, path string, opts ...CallOption) (*File, error) {
	k := call{method: http.MethodGet, path: path, idempotent: true, download: true}
	err := c.s.do(ctx, &k, opts)
	return k.file, err
}

// Warn writes to the logger that a request may break a limit on which the
// platform's documents disagree. Services call it before they send such a request.
func (c *Client) Warn(ctx context.Context, op, msg string, args ...any) {
	if c.s.log != nil {
		c.s.log.WarnContext(ctx, "wechat: "+msg, append([]any{"op", op}, args...)...)
	}
}

// String names the account.
func (c *Client) String() string { return fmt.Sprintf("officialaccount.Client{AppID:%q}", c.s.appID) }

// Format writes what [Client.String] gives, whatever the verb.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// LogValue is what package slog logs of a client.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }
