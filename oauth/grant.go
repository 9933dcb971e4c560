package oauth

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Grant is what a visitor has granted: their openid, and tokens to read their profile.
// It prints without the tokens, also in JSON. To keep a grant, keep the openid and [Grant.RefreshToken] in a safe place.
type Grant struct {
	OpenID  string
	UnionID string    // with the scope UserInfo, if the account is bound to the Open Platform (开放平台)
	Scopes  []Scope   // granted
	Expiry  time.Time // of the access token, zero if unknown; the refresh token expires after 30 days

	// Snapshot reports a virtual user of a snapshot page (快照页). Do not store it.
	Snapshot bool

	access, refresh secret.String
}

// AccessToken returns the user's access_token, for [Service.GetUser].
func (g *Grant) AccessToken() string { return g.access.Value() }

// RefreshToken returns the user's refresh_token, for [Service.Refresh].
func (g *Grant) RefreshToken() string { return g.refresh.Value() }

// Format implements fmt.Formatter. It hides the tokens.
func (g Grant) Format(f fmt.State, _ rune) {
	io.WriteString(f, secret.Describe(g, "OpenID", "Scopes"))
}

// MarshalText implements encoding.TextMarshaler. It hides the tokens, so the text cannot
// be read back.
func (g Grant) MarshalText() ([]byte, error) { return fmt.Append(nil, g), nil }

// grantAnswer is a grant in an answer.
type grantAnswer struct {
	Access   string `json:"access_token"`
	Life     int64  `json:"expires_in"` // seconds
	Refresh  string `json:"refresh_token"`
	OpenID   string `json:"openid"`
	Scope    string `json:"scope"`
	Snapshot bool   `json:"is_snapshotuser"`
	UnionID  string `json:"unionid"`
}

// maxLife bounds the life of an access token, in seconds: a time.Duration cannot hold
// every int64 of seconds.
const maxLife = 24 * 60 * 60

func (a grantAnswer) grant(asked time.Time) *Grant {
	g := &Grant{
		OpenID: a.OpenID, UnionID: a.UnionID, Snapshot: a.Snapshot,
		access: secret.New(a.Access), refresh: secret.New(a.Refresh),
	}
	if a.Life > 0 {
		g.Expiry = asked.Add(time.Duration(min(a.Life, maxLife)) * time.Second)
	}
	for scope := range strings.SplitSeq(a.Scope, ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			g.Scopes = append(g.Scopes, Scope(scope))
		}
	}
	return g
}

// grantQuery is the query of the calls that return a grant.
type grantQuery struct {
	AppID     string `url:"appid,omitempty"`
	Code      string `url:"code,omitempty"`
	Refresh   string `url:"refresh_token,omitempty"`
	Type      string `url:"grant_type"`
	Component string `url:"component_appid,omitempty"`
}

// Exchange exchanges the code of a returning visitor for a grant
// (通过code换取网页授权access_token). A code is valid for five minutes and for one call, which
// is never retried.
//
// For an account of a third-party platform the endpoint is
// GET /sns/oauth2/component/access_token (通过code换取access_token).
//
// Errors: errcode.InvalidOAuthCode, OAuthCodeUsed, OAuthCodeExpired, InvalidAppID;
// officialaccount.ErrNoSecret.
//
// GET /sns/oauth2/access_token (通过code换取网页授权access_token)
func (s *Service) Exchange(ctx context.Context, code string) (*Grant, error) {
	path, query := "/sns/oauth2/access_token", grantQuery{Code: code, Type: "authorization_code"}
	credential := officialaccount.WithSecret() // adds the appid
	if s.authorizer != "" {
		path = "/sns/oauth2/component/access_token"
		query.AppID, query.Component = s.authorizer, s.oa.AppID()
		credential = officialaccount.WithComponentToken()
	}
	if err := limit.Required(path, "code", code); err != nil {
		return nil, err
	}
	return s.grant(ctx, path, query, credential, officialaccount.WithoutRetry(), officialaccount.WithRedacted(code))
}

// Refresh exchanges a refresh token for a grant with a new access token
// (刷新access_token). The grant has no UnionID, and Snapshot is false.
//
// For an account of a third-party platform the endpoint is
// GET /sns/oauth2/component/refresh_token (刷新access_token).
//
// Errors: errcode.InvalidRefreshToken, RefreshTokenExpired: the visitor must consent
// again.
//
// GET /sns/oauth2/refresh_token (刷新access_token)
func (s *Service) Refresh(ctx context.Context, refreshToken string) (*Grant, error) {
	path, query := "/sns/oauth2/refresh_token", grantQuery{AppID: s.appID(), Refresh: refreshToken, Type: "refresh_token"}
	credential := officialaccount.WithoutToken()
	if s.authorizer != "" {
		path, query.Component = "/sns/oauth2/component/refresh_token", s.oa.AppID()
		credential = officialaccount.WithComponentToken()
	}
	if err := limit.Required(path, "refreshToken", refreshToken); err != nil {
		return nil, err
	}
	return s.grant(ctx, path, query, credential, officialaccount.WithRedacted(refreshToken))
}

func (s *Service) grant(ctx context.Context, path string, query grantQuery, opts ...officialaccount.CallOption) (*Grant, error) {
	var out grantAnswer
	asked := time.Now()
	if err := s.oa.Get(ctx, path, query, &out, opts...); err != nil {
		return nil, err
	}
	if out.OpenID == "" || out.Access == "" {
		return nil, fmt.Errorf("oauth: %s: the answer has no openid or no access_token", path)
	}
	return out.grant(asked), nil
}

// Check tests whether a user's access token is still valid (检验授权凭证是否有效). It
// returns nil if it is.
//
// Errors: errcode.InvalidOpenID; errcode.ErrTokenInvalid for an invalid token.
//
// GET /sns/auth (检验授权凭证是否有效)
func (s *Service) Check(ctx context.Context, accessToken, openID string) error {
	const path = "/sns/auth"
	if err := limit.Required(path, "accessToken", accessToken, "openID", openID); err != nil {
		return err
	}
	query := struct {
		OpenID string `url:"openid"`
	}{openID}
	return s.oa.Get(ctx, path, query, nil, officialaccount.WithToken(accessToken))
}
