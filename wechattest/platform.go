package wechattest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/journal"
)

// Platform is the WeChat platform as one Official Account sees it. It calls the
// account's bot ([Platform.Bot], [Platform.User]) and is called by it: it is an
// http.Handler that answers like api.weixin.qq.com, and [Platform.Client]
// reaches it without a network.
//
// Make one with [New] in a test or [Open] in a program. It is safe for
// concurrent use.
type Platform struct {
	mu     sync.Mutex // guards what stands below, and the state of every area
	set    *settings
	offset time.Duration // platform time minus real time
	bot    *Bot
	users  map[string]*User
	faults []*activeFault

	lastFault int64 // id of the newest fault
	lastID    int64
	counts    map[string]int // calls received, by path
	areas

	routes     map[string]endpoint
	calls      journal.Journal[Call]
	deliveries journal.Journal[Delivery]
	watching   sync.Mutex
	observers  []*Observer
	recorder   atomic.Pointer[recorder] // nil unless traffic is recorded
	exchanges  atomic.Int64             // messages delivered so far

	memory   *memoryAPI
	ctx      context.Context // ends with Close
	cancel   context.CancelFunc
	work     sync.WaitGroup // goroutines of the platform itself
	serving  atomic.Int64   // API requests being answered
	closing  atomic.Bool
	closed   chan struct{} // closed after shut
	closeErr error
}

// TB is the part of *testing.T, *testing.B and *testing.F that [New] needs.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// New makes a platform for one test. It writes its log to the test's, and when
// the test ends it closes and fails the test if something was left running: a
// handler of the bot that never returned, or an API response whose body nobody
// closed. A wrong configuration is fatal to the test.
//
// Inside testing/synctest, call it in the bubble.
func New(tb TB, cfg Config) *Platform {
	tb.Helper()
	log := &testLog{tb: tb}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	}
	p, err := Open(cfg)
	if err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	tb.Cleanup(func() {
		err := p.Close()
		log.stop()
		if err != nil {
			tb.Errorf("%v", err)
		}
	})
	return p
}

// Open makes a platform for a program, which ends it with Close. The error
// names the setting that is wrong.
func Open(cfg Config) (*Platform, error) {
	set, err := cfg.settings()
	if err != nil {
		return nil, err
	}
	p := &Platform{set: set, users: map[string]*User{}, counts: map[string]int{}, lastID: firstMsgID, closed: make(chan struct{})}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.routes = map[string]endpoint{}
	for _, e := range endpoints() {
		p.routes[e.path] = e
	}
	p.memory = newMemoryAPI(p)
	return p, nil
}

// Close ends every delivery, connection and server of the platform and waits
// for them. The error names what did not end within ten seconds, and every API
// response whose body was never closed. Further calls return the same.
func (p *Platform) Close() error {
	if p.closing.CompareAndSwap(false, true) {
		p.closeErr = p.shut()
		close(p.closed)
	}
	<-p.closed // not a mutex: waiting for one would stop the clock of a synctest bubble
	return p.closeErr
}

func (p *Platform) shut() error {
	p.mu.Lock()
	p.cancel() // under the lock, so that later starts nothing after it
	bot := p.bot
	p.mu.Unlock()
	left := p.memory.unclosed()
	if bot != nil {
		left = append(left, bot.close()...)
	}
	left = append(left, p.memory.close()...)
	if !waitFor(func() bool { return p.serving.Load() == 0 }) {
		left = append(left, fmt.Sprintf("%d API requests are still being answered", p.serving.Load()))
	}
	p.work.Wait()
	if len(left) == 0 {
		return nil
	}
	return errors.New("wechattest: left behind: " + strings.Join(left, "; "))
}

// waitFor polls done for ten seconds at most and returns its last answer.
func waitFor(done func() bool) bool {
	for wait, spent := time.Millisecond, time.Duration(0); spent < 10*time.Second; wait = min(2*wait, 100*time.Millisecond) {
		if done() {
			return true
		}
		time.Sleep(wait)
		spent += wait
	}
	return done()
}

// Config returns the settings in force, defaults filled in: what the bot and
// the client under test are to be configured with.
func (p *Platform) Config() Config {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.set.Config
}

// Reconfigure changes settings while the platform runs, as an administrator
// does on the console: the mode, a new AES key or token, a reset or frozen
// AppSecret, the allow-list. When the result is wrong nothing changes, and the
// error names the setting. Deliveries under way keep the settings they began with.
func (p *Platform) Reconfigure(change func(*Config)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	cfg := p.set.Config
	change(&cfg)
	set, err := cfg.settings()
	if err != nil {
		return err
	}
	p.set = set
	return nil
}

// URL is the base of the API: [Config].URL, or for clients of [Platform.Client] an
// address that never resolves, so that a request that takes another way fails.
func (p *Platform) URL() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.set.URL
}

// Now is the platform's time, which decides on tokens, quotas and reply
// windows: the real time (in a synctest bubble: the bubble's) plus what
// [Platform.Advance] added.
func (p *Platform) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now()
}

func (p *Platform) now() time.Time { return time.Now().Add(p.offset) }

// Advanced is how far [Platform.Advance] has moved the platform's time.
func (p *Platform) Advanced() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.offset
}

// Advance moves the platform's time forward by d. Callbacks are not touched:
// they carry the real time, and their five seconds are real.
func (p *Platform) Advance(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offset += d
}

// later runs f in a goroutine of the platform after d of real time, unless the
// platform is closed before. An endpoint starts the events it causes with it:
// a handler runs under the lock and must not wait for a bot. The lock is held.
func (p *Platform) later(d time.Duration, f func()) {
	if p.ctx.Err() != nil {
		return
	}
	p.work.Go(func() {
		if p.pause(d) == nil {
			f()
		}
	})
}

// pause waits for d, or returns why the platform ends.
func (p *Platform) pause(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-p.ctx.Done():
		return ErrClosed
	}
}

// ErrClosed is why a delivery ends that was under way when the platform was closed.
var ErrClosed = errors.New("wechattest: the platform is closed")

func (p *Platform) log() *slog.Logger {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.set.Logger
}

// Format prints the platform for every verb without its secrets.
func (p *Platform) Format(f fmt.State, verb rune) { p.Config().Format(f, verb) }

// testLog writes log lines to a test until it stops.
type testLog struct {
	mu      sync.Mutex
	tb      TB
	stopped bool
}

func (l *testLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.stopped {
		l.tb.Logf("%s", strings.TrimRight(string(line), "\n"))
	}
	return len(line), nil
}

func (l *testLog) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
}
