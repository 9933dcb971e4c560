package gateway

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/token"
)

// unknownLife is the expires_in of a token whose expiry is unknown, so that a client
// soon asks again.
const unknownLife = time.Minute

// servePlatform answers a request for a token in the platform's form, and returns the
// reason of a refusal. Refusals are HTTP 200, like those of the platform.
func (s *TokenServer) servePlatform(w http.ResponseWriter, r *http.Request, path string, seen *TokenRequest) (failure string) {
	tok, refused := s.platformToken(w, r, path, seen)
	leaveBody(w, r)
	seen.Status = http.StatusOK
	if refused != nil {
		seen.Code = refused.Code
		refused.write(w, http.StatusOK)
		return string(refused.Reason)
	}
	life := unknownLife
	if !tok.Expiry().IsZero() {
		life = time.Until(tok.Expiry())
	}
	_ = writeJSON(w, http.StatusOK, accessToken{tok.Value(), int64(life / time.Second)})
	return ""
}

func (s *TokenServer) platformToken(w http.ResponseWriter, r *http.Request, path string, seen *TokenRequest) (token.Token, *refusal) {
	who, refused := s.identify(w, r, path)
	if who.business != nil {
		seen.Business = who.business.Name
	}
	if refused != nil {
		return token.Token{}, refused
	}
	seen.AppID, seen.Kind = who.account.appID, token.AccessToken
	if !slices.Contains(who.business.Kinds, token.AccessToken) {
		return token.Token{}, refuse(http.StatusForbidden, ForbiddenPath, notAllowed, "this business does not get access tokens")
	}
	if err := who.business.takeAll(r.Context(), s.cfg.Limiter, path); err != nil {
		return token.Token{}, limited(err)
	}
	tok, err := who.account.tokens.Token(r.Context())
	switch {
	case err != nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, token.ErrTimeout)):
		return tok, refuse(http.StatusServiceUnavailable, NoToken, busy, "the platform did not answer in time")
	case err != nil:
		return tok, noToken(err)
	case tok.Value() == "":
		return tok, refuse(http.StatusServiceUnavailable, NoToken, notAllowed, "calls for this account carry no token")
	}
	return tok, nil
}

// identify finds the caller by the key that is sent as the secret.
func (s *TokenServer) identify(w http.ResponseWriter, r *http.Request, path string) (who caller, refused *refusal) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return who, refuse(http.StatusMethodNotAllowed, MethodNotAllowed, errcode.InvalidArgs, "use GET or POST")
	}
	x := &exchange{in: r, path: path, cred: issued}
	if x.params, refused = readParams(r.URL.RawQuery, issued); refused != nil {
		return who, refused
	}
	if refused = readSecretBody(w, x); refused != nil {
		return who, refused
	}
	roster := s.cfg.Directory.roster.Load()
	switch {
	case x.secret == "":
		return who, unidentified(issued)
	case !who.show(roster, x.secret):
		return who, unauthorized()
	}
	return who, who.choose(roster, []string{x.appID})
}
