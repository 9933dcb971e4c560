package console_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/console"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/pipe"
)

// window is a browser's window of the page: what its stream has brought so far.
type window struct {
	t      *testing.T
	base   string
	client *http.Client
	events chan map[string]any
	seen   []map[string]any
}

// openPage serves a platform with its page and opens a window.
func openPage(t *testing.T, cfg wechattest.Config) (*wechattest.Platform, *window) {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	cfg.URL = "http://" + srv.Listener.Addr().String()
	p := wechattest.New(t, cfg)
	srv.Config.Handler = console.New(p, console.Config{})
	srv.Start()
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	return p, openWindow(t, http.DefaultClient, srv.URL)
}

// openPageInBubble is like openPage in a network in memory, so that time in a bubble
// passes while the page waits.
func openPageInBubble(t *testing.T, cfg wechattest.Config) (*wechattest.Platform, *window) {
	t.Helper()
	listener := pipe.NewListener()
	p := wechattest.New(t, cfg)
	srv := &http.Server{Handler: console.New(p, console.Config{})}
	go srv.Serve(listener)
	transport := &http.Transport{DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		return listener.Dial(ctx, pipe.Addr{Name: address})
	}}
	t.Cleanup(func() { transport.CloseIdleConnections(); srv.Close() })
	return p, openWindow(t, &http.Client{Transport: transport}, "http://localhost:80")
}

func openWindow(t *testing.T, client *http.Client, base string) *window {
	t.Helper()
	resp, err := client.Get(base + "/page/events")
	require.NoError(t, err)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	t.Cleanup(func() { resp.Body.Close() })
	w := &window{t: t, base: base, client: client, events: make(chan map[string]any, 1000)}
	go func() {
		defer close(w.events)
		for lines := bufio.NewReader(resp.Body); ; {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return
			}
			if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
				var event map[string]any
				if json.Unmarshal(data, &event) == nil {
					w.events <- event
				}
			}
		}
	}()
	return w
}

// wait returns the first record of a kind (chat, deliveries, verdicts, calls) that
// matches, among those that came and those to come.
func (w *window) wait(kind string, match func(map[string]any) bool) map[string]any {
	w.t.Helper()
	look := func(event map[string]any) map[string]any {
		list, _ := event[kind].([]any)
		if state, ok := event[kind].(map[string]any); ok {
			list = []any{state}
		}
		for _, one := range list {
			if record := one.(map[string]any); match(record) {
				return record
			}
		}
		return nil
	}
	for _, event := range w.seen {
		if found := look(event); found != nil {
			return found
		}
	}
	for timeout := time.After(20 * time.Second); ; {
		select {
		case event, open := <-w.events:
			require.True(w.t, open, "the stream ended without %s", kind)
			w.seen = append(w.seen, event)
			if found := look(event); found != nil {
				return found
			}
		case <-timeout:
			require.Fail(w.t, "nothing came", "%s in %d events, the last: %.500v", kind, len(w.seen), w.seen[len(w.seen)-1])
		}
	}
}

// do carries out a command and returns the error that the page shows.
func (w *window) do(name string, command any) string {
	w.t.Helper()
	body, err := json.Marshal(command)
	require.NoError(w.t, err)
	resp, err := w.client.Post(w.base+"/page/"+name, "application/json", bytes.NewReader(body))
	require.NoError(w.t, err)
	defer resp.Body.Close()
	var answer struct{ Error string }
	require.NoError(w.t, json.NewDecoder(resp.Body).Decode(&answer))
	require.Equal(w.t, resp.StatusCode == 200 || name == "verify", answer.Error == "" || name == "verify", "an error has a status")
	return answer.Error
}

type fields = map[string]any

func field(name, value string) func(fields) bool {
	return func(f fields) bool { return strings.Contains(fmt.Sprint(f[name]), value) }
}

func english(f fields, name string) string {
	text, _ := f[name].(map[string]any)
	return fmt.Sprint(text["en"])
}

// xmlBot answers by a function from message to reply, with encoding/xml alone.
func xmlBot(answer func(m xmlMessage) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(w, r.URL.Query().Get("echostr"))
			return
		}
		var m xmlMessage
		if err := xml.NewDecoder(r.Body).Decode(&m); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		io.WriteString(w, answer(m))
	})
}

type xmlMessage struct {
	ToUserName, FromUserName, MsgType, Event, EventKey, Content, MediaId, PicUrl string
}

func (m xmlMessage) reply(kind, content string) string {
	return fmt.Sprintf("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>1</CreateTime><MsgType>%s</MsgType>%s</xml>",
		m.FromUserName, m.ToUserName, kind, content)
}

