package message_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
)

// soak leaves a test out unless WECHAT_SOAK=1.
func soak(t *testing.T) {
	t.Helper()
	if os.Getenv("WECHAT_SOAK") != "1" {
		t.Skip("set WECHAT_SOAK=1 to run it; it takes a minute")
	}
}

// ledger counts what became of each message of a soak.
type ledger struct {
	mu      sync.Mutex
	entries map[string]*entry // by content
}

type entry struct{ runs, late, lost, replies, successes int }

func newLedger() *ledger { return &ledger{entries: map[string]*entry{}} }

func (l *ledger) note(content string, f func(*entry)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.entries[content]
	if e == nil {
		e = new(entry)
		l.entries[content] = e
	}
	f(e)
}

func (l *ledger) LateReply(_ context.Context, m message.Message, r message.Reply) error {
	if r != message.TextReply("re: "+m.(*message.Text).Content) {
		return fmt.Errorf("the late reply is %v", r)
	}
	l.note(m.(*message.Text).Content, func(e *entry) { e.late++ })
	return nil
}

func (l *ledger) onError(_ context.Context, e *message.HandlingError) {
	l.note(e.Message.(*message.Text).Content, func(e *entry) { e.lost++ })
}

// handle does what the first word of the message says.
func (l *ledger) handle(ctx context.Context, m *message.Text) (message.Reply, error) {
	l.note(m.Content, func(e *entry) { e.runs++ })
	kind, _, _ := strings.Cut(m.Content, " ")
	switch kind {
	case "slow":
		time.Sleep(rand.N(300 * time.Millisecond))
	case "late":
		time.Sleep(4500*time.Millisecond + rand.N(2*time.Second))
	case "panic":
		panic("as told")
	case "fail":
		return nil, errors.New("as told")
	case "hang":
		<-ctx.Done() // and what it returns then is of no use
	}
	return message.TextReply("re: " + m.Content), nil
}

// soakPlatform delivers messages over TCP, and treats its connections badly.
type soakPlatform struct {
	t      *testing.T
	addr   string
	ledger *ledger
	serial atomic.Int64
	sent   atomic.Int64
}

// connection is one of those that deliver all the time.
func (p *soakPlatform) connection(seed uint64, until time.Time) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	for time.Now().Before(until) {
		kind := []string{"quick", "quick", "quick", "quick", "quick", "quick", "slow", "slow", "panic", "fail"}[rnd.IntN(10)]
		switch rnd.IntN(60) {
		case 0:
			kind = "late"
		case 1:
			kind = "hang"
		}
		content := fmt.Sprint(kind, " ", p.serial.Add(1))
		body := textXML(content)
		p.sent.Add(1)
		var duplicates sync.WaitGroup
		if rnd.IntN(10) == 0 { // two at once
			duplicates.Go(func() { p.deliver(content, body, "read") })
		}
		for try := 1; ; try++ {
			fate := "read"
			if try < 3 {
				fate = []string{"read", "read", "read", "read", "read", "cut", "half-open", "half"}[rnd.IntN(8)]
			}
			if p.deliver(content, body, fate) {
				break
			}
		}
		duplicates.Wait()
		if rnd.IntN(10) == 0 { // and one long after
			p.deliver(content, body, "read")
		}
	}
}

// deliver makes one delivery and reports whether it was answered.
func (p *soakPlatform) deliver(content, body, fate string) bool {
	r := plainPlatform.send(body)
	conn, err := net.Dial("tcp", p.addr)
	if err != nil {
		p.t.Error(err)
		return false
	}
	request := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: bot\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", r.URL.RequestURI(), len(body), body)
	switch fate {
	case "half": // of the request is all that comes
		request = request[:len(request)-len(body)/2]
		fallthrough
	case "half-open": // nobody reads the answer, and nobody closes
		io.WriteString(conn, request)
		time.AfterFunc(6*time.Second, func() { conn.Close() })
		return false
	case "cut":
		io.WriteString(conn, request)
		time.Sleep(rand.N(20 * time.Millisecond))
		conn.Close()
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(conn, request)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		p.t.Errorf("%s: %v", content, err)
		return false
	}
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		p.t.Errorf("%s: status %d, %v", content, response.StatusCode, err)
		return false
	}
	p.ledger.note(content, func(e *entry) {
		switch text := string(answer); {
		case text == "success":
			e.successes++
		case strings.Contains(text, "<Content><![CDATA[re: "+content+"]]></Content>"):
			e.replies++
		default:
			p.t.Errorf("%s: answer %q", content, text)
		}
	})
	return true
}

