package token

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// platform fetches access tokens from the platform with an app id and its secret.
type platform struct {
	cfg    Config // without its Secret
	secret hidden
	kind   Kind
}

func newPlatform(cfg Config, kind Kind) (*platform, error) {
	switch {
	case cfg.AppID == "":
		return nil, errors.New("token: Config.AppID is empty")
	case cfg.Secret == "":
		return nil, errors.New("token: Config.Secret is empty")
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = wire.NewHTTPClient()
		cfg.HTTPClient.Timeout = 10 * time.Second
	}
	secret := hide(cfg.Secret)
	cfg.Secret = ""
	return &platform{cfg, secret, kind}, nil
}

// Identity says whose token it is.
func (p *platform) Identity() Identity { return NewIdentity(p.cfg.AppID, p.secret(), p.kind) }

// Format names the account and nothing else.
func (p *platform) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "token source %s of %s", p.kind, p.cfg.AppID)
}

// fetch sends r, whose answer is a token. Its life counts from before the request,
// so that a slow answer does not lengthen it.
func (p *platform) fetch(ctx context.Context, r *wire.Request) (Token, error) {
	r.BaseURL = p.cfg.BaseURL
	var answer struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	began := time.Now()
	if err := wire.JSON(ctx, p.cfg.HTTPClient, r, &answer); err != nil {
		return Token{}, err
	}
	tok := New(answer.AccessToken, began.Add(seconds(answer.ExpiresIn)))
	if err := tok.fault(); err != nil {
		return Token{}, fmt.Errorf("%s: %w", r.Path, err)
	}
	return tok, nil
}

// seconds is n seconds, up to a day: no credential here lives so long, and a
// time.Duration does not hold every int64 of seconds.
func seconds(n int64) time.Duration {
	return time.Duration(max(0, min(n, 24*60*60))) * time.Second
}

// classic is what Classic returns.
type classic struct{ *platform }

// Classic fetches tokens from the older endpoint, GET /cgi-bin/token (获取接口调用凭据).
//
// Each fetch retires the token before it after about 5 minutes, also that of other
// programs with the same account, and the platform allows 2000 a day. So put
// [Shared] around it as soon as there is more than one process. ForceRefresh and
// Store of cfg mean nothing here.
func Classic(cfg Config) (Source, error) {
	p, err := newPlatform(cfg, AccessToken)
	if err != nil {
		return nil, err
	}
	return classic{p}, nil
}

// Token implements Source.
func (c classic) Token(ctx context.Context) (Token, error) {
	return c.fetch(ctx, &wire.Request{
		Method:  http.MethodGet,
		Path:    "/cgi-bin/token",
		Query:   "grant_type=client_credential",
		Secrets: []wire.Param{{Name: "appid", Value: c.cfg.AppID}, {Name: "secret", Value: c.secret()}},
	})
}
