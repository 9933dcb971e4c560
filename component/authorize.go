package component

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// AuthType tells which accounts the authorization page offers (auth_type, 要授权的账号类型).
type AuthType int

// The kinds of accounts that the page can offer. The platform also accepts 4, 5 and 6.
const (
	OfficialAccounts AuthType = 1 // 公众号
	MiniPrograms     AuthType = 2 // 小程序
	AllAccounts      AuthType = 3 // 公众号和小程序
)

// AuthRequest describes an authorization page (授权页).
type AuthRequest struct {
	// RedirectURL is the address to which the administrator's browser returns, with
	// auth_code and expires_in added to its query. Its host must be the one registered
	// as 授权发起页域名. Required.
	RedirectURL string

	Type        AuthType // zero: chosen by the platform
	AppID       string   // the one account that may be chosen (biz_appid); not together with Type
	Permissions []int    // the permission sets to request (category_id_list); empty: all declared ones

	// Mobile selects the page inside WeChat on a phone. Otherwise the page shows a QR
	// code on a computer. [Platform.AuthorizePage] sets it for visitors that use
	// WeChat's browser.
	Mobile bool
}

// CreatePreAuthCode fetches a pre-authorization code (预授权码), a part of the address of
// an authorization page. A code is valid for one authorization, until the expiry in the
// platform's answer (10 or 30 minutes). Each visitor needs a separate code.
// [Platform.AuthorizeURL] and [Platform.AuthorizePage] call this method.
//
// POST /cgi-bin/component/api_create_preauthcode (获取预授权码)
func (p *Platform) CreatePreAuthCode(ctx context.Context) (token.Token, error) {
	const path = "/cgi-bin/component/api_create_preauthcode"
	var out struct {
		Code      string  `json:"pre_auth_code"`
		ExpiresIn seconds `json:"expires_in"`
	}
	began := time.Now()
	err := p.oa.Post(ctx, path, componentBody{p.oa.AppID()}, &out, officialaccount.WithComponentToken(), officialaccount.WithRetry())
	if err == nil && out.Code == "" {
		err = fmt.Errorf("component: %s: %w", path, token.ErrEmpty)
	}
	return out.ExpiresIn.token(out.Code, began), err
}

// componentBody is a request that contains only the app id of the third-party platform.
type componentBody struct {
	AppID string `json:"component_appid"`
}

// The platform's pages.
const (
	pcPage     = "https://mp.weixin.qq.com/cgi-bin/componentloginpage"
	mobilePage = "https://open.weixin.qq.com/wxaopen/safe/bindcomponent"
)

// AuthorizeURL returns the address of an authorization page for one visitor: the page
// with a QR code (PC 端授权页), or the page inside WeChat (移动端授权页). The link to it must
// be on a page of the registered host, since the platform checks the Referer header.
//
// The caller must check that the same visitor returns. [Platform.AuthorizePage] and
// [Platform.AuthorizeCallback] do that.
//
// GET https://mp.weixin.qq.com/cgi-bin/componentloginpage (授权链接)
func (p *Platform) AuthorizeURL(ctx context.Context, r AuthRequest) (string, error) {
	if err := r.check(); err != nil {
		return "", err
	}
	code, err := p.CreatePreAuthCode(ctx)
	if err != nil {
		return "", err
	}
	return r.url(p.oa.AppID(), code.Value()), nil
}

func (r *AuthRequest) check() error {
	if _, err := limit.Address(pcPage, "RedirectURL (redirect_uri)", r.RedirectURL); err != nil {
		return err
	}
	switch {
	case r.AppID != "" && r.Type != 0:
		return limit.Rule(pcPage, "Type (auth_type)", "must not be set together with AppID (biz_appid)")
	case r.Type < 0 || r.Type > 6:
		return limit.Rule(pcPage, "Type (auth_type)", "must be 1 to 6")
	}
	return nil
}

// url writes the parameters in the order of the platform's examples.
func (r *AuthRequest) url(appID, code string) string {
	var b strings.Builder
	if r.Mobile {
		b.WriteString(mobilePage + "?action=bindcomponent&no_scan=1&")
	} else {
		b.WriteString(pcPage + "?")
	}
	b.WriteString("component_appid=" + url.QueryEscape(appID) + "&pre_auth_code=" + url.QueryEscape(code) +
		"&redirect_uri=" + url.QueryEscape(r.RedirectURL))
	if r.Type != 0 {
		b.WriteString("&auth_type=" + strconv.Itoa(int(r.Type)))
	}
	if r.AppID != "" {
		b.WriteString("&biz_appid=" + url.QueryEscape(r.AppID))
	}
	if len(r.Permissions) > 0 {
		ids := make([]string, len(r.Permissions))
		for i, id := range r.Permissions {
			ids[i] = strconv.Itoa(id)
		}
		b.WriteString("&category_id_list=" + strings.Join(ids, "-"))
	}
	if r.Mobile {
		b.WriteString("#wechat_redirect")
	}
	return b.String()
}