// What a person does on the page reaches the bot, and what comes back the page.
func TestPageChat(t *testing.T) {
	t.Parallel()
	p, w := openPage(t, wechattest.Config{})
	p.Bot(xmlBot(func(m xmlMessage) string {
		return m.reply("text", "<Content><![CDATA["+m.MsgType+m.Event+" "+m.Content+m.EventKey+"]]></Content>")
	}))
	require.Empty(t, w.do("user", fields{"user": "oLiLei"}))
	require.False(t, p.User("oLiLei").Following(), "a new user does not follow yet")
	require.Empty(t, w.do("follow", fields{"user": "oLiLei"}))
	w.wait("chat", field("shown", "Content:eventsubscribe"))
	w.wait("state", func(s fields) bool { return strings.Contains(fmt.Sprint(s["users"]), "following:true") })

	for _, c := range []struct {
		command fields
		answer  string
	}{
		{fields{"kind": "text", "content": "你好 <b>&"}, "text 你好"},
		{fields{"kind": "link", "fields": fields{"title": "t", "url": "https://example.com"}}, "link"},
		{fields{"kind": "location", "fields": fields{"latitude": "31.2", "longitude": "121.4", "label": "here"}}, "location"},
		{fields{"kind": "location_report", "fields": fields{"latitude": "31.2", "longitude": "121.4"}}, "eventLOCATION"},
		{fields{"kind": "menu_item", "content": "满意", "fields": fields{"id": "101"}}, "text 满意"},
		{fields{"kind": "event", "content": "user_info_modified", "fields": fields{"EventKey": "k9"}}, "eventuser_info_modified k9"},
		{fields{"kind": "raw", "content": "<xml><ToUserName>x</ToUserName><FromUserName>oLiLei</FromUserName><MsgType>strange</MsgType><Content>raw9</Content></xml>"}, "strange raw9"},
	} {
		c.command["user"] = "oLiLei"
		require.Empty(t, w.do("say", c.command))
		if c.answer == "strange raw9" {
			w.wait("chat", field("type", "fault")) // it names another account, so the reply does too
			continue
		}
		w.wait("chat", field("shown", c.answer))
	}
	d := w.wait("deliveries", field("message", "你好"))
	require.Contains(t, d["message"], "<![CDATA[你好 <b>&]]>")
	require.Len(t, d["signed"].(fields)["signature"], 40)
	require.EqualValues(t, 200, d["status"])

	require.Empty(t, w.do("unfollow", fields{"user": "oLiLei"}))
	w.wait("chat", field("event", "unsubscribe"))
}

// Pictures, voices and videos arrive with a media_id under which the bot gets them.
func TestPageUpload(t *testing.T) {
	t.Parallel()
	p, w := openPage(t, wechattest.Config{})
	p.Bot(xmlBot(func(m xmlMessage) string { return m.reply("text", "<Content>"+m.MsgType+" "+m.MediaId+"</Content>") }))
	for _, kind := range []string{"image", "voice", "video", "shortvideo"} {
		resp, err := http.Post(w.base+"/page/upload?user=oLiLei&kind="+kind, "application/octet-stream", nil)
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, 200, resp.StatusCode)
		answer := w.wait("chat", field("shown", "Content:"+kind+" "))
		id := strings.Fields(answer["shown"].(fields)["Content"].(string))[1]
		_, content, found := p.Media(id)
		require.True(t, found)
		require.NotEmpty(t, content)
	}
	resp, err := http.Post(w.base+"/page/upload?user=oLiLei&kind=image&name=a.png", "application/octet-stream", strings.NewReader("\x89PNG own"))
	require.NoError(t, err)
	resp.Body.Close()
	line := w.wait("chat", func(f fields) bool {
		_, content, _ := p.Media(fmt.Sprint(f["shown"].(fields)["MediaId"]))
		return string(content) == "\x89PNG own"
	})
	got, err := http.Get(line["shown"].(fields)["PicUrl"].(string))
	require.NoError(t, err)
	defer got.Body.Close()
	body, _ := io.ReadAll(got.Body)
	require.Equal(t, "\x89PNG own", string(body), "PicUrl is served")

	got2, err := http.Get(w.base + "/page/media?id=" + line["shown"].(fields)["MediaId"].(string))
	require.NoError(t, err)
	got2.Body.Close()
	require.Equal(t, "image/png", got2.Header.Get("Content-Type"))
	require.Equal(t, "sandbox", got2.Header.Get("Content-Security-Policy"))
}

