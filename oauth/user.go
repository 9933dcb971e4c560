package oauth

import (
	"context"
	"strconv"
	"strings"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// User is the profile of a visitor who granted the scope UserInfo (微信用户信息).
type User struct {
	OpenID   string   `json:"openid"`
	UnionID  string   `json:"unionid,omitempty"` // of accounts bound to the Open Platform (开放平台)
	Nickname string   `json:"nickname"`
	Portrait string   `json:"headimgurl"`          // URL (头像); empty if there is none. See PortraitOf
	Language Language `json:"language,omitempty"`  // of the visitor's WeChat
	Rights   []string `json:"privilege,omitempty"` // privilege (用户特权信息), such as chinaunicom

	// What the platform no longer tells, since 2021: zero.
	Sex      int    `json:"sex"`
	Province string `json:"province"`
	City     string `json:"city"`
	Country  string `json:"country"`
}

// Language is the language of place names in a profile.
type Language string

// The languages of profiles.
const (
	SimplifiedChinese  Language = "zh_CN"
	TraditionalChinese Language = "zh_TW"
	English            Language = "en"
)

// PortraitOf is the address of the portrait as a square of edge pixels: 46, 64, 96, 132,
// or 640. It is empty without a portrait.
func (u User) PortraitOf(edge int) string {
	base, size, found := cutLast(u.Portrait, "/")
	if _, err := strconv.Atoi(size); !found || err != nil {
		return u.Portrait
	}
	if edge == 640 {
		edge = 0
	}
	return base + "/" + strconv.Itoa(edge)
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// User reads the profile of a visitor (拉取用户信息), with the access token of their grant.
// language is that of the place names; empty is Chinese.
//
// Errors: errcode.InvalidOpenID; errcode.ErrTokenInvalid for a token that holds no
// more; errcode.APIUnauthorized if the scope was Base, and for some snapshot users.
//
// GET /sns/userinfo (拉取用户信息)
func (s *Service) User(ctx context.Context, accessToken, openID string, language Language) (User, error) {
	const path = "/sns/userinfo"
	if err := checkUser(path, accessToken, openID); err != nil {
		return User{}, err
	}
	query := struct {
		OpenID   string   `url:"openid"`
		Language Language `url:"lang,omitempty"`
	}{openID, language}
	var out User
	err := s.oa.Get(ctx, path, query, &out, officialaccount.WithToken(accessToken))
	return out, err
}
