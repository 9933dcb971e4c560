package e2e_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/e2e/browser"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/console"
)

// emulator is the local platform with its page, a bot that uses no SDK, and a
// website that logs its visitors in.
type emulator struct {
	platform *wechattest.Platform
	page     *httptest.Server
	bot      *plainBot
}

func startEmulator(t *testing.T) *emulator {
	page := httptest.NewUnstartedServer(nil)
	platform := wechattest.New(t, wechattest.Config{URL: "http://" + page.Listener.Addr().String()})
	page.Config.Handler = console.New(platform, console.Config{})
	page.Start()
	t.Cleanup(page.CloseClientConnections)
	bot := &plainBot{api: page.URL, cfg: platform.Config()}
	bot.server = httptest.NewServer(bot)
	t.Cleanup(bot.server.Close)
	platform.BotURL(bot.server.URL + "/wechat")
	bot.createMenu(t)
	return &emulator{platform, page, bot}
}

// plainBot is written with net/http and encoding/xml alone.
type plainBot struct {
	api    string
	cfg    wechattest.Config
	server *httptest.Server

	mu    sync.Mutex
	token string
}

func (b *plainBot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/login":
		http.Redirect(w, r, b.authorizeURL(), http.StatusFound)
	case "/welcome":
		b.welcome(w, r)
	case "/wechat":
		b.callback(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (b *plainBot) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	parts := []string{b.cfg.Token, q.Get("timestamp"), q.Get("nonce")}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	if hex.EncodeToString(sum[:]) != q.Get("signature") {
		http.Error(w, "signature", http.StatusForbidden)
		return
	}
	if r.Method == http.MethodGet {
		io.WriteString(w, q.Get("echostr"))
		return
	}
	var in struct {
		ToUserName, FromUserName, MsgType, Content, Event, EventKey, MediaId string
	}
	if err := xml.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	reply := func(kind, content string) {
		fmt.Fprintf(w, "<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime><MsgType>%s</MsgType>%s</xml>",
			in.FromUserName, in.ToUserName, time.Now().Unix(), kind, content)
	}
	switch {
	case in.Event == "subscribe":
		reply("text", "<Content>欢迎关注！Welcome. 说点什么吧 🌏</Content>")
	case in.Event == "CLICK":
		reply("news", "<ArticleCount>1</ArticleCount><Articles><item><Title>秋日特惠 Autumn offers</Title><Description>全场八折，仅限今日</Description><PicUrl></PicUrl><Url>http://127.0.0.1/offers</Url></item></Articles>")
	case in.MsgType == "image":
		reply("image", "<Image><MediaId>"+in.MediaId+"</MediaId></Image>")
	case in.Content == "later":
		io.WriteString(w, "success")
		go b.sendLater(in.FromUserName)
	case in.Content == "garbage":
		io.WriteString(w, "<xml><oops>")
	case in.MsgType == "text":
		reply("text", "<Content>你说 You said: "+in.Content+"</Content>")
	default:
		io.WriteString(w, "success")
	}
}

// sendLater answers by customer service, with a new token when the old one is refused.
func (b *plainBot) sendLater(openid string) {
	message := map[string]any{"touser": openid, "msgtype": "text", "text": map[string]string{"content": "订单已发货，明天送达 📦"}}
	if code := b.post("/cgi-bin/message/custom/send", b.fetch(false), message); code == 42001 || code == 40001 {
		b.post("/cgi-bin/message/custom/send", b.fetch(true), message)
	}
}

func (b *plainBot) fetch(again bool) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.token == "" || again {
		var answer struct {
			Token string `json:"access_token"`
		}
		b.call("/cgi-bin/stable_token", map[string]string{"grant_type": "client_credential", "appid": b.cfg.AppID, "secret": b.cfg.Secret}, &answer)
		b.token = answer.Token
	}
	return b.token
}

func (b *plainBot) post(path, token string, body any) int {
	var answer struct{ Errcode int }
	b.call(path+"?access_token="+token, body, &answer)
	return answer.Errcode
}

func (b *plainBot) call(path string, body, answer any) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body) // maps of strings
	resp, err := http.Post(b.api+path, "application/json", &out)
	if err != nil {
		return // the test that needs the answer sees that it is missing
	}
	defer resp.Body.Close()
	_ = json.NewDecoder(resp.Body).Decode(answer)
}

func (b *plainBot) createMenu(t *testing.T) {
	t.Helper()
	menu := map[string]any{"button": []any{
		map[string]any{"type": "click", "name": "特惠", "key": "OFFERS"},
		map[string]any{"type": "view", "name": "登录", "url": b.server.URL + "/login"},
		map[string]any{"name": "更多", "sub_button": []any{
			map[string]any{"type": "scancode_waitmsg", "name": "扫一扫", "key": "SCAN"},
			map[string]any{"type": "pic_sysphoto", "name": "拍照", "key": "PHOTO"},
			map[string]any{"type": "location_select", "name": "门店", "key": "SHOP"},
		}},
	}}
	require.Zero(t, b.post("/cgi-bin/menu/create", b.fetch(false), menu))
}

