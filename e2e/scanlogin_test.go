package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/e2e/browser"
)

// A visitor logs in on a computer with the phone; another computer that shows a code
// of its own is not let in by that.
func TestScanLogin(t *testing.T) {
	other, page := browser.Open(t, browser.Wide), browser.Open(t, browser.Wide)
	phone := start(t, "examples/scanlogin")
	site := phone.Find(`Open (http://127\.0\.0\.1:\d+/) in a browser`)

	other.Goto(site)
	other.WaitFor("#status", "请使用微信扫描二维码")
	page.Goto(site)
	page.WaitFor("#status", "请使用微信扫描二维码")
	require.Equal(t, site+"login", page.URL())
	require.Positive(t, browser.Eval[int](page, "document.querySelector('img').naturalWidth"), "the code can be seen")

	phone.Say("scan", "Is that you?")
	page.WaitFor("#status", "请在微信中确认")
	require.Contains(t, other.Text("#status"), "请使用微信扫描二维码")
	phone.Say("1", "Logged in.")
	page.WaitFor("#openid", "oLiLei")
	require.Equal(t, site, page.URL())
	require.Empty(t, browser.Eval[string](page, "document.cookie"), "no script reads the session")
	require.Contains(t, other.Text("#status"), "请使用微信扫描二维码")

	page.Goto(site)
	page.WaitFor("#openid", "oLiLei")
	page.Click("#logout")
	page.WaitFor("#status", "请使用微信扫描二维码")

	page.Click("#open") // the QR code of a website application
	page.WaitFor("p", "使用微信扫一扫登录")
	page.Click("button[value=allow]")
	page.WaitFor("h1", "已登录")
	require.NotEqual(t, "oLiLei", page.Text("#openid"))
}