// Every button of a menu does what it does on a phone.
func TestPageMenu(t *testing.T) {
	t.Parallel()
	p, w := openPage(t, wechattest.Config{})
	p.Bot(xmlBot(func(m xmlMessage) string {
		return m.reply("text", "<Content>"+m.MsgType+m.Event+" "+m.EventKey+"</Content>")
	}))
	post(t, w.base+"/cgi-bin/menu/create?access_token="+p.IssueToken(), `{"button":[
		{"type":"click","name":"click","key":"C1"},
		{"name":"more","sub_button":[
			{"type":"scancode_waitmsg","name":"scan","key":"S1"},
			{"type":"pic_sysphoto","name":"photo","key":"P1"},
			{"type":"location_select","name":"place","key":"L1"},
			{"type":"view","name":"page","url":"http://127.0.0.1/page"},
			{"type":"miniprogram","name":"mini","appid":"wx1","pagepath":"pages/x","url":"http://127.0.0.1/"}]},
		{"type":"article_id","name":"article","article_id":"ARTICLE9"}]}`)
	user := p.User("oLiLei")
	w.wait("state", func(s fields) bool { return strings.Contains(fmt.Sprint(s["users"]), "scancode_waitmsg") })
	tap := func(more fields, names ...string) string {
		command := fields{"user": user.OpenID(), "names": names}
		for k, v := range more {
			command[k] = v
		}
		return w.do("tap", command)
	}
	require.Empty(t, tap(nil, "click"))
	w.wait("chat", field("shown", "eventCLICK C1"))
	require.Empty(t, tap(fields{"input": "https://example.com/q"}, "more", "scan"))
	w.wait("deliveries", field("message", "<ScanResult><![CDATA[https://example.com/q]]>"))
	require.Empty(t, tap(nil, "more", "photo"))
	w.wait("deliveries", field("message", "<PicMd5Sum>"))
	w.wait("chat", field("shown", "Content:image "))
	require.Empty(t, tap(fields{"fields": fields{"latitude": "-33.5", "longitude": "151", "label": "harbour"}}, "more", "place"))
	w.wait("deliveries", field("message", "<Location_X><![CDATA[-33.5"))
	w.wait("chat", field("shown", "Content:location "))
	require.Empty(t, tap(nil, "more", "page"))
	w.wait("chat", field("shown", "eventVIEW http://127.0.0.1/page"))
	require.Empty(t, tap(nil, "more", "mini"))
	w.wait("chat", field("shown", "eventview_miniprogram pages/x"))
	require.Empty(t, tap(nil, "article"))
	w.wait("chat", field("via", "menu"))
	require.Contains(t, tap(nil, "nothing"), "no such button")
	require.Contains(t, tap(fields{"fields": fields{"latitude": "95", "longitude": "0"}}, "more", "place"), "latitude")
}

