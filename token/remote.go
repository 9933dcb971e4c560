package token

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// maxRemoteAnswer is how much of an answer of the token server is read.
const maxRemoteAnswer = 64 << 10

// WithKind asks the token server for another credential than the access token.
func WithKind(k Kind) RemoteOption {
	return remoteOption(func(r *remote) { r.kind = k })
}

// WithHTTPClient carries the requests to the token server. Its Transport and its
// Timeout are used; without it each request has a private client's 10 seconds.
func WithHTTPClient(c *http.Client) RemoteOption {
	return remoteOption(func(r *remote) { r.client = c })
}

// InsecurePlainHTTP lets key and tokens travel unencrypted to a server that is not
// on this machine, where everyone on the way can read them.
func InsecurePlainHTTP() RemoteOption {
	return remoteOption(func(r *remote) { r.plain = true })
}

// remote is what Remote returns.
type remote struct {
	url    string
	key    hidden
	kind   Kind
	client *http.Client
	plain  bool
}

// Remote asks a central token server (中控服务器) for the token, so that only that
// server knows the AppSecret and needs a place on the platform's IP list. serverURL
// stands for one account, such as https://tokens.example.com/wx0123456789abcdef; key is
// sent as bearer token. Plain http is refused except to this machine.
//
// The protocol, in which {kind} is a [Kind], access_token if no other was asked for:
//
//	GET  {serverURL}/{kind}
//	POST {serverURL}/{kind}/invalidate    {"token": "the rejected one"}
//	Authorization: Bearer {key}
//
// Both answer HTTP 200 and the token in use, which after an invalidation is another
// than the rejected one:
//
//	{"token": "...", "expires_in": 6913}
//
// expires_in is the life left in whole seconds, at the time of the answer; when it
// is absent, the token is good for one call and the server is asked every time. The
// server invalidates by comparison: if the rejected token is not in use any more, it
// answers the one that is. If it cannot get another one, the status is 409 and error
// is still_rejected. A failure has a status from 400 on and
//
//	{"error": "unavailable", "message": "for people", "errcode": 40164, "errmsg": "..."}
//
// where error is one of unauthorized (401), not_found (404: no such account or
// kind), too_many_requests (429), still_rejected (409) and unavailable (502, 503).
// errcode and errmsg are there if the platform refused, and arrive here as an
// *errcode.Error. Redirects are not followed.
//
// The result is an [Invalidator]. officialaccount.New keeps its tokens, by [Reuse].
func Remote(serverURL, key string, opts ...RemoteOption) (Source, error) {
	r := &remote{key: hide(key), kind: AccessToken}
	for _, o := range opts {
		o.remote(r)
	}
	if r.client == nil {
		r.client = wire.NewHTTPClient()
		r.client.Timeout = 10 * time.Second
	}
	u, err := url.Parse(serverURL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("token: the URL of the token server is no absolute http or https URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("token: the URL of the token server has more than a host and a path")
	case u.Scheme == "http" && !r.plain && !loopback(u.Hostname()):
		return nil, fmt.Errorf("token: plain http to %s would show key and tokens on the way: use https", u.Host)
	case key == "" || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }):
		return nil, errors.New("token: the key of the token server is empty or not plain ASCII")
	case r.kind == "" || url.PathEscape(string(r.kind)) != string(r.kind):
		return nil, fmt.Errorf("token: kind %q does not fit into a URL", r.kind)
	}
	r.url = strings.TrimSuffix(u.String(), "/") + "/" + string(r.kind)
	return r, nil
}

// loopback reports whether host is this machine.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Format names the server and not the key.
func (r *remote) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "token.Remote(%q)", r.url) }

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

// call makes one request; stale is a token that no error may show.
func (r *remote) call(ctx context.Context, method, target string, body []byte, stale string) (Token, error) {
	if r.client.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.client.Timeout)
		defer cancel()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return Token{}, errors.New("token: the URL of the token server cannot be used")
	}
	req.Header.Set("Authorization", "Bearer "+r.key())
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	began := time.Now()
	status, answer, err := r.send(req)
	if err != nil {
		return Token{}, fmt.Errorf("token: server %s: %w", req.URL.Host, r.scrub(err, stale))
	}
	return r.read(status, answer, began, stale)
}

// send uses the transport itself, which follows no redirect.
func (r *remote) send(req *http.Request) (status int, answer []byte, err error) {
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

// remoteAnswer is every answer of the protocol.
type remoteAnswer struct {
	Token     string       `json:"token"`
	ExpiresIn *int64       `json:"expires_in"`
	Error     string       `json:"error"`
	Message   string       `json:"message"`
	Code      errcode.Code `json:"errcode"`
	ErrMsg    string       `json:"errmsg"`
}

// read makes a token or an error of an answer. The token's life counts from began.
func (r *remote) read(status int, raw []byte, began time.Time, stale string) (Token, error) {
	var a remoteAnswer
	decodeErr := json.Unmarshal(raw, &a)
	switch {
	case status != http.StatusOK:
		return Token{}, r.refusal(status, a, stale)
	case decodeErr != nil:
		return Token{}, errors.New("token: the token server's answer is not JSON of the protocol")
	case a.Error != "" || a.Code != 0:
		return Token{}, r.refusal(status, a, stale)
	}
	tok := New(a.Token, time.Time{})
	if a.ExpiresIn != nil {
		tok = New(a.Token, began.Add(seconds(*a.ExpiresIn)))
	}
	return tok, tok.fault()
}

// refusal is the error that a tells of.
func (r *remote) refusal(status int, a remoteAnswer, stale string) error {
	switch {
	case status == http.StatusConflict && a.Error == "still_rejected":
		return ErrStillRejected
	case a.Code != 0:
		e := errcode.New(a.Code, r.redact(a.ErrMsg, stale))
		e.Op, e.Status = "token server", status
		return e
	}
	text := fmt.Sprintf("token: server answered HTTP %d", status)
	if said := oneLine(strings.TrimSpace(a.Error + " " + a.Message)); said != "" {
		text += ": " + r.redact(said, stale)
	}
	return errors.New(text)
}

// redact cuts the key and a token out of s.
func (r *remote) redact(s, stale string) string {
	s = strings.ReplaceAll(s, r.key(), "[redacted]")
	if stale != "" {
		s = strings.ReplaceAll(s, stale, "[redacted]")
	}
	return s
}

// scrub returns err if it shows no credential, else an error of the same words.
func (r *remote) scrub(err error, stale string) error {
	if s := err.Error(); r.redact(s, stale) != s {
		return errors.New(r.redact(s, stale))
	}
	return err
}

// oneLine is what a server said, fit for an error: short and printable.
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
