package officialaccount

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/google/go-querystring/query"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/token"
)

// call is one call with all its attempts.
type call struct {
	wire.Request

	query      any
	out        any
	credential credential
	given      string // the token of WithToken
	idName     string // of WithSecretAs and WithSecretInBody
	secretName string
	idempotent bool // may be retried even if it may have been executed
	warnings   []warning
	stream     bool // an upload or a download: no bound on the whole
	download   bool
	file       *wire.File

	secrets  [2]wire.Param // the array of Secrets
	attempts int
	replayed bool
	probe    bool // sent by the quota guard to find out whether quota is available again
	paused   bool // not sent, because of the quota guard
}

// do applies the options and makes the call.
func (s *state) do(ctx context.Context, k *call, opts []CallOption) error {
	for _, o := range opts {
		o(k)
	}
	if s.observer == nil {
		return s.perform(ctx, k)
	}
	return s.observed(ctx, k)
}

// perform makes the call and releases what it holds.
func (s *state) perform(ctx context.Context, k *call) error {
	if err := s.prepare(k); err != nil {
		return err
	}
	defer k.Close()
	if s.log != nil {
		for _, w := range k.warnings {
			s.log.WarnContext(ctx, "wechat: "+w.msg, append([]any{"path", wire.Op(k.Path)}, w.args...)...)
		}
	}
	if s.timeout > 0 && !k.stream {
		if _, ok := ctx.Deadline(); !ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, s.timeout)
			defer cancel()
		}
	}
	if s.guard == nil {
		return s.sendWithRetries(ctx, k)
	}
	return s.guard.run(ctx, k, s.sendWithRetries)
}

// prepare checks the call and sets what its attempts have in common.
func (s *state) prepare(k *call) error {
	if err := k.address(); err != nil {
		return err
	}
	if out := reflect.ValueOf(k.out); k.out != nil && (out.Kind() != reflect.Pointer || out.IsNil()) {
		return fmt.Errorf("officialaccount: %s: not sent: out must be a non-nil pointer, not a %T", wire.Op(k.Path), k.out)
	}
	q, err := encodeQuery(k.query)
	if err != nil {
		return fmt.Errorf("officialaccount: %s: %w", wire.Op(k.Path), err)
	}
	k.BaseURL, k.Query = s.baseURL, q
	if k.Hidden == nil {
		k.Hidden = s.hidden
	} else {
		k.Hidden = append(k.Hidden, s.secret)
	}
	if k.stream {
		k.Idle = s.idle
	}
	switch k.credential {
	case givenToken:
		if k.given == "" {
			return fmt.Errorf("officialaccount: %s: the token of WithToken is empty", wire.Op(k.Path))
		}
		k.Secrets = append(k.secrets[:0], wire.Param{Name: "access_token", Value: k.given})
	case appSecret, bodySecret:
		if s.secret == "" {
			return fmt.Errorf("%s: %w", wire.Op(k.Path), ErrNoSecret)
		}
		if k.credential == bodySecret {
			k.Body = map[string]string{k.idName: s.appID, k.secretName: s.secret}
			return nil
		}
		k.Secrets = append(k.secrets[:0], wire.Param{Name: k.idName, Value: s.appID}, wire.Param{Name: k.secretName, Value: s.secret})
	}
	return nil
}

// address checks the path. A call of an absolute URL has no credential.
func (k *call) address() error {
	if !wire.Absolute(k.Path) {
		if !strings.HasPrefix(k.Path, "/") {
			return fmt.Errorf("officialaccount: the path %q does not begin with /", wire.Op(k.Path))
		}
		return nil
	}
	if k.credential != appToken && k.credential != noCredential {
		return fmt.Errorf("officialaccount: %s: an absolute URL is called without a credential: remove the option that adds one", wire.Op(k.Path))
	}
	k.credential = noCredential
	k.Follow = k.download && k.Method == http.MethodGet
	return nil
}

func encodeQuery(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case url.Values:
		return v.Encode(), nil
	}
	q, err := query.Values(v)
	return q.Encode(), err
}

