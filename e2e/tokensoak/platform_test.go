//go:build unix

package tokensoak

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Lives of the platform below, in which 10 seconds stand for two hours.
const (
	life    = 10 * time.Second
	overlap = 2 * time.Second // a replaced token is good for so much longer
	renewal = time.Second     // the stable endpoint gives a new token when less is left
)

// platform issues numbered tokens and accepts them as the real one does: by the
// classic endpoint each fetch retires the token before, by the stable one everyone
// gets the same token.
type platform struct {
	mu      sync.Mutex
	n       int
	newest  string
	issued  map[string]time.Time // until when each token is accepted
	ends    map[string]time.Time // until when it was issued for
	fetches []fetch
	calls   int
	refused int
	onFetch func(process string) // runs before a fetch is answered, if set; then unset
}

// fetch is a request for a token.
type fetch struct {
	at      time.Time
	process string
	token   string
}

func newPlatform() *platform {
	return &platform{issued: map[string]time.Time{}, ends: map[string]time.Time{}}
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/cgi-bin/token":
		p.serve(w, r, p.issue)
	case "/cgi-bin/stable_token":
		p.serve(w, r, p.stable)
	case "/call":
		p.call(w, r)
	default:
		http.NotFound(w, r)
	}
}

// serve answers a request for a token. The hook runs after the token was issued and
// before the process learns of it, which is when it holds the lock.
func (p *platform) serve(w http.ResponseWriter, r *http.Request, give func(now time.Time)) {
	process := r.Header.Get("Process")
	p.mu.Lock()
	give(time.Now())
	tok, left := p.newest, time.Until(p.ends[p.newest])
	p.fetches = append(p.fetches, fetch{time.Now(), process, tok})
	hook := p.onFetch
	p.onFetch = nil
	p.mu.Unlock()
	if hook != nil {
		hook(process)
	}
	time.Sleep(30 * time.Millisecond)
	writeJSON(w, map[string]any{"access_token": tok, "expires_in": int(left / time.Second)})
}

// issue makes a token and retires the one before.
func (p *platform) issue(now time.Time) {
	if until, ok := p.issued[p.newest]; ok && until.After(now.Add(overlap)) {
		p.issued[p.newest] = now.Add(overlap)
	}
	p.n++
	p.newest = fmt.Sprintf("token-%06d", p.n)
	p.issued[p.newest], p.ends[p.newest] = now.Add(life), now.Add(life)
}

// stable makes a token when the newest is not accepted any more or nearly at its end.
func (p *platform) stable(now time.Time) {
	if until, ok := p.issued[p.newest]; !ok || until.Sub(now) < renewal {
		p.issue(now)
	}
}

func (p *platform) call(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.calls++
	ok := time.Now().Before(p.issued[r.URL.Query().Get("access_token")])
	if !ok {
		p.refused++
	}
	p.mu.Unlock()
	if !ok {
		writeJSON(w, map[string]any{"errcode": 40001, "errmsg": "invalid credential"})
		return
	}
	writeJSON(w, map[string]any{"errcode": 0, "errmsg": "ok"})
}

// revoke retires every token at once.
func (p *platform) revoke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.issued)
}

// atNextFetch has fn run when a process fetches next.
func (p *platform) atNextFetch(fn func(process string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onFetch = fn
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
