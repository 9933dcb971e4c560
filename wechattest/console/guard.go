package console

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

func (g *Page) refuse(w http.ResponseWriter, r *http.Request, err error) {
	g.platform.Config().Logger.Warn("the page refused a request", "method", r.Method, "path", r.URL.Path, "error", err)
	http.Error(w, err.Error(), http.StatusForbidden)
}

// The reasons why the page refuses a request.
var (
	errHost   = errors.New("the local platform is not served under this Host name; allow it with -host or console.Config.Hosts")
	errOrigin = errors.New("the page's endpoints are only for the page itself, not for other origins")
)

// guard refuses requests that do not come from the page itself: with another Host name,
// since a website could rebind its name to this machine, or from another origin.
func (g *Page) guard(r *http.Request) error {
	if !g.knownHost(r.Host) {
		return fmt.Errorf("%w: %q", errHost, r.Host)
	}
	opening := r.Method == http.MethodGet && r.URL.Path == "/"
	if !opening && !sameSite(r) {
		return errOrigin
	}
	if r.Method == http.MethodPost {
		// Another website cannot send these types without a preflight request.
		switch kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind {
		case "application/json", "application/octet-stream":
		default:
			return fmt.Errorf("%w: Content-Type must be application/json", errOrigin)
		}
	}
	return nil
}

// sameSite reports whether a request comes from the page's own origin, or not from a
// website.
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