func (b *plainBot) authorizeURL() string {
	return b.api + "/connect/oauth2/authorize?appid=" + b.cfg.AppID + "&redirect_uri=" + url.QueryEscape(b.server.URL+"/welcome") +
		"&response_type=code&scope=snsapi_userinfo&state=s1#wechat_redirect"
}

func (b *plainBot) welcome(w http.ResponseWriter, r *http.Request) {
	resp, err := http.Get(b.api + "/sns/oauth2/access_token?appid=" + b.cfg.AppID + "&secret=" + b.cfg.Secret + "&code=" + r.URL.Query().Get("code") + "&grant_type=authorization_code")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	var who struct{ OpenID string }
	_ = json.NewDecoder(resp.Body).Decode(&who)
	fmt.Fprintf(w, "<!DOCTYPE html><h1>Logged in as %s</h1>", who.OpenID)
}

func openChat(t *testing.T, e *emulator, w browser.Window) *browser.Page {
	p := browser.Open(t, w)
	p.OnEveryPage("localStorage.setItem('language', 'zh')")
	p.OnEveryPage("window.open = (address) => { location.href = address }") // one window has to do
	p.Goto(e.page.URL)
	p.WaitFor("#link", "")
	return p
}

// write types into the chat's field, which is empty.
func write(p *browser.Page, text string) {
	p.Do("write "+text, chromedp.SendKeys(chromedp.CSS("#text"), text, chromedp.NodeVisible))
}

// fill replaces what stands in a field.
func fill(p *browser.Page, selector, text string) {
	p.Do("fill "+selector, chromedp.SetValue(chromedp.CSS(selector), text, chromedp.NodeVisible))
}

func say(p *browser.Page, text string) {
	write(p, text)
	p.Click("#send")
}

// A person follows, writes, uses the menu and logs in; the developer looks on.
func TestEmulatorPage(t *testing.T) {
	e := startEmulator(t)
	p := openChat(t, e, browser.Wide)

	p.Click("#new-user")
	fill(p, "#sheet input[name=user]", "oLiLei")
	p.Click("#sheet-ok")
	p.WaitFor("#user", "oLiLei")
	p.Click("#follow")
	p.WaitFor("#lines", "欢迎关注")
	require.True(t, e.platform.User("oLiLei").Following())

	say(p, "你好，世界")
	p.WaitFor("#lines", "你说 You said: 你好，世界")

	p.Click("#to-panel")
	p.Click("#send-samplePicture")
	p.WaitFor("#lines li.account[data-type=image] .said", "")
	require.Eventually(t, func() bool {
		return browser.Eval[bool](p, `document.querySelector('#lines li.account[data-type=image] img')?.naturalWidth === 240`)
	}, browser.Patience, 50*time.Millisecond, "the picture comes back and can be seen")

	p.Click("#menu .menu-group:nth-child(1) button")
	p.WaitFor("#lines", "秋日特惠 Autumn offers")
	p.Click("#menu .menu-group:nth-child(3) button")
	p.Click(".sub .menu-button:nth-child(2)")
	p.WaitFor("#lines", "pic_sysphoto · PHOTO")

	say(p, "later")
	p.WaitFor("#lines li[data-via=customer_service]", "订单已发货")
	// The console: what was called, and with what.
	p.WaitFor("#pane .exchange:first-child .what", "later")
	p.Click("#pane .exchange:first-child summary")
	p.WaitFor("#pane .exchange:first-child .body", "signature = ")
	p.WaitFor("#pane .exchange:first-child .body", "<Content><![CDATA[later]]></Content>")
	screenshots(t, p, "emulator-chat")

	expireToken(t, e, p)
	switchOnFault(t, e, p)
	seeFailure(t, p)
	loseReply(p)
	logIn(t, p)
}

func expireToken(t *testing.T, e *emulator, p *browser.Page) {
	before := e.platform.TokenRequests()
	p.Click("#tab-tokens")
	p.WaitFor("[data-token=valid]", "有效")
	p.Click("#expire")
	p.WaitFor("[data-token=expired]", "已过期")
	say(p, "later")
	p.WaitFor("[data-token=valid]", "有效")
	require.Equal(t, before+1, e.platform.TokenRequests())
	p.Click("#tab-calls")
	p.WaitFor("#pane .list", "errcode 42001")
	p.WaitFor("#pane .list", "access_token 已过期：请重新获取")
	require.Eventually(t, func() bool {
		return browser.Eval[int](p, `document.querySelectorAll('#lines li[data-via=customer_service]').length`) == 2
	},
		browser.Patience, 50*time.Millisecond, "the refreshed token sends the message")
}

