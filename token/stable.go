package token

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/store"
)

// StableConfig is the configuration of [Stable]. It needs AppID and Secret. It prints
// without the secret.
type StableConfig struct {
	AppID  string // 开发者ID, begins with wx
	Secret string // AppSecret, 开发者密码

	// HTTPClient carries the requests. Each is bounded by its Timeout or, if that is
	// zero, by 10 seconds. Nil means a client with a transport of its own.
	HTTPClient *http.Client

	// BaseURL is the address of the platform. If empty, it is https://api.weixin.qq.com.
	BaseURL string

	// InsecurePlainHTTP allows a BaseURL with http to another machine. The secret and
	// the tokens then travel unencrypted.
	InsecurePlainHTTP bool

	// ForceRefresh lets the source force a new token if the platform keeps returning
	// one that it has rejected. A forced refresh immediately invalidates the token of
	// every other program with the same account, and the platform allows 20 a day. The
	// source makes one for each rejected token, at most every 10 minutes and 20 times
	// in 24 hours.
	ForceRefresh bool

	// Store counts the forced refreshes of all processes. If nil, only those of this
	// process are counted.
	Store store.Store
}

// Format implements fmt.Formatter. It hides the secret.
func (c StableConfig) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, secret.Describe(c, "AppID", "BaseURL", "InsecurePlainHTTP", "ForceRefresh"))
}

// MarshalText implements encoding.TextMarshaler. It hides the secret.
func (c StableConfig) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }

// Stable returns a source of stable tokens.
//
// The platform returns the same token to every program until less than 5 minutes of its
// life are left, so several processes need no shared store. It allows 10,000 requests a
// minute and 500,000 a day.
//
// With ForceRefresh the source is an [Invalidator]: if the platform still returns the
// rejected token, Invalidate forces a new one.
//
// POST /cgi-bin/stable_token (获取稳定版接口调用凭据)
func Stable(cfg StableConfig) (Source, error) {
	a, err := newAccount(account{
		name: "StableConfig", kind: StableToken, appID: cfg.AppID, secret: secret.New(cfg.Secret),
		http: cfg.HTTPClient, baseURL: cfg.BaseURL, insecure: cfg.InsecurePlainHTTP,
	})
	if err != nil {
		return nil, err
	}
	if !cfg.ForceRefresh {
		return stable{a}, nil
	}
	if cfg.Store == nil {
		cfg.Store = store.NewMemory()
	}
	return forcedStable{stable{a}, forcedCount{cfg.Store, a.Key() + ":forced"}}, nil
}

// stable asks for stable tokens.
type stable struct{ *account }

// Token implements Source.
func (s stable) Token(ctx context.Context) (Token, error) { return s.request(ctx, false) }

func (s stable) request(ctx context.Context, force bool) (Token, error) {
	return s.fetch(ctx, &wire.Request{
		Method: http.MethodPost,
		Path:   "/cgi-bin/stable_token",
		Hidden: []string{s.secret.Value()},
		Body: stableRequest{
			GrantType: "client_credential", AppID: s.appID, Secret: s.secret.Value(), ForceRefresh: force,
		},
	})
}

type stableRequest struct {
	GrantType    string `json:"grant_type"`
	AppID        string `json:"appid"`
	Secret       string `json:"secret"`
	ForceRefresh bool   `json:"force_refresh,omitempty"`
}

// forcedStable is a stable that may refresh by force.
type forcedStable struct {
	stable
	count forcedCount
}

// Invalidate implements Invalidator.
func (s forcedStable) Invalidate(ctx context.Context, stale Token) error {
	tok, err := s.request(ctx, false)
	if err != nil || !tok.Same(stale) {
		return err
	}
	if err := s.count.add(ctx, stale); err != nil {
		return fmt.Errorf("%w; not refreshed by force: %w", ErrStillRejected, err)
	}
	tok, err = s.request(ctx, true)
	if err == nil && tok.Same(stale) {
		return ErrStillRejected
	}
	return err
}
