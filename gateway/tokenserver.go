package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/token"
)

// maxInvalidation is how large the body of an invalidation may be.
const maxInvalidation = 4 << 10

// TokenServerConfig is what a [TokenServer] is made from.
type TokenServerConfig struct {
	Directory *Directory

	// Limiter counts the calls that [Business].Limits bound. Nil is a [LocalLimiter].
	Limiter Limiter

	// Logger gets a line for every request. Nil is silence.
	Logger *slog.Logger

	// Observe is told of every request after its end, for metrics.
	Observe func(TokenRequest)
}

// TokenRequest is what an observer of a [TokenServer] learns.
type TokenRequest struct {
	RequestID  string
	Business   string     // empty if the key was none
	AppID      string     // empty if there is no such account
	Kind       token.Kind // empty if the server has no such kind
	Invalidate bool
	Status     int // HTTP
	Code       errcode.Code
	Duration   time.Duration
}

// TokenServer (中控服务器) gives tokens and tickets of accounts to businesses. It is
// an http.Handler that speaks the protocol of token.Remote:
//
//	GET  /{appid}/{kind}
//	POST /{appid}/{kind}/invalidate
//
// where kind is access_token (stable_access_token is the same), jsapi_ticket or
// wx_card_ticket. Mount it below a path with http.StripPrefix. A business sees the
// accounts in its Accounts and the kinds in its Kinds; to others everything else
// does not exist (404).
//
// Tokens are refreshed minutes before they end while everybody goes on with the old
// one. An invalidation compares: it replaces the token only if that is still the one
// in use, so a thousand callers who all report the same token cost one request.
type TokenServer struct{ cfg TokenServerConfig }

// NewTokenServer makes a token server.
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

// tokenAnswer is every answer of the protocol.
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
	a := s.answer(w, r, &seen)
	h := w.Header()
	h.Set(RequestID, seen.RequestID)
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	switch a.status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="gateway"`)
	case http.StatusTooManyRequests:
		h.Set("Retry-After", retryAfter(a.wait))
	case http.StatusMethodNotAllowed:
		h.Set("Allow", "GET, POST")
	}
	leaveBody(w, r)
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a)
	seen.Status, seen.Code, seen.Duration = a.status, a.Code, time.Since(began)
	s.report(r.Context(), seen, a)
}

// answer decides on a request.
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
	if appID == "" || !b.has(appID) {
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

// gets reports whether the business may have credentials of a kind.
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
		return tokenRefusal(http.StatusBadRequest, "bad_request", `the body is to be {"token": "the rejected one"}`)
	}
	return tokenResult(cache.Replace(r.Context(), token.New(in.Token, time.Time{})))
}

// tokenResult answers with a token or with the reason why there is none.
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
	var over *overLimit
	switch {
	case errors.As(err, &over):
		a := tokenRefusal(http.StatusTooManyRequests, "too_many_requests", over.Error())
		a.wait = over.wait
		return a
	case errors.Is(err, token.ErrStillRejected):
		return tokenRefusal(http.StatusConflict, "still_rejected", "the platform goes on giving the rejected token")
	case errors.As(err, &refused):
		a := tokenRefusal(http.StatusBadGateway, "unavailable", "the platform refuses a token")
		a.Code, a.ErrMsg = refused.Code, refused.Message
		return a
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, token.ErrTimeout):
		return tokenRefusal(http.StatusServiceUnavailable, "unavailable", "the platform did not answer in time")
	}
	return tokenRefusal(http.StatusServiceUnavailable, "unavailable", "there is no token at the moment")
}

// report writes the log line and tells the observer.
func (s *TokenServer) report(ctx context.Context, seen TokenRequest, a tokenAnswer) {
	if s.cfg.Observe != nil {
		s.cfg.Observe(seen)
	}
	level := slog.LevelInfo
	if seen.Status >= 400 {
		level = slog.LevelWarn
	}
	s.cfg.Logger.LogAttrs(ctx, level, "gateway: token request",
		slog.String("request_id", seen.RequestID), slog.String("business", seen.Business),
		slog.String("appid", seen.AppID), slog.String("kind", string(seen.Kind)), slog.Bool("invalidate", seen.Invalidate),
		slog.Int("status", seen.Status), slog.String("error", a.Error), slog.Int("errcode", int(seen.Code)),
		slog.Duration("took", seen.Duration))
}

// retryAfter is a pause as the header of that name gives it: whole seconds.
func retryAfter(wait time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(wait.Seconds()))))
}
