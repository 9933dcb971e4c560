package jssdk

import (
	"encoding/json"
	"net/http"
	"slices"
)

// HandlerConfig configures [Service.Handler].
type HandlerConfig struct {
	Hosts []string // hosts of the pages that may be signed, such as "www.example.com", with the port if there is one
	APIs  []string // functions that every page may use

	// OnError receives the error of a request that was answered with 400 or 502. It
	// may be nil.
	OnError func(*http.Request, error)
}

// Handler answers GET ?url=… with the [PageConfig] of that page as JSON, for pages
// that change their URL without a reload.
//
// The status is 400 if url is not an http or https address, 403 if the page is on
// another host, and 502 if there is no ticket.
func (s *Service) Handler(c HandlerConfig) http.Handler {
	c.Hosts, c.APIs = slices.Clone(c.Hosts), slices.Clone(c.APIs)
	if c.OnError == nil {
		c.OnError = func(*http.Request, error) {}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		page, host, err := parsePage(r.URL.Query().Get("url"))
		if err != nil {
			c.OnError(r, err)
			http.Error(w, "url is not an http or https address", http.StatusBadRequest)
			return
		}
		if !slices.Contains(c.Hosts, host) {
			http.Error(w, "the page is not on this site", http.StatusForbidden)
			return
		}
		config, err := s.signPage(r.Context(), page, c.APIs)
		if err != nil {
			c.OnError(r, err)
			http.Error(w, "no signature available, try again", http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(config) // fails only if the browser has disconnected
	})
}
