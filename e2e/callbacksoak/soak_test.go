//go:build unix

package callbacksoak

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const (
	lasts   = 30 * time.Second
	users   = 32
	settles = 8 * time.Second // a lease and the looks after it: until a process that died is replaced
)

// process is one child.
type process struct {
	t     *testing.T
	addr  string
	redis string
	book  *book

	cmd   *exec.Cmd
	stdin io.Closer
	read  chan struct{} // closed when all it said is in the book
	alive atomic.Bool
}

func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(os.Args[0], "-test.run=^$")
	p.cmd.Env = append(os.Environ(), envAddr+"="+p.addr, envRedis+"="+p.redis)
	p.cmd.Stderr = os.Stderr
	stdin, err := p.cmd.StdinPipe()
	require.NoError(p.t, err)
	p.stdin = stdin
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, p.cmd.Start())
	p.read = make(chan struct{})
	go func(read chan struct{}) {
		defer close(read)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			p.book.heard(lines.Text())
		}
	}(p.read)
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if response, err := http.Head("http://" + p.addr); err == nil {
			response.Body.Close()
			break
		}
		require.Less(p.t, time.Since(begin), 20*time.Second, "the child does not answer")
	}
	p.alive.Store(true)
}

// kill ends the child as a crash would. The balancer knows first: a message that was
// brought to a dead process twice could be given up before its lease ends.
func (p *process) kill() {
	p.alive.Store(false)
	p.cmd.Process.Kill()
	<-p.read
	p.cmd.Wait()
}

// stop lets the child finish its work, and returns how it ended.
func (p *process) stop() error {
	p.alive.Store(false)
	p.stdin.Close()
	<-p.read
	return p.cmd.Wait()
}

// book is what is known of each message.
type book struct {
	mu       sync.Mutex
	entries  map[string]*entry // by content
	failures []disturbance     // calls of the store that failed
	stalls   []disturbance     // times in which the machine let nobody work
}

// watch notes the stalls, until stop is closed. In one of them the platform's five
// seconds may pass without anybody's fault.
func (b *book) watch(stop <-chan struct{}) {
	const slack = 300 * time.Millisecond
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	for last := time.Now(); ; {
		select {
		case <-stop:
			return
		case <-ticks.C:
		}
		now := time.Now()
		if now.Sub(last) > slack {
			b.mu.Lock()
			b.stalls = append(b.stalls, disturbance{name: stalled, begin: last, end: now, instance: -1})
			b.mu.Unlock()
		}
		last = now
	}
}

const stalled = "the machine stood still"

type entry struct {
	runs, late, lost int
	begin, end       time.Time // of its deliveries
	later            time.Time // when it was heard of last
	reply            *wechattest.Reply
	err              error
}

func (b *book) entry(content string, f func(*entry)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.entries[content]
	if e == nil {
		e = new(entry)
		b.entries[content] = e
	}
	f(e)
}

// story tells what became of the message, and when.
func (e *entry) story() string {
	var s strings.Builder
	for _, d := range e.reply.Deliveries {
		fmt.Fprintf(&s, "%v to %d: %v; ", d.Time.Sub(e.begin).Round(time.Millisecond), d.Instance, d.Err)
	}
	fmt.Fprintf(&s, "over after %v; %d late, %d lost", e.end.Sub(e.begin).Round(time.Millisecond), e.late, e.lost)
	if !e.later.IsZero() {
		fmt.Fprintf(&s, " after %v", e.later.Sub(e.begin).Round(time.Millisecond))
	}
	return s.String()
}

// heard enters a line of a child.
func (b *book) heard(line string) {
	what, content, _ := strings.Cut(line, " ")
	switch what {
	case "run":
		b.entry(content, func(e *entry) { e.runs++ })
	case "late":
		b.entry(content, func(e *entry) { e.late++; e.later = time.Now() })
	case "lost":
		b.entry(content, func(e *entry) { e.lost++; e.later = time.Now() })
	case "storefailed":
		b.mu.Lock()
		defer b.mu.Unlock()
		now := time.Now()
		b.failures = append(b.failures, disturbance{name: "the store failed", begin: now.Add(-time.Second), end: now, instance: -1})
	}
}

// disturbance is a time when something broke.
type disturbance struct {
	name       string
	begin, end time.Time
	instance   int // that was killed; -1 for the Redis
}

// touched reports whether the message or its late reply was in progress during that
// time.
func (d disturbance) touched(content string, e *entry) bool {
	const settle = 2 * time.Second // until connections are made again
	var ms int
	fmt.Sscan(content, &ms)
	end := e.begin.Add(time.Duration(ms)*time.Millisecond + time.Second)
	for _, t := range []time.Time{e.end, e.later} {
		if t.After(end) {
			end = t
		}
	}
	return e.begin.Before(d.end.Add(settle)) && end.After(d.begin)
}

