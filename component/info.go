package component

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// AccountInfo is the profile of an account (授权账号详情).
type AccountInfo struct {
	Nickname      string                `json:"nick_name"`
	AvatarURL     string                `json:"head_img"` // address of the picture; may be empty
	ServiceType   TypeInfo[ServiceType] `json:"service_type_info"`
	VerifyType    TypeInfo[VerifyType]  `json:"verify_type_info"`
	UserName      string                `json:"user_name"` // original id (原始 ID), gh_…
	Alias         string                `json:"alias"`     // WeChat id of the account; may be empty
	QRCodeURL     string                `json:"qrcode_url"`
	PrincipalName string                `json:"principal_name"` // 主体名称
	Signature     string                `json:"signature"`      // 功能介绍
	Business      BusinessInfo          `json:"business_info"`
	IDC           int                   `json:"idc"`
	Status        AccountStatus         `json:"account_status"`
	RegisterType  int                   `json:"register_type"` // of a mini program
	Basic         BasicConfig           `json:"basic_config"`

	// Of channels_info only the name is documented.
	Channels json.RawMessage `json:"channels_info"`
	Store    LinkedAccount   `json:"store_info"`    // 微信小店; empty without one
	Talent   LinkedAccount   `json:"talent_info"`   // 带货助手; empty without one
	Supplier LinkedAccount   `json:"supplier_info"` // 供货商; empty without one

	MiniProgram *MiniProgramInfo `json:"MiniProgramInfo"` // nil unless it is a mini program
}

// LinkedAccount is an account of another kind that belongs to this one. Its id is
// empty if the account has no such link.
type LinkedAccount struct {
	ID  string
	Raw json.RawMessage // the whole object
}

// UnmarshalJSON reads an object with an id, a number or a string.
func (a *LinkedAccount) UnmarshalJSON(b []byte) error {
	a.Raw = append(json.RawMessage(nil), b...)
	var in struct {
		ID string `json:"id"`
	}
	_ = wire.Unmarshal(b, &in) // a value that is not an object is kept in Raw
	if a.ID = in.ID; a.ID == "0" {
		a.ID = ""
	}
	return nil
}

// TypeInfo is a [ServiceType] or a [VerifyType] with its name.
type TypeInfo[ID ServiceType | VerifyType] struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// ServiceType is the kind of an account (service_type_info). Mini programs have other
// values.
type ServiceType int

// The kinds of accounts.
const (
	SubscriptionAccount         ServiceType = 0 // 订阅号
	UpgradedSubscriptionAccount ServiceType = 1 // 由历史老账号升级后的订阅号
	ServiceAccount              ServiceType = 2 // 服务号
)

// VerifyType is the verification of an account (verify_type_info).
type VerifyType int

// The verifications; 1 to 5 are older ones.
const (
	Unverified VerifyType = -1 // 未认证
	Verified   VerifyType = 0  // 微信认证
)

// AccountStatus is the state of an account (account_status).
type AccountStatus int

// The states of an account.
const (
	StatusNormal   AccountStatus = 1  // 正常
	StatusCanceled AccountStatus = 14 // 已注销
	StatusBanned   AccountStatus = 16 // 已封禁
	StatusWarned   AccountStatus = 18 // 已告警
	StatusFrozen   AccountStatus = 19 // 已冻结
)

// BusinessInfo tells which features of an account are enabled.
type BusinessInfo struct {
	Store officialaccount.IntBool `json:"open_store"`
	Scan  officialaccount.IntBool `json:"open_scan"`
	Pay   officialaccount.IntBool `json:"open_pay"`
	Card  officialaccount.IntBool `json:"open_card"`
	Shake officialaccount.IntBool `json:"open_shake"`
}

// BasicConfig tells whether a phone number and an email address are set for an account.
type BasicConfig struct {
	Phone bool `json:"is_phone_configured"`
	Email bool `json:"is_email_configured"`
}

// MiniProgramInfo has the fields that only mini programs have.
type MiniProgramInfo struct {
	Network     Network    `json:"network"`
	Categories  []Category `json:"categories"`
	VisitStatus int        `json:"visit_status"`
}

// Network has the domains of a mini program (服务器域名). Fields that begin with New are not
// in effect yet.
type Network struct {
	RequestDomain        []string
	WsRequestDomain      []string
	UploadDomain         []string
	DownloadDomain       []string
	BizDomain            []string
	UDPDomain            []string
	TCPDomain            []string
	PrefetchDNSDomain    []string
	NewRequestDomain     []string
	NewWsRequestDomain   []string
	NewUploadDomain      []string
	NewDownloadDomain    []string
	NewBizDomain         []string
	NewUDPDomain         []string
	NewTCPDomain         []string
	NewPrefetchDNSDomain []string
}

// Category is a category that a mini program is listed under.
type Category struct {
	First  string `json:"first"`
	Second string `json:"second"`
}

// Authorizer is an account that has authorized the third-party platform.
type Authorizer struct {
	Info          AccountInfo
	Authorization Authorization // empty if the account has withdrawn it
}

