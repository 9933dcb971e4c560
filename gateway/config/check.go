package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/token"
)

// resolve looks up every secret and says which variables are missing.
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

// check finds what is wrong, apart from what gateway.Directory.Set finds.
func (f *File) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	f.checkServer(wrong)
	if f.Redis.URL.given() && !f.PassKey.given() {
		wrong("pass_key is missing: with redis there are several instances, which need the same one")
	}
	if v := f.PassKey.Value(); v != "" && len(v) < 32 {
		wrong("pass_key has %d characters: 32 random ones at least", len(v))
	}
	if v := f.Redis.URL.Value(); v != "" {
		if _, err := redis.ParseURL(v); err != nil {
			wrong("redis.url is no URL such as redis://host:6379/0")
		}
	}
	if _, err := f.SealKey(); err != nil {
		errs = append(errs, err)
	}
	if len(f.Accounts) == 0 {
		wrong("there is no account")
	}
	for _, a := range f.Accounts {
		if a.TokenServer.URL == "" && !a.Secret.given() {
			wrong("account %s: it needs a secret or a token_server", a.AppID)
		}
	}
	for _, b := range f.Businesses {
		if len(b.Allow) == 0 && len(b.Tokens) == 0 {
			wrong("business %q: it may do nothing: allow has no path and tokens no kind", b.Name)
		}
		for _, kind := range b.Tokens {
			if !slices.Contains([]token.Kind{token.AccessToken, token.JSAPITicket, token.CardTicket}, kind) {
				wrong("business %q: tokens: %q is none of access_token, jsapi_ticket, wx_card_ticket", b.Name, kind)
			}
		}
	}
	return errors.Join(errs...)
}

func (f *File) checkServer(wrong func(string, ...any)) {
	host, _, err := net.SplitHostPort(f.Listen)
	switch {
	case err != nil:
		wrong(`listen: %q is no address such as ":8443" or "127.0.0.1:8080"`, f.Listen)
	case (f.TLS.Cert == "") != (f.TLS.Key == ""):
		wrong("tls: cert and key belong together")
	case f.TLS.Cert == "" && !f.InsecurePlainHTTP && !loopback(host):
		wrong("listen: beyond this machine keys and tokens need tls (or insecure_plain_http, behind something that ends TLS)")
	}
	if _, _, err := net.SplitHostPort(f.Admin); f.Admin != "" && err != nil {
		wrong("admin: %q is no address", f.Admin)
	}
	if f.TokenPath != "" && (!strings.HasPrefix(f.TokenPath, "/") || strings.HasSuffix(f.TokenPath, "/")) {
		wrong("token_path: %q is no path such as /tokens", f.TokenPath)
	}
	if _, err := f.Log.level(); err != nil {
		wrong("log.level: %q is none of debug, info, warn, error", f.Log.Level)
	}
	if f.Log.Format != "" && f.Log.Format != "json" && f.Log.Format != "text" {
		wrong("log.format: %q is neither json nor text", f.Log.Format)
	}
}

// loopback reports whether only this machine reaches host.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (l Log) level() (slog.Level, error) {
	var level slog.Level
	if l.Level == "" {
		return level, nil
	}
	return level, level.UnmarshalText([]byte(l.Level))
}

// MinLevel is the least level that is logged.
func (l Log) MinLevel() slog.Level {
	level, _ := l.level() // checked
	return level
}

// SealKey is the key for store.Sealed, nil if there is none.
func (f *File) SealKey() ([]byte, error) {
	if !f.Redis.SealKey.given() || f.Redis.SealKey.Value() == "" {
		return nil, nil
	}
	key, err := base64.StdEncoding.DecodeString(f.Redis.SealKey.Value())
	if err != nil || len(key) != 32 {
		return nil, errors.New("redis.seal_key is not 32 bytes in base64")
	}
	return key, nil
}

// Directory is the content of a gateway.Directory.
func (f *File) Directory() ([]gateway.Account, []gateway.Business, error) {
	var accounts []gateway.Account
	for _, a := range f.Accounts {
		account := gateway.Account{AppID: a.AppID, Secret: a.Secret.Value(), ForceRefresh: a.ForceRefresh}
		if a.TokenServer.URL != "" {
			src, err := token.Remote(token.RemoteConfig{URL: a.TokenServer.URL, Key: a.TokenServer.Key.Value()})
			if err != nil {
				return nil, nil, fmt.Errorf("config: account %s: %w", a.AppID, err)
			}
			account.Tokens = src
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
	out := gateway.Business{Name: b.Name, Accounts: b.Accounts, Allow: b.Allow, Deny: b.Deny, Kinds: b.Tokens}
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
