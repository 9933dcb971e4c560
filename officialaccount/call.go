package officialaccount

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/google/go-querystring/query"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/token"
)

// CallOption changes one call.
type CallOption func(*call)

// credential is what a call shows to the platform.
type credential int

const (
	appToken credential = iota
	componentToken
	givenToken
	appSecret
	noCredential
)

// AppToken adds the account's access_token, which the client keeps. It is what a
// call does without any option.
func AppToken() CallOption { return func(k *call) { k.credential = appToken } }

// ComponentToken adds the client's token as component_access_token, as the
// endpoints of a third-party platform (第三方平台) want it.
func ComponentToken() CallOption { return func(k *call) { k.credential = componentToken } }

// WithToken adds tok as access_token instead of the account's: the token of a
// user after web authorization (网页授权), for instance. A call with a token that
// the client did not get itself is never replayed.
func WithToken(tok string) CallOption {
	return func(k *call) { k.credential, k.given = givenToken, tok }
}

// WithSecret adds appid and secret to the query instead of a token. A client
// without a secret answers [ErrNoSecret].
func WithSecret() CallOption { return WithSecretAs("appid", "secret") }

// WithSecretAs is [WithSecret] with other names for the two parameters.
func WithSecretAs(appID, secret string) CallOption {
	return func(k *call) { k.credential, k.idName, k.secretName = appSecret, appID, secret }
}

// NoToken adds no credential at all.
func NoToken() CallOption { return func(k *call) { k.credential = noCredential } }

// Idempotent says that the call may be made twice without harm, and so be retried
// like a GET.
func Idempotent() CallOption { return func(k *call) { k.idempotent = true } }

// Once says that the call is to be sent once only, though it is a GET or a
// download: it takes back [Idempotent].
func Once() CallOption { return func(k *call) { k.idempotent = false } }

// Query adds parameters to the query of a POST, an upload or a download. See
// [Client.Get] for what v may be.
func Query(v any) CallOption { return func(k *call) { k.query = v } }

// JSONBody makes a download a POST with v as its JSON body.
func JSONBody(v any) CallOption {
	return func(k *call) { k.method, k.body = "POST", v }
}

// Hide names further values, such as a secret inside the body, that no error and
// no log may show.
func Hide(values ...string) CallOption {
	return func(k *call) { k.hidden = append(k.hidden, values...) }
}

// call is one call, with all its attempts.
type call struct {
	method     string
	path       string
	query      any
	body       any
	upload     *Upload
	out        any
	download   bool
	file       *File
	credential credential
	given      string
	idName     string
	secretName string
	hidden     []string
	idempotent bool

	attempts int
	replayed bool
	paused   bool
}

// do makes the call and reports it.
func (s *state) do(ctx context.Context, k *call, opts []CallOption) error {
	for _, o := range opts {
		o(k)
	}
	if s.observer == nil {
		return s.perform(ctx, k)
	}
	return s.observed(ctx, k)
}

// perform makes attempts until one succeeds or no further one is right.
func (s *state) perform(ctx context.Context, k *call) error {
	req, err := s.request(k)
	if err != nil {
		return err
	}
	if s.timeout > 0 && k.upload == nil && !k.download {
		if _, ok := ctx.Deadline(); !ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, s.timeout)
			defer cancel()
		}
	}
	var tok token.Token
	for retries := 0; ; {
		if tok, err = s.authorize(ctx, k, req, tok); err != nil {
			return err
		}
		err = s.attempt(ctx, k, req)
		if err == nil {
			s.budget.refill(s.retry.Budget)
			return nil
		}
		if k.rejected(err) && !tok.IsNone() && !k.replayed {
			if tok, err = s.replace(ctx, k, tok, err); err != nil {
				return err
			}
			continue
		}
		if !s.mayRetry(ctx, k, err, retries) {
			return err
		}
		retries++
		tok = token.Token{}
		if !s.pause(ctx, retries) {
			return err
		}
	}
}

