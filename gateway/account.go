package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Account is an Official Account for which calls are made. It prints without the
// secret.
type Account struct {
	AppID string // 开发者ID

	// Secret is the AppSecret (开发者密码). Without it the endpoints that want it are
	// refused, and Tokens is needed.
	Secret string

	// Tokens gives the access tokens, such as token.Remote of a token server elsewhere.
	// Nil means token.Stable with the secret, shared through [Config].Store.
	Tokens token.Source

	// ForceRefresh is token.StableConfig.ForceRefresh.
	ForceRefresh bool
}

// Format writes the account without the secret, whatever the verb.
func (a Account) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "gateway.Account{AppID:%q}", a.AppID) }

// LogValue keeps the secret out of package slog.
func (a Account) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(a)) }

// MarshalText keeps the secret out of JSON.
func (a Account) MarshalText() ([]byte, error) { return fmt.Append(nil, a), nil }

// account is an Account at work.
type account struct {
	appID     string
	secret    func() string // a function, which printers do not look into
	hasSecret bool
	forced    bool // Account.ForceRefresh
	custom    bool // Account.Tokens was given
	tokens    *token.Cache
	tickets   map[token.Kind]*token.Cache
}

// ticketTypes are the kinds of tickets and the platform's names for them.
var ticketTypes = map[token.Kind]string{token.JSAPITicket: "jsapi", token.CardTicket: "wx_card"}

func newAccount(cfg *Config, a Account) (*account, error) {
	if a.AppID == "" || checkPath("/"+a.AppID) != nil {
		return nil, fmt.Errorf("gateway: %q is no app id", a.AppID)
	}
	out := &account{
		appID: a.AppID, secret: func() string { return a.Secret }, hasSecret: a.Secret != "",
		forced: a.ForceRefresh, custom: a.Tokens != nil, tickets: map[token.Kind]*token.Cache{},
	}
	src, err := cfg.accessTokens(a)
	if err != nil {
		return nil, err
	}
	out.tokens = cfg.keep(a.AppID, token.AccessToken, src)
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: a.AppID, TokenSource: out.tokens, HTTPClient: cfg.HTTPClient, BaseURL: cfg.BaseURL, Logger: cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	for kind, name := range ticketTypes {
		src, err := cfg.share(tickets(oa, name), token.Key(a.AppID, a.Secret, kind))
		if err != nil {
			return nil, err
		}
		out.tickets[kind] = cfg.keep(a.AppID, kind, src)
	}
	return out, nil
}

// cache is what keeps the credentials of a kind, or nil.
func (a *account) cache(kind token.Kind) *token.Cache {
	if kind == token.AccessToken || kind == token.StableToken {
		return a.tokens
	}
	return a.tickets[kind]
}

// same reports whether the account, made anew, would be as it is.
func (a *account) same(b Account) bool {
	return !a.custom && b.Tokens == nil && a.secret() == b.Secret && a.forced == b.ForceRefresh
}

// accessTokens is the source of an account's access tokens.
func (cfg *Config) accessTokens(a Account) (token.Source, error) {
	if a.Tokens != nil {
		return a.Tokens, nil
	}
	if a.Secret == "" {
		return nil, fmt.Errorf("gateway: account %s has neither a secret nor a source of tokens", a.AppID)
	}
	src, err := token.Stable(token.StableConfig{
		AppID: a.AppID, Secret: a.Secret, HTTPClient: cfg.HTTPClient, BaseURL: cfg.BaseURL,
		ForceRefresh: a.ForceRefresh, Store: cfg.Store,
	})
	if err != nil {
		return nil, err
	}
	return cfg.share(src, "")
}

// share shares the tokens of a source through the store, if there is one. An empty
// key is the source's own.
func (cfg *Config) share(src token.Source, key string) (token.Source, error) {
	if cfg.Store == nil {
		return src, nil
	}
	return token.Shared(cfg.Store, src, token.SharedConfig{Key: key, Logger: cfg.Logger})
}

// keep keeps a source's credentials in this process.
func (cfg *Config) keep(appID string, kind token.Kind, src token.Source) *token.Cache {
	reuse := token.ReuseConfig{Logger: cfg.Logger}
	if cfg.ObserveRefresh != nil {
		reuse.Observer = func(_ context.Context, r token.Refresh) { cfg.ObserveRefresh(appID, kind, r) }
	}
	return token.Reuse(src, reuse)
}

// tickets fetches tickets of a type: GET /cgi-bin/ticket/getticket (获取票据).
func tickets(oa *officialaccount.Client, name string) token.Source {
	return token.SourceFunc(func(ctx context.Context) (token.Token, error) {
		var answer struct {
			Ticket    string `json:"ticket"`
			ExpiresIn int64  `json:"expires_in"`
		}
		began := time.Now()
		err := oa.Get(ctx, "/cgi-bin/ticket/getticket", url.Values{"type": {name}}, &answer)
		if err != nil {
			return token.Token{}, err
		}
		if answer.ExpiresIn <= 0 || answer.ExpiresIn > 24*60*60 {
			return token.Token{}, errors.New("gateway: the platform gave a ticket without a usable life")
		}
		return token.New(answer.Ticket, began.Add(time.Duration(answer.ExpiresIn)*time.Second)), nil
	})
}