func TestSoak(t *testing.T) {
	if os.Getenv("WECHAT_SOAK") != "1" {
		t.Skip("set WECHAT_SOAK=1 to run it; it takes a minute")
	}
	redis := servertest.Redis(t)
	b := &book{entries: map[string]*entry{}}
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { b.watch(done) })
	var processes []*process
	var urls []string
	for range 2 {
		p := &process{t: t, addr: servertest.FreeAddr(t), redis: redis.Addr, book: b}
		p.start()
		t.Cleanup(func() {
			if p.alive.Load() {
				p.kill()
			}
		})
		processes = append(processes, p)
		urls = append(urls, "http://"+p.addr+"/wechat")
	}
	platform, err := wechattest.Open(wechattest.Config{Mode: wechattest.Safe, FreshRepeats: true})
	require.NoError(t, err)
	defer platform.Close()
	platform.BotURL(urls...).Balance(func(int) int { // like a balancer that notices a dead instance
		i := rand.IntN(2)
		if !processes[i].alive.Load() {
			i = 1 - i
		}
		return i
	})

	var serial atomic.Int64
	var sending sync.WaitGroup
	until := time.Now().Add(lasts)
	for i := range users {
		sending.Go(func() {
			user := platform.User(fmt.Sprint("oUser", i))
			for time.Now().Before(until) {
				takes := []int{0, 0, 0, 0, 0, 100, 400, 1500, 3000, 4600, 5500, 7000}[rand.IntN(12)]
				content := fmt.Sprint(takes, " ", serial.Add(1))
				begin := time.Now()
				reply, err := user.Text(content)
				b.entry(content, func(e *entry) { e.begin, e.end, e.reply, e.err = begin, time.Now(), reply, err })
				time.Sleep(rand.N(100 * time.Millisecond))
			}
		})
	}

	var disturbances []disturbance
	time.Sleep(6*time.Second + rand.N(3*time.Second))
	victim := rand.IntN(2)
	killed := disturbance{name: "a process was killed", begin: time.Now(), instance: victim}
	processes[victim].kill()
	time.Sleep(2 * time.Second)
	processes[victim].start()
	killed.end = time.Now()
	disturbances = append(disturbances, killed)

	time.Sleep(settles)
	restarted := disturbance{name: "the Redis was restarted", begin: time.Now(), instance: -1}
	redis.Kill()
	time.Sleep(time.Second)
	redis.Restart()
	restarted.end = time.Now()
	disturbances = append(disturbances, restarted)

	sending.Wait()
	for _, p := range processes {
		require.NoError(t, p.stop())
	}
	close(done)
	watching.Wait()
	judge(t, b, slices.Concat(disturbances, b.failures, b.stalls))
}

// judge holds every message against what is promised.
func judge(t *testing.T, b *book, disturbances []disturbance) {
	require.Greater(t, len(b.entries), 300)
	quiet, lost, again := 0, 0, 0
	for content, e := range b.entries {
		require.NotNil(t, e.reply, content)
		outcomes := e.late + e.lost
		if e.reply.Content != "" {
			outcomes++
		}
		var touched []string
		died := false // after it had answered success
		for _, d := range disturbances {
			if d.touched(content, e) {
				touched = append(touched, d.name)
			}
		}
		stood := slices.Contains(touched, stalled)
		for _, d := range disturbances {
			for i, one := range e.reply.Deliveries {
				if last := i == len(e.reply.Deliveries)-1; last || stood { // else the platform took no success
					died = died || one.Instance == d.instance && one.Time.Before(d.begin) && d.touched(content, e)
				}
			}
		}
		switch {
		case e.runs == 0, e.err != nil && !stood:
			t.Errorf("%q: %d runs, %v; %v; %s", content, e.runs, e.err, touched, e.story())
		case e.reply.Content != "" && e.reply.Content != content:
			t.Errorf("%q was answered %q", content, e.reply.Content)
		case len(touched) == 0 && (e.runs != 1 || outcomes != 1 || e.lost != 0):
			t.Errorf("%q, which nothing disturbed: %d runs, reply %q; %s", content, e.runs, e.reply.Content, e.story())
		case outcomes == 0 && !died:
			t.Errorf("%q came to nothing: %d runs; %v; %s", content, e.runs, touched, e.story())
		}
		switch {
		case len(touched) == 0:
			quiet++
		case outcomes == 0:
			lost++
		case e.runs > 1:
			again++
		}
	}
	t.Logf("%d messages, %d of them undisturbed; %d lost with the process that had answered success, %d ran again; %d store failures, %d stalls",
		len(b.entries), quiet, lost, again, len(b.failures), len(b.stalls))
	require.Greater(t, quiet, 50)
}
