// Package console is a web page for a [wechattest.Platform]: a chat as users of the
// account see it, and the developer's console (模拟器页面) with every callback and call,
// tokens, quotas, faults and the clock. The program cmd/wechat-emulator serves it. A Go
// program serves it with
//
//	p, err := wechattest.Open(wechattest.Config{URL: "http://127.0.0.1:9090"})
//	p.BotURL("http://127.0.0.1:8080/wechat")
//	http.ListenAndServe("127.0.0.1:9090", console.New(p, console.Config{}))
//
// # Scripts
//
// Tests in other languages control the platform as the page does. A command is a POST of
// JSON to /page/NAME, with Content-Type application/json; the answer to a wrong one is
// status 400 with an error. With "wait": true a command that sends messages answers when
// the bot has, with the results:
//
//	ok         the platform could use the answer; it does not say whether a later reply arrives
//	saw        what the user read at once; empty after success
//	tries      deliveries of the message
//	encrypted  the reply was encrypted
//	xml        the decrypted reply
//	error      why the platform could not use the answer
//	why, more  what to check, in zh and en
//
//	say       user, kind: text, menu_item, link, location, raw or event; content, fields
//	follow, unfollow, user   user
//	tap       user, names of the buttons; input, fields
//	scan      user, and code or scene
//	popup     user, template, what: accept or reject
//	upload    ?user=…&kind=image&name=cat.png&wait=true, the body is the file; empty: a sample
//	verify    the callback URL; the answer has ok, error and why
//	bot       url of the callback; several with commas between them are called in turn
//	mode      mode: plain, compat, safe, component, cloudhosting
//	receive   user; via: customer_service, template, …; seconds to wait, 10 if missing
//	fault     rule, as in wechattest.ParseRule; unfault: id
//	lose      times: how many of the bot's next answers are lost on the way, 1 if missing
//	tokens    what: expire or revoke
//	quota     path, daily, minutely
//	clock     seconds to move the clock forward
//
// The command receive waits for a message to the user that is not an answer to one of
// theirs, and returns it as the only one of the results, in the form of a line of
// /page/chat. It returns each message once, in the order of arrival, including those that
// arrived before the command. A timeout is status 400.
//
// These are read with GET: /page/chat (?user=) has what users and account said,
// /page/calls (?path=) the calls of the API without credentials, /page/state the account,
// its users, faults, quotas and tokens.
package console

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"mime"
	"net"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/host"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/journal"
)

//go:embed web
var webFiles embed.FS

// Config configures a [Page]. The zero value is for loopback.
type Config struct {
	// Hosts are additional host names and addresses, without port, under which page and
	// API are served; localhost, the loopback addresses and the platform's own names
	// are always allowed. Callers that reach the page under one of them control the
	// platform.
	Hosts []string
}

// Page is the platform with its web page: a chat as users of the account see it, and
// the developer's console (模拟器页面). It is an http.Handler that serves the page under /
// and /page/, and the API under all other paths.
//
// The page's own endpoints refuse other Host names and other origins, so that a website
// in the developer's browser cannot control the platform.
type Page struct {
	platform   *wechattest.Platform
	cfg        Config
	chat       journal.Journal[chatLine]
	verdicts   journal.Journal[judgment]
	deliveries journal.Journal[wechattest.Delivery]
	calls      journal.Journal[wechattest.Call]
	running    chan struct{} // bounds the messages in progress

	mu          sync.Mutex
	subscribers map[chan struct{}]struct{}
}

const (
	maxSubscribers = 64  // windows of browsers, and commands that receive messages
	maxRunning     = 256 // messages in progress from the page
	pageBacklog    = 500 // records of each kind in one event
	eventGap       = 50 * time.Millisecond
)

// New returns a handler that serves the page and the platform's API. The chat shows
// messages from now on.
func New(p *wechattest.Platform, cfg Config) *Page {
	g := &Page{platform: p, cfg: cfg, running: make(chan struct{}, maxRunning), subscribers: map[chan struct{}]struct{}{}}
	for i, host := range cfg.Hosts {
		g.cfg.Hosts = slices.Clone(g.cfg.Hosts)
		g.cfg.Hosts[i] = strings.ToLower(host)
	}
	for _, d := range p.Deliveries() {
		g.deliveries.Add(d, sizeOf(d))
	}
	for _, c := range p.Calls("") {
		g.calls.Add(c, len(c.Body)+len(c.Answer))
	}
	p.Observe(wechattest.Hooks{
		OnSend:     g.said,
		OnReceive:  g.received,
		OnResult:   g.judged,
		OnDelivery: func(d wechattest.Delivery) { g.deliveries.Add(d, sizeOf(d)); g.wake() },
		OnCall:     func(c wechattest.Call) { g.calls.Add(c, len(c.Body)+len(c.Answer)); g.wake() },
	})
	return g
}

func sizeOf(d wechattest.Delivery) int { return len(d.Request) + len(d.Answer) + len(d.Message) }

// ServeHTTP serves the page and the API.
func (g *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.knownHost(r.Host) && !host.Platform(r.Host) {
		g.refuse(w, r, fmt.Errorf("%w: %q", errHost, r.Host))
		return
	}
	if r.URL.Path == host.ConfirmPath && !sameSite(r) {
		g.refuse(w, r, errOrigin) // a consent without a user's action
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
	case r.URL.Path == "/page/state":
		writeJSON(w, g.state())
	case r.URL.Path == "/page/chat":
		g.conversation(w, r)
	case r.URL.Path == "/page/calls":
		g.callsOf(w, r)
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

// file serves a file of the page.
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

// media serves a file of the account or its users for the chat.
func (g *Page) media(w http.ResponseWriter, r *http.Request) {
	name, content, found := g.platform.Media(r.URL.Query().Get("id"))
	if !found {
		http.NotFound(w, r)
		return
	}
	kind := mime.TypeByExtension(strings.ToLower(path.Ext(name)))
	if kind == "" {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Security-Policy", "sandbox")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// record serves the traffic so far as JSON lines, for [wechattest.Platform.Replay].
func (g *Page) record(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/jsonl; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="wechat-traffic.jsonl"`)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, line := range g.platform.Recorded() {
		if out.Encode(line) != nil {
			return // the browser has disconnected
		}
	}
}

// start runs f in a goroutine, unless there are too many. Messages of f end when the
// platform is closed.
func (g *Page) start(f func()) error {
	select {
	case g.running <- struct{}{}:
	default:
		return fmt.Errorf("%d messages are still in progress: wait until the bot has answered some", maxRunning)
	}
	go func() {
		defer func() { <-g.running }()
		f()
	}()
	return nil
}

// Serve serves the page and the API on a listener until ctx ends. The end of ctx also
// ends open streams.
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
