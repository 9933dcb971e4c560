package component

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Authorization is what an account has granted (授权信息).
type Authorization struct {
	AppID       string       // of the account
	Permissions []Permission // granted; may be fewer than the third-party platform has declared

	// AccessToken and RefreshToken are what the platform sent along; both may be
	// absent. They are stored already: [Platform.Client] uses them.
	AccessToken  token.Token
	RefreshToken token.Token // has no end
}

// Permission is a permission set (权限集) that an account has granted.
type Permission struct {
	Category PermissionCategory `json:"funcscope_category"`
	Confirm  *Confirmation      `json:"confirm_info,omitempty"` // nil where there is nothing to confirm
}

// PermissionCategory names a permission set.
type PermissionCategory struct {
	ID   int    `json:"id"`
	Type int    `json:"type,omitempty"`
	Name string `json:"name,omitempty"`
	Desc string `json:"desc,omitempty"`
}

// Confirmation says whether the account still has to confirm a permission set.
type Confirmation struct {
	Need    officialaccount.IntBool `json:"need_confirm"`
	Already officialaccount.IntBool `json:"already_confirm"`
	Can     officialaccount.IntBool `json:"can_confirm"`
}

// authorization is an Authorization on the wire.
type authorization struct {
	AppID       string       `json:"authorizer_appid"`
	Token       string       `json:"authorizer_access_token"`
	ExpiresIn   seconds      `json:"expires_in"`
	Refresh     string       `json:"authorizer_refresh_token"`
	Permissions []Permission `json:"func_info"`
}

func (a *authorization) typed(from time.Time) Authorization {
	return Authorization{a.AppID, a.Permissions, a.ExpiresIn.token(a.Token, from), lasting(a.Refresh)}
}

// codeLife is how long the platform accepts an authorisation code. An exchanged code
// is remembered for that time.
const codeLife = time.Hour

// codeLease bounds the time for which an exchange keeps others with the same code
// waiting.
const codeLease = 30 * time.Second

// redeemer says who exchanges a code. The zero value is the program itself.
type redeemer struct {
	browser     bool
	state       string // of the browser's visit
	preAuthCode string // of the browser's visit, or of the platform's notice
}

// exchangedCode is an exchanged code as the store keeps it, without tokens.
type exchangedCode struct {
	AppID       string       `json:"authorizer_appid"`
	Permissions []Permission `json:"func_info"`
	State       string       `json:"state,omitempty"`         // hash of the state that redeemed the code
	PreAuthCode string       `json:"pre_auth_code,omitempty"` // hash of the code with which the authorisation began
}

// belongsTo reports whether a browser may have the account of the code.
func (e *exchangedCode) belongsTo(r redeemer) bool {
	return (e.State == "" || e.State == hash(r.state)) && (e.PreAuthCode == "" || e.PreAuthCode == hash(r.preAuthCode))
}

