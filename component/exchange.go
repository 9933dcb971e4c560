package component

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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

// CodeLife is how long an authorisation code may be exchanged, and for so long
// [Platform.Exchange] remembers whose it was.
const CodeLife = time.Hour

// codeLease is how long an exchange may keep others with the same code waiting.
const codeLease = 30 * time.Second

// Exchange takes in the account that a code stands for: the auth_code of the way
// back from the authorisation page, or the AuthorizationCode of a notice. Both do
// so by themselves, see [Platform.AuthorizeCallback] and [Platform.Notices]. The
// refresh token is stored before Exchange returns.
//
// A code is used up by the first exchange. Who comes with the same one later, in
// this process or another, gets the account and its permissions without tokens.
//
// Errors: errcode.AuthCodeInvalid, errcode.AuthCodeExpired, and those of the store.
//
// POST /cgi-bin/component/api_query_auth (使用授权码获取授权信息)
func (p *Platform) Exchange(ctx context.Context, code string) (*Authorization, error) {
	const path = "/cgi-bin/component/api_query_auth"
	if code == "" {
		return nil, limit.Rule(path, "authorization_code", "is empty")
	}
	sum := sha256.Sum256([]byte(code))
	key := p.key("code:" + hex.EncodeToString(sum[:]))
	lock, err := store.Acquire(ctx, p.store, key+":lock", codeLease)
	if err != nil {
		return nil, fmt.Errorf("component: exchange of a code: %w", err)
	}
	defer p.release(ctx, lock)
	if done, err := p.exchanged(ctx, key); done != nil || err != nil {
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
	if !validAppID(a.AppID) || out.Info.Refresh == "" {
		return nil, fmt.Errorf("component: %s: the answer for account %q has no app id, or no refresh token: is the permission set of this API granted?", path, a.AppID)
	}
	if err := p.putGrant(ctx, a.AppID, out.Info.Refresh); err != nil {
		return nil, fmt.Errorf("component: refresh token of %s not stored: %w", a.AppID, err)
	}
	p.renew(a.AppID).keepFirst(a.AccessToken)
	p.remember(ctx, key, a)
	return &a, nil
}

func (p *Platform) release(ctx context.Context, lock *store.Lock) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	if err := lock.Release(ctx); err != nil {
		p.log.WarnContext(ctx, "component: lock not released", "error", err)
	}
}

// exchanged returns the account that a code was exchanged for, nil if it was not.
func (p *Platform) exchanged(ctx context.Context, key string) (*Authorization, error) {
	raw, found, err := p.store.Get(ctx, key)
	if err != nil || !found {
		return nil, err
	}
	var a authorization
	if err := json.Unmarshal(raw, &a); err != nil || a.AppID == "" {
		return nil, fmt.Errorf("component: the store holds no account under %q", key)
	}
	return &Authorization{AppID: a.AppID, Permissions: a.Permissions}, nil
}

// remember writes whose code it was, without tokens. If that fails, somebody else
// with the same code learns from the platform that it was used.
func (p *Platform) remember(ctx context.Context, key string, a Authorization) {
	raw, err := json.Marshal(authorization{AppID: a.AppID, Permissions: a.Permissions})
	if err == nil {
		err = p.store.Set(context.WithoutCancel(ctx), key, raw, CodeLife)
	}
	if err != nil {
		p.log.WarnContext(ctx, "component: exchanged code not remembered", "appid", a.AppID, "error", err)
	}
}

// admit takes in an account of which a notice tells. If its code cannot be exchanged,
// because it was used up by a process that died before it stored the refresh token,
// the platform is asked for that.
func (p *Platform) admit(ctx context.Context, appID, code string) error {
	_, err := p.Exchange(ctx, code)
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
