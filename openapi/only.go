package openapi

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	listLife    = 24 * time.Hour   // the platform wants the list asked for daily
	missRefresh = 10 * time.Minute // an address that is not on it is looked for again after so long
	failedPause = time.Minute      // between attempts that fail
	listTimeout = 4 * time.Second  // for one attempt, within the platform's five
)

// Fence says how [Service.OnlyPlatform] finds out who calls. The zero value takes
// the address of the connection.
type Fence struct {
	// TrustedProxies are the load balancers in front of the server. When the
	// connection comes from one of them, the caller is the last address of
	// X-Forwarded-For that is none of them.
	TrustedProxies []netip.Prefix

	// Logger hears of callers that were turned away and of lists that could not be
	// fetched. Nil is silent.
	Logger *slog.Logger
}

// OnlyPlatform lets requests to next that come from the platform's addresses, as
// [Service.CallbackIPs] returns them, and answers others with 403. The list is
// fetched with the first request, then daily in the background; an unknown address
// has it fetched again, every ten minutes at most. When it cannot be fetched the old
// one goes on; while there is none at all the answer is 503, and the platform tries
// again.
//
// An address proves nothing by itself, and a wrong idea of one's proxies locks the
// platform out: the signature, which message.Handler checks, is what counts.
func (s *Service) OnlyPlatform(next http.Handler, fence Fence) http.Handler {
	f := &fenced{Fence: fence, next: next, fetch: s.CallbackIPs}
	if f.Logger == nil {
		f.Logger = slog.New(slog.DiscardHandler)
	}
	return f
}

type fenced struct {
	Fence
	next  http.Handler
	fetch func(context.Context) ([]netip.Prefix, error)

	list    atomic.Pointer[ipList]
	fetches singleflight.Group
	failed  atomic.Int64 // when a fetch failed last, in Unix nanoseconds; 0: the last did not
}

// ipList is a list of addresses and when it came.
type ipList struct {
	blocks  []netip.Prefix
	fetched time.Time
}

func (l *ipList) has(addr netip.Addr) bool {
	for _, b := range l.blocks {
		if b.Contains(addr) {
			return true
		}
	}
	return false
}

func (f *fenced) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller, ok := f.caller(r)
	if !ok {
		f.refuse(w, r, http.StatusForbidden, "no address to tell the caller by")
		return
	}
	list := f.list.Load()
	if list == nil || !list.has(caller) && time.Since(list.fetched) > missRefresh {
		list = f.refreshed(r.Context(), list)
	}
	switch {
	case list == nil:
		f.refuse(w, r, http.StatusServiceUnavailable, "the list of the platform's addresses could not be fetched yet")
	case !list.has(caller):
		f.refuse(w, r, http.StatusForbidden, "caller is not on the list of the platform's addresses", slog.String("caller", caller.String()))
	default:
		if time.Since(list.fetched) > listLife {
			f.refresh(r.Context(), list) // while this request goes on
		}
		f.next.ServeHTTP(w, r)
	}
}

func (f *fenced) refuse(w http.ResponseWriter, r *http.Request, status int, reason string, attrs ...slog.Attr) {
	w.WriteHeader(status)
	attrs = append(attrs, slog.Int("status", status), slog.String("remote", r.RemoteAddr))
	f.Logger.LogAttrs(r.Context(), slog.LevelWarn, "callback turned away: "+reason, attrs...)
}

// refreshed returns a list that is newer than old, or old when there is none to be
// had. Requests that want one at the same time wait for one fetch.
func (f *fenced) refreshed(ctx context.Context, old *ipList) *ipList {
	waiting, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	select {
	case <-f.refresh(ctx, old):
	case <-waiting.Done():
	}
	return f.list.Load()
}

// refresh fetches the list in the background, unless somebody does. The fetch is for
// all who wait, so it does not end with the request that it began with.
func (f *fenced) refresh(ctx context.Context, old *ipList) <-chan singleflight.Result {
	return f.fetches.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), listTimeout)
		defer cancel()
		f.update(ctx, old)
		return nil, nil
	})
}

// update fetches the list, unless that happened, or failed, a moment ago.
func (f *fenced) update(ctx context.Context, old *ipList) {
	if f.list.Load() != old {
		return
	}
	if failed := f.failed.Load(); failed != 0 && time.Since(time.Unix(0, failed)) < failedPause {
		return
	}
	blocks, err := f.fetch(ctx)
	if err != nil {
		f.failed.Store(time.Now().UnixNano())
		f.Logger.LogAttrs(ctx, slog.LevelError, "list of the platform's addresses not fetched", slog.String("error", err.Error()))
		return
	}
	f.failed.Store(0)
	f.list.Store(&ipList{blocks: blocks, fetched: time.Now()})
}

// caller is the address that a request comes from.
func (f *fenced) caller(r *http.Request) (netip.Addr, bool) {
	peer, ok := parsePeer(r.RemoteAddr)
	if !ok || !f.trusts(peer) {
		return peer, ok
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, ok := parsePeer(strings.TrimSpace(hops[i]))
		if !ok {
			return netip.Addr{}, false
		}
		if !f.trusts(hop) {
			return hop, true
		}
	}
	return netip.Addr{}, false
}

func (f *fenced) trusts(addr netip.Addr) bool {
	for _, b := range f.TrustedProxies {
		if b.Contains(addr) {
			return true
		}
	}
	return false
}

// parsePeer reads an address with or without a port.
func parsePeer(text string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return addr.Unmap().WithZone(""), err == nil
}
