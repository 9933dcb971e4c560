package oauth

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/host"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// authRequest is the parsed address of an authorization page.
type authRequest struct {
	appID, scope, state string
	back                *url.URL
	popup, snapshot     bool
}

// authFault is the error of an authorization page about its address.
type authFault struct {
	code int // such as 10003; never in an answer of the API
	text string
}

func (f *authFault) Error() string { return fmt.Sprintf("%s (error code %d)", f.text, f.code) }

func (f *authFault) page() *server.Attachment { return oops(f.code, f.text) }

func (a *Area) readAuthorize(c *server.Call, path string, q url.Values) (authRequest, *authFault) {
	r := authRequest{appID: q.Get("appid"), scope: q.Get("scope"), state: q.Get("state")}
	r.popup, r.snapshot = q.Get("forcePopup") == "true", q.Get("forceSnapShot") == "true"
	_, website := a.websites[r.appID]
	component := q.Get("component_appid")
	scopes := []string{"snsapi_base", "snsapi_userinfo"}
	if path == qrConnectPath {
		scopes = []string{"snsapi_login"}
	}
	back, err := server.ParseAddress(q.Get("redirect_uri"))
	switch {
	case path != authorizePath && path != qrConnectPath:
		return r, &authFault{40066, "the page is unknown"}
	case r.appID == "":
		return r, &authFault{10012, "appid is empty"}
	case path == authorizePath && website:
		return r, &authFault{10016, "the appid is that of a website, not of an Official Account"}
	case path == qrConnectPath && !website, path == authorizePath && component == "" && r.appID != c.Account.AppID:
		return r, &authFault{40013, "the appid is unknown"}
	case component != "" && (component != c.Account.ComponentAppID || r.appID != c.Account.AppID && !a.tenants(r.appID)):
		return r, &authFault{10015, "the account has not authorized the third-party platform"}
	case r.scope == "":
		return r, &authFault{10010, "scope is empty"}
	case !slices.Contains(scopes, r.scope):
		return r, &authFault{10005, "the account does not hold the scope"}
	case q.Get("redirect_uri") == "":
		return r, &authFault{10011, "redirect_uri is empty"}
	case err != nil || back.Host == "" || back.Scheme != "http" && back.Scheme != "https":
		return r, &authFault{10003, "redirect_uri is not an address of a website"}
	case component == "" && len(a.domains) > 0 && !slices.Contains(a.domains, back.Host):
		return r, &authFault{10003, "the host of redirect_uri is not the registered domain"}
	case q.Get("response_type") != "code":
		return r, &authFault{40097, "response_type is not code"}
	}
	if len(r.state) > maxState {
		c.Account.Logger.Warn("state of an authorization is longer than 128 bytes")
	}
	r.back = back
	return r, nil
}

// authorize is GET https://open.weixin.qq.com/connect/oauth2/authorize and GET
// https://open.weixin.qq.com/connect/qrconnect. It redirects at once for snsapi_base,
// and for snsapi_userinfo with an earlier consent; otherwise it shows a page that asks
// the user.
func (a *Area) authorize(c *server.Call) (any, error) {
	r, fault := a.readAuthorize(c, c.Request.URL.Path, c.Query)
	if fault != nil {
		return fault.page(), nil
	}
	u := c.Visiting()
	if a.silent(u, r, c.Now()) {
		return redirect(a.grant(c, u, r)), nil
	}
	asks := "获得你的昵称、头像 your nickname and picture"
	if r.scope == "snsapi_login" {
		asks = "使用微信扫一扫登录 log in by scanning a QR code"
	}
	return a.ask(c, question{Title: "微信登录", Asks: asks, Snapshot: r.scope == "snsapi_userinfo"}), nil
}

func (a *Area) silent(u *server.User, r authRequest, now time.Time) bool {
	switch {
	case r.scope == "snsapi_base":
		return true
	case r.scope == "snsapi_login" || r.popup:
		return false
	}
	return now.Before(a.consents[u.OpenID])
}

// SetOAuthDomains implements Platform.SetOAuthDomains.
func (a *Area) SetOAuthDomains(hosts ...string) {
	a.s.Lock()
	defer a.s.Unlock()
	a.domains = slices.Clone(hosts)
}

// AddWebsite implements Platform.AddWebsite.
func (a *Area) AddWebsite(appID, secret string) {
	a.s.Lock()
	defer a.s.Unlock()
	a.websites[appID] = secret
}

// Authorize implements User.Authorize.
func (a *Area) Authorize(u *server.User, page string) (back *url.URL, err error) {
	a.s.Lock()
	defer a.s.Unlock()
	address, err := url.Parse(page)
	if err != nil {
		return nil, fmt.Errorf("wechattest: authorization page: %w", err)
	}
	if err := authorizeAddress(address); err != nil {
		return nil, fmt.Errorf("wechattest: authorization page: %w", err)
	}
	c := a.s.Play()
	r, fault := a.readAuthorize(c, address.Path, address.Query())
	if fault != nil {
		return nil, fmt.Errorf("wechattest: authorization page: %w", fault)
	}
	return a.grant(c, u, r), nil
}

// authorizeAddress checks the parts of an address that only the user's app checks: its
// host, the order of its parameters and the fragment.
func authorizeAddress(a *url.URL) error {
	addr, _ := netip.ParseAddr(a.Hostname())
	if !host.Platform(a.Host) && !addr.IsLoopback() && a.Hostname() != "localhost" {
		return fmt.Errorf("%q is not its host", a.Host)
	}
	if a.Fragment != "wechat_redirect" {
		return errors.New("the address does not end in #wechat_redirect")
	}
	order := []string{"appid", "redirect_uri", "response_type", "scope", "state"}
	last := -1
	for pair := range strings.SplitSeq(a.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		i := slices.Index(order, name)
		if i >= 0 && i < last {
			return fmt.Errorf("the parameters are not in the order %s", strings.Join(order, ", "))
		}
		last = max(last, i)
	}
	return nil
}