// request makes what all attempts share.
func (s *state) request(k *call) (*wire.Request, error) {
	req := &wire.Request{Method: k.method, BaseURL: s.baseURL, Path: k.path, Body: k.body, Hidden: k.hidden}
	if absolute(k.path) {
		if k.credential == appToken {
			k.credential = noCredential
		}
		if k.credential != noCredential {
			return nil, fmt.Errorf("officialaccount: %s: a call to another address carries no credential", op(k.path))
		}
	} else if !strings.HasPrefix(k.path, "/") {
		return nil, fmt.Errorf("officialaccount: path %q does not begin with /", op(k.path))
	}
	q, err := encodeQuery(k.query)
	if err != nil {
		return nil, fmt.Errorf("officialaccount: %s: query: %w", op(k.path), err)
	}
	req.Query = q
	switch k.credential {
	case appSecret:
		if s.secret == "" {
			return nil, fmt.Errorf("%s: %w", op(k.path), ErrNoSecret)
		}
		req.Secrets = []wire.Param{{Name: k.idName, Value: s.appID}, {Name: k.secretName, Value: s.secret}}
	case givenToken:
		req.Secrets = []wire.Param{{Name: "access_token", Value: k.given}}
	}
	if s.secret != "" {
		req.Hidden = append(req.Hidden, s.secret)
	}
	if u := k.upload; u != nil {
		req.Upload = &wire.Upload{Field: u.Field, Name: u.Name, Body: u.Body, Size: u.Size}
		for _, f := range u.Form {
			req.Upload.Form = append(req.Upload.Form, wire.Param(f))
		}
	}
	return req, nil
}

// authorize puts the client's token into the request, where the call wants it.
func (s *state) authorize(ctx context.Context, k *call, req *wire.Request, tok token.Token) (token.Token, error) {
	name := "access_token"
	switch k.credential {
	case appToken:
	case componentToken:
		name = "component_access_token"
	default:
		return tok, nil
	}
	if tok == (token.Token{}) {
		var err error
		if tok, err = s.tokens.Token(ctx); err != nil {
			return tok, err
		}
	}
	req.Secrets = nil
	if !tok.IsNone() {
		req.Secrets = []wire.Param{{Name: name, Value: tok.Value()}}
	}
	return tok, nil
}

// attempt sends the request once.
func (s *state) attempt(ctx context.Context, k *call, req *wire.Request) error {
	if s.limiter != nil {
		if err := s.limiter.Wait(ctx, op(k.path)); err != nil {
			return err
		}
	}
	k.attempts++
	if !k.download {
		return wire.JSON(ctx, s.http, req, k.out)
	}
	f, err := wire.Download(ctx, s.http, req)
	if err == nil {
		k.file = &File{f, f.Name, f.ContentType, f.Size, f}
	}
	return err
}

// rejected reports whether the platform refused the token that the client added.
func (k *call) rejected(err error) bool {
	switch k.credential {
	case appToken:
		return errors.Is(err, errcode.ErrTokenInvalid)
	case componentToken:
		return errors.Is(err, errcode.ErrTokenInvalid) || errors.Is(err, errcode.ComponentAccessTokenExpired) || errors.Is(err, errcode.InvalidComponentCredential)
	}
	return false
}

// replace gets another token than the rejected one, for a replay.
func (s *state) replace(ctx context.Context, k *call, stale token.Token, cause error) (token.Token, error) {
	k.replayed = true
	fresh, err := s.tokens.Replace(ctx, stale)
	if err != nil {
		return stale, fmt.Errorf("%w; and there is no other token: %w", cause, err)
	}
	return fresh, nil
}

func encodeQuery(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case url.Values:
		return v.Encode(), nil
	}
	q, err := query.Values(v)
	if err != nil {
		return "", err
	}
	return q.Encode(), nil
}

func absolute(path string) bool {
	return strings.HasPrefix(path, "https://") || strings.HasPrefix(path, "http://")
}

// op is how errors and observers name an endpoint: its path without query.
func op(path string) string {
	op, _, _ := strings.Cut(path, "?")
	return op
}
