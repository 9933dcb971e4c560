package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/token"
)

// maxInvalidation is the maximum size of the body of an invalidation in bytes.
const maxInvalidation = 4 << 10

// TokenServerConfig configures a [TokenServer]. Only Directory is required.
type TokenServerConfig struct {
	Directory *Directory

	// Limiter counts the calls for [Business].Limits. If nil, a [LocalLimiter] is used.
	Limiter Limiter

	// Logger receives a line for every request. If nil, requests are not logged.
	Logger *slog.Logger

	// OnRequest is called with every request after it has ended, for metrics.
	OnRequest func(TokenRequest)
}

// TokenRequest describes a request to a [TokenServer] to an observer. It holds no
// credential.
type TokenRequest struct {
	RequestID  string
	Business   string     // empty if the caller is unknown
	AppID      string     // empty if the account is unknown
	Kind       token.Kind // empty if the kind is unknown
	Invalidate bool       // the caller reported a rejected token
	Status     int        // HTTP status of the answer
	Code       errcode.Code
	Duration   time.Duration
}

// TokenServer (中控服务器) returns tokens and tickets of accounts to businesses. It is an
// http.Handler for the protocol of token.Remote:
//
//	GET  /{appid}/{kind}
//	POST /{appid}/{kind}/invalidate
//
// where kind is access_token (or stable_access_token, which is the same), jsapi_ticket
// or wx_card_ticket. Clients that use only the platform's protocol send their key as
// the secret and get the access token or an error in the platform's form:
//
//	GET  /cgi-bin/token?grant_type=client_credential&appid=…&secret=KEY
//	POST /cgi-bin/stable_token
//
// force_refresh is ignored. Mount the server below a path with http.StripPrefix. A
// business gets the kinds in its Kinds for the accounts in its Accounts. For all others
// the answer is not_found.
//
// Tokens are refreshed minutes before they expire; until then callers get the old one.
// An invalidation replaces the token only if the reported one is still in use, so a
// thousand callers that report the same token cause one fetch.
type TokenServer struct{ cfg TokenServerConfig }

