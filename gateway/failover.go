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
)

// defaultHosts are the platform's general access point and the one for disaster
// recovery (接入点).
var defaultHosts = []string{"https://api.weixin.qq.com", "https://api2.weixin.qq.com"}

// hostPause is how long a host that could not be reached is the last choice.
const hostPause = 30 * time.Second

// host is one of the platform's API hosts.
type host struct {
	base      url.URL
	name      string
	downUntil atomic.Int64 // Unix nanoseconds
}

// hosts are the API hosts in the order of preference.
type hosts []*host

func newHosts(list []string) (hosts, error) {
	var out hosts
	for _, s := range list {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return nil, fmt.Errorf("gateway: API host %q is not the https or http address of a server", s)
		}
		u.Path = strings.TrimSuffix(u.Path, "/")
		out = append(out, &host{base: *u, name: u.Host})
	}
	return out, nil
}

// inOrder gives the hosts that were reached last time, then the others.
func (h hosts) inOrder() iter.Seq[*host] {
	return func(yield func(*host) bool) {
		now := time.Now().UnixNano()
		var missed hosts
		for _, one := range h {
			if one.downUntil.Load() > now {
				missed = append(missed, one)
			} else if !yield(one) {
				return
			}
		}
		for _, one := range missed {
			if !yield(one) {
				return
			}
		}
	}
}

func (h *host) reached() {
	if h.downUntil.Load() != 0 {
		h.downUntil.Store(0)
	}
}

func (h *host) missed() { h.downUntil.Store(time.Now().Add(hostPause).UnixNano()) }

// send sends a call to the first host that can be reached. Another host is tried
// only when there was no connection, so that nothing of the call has left.
func (p *Proxy) send(ctx context.Context, x *exchange, query string) (*http.Response, error) {
	var last error
	for h := range p.hosts.inOrder() {
		x.seen.Host = h.name
		x.seen.Attempts++
		resp, err := p.cfg.Transport.RoundTrip(x.outgoing(ctx, h, query))
		if err == nil {
			h.reached()
			return resp, nil
		}
		last = err
		if ctx.Err() != nil || !neverConnected(err) || !x.body.whole() {
			return nil, err
		}
		h.missed()
		p.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "gateway: API host not reached",
			slog.String("request_id", x.seen.RequestID), slog.String("host", h.name), slog.Any("error", err))
	}
	return nil, last
}

// neverConnected reports whether err says that no connection came about: neither
// the name nor the address was found, nobody answered, or TLS failed.
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
	return strings.Contains(err.Error(), "TLS handshake timeout") // net/http has no name for it
}
