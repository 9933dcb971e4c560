package wechattest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Bot is the server behind the account's callback URL (服务器地址): one handler
// in memory, several behind one address, or an address on the network.
type Bot struct {
	platform  *Platform
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

// memoryBotURL is the address of a handler in memory; Config.CallbackPath follows.
const memoryBotURL = "http://bot.wechat.test"

// Bot makes handler the account's bot, over an in-memory listener. Several
// handlers are instances of one bot behind one address: deliveries, repeats
// included, go to them in turn, or as [Bot.Balance] says.
//
// An account has one callback URL: a second call replaces the bot, whose
// connections are closed. Bot panics without a handler.
func (p *Platform) Bot(handlers ...http.Handler) *Bot {
	b := &Bot{platform: p}
	for _, h := range handlers {
		b.instances = append(b.instances, p.memoryInstance(h))
	}
	p.setBot(b)
	return b
}

// BotURL makes the server at url the account's bot, over TCP; several URLs are
// several instances. A URL may hold $APPID$, which is replaced by the account's
// app id as on a third-party platform.
func (p *Platform) BotURL(urls ...string) *Bot {
	b := &Bot{platform: p}
	for _, url := range urls {
		b.instances = append(b.instances, &instance{url: url, transport: &http.Transport{DisableKeepAlives: true}})
	}
	p.setBot(b)
	return b
}

func (p *Platform) setBot(b *Bot) {
	if len(b.instances) == 0 {
		panic("wechattest: a bot needs a handler or a URL")
	}
	p.mu.Lock()
	old := p.bot
	p.bot = b
	p.mu.Unlock()
	if p.ctx.Err() != nil { // too late: nobody would close it
		b.close()
	}
	if old != nil {
		for _, failure := range old.close() {
			p.log().Error("replaced bot", "left", failure)
		}
	}
}

func (p *Platform) memoryInstance(h http.Handler) *instance {
	in := &instance{url: memoryBotURL + p.Config().CallbackPath}
	listener := newPipeListener()
	in.server = &http.Server{
		Handler:     in.counted(h),
		BaseContext: func(net.Listener) context.Context { return p.ctx },
		ErrorLog:    slog.NewLogLogger(p.log().Handler(), slog.LevelWarn),
	}
	in.transport = &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if in.down.Load() {
				return nil, &net.OpError{Op: "dial", Net: "memory", Err: errRefused}
			}
			conn, err := listener.dial(ctx, memoryAddr{name: "203.0.113.99:40002"})
			if err != nil {
				return nil, err
			}
			return in.conns.add(conn), nil
		},
	}
	p.work.Go(func() { _ = in.server.Serve(listener) })
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

func (b *Bot) close() (left []string) {
	for i, in := range b.instances {
		in.transport.CloseIdleConnections()
		if in.server == nil {
			continue
		}
		in.conns.closeAll()
		_ = in.server.Close() // closing pipes never fails
		if !waitFor(func() bool { return in.running.Load() == 0 }) {
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
