package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/gateway/internal/config"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/redisstore"
)

// grace is how long running requests may take after the stop.
const grace = 30 * time.Second

// program is the running gateway.
type program struct {
	file *config.File // as at the start
	path string
	log  *slog.Logger
	cert atomic.Pointer[tls.Certificate]

	redis  redis.UniversalClient // nil without Redis
	dir    *gateway.Directory
	health *gateway.Health
	main   *http.Server
	admin  *http.Server // nil if it is off

	serving sync.WaitGroup // the servers that have not closed their listeners yet
}

// newProgram creates a program from a configuration. It does not listen yet.
func newProgram(f *config.File, path string, out io.Writer) (*program, error) {
	p := &program{file: f, path: path, log: newLogger(f.Log, out)}
	counts := newMetrics()
	st, err := p.store()
	if err != nil {
		return nil, err
	}
	p.dir = gateway.NewDirectory(gateway.Config{
		Store: st, BaseURL: f.Platform, InsecurePlainHTTP: f.InsecurePlatformHTTP, Logger: p.log, OnRefresh: counts.refresh,
	})
	p.health = gateway.NewHealth(p.dir)
	if err := p.apply(f); err != nil {
		return nil, err
	}
	handler, err := p.handler(counts)
	if err != nil {
		return nil, err
	}
	p.main = p.server(handler)
	if f.Admin != "" {
		p.admin = p.server(p.adminHandler(counts))
	}
	return p, nil
}

func newLogger(l config.Log, out io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: l.MinLevel()}
	if l.Format == "text" {
		return slog.New(slog.NewTextHandler(out, options))
	}
	return slog.New(slog.NewJSONHandler(out, options))
}

// store returns the shared store of the instances, or nil without Redis.
func (p *program) store() (store.Store, error) {
	url := p.file.Redis.URL.Value()
	if url == "" {
		return nil, nil
	}
	client, err := newRedis(url)
	if err != nil {
		return nil, err
	}
	p.redis = client
	shared, err := redisstore.New(p.redis, redisstore.Config{})
	if err != nil {
		return nil, err
	}
	key, err := p.file.SealKey()
	if err != nil || key == nil {
		return shared, err
	}
	return store.NewSealed(shared, key)
}

// newRedis returns a client whose calls end with their context.
func newRedis(url string) (*redis.Client, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("redis.url is not a URL such as redis://host:6379/0") // err contains the password
	}
	options.ContextTimeoutEnabled = true
	return redis.NewClient(options), nil
}

// apply applies accounts, businesses and the certificate: all of them, or none.
func (p *program) apply(f *config.File) error {
	accounts, businesses, err := f.Directory()
	if err != nil {
		return err
	}
	var cert *tls.Certificate
	if f.TLS.Cert != "" {
		pair, err := tls.LoadX509KeyPair(f.TLS.Cert, f.TLS.Key)
		if err != nil {
			return fmt.Errorf("tls: %w", err)
		}
		cert = &pair
	}
	if err := p.dir.Set(accounts, businesses); err != nil {
		return err
	}
	p.cert.Store(cert)
	return nil
}

// handler returns the token server and the proxy.
func (p *program) handler(counts *metrics) (http.Handler, error) {
	var limiter gateway.Limiter = new(gateway.LocalLimiter)
	if p.redis != nil {
		limiter = gateway.NewRedisLimiter(p.redis, gateway.RedisLimiterConfig{Logger: p.log})
	}
	server, err := gateway.NewTokenServer(gateway.TokenServerConfig{
		Directory: p.dir, Limiter: limiter, Logger: p.log, OnRequest: counts.tokenRequest,
	})
	if err != nil {
		return nil, err
	}
	settings := proxyConfig(p.file, p.dir)
	settings.Limiter, settings.Logger, settings.OnCall = limiter, p.log, counts.call
	proxy, err := gateway.NewProxy(settings)
	if err != nil {
		return nil, err
	}
	prefix := p.file.TokenPath
	if prefix == "" {
		prefix = "/tokens"
	}
	tokens := http.StripPrefix(prefix, server)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // a ServeMux answers unclean paths itself
		if strings.HasPrefix(r.URL.Path, prefix+"/") {
			tokens.ServeHTTP(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}), nil
}

