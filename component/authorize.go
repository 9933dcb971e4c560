package component

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// AuthType says which accounts the authorisation page offers (auth_type, 要授权的账号类型).
type AuthType int

// The kinds of accounts to choose from. The platform knows 4, 5 and 6 too, for
// newer mixes.
const (
	OfficialAccounts AuthType = 1 // 公众号
	MiniPrograms     AuthType = 2 // 小程序
	AllAccounts      AuthType = 3 // 公众号和小程序
)

// AuthRequest is what an authorisation page is to be like.
type AuthRequest struct {
	// RedirectURI is where the administrator's browser comes back to, with auth_code
	// and expires_in added to its query. Its host must be the one registered as
	// 授权发起页域名. Required.
	RedirectURI string

	Type        AuthType // zero leaves the choice to the platform
	AppID       string   // the one account that may be chosen (biz_appid); not together with Type
	Permissions []int    // the permission sets that are asked for (category_id_list); none is all that are declared

	// Mobile makes the page that opens inside WeChat on a phone; otherwise it is one
	// with a QR code for a computer. [Platform.AuthorizePage] offers the right one by itself.
	Mobile bool
}

// PreAuthCode gets a pre-authorisation code (预授权码), which the address of an
// authorisation page carries. It is good for one authorisation and for the time that
// the platform says: 10 or 30 minutes. So each visitor needs one;
// [Platform.AuthorizeURL] gets it.
//
// POST /cgi-bin/component/api_create_preauthcode (获取预授权码)
func (p *Platform) PreAuthCode(ctx context.Context) (token.Token, error) {
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

// componentBody is a request that names the third-party platform alone.
type componentBody struct {
	AppID string `json:"component_appid"`
}

// The platform's pages.
const (
	pcPage     = "https://mp.weixin.qq.com/cgi-bin/componentloginpage"
	mobilePage = "https://open.weixin.qq.com/wxaopen/safe/bindcomponent"
)

// AuthorizeURL makes the address of an authorisation page, for one visitor: of the
// page with a QR code (PC 端授权页), or of the one inside WeChat (移动端授权页). A link to it
// must stand on a page of the registered host: the platform looks at the Referer.
//
// GET https://mp.weixin.qq.com/cgi-bin/componentloginpage (授权链接)
func (p *Platform) AuthorizeURL(ctx context.Context, r AuthRequest) (string, error) {
	if err := r.check(); err != nil {
		return "", err
	}
	code, err := p.PreAuthCode(ctx)
	if err != nil {
		return "", err
	}
	return r.url(p.oa.AppID(), code.Value()), nil
}

func (r *AuthRequest) check() error {
	u, err := url.Parse(r.RedirectURI)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return limit.Rule(pcPage, "redirect_uri", "must be a full http or https address")
	case r.AppID != "" && r.Type != 0:
		return limit.Rule(pcPage, "auth_type", "must not be given together with biz_appid")
	case r.Type < 0 || r.Type > 6:
		return limit.Rule(pcPage, "auth_type", "must be 1 to 6")
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
		"&redirect_uri=" + url.QueryEscape(r.RedirectURI))
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

// ErrState says that somebody came back from an authorisation page whom
// [Platform.AuthorizePage] has not sent there, or with another browser: perhaps
// somebody was led to authorise an account that is not theirs to give.
var ErrState = errors.New("component: the way back from the authorisation page does not belong to this browser")

// stateCookie binds the way to the authorisation page to the way back.
const stateCookie = "wechat_component_state"

// AuthorizePage is the handler of the page from which administrators go to
// authorise: a link to the platform's page, the one inside WeChat for visitors who
// are there. Give it an address on the registered host (授权发起页域名), and
// [Platform.AuthorizeCallback] the address of r.RedirectURI. It panics if r is not
// right.
func (p *Platform) AuthorizePage(r AuthRequest) http.Handler {
	if err := r.check(); err != nil {
		panic(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method != http.MethodGet && req.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		p.serveAuthorizePage(w, req, r)
	})
}

func (p *Platform) serveAuthorizePage(w http.ResponseWriter, req *http.Request, r AuthRequest) {
	state := rand.Text()
	back, err := url.Parse(r.RedirectURI)
	if err == nil {
		q := back.Query()
		q.Set("state", state)
		back.RawQuery = q.Encode()
		r.RedirectURI = back.String()
		r.Mobile = r.Mobile || strings.Contains(req.UserAgent(), "MicroMessenger")
	}
	address := ""
	if err == nil {
		address, err = p.AuthorizeURL(req.Context(), r)
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if err != nil {
		p.log.ErrorContext(req.Context(), "component: no authorisation page", "error", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		_ = authorizePage().Execute(w, "")
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: stateCookie, Value: state, Path: "/", MaxAge: int(CodeLife / time.Second),
		HttpOnly: true, Secure: back.Scheme == "https", SameSite: http.SameSiteLaxMode,
	})
	_ = authorizePage().Execute(w, address)
}

// authorizePage is the page with the link, or without one an excuse.
func authorizePage() *template.Template {
	return template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>授权 Authorise</title></head>
<body>{{if .}}<h1><a href="{{.}}">授权公众号 Authorise an account</a></h1>{{else}}<h1>暂时无法授权，请稍后再试 Please try again later</h1>{{end}}</body></html>
`))
}

// AuthorizeCallback is the handler of the way back from the authorisation page. It
// exchanges the code and calls done with the account, or with what went wrong:
// [ErrState] for a visitor who did not come from [Platform.AuthorizePage], otherwise
// an error of [Platform.Exchange]. It is done that answers the browser, in both
// cases.
func (p *Platform) AuthorizeCallback(done func(w http.ResponseWriter, r *http.Request, a *Authorization, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		cookie, err := r.Cookie(stateCookie)
		if err != nil || cookie.Value == "" || subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(q.Get("state"))) != 1 {
			done(w, r, nil, ErrState)
			return
		}
		w.Header().Set("Referrer-Policy", "no-referrer") // the code stands in this page's address
		a, err := p.Exchange(r.Context(), q.Get("auth_code"))
		if err == nil {
			http.SetCookie(w, &http.Cookie{Name: stateCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: cookie.Secure})
		}
		done(w, r, a, err)
	})
}