func post(t *testing.T, address, body string) map[string]any {
	t.Helper()
	resp, err := http.Post(address, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	defer resp.Body.Close()
	var answer map[string]any
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	return answer
}

// Pushed messages arrive in the chat without anybody asking.
func TestPagePushedMessages(t *testing.T) {
	t.Parallel()
	p, w := openPage(t, wechattest.Config{})
	p.Bot(xmlBot(func(xmlMessage) string { return "success" }))
	_, err := p.User("oLiLei").Text("hi")
	require.NoError(t, err)
	token := p.IssueToken()
	send := func(path, body string) map[string]any { return post(t, w.base+path+"?access_token="+token, body) }

	send("/cgi-bin/message/custom/send", `{"touser":"oLiLei","msgtype":"msgmenu","msgmenu":{"head_content":"满意吗","list":[{"id":"101","content":"满意"}],"tail_content":"谢谢"}}`)
	line := w.wait("chat", field("via", "customer_service"))
	require.Equal(t, "msgmenu", line["type"])
	require.Contains(t, fmt.Sprint(line["raw"]), "list:[map[content:满意 id:101]]", "the page draws the items from the call")

	id := send("/cgi-bin/template/api_add_template", `{"template_id_short":"101","keyword_name_list":["订单"]}`)["template_id"]
	send("/cgi-bin/message/template/send", fmt.Sprintf(`{"touser":"oLiLei","template_id":"%v","url":"http://127.0.0.1/o","data":{"thing1":{"value":"42"}}}`, id))
	require.Contains(t, fmt.Sprint(w.wait("chat", field("via", "template"))["shown"]), "订单:42")

	notice := send("/wxaapi/newtmpl/addtemplate", `{"tid":"99","kidList":[1,2],"sceneDesc":"付款"}`)["priTmplId"]
	w.wait("state", field("templates", fmt.Sprint(notice)))
	require.Empty(t, w.do("popup", fields{"user": "oLiLei", "template": notice, "what": "accept"}))
	w.wait("deliveries", field("message", "subscribe_msg_popup_event"))
	send("/cgi-bin/message/subscribe/bizsend", fmt.Sprintf(`{"touser":"oLiLei","template_id":"%v","data":{"amount1":{"value":"10元"},"time2":{"value":"2026年1月1日 12:00"}}}`, notice))
	w.wait("chat", field("via", "subscribe"))

	p.User("oHanMeimei")
	send("/cgi-bin/message/mass/send", `{"touser":["oLiLei","oHanMeimei"],"msgtype":"text","text":{"content":"大家好"}}`)
	require.Contains(t, fmt.Sprint(w.wait("chat", field("via", "mass"))["shown"]), "大家好")

	ticket := send("/cgi-bin/qrcode/create", `{"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"spring"}}}`)["ticket"]
	require.Empty(t, w.do("scan", fields{"user": "oLiLei", "code": ticket}))
	w.wait("deliveries", field("message", "<Event><![CDATA[SCAN]]></Event>\n<EventKey><![CDATA[spring]]>"))
	require.Empty(t, w.do("user", fields{"user": "oNew"}))
	require.Empty(t, w.do("scan", fields{"user": "oNew", "scene": "summer"}))
	w.wait("deliveries", field("message", "qrscene_summer"))
	require.Contains(t, w.do("scan", fields{"user": "oNew", "code": "none"}), "QR code")
}

// The console says in words why a callback failed.
func TestPageExplainsFailures(t *testing.T) {
	t.Parallel()
	reply := func(m xmlMessage) string { return m.reply("text", "<Content>hi</Content>") }
	status := func(code int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) })
	}
	// A safe bot whose account differs from the platform's in one setting.
	safe := func(change func(*wechattest.Config)) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { safeBot(w, r, change) })
	}
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	for name, c := range map[string]struct {
		mode      wechattest.Mode
		bot       http.Handler
		why, more string
	}{
		"wrong token":         {wechattest.Safe, safe(func(c *wechattest.Config) { c.Token = "another" }), "refused the request (HTTP 403)", "the Token is wrong"},
		"wrong key":           {wechattest.Safe, safe(func(c *wechattest.Config) { c.EncodingAESKey = strings.Repeat("k", 43) }), "refused the request (HTTP 403)", "the EncodingAESKey or the app id is wrong"},
		"the app id is wrong": {wechattest.Safe, safe(func(c *wechattest.Config) { c.AppID = "wx0123456789abcdef" }), "refused the request (HTTP 403)", "the app id is wrong"},
		"plain bot":           {wechattest.Safe, handlerOf(message.Config{Token: wechattest.DefaultToken}), "the mode", "a bot without an EncodingAESKey accepts only plaintext"},
		"safe bot": {wechattest.Plain, handlerOf(message.Config{
			Token: wechattest.DefaultToken, AppID: wechattest.DefaultAppID, EncodingAESKey: wechattest.DefaultEncodingAESKey,
		}), "the bot must not have an EncodingAESKey", "The modes probably differ"},
		"plain, wrong token": {wechattest.Plain, handlerOf(message.Config{Token: "another"}), "Compare the Token", "the Token is wrong"},
		"body read before": {wechattest.Safe, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			handlerOf(message.Config{
				Token: wechattest.DefaultToken, AppID: wechattest.DefaultAppID, EncodingAESKey: wechattest.DefaultEncodingAESKey,
			}).ServeHTTP(w, r)
		}), "a middleware has read the body", "A middleware may have read the body"},
		"no GET": {wechattest.Safe, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(map[string]int{http.MethodGet: 405, http.MethodPost: 403}[r.Method])
		}), "(HTTP 403)", ""},
		"reply: wrong token": {wechattest.Safe, answerSealed(func(c *wechattest.Config) { c.Token = "another" }), "compare the Token", ""},
		"reply: wrong key":   {wechattest.Safe, answerSealed(func(c *wechattest.Config) { c.EncodingAESKey = strings.Repeat("k", 43) }), "Wrong EncodingAESKey", ""},
		"reply: wrong appid": {wechattest.Safe, answerSealed(func(c *wechattest.Config) { c.AppID = "wx0123456789abcdef" }), "Wrong app id", ""},
		"plaintext":          {wechattest.Safe, answerClear(), "Plaintext in safe mode", ""},
		"encrypted":          {wechattest.Plain, answerSealed(func(*wechattest.Config) {}), "the account is in plain mode", ""},
		"not in time":        {wechattest.Plain, slow, "did not answer within", ""},
		"garbage":            {wechattest.Plain, xmlBot(func(xmlMessage) string { return "<xml><oops>" }), "Malformed reply", ""},
		"JSON":               {wechattest.Plain, xmlBot(func(xmlMessage) string { return `{"a":1}` }), "Malformed reply", ""},
		"same addresses": {wechattest.Plain, xmlBot(func(m xmlMessage) string {
			m.ToUserName, m.FromUserName = m.FromUserName, m.ToUserName
			return reply(m)
		}), "must swap the addresses", ""},
		"empty":     {wechattest.Plain, xmlBot(func(m xmlMessage) string { return m.reply("text", "<Content></Content>") }), "Malformed reply", ""},
		"huge":      {wechattest.Plain, xmlBot(func(xmlMessage) string { return strings.Repeat("x", 2<<20) }), "larger than 1 MiB", ""},
		"not found": {wechattest.Plain, status(404), "the path of the callback URL", ""},
		"failed":    {wechattest.Plain, status(500), "it has an internal error", ""},
		"redirect":  {wechattest.Plain, status(302), "does not follow", ""},
		"refused":   {wechattest.Plain, status(401), "Compare the Token", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := wechattest.Config{Mode: c.mode, Deliveries: 1}
			if name == "not in time" {
				cfg.Timeout = 50 * time.Millisecond
			}
			p, w := openPage(t, cfg)
			p.Bot(c.bot)
			require.Empty(t, w.do("say", fields{"user": "oLiLei", "kind": "text", "content": "hello"}))
			v := w.wait("verdicts", func(fields) bool { return true })
			require.Equal(t, false, v["ok"])
			require.Contains(t, english(v, "why"), c.why)
			require.NotEmpty(t, v["why"].(fields)["zh"])
			require.Contains(t, english(v, "more"), c.more)
			line := w.wait("chat", field("type", "fault"))
			require.Contains(t, fmt.Sprint(line["shown"]), wechattest.FaultNotice)
			require.Contains(t, english(line, "why"), c.why)
		})
	}
}

