package token

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// maxRemoteAnswer bounds an answer of the token server, in bytes.
const maxRemoteAnswer = 64 << 10

// RemoteConfig is the configuration of [Remote]. It needs URL and Key. It prints
// without the key.
type RemoteConfig struct {
	// URL is the address of one account at the token server, such as
	// https://tokens.example.com/wx0123456789abcdef.
	URL string

	// Key is sent to the server as the bearer token. It is printable ASCII without
	// spaces.
	Key string

	// Kind is the kind of credential. If empty, it is [AccessToken].
	Kind Kind

	// HTTPClient carries the requests. Only its Transport and its Timeout are used. If
	// its Timeout is zero, a request may take 10 seconds. Nil means a client with a
	// transport of its own.
	HTTPClient *http.Client

	// InsecurePlainHTTP allows a URL with http to another machine. The key and the
	// tokens then travel unencrypted.
	InsecurePlainHTTP bool
}

// Format implements fmt.Formatter. It hides the key.
func (c RemoteConfig) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, secret.Describe(c, "URL", "Kind", "InsecurePlainHTTP"))
}

// MarshalText implements encoding.TextMarshaler. It hides the key.
func (c RemoteConfig) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }

// remote is what Remote returns.
type remote struct {
	url    string
	key    secret.String
	client *http.Client
}

// Remote returns a source that asks a central token server (中控服务器), so that only
// that server knows the AppSecret and needs an entry in the platform's IP list.
//
// The protocol, in which {url} is RemoteConfig.URL and {kind} is a [Kind]:
//
//	GET  {url}/{kind}
//	POST {url}/{kind}/invalidate    {"token": "the rejected one"}
//	Authorization: Bearer {key}
//
// Both answer HTTP 200 and the token in use. After an invalidation it differs from the
// rejected one:
//
//	{"token": "...", "expires_in": 6913}
//
// expires_in is the life left at the time of the answer, in whole seconds. If it is
// absent, the token is used for one call, and the server is asked every time. The
// server invalidates by comparison: if the rejected token is no longer in use, it
// answers with the current one. If it cannot get another one, it answers HTTP 409 with
// error still_rejected. A failure has a status of 400 or above and this body:
//
//	{"error": "unavailable", "message": "for people", "errcode": 40164, "errmsg": "..."}
//
// where error is one of unauthorized (401), not_found (404: no such account or
// kind), too_many_requests (429), still_rejected (409) and unavailable (502, 503).
// errcode and errmsg are present if the platform refused; Token then returns an
// *errcode.Error. Redirects are not followed.
//
// officialaccount.New wraps the result in [Reuse], which keeps the tokens.
func Remote(cfg RemoteConfig) (Invalidator, error) {
	if cfg.Kind == "" {
		cfg.Kind = AccessToken
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = wire.NewHTTPClient()
	}
	switch {
	case cfg.URL == "":
		return nil, errors.New("token: RemoteConfig.URL is empty")
	case cfg.Key == "" || strings.ContainsFunc(cfg.Key, func(c rune) bool { return c <= ' ' || c > '~' }):
		return nil, errors.New("token: RemoteConfig.Key is empty or not printable ASCII without spaces")
	case url.PathEscape(string(cfg.Kind)) != string(cfg.Kind):
		return nil, fmt.Errorf("token: RemoteConfig.Kind %q cannot be part of a URL", cfg.Kind)
	}
	if err := wire.CheckBaseURL(cfg.URL, cfg.InsecurePlainHTTP); err != nil {
		return nil, fmt.Errorf("token: RemoteConfig.URL: %w", err)
	}
	return &remote{
		url: strings.TrimSuffix(cfg.URL, "/") + "/" + string(cfg.Kind), key: secret.New(cfg.Key), client: cfg.HTTPClient,
	}, nil
}

// Token implements Source.
func (r *remote) Token(ctx context.Context) (Token, error) {
	return r.call(ctx, http.MethodGet, r.url, nil, "")
}

