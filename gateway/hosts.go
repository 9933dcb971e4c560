package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// defaultHosts are the platform's general access point and the one for disaster
// recovery (接入点).
var defaultHosts = []string{"https://api.weixin.qq.com", "https://api2.weixin.qq.com"}

// defaultQRCodeHost serves the pictures of QR codes.
const defaultQRCodeHost = "https://mp.weixin.qq.com"

// hostPause is how long a host that could not be reached is tried after the others.
const hostPause = 30 * time.Second

// host is one of the platform's hosts.
type host struct {
	base      url.URL
	name      string
	downUntil atomic.Int64 // Unix nanoseconds; 0 while the host is up
}

// hosts are the hosts in order of preference.
type hosts []*host

// newHosts parses a field of ProxyConfig. Its errors do not show the URL, which may
// contain a password.
func newHosts(field string, list []string, insecure bool) (hosts, error) {
	var out hosts
	for _, s := range list {
		if err := wire.CheckBaseURL(s, insecure); err != nil {
			return nil, fmt.Errorf("gateway: ProxyConfig.%s: %w", field, err)
		}
		u, err := url.Parse(s)
		if err != nil || s == "" {
			return nil, fmt.Errorf("gateway: ProxyConfig.%s: empty URL", field)
		}
		u.Path = strings.TrimSuffix(u.Path, "/")
		out = append(out, &host{base: *u, name: u.Host})
	}
	return out, nil
}

// inOrder returns the hosts that are up, then the others. After the pause of a host,
// only one call tries it first; until that call has reached it, it counts as down.
func (h hosts) inOrder() iter.Seq[*host] {
	return func(yield func(*host) bool) {
		var down hosts
		for _, one := range h {
			if !one.mayTry() {
				down = append(down, one)
			} else if !yield(one) {
				return
			}
		}
		for _, one := range down {
			if !yield(one) {
				return
			}
		}
	}
}

func (h *host) mayTry() bool {
	until := h.downUntil.Load()
	if until == 0 {
		return true
	}
	now := time.Now()
	return now.UnixNano() >= until && h.downUntil.CompareAndSwap(until, now.Add(hostPause).UnixNano())
}

func (h *host) reached() {
	if h.downUntil.Load() != 0 {
		h.downUntil.Store(0)
	}
}

func (h *host) missed() { h.downUntil.Store(time.Now().Add(hostPause).UnixNano()) }

// send sends a call to the first host that can be reached. The next host is tried only
// if no connection was made, so nothing of the call was sent.
func (p *Proxy) send(ctx context.Context, x *exchange, query string) (*http.Response, error) {
	var last error
	for h := range x.hosts.inOrder() {
		x.seen.Host = h.name
		x.seen.Attempts++
		resp, err := p.roundTrip(x.outgoing(ctx, h, query)) //nolint:bodyclose // the caller closes it
		if err == nil {
			h.reached()
			return resp, nil
		}
		last = x.scrub(err)
		if ctx.Err() != nil || !neverConnected(err) || !x.body.whole() {
			break
		}
		h.missed()
		p.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "gateway: API host not reached",
			slog.String("request_id", x.seen.RequestID), slog.String("host", h.name), slog.Any("error", last))
	}
	return nil, last
}

// roundTrip sends one request. A panic of the transport becomes an error.
func (p *Proxy) roundTrip(r *http.Request) (resp *http.Response, err error) {
	defer func() {
		if v := recover(); v != nil {
			resp, err = nil, fmt.Errorf("gateway: the transport panicked: %w", secret.Panic(v))
		}
	}()
	return p.cfg.Transport.RoundTrip(r)
}

// neverConnected reports whether err means that no connection was made: the name was
// not found, the address refused the connection or did not answer, or TLS failed.
func neverConnected(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		return true
	case errors.As(err, &dns), errors.As(err, &cert), errors.As(err, &unknown), errors.As(err, &record):
		return true
	}
	return strings.Contains(err.Error(), "TLS handshake timeout") // net/http does not export this error
}
