package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/e2e/browser"
)

// jssdk stands in for the script that WeChat's browser would load: it keeps what
// wx.config is given and is ready then.
const jssdk = `window.wx = {
	config(c) { window.given = c; setTimeout(() => window.isReady(), 0); },
	ready(f) { window.isReady = f; },
	error() {},
	scanQRCode(o) { o.success({resultStr: "EAN_13,6901234567892"}); },
};`

// A visitor logs in silently, uses the JS-SDK, binds the company's account, refuses to show
// the profile, consents, logs out and comes back.
func TestWebLogin(t *testing.T) {
	page := browser.Open(t, browser.Narrow)
	site := start(t, "examples/weblogin").Find(`Open (http://127\.0\.0\.1:\d+/) in a browser`)
	page.OnEveryPage(jssdk)

	page.Goto(site)
	page.Click("#login")
	page.WaitFor("#openid", "oHanMeimei") // nobody asks
	require.Equal(t, site+"account#wechat_redirect", page.URL(), "no code is left; browsers keep the fragment over redirects")

	page.WaitFor("#result", "JS-SDK ready")
	type config struct {
		AppID     string   `json:"appId"`
		NonceStr  string   `json:"nonceStr"`
		Signature string   `json:"signature"`
		Timestamp int64    `json:"timestamp"`
		APIs      []string `json:"jsApiList"`
	}
	given := browser.Eval[config](page, "window.given")
	require.Regexp(t, `^wx[0-9a-f]{16}$`, given.AppID)
	require.Regexp(t, `^[0-9a-f]{40}$`, given.Signature)
	require.Len(t, given.NonceStr, 16)
	require.Positive(t, given.Timestamp)
	require.Equal(t, []string{"scanQRCode", "getNetworkType"}, given.APIs)
	page.Click("#scan")
	page.WaitFor("#result", "EAN_13,6901234567892")
	require.Empty(t, browser.Eval[string](page, "document.cookie"), "no script reads the session")

	page.Type("input[name=name]", "hanmeimei")
	page.Type("input[name=password]", "spring-rain")
	page.Click("#bind")
	page.WaitFor("#bound", "Bound to hanmeimei")

	page.Click("#profile")
	page.WaitFor("p", "nickname") // the platform asks
	page.Click("button[value=deny]")
	page.WaitFor("h1", "已拒绝")
	page.Goto(site + "profile")
	page.Click("button[value=allow]")
	page.WaitFor("#nickname", "韩梅梅")
	require.Equal(t, site+"profile", page.URL())
	page.Goto(site + "account?again")
	page.WaitFor("#bound", "Bound to hanmeimei")
	page.Click("#logout")
	page.WaitFor("#login", "微信登录")
	page.Goto(site + "profile")
	page.WaitFor("#nickname", "韩梅梅") // the consent lasts, so nobody asks
	page.Goto(site + "account")
	page.Click("#logout")
	page.WaitFor("#login", "微信登录")
	page.Goto(site + "wechat/login?code=C&state=FORGED")
	page.WaitFor("h1", "没有登录")
}
