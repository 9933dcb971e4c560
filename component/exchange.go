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

// Authorization is the grant of an account (授权信息).
type Authorization struct {
	AppID       string       // of the account
	Permissions []Permission // granted; may be fewer than the third-party platform has declared

	// AccessToken and RefreshToken are from the same answer; both may be absent. They
	// are stored already: [Platform.Client] uses them.
	AccessToken  token.Token
	RefreshToken token.Token // without expiry
}

// Permission is a permission set (权限集) that an account has granted.
type Permission struct {
	Category PermissionCategory `json:"funcscope_category"`
	Confirm  *Confirmation      `json:"confirm_info,omitempty"` // nil if no confirmation is needed
}

// PermissionCategory names a permission set.
type PermissionCategory struct {
	ID   int    `json:"id"`
	Type int    `json:"type,omitempty"`
	Name string `json:"name,omitempty"`
	Desc string `json:"desc,omitempty"`
}

// Confirmation tells whether the account still has to confirm a permission set.
type Confirmation struct {
	Need    officialaccount.IntBool `json:"need_confirm"`
	Already officialaccount.IntBool `json:"already_confirm"`
	Can     officialaccount.IntBool `json:"can_confirm"`
}

// authorization is an Authorization as the platform encodes it.
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

// codeLife is how long the platform accepts an authorization code. An exchanged code
// is remembered for that time.
const codeLife = time.Hour

// codeLease bounds the time for which an exchange delays others of the same code.
const codeLease = 30 * time.Second

// redeemer identifies the caller that exchanges a code. The zero value is the program
// itself.
type redeemer struct {
	browser     bool
	state       string // of the browser's visit
	preAuthCode string // of the browser's visit, or of the platform's notice
}

// exchangedCode is the stored form of an exchanged code, without tokens.
type exchangedCode struct {
	AppID       string       `json:"authorizer_appid"`
	Permissions []Permission `json:"func_info"`
	State       string       `json:"state,omitempty"`         // hash of the state of the visit that used the code
	PreAuthCode string       `json:"pre_auth_code,omitempty"` // hash of the pre-authorization code of the authorization
}

// belongsTo reports whether a browser may receive the account of the code.
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

// Exchange exchanges an authorization code for an account: the auth_code of the
// redirect from the authorization page, or the AuthorizationCode of a notice.
// [Platform.AuthorizeCallback] and [Platform.Notices] call it by themselves. Exchange
// stores the refresh token before it returns.
//
// A code can be exchanged once. A later call with the same code, in this process or
// another, returns the account and its permissions without tokens. Codes can leak
// through addresses, so a code alone does not entitle a browser to the result;
// AuthorizeCallback binds a code to its visitor.
//
// For an account without API permissions, or one that authorized the third-party platform
// before, the answer may have no refresh token. Exchange then uses the one in the
// account's profile. If the profile has none, the tokens of the result are empty.
//
// Errors: errcode.AuthCodeInvalid, errcode.AuthCodeExpired, and those of the store.
//
// POST /cgi-bin/component/api_query_auth (使用授权码获取授权信息)
func (p *Platform) Exchange(ctx context.Context, code string) (*Authorization, error) {
	return p.exchange(ctx, code, redeemer{})
}

func (p *Platform) exchange(ctx context.Context, code string, by redeemer) (*Authorization, error) {
	const path = "/cgi-bin/component/api_query_auth"
	if err := limit.Required(path, "code (authorization_code)", code); err != nil {
		return nil, err
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
		return nil, fmt.Errorf("component: %s: the answer has an invalid app id: %q", path, a.AppID)
	}
	if err := p.storeRefreshToken(ctx, &a); err != nil {
		return nil, err
	}
	p.remember(ctx, key, exchangedCode{a.AppID, a.Permissions, hash(by.state), hash(by.preAuthCode)})
	return &a, nil
}

// storeRefreshToken stores the refresh token of a new authorization. If the answer has
// none, the stored one is kept, unless the profile has another.
func (p *Platform) storeRefreshToken(ctx context.Context, a *Authorization) error {
	if a.RefreshToken.Value() == "" {
		newest, err := p.authorizationOf(ctx, a.AppID)
		if err != nil && !errors.Is(err, errcode.ComponentNotAuthorized) {
			return fmt.Errorf("component: the authorization of %s has no refresh token, and its profile cannot be read: %w", a.AppID, err)
		}
		if newest == "" {
			p.log.WarnContext(ctx, "component: authorization without a refresh token: the account has granted no API permission", "appid", a.AppID)
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

// exchangedBefore returns the account for which a code was exchanged, or nil. From then
// on only the same browser may receive it.
func (p *Platform) exchangedBefore(ctx context.Context, key string, by redeemer) (*Authorization, error) {
	raw, found, err := p.store.Get(ctx, key)
	if err != nil || !found {
		return nil, err
	}
	var e exchangedCode
	if err := json.Unmarshal(raw, &e); err != nil || e.AppID == "" {
		return nil, fmt.Errorf("component: the value of %q in the store is not an account", key)
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

// remember records an exchanged code. If that fails, the next exchange of the code
// returns the platform's error for a used code.
func (p *Platform) remember(ctx context.Context, key string, e exchangedCode) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	if err := p.putExchanged(ctx, key, e); err != nil {
		p.log.WarnContext(ctx, "component: exchanged code not recorded", "appid", e.AppID, "error", err)
	}
}

func (p *Platform) putExchanged(ctx context.Context, key string, e exchangedCode) error {
	raw, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return p.store.Set(ctx, key, raw, codeLife)
}

// authorized stores the account of a notice. If its code cannot be exchanged, because a
// process used it and died before it stored the refresh token, authorized asks the
// platform for the newest refresh token.
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
