package logins

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/alexedwards/scs/v2"

	"github.com/seed-f21aa8d8/wechat/oauth"
)

// scsSessions keeps visitors in the sessions of alexedwards/scs.
type scsSessions struct{ *scs.SessionManager }

// Begin renews the session's token, so that a session from before the login is not used.
func (s scsSessions) Begin(_ http.ResponseWriter, r *http.Request, v oauth.Visitor, _ *oauth.Grant) error {
	text, err := json.Marshal(v)
	s.Put(r.Context(), "visitor", text)
	return errors.Join(err, s.RenewToken(r.Context()))
}

func (s scsSessions) Visitor(r *http.Request) (v oauth.Visitor, ok bool) {
	err := json.Unmarshal(s.GetBytes(r.Context(), "visitor"), &v)
	return v, err == nil
}

func (s scsSessions) End(_ http.ResponseWriter, r *http.Request) error {
	return s.Destroy(r.Context())
}