// proxyConfig returns the settings of the file for the proxy.
func proxyConfig(f *config.File, dir *gateway.Directory) gateway.ProxyConfig {
	cfg := gateway.ProxyConfig{
		Directory: dir, Hosts: f.Hosts, QRCodeHost: f.QRCodeHost, InsecurePlainHTTP: f.InsecurePlatformHTTP,
		MaxBody: f.MaxBody, HoldBody: f.HoldBody,
	}
	if key := f.PassKey.Value(); key != "" {
		cfg.PassKey = []byte(key)
	}
	return cfg
}

func (p *program) adminHandler(counts *metrics) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(counts, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.Handle("/", p.health)
	return mux
}

// server returns a server for long requests: the time of a transfer is not bounded; the
// proxy bounds how long a transfer may stall.
func (p *program) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
	}
}

// serve listens, and serves until ctx ends.
func (p *program) serve(ctx context.Context, reload <-chan os.Signal, drain time.Duration) error {
	if p.redis != nil {
		defer p.redis.Close()
	}
	main, err := listen(p.file.Listen)
	if err != nil {
		return err
	}
	var admin net.Listener
	if p.admin != nil {
		if admin, err = listen(p.file.Admin); err != nil {
			return errors.Join(err, main.Close())
		}
	}
	return p.serveOn(ctx, main, admin, reload, drain)
}

func listen(addr string) (net.Listener, error) {
	return new(net.ListenConfig).Listen(context.Background(), "tcp", addr)
}

// serveOn serves until ctx ends and running requests have ended too. admin may be nil.
func (p *program) serveOn(ctx context.Context, main, admin net.Listener, reload <-chan os.Signal, drain time.Duration) error {
	refreshing, stop := context.WithCancel(context.WithoutCancel(ctx))
	fresh := make(chan struct{})
	go func() { defer close(fresh); p.dir.Run(refreshing) }()
	defer func() { stop(); <-fresh }()

	defer p.serving.Wait() // a server that is closed before it has begun closes its listener later
	failed := make(chan error, 2)
	p.start(p.main, main, p.file.TLS.Cert != "", failed)
	if admin != nil {
		p.start(p.admin, admin, false, failed)
	}
	for {
		select {
		case <-reload:
			p.reload()
		case err := <-failed:
			return errors.Join(err, p.end(ctx, 0))
		case <-ctx.Done():
			return p.end(ctx, drain)
		}
	}
}

// start starts a server on a listener.
func (p *program) start(s *http.Server, l net.Listener, secure bool, failed chan<- error) {
	p.log.Info("gateway: serving", "addr", l.Addr().String(), "tls", secure, "admin", s == p.admin)
	p.serving.Go(func() {
		var err error
		if secure {
			s.TLSConfig = &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.cert.Load(), nil }}
			err = s.ServeTLS(l, "", "")
		} else {
			err = s.Serve(l)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	})
}

// reload reads the file again and applies it, completely or not at all.
func (p *program) reload() {
	f, err := config.Load(p.path)
	if err == nil {
		if names := p.file.NeedRestart(f); len(names) > 0 {
			err = fmt.Errorf("a restart is needed to change: %s", strings.Join(names, ", "))
		} else {
			err = p.apply(f)
		}
	}
	if err != nil {
		p.log.Error("gateway: configuration not reloaded, nothing has changed", "error", err)
		return
	}
	p.log.Info("gateway: configuration reloaded", "accounts", len(f.Accounts), "businesses", len(f.Businesses))
}

// end makes the instance unready, so that load balancers notice it, and then waits for
// running requests.
func (p *program) end(ctx context.Context, drain time.Duration) error {
	p.log.Info("gateway: shutting down", "drain", drain.String())
	p.health.Drain()
	time.Sleep(drain)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := p.main.Shutdown(ending)
	if p.admin != nil {
		err = errors.Join(err, p.admin.Shutdown(ending))
	}
	return err
}