func switchOnFault(t *testing.T, e *emulator, p *browser.Page) {
	p.Click("#tab-faults")
	p.Type("#fault-path", "/cgi-bin/message/*")
	p.Click("[data-fault='45009']")
	p.WaitFor("[data-active='errcode 45009']", "当日调用次数用完，重试无用")
	say(p, "later")
	p.Click("#tab-calls")
	p.Type("#filter", "/cgi-bin/message/*")
	p.WaitFor("#pane .list > div:first-child", "errcode 45009")
	p.WaitFor("#pane .list > div:first-child", "这是注入的故障")
	require.Len(t, e.platform.Messages("oLiLei"), 7, "no third late reply after welcome, text, two pictures, news and two late replies")
	screenshots(t, p, "emulator-console")
	p.Click("#tab-faults")
	p.Click("[data-active] button")
	p.WaitFor("#pane", "没有生效的故障")
}

func seeFailure(t *testing.T, p *browser.Page) {
	say(p, "<img src=x onerror=document.title='run'>")
	p.WaitFor("#lines", "<img src=x onerror=document.title='run'>")
	require.NotEqual(t, "run", browser.Eval[string](p, "document.title"), "what users write is text")

	say(p, "garbage")
	p.WaitFor("#lines li.fault", wechattest.FaultNotice)
	p.Click("#tab-callbacks")
	p.WaitFor("#pane .exchange:first-child", "回复格式错误")
	p.Click("#language")
	p.WaitFor("#pane .exchange:first-child", "Malformed reply")
	p.WaitFor("#tab-calls", "API calls")
	p.Click("#language")
	p.WaitFor("#tab-calls", "接口调用")
}

func loseReply(p *browser.Page) {
	p.Click("#tab-faults")
	p.Click("#lose")
	p.WaitFor("#toast", "✓")
	say(p, "丢失的回复")
	p.Click("#tab-callbacks")
	p.WaitFor("#pane .exchange:first-child", "推送 2 次")
	p.WaitFor("#lines", "你说 You said: 丢失的回复")
}

func logIn(t *testing.T, p *browser.Page) {
	p.Click("#menu .menu-group:nth-child(2) button")
	p.WaitFor("h1", "微信登录")
	p.Click("button[value=allow]")
	p.WaitFor("h1", "Logged in as oLiLei")
}

// On a phone's window chat and console take turns, and the keyboard is enough.
func TestEmulatorPageNarrow(t *testing.T) {
	e := startEmulator(t)
	e.platform.User("oHanMeimei")
	p := openChat(t, e, browser.Narrow)
	p.WaitFor("#user", "oHanMeimei")
	write(p, "keyboard\r") // Enter sends
	p.WaitFor("#lines", "You said: keyboard")
	require.True(t, browser.Eval[bool](p, `document.documentElement.scrollWidth <= window.innerWidth`), "nothing is cut off")
	require.True(t, browser.Eval[bool](p, `getComputedStyle(document.querySelector('#console')).display === 'none'`))
	p.Click("#view-console")
	p.WaitFor("#pane .exchange:first-child", "keyboard")
	require.True(t, browser.Eval[bool](p, `document.documentElement.scrollWidth <= window.innerWidth`), "nothing is cut off")
	browser.Eval[bool](p, `(document.querySelector('#pane .exchange:first-child summary').focus(), true)`)
	_, err := e.platform.User("oHanMeimei").Text("another")
	require.NoError(t, err)
	p.WaitFor("#pane .exchange:first-child", "another")
	require.Contains(t, browser.Eval[string](p, `document.activeElement.innerText`), "keyboard", "news does not take the focus away")

	browser.Eval[bool](p, `(document.querySelector('#tab-callbacks').focus(), true)`)
	browser.Eval[bool](p, `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}))`)
	p.WaitFor("#tabs [aria-selected=true]", "接口调用")

	p.Click("#view-chat")
	p.Click("#new-user")
	require.Equal(t, "user", browser.Eval[string](p, `document.activeElement.name`), "a sheet takes the focus to its first field")
	browser.Eval[bool](p, `document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))`)
	require.True(t, browser.Eval[bool](p, `document.querySelector('#sheet').hidden`))
}

// screenshots takes pictures for the documentation where WECHAT_SCREENSHOTS names
// a folder: NAME.png, and NAME-narrow.png as on a phone.
func screenshots(t *testing.T, p *browser.Page, name string) {
	folder := os.Getenv("WECHAT_SCREENSHOTS")
	if folder == "" {
		return
	}
	view := "#view-chat"
	if strings.HasSuffix(name, "console") {
		view = "#view-console"
	}
	p.Screenshot(filepath.Join(folder, name+".png"))
	p.Resize(browser.Narrow)
	p.Click(view)
	time.Sleep(300 * time.Millisecond) // the animation of the newest line
	p.Screenshot(filepath.Join(folder, name+"-narrow.png"))
	p.Resize(browser.Wide)
}
