package wechattest

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed web
var webFiles embed.FS

// PageConfig is how [Platform.Page] is served. Its zero value is for loopback.
type PageConfig struct {
	// Hosts are names and addresses, without port, under which page and API are
	// served in addition to localhost, the loopback addresses and the platform's own
	// names. Callers that reach the page under one of them control the platform.
	Hosts []string
}

// Page is the platform with a page for people: a chat as users of the account see
// it, and the developer's console (模拟器页面). It is an http.Handler that answers
// the page under / and /page/, and the API under every other path.
//
// The page's own endpoints refuse other Host names and other origins, so that no
// website that the developer visits can drive the platform.
type Page struct {
	platform *Platform
	cfg      PageConfig
	chat     journal[chatLine]
	verdicts journal[judgement]
	running  chan struct{} // bounds the messages under way

	mu          sync.Mutex
	subscribers map[chan struct{}]struct{}
}

const (
	maxSubscribers = 64  // browsers' windows
	maxRunning     = 256 // messages under way from the page
	pageBacklog    = 500 // records of each kind that a window gets at once
	eventGap       = 50 * time.Millisecond
)

// Page puts a page on the platform and returns the handler that serves both. The
// chat shows what happens from now on. Called again, it returns a new page, and
// the one before shows no more.
func (p *Platform) Page(cfg PageConfig) *Page {
	g := &Page{platform: p, cfg: cfg, running: make(chan struct{}, maxRunning), subscribers: map[chan struct{}]struct{}{}}
	for i, host := range cfg.Hosts {
		g.cfg.Hosts = slices.Clone(g.cfg.Hosts)
		g.cfg.Hosts[i] = strings.ToLower(host)
	}
	g.chat.watch(g.wake)
	g.verdicts.watch(g.wake)
	p.calls.watch(g.wake)
	p.deliveries.watch(g.wake)
	p.page.Store(g)
	return g
}

// ServeHTTP serves the page, and the API beside it.
func (g *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.knownHost(r.Host) && !platformHost(r.Host) {
		g.refuse(w, r, fmt.Errorf("%w: %q", errHost, r.Host))
		return
	}
	if r.URL.Path == confirmPath && !sameSite(r) {
		g.refuse(w, r, errOrigin) // a consent that no user gave
		return
	}
	if r.URL.Path != "/" && r.URL.Path != "/favicon.ico" && !strings.HasPrefix(r.URL.Path, "/page/") {
		g.platform.ServeHTTP(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data: blob: http: https:; media-src 'self' blob: http: https:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	if err := g.guard(r); err != nil {
		g.refuse(w, r, err)
		return
	}
	switch {
	case r.Method == http.MethodPost:
		g.post(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "GET or POST", http.StatusMethodNotAllowed)
	case r.URL.Path == "/page/events":
		g.events(w, r)
	case r.URL.Path == "/page/media":
		g.media(w, r)
	case r.URL.Path == "/page/record":
		g.record(w)
	case r.URL.Path == "/page/open":
		g.open(w, r)
	default:
		g.file(w, r)
	}
}

func (g *Page) refuse(w http.ResponseWriter, r *http.Request, err error) {
	g.platform.log().Warn("the page refused a request", "method", r.Method, "path", r.URL.Path, "error", err)
	http.Error(w, err.Error(), http.StatusForbidden)
}

// Why the page refuses a request.
var (
	errHost   = errors.New("the local platform is not served under this Host name; name it with -host or PageConfig.Hosts")
	errOrigin = errors.New("the page's endpoints are for the page itself, not for other origins")
)

// guard refuses what does not come from the page itself: other Host names, by which
// a website could rebind its name to this machine, and other origins.
func (g *Page) guard(r *http.Request) error {
	if !g.knownHost(r.Host) {
		return fmt.Errorf("%w: %q", errHost, r.Host)
	}
	opening := r.Method == http.MethodGet && r.URL.Path == "/"
	if !opening && !sameSite(r) {
		return errOrigin
	}
	if r.Method == http.MethodPost {
		// No form of another website can send these without asking first.
		switch kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind {
		case "application/json", "application/octet-stream":
		default:
			return fmt.Errorf("%w: Content-Type must be application/json", errOrigin)
		}
	}
	return nil
}

// sameSite reports whether a request comes from the page's own origin, or from no
// website at all.
func sameSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	return origin == "" || sameHost(origin, r.Host)
}

func (g *Page) knownHost(hostPort string) bool {
	host := strings.ToLower(hostPort)
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if addr, err := netip.ParseAddr(host); err == nil && addr.IsLoopback() {
		return true
	}
	return host == "localhost" || slices.Contains(g.cfg.Hosts, host)
}

func sameHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, host) && (u.Scheme == "http" || u.Scheme == "https")
}