// handlerOf returns a bot of package message, which logs nothing.
func handlerOf(c message.Config) http.Handler {
	c.Logger = slog.New(slog.DiscardHandler)
	bot, err := message.NewHandler(c)
	if err != nil {
		panic(err)
	}
	return bot
}

// An answer at a handler's deadline is no reason to warn. After success without a reply
// the user has read nothing, and an answer in the last moment is too slow.
func TestPageSlowAnswers(t *testing.T) {
	for _, c := range []struct {
		took        time.Duration
		reply, more string
	}{
		{4500 * time.Millisecond, "<Content>正在查询</Content>", ""},
		{4500 * time.Millisecond, "", "the user has seen nothing yet"},
		{4900 * time.Millisecond, "<Content>1042</Content>", "The answer took 4.9s"},
		{time.Second, "", ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := wechattest.New(t, wechattest.Config{})
			p.Bot(xmlBot(func(m xmlMessage) string {
				time.Sleep(c.took)
				if c.reply == "" {
					return "success"
				}
				return m.reply("text", c.reply)
			}))
			r := httptest.NewRequest(http.MethodPost, "/page/say", strings.NewReader(`{"user": "oLiLei", "kind": "text", "content": "1042", "wait": true}`))
			r.Host = "localhost"
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			console.New(p, console.Config{}).ServeHTTP(w, r)
			var answer struct{ Results []fields }
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
			require.Len(t, answer.Results, 1)
			require.Equal(t, true, answer.Results[0]["ok"])
			more := english(answer.Results[0], "more")
			require.Contains(t, more, c.more)
			require.Equal(t, c.more == "", more == "", more)
		})
	}
}

// safeBot checks an encrypted callback by an account that may differ.
func safeBot(w http.ResponseWriter, r *http.Request, change func(*wechattest.Config)) {
	cfg := wechattest.Config{AppID: wechattest.DefaultAppID, Token: wechattest.DefaultToken, EncodingAESKey: wechattest.DefaultEncodingAESKey}
	change(&cfg)
	q := r.URL.Query()
	if r.Method == http.MethodGet {
		if !crypto.VerifySignature(q.Get("signature"), cfg.Token, q.Get("timestamp"), q.Get("nonce")) {
			http.Error(w, "signature", http.StatusForbidden)
			return
		}
		io.WriteString(w, q.Get("echostr"))
		return
	}
	var in struct{ Encrypt string }
	cipher, err := crypto.NewCipher(cfg.EncodingAESKey, cfg.AppID)
	if err == nil {
		err = xml.NewDecoder(r.Body).Decode(&in)
	}
	if err == nil {
		_, err = cipher.Open([]byte(in.Encrypt))
	}
	if err != nil || !crypto.VerifyMessageSignature(q.Get("msg_signature"), cfg.Token, q.Get("timestamp"), q.Get("nonce"), []byte(in.Encrypt)) {
		http.Error(w, "refused", http.StatusForbidden)
	}
}

// answerSealed answers in an envelope of an account that may differ.
func answerSealed(change func(*wechattest.Config)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cfg := wechattest.Config{AppID: wechattest.DefaultAppID, Token: wechattest.DefaultToken, EncodingAESKey: wechattest.DefaultEncodingAESKey}
		change(&cfg)
		cipher, err := crypto.NewCipher(cfg.EncodingAESKey, cfg.AppID)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		m := xmlMessage{ToUserName: wechattest.DefaultOriginalID, FromUserName: r.URL.Query().Get("openid")}
		sealed := cipher.Seal([]byte(m.reply("text", "<Content>hi</Content>")))
		fmt.Fprintf(w, "<xml><Encrypt>%s</Encrypt><MsgSignature>%s</MsgSignature><TimeStamp>1</TimeStamp><Nonce>n</Nonce></xml>",
			sealed, crypto.MessageSignature(cfg.Token, "1", "n", sealed))
	})
}

func answerClear() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := xmlMessage{ToUserName: wechattest.DefaultOriginalID, FromUserName: r.URL.Query().Get("openid")}
		io.WriteString(w, m.reply("text", "<Content>hi</Content>"))
	})
}