// TestSoak is 64 connections for half a minute, with handlers and clients that do
// what they should not: every message runs once and comes to one answer or a loss
// with a name, and nothing is left behind.
func TestSoak(t *testing.T) {
	soak(t)
	goroutines := runtime.NumGoroutine()
	l := newLedger()
	config := plainConfig()
	config.LateReply, config.OnError = l, l.onError
	config.WorkTimeout = 15 * time.Second
	config.Unordered, config.MaxPerSender = true, 10_000 // they all come from one user
	h := newHandler(t, config)
	message.On(h, l.handle)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go server.Serve(listener)

	p := &soakPlatform{t: t, addr: listener.Addr().String(), ledger: l}
	var connections sync.WaitGroup
	until := time.Now().Add(30 * time.Second)
	for seed := range uint64(64) {
		connections.Go(func() { p.connection(seed, until) })
	}
	time.Sleep(10 * time.Second)
	heap, sent := liveHeap(), p.sent.Load()
	connections.Wait()
	grown := float64(liveHeap()-heap) / float64(p.sent.Load()-sent)

	time.Sleep(7 * time.Second) // half-open ones close
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, server.Shutdown(ctx))
	require.NoError(t, h.Shutdown(ctx))
	stats := h.Stats()
	require.Zero(t, stats.Running)
	require.Zero(t, stats.Busy)
	require.EqualValues(t, p.sent.Load(), stats.Messages)
	require.EqualValues(t, len(l.entries), stats.Messages)
	for content, e := range l.entries {
		kind, _, _ := strings.Cut(content, " ")
		inline := min(e.replies, 1)
		switch {
		case e.runs != 1:
			t.Errorf("%s ran %d times", content, e.runs)
		case inline+e.late+e.lost != 1:
			t.Errorf("%s: %+v", content, *e)
		case (kind == "panic" || kind == "fail" || kind == "hang") != (e.lost == 1):
			t.Errorf("%s: %+v", content, *e)
		}
	}
	// An outcome that is kept for repeats, its nonce and the ledger's own entry
	// take about a kilobyte; a request that is not let go takes ten.
	require.Less(t, grown, 3000.0, "bytes kept of each message")
	for deadline := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > goroutines; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines before, %d after:\n%s", goroutines, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		}
	}
	t.Logf("%d messages, %.0f bytes kept of each; %+v", p.sent.Load(), grown, stats)
}

func liveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestSoakMemory is ten minutes of traffic on the fake clock: what is kept of the
// messages stays as it is after the first minutes.
func TestSoakMemory(t *testing.T) {
	soak(t)
	const rate = 100 // messages a second
	synctest.Test(t, func(t *testing.T) {
		h := echo(newHandler(t, plainConfig()))
		minute := func() {
			for range 60 {
				for range rate {
					require.Equal(t, http.StatusOK, serve(h, plainPlatform.send(textXML("hello"))).Code)
				}
				time.Sleep(time.Second)
			}
		}
		for range 21 { // the nonces are kept for ten minutes, in two generations
			minute()
		}
		heap := liveHeap()
		for range 10 {
			minute()
		}
		require.LessOrEqual(t, h.Stats().Remembered, 60*rate)
		grown := liveHeap() - heap
		t.Logf("%d bytes grown", grown)
		require.Less(t, grown, int64(1<<20), "bytes grown")
	})
}