// GetAuthorizer returns the profile of an account and its grant (获取授权账号详情).
//
// Errors: errcode.ComponentNotAuthorized for an account that has not authorized the
// third-party platform.
//
// POST /cgi-bin/component/api_get_authorizer_info (获取授权账号详情)
func (p *Platform) GetAuthorizer(ctx context.Context, appID string) (*Authorizer, error) {
	const path = "/cgi-bin/component/api_get_authorizer_info"
	if err := limit.Required(path, "appID (authorizer_appid)", appID); err != nil {
		return nil, err
	}
	var out struct {
		Info          AccountInfo   `json:"authorizer_info"`
		Authorization authorization `json:"authorization_info"`
	}
	began := time.Now()
	err := p.oa.Post(ctx, path, authorizerBody{p.oa.AppID(), appID}, &out, officialaccount.WithComponentToken(), officialaccount.WithRetry())
	if err != nil {
		return nil, err
	}
	return &Authorizer{out.Info, out.Authorization.typed(began)}, nil
}

// authorizerBody is a request with the app ids of the third-party platform and an
// account.
type authorizerBody struct {
	ComponentAppID string `json:"component_appid"`
	AppID          string `json:"authorizer_appid"`
}

// authorizationOf returns the newest refresh token of an account, or "" if the platform
// does not return one.
func (p *Platform) authorizationOf(ctx context.Context, appID string) (refresh string, err error) {
	a, err := p.GetAuthorizer(ctx, appID)
	if err != nil {
		return "", err
	}
	return a.Authorization.RefreshToken.Value(), nil
}

// AuthorizerEntry is one account of the list of all.
type AuthorizerEntry struct {
	AppID        string
	RefreshToken token.Token // without expiry
	Authorized   time.Time   // when it authorized the third-party platform
}

// AuthorizerPage is a page of the list of accounts.
type AuthorizerPage struct {
	Total   int // accounts in all
	Entries []AuthorizerEntry
}

// maxPage is the maximum size of a page.
const maxPage = 500

// ListAuthorizers returns a page of count accounts, 1 to 500, from offset on
// (拉取已授权的账号信息). [Platform.AllAuthorizers] returns all accounts.
//
// Errors: errcode 40170 for a count that is too large.
//
// POST /cgi-bin/component/api_get_authorizer_list (拉取已授权的账号信息)
func (p *Platform) ListAuthorizers(ctx context.Context, offset, count int) (*AuthorizerPage, error) {
	const path = "/cgi-bin/component/api_get_authorizer_list"
	if err := limit.Check(path, "count", "accounts", count, 1, maxPage); err != nil {
		return nil, err
	}
	if offset < 0 {
		return nil, limit.Rule(path, "offset", "is negative")
	}
	var out struct {
		Total int `json:"total_count"`
		List  []struct {
			AppID   string                    `json:"authorizer_appid"`
			Refresh string                    `json:"refresh_token"`
			At      officialaccount.Timestamp `json:"auth_time"`
		} `json:"list"`
	}
	err := p.oa.Post(ctx, path, struct {
		AppID  string `json:"component_appid"`
		Offset int    `json:"offset"`
		Count  int    `json:"count"`
	}{p.oa.AppID(), offset, count}, &out, officialaccount.WithComponentToken(), officialaccount.WithRetry())
	if err != nil {
		return nil, err
	}
	page := &AuthorizerPage{Total: out.Total}
	for _, e := range out.List {
		page.Entries = append(page.Entries, AuthorizerEntry{e.AppID, lasting(e.Refresh), e.At.Time})
	}
	return page, nil
}

// AllAuthorizers returns an iterator over all accounts that have authorized the
// third-party platform, in the order in which WeChat lists them.
//
// POST /cgi-bin/component/api_get_authorizer_list (拉取已授权的账号信息)
func (p *Platform) AllAuthorizers(ctx context.Context) iter.Seq2[AuthorizerEntry, error] {
	return officialaccount.Offsets(ctx, func(ctx context.Context, offset int) ([]AuthorizerEntry, int, error) {
		page, err := p.ListAuthorizers(ctx, offset, maxPage)
		if err != nil {
			return nil, 0, err
		}
		return page.Entries, page.Total, nil
	})
}

// Restore adds every account that has authorized the third-party platform and is not in
// the store, for example after the loss of a database. It returns the number of added
// accounts. It continues after an error of one account and returns all errors joined.
//
// POST /cgi-bin/component/api_get_authorizer_list (拉取已授权的账号信息)
func (p *Platform) Restore(ctx context.Context) (restored int, err error) {
	var failed []error
	for e, err := range p.AllAuthorizers(ctx) {
		if err != nil {
			return restored, errors.Join(append(failed, err)...)
		}
		if e.RefreshToken.Value() == "" || !validAppID(e.AppID) {
			continue
		}
		_, raw, err := p.readGrant(ctx, e.AppID)
		if err == nil && raw == nil {
			if err = p.saveGrant(ctx, e.AppID, nil, e.RefreshToken.Value()); err == nil {
				restored++
			}
		}
		if err != nil {
			failed = append(failed, err)
		}
	}
	return restored, errors.Join(failed...)
}