func hash(s string) string {
	if s == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// Exchange exchanges an authorisation code for an account: the auth_code of the
// redirect from the authorisation page, or the AuthorizationCode of a notice.
// [Platform.AuthorizeCallback] and [Platform.Notices] do that on their own. Exchange
// stores the refresh token before it returns.
//
// The first exchange uses up the code. A later call with the same code, in this
// process or another, returns the account and its permissions without tokens. Do not
// give the result to a browser on the strength of the code alone, since codes leak
// through addresses; AuthorizeCallback binds a code to its visitor.
//
// An account without API permissions, or one that authorised the platform before, can
// come without a refresh token. Exchange then takes the one that the platform shows in
// the account's profile. If there is none either, the tokens of the result are empty.
//
// Errors: errcode.AuthCodeInvalid, errcode.AuthCodeExpired, and those of the store.
//
// POST /cgi-bin/component/api_query_auth (使用授权码获取授权信息)
func (p *Platform) Exchange(ctx context.Context, code string) (*Authorization, error) {
	return p.exchange(ctx, code, redeemer{})
}

func (p *Platform) exchange(ctx context.Context, code string, by redeemer) (*Authorization, error) {
	const path = "/cgi-bin/component/api_query_auth"
	if code == "" {
		return nil, limit.Rule(path, "authorization_code", "is empty")
	}
	key := p.key("code:" + hash(code))
	lock, err := store.Acquire(ctx, p.store, key+":lock", codeLease)
	if err != nil {
		return nil, fmt.Errorf("component: exchange of a code: %w", err)
	}
	defer p.release(ctx, lock)
	if done, err := p.exchangedBefore(ctx, key, by); done != nil || err != nil {
		return done, err
	}
	var out struct {
		Info authorization `json:"authorization_info"`
	}
	began := time.Now()
	err = p.oa.Post(ctx, path, struct {
		ComponentAppID string `json:"component_appid"`
		Code           string `json:"authorization_code"`
	}{p.oa.AppID(), code}, &out, officialaccount.WithComponentToken(), officialaccount.WithRedacted(code))
	if err != nil {
		return nil, err
	}
	a := out.Info.typed(began)
	if !validAppID(a.AppID) {
		return nil, fmt.Errorf("component: %s: the answer names no account: app id %q", path, a.AppID)
	}
	if err := p.takeRefreshToken(ctx, &a); err != nil {
		return nil, err
	}
	p.remember(ctx, key, exchangedCode{a.AppID, a.Permissions, hash(by.state), hash(by.preAuthCode)})
	return &a, nil
}

// takeRefreshToken stores the refresh token of a new authorisation. An answer without
// one leaves the stored one, unless the profile has another.
func (p *Platform) takeRefreshToken(ctx context.Context, a *Authorization) error {
	if a.RefreshToken.Value() == "" {
		newest, err := p.authorizationOf(ctx, a.AppID)
		if err != nil && !errors.Is(err, errcode.ComponentNotAuthorized) {
			return fmt.Errorf("component: the authorisation of %s has no refresh token, and its profile cannot be read: %w", a.AppID, err)
		}
		if newest == "" {
			p.log.WarnContext(ctx, "component: authorisation without a refresh token: the account has granted no API permission", "appid", a.AppID)
			return nil
		}
		a.RefreshToken = lasting(newest)
	}
	if err := p.putGrant(ctx, a.AppID, a.RefreshToken.Value()); err != nil {
		return fmt.Errorf("component: refresh token of %s not stored: %w", a.AppID, err)
	}
	p.renew(a.AppID).keepFirst(a.AccessToken)
	return nil
}

func (p *Platform) release(ctx context.Context, lock *store.Lock) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	if err := lock.Release(ctx); err != nil {
		p.log.WarnContext(ctx, "component: lock not released", "error", err)
	}
}

// exchangedBefore returns the account for which a code was exchanged, nil if it was
// not. A browser that may have it becomes the only one.
func (p *Platform) exchangedBefore(ctx context.Context, key string, by redeemer) (*Authorization, error) {
	raw, found, err := p.store.Get(ctx, key)
	if err != nil || !found {
		return nil, err
	}
	var e exchangedCode
	if err := json.Unmarshal(raw, &e); err != nil || e.AppID == "" {
		return nil, fmt.Errorf("component: the store holds no account under %q", key)
	}
	if by.browser {
		if !e.belongsTo(by) {
			return nil, ErrState
		}
		if e.State == "" {
			e.State = hash(by.state)
			if err := p.putExchanged(ctx, key, e); err != nil {
				return nil, err
			}
		}
	}
	return &Authorization{AppID: e.AppID, Permissions: e.Permissions}, nil
}

// remember records an exchanged code. If that fails, the next one with the same code
// gets the platform's error for a used code.
func (p *Platform) remember(ctx context.Context, key string, e exchangedCode) {
	if err := p.putExchanged(context.WithoutCancel(ctx), key, e); err != nil {
		p.log.WarnContext(ctx, "component: exchanged code not remembered", "appid", e.AppID, "error", err)
	}
}

func (p *Platform) putExchanged(ctx context.Context, key string, e exchangedCode) error {
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return p.store.Set(ctx, key, raw, codeLife)
}

// authorized takes in the account of a notice. If its code cannot be exchanged, because
// a process used it up and died before it stored the refresh token, authorized asks
// the platform for the newest refresh token.
func (p *Platform) authorized(ctx context.Context, appID, code, preAuthCode string) error {
	_, err := p.exchange(ctx, code, redeemer{preAuthCode: preAuthCode})
	if err == nil || !validAppID(appID) {
		return err
	}
	newest, infoErr := p.authorizationOf(ctx, appID)
	known, raw, readErr := p.readGrant(ctx, appID)
	switch {
	case infoErr != nil || readErr != nil || newest == "":
		return errors.Join(err, infoErr, readErr)
	case newest == known.Refresh:
		return nil
	}
	return p.saveGrant(ctx, appID, raw, newest)
}