// A callback URL that nobody answers fails by itself; everything else goes on.
func TestPageDeadCallback(t *testing.T) {
	t.Parallel()
	const dead = "http://127.0.0.1:1/wechat" // no server has this port
	p, w := openPage(t, wechattest.Config{})
	require.Contains(t, w.do("say", fields{"user": "oLiLei", "kind": "text", "content": "x"}), "no callback URL yet")
	require.Contains(t, w.do("bot", fields{"url": "wechat"}), "not an address")
	require.Empty(t, w.do("bot", fields{"url": dead}))
	w.wait("state", field("account", dead))
	require.Empty(t, w.do("say", fields{"user": "oLiLei", "kind": "text", "content": "x"}))
	v := w.wait("verdicts", func(fields) bool { return true })
	require.Contains(t, english(v, "why"), "does not accept the connection")
	require.Contains(t, w.do("verify", fields{}), "does not accept the connection")

	bot := httptest.NewServer(xmlBot(func(m xmlMessage) string { return m.reply("text", "<Content>alive</Content>") }))
	defer bot.Close()
	require.Empty(t, w.do("bot", fields{"url": bot.URL}))
	require.Empty(t, w.do("verify", fields{}))
	require.Empty(t, w.do("say", fields{"user": "oLiLei", "kind": "text", "content": "x"}))
	w.wait("chat", field("shown", "alive"))
	require.Len(t, p.Messages("oLiLei"), 1)
}

// The console's switches change the platform, and refuse unknown commands.
func TestPageConsole(t *testing.T) {
	t.Parallel()
	p, w := openPage(t, wechattest.Config{})
	p.Bot(xmlBot(func(xmlMessage) string { return "success" }))
	token := p.IssueToken()
	call := func() any {
		return post(t, w.base+"/cgi-bin/message/custom/send?access_token="+token, `{"touser":"oNobody"}`)["errcode"]
	}
	require.EqualValues(t, 40003, call())
	c := w.wait("calls", field("code", "40003"))
	require.Contains(t, english(c, "remedy"), "OpenID")
	require.Contains(t, c["query"], "REDACTED")
	require.NotContains(t, fmt.Sprint(w.seen), token, "no token is shown")

	require.Empty(t, w.do("fault", fields{"rule": "45009,path=/cgi-bin/message/*"}))
	state := w.wait("state", field("faults", "errcode 45009"))
	require.EqualValues(t, 45009, call())
	c = w.wait("calls", field("fault", "errcode 45009"))
	require.Contains(t, english(c, "meaning"), "injected")
	id := state["faults"].([]any)[0].(fields)["id"]
	require.Empty(t, w.do("unfault", fields{"id": id}))
	require.EqualValues(t, 40003, call())

	require.Empty(t, w.do("quota", fields{"path": "/cgi-bin/message/custom/send", "daily": 1}))
	w.wait("state", field("quotas", "daily:1"))
	require.EqualValues(t, 45009, call())
	require.Empty(t, w.do("clock", fields{"seconds": 24 * 3600}))
	require.EqualValues(t, 42001, call(), "a day later the token has expired")
	token = p.IssueToken()
	require.EqualValues(t, 40003, call(), "and the quota is new")
	require.Empty(t, w.do("tokens", fields{"what": "revoke"}))
	require.EqualValues(t, 40001, call())
	token = p.IssueToken()
	require.Empty(t, w.do("tokens", fields{"what": "expire"}))
	require.EqualValues(t, 42001, call())
	require.Empty(t, w.do("mode", fields{"mode": "safe"}))
	require.Equal(t, wechattest.Safe, p.Config().Mode)

	for name, command := range map[string]any{
		"tokens": fields{"what": "sell"}, "clock": fields{"seconds": -1}, "mode": fields{"mode": "loud"}, "fault": fields{"rule": "sometimes"},
		"quota": fields{"path": "x"}, "say": fields{"user": "oLiLei", "kind": "thought"}, "user": fields{"user": "<script>"}, "nothing": fields{},
		"follow": fields{"user": ""}, "popup": fields{"user": "oLiLei", "what": "maybe"}, "scan": fields{"user": "oLiLei"}, "unfollow": fields{"misspelled": 1},
	} {
		require.NotEmpty(t, w.do(name, command), name)
	}
}