// NewTokenServer returns a token server, or an error for an invalid configuration.
func NewTokenServer(cfg TokenServerConfig) (*TokenServer, error) {
	if cfg.Directory == nil {
		return nil, errors.New("gateway: TokenServerConfig.Directory is nil")
	}
	if cfg.Limiter == nil {
		cfg.Limiter = new(LocalLimiter)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &TokenServer{cfg}, nil
}

// tokenAnswer is an answer of the protocol.
type tokenAnswer struct {
	Token     string       `json:"token,omitempty"`
	ExpiresIn *int64       `json:"expires_in,omitempty"`
	Error     string       `json:"error,omitempty"`
	Message   string       `json:"message,omitempty"`
	Code      errcode.Code `json:"errcode,omitempty"`
	ErrMsg    string       `json:"errmsg,omitempty"`

	status int
	wait   time.Duration
}

func tokenRefusal(status int, name, message string) tokenAnswer {
	return tokenAnswer{Error: name, Message: message, status: status}
}

var (
	errUnauthorized = tokenRefusal(http.StatusUnauthorized, "unauthorized", "the key is missing or wrong")
	errNotFound     = tokenRefusal(http.StatusNotFound, "not_found", "no such account or kind for this key")
)

// ServeHTTP implements http.Handler.
func (s *TokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	seen := TokenRequest{RequestID: requestID(r)}
	w.Header().Set(RequestIDHeader, seen.RequestID)
	w.Header().Set("Cache-Control", "no-store")
	var failure string
	if path, err := plainPath(r.URL); err == nil && wants(path) == issued {
		failure = s.servePlatform(w, r, path, &seen)
	} else {
		failure = s.serve(w, r, &seen)
	}
	seen.Duration = time.Since(began)
	s.report(r.Context(), seen, failure)
}

// serve answers a request of the protocol and returns the name of the error, or "".
func (s *TokenServer) serve(w http.ResponseWriter, r *http.Request, seen *TokenRequest) (failure string) {
	a := s.answer(w, r, seen)
	h := w.Header()
	if a.wait > 0 {
		h.Set("Retry-After", retryAfter(a.wait))
	}
	switch a.status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="gateway"`)
	case http.StatusMethodNotAllowed:
		h.Set("Allow", "GET, POST")
	}
	leaveBody(w, r)
	seen.Status, seen.Code = a.status, a.Code
	_ = writeJSON(w, a.status, a)
	return a.Error
}

// answer returns the answer to a request of the protocol.
func (s *TokenServer) answer(w http.ResponseWriter, r *http.Request, seen *TokenRequest) tokenAnswer {
	roster := s.cfg.Directory.roster.Load()
	key, _ := bearer(r)
	b, _ := roster.business(key)
	if b == nil {
		return errUnauthorized
	}
	seen.Business = b.Name
	path, err := plainPath(r.URL)
	if err != nil || r.URL.RawQuery != "" {
		return errNotFound
	}
	appID, rest := splitAccount(path, roster.known)
	kind, invalidate := strings.CutSuffix(rest[1:], "/invalidate")
	if appID == "" || !b.accounts[appID] {
		return errNotFound
	}
	seen.AppID = appID
	cache := roster.accounts[appID].cache(token.Kind(kind))
	if cache == nil || !b.gets(token.Kind(kind)) {
		return errNotFound
	}
	seen.Kind, seen.Invalidate = token.Kind(kind), invalidate
	if want := method(invalidate); r.Method != want {
		return tokenRefusal(http.StatusMethodNotAllowed, "method_not_allowed", "use "+want)
	}
	if err := b.takeAll(r.Context(), s.cfg.Limiter, rest); err != nil {
		return tokenFailure(err)
	}
	if invalidate {
		return replace(w, r, cache)
	}
	return tokenResult(cache.Token(r.Context()))
}

func method(invalidate bool) string {
	if invalidate {
		return http.MethodPost
	}
	return http.MethodGet
}

// gets reports whether the business may get credentials of a kind.
func (b *business) gets(kind token.Kind) bool {
	if kind == token.StableToken {
		kind = token.AccessToken
	}
	return slices.Contains(b.Kinds, kind)
}

// replace answers an invalidation.
func replace(w http.ResponseWriter, r *http.Request, cache *token.Cache) tokenAnswer {
	var in struct {
		Token string `json:"token"`
	}
	raw, err := smallBody(w, r, maxInvalidation)
	if err != nil || json.Unmarshal(raw, &in) != nil || in.Token == "" {
		return tokenRefusal(http.StatusBadRequest, "bad_request", `the body must be {"token": "the rejected one"}`)
	}
	return tokenResult(cache.Replace(r.Context(), token.New(in.Token, time.Time{})))
}

// tokenResult answers with a token or an error.
func tokenResult(tok token.Token, err error) tokenAnswer {
	if err != nil {
		return tokenFailure(err)
	}
	a := tokenAnswer{Token: tok.Value(), status: http.StatusOK}
	if !tok.Expiry().IsZero() {
		left := int64(time.Until(tok.Expiry()) / time.Second)
		a.ExpiresIn = &left
	}
	return a
}

func tokenFailure(err error) tokenAnswer {
	var refused *errcode.Error
	var over *LimitError
	switch {
	case errors.As(err, &over):
		a := tokenRefusal(http.StatusTooManyRequests, "too_many_requests", over.Error())
		a.wait = over.Wait
		return a
	case errors.Is(err, token.ErrStillRejected):
		return tokenRefusal(http.StatusConflict, "still_rejected", "the platform still returns the rejected token")
	case errors.As(err, &refused):
		a := tokenRefusal(http.StatusBadGateway, "unavailable", "the platform refused to return a token")
		a.Code, a.ErrMsg = refused.Code, refused.Message
		return a
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, token.ErrTimeout):
		return tokenRefusal(http.StatusServiceUnavailable, "unavailable", "the platform did not answer in time")
	}
	return tokenRefusal(http.StatusServiceUnavailable, "unavailable", "no token is available")
}

// report calls the observer and writes the log line.
func (s *TokenServer) report(ctx context.Context, seen TokenRequest, failure string) {
	if s.cfg.OnRequest != nil {
		s.cfg.OnRequest(seen)
	}
	level := slog.LevelInfo
	if failure != "" {
		level = slog.LevelWarn
	}
	s.cfg.Logger.LogAttrs(ctx, level, "gateway: token request",
		slog.String("request_id", seen.RequestID), slog.String("business", seen.Business),
		slog.String("appid", seen.AppID), slog.String("kind", string(seen.Kind)), slog.Bool("invalidate", seen.Invalidate),
		slog.Int("status", seen.Status), slog.String("error", failure), slog.Int("errcode", int(seen.Code)),
		slog.String("took", seen.Duration.String()))
}
