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

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// grant is an account's authorisation as the store keeps it.
type grant struct {
	Version int    `json:"v"`
	Refresh string `json:"refresh_token"`
	At      int64  `json:"at"` // when it was written, in Unix milliseconds
}

const grantVersion = 1

func (p *Platform) grantKey(appID string) string { return p.key("authorizer:" + appID) }

// readGrant returns what the store has of an account; raw is nil for nothing.
func (p *Platform) readGrant(ctx context.Context, appID string) (g grant, raw []byte, err error) {
	raw, found, err := p.store.Get(ctx, p.grantKey(appID))
	switch {
	case err != nil:
		return grant{}, nil, fmt.Errorf("component: refresh token of %s: %w", appID, err)
	case !found:
		return grant{}, nil, nil
	}
	if json.Unmarshal(raw, &g) != nil || g.Version != grantVersion || g.Refresh == "" {
		return grant{}, nil, fmt.Errorf("component: the store holds no refresh token under %q", p.grantKey(appID))
	}
	return g, raw, nil
}

// How often, and for how long, a refresh token is tried to be written.
const (
	saveAttempts = 3
	saveTimeout  = 5 * time.Second
	savePause    = 100 * time.Millisecond
)

// saveGrant writes a refresh token that replaces what was read as old, nil for
// nothing. If somebody else has replaced that meanwhile, theirs is newer and stays.
// It goes on when ctx ends, since the token may be the only copy.
func (p *Platform) saveGrant(ctx context.Context, appID string, old []byte, refresh string) error {
	raw, err := json.Marshal(grant{grantVersion, refresh, time.Now().UnixMilli()})
	if err != nil {
		return err
	}
	return insist(ctx, func(ctx context.Context) error {
		var stored bool
		var err error
		if old == nil {
			stored, err = p.store.SetIfAbsent(ctx, p.grantKey(appID), raw, 0)
		} else {
			stored, err = p.store.CompareAndSwap(ctx, p.grantKey(appID), old, raw, 0)
		}
		if err == nil && !stored {
			p.log.InfoContext(ctx, "component: another refresh token was stored meanwhile, and stays", "appid", appID)
		}
		return err
	})
}

// putGrant writes the refresh token of a new authorisation, which ends the old one.
func (p *Platform) putGrant(ctx context.Context, appID, refresh string) error {
	raw, err := json.Marshal(grant{grantVersion, refresh, time.Now().UnixMilli()})
	if err != nil {
		return err
	}
	return insist(ctx, func(ctx context.Context) error { return p.store.Set(ctx, p.grantKey(appID), raw, 0) })
}

// insist tries a write a few times, whatever becomes of ctx.
func insist(ctx context.Context, write func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	for attempt := 1; ; attempt++ {
		err := write(ctx)
		if err == nil || attempt == saveAttempts {
			return err
		}
		select {
		case <-time.After(savePause << attempt):
		case <-ctx.Done():
			return err
		}
	}
}

// tenant is an account as this process knows it.
type tenant struct {
	p      *Platform
	appID  string
	tokens *token.Cache
	oa     *officialaccount.Client

	mu      sync.Mutex
	first   token.Token // that came with the authorisation code, for the next fetch
	unsaved *unsaved    // a refresh token that could not be written
}

// unsaved is a refresh token that waits to be written over what was read as old.
type unsaved struct {
	old     []byte
	refresh string
}

// Format names the account and nothing else.
func (t *tenant) Format(f fmt.State, _ rune) { io.WriteString(f, "component account "+t.appID) }

// Client is the client of an account that has authorised the platform, for every
// service of this module. It is made on the first call and kept; it asks nothing
// until it is used. The calls of an account that has not authorised the platform
// fail with [ErrNotAuthorized].
//
// Client panics if appID is no app id: one begins with wx and has letters and
// digits only.
func (p *Platform) Client(appID string) *officialaccount.Client { return p.tenant(appID).oa }

// Source hands out the access token of an account (authorizer_access_token), kept
// and refreshed as [token.Reuse] does, and shared by all processes with the same
// store. It is the one that [Platform.Client] uses.
func (p *Platform) Source(appID string) token.Source { return p.tenant(appID).tokens }

// validAppID reports whether s can be the id of an account, and so stand in a key
// of the store.
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
	if !validAppID(appID) {
		panic(fmt.Sprintf("component: %q is no app id", appID))
	}
	t, err := p.newTenant(appID)
	if err != nil {
		panic(err) // New has checked everything that it depends on
	}
	p.tenants[appID] = t
	return t
}

// renew makes the account anew, without the failures that the old one remembers. A
// client that somebody holds of that one finds the new authorisation by itself,
// within [token.MaxPause].
func (p *Platform) renew(appID string) *tenant {
	p.mu.Lock()
	delete(p.tenants, appID)
	p.mu.Unlock()
	return p.tenant(appID)
}

func (p *Platform) newTenant(appID string) (*tenant, error) {
	t := &tenant{p: p, appID: appID}
	shared, err := token.Shared(p.store, t, token.WithIdentity(p.identity(appID)), token.WithLogger(p.log))
	if err != nil {
		return nil, err
	}
	observer := p.config.observer(appID)
	options := []token.ReuseOption{token.WithLogger(p.log)}
	if o, ok := observer.(officialaccount.RefreshObserver); ok {
		options = append(options, token.WithObserver(o.ObserveRefresh))
	}
	t.tokens = token.Reuse(bounded{shared.(token.Invalidator), p.slots}, options...)
	t.oa, err = officialaccount.New(officialaccount.Config{
		AppID: appID, TokenSource: t.tokens,
		HTTPClient: p.config.HTTPClient, BaseURL: p.config.BaseURL, Logger: p.config.Logger,
		Observer: observer, Limiter: p.config.Limiter,
	})
	return t, err
}

// identity names an account's token in the store: two platforms that share a store
// have each their own.
func (p *Platform) identity(appID string) token.Identity {
	return token.Identity{AppID: appID, Kind: token.Authorizer, Fingerprint: p.oa.AppID()}
}

// bounded is a source that is asked by so many at a time as there are slots.
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

// Add takes in an account whose refresh token (authorizer_refresh_token) is known
// from elsewhere, such as the program that did this one's work before. It replaces
// what is stored of the account.
func (p *Platform) Add(ctx context.Context, appID, refreshToken string) error {
	if !validAppID(appID) || refreshToken == "" {
		return fmt.Errorf("component: Add of %q: an app id and a refresh token are needed", appID)
	}
	return p.putGrant(ctx, appID, refreshToken)
}

// Remove forgets an account: its refresh token, its token, and its client in this
// process. It does not end the authorisation, which only the account's
// administrator can; an account that still authorises the platform is known again
// when it is used. A notice that an account has withdrawn its authorisation removes
// it by itself.
func (p *Platform) Remove(ctx context.Context, appID string) error {
	p.mu.Lock()
	delete(p.tenants, appID)
	p.mu.Unlock()
	err := errors.Join(
		p.store.Delete(ctx, p.grantKey(appID)),
		p.store.Delete(ctx, p.identity(appID).Key()))
	if err != nil {
		return fmt.Errorf("component: %s not removed: %w", appID, err)
	}
	return nil
}
