package component

import (
	"context"
	"net/url"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Service has the endpoints that are called with the account's own token. Make one with
// [NewService].
type Service struct{ oa *officialaccount.Client }

// NewService returns the service of an account:
//
//	component.NewService(p.Client(appID))
func NewService(oa *officialaccount.Client) *Service { return &Service{oa} }

// GetOption reads a setting of the account (获取授权方选项信息).
//
// Errors: errcode.APINotAuthorizedToComponent, errcode.InvalidOptionName.
//
// POST /cgi-bin/component/get_authorizer_option (获取授权方选项信息)
func (s *Service) GetOption(ctx context.Context, name OptionName) (OptionValue, error) {
	const path = "/cgi-bin/component/get_authorizer_option"
	if err := checkOption(path, "-", name); err != nil {
		return "", err
	}
	var out struct {
		Name  string      `json:"option_name"`
		Value OptionValue `json:"option_value"`
	}
	err := s.oa.Post(ctx, path, ownOption{name, nil}, &out, officialaccount.WithRetry())
	return out.Value, err
}

// SetOption changes a setting of the account (设置授权方选项信息).
//
// Errors: errcode.APINotAuthorizedToComponent, errcode.InvalidOptionName,
// errcode.InvalidOptionValue.
//
// POST /cgi-bin/component/set_authorizer_option (设置授权方选项信息)
func (s *Service) SetOption(ctx context.Context, name OptionName, value OptionValue) error {
	const path = "/cgi-bin/component/set_authorizer_option"
	if err := checkOption(path, "-", name); err != nil {
		return err
	}
	if err := limit.Required(path, "value (option_value)", string(value)); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, ownOption{name, &value}, nil, officialaccount.WithRetry())
}

type ownOption struct {
	Name  OptionName   `json:"option_name"`
	Value *OptionValue `json:"option_value,omitempty"`
}

// fastRegisterPage is the page on which an administrator agrees to a registration.
const fastRegisterPage = "https://mp.weixin.qq.com/cgi-bin/fastregisterauth"

// FastRegisterURL returns the address of the page on which the account's administrator
// agrees to register a mini program (复用公众号主体快速注册小程序). The page redirects to redirectURL
// with a ticket for [Service.FastRegister]. componentAppID is the app id of the
// third-party platform. With copyVerify the mini program inherits the account's
// verification.
func (s *Service) FastRegisterURL(componentAppID string, copyVerify bool, redirectURL string) string {
	verify := "0"
	if copyVerify {
		verify = "1"
	}
	return fastRegisterPage + "?appid=" + url.QueryEscape(s.oa.AppID()) + "&component_appid=" + url.QueryEscape(componentAppID) +
		"&copy_wx_verify=" + verify + "&redirect_uri=" + url.QueryEscape(redirectURL)
}

// FastRegistration is a mini program that [Service.FastRegister] registered.
type FastRegistration struct {
	AppID    string      // of the mini program
	AuthCode token.Token // for [Platform.Exchange], with which the mini program authorizes the third-party platform
	Verified bool        // whether the account's verification was inherited
	Linked   bool        // whether the mini program is linked to the account
}

// FastRegister registers a mini program for the owner of the account
// (复用公众号主体快速注册小程序), with the ticket from the page of [Service.FastRegisterURL].
// The platform allows five a month.
//
// Errors: errcode.RegisterTicketInvalid, errcode.MonthlyRegisterQuota,
// errcode.NeedCertification.
//
// POST /cgi-bin/account/fastregister (复用公众号主体快速注册小程序)
func (s *Service) FastRegister(ctx context.Context, ticket string) (*FastRegistration, error) {
	const path = "/cgi-bin/account/fastregister"
	if err := limit.Required(path, "ticket", ticket); err != nil {
		return nil, err
	}
	var out struct {
		AppID    string `json:"appid"`
		Code     string `json:"authorization_code"`
		Verified bool   `json:"is_wx_verify_succ"`
		Linked   bool   `json:"is_link_succ"`
	}
	err := s.oa.Post(ctx, path, struct {
		Ticket string `json:"ticket"`
	}{ticket}, &out, officialaccount.WithRedacted(ticket))
	if err != nil {
		return nil, err
	}
	return &FastRegistration{out.AppID, lasting(out.Code), out.Verified, out.Linked}, nil
}
