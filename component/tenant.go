package component

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// grant is the stored authorization of an account.
type grant struct {
	Version int    `json:"v"`
	Refresh string `json:"refresh_token"`
	At      int64  `json:"at"`      // when it was written, in Unix milliseconds
	Granted int64  `json:"granted"` // when the account authorized the third-party platform, in Unix seconds
}

const grantVersion = 2

func (p *Platform) grantKey(appID string) string { return p.key("authorizer:" + appID) }

// readGrant reads the grant of an account. raw is nil if the store has none.
func (p *Platform) readGrant(ctx context.Context, appID string) (g grant, raw []byte, err error) {
	raw, found, err := p.store.Get(ctx, p.grantKey(appID))
	switch {
	case err != nil:
		return grant{}, nil, fmt.Errorf("component: refresh token of %s: %w", appID, err)
	case !found:
		return grant{}, nil, nil
	}
	if json.Unmarshal(raw, &g) != nil || g.Version != grantVersion || g.Refresh == "" {
		return grant{}, nil, fmt.Errorf("component: the value of %q in the store is not a refresh token", p.grantKey(appID))
	}
	return g, raw, nil
}

// The limits of attempts to write a refresh token.
const (
	saveAttempts = 3
	saveTimeout  = 5 * time.Second
)

// newGrant returns the grant of an account that authorizes the third-party platform now.
func newGrant(refresh string) grant {
	now := time.Now()
	return grant{grantVersion, refresh, now.UnixMilli(), now.Unix()}
}

// saveGrant replaces the stored grant old, or nil for none. If another process has
// replaced it, that token is newer and is kept. saveGrant continues if ctx ends, since
// the token may be the only copy.
func (p *Platform) saveGrant(ctx context.Context, appID string, old []byte, refresh string) error {
	g := newGrant(refresh)
	var before grant
	if json.Unmarshal(old, &before) == nil {
		g.Granted = before.Granted // a refresh is not an authorization
	}
	raw, err := json.Marshal(g)
	if err != nil {
		return err
	}
	return retryWrite(ctx, func(ctx context.Context) error {
		var stored bool
		var err error
		if old == nil {
			stored, err = p.store.SetIfAbsent(ctx, p.grantKey(appID), raw, 0)
		} else {
			stored, err = p.store.CompareAndSwap(ctx, p.grantKey(appID), old, raw, 0)
		}
		if err == nil && !stored {
			p.log.InfoContext(ctx, "component: another process has stored a newer refresh token", "appid", appID)
		}
		return err
	})
}

// putGrant writes the refresh token of a new authorization, which invalidates the old
// one.
func (p *Platform) putGrant(ctx context.Context, appID, refresh string) error {
	raw, err := json.Marshal(newGrant(refresh))
	if err != nil {
		return err
	}
	return retryWrite(ctx, func(ctx context.Context) error { return p.store.Set(ctx, p.grantKey(appID), raw, 0) })
}

// retryWrite tries a write a few times, even if ctx ends.
func retryWrite(ctx context.Context, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	pauses := backoff.Policy{First: 200 * time.Millisecond, Max: time.Second}
	for attempt := 1; ; attempt++ {
		err := write(ctx)
		if err == nil || attempt == saveAttempts || pauses.Wait(ctx, attempt) != nil {
			return err
		}
	}
}

// tenant is the state of an account in this process.
type tenant struct {
	p      *Platform
	appID  string
	tokens *token.Cache
	oa     *officialaccount.Client

	mu      sync.Mutex
	first   token.Token // from the exchange of the authorization code, for the next fetch
	unsaved *unsaved    // a refresh token that could not be written

	originalID   string    // gh_…, if known
	profileAfter time.Time // when the profile may be fetched again
	refusal      error     // until profileAfter, if the account has not authorized
}

// unsaved is a refresh token that could not be written yet, and the record that it
// replaces.
type unsaved struct {
	old     []byte
	refresh string
}

// Format writes only the app id.
func (t *tenant) Format(f fmt.State, _ rune) { io.WriteString(f, "component account "+t.appID) }

// ErrAppID means that [Platform.Client] got a malformed app id. Every call of that
// client returns it.
var ErrAppID = errors.New("component: malformed app id: want wx and then letters and digits")

// Client returns the client of an account that has authorized the third-party platform,
// for the services of this module. Further calls for the account return the same client.
// Client sends nothing.
//
// The calls of an account without an authorization fail with [ErrNotAuthorized]. If
// appID is not an app id (wx, then letters and digits), all calls of the client fail with
// [ErrAppID], so appID may come from a request. Each app id that was asked for takes about
// 1 KB of memory until [Platform.Remove].
func (p *Platform) Client(appID string) *officialaccount.Client { return p.tenant(appID).oa }

// Source returns the source of an account's access token (authorizer_access_token). It
// caches and refreshes the token like [token.Reuse] and shares it with all processes
// that use the same store. [Platform.Client] uses the same source.
//
// POST /cgi-bin/component/api_authorizer_token (获取授权账号调用令牌)
func (p *Platform) Source(appID string) token.Source { return p.tenant(appID).tokens }

// validAppID reports whether s can be the id of an account and part of a store key.
func validAppID(s string) bool {
	if len(s) < 3 || len(s) > 64 || !strings.HasPrefix(s, "wx") {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	}) < 0
}

