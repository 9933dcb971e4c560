package oauth

import (
	"context"
	"strconv"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// User is the profile of a visitor who granted the scope UserInfo (微信用户信息).
type User struct {
	OpenID    string                   `json:"openid"`
	UnionID   string                   `json:"unionid,omitempty"` // if the account is bound to the Open Platform (开放平台)
	Nickname  string                   `json:"nickname"`
	AvatarURL string                   `json:"headimgurl"`          // URL (头像), empty if the user has none; see AvatarOf
	Language  officialaccount.Language `json:"language,omitempty"`  // of the visitor's WeChat
	Rights    []string                 `json:"privilege,omitempty"` // privilege (用户特权信息), such as chinaunicom

	// Empty since 2021.
	Sex      int    `json:"sex"` // 1 male, 2 female, 0 unknown
	Province string `json:"province"`
	City     string `json:"city"`
	Country  string `json:"country"`
}

// AvatarOf returns the address of the avatar as a square of edge pixels: 46, 64, 96,
// 132 or 640. It is empty if the user has no avatar.
func (u User) AvatarOf(edge int) string {
	i := strings.LastIndexByte(u.AvatarURL, '/')
	if _, err := strconv.Atoi(u.AvatarURL[i+1:]); i < 0 || err != nil {
		return u.AvatarURL
	}
	if edge == 640 {
		edge = 0
	}
	return u.AvatarURL[:i+1] + strconv.Itoa(edge)
}

// GetUser returns the profile of a visitor (拉取用户信息). accessToken and openID are from
// the visitor's grant. language is the language of the answer; if empty, it is
// officialaccount.SimplifiedChinese.
//
// Errors: errcode.InvalidOpenID; errcode.ErrTokenInvalid for an invalid token;
// errcode.APIUnauthorized if the scope was Base, and for some snapshot users.
//
// GET /sns/userinfo (拉取用户信息)
func (s *Service) GetUser(ctx context.Context, accessToken, openID string, language officialaccount.Language) (*User, error) {
	const path = "/sns/userinfo"
	if err := limit.Required(path, "accessToken", accessToken, "openID", openID); err != nil {
		return nil, err
	}
	query := struct {
		OpenID   string                   `url:"openid"`
		Language officialaccount.Language `url:"lang,omitempty"`
	}{openID, language}
	var out User
	if err := s.oa.Get(ctx, path, query, &out, officialaccount.WithToken(accessToken)); err != nil {
		return nil, err
	}
	return &out, nil
}