// file serves one of the page's own files.
func (g *Page) file(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/page/")
	switch r.URL.Path {
	case "/":
		name = "index.html"
	case "/favicon.ico":
		w.WriteHeader(http.StatusNoContent)
		return
	}
	content, err := webFiles.ReadFile("web/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

// media serves a file of the account or its users to the chat.
func (g *Page) media(w http.ResponseWriter, r *http.Request) {
	p := g.platform
	p.mu.Lock()
	m := p.media.find(r.URL.Query().Get("id"), p.now())
	p.mu.Unlock()
	if m == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", m.contentType())
	w.Header().Set("Content-Security-Policy", "sandbox")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(m.content))
}

// record serves the traffic so far as JSON lines, for [Platform.Replay].
func (g *Page) record(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/jsonl; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="wechat-traffic.jsonl"`)
	var lines []Recorded
	for _, d := range g.platform.Deliveries() {
		lines = append(lines, recordedDelivery(d))
	}
	for _, c := range g.platform.Calls("") {
		lines = append(lines, recordedCall(c))
	}
	slices.SortStableFunc(lines, func(a, b Recorded) int { return a.At.Compare(b.At) })
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, line := range lines {
		if out.Encode(line) != nil {
			return // the browser went away
		}
	}
}

// batch is what one event of the stream carries.
type batch struct {
	Reset      bool           `json:"reset,omitempty"` // a new window: forget everything
	Chat       []chatLine     `json:"chat,omitempty"`
	Deliveries []shownDeliver `json:"deliveries,omitempty"`
	Verdicts   []judgement    `json:"verdicts,omitempty"`
	Calls      []shownCall    `json:"calls,omitempty"`
	State      *pageState     `json:"state,omitempty"`
}

// events is the stream of server-sent events behind the page.
func (g *Page) events(w http.ResponseWriter, r *http.Request) {
	woken, ok := g.subscribe()
	if !ok {
		http.Error(w, "too many windows of this page are open", http.StatusServiceUnavailable)
		return
	}
	defer g.unsubscribe(woken)
	w.Header().Set("Content-Type", "text/event-stream")
	follow := follower{page: g}
	tick := time.NewTicker(time.Second) // what no record tells: faults used up, jobs of Go code
	defer tick.Stop()
	for idle := 0; ; {
		switch b, news := follow.next(); {
		case news:
			idle = 0
			if sendEvent(w, b) != nil || g.platform.pause(eventGap) != nil {
				return
			}
		case idle >= 15:
			idle = 0
			if sendEvent(w, nil) != nil {
				return
			}
		}
		select {
		case <-woken:
		case <-tick.C:
			idle++
		case <-r.Context().Done():
			return
		case <-g.platform.ctx.Done():
			return
		}
	}
}

// sendEvent writes one event; nil is a comment that keeps the connection alive.
func sendEvent(w http.ResponseWriter, b *batch) error {
	line := []byte(": alive\n\n")
	if b != nil {
		data, err := json.Marshal(b)
		if err != nil {
			return err
		}
		line = slices.Concat([]byte("data: "), data, []byte("\n\n"))
	}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(10 * time.Second)) // a window that hangs; not every server can
	if _, err := w.Write(line); err != nil {
		return err
	}
	return control.Flush()
}

// follower is what one window has seen.
type follower struct {
	page                              *Page
	begun                             bool
	chat, deliveries, verdicts, calls int
	state                             []byte
}

// next is what the window has not seen yet.
func (f *follower) next() (*batch, bool) {
	g, p := f.page, f.page.platform
	b := &batch{Reset: !f.begun}
	var deliveries []Delivery
	var calls []Call
	b.Chat, f.chat = g.chat.after(f.chat, pageBacklog)
	deliveries, f.deliveries = p.deliveries.after(f.deliveries, pageBacklog)
	b.Verdicts, f.verdicts = g.verdicts.after(f.verdicts, pageBacklog)
	calls, f.calls = p.calls.after(f.calls, pageBacklog)
	cfg := p.Config()
	for _, d := range deliveries {
		b.Deliveries = append(b.Deliveries, showDelivery(d, cfg))
	}
	for _, c := range calls {
		b.Calls = append(b.Calls, showCall(c))
	}
	state := g.state()
	if text, err := json.Marshal(state); err == nil && !bytes.Equal(text, f.state) {
		f.state, b.State = text, state
	}
	f.begun = true
	news := b.Reset || b.State != nil || len(b.Chat)+len(b.Deliveries)+len(b.Verdicts)+len(b.Calls) > 0
	return b, news
}

func (g *Page) subscribe() (chan struct{}, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.subscribers) >= maxSubscribers {
		return nil, false
	}
	woken := make(chan struct{}, 1)
	g.subscribers[woken] = struct{}{}
	return woken, true
}

func (g *Page) unsubscribe(woken chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.subscribers, woken)
}

// wake tells every window that there is news. It never blocks.
func (g *Page) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for woken := range g.subscribers {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
}

// start runs f in a goroutine of the platform, if there are not too many.
func (g *Page) start(f func()) error {
	select {
	case g.running <- struct{}{}:
	default:
		return fmt.Errorf("%d messages are still under way: wait until the bot has answered some", maxRunning)
	}
	p := g.platform
	p.mu.Lock()
	defer p.mu.Unlock()
	p.later(0, func() {
		defer func() { <-g.running }()
		f()
	})
	return nil
}

// Serve serves the page and the API on a listener until ctx ends, which
// ends the open streams as well.
func (g *Page) Serve(ctx context.Context, listener net.Listener) error {
	streams, end := context.WithCancel(context.Background())
	srv := &http.Server{
		Handler:           g,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return streams },
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	select {
	case err := <-served:
		end()
		return err
	case <-ctx.Done():
	}
	end()
	closing, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := srv.Shutdown(closing); err != nil {
		_ = srv.Close()
	}
	<-served
	return nil
}