func (p *Platform) tenant(appID string) *tenant {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tenants[appID]
	if t != nil {
		return t
	}
	t, err := p.newTenant(appID)
	if err != nil {
		panic(err) // a bug: New has checked the configuration
	}
	if validAppID(appID) {
		p.tenants[appID] = t
	}
	return t
}

// renew replaces the tenant by one without past failures. Clients of the old tenant use
// the new authorization after a pause of at most a minute.
func (p *Platform) renew(appID string) *tenant {
	p.mu.Lock()
	delete(p.tenants, appID)
	p.mu.Unlock()
	return p.tenant(appID)
}

func (p *Platform) newTenant(appID string) (*tenant, error) {
	t := &tenant{p: p, appID: appID}
	if !validAppID(appID) {
		return t, t.refuseAll()
	}
	log := p.log.With("appid", appID)
	shared, err := token.Shared(p.store, t, token.SharedConfig{Key: p.tokenKey(appID), Logger: log})
	if err != nil {
		return nil, err
	}
	observer := p.config.observer(appID)
	cfg := token.ReuseConfig{Logger: log}
	if o, ok := observer.(officialaccount.RefreshObserver); ok {
		cfg.OnRefresh = o.ObserveRefresh
	}
	t.tokens = token.Reuse(bounded{shared, p.slots}, cfg)
	t.oa, err = officialaccount.New(officialaccount.Config{
		AppID: appID, TokenSource: t.tokens,
		HTTPClient: p.config.HTTPClient, BaseURL: p.config.BaseURL, Logger: p.config.Logger,
		Observer: observer, Limiter: p.config.Limiter,
	})
	return t, err
}

// refuseAll returns a client whose calls fail with ErrAppID.
func (t *tenant) refuseAll() (err error) {
	refusal := fmt.Errorf("%w: %.64q", ErrAppID, t.appID)
	t.tokens = token.Reuse(token.SourceFunc(func(context.Context) (token.Token, error) { return token.Token{}, refusal }), token.ReuseConfig{})
	t.oa, err = officialaccount.New(officialaccount.Config{
		AppID: "malformed", TokenSource: t.tokens, HTTPClient: t.p.config.HTTPClient, BaseURL: t.p.config.BaseURL,
	})
	return err
}

// tokenKey returns the key of an account's token in the store. It differs between
// platforms that share a store.
func (p *Platform) tokenKey(appID string) string {
	return token.Key(appID, "", token.Authorizer) + p.oa.AppID()
}

// bounded is a source with at most cap(slots) concurrent calls.
type bounded struct {
	token.Invalidator
	slots chan struct{}
}

// Token implements token.Source.
func (b bounded) Token(ctx context.Context) (token.Token, error) {
	select {
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
		return b.Invalidator.Token(ctx)
	case <-ctx.Done():
		return token.Token{}, ctx.Err()
	}
}

// Add stores the refresh token (authorizer_refresh_token) of an account from another
// program. It replaces the stored grant of the account.
func (p *Platform) Add(ctx context.Context, appID, refreshToken string) error {
	if !validAppID(appID) || refreshToken == "" {
		return fmt.Errorf("component: Add of %q: the app id or the refresh token is missing or malformed", appID)
	}
	return p.putGrant(ctx, appID, refreshToken)
}

// Remove deletes the refresh token and the token of an account from the store, and its
// client from this process. It does not end the authorization, which only the account's
// administrator can do: if the account is used again, its refresh token is read from
// the platform. The notice of a withdrawn authorization also removes the account.
//
// If the store fails, Remove returns its error and the account remains usable.
func (p *Platform) Remove(ctx context.Context, appID string) error {
	err := p.store.Delete(ctx, p.grantKey(appID))
	if err == nil {
		err = p.forget(ctx, appID)
	}
	if err != nil {
		return fmt.Errorf("component: %s not removed: %w", appID, err)
	}
	return nil
}

// forget deletes the cached data of an account's grant.
func (p *Platform) forget(ctx context.Context, appID string) error {
	p.mu.Lock()
	delete(p.tenants, appID)
	p.mu.Unlock()
	return errors.Join(
		p.store.Delete(ctx, p.tokenKey(appID)),
		p.store.Delete(ctx, p.userNameKey(appID)))
}

// unauthorized removes the account of a notice. Notices can be late: if the stored
// grant is not older than the notice, it asks the platform whether the account still
// authorizes it.
func (p *Platform) unauthorized(ctx context.Context, appID string, at time.Time) error {
	g, raw, err := p.readGrant(ctx, appID)
	if err != nil {
		return err
	}
	if raw != nil && !at.IsZero() && at.Unix() <= g.Granted {
		switch _, err := p.authorizationOf(ctx, appID); {
		case err == nil:
			p.log.InfoContext(ctx, "component: late notice of a withdrawn authorization ignored", "appid", appID)
			return nil
		case !errors.Is(err, errcode.ComponentNotAuthorized):
			return fmt.Errorf("component: withdrawn authorization of %s: %w", appID, err)
		}
	}
	if raw != nil {
		deleted, err := p.store.CompareAndDelete(ctx, p.grantKey(appID), raw)
		if err != nil {
			return fmt.Errorf("component: %s not removed: %w", appID, err)
		}
		if !deleted {
			return p.unauthorized(ctx, appID, at) // the grant has changed: read it again
		}
	}
	if err := p.forget(ctx, appID); err != nil {
		return fmt.Errorf("component: %s not removed: %w", appID, err)
	}
	return nil
}