// sendWithRetries sends the call until it succeeds or must not be sent again.
func (s *state) sendWithRetries(ctx context.Context, k *call) error {
	for retries := 0; ; retries++ {
		err := s.sendWithToken(ctx, k)
		if err == nil {
			s.budget.refill(s.retry.Budget)
			return nil
		}
		if !s.mayRetry(ctx, k, err, retries) || !s.pause(ctx, retries) {
			return err
		}
		s.logRepeat(ctx, slog.LevelDebug, k, "calling again", err)
	}
}

// sendWithToken sends the call with its credential. If the platform rejects the token of
// the client, it replaces the token and sends the call again, once per call: the
// rejection proves that the call was not executed.
func (s *state) sendWithToken(ctx context.Context, k *call) error {
	name := "access_token"
	switch k.credential {
	case appToken:
	case componentToken:
		name = "component_access_token"
	default:
		return s.send(ctx, k)
	}
	tok, err := s.tokens.Token(ctx)
	if err != nil {
		return err
	}
	k.setToken(name, tok)
	err = s.send(ctx, k)
	if err == nil || k.replayed || tok.IsNone() || !k.rejected(err) {
		return err
	}
	k.replayed = true
	fresh, tokenErr := s.tokens.Replace(ctx, tok)
	switch {
	case tokenErr != nil:
		return fmt.Errorf("%w; the token cannot be replaced: %w", err, tokenErr)
	case !k.Rewindable():
		return fmt.Errorf("%w; not sent again with a new token, because the file cannot be read a second time; use an io.Seeker", err)
	}
	s.logRepeat(ctx, slog.LevelInfo, k, "calling again with a new token", err)
	k.setToken(name, fresh)
	return s.send(ctx, k)
}

// setToken makes tok the credential of the request.
func (k *call) setToken(name string, tok token.Token) {
	k.Secrets = nil
	if !tok.IsNone() {
		k.Secrets = append(k.secrets[:0], wire.Param{Name: name, Value: tok.Value()})
	}
}

// rejected reports whether the platform rejected the token that the client added.
func (k *call) rejected(err error) bool {
	if errors.Is(err, errcode.ErrTokenInvalid) {
		return true
	}
	return k.credential == componentToken &&
		(errors.Is(err, errcode.ComponentAccessTokenExpired) || errors.Is(err, errcode.InvalidComponentCredential))
}

// send sends the request once.
func (s *state) send(ctx context.Context, k *call) error {
	if s.inside && !wire.Absolute(k.Path) && (len(k.Secrets) > 0 || len(k.Hidden) > 1) {
		return fmt.Errorf("officialaccount: %s: not sent: the address of cloud hosting, %s, is for calls without a credential: use token.None and no secret", wire.Op(k.Path), s.baseURL)
	}
	if s.limiter != nil {
		if err := s.limiter.Wait(ctx, wire.Op(k.Path)); err != nil {
			return err
		}
	}
	k.attempts++
	if s.attempt != nil {
		return s.observedSend(ctx, k, s.attempt)
	}
	return s.roundTrip(ctx, k)
}

func (s *state) roundTrip(ctx context.Context, k *call) (err error) {
	if k.download {
		k.file, err = wire.Download(ctx, s.http, &k.Request)
	} else {
		err = wire.JSON(ctx, s.http, &k.Request, k.out)
	}
	if _, panicked := errors.AsType[*secret.PanicError](err); panicked && s.log != nil {
		attrs := []slog.Attr{slog.String("path", wire.Op(k.Path))}
		s.log.LogAttrs(ctx, slog.LevelError, "wechat: the HTTP transport panicked", append(attrs, secret.Attrs(err)...)...)
	}
	return err
}

// logRepeat logs that the call is sent again because of cause.
func (s *state) logRepeat(ctx context.Context, level slog.Level, k *call, msg string, cause error) {
	if s.log != nil {
		s.log.LogAttrs(ctx, level, "wechat: "+msg,
			slog.String("path", wire.Op(k.Path)), slog.Int("attempts", k.attempts), slog.String("error", cause.Error()))
	}
}
