// Package gw is the code of docs/gateway.md.
package gw

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/jssdk"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/redisstore"
	"github.com/seed-f21aa8d8/wechat/token"
)

// throughProxy is the client of a business: its key is the secret, and the gateway the
// platform.
func throughProxy(address, appID, key string) (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{AppID: appID, Secret: key, BaseURL: address})
}

// withTokens is a client that calls the platform itself, with tokens of the gateway.
func withTokens(address, appID, key string) (*officialaccount.Client, error) {
	source, err := token.Remote(token.RemoteConfig{URL: address + "/tokens/" + appID, Key: key})
	if err != nil {
		return nil, err
	}
	return officialaccount.New(officialaccount.Config{AppID: appID, TokenSource: source})
}

// signer signs pages with tickets of the gateway. It makes no other calls.
func signer(address string, oa *officialaccount.Client, key string) (*jssdk.Service, error) {
	tickets, err := token.Remote(token.RemoteConfig{URL: address + "/tokens/" + oa.AppID(), Key: key, Kind: token.JSAPITicket})
	if err != nil {
		return nil, err
	}
	return jssdk.NewWithTickets(oa, jssdk.Tickets{JSAPI: tickets}), nil
}

// instance is a gateway inside a program of your own, one of several over one Redis.
type instance struct {
	dir    *gateway.Directory // dir.Set changes accounts and businesses at any time
	health *gateway.Health    // for the address of the operators
	public http.Handler
}

// newInstance makes an instance. seal and pass are 32 random bytes each, the same for all
// instances. The zero Config and no hosts mean the real platform.
func newInstance(
	rdb *redis.Client, seal, pass []byte, cfg gateway.Config, hosts ...string,
) (*instance, error) {
	shared, err := redisstore.New(rdb, redisstore.Config{})
	if err != nil {
		return nil, err
	}
	sealed, err := store.NewSealed(shared, seal)
	if err != nil {
		return nil, err
	}
	cfg.Store = sealed
	dir := gateway.NewDirectory(cfg)
	limiter := gateway.NewRedisLimiter(rdb, gateway.RedisLimiterConfig{})
	tokens, err := gateway.NewTokenServer(gateway.TokenServerConfig{
		Directory: dir, Limiter: limiter, Logger: slog.Default(),
	})
	if err != nil {
		return nil, err
	}
	proxy, err := gateway.NewProxy(gateway.ProxyConfig{
		Directory: dir, Limiter: limiter, PassKey: pass, Hosts: hosts, Logger: slog.Default(),
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/tokens/", http.StripPrefix("/tokens", tokens))
	mux.Handle("/", proxy)
	return &instance{dir, gateway.NewHealth(dir), mux}, nil
}

// keepFresh refreshes the tokens of all accounts until ctx ends.
func (i *instance) keepFresh(ctx context.Context) { i.dir.Run(ctx) }

// shop is what one business may do.
func shop(appID string, keys ...gateway.KeyHash) gateway.Business {
	return gateway.Business{
		Name: "shop", Keys: keys, Accounts: []string{appID},
		Allow:  []string{"/cgi-bin/message/*", "/cgi-bin/user/*", "/sns/*"},
		Deny:   []string{"/cgi-bin/message/mass/*"},
		Kinds:  []token.Kind{token.JSAPITicket},
		Limits: []gateway.Limit{{Path: "/cgi-bin/user/*", Calls: 100, Per: time.Minute}},
	}
}
