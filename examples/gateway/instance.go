package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/store/redisstore"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// rules are the same for all instances: the accounts, and what each business may do.
type rules struct {
	accounts   []gateway.Account
	businesses []gateway.Business
	passKey    []byte
}

// instance is a token server and a proxy behind one address.
type instance struct {
	addr   string
	server *http.Server
}

// start runs an instance on loopback.
func start(stage *transcript.Stage, rdb *redis.Client, r rules) (*instance, error) {
	st, err := redisstore.New(rdb, redisstore.Config{})
	if err != nil {
		return nil, err
	}
	dir := gateway.NewDirectory(gateway.Config{
		Store: st, HTTPClient: stage.Platform.Client(), BaseURL: stage.Platform.URL(),
	})
	if err := dir.Set(r.accounts, r.businesses); err != nil {
		return nil, err
	}
	limiter := gateway.NewRedisLimiter(rdb, gateway.RedisLimiterConfig{})
	tokens, err := gateway.NewTokenServer(gateway.TokenServerConfig{Directory: dir, Limiter: limiter})
	if err != nil {
		return nil, err
	}
	proxy, err := gateway.NewProxy(gateway.ProxyConfig{
		Directory: dir, Limiter: limiter, PassKey: r.passKey,
		Hosts: []string{stage.Platform.URL()}, Transport: stage.Platform.Client().Transport,
	})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	i := &instance{addr: listener.Addr().String(), server: &http.Server{ReadHeaderTimeout: 5 * time.Second}}
	i.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/tokens/") {
			http.StripPrefix("/tokens", tokens).ServeHTTP(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	})
	go func() { _ = i.server.Serve(listener) }()
	return i, nil
}

// kill closes all connections at once, as a crash does.
func (i *instance) kill() error { return i.server.Close() }

// balancer sends requests to the instances in turn, and to the next instance if one
// cannot be reached, as any load balancer does.
type balancer struct {
	instances []*instance
	turn      int
	transport http.Transport
}

func newBalancer(instances ...*instance) *balancer {
	return &balancer{instances: instances}
}

// RoundTrip implements http.RoundTripper.
func (b *balancer) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	for range b.instances {
		i := b.instances[b.turn%len(b.instances)]
		b.turn++
		again := r.Clone(r.Context())
		again.URL.Host = i.addr
		if r.GetBody != nil {
			if again.Body, err = r.GetBody(); err != nil {
				return nil, err
			}
		}
		if resp, err = b.transport.RoundTrip(again); err == nil {
			return resp, nil
		}
		if context.Cause(r.Context()) != nil {
			break
		}
	}
	return nil, err
}
