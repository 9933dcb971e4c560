package component

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// UserToken is a user's consent to an account's web page (网页授权), got on behalf of
// the account. The tokens are the user's: they have nothing to do with the account's.
type UserToken struct {
	AccessToken  token.Token
	RefreshToken token.Token // good for 30 days; has no end here, as the platform does not say it
	OpenID       string      // of the user
	UnionID      string      // of the user; empty unless the account is bound to an open-platform account
	Scope        string      // granted scopes, separated by commas

	// Snapshot says that this is no real user: the page was opened as a snapshot
	// (快照页模式), whose ids and profile belong to a virtual user. Never keep them.
	Snapshot bool
}

// userToken is a UserToken on the wire.
type userToken struct {
	Token     string                  `json:"access_token"`
	ExpiresIn seconds                 `json:"expires_in"`
	Refresh   string                  `json:"refresh_token"`
	OpenID    string                  `json:"openid"`
	Scope     string                  `json:"scope"`
	UnionID   string                  `json:"unionid"`
	Snapshot  officialaccount.IntBool `json:"is_snapshotuser"`
}

// UserToken exchanges the code with which a user came back from the consent page of
// an account (通过 code 换取 access_token), where that page was asked for with
// component_appid. The code is used up by it.
//
// Errors: errcode.InvalidOAuthCode and the like for a code that is wrong, used or
// older than five minutes.
//
// GET /sns/oauth2/component/access_token (通过code换取access_token)
func (p *Platform) UserToken(ctx context.Context, appID, code string) (*UserToken, error) {
	const path = "/sns/oauth2/component/access_token"
	return p.userToken(ctx, path, "code", code, userTokenQuery{
		AppID: appID, Code: code, GrantType: "authorization_code", ComponentAppID: p.oa.AppID(),
	}, officialaccount.WithoutRetry())
}

// RefreshUserToken makes a user's consent last, by the refresh token that
// [Platform.UserToken] returned (刷新 access_token).
//
// Errors: errcode.InvalidRefreshToken, errcode.RefreshTokenExpired: the user must
// consent again.
//
// GET /sns/oauth2/component/refresh_token (刷新access_token)
func (p *Platform) RefreshUserToken(ctx context.Context, appID string, refresh token.Token) (*UserToken, error) {
	const path = "/sns/oauth2/component/refresh_token"
	return p.userToken(ctx, path, "refresh_token", refresh.Value(), userTokenQuery{
		AppID: appID, Refresh: refresh.Value(), GrantType: "refresh_token", ComponentAppID: p.oa.AppID(),
	})
}

type userTokenQuery struct {
	AppID          string `url:"appid"`
	Code           string `url:"code,omitempty"`
	Refresh        string `url:"refresh_token,omitempty"`
	GrantType      string `url:"grant_type"`
	ComponentAppID string `url:"component_appid"`
}

func (p *Platform) userToken(ctx context.Context, path, field, secret string, query userTokenQuery, opts ...officialaccount.CallOption) (*UserToken, error) {
	switch {
	case query.AppID == "":
		return nil, limit.Rule(path, "appid", "is empty")
	case secret == "":
		return nil, limit.Rule(path, field, "is empty")
	}
	var out userToken
	began := time.Now()
	opts = append(opts, officialaccount.WithComponentToken(), officialaccount.WithRedacted(secret))
	if err := p.oa.Get(ctx, path, query, &out, opts...); err != nil {
		return nil, err
	}
	if out.Token == "" || out.OpenID == "" {
		return nil, fmt.Errorf("component: %s: %w", path, token.ErrEmpty)
	}
	return &UserToken{
		AccessToken: out.ExpiresIn.token(out.Token, began), RefreshToken: lasting(out.Refresh),
		OpenID: out.OpenID, UnionID: out.UnionID, Scope: out.Scope, Snapshot: bool(out.Snapshot),
	}, nil
}
