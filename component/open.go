package component

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// An open-platform account (开放平台账号) connects accounts of one owner, so that a user has
// one UnionID for all of them.

// CreateOpenAccount creates an open-platform account and binds this account to it
// (创建开放平台账号并绑定公众号/小程序). It returns the app id of the open-platform account.
//
// Errors: errcode.AccountAlreadyBoundOpen, errcode.APIUnauthorized.
//
// POST /cgi-bin/open/create (创建开放平台账号并绑定公众号)
func (s *Service) CreateOpenAccount(ctx context.Context) (openAppID string, err error) {
	return s.open(ctx, "/cgi-bin/open/create")
}

// GetOpenAccount returns the app id of the open-platform account to which this account is
// bound (获取公众号/小程序所绑定的开放平台账号).
//
// Errors: errcode.OpenAccountNotExists if it is not bound.
//
// POST /cgi-bin/open/get (获取公众号所绑定的开放平台账号)
func (s *Service) GetOpenAccount(ctx context.Context) (openAppID string, err error) {
	return s.open(ctx, "/cgi-bin/open/get", officialaccount.WithRetry())
}

func (s *Service) open(ctx context.Context, path string, opts ...officialaccount.CallOption) (string, error) {
	var out struct {
		OpenAppID string `json:"open_appid"`
	}
	err := s.oa.Post(ctx, path, openBody{AppID: s.oa.AppID()}, &out, opts...)
	return out.OpenAppID, err
}

// BindOpenAccount binds this account to an open-platform account of the same owner, created by
// the same third-party platform (将公众号/小程序绑定到开放平台账号下).
//
// Errors: errcode.AccountAlreadyBoundOpen, errcode.NotSameContractor,
// errcode.OpenAccountNotCreatedByAPI, errcode.OpenAccountBindLimit for the 101st.
//
// POST /cgi-bin/open/bind (将公众号绑定到开放平台账号下)
func (s *Service) BindOpenAccount(ctx context.Context, openAppID string) error {
	return s.onOpen(ctx, "/cgi-bin/open/bind", openAppID)
}

// UnbindOpenAccount ends the binding to an open-platform account
// (将公众号/小程序从开放平台账号下解绑).
//
// Errors: errcode.NotSameContractor, errcode.OpenAccountNotCreatedByAPI.
//
// POST /cgi-bin/open/unbind (将公众号从开放平台账号下解绑)
func (s *Service) UnbindOpenAccount(ctx context.Context, openAppID string) error {
	return s.onOpen(ctx, "/cgi-bin/open/unbind", openAppID)
}

func (s *Service) onOpen(ctx context.Context, path, openAppID string) error {
	if err := limit.Required(path, "openAppID (open_appid)", openAppID); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, openBody{s.oa.AppID(), openAppID}, nil)
}

type openBody struct {
	AppID     string `json:"appid"`
	OpenAppID string `json:"open_appid,omitempty"`
}

// HasOpenAccount reports whether the account is bound to an open-platform account
// (查询公众号/小程序是否绑定开放平台账号). It is documented for mini programs.
//
// POST /cgi-bin/open/have (查询是否绑定开放平台账号)
func (s *Service) HasOpenAccount(ctx context.Context) (bool, error) {
	var out struct {
		Have bool `json:"have_open"`
	}
	err := s.oa.Post(ctx, "/cgi-bin/open/have", nil, &out, officialaccount.WithRetry())
	return out.Have, err
}

// IsSameEntity reports whether the account and the third-party platform have the same
// owner (查询主体是否一致).
//
// GET /cgi-bin/open/sameentity (查询公众号与第三方平台主体是否一致)
func (s *Service) IsSameEntity(ctx context.Context) (bool, error) {
	var out struct {
		Same bool `json:"same_entity"`
	}
	err := s.oa.Get(ctx, "/cgi-bin/open/sameentity", nil, &out)
	return out.Same, err
}