// Invalidate implements Invalidator.
func (r *remote) Invalidate(ctx context.Context, stale Token) error {
	if stale.Value() == "" {
		return ErrEmpty
	}
	body, err := json.Marshal(map[string]string{"token": stale.Value()})
	if err != nil {
		return err
	}
	_, err = r.call(ctx, http.MethodPost, r.url+"/invalidate", body, stale.Value())
	return err
}

// call makes one request. Its errors never show the token stale.
func (r *remote) call(ctx context.Context, method, target string, body []byte, stale string) (Token, error) {
	timeout := r.client.Timeout
	if timeout <= 0 {
		timeout = requestTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return Token{}, errors.New("token: RemoteConfig.URL is invalid")
	}
	req.Header.Set("Authorization", "Bearer "+r.key.Value())
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	began := time.Now()
	status, answer, err := r.send(req)
	if err != nil {
		return Token{}, unavailable{fmt.Errorf("token: token server %s: %w", req.URL.Host, r.scrub(err, stale))}
	}
	return r.read(status, answer, began, stale)
}

// send calls the transport directly, so redirects are not followed. A panic of the
// transport becomes an error.
func (r *remote) send(req *http.Request) (status int, answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the HTTP transport panicked: %w", secret.Panic(p))
		}
	}()
	transport := r.client.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxRemoteAnswer+1))
	if err == nil && len(answer) > maxRemoteAnswer {
		err = errors.New("the answer is larger than 64 KiB")
	}
	return resp.StatusCode, answer, err
}

// remoteAnswer is any answer of the protocol.
type remoteAnswer struct {
	Token     string       `json:"token"`
	ExpiresIn *int64       `json:"expires_in"`
	Error     string       `json:"error"`
	Message   string       `json:"message"`
	Code      errcode.Code `json:"errcode"`
	ErrMsg    string       `json:"errmsg"`
}

// read returns the token or the error in an answer. The life of the token is counted
// from began.
func (r *remote) read(status int, raw []byte, began time.Time, stale string) (Token, error) {
	var a remoteAnswer
	decodeErr := json.Unmarshal(raw, &a)
	switch {
	case status != http.StatusOK:
		return Token{}, r.refusal(status, a, stale)
	case decodeErr != nil:
		return Token{}, errors.New("token: the answer of the token server is not valid JSON of the protocol")
	case a.Error != "" || a.Code != 0:
		return Token{}, r.refusal(status, a, stale)
	}
	tok := New(a.Token, time.Time{})
	if a.ExpiresIn != nil {
		tok = New(a.Token, began.Add(seconds(*a.ExpiresIn)))
	}
	return usable(tok, nil)
}

// refusal returns the error described by a.
func (r *remote) refusal(status int, a remoteAnswer, stale string) error {
	switch {
	case status == http.StatusConflict && a.Error == "still_rejected":
		return ErrStillRejected
	case a.Code != 0:
		e := errcode.New(a.Code, r.redact(a.ErrMsg, stale))
		e.Op, e.Status = "token server", status
		return e
	}
	text := fmt.Sprintf("token: the token server answered HTTP %d", status)
	if said := oneLine(strings.TrimSpace(a.Error + " " + a.Message)); said != "" {
		text += ": " + r.redact(said, stale)
	}
	if status >= http.StatusInternalServerError {
		return unavailable{errors.New(text)}
	}
	return errors.New(text)
}

// unavailable is the error of a token server that cannot be reached or answers HTTP 5xx.
type unavailable struct{ error }

func (e unavailable) Unwrap() error { return e.error }

// redact replaces the key and the token stale in s.
func (r *remote) redact(s, stale string) string {
	s = strings.ReplaceAll(s, r.key.Value(), "[redacted]")
	if stale != "" {
		s = strings.ReplaceAll(s, stale, "[redacted]")
	}
	return s
}

// scrub returns err, or an error with the redacted text of err if it shows a credential.
func (r *remote) scrub(err error, stale string) error {
	if s := err.Error(); r.redact(s, stale) != s {
		return errors.New(r.redact(s, stale))
	}
	return err
}

// oneLine returns text from a server in a short, printable form for an error.
func oneLine(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return ' '
	}, s)
	if c := []rune(s); len(c) > 200 {
		s = string(c[:200]) + "…"
	}
	return s
}
