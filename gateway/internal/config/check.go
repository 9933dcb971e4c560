package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/token"
)

// resolve looks up every secret. The error lists the missing variables.
func (f *File) resolve(env func(string) (string, bool)) error {
	secrets := []*Secret{&f.PassKey, &f.Redis.URL, &f.Redis.SealKey}
	for i := range f.Accounts {
		secrets = append(secrets, &f.Accounts[i].Secret, &f.Accounts[i].TokenServer.Key)
	}
	var errs []error
	for _, s := range secrets {
		errs = append(errs, s.resolve(env))
	}
	return errors.Join(errs...)
}

// check finds the mistakes that gateway.Directory.Set does not find.
func (f *File) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	f.checkServer(wrong)
	if f.Redis.URL.given() && !f.PassKey.given() {
		wrong("pass_key is missing: instances that share Redis need the same key")
	}
	if v := f.PassKey.Value(); v != "" && len(v) < 32 {
		wrong("pass_key has %d characters; at least 32 random ones are needed", len(v))
	}
	if v := f.Redis.URL.Value(); v != "" {
		if _, err := redis.ParseURL(v); err != nil {
			wrong("redis.url is not a URL such as redis://host:6379/0")
		}
	}
	if _, err := f.SealKey(); err != nil {
		errs = append(errs, err)
	}
	if len(f.Accounts) == 0 {
		wrong("accounts is empty")
	}
	for _, a := range f.Accounts {
		if a.TokenServer.URL == "" && !a.Secret.given() {
			wrong("account %s needs a secret or a token_server", a.AppID)
		}
	}
	for _, b := range f.Businesses {
		if len(b.Allow) == 0 && len(b.Tokens) == 0 {
			wrong("business %q has no permissions: allow and tokens are empty", b.Name)
		}
		for _, kind := range b.Tokens {
			if !slices.Contains([]token.Kind{token.AccessToken, token.JSAPITicket, token.CardTicket}, kind) {
				wrong("business %q: tokens: %q is not one of access_token, jsapi_ticket, wx_card_ticket", b.Name, kind)
			}
		}
	}
	return errors.Join(errs...)
}

func (f *File) checkServer(wrong func(string, ...any)) {
	host, _, err := net.SplitHostPort(f.Listen)
	switch {
	case err != nil:
		wrong(`listen: %q is not an address such as ":8443" or "127.0.0.1:8080"`, f.Listen)
	case (f.TLS.Cert == "") != (f.TLS.Key == ""):
		wrong("tls: cert and key must both be set")
	case f.TLS.Cert == "" && !f.InsecurePlainHTTP && !wire.Loopback(host):
		wrong("listen: an address other than loopback needs tls (or insecure_plain_http, behind a server that terminates TLS)")
	}
	if _, _, err := net.SplitHostPort(f.Admin); f.Admin != "" && err != nil {
		wrong("admin: %q is not an address", f.Admin)
	}
	if f.TokenPath != "" && (!strings.HasPrefix(f.TokenPath, "/") || strings.HasSuffix(f.TokenPath, "/")) {
		wrong("token_path: %q is not a path such as /tokens", f.TokenPath)
	}
	if _, err := f.Log.level(); err != nil {
		wrong("log.level: %q is not one of debug, info, warn, error", f.Log.Level)
	}
	if f.Log.Format != "" && f.Log.Format != "json" && f.Log.Format != "text" {
		wrong("log.format: %q is not json or text", f.Log.Format)
	}
}

func (l Log) level() (slog.Level, error) {
	var level slog.Level
	if l.Level == "" {
		return level, nil
	}
	return level, level.UnmarshalText([]byte(l.Level))
}

// MinLevel returns the lowest level that is logged.
func (l Log) MinLevel() slog.Level {
	level, _ := l.level() // checked
	return level
}

// SealKey returns the key for store.Sealed, or nil.
func (f *File) SealKey() ([]byte, error) {
	if !f.Redis.SealKey.given() || f.Redis.SealKey.Value() == "" {
		return nil, nil
	}
	key, err := base64.StdEncoding.DecodeString(f.Redis.SealKey.Value())
	if err != nil || len(key) != 32 {
		return nil, errors.New("redis.seal_key must be 32 bytes in base64")
	}
	return key, nil
}

// Directory returns the arguments of gateway.Directory.Set.
func (f *File) Directory() ([]gateway.Account, []gateway.Business, error) {
	var accounts []gateway.Account
	for _, a := range f.Accounts {
		account := gateway.Account{AppID: a.AppID, Secret: a.Secret.Value(), ForceRefresh: a.ForceRefresh}
		if a.TokenServer.URL != "" {
			src, err := token.Remote(token.RemoteConfig{URL: a.TokenServer.URL, Key: a.TokenServer.Key.Value()})
			if err != nil {
				return nil, nil, fmt.Errorf("config: account %s: %w", a.AppID, err)
			}
			account.TokenSource = src
		}
		accounts = append(accounts, account)
	}
	var businesses []gateway.Business
	for _, b := range f.Businesses {
		business, err := b.business()
		if err != nil {
			return nil, nil, fmt.Errorf("config: business %q: %w", b.Name, err)
		}
		businesses = append(businesses, business)
	}
	return accounts, businesses, nil
}

func (b Business) business() (gateway.Business, error) {
	out := gateway.Business{Name: b.Name, Accounts: b.Accounts, Allow: b.Allow, Deny: b.Deny, Kinds: b.Tokens, Refusals: b.Refusals}
	for _, text := range b.Keys {
		hash, err := gateway.ParseKeyHash(text)
		if err != nil {
			return out, err
		}
		out.Keys = append(out.Keys, hash)
	}
	for _, l := range b.Limits {
		out.Limits = append(out.Limits, gateway.Limit(l))
	}
	return out, nil
}
