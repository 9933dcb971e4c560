package callback

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/pipe"
)

// Env is the platform as a bot needs it.
type Env struct {
	Ctx       context.Context // ends when the platform is closed
	Account   func() *account.Account
	Go        func(func())   // runs a goroutine that the platform waits for
	Delivered func(Delivery) // receives every delivery
	Exchanges *atomic.Int64  // counts the delivered messages
}

// Bot is the server at the account's callback URL (服务器地址): a handler in memory, several
// handlers behind one address, or addresses on the network.
type Bot struct {
	env       Env
	instances []*instance

	mu      sync.Mutex
	balance func(delivery int) int
	turn    int
	faults  []DeliveryFault
}

// instance is one process of a bot.
type instance struct {
	url       string // callback URL, without query
	transport *http.Transport
	server    *http.Server // nil for an instance on the network
	running   atomic.Int64 // running requests of its handler
	down      atomic.Bool
	conns     connSet
}

// memoryURL is the base URL of a handler in memory.
const memoryURL = "http://bot.wechat.test"

// New returns a bot of handlers, which are served over listeners in memory.
func New(env Env, handlers ...http.Handler) *Bot {
	b := &Bot{env: env}
	for _, h := range handlers {
		b.instances = append(b.instances, env.memoryInstance(h))
	}
	return b
}

// NewURL returns a bot of addresses on the network.
func NewURL(env Env, urls ...string) *Bot {
	b := &Bot{env: env}
	for _, url := range urls {
		b.instances = append(b.instances, &instance{url: url, transport: &http.Transport{DisableKeepAlives: true}})
	}
	return b
}

// URLs returns the addresses of the instances.
func (b *Bot) URLs() []string {
	var list []string
	for _, in := range b.instances {
		list = append(list, in.url)
	}
	return list
}

// Of returns the bot at the URLs of one account of a third-party platform.
func (b *Bot) Of(appID string) *Bot {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := &Bot{env: b.env, balance: b.balance, faults: b.faults}
	b.faults = nil
	for _, in := range b.instances {
		own.instances = append(own.instances, &instance{url: strings.ReplaceAll(in.url, "$APPID$", appID), transport: in.transport})
	}
	return own
}

func (env Env) memoryInstance(h http.Handler) *instance {
	acc := env.Account()
	in := &instance{url: memoryURL + acc.CallbackPath}
	listener := pipe.NewListener()
	in.server = &http.Server{
		Handler:     in.counted(h),
		BaseContext: func(net.Listener) context.Context { return env.Ctx },
		ErrorLog:    slog.NewLogLogger(acc.Logger.Handler(), slog.LevelWarn),
	}
	in.transport = &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if in.down.Load() {
				return nil, &net.OpError{Op: "dial", Net: "memory", Err: pipe.ErrRefused}
			}
			conn, err := listener.Dial(ctx, pipe.Addr{Name: "203.0.113.99:40002"})
			if err != nil {
				return nil, err
			}
			return in.conns.add(conn), nil
		},
	}
	env.Go(func() { _ = in.server.Serve(listener) })
	return in
}

func (in *instance) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in.running.Add(1)
		defer in.running.Add(-1)
		h.ServeHTTP(w, r)
	})
}

// Balance implements Bot.Balance.
func (b *Bot) Balance(choose func(delivery int) int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.balance = choose
}

// Stop implements Bot.Stop.
func (b *Bot) Stop(i int) {
	b.instances[i].down.Store(true)
	b.instances[i].conns.closeAll()
}

// Start starts instance i again.
func (b *Bot) Start(i int) { b.instances[i].down.Store(false) }

// DeliveryFault is a network failure during a delivery.
type DeliveryFault struct {
	// LoseAnswer discards the answer after it was read in full. The platform repeats
	// the message after the timeout.
	LoseAnswer bool
	// CutAfter, if positive, breaks the connection after that time. The platform
	// repeats the message after the timeout.
	CutAfter time.Duration
}

// FailNext makes the next deliveries fail, one for each argument.
func (b *Bot) FailNext(faults ...DeliveryFault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, faults...)
}

// next returns the instance and the fault of a delivery.
func (b *Bot) next(delivery int) (index int, m DeliveryFault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.balance != nil {
		index = b.balance(delivery)
	} else {
		index = b.turn % len(b.instances)
		b.turn++
	}
	if len(b.faults) > 0 {
		m, b.faults = b.faults[0], b.faults[1:]
	}
	return index, m
}

// Close ends the servers and connections in memory, and returns an error for handlers
// that still run.
func (b *Bot) Close() (left []string) {
	for i, in := range b.instances {
		in.transport.CloseIdleConnections()
		if in.server == nil {
			continue
		}
		in.conns.closeAll()
		_ = in.server.Close() // closing pipes does not fail
		if !WaitFor(func() bool { return in.running.Load() == 0 }) {
			left = append(left, fmt.Sprintf("%d handlers of bot instance %d have not returned", in.running.Load(), i))
		}
	}
	return left
}

// connSet holds the open connections to an instance.
type connSet struct {
	mu    sync.Mutex
	conns map[*trackedConn]struct{}
}

type trackedConn struct {
	net.Conn
	set *connSet
}

func (s *connSet) add(conn net.Conn) net.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		s.conns = map[*trackedConn]struct{}{}
	}
	c := &trackedConn{conn, s}
	s.conns[c] = struct{}{}
	return c
}

func (c *trackedConn) Close() error {
	c.set.mu.Lock()
	delete(c.set.conns, c)
	c.set.mu.Unlock()
	return c.Conn.Close()
}

func (s *connSet) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		_ = c.Conn.Close()
	}
	clear(s.conns)
}

// WaitFor polls done for at most ten seconds and returns its last result.
func WaitFor(done func() bool) bool {
	for wait, spent := time.Millisecond, time.Duration(0); spent < 10*time.Second; wait = min(2*wait, 100*time.Millisecond) {
		if done() {
			return true
		}
		time.Sleep(wait)
		spent += wait
	}
	return done()
}
