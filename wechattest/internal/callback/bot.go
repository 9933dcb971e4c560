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

// Env is what a bot needs of its platform.
type Env struct {
	Ctx       context.Context // ends with the platform
	Account   func() *account.Account
	Go        func(func())   // runs a goroutine that the platform waits for
	Delivered func(Delivery) // receives every delivery
	Exchanges *atomic.Int64  // counts the messages that were delivered
}

// Bot is the server behind the account's callback URL (服务器地址): one handler
// in memory, several behind one address, or an address on the network.
type Bot struct {
	env       Env
	instances []*instance

	mu      sync.Mutex
	balance func(delivery int) int
	turn    int
	mishaps []Mishap
}

// instance is one process of a bot.
type instance struct {
	url       string // where its callback is posted, without query
	transport *http.Transport
	server    *http.Server // nil for an instance on the network
	running   atomic.Int64 // requests in its handler
	down      atomic.Bool
	conns     connSet
}

// memoryURL is the address of a handler in memory; the path of the callback follows.
const memoryURL = "http://bot.wechat.test"

// New makes a bot of handlers, which are served over listeners in memory.
func New(env Env, handlers ...http.Handler) *Bot {
	b := &Bot{env: env}
	for _, h := range handlers {
		b.instances = append(b.instances, env.memoryInstance(h))
	}
	return b
}

// NewURL makes a bot of addresses on the network.
func NewURL(env Env, urls ...string) *Bot {
	b := &Bot{env: env}
	for _, url := range urls {
		b.instances = append(b.instances, &instance{url: url, transport: &http.Transport{DisableKeepAlives: true}})
	}
	return b
}

// URLs are the addresses of the instances.
func (b *Bot) URLs() []string {
	var list []string
	for _, in := range b.instances {
		list = append(list, in.url)
	}
	return list
}

// Of is the bot at the URLs of one account of a third-party platform.
func (b *Bot) Of(appID string) *Bot {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := &Bot{env: b.env, balance: b.balance, mishaps: b.mishaps}
	b.mishaps = nil
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

// Balance chooses the instance of each delivery: choose gets the number of the
// delivery (the first of a message is 1) and returns an index of the handlers
// or URLs. Nil is in turn again.
func (b *Bot) Balance(choose func(delivery int) int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.balance = choose
}

// Stop kills instance i: its connections break and new ones are refused, as
// with a process that died. Work that its handler does elsewhere goes on.
func (b *Bot) Stop(i int) {
	b.instances[i].down.Store(true)
	b.instances[i].conns.closeAll()
}

// Start brings instance i back.
func (b *Bot) Start(i int) { b.instances[i].down.Store(false) }

// Mishap is what goes wrong with a delivery on its way, the bot being innocent.
type Mishap struct {
	// LoseAnswer has the platform read the answer in full and behave as if none
	// had come: it repeats the message when the time is up.
	LoseAnswer bool
	// CutAfter, when positive, breaks the connection after that time. The
	// message is repeated when the time is up, as ever.
	CutAfter time.Duration
}

// Mishap makes each of the next deliveries go wrong, one after another.
func (b *Bot) Mishap(mishaps ...Mishap) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mishaps = append(b.mishaps, mishaps...)
}

// next chooses instance and mishap of a delivery.
func (b *Bot) next(delivery int) (index int, m Mishap) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.balance != nil {
		index = b.balance(delivery)
	} else {
		index = b.turn % len(b.instances)
		b.turn++
	}
	if len(b.mishaps) > 0 {
		m, b.mishaps = b.mishaps[0], b.mishaps[1:]
	}
	return index, m
}

// Close ends the servers and connections in memory, and tells what is left running.
func (b *Bot) Close() (left []string) {
	for i, in := range b.instances {
		in.transport.CloseIdleConnections()
		if in.server == nil {
			continue
		}
		in.conns.closeAll()
		_ = in.server.Close() // closing pipes never fails
		if !WaitFor(func() bool { return in.running.Load() == 0 }) {
			left = append(left, fmt.Sprintf("%d handlers of bot instance %d have not returned", in.running.Load(), i))
		}
	}
	return left
}

// connSet is the open connections to an instance.
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

// WaitFor polls done for ten seconds at most and returns its last answer.
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
