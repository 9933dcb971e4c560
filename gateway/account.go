package gateway

import (
	"context"
	"fmt"
	"io"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/jssdk"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Account is an Official Account. It prints without the secret.
type Account struct {
	AppID string // 开发者ID

	// Secret is the AppSecret (开发者密码). If it is empty, TokenSource is required, and
	// endpoints that need the secret are refused.
	Secret string

	// TokenSource returns the access tokens, for example token.Remote of another token
	// server. If nil, token.Stable with the secret is used, shared through
	// [Config].Store.
	TokenSource token.Source

	// ForceRefresh is token.StableConfig.ForceRefresh.
	ForceRefresh bool
}

// Format implements fmt.Formatter. It hides the secret.
func (a Account) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, secret.Describe(a, "AppID", "ForceRefresh"))
}

// MarshalText implements encoding.TextMarshaler. It hides the secret.
func (a Account) MarshalText() ([]byte, error) { return fmt.Append(nil, a), nil }

// account is an Account with its caches of credentials.
type account struct {
	appID   string
	secret  secret.String
	forced  bool // Account.ForceRefresh
	custom  bool // Account.TokenSource was set
	tokens  *token.Cache
	tickets map[token.Kind]*token.Cache
}

func newAccount(cfg *Config, a Account) (*account, error) {
	if a.AppID == "" || checkPath("/"+a.AppID) != nil {
		return nil, fmt.Errorf("gateway: %q is not an app id", a.AppID)
	}
	out := &account{
		appID: a.AppID, secret: secret.New(a.Secret), forced: a.ForceRefresh, custom: a.TokenSource != nil,
		tickets: map[token.Kind]*token.Cache{},
	}
	src, err := cfg.accessTokens(a)
	if err != nil {
		return nil, err
	}
	out.tokens = cfg.keep(a.AppID, token.AccessToken, src)
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: a.AppID, TokenSource: out.tokens, HTTPClient: cfg.HTTPClient,
		BaseURL: cfg.BaseURL, InsecurePlainHTTP: cfg.InsecurePlainHTTP, Logger: cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	for kind, src := range map[token.Kind]token.Source{token.JSAPITicket: jssdk.JSAPITickets(oa), token.CardTicket: jssdk.CardTickets(oa)} {
		src, err := cfg.share(src, token.Key(a.AppID, a.Secret, kind))
		if err != nil {
			return nil, err
		}
		out.tickets[kind] = cfg.keep(a.AppID, kind, src)
	}
	return out, nil
}

// cache returns the cache of a kind of credential, or nil.
func (a *account) cache(kind token.Kind) *token.Cache {
	if kind == token.AccessToken || kind == token.StableToken {
		return a.tokens
	}
	return a.tickets[kind]
}

// same reports whether an account made from b would be equal.
func (a *account) same(b Account) bool {
	return !a.custom && b.TokenSource == nil && a.secret.Equal(secret.New(b.Secret)) && a.forced == b.ForceRefresh
}

// accessTokens returns the source of an account's access tokens.
func (cfg *Config) accessTokens(a Account) (token.Source, error) {
	if a.TokenSource != nil {
		return a.TokenSource, nil
	}
	if a.Secret == "" {
		return nil, fmt.Errorf("gateway: account %s needs a secret or a token source", a.AppID)
	}
	src, err := token.Stable(token.StableConfig{
		AppID: a.AppID, Secret: a.Secret, HTTPClient: cfg.HTTPClient, BaseURL: cfg.BaseURL,
		InsecurePlainHTTP: cfg.InsecurePlainHTTP, ForceRefresh: a.ForceRefresh, Store: cfg.Store,
	})
	if err != nil {
		return nil, err
	}
	return cfg.share(src, "")
}

// share makes all instances share the credentials of a source, if there is a store. An
// empty key means the key of the source.
func (cfg *Config) share(src token.Source, key string) (token.Source, error) {
	if cfg.Store == nil {
		return src, nil
	}
	return token.Shared(cfg.Store, src, token.SharedConfig{Key: key, Logger: cfg.Logger})
}

// keep caches the credentials of a source in this process.
func (cfg *Config) keep(appID string, kind token.Kind, src token.Source) *token.Cache {
	reuse := token.ReuseConfig{Logger: cfg.Logger}
	if cfg.OnRefresh != nil {
		reuse.OnRefresh = func(_ context.Context, r token.Refresh) { cfg.OnRefresh(appID, kind, r) }
	}
	return token.Reuse(src, reuse)
}