// The page is for itself: no other website can read it or press its buttons.
func TestPageRefusesOthers(t *testing.T) {
	t.Parallel()
	p, w := openPage(t, wechattest.Config{})
	host := strings.TrimPrefix(w.base, "http://")
	try := func(method, path, host string, header ...string) int {
		req, err := http.NewRequest(method, w.base+path, strings.NewReader(`{"what":"expire"}`))
		require.NoError(t, err)
		req.Host = host
		req.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		resp.Body.Close()
		return resp.StatusCode
	}
	require.Equal(t, 200, try("POST", "/page/tokens", host))
	require.Equal(t, 200, try("POST", "/page/tokens", "localhost:1", "Origin", "http://localhost:1", "Sec-Fetch-Site", "same-origin"))
	require.Equal(t, 200, try("GET", "/", host, "Sec-Fetch-Site", "cross-site"), "a link to the page may be followed")
	for name, status := range map[string]int{
		"another host":       try("POST", "/page/tokens", "evil.example"),
		"a rebound name":     try("GET", "/", "evil.example:80"),
		"a name that begins": try("GET", "/", "localhost.evil.example"),
		"another origin":     try("POST", "/page/tokens", host, "Origin", "https://evil.example"),
		"an opaque origin":   try("POST", "/page/tokens", host, "Origin", "null"),
		"another port":       try("POST", "/page/tokens", host, "Origin", "http://127.0.0.1:1"),
		"a form":             try("POST", "/page/tokens", host, "Content-Type", "text/plain"),
		"a foreign script":   try("GET", "/page/events", host, "Sec-Fetch-Site", "cross-site"),
		"a sibling":          try("GET", "/page/record", host, "Sec-Fetch-Site", "same-site"),
		"a foreign consent":  try("POST", "/connect/confirm", host, "Origin", "https://evil.example"),
	} {
		require.Equal(t, 403, status, name)
	}
	require.Equal(t, 405, try("DELETE", "/page/tokens", host))
	require.Equal(t, 404, try("GET", "/page/secrets", host))
	require.Equal(t, 403, try("GET", "/cgi-bin/get_api_domain_ip", "host.docker.internal"), "the API takes no foreign Host")
	require.Equal(t, 403, try("GET", "/connect/oauth2/authorize", "evil.example"))
	require.Zero(t, p.Count("/cgi-bin/get_api_domain_ip"))
	require.Equal(t, 200, try("GET", "/cgi-bin/get_api_domain_ip", "api.weixin.qq.com"), "by a hosts file")
	require.NotZero(t, p.Count("/cgi-bin/get_api_domain_ip"))
}

// Own credentials are not shown; those of the package are public.
func TestPageHidesSecrets(t *testing.T) {
	t.Parallel()
	secret, token, key := "0123456789abcdef0123456789abcdef", "owntoken", strings.Repeat("k", 43)
	p, w := openPage(t, wechattest.Config{Secret: secret, Token: token, EncodingAESKey: key})
	post(t, w.base+"/cgi-bin/stable_token", `{"grant_type":"client_credential","appid":"`+p.Config().AppID+`","secret":"`+secret+`"}`)
	w.wait("calls", field("path", "stable_token"))
	w.wait("state", field("tokens", "stable"))
	for _, value := range []string{secret, token, key} {
		require.NotContains(t, fmt.Sprint(w.seen), value)
	}
	_, w = openPage(t, wechattest.Config{})
	require.Contains(t, fmt.Sprint(w.wait("state", func(fields) bool { return true })), wechattest.DefaultSecret)
}

// A link from the chat opens as the user, and addresses of the platform lead here.
func TestPageOpensLinks(t *testing.T) {
	t.Parallel()
	p, w := openPage(t, wechattest.Config{})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(address string) *http.Response {
		resp, err := client.Get(address)
		require.NoError(t, err)
		resp.Body.Close()
		return resp
	}
	open := func(user, address string) *http.Response {
		return get(w.base + "/page/open?user=" + user + "&url=" + url.QueryEscape(address))
	}
	require.Equal(t, "http://127.0.0.1:1/x", open("oLiLei", "http://127.0.0.1:1/x").Header.Get("Location"))
	require.Equal(t, 400, open("oLiLei", "javascript:alert(1)").StatusCode)
	require.Equal(t, 400, open("<x>", "http://127.0.0.1/").StatusCode)
	consent := open("oLiLei", "https://open.weixin.qq.com/connect/oauth2/authorize?appid="+p.Config().AppID+
		"&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fback&response_type=code&scope=snsapi_base&state=s#wechat_redirect").Header.Get("Location")
	require.True(t, strings.HasPrefix(consent, "/connect/oauth2/authorize?"), consent)
	back, err := url.Parse(get(w.base + strings.Split(consent, "#")[0]).Header.Get("Location"))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:1", back.Host)
	resp, err := http.Get(w.base + "/sns/oauth2/access_token?appid=" + p.Config().AppID + "&secret=" + p.Config().Secret + "&grant_type=authorization_code&code=" + back.Query().Get("code"))
	require.NoError(t, err)
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	require.Contains(t, string(body), `"openid":"oLiLei"`)
}

// A second window gets what happened before it was opened; too many are refused.
func TestPageWindows(t *testing.T) {
	t.Parallel()
	p, w := openPage(t, wechattest.Config{})
	p.Bot(xmlBot(func(m xmlMessage) string { return m.reply("text", "<Content>once</Content>") }))
	_, err := p.User("oLiLei").Text("before")
	require.NoError(t, err)
	w.wait("chat", field("shown", "once"))
	second := openWindow(t, w.client, w.base)
	second.wait("chat", field("shown", "before"))
	second.wait("chat", field("shown", "once"))
	require.Equal(t, true, second.seen[0]["reset"])
	for range 62 {
		openWindow(t, w.client, w.base)
	}
	resp, err := http.Get(w.base + "/page/events")
	require.NoError(t, err)
	resp.Body.Close()
	require.Equal(t, 503, resp.StatusCode)
}

