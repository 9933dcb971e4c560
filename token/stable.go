package token

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/store"
)

// stable is what Stable returns.
type stable struct {
	*platform
	forced ledger

	mu       sync.Mutex
	rejected Token
}

// Stable fetches tokens from POST /cgi-bin/stable_token (获取稳定版接口调用凭据).
//
// The platform gives the same token to everyone who asks until less than 5 minutes
// of it are left, so several processes need nothing between them. It allows 10,000
// requests a minute and 500,000 a day.
//
// The source is an [Invalidator]: told that the platform has rejected a token, it
// may ask for another one by force, if [Config.ForceRefresh] allows that and the
// platform, asked without force, still gives the rejected one.
func Stable(cfg Config) (Source, error) {
	p, err := newPlatform(cfg, StableToken)
	if err != nil {
		return nil, err
	}
	if cfg.Store == nil {
		cfg.Store = store.NewMemory()
	}
	return &stable{platform: p, forced: ledger{cfg.Store, p.Identity().Key() + ":forced"}}, nil
}

// Token implements Source.
func (s *stable) Token(ctx context.Context) (Token, error) {
	tok, err := s.request(ctx, false)
	if err != nil || !s.cfg.ForceRefresh || !s.isRejected(tok) {
		return tok, err
	}
	if err := s.forced.enter(ctx, tok); err != nil {
		return tok, fmt.Errorf("%w; not refreshed by force: %w", ErrStillRejected, err)
	}
	return s.request(ctx, true)
}

// Invalidate implements Invalidator.
func (s *stable) Invalidate(_ context.Context, stale Token) error {
	s.mu.Lock()
	s.rejected = stale
	s.mu.Unlock()
	return nil
}

// isRejected reports whether tok is the token that the platform rejected. Another
// one puts an end to the matter.
func (s *stable) isRejected(tok Token) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rejected.Same(tok) {
		return true
	}
	s.rejected = Token{}
	return false
}

func (s *stable) request(ctx context.Context, force bool) (Token, error) {
	return s.fetch(ctx, &wire.Request{
		Method: http.MethodPost,
		Path:   "/cgi-bin/stable_token",
		Hidden: []string{s.cfg.Secret},
		Body: stableRequest{
			GrantType: "client_credential", AppID: s.cfg.AppID, Secret: s.cfg.Secret, ForceRefresh: force,
		},
	})
}

type stableRequest struct {
	GrantType    string `json:"grant_type"`
	AppID        string `json:"appid"`
	Secret       string `json:"secret"`
	ForceRefresh bool   `json:"force_refresh,omitempty"`
}
