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
// The source is an [Invalidator]. Told that the platform has rejected a token, it
// asks for another. If the platform goes on giving the rejected one, it asks once by
// force where [Config.ForceRefresh] allows that; otherwise the answer to the report
// is [ErrStillRejected], and from then on the platform is believed.
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
	if err != nil || !s.answers(tok) {
		return tok, err
	}
	if !s.cfg.ForceRefresh {
		return tok, ErrStillRejected
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

// answers reports whether tok is the token that was reported. Whichever token has
// come, the report is answered with it.
func (s *stable) answers(tok Token) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	same := s.rejected.Same(tok)
	s.rejected = Token{}
	return same
}

func (s *stable) request(ctx context.Context, force bool) (Token, error) {
	return s.fetch(ctx, &wire.Request{
		Method: http.MethodPost,
		Path:   "/cgi-bin/stable_token",
		Hidden: []string{s.secret()},
		Body: stableRequest{
			GrantType: "client_credential", AppID: s.cfg.AppID, Secret: s.secret(), ForceRefresh: force,
		},
	})
}

type stableRequest struct {
	GrantType    string `json:"grant_type"`
	AppID        string `json:"appid"`
	Secret       string `json:"secret"`
	ForceRefresh bool   `json:"force_refresh,omitempty"`
}