// The deliveries of one message stand together, with the verdict on the last.
func TestPageRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, w := openPageInBubble(t, wechattest.Config{})
		var tries atomic.Int64
		p.Bot(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if tries.Add(1) < 3 {
				<-r.Context().Done()
			}
		}))
		require.Empty(t, w.do("say", fields{"user": "oLiLei", "kind": "text", "content": "x"}))
		v := w.wait("verdicts", func(fields) bool { return true })
		require.Equal(t, true, v["ok"])
		for try := 1; try <= 3; try++ {
			d := w.wait("deliveries", field("try", fmt.Sprint(try)))
			require.Equal(t, v["exchange"], d["exchange"])
			require.Equal(t, try < 3, strings.Contains(english(d, "why"), "delivered 3 times in all"))
		}
	})
}

// What is sent to the page by mistake is refused with a reason, and it goes on.
func TestPageBadInput(t *testing.T) {
	t.Parallel()
	p, w := openPage(t, wechattest.Config{})
	send := func(path, kind string, body io.Reader) (int, string) {
		resp, err := http.Post(w.base+path, kind, body)
		require.NoError(t, err)
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	for name, c := range map[string]struct{ path, body, why string }{
		"no JSON":        {"/page/say", "<xml/>", "invalid command"},
		"a huge command": {"/page/say", `{"content":"` + strings.Repeat("x", 300<<10) + `"}`, "too large"},
		"no traffic":     {"/page/replay", "nothing", "line 1"},
		"a huge file":    {"/page/upload?user=oLiLei&kind=image&name=a.png", strings.Repeat("x", 21<<20), "20 MiB"},
		"no name":        {"/page/upload?user=oLiLei&kind=image", "x", "no name"},
		"no kind":        {"/page/upload?user=oLiLei&kind=smell&name=a", "x", "not a kind of file"},
		"no bot":         {"/page/upload?user=oLiLei&kind=image", "", "no callback URL yet"},
		"no command":     {"/page/dance", "{}", "unknown command"},
	} {
		status, text := send(c.path, "application/octet-stream", strings.NewReader(c.body))
		require.GreaterOrEqual(t, status, 400, name)
		require.Contains(t, text, c.why, name)
	}
	p.Bot(xmlBot(func(m xmlMessage) string { return m.reply("text", "<Content>fine</Content>") }))
	require.Empty(t, w.do("say", fields{"user": "oLiLei", "kind": "text", "content": "x"}))
	w.wait("chat", field("shown", "fine"))
	traffic, err := http.Get(w.base + "/page/record")
	require.NoError(t, err)
	defer traffic.Body.Close()
	status, _ := send("/page/replay", "application/octet-stream", traffic.Body)
	require.Equal(t, 200, status)
	w.wait("verdicts", field("exchange", "2"))
	require.Len(t, p.Messages("oLiLei"), 2)
}

// Articles that a message only names are drawn with their titles.
func TestPageArticles(t *testing.T) {
	t.Parallel()
	p, w := openPage(t, wechattest.Config{})
	p.Bot(xmlBot(func(m xmlMessage) string {
		return m.reply("news", "<ArticleCount>1</ArticleCount><Articles><item><Title>T1</Title><Description>D1</Description><PicUrl>http://p/</PicUrl><Url>http://u/</Url></item></Articles>")
	}))
	_, err := p.User("oLiLei").Text("hi")
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(w.wait("chat", field("type", "news"))["list"]), "description:D1 picture:http://p/ title:T1 url:http://u/")

	token, cover := p.IssueToken(), p.AddMedia("image", "cover.png", []byte("\x89PNG"))
	id := p.AddNews(wechattest.NewsArticle{Title: "旧图文", Digest: "摘要", CoverMediaID: cover, URL: "http://u/2"})
	post(t, w.base+"/cgi-bin/message/custom/send?access_token="+token, `{"touser":"oLiLei","msgtype":"mpnews","mpnews":{"media_id":"`+id+`"}}`)
	line := w.wait("chat", field("type", "mpnews"))
	require.Contains(t, fmt.Sprint(line["list"]), "title:旧图文")
	require.Contains(t, fmt.Sprint(line["list"]), "/wechattest/file?id="+cover)
}

// A verification that fails says why.
func TestPageVerify(t *testing.T) {
	t.Parallel()
	p, w := openPage(t, wechattest.Config{})
	for want, bot := range map[string]http.Handler{
		"the Token is wrong":           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) }),
		"it has an internal error":     http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }),
		"must answer exactly echostr":  http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello") }),
		"path of the callback URL is ": http.NotFoundHandler(),
	} {
		p.Bot(bot)
		v := post(t, w.base+"/page/verify", "{}")
		require.Equal(t, false, v["ok"])
		require.Contains(t, english(v, "why"), want)
	}
}
