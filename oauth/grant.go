package oauth

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Grant is what a visitor has granted: who they are, and tokens to read their
// profile. It prints without the tokens, and does not carry them into JSON: to keep a
// grant, keep the openid and [Grant.RefreshToken] in a safe place.
type Grant struct {
	OpenID  string
	UnionID string    // of accounts bound to the Open Platform (开放平台), with the scope UserInfo
	Scopes  []Scope   // granted
	Expiry  time.Time // of the access token; the refresh token lives 30 days

	// Snapshot is true of a virtual user, on a snapshot page (快照页). Store nothing of it.
	Snapshot bool

	tokens func() (access, refresh string) // a function, which nothing prints
}

// AccessToken is the user's access_token, for [Service.User].
func (g Grant) AccessToken() string {
	if g.tokens == nil {
		return ""
	}
	access, _ := g.tokens()
	return access
}

// RefreshToken is the user's refresh_token, for [Service.Refresh].
func (g Grant) RefreshToken() string {
	if g.tokens == nil {
		return ""
	}
	_, refresh := g.tokens()
	return refresh
}

// Format writes the grant without its tokens, whatever the verb.
func (g Grant) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "grant of %s for %v", g.OpenID, g.Scopes)
}

// LogValue is what package slog logs of a grant.
func (g Grant) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(g)) }

// grantAnswer is a grant as the platform answers it.
type grantAnswer struct {
	Access   string `json:"access_token"`
	Life     int64  `json:"expires_in"` // seconds
	Refresh  string `json:"refresh_token"`
	OpenID   string `json:"openid"`
	Scope    string `json:"scope"`
	Snapshot bool   `json:"is_snapshotuser"`
	UnionID  string `json:"unionid"`
}

func (a grantAnswer) grant(asked time.Time) Grant {
	g := Grant{
		OpenID: a.OpenID, UnionID: a.UnionID, Snapshot: a.Snapshot,
		Expiry: asked.Add(time.Duration(a.Life) * time.Second), tokens: func() (string, string) { return a.Access, a.Refresh },
	}
	for scope := range strings.SplitSeq(a.Scope, ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			g.Scopes = append(g.Scopes, Scope(scope))
		}
	}
	return g
}

// Exchange turns the code that a visitor came back with into a grant (通过code换取网页授权access_token).
// A code lives five minutes and serves once, so the call is never repeated.
//
// Errors: errcode.InvalidOAuthCode, OAuthCodeUsed, OAuthCodeExpired, InvalidAppID;
// officialaccount.ErrNoSecret.
//
// GET /sns/oauth2/access_token (通过code换取网页授权access_token)
func (s *Service) Exchange(ctx context.Context, code string) (Grant, error) {
	const path = "/sns/oauth2/access_token"
	if code == "" {
		return Grant{}, limit.Rule(path, "code", "is empty")
	}
	query := struct {
		Code string `url:"code"`
		Type string `url:"grant_type"`
	}{code, "authorization_code"}
	return s.grant(ctx, path, query, officialaccount.WithSecret(), officialaccount.WithoutRetry(), officialaccount.WithRedacted(code))
}

// Refresh turns a refresh token into a grant with a new access token (刷新access_token). It
// does not tell of snapshots or unionids.
//
// Errors: errcode.InvalidRefreshToken, RefreshTokenExpired: ask the visitor anew.
//
// GET /sns/oauth2/refresh_token (刷新access_token)
func (s *Service) Refresh(ctx context.Context, refreshToken string) (Grant, error) {
	const path = "/sns/oauth2/refresh_token"
	if refreshToken == "" {
		return Grant{}, limit.Rule(path, "refresh_token", "is empty")
	}
	query := struct {
		AppID string `url:"appid"`
		Type  string `url:"grant_type"`
		Token string `url:"refresh_token"`
	}{s.oa.AppID(), "refresh_token", refreshToken}
	return s.grant(ctx, path, query, officialaccount.WithoutToken(), officialaccount.WithRedacted(refreshToken))
}

func (s *Service) grant(ctx context.Context, path string, query any, opts ...officialaccount.CallOption) (Grant, error) {
	var out grantAnswer
	asked := time.Now()
	if err := s.oa.Get(ctx, path, query, &out, opts...); err != nil {
		return Grant{}, err
	}
	if out.OpenID == "" || out.Access == "" {
		return Grant{}, fmt.Errorf("oauth: %s: the platform answered no openid or no access_token", path)
	}
	return out.grant(asked), nil
}

// Check asks whether a user's access token still holds (检验授权凭证是否有效); nil says that it
// does.
//
// Errors: errcode.InvalidOpenID; errcode.ErrTokenInvalid for a token that holds no more.
//
// GET /sns/auth (检验授权凭证是否有效)
func (s *Service) Check(ctx context.Context, accessToken, openID string) error {
	const path = "/sns/auth"
	if err := checkUser(path, accessToken, openID); err != nil {
		return err
	}
	query := struct {
		OpenID string `url:"openid"`
	}{openID}
	return s.oa.Get(ctx, path, query, nil, officialaccount.WithToken(accessToken))
}

func checkUser(path, accessToken, openID string) error {
	if accessToken == "" {
		return limit.Rule(path, "access_token", "is empty")
	}
	if openID == "" {
		return limit.Rule(path, "openid", "is empty")
	}
	return nil
}
