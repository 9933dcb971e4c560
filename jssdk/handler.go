package jssdk

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// Handler answers GET ?url=… with the configuration of that page as JSON, for pages
// that change their URL without loading anew. It signs pages of the given hosts alone,
// such as "www.example.com", ports included. apis is what every page may use.
//
// The status is 400 for what is no address, 403 for another host, and 502 when there
// is no ticket; failed, if not nil, is told why.
func (s *Service) Handler(hosts, apis []string, failed func(*http.Request, error)) http.Handler {
	hosts, apis = slices.Clone(hosts), slices.Clone(apis)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		page := r.URL.Query().Get("url")
		if u, err := url.Parse(page); err == nil && u.Host != "" && !slices.Contains(hosts, u.Host) {
			http.Error(w, "no page of this site", http.StatusForbidden)
			return
		}
		config, err := s.Config(r.Context(), page, apis...)
		if err != nil {
			if failed != nil {
				failed(r, err)
			}
			refuse(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(config) // an error means that the browser went away
	})
}

func refuse(w http.ResponseWriter, err error) {
	if errors.Is(err, errcode.ErrLimit) {
		http.Error(w, "url is no http or https address", http.StatusBadRequest)
		return
	}
	http.Error(w, "no signature at present", http.StatusBadGateway)
}
