package openapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// The times of a filter.
const (
	listLife    = 24 * time.Hour   // the platform asks for a daily refresh
	missRefresh = 10 * time.Minute // pause between refreshes for an unknown address
	failedPause = time.Minute      // pause after a failed refresh
	listTimeout = 4 * time.Second  // for one refresh, within the five seconds of a callback
)

// IPFilterConfig configures [Service.IPFilter]. The zero value uses the address of the
// connection.
type IPFilterConfig struct {
	// TrustedProxies are the load balancers in front of the server. If the connection
	// comes from one of them, the caller is the last address of X-Forwarded-For that is
	// not one of them.
	TrustedProxies []netip.Prefix

	// Logger receives refused callers, at most one line a second, and failed refreshes.
	// If nil, slog.Default() is used.
	Logger *slog.Logger
}

// IPFilter returns a handler that passes requests from the platform's addresses
// ([Service.ListCallbackIPs]) to next, and answers all other requests with 403.
//
// The first request fetches the list. After that it is refreshed once a day in the
// background, and for an unknown address, at most every ten minutes. If a refresh
// fails, the old list stays in use. Without any list the answer is 503, so that the
// platform tries again.
//
// An address proves little, and wrong TrustedProxies block the platform. The real
// protection is the signature, which message.Handler verifies.
func (s *Service) IPFilter(next http.Handler, c IPFilterConfig) http.Handler {
	f := &ipFilter{IPFilterConfig: c, next: next}
	if f.Logger == nil {
		f.Logger = slog.Default()
	}
	f.fetch = func(ctx context.Context) (list []netip.Prefix, bad []string, err error) {
		defer func() {
			if p := recover(); p != nil { // of an Observer or a Limiter; in this goroutine it would end the program
				err = fmt.Errorf("openapi: panic: %v", p)
			}
		}()
		return s.addresses(ctx, callbackIPs)
	}
	return f
}

type ipFilter struct {
	IPFilterConfig
	next  http.Handler
	fetch func(context.Context) (list []netip.Prefix, bad []string, err error)

	list    atomic.Pointer[ipList]
	fetches singleflight.Group
	failed  atomic.Int64 // Unix nanoseconds of the last refresh if it failed, else 0
	warned  sync.Once    // of entries that are not addresses

	quietUntil atomic.Int64 // Unix nanoseconds of the next line about a refusal
	suppressed atomic.Int64 // refusals without a line since the last one
}

// ipList is a list of addresses.
type ipList struct {
	blocks  []netip.Prefix
	fetched time.Time
}

func (l *ipList) has(addr netip.Addr) bool { return contains(l.blocks, addr) }

func contains(blocks []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return b.Contains(addr) })
}

func (f *ipFilter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller, ok := f.caller(r)
	if !ok {
		f.refuse(w, r, http.StatusForbidden, "no_caller", "the request has no address of a caller")
		return
	}
	list := f.list.Load()
	if list == nil || !list.has(caller) && time.Since(list.fetched) > missRefresh {
		list = f.refreshed(r.Context(), list)
	}
	switch {
	case list == nil:
		f.refuse(w, r, http.StatusServiceUnavailable, "no_list", "the platform's addresses could not be fetched yet")
	case !list.has(caller):
		f.refuse(w, r, http.StatusForbidden, "foreign_caller", "the caller is not one of the platform's addresses", slog.String("caller", caller.String()))
	default:
		if time.Since(list.fetched) > listLife {
			f.refresh(r.Context(), list) // in the background
		}
		f.next.ServeHTTP(w, r)
	}
}

// refuse answers with a status and logs why, at most once a second.
func (f *ipFilter) refuse(w http.ResponseWriter, r *http.Request, status int, reason, detail string, attrs ...slog.Attr) {
	w.WriteHeader(status)
	now, quiet := time.Now().UnixNano(), f.quietUntil.Load()
	if now < quiet || !f.quietUntil.CompareAndSwap(quiet, now+int64(time.Second)) {
		f.suppressed.Add(1)
		return
	}
	attrs = append(attrs, slog.String("reason", reason), slog.String("detail", detail), slog.String("method", r.Method),
		slog.String("remote", r.RemoteAddr), slog.Int("status", status))
	if n := f.suppressed.Swap(0); n > 0 {
		attrs = append(attrs, slog.Int64("suppressed", n))
	}
	f.Logger.LogAttrs(r.Context(), slog.LevelWarn, "callback refused", attrs...)
}

// refreshed returns a list that is newer than old, or old if there is none. Concurrent
// requests wait for one fetch.
func (f *ipFilter) refreshed(ctx context.Context, old *ipList) *ipList {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	select {
	case <-f.refresh(ctx, old):
	case <-ctx.Done():
	}
	return f.list.Load()
}

// refresh fetches the list in the background, unless a fetch is running. The fetch is
// for all requests, so it goes on after the request that started it.
func (f *ipFilter) refresh(ctx context.Context, old *ipList) <-chan singleflight.Result {
	return f.fetches.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), listTimeout)
		defer cancel()
		f.update(ctx, old)
		return nil, nil
	})
}

// update fetches the list, unless another request has done so since old was read, or a
// fetch has just failed.
func (f *ipFilter) update(ctx context.Context, old *ipList) {
	if f.list.Load() != old {
		return
	}
	if failed := f.failed.Load(); failed != 0 && time.Since(time.Unix(0, failed)) < failedPause {
		return
	}
	blocks, bad, err := f.fetch(ctx)
	if err == nil && len(blocks) == 0 {
		err = errors.New("openapi: the list of the platform's addresses is empty")
	}
	if len(bad) > 0 {
		f.warned.Do(func() {
			f.Logger.WarnContext(ctx, "the list of the platform's addresses has entries that are not addresses, which are skipped", "entries", bad)
		})
	}
	if err != nil {
		f.failed.Store(time.Now().UnixNano())
		f.Logger.ErrorContext(ctx, "the platform's addresses could not be fetched", "error", err)
		return
	}
	f.failed.Store(0)
	f.list.Store(&ipList{blocks: blocks, fetched: time.Now()})
}

// caller returns the address that a request comes from.
func (f *ipFilter) caller(r *http.Request) (netip.Addr, bool) {
	peer, ok := parsePeer(r.RemoteAddr)
	if !ok || !contains(f.TrustedProxies, peer) {
		return peer, ok
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, ok := parsePeer(strings.TrimSpace(hop))
		if !ok {
			return netip.Addr{}, false
		}
		if !contains(f.TrustedProxies, addr) {
			return addr, true
		}
	}
	return netip.Addr{}, false
}

// parsePeer parses an address with or without a port.
func parsePeer(text string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return addr.Unmap().WithZone(""), err == nil
}
