package wechattest_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// This file goes through the platform's quotas and limits (接口限额) from section to
// section: a limit is kept to and taken, passed and refused with its errcode.

// limit is one of them: a call that the platform takes so many times, and the call
// that is too much. A # in the bodies counts from 100 on.
type limit struct {
	name     string
	path     string
	at, over string
	times    int // 1 when zero
	code     int
}

// holds makes the calls of each limit, in order.
func (c caller) holds(limits []limit) {
	c.t.Helper()
	for _, l := range limits {
		n := max(1, l.times)
		for i := range n {
			got := c.send(l.path, strings.ReplaceAll(l.at, "#", strconv.Itoa(100+i)))
			require.Zero(c.t, got.Code, "%s: at the limit: %.200s", l.name, got.Body)
		}
		got := c.send(l.path, strings.ReplaceAll(l.over, "#", strconv.Itoa(100+n)))
		require.Equal(c.t, l.code, got.Code, "%s: beyond the limit: %.200s", l.name, got.Body)
	}
}

// limitCaller is a caller in a bubble, whose token does not run out.
func limitCaller(t *testing.T, test func(t *testing.T, c caller)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, wechattest.Config{TokenLife: 10_000 * time.Hour, Logger: slog.New(slog.DiscardHandler)})
		test(t, caller{a, a.p.IssueToken()})
	})
}

// quota is what openapi/quota/get tells of a path.
func (c caller) quota(path string) (daily, used int) {
	c.t.Helper()
	var got struct {
		Quota struct {
			Daily int `json:"daily_limit"`
			Used  int `json:"used"`
		}
	}
	c.send("/cgi-bin/openapi/quota/get", `{"cgi_path": "`+path+`"}`).read(c.t, &got)
	return got.Quota.Daily, got.Quota.Used
}

// minutely is the limit of a path in a minute.
func (c caller) minutely(method, path string) int {
	c.t.Helper()
	c.exhaust(method, path, 0, 0) // one call: then it is in the list
	for _, q := range c.p.Quotas() {
		if q.Path == path {
			return q.Minutely
		}
	}
	return 0
}

// exhaust makes calls until the platform refuses one with code, and counts those
// before. It hands the platform its requests itself: they are many.
func (c caller) exhaust(method, path string, code, most int) (calls int) {
	c.t.Helper()
	r := httptest.NewRequest(method, path+"?"+url.Values{"access_token": {c.token}}.Encode(), nil)
	refused := fmt.Sprintf(`{"errcode":%d,`, code)
	w := &lastAnswer{header: http.Header{}}
	for ; calls <= most; calls++ {
		r.Body = io.NopCloser(strings.NewReader("{}"))
		c.p.ServeHTTP(w, r)
		if strings.HasPrefix(w.body, refused) {
			break
		}
	}
	return calls
}

// lastAnswer is a ResponseWriter that keeps the newest body.
type lastAnswer struct {
	header http.Header
	body   string
}

func (w *lastAnswer) Header() http.Header { return w.header }
func (w *lastAnswer) WriteHeader(int)     {}
func (w *lastAnswer) Write(b []byte) (int, error) {
	w.body = string(b)
	return len(b), nil
}

// give is upload, past the network: for large files.
func (c caller) give(path, kind, name, content string) (errcode int) {
	c.t.Helper()
	contentType, body := form(c.t, "media", name, content, "description", `{"title": "t", "introduction": "i"}`)
	r := httptest.NewRequest("POST", path+"?"+url.Values{"access_token": {c.token}, "type": {kind}}.Encode(), bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	c.p.ServeHTTP(w, r)
	var got answer
	require.NoError(c.t, json.Unmarshal(w.Body.Bytes(), &got))
	return got.Code
}

// Section 6.1: calls a day of a new account. A quota of at most a thousand is used
// up, call by call; a larger one is read.
func TestDailyLimits(t *testing.T) {
	for _, row := range []struct {
		name, method, path string
		daily              int
	}{
		{"access_token", "GET", "/cgi-bin/token", 2000},
		{"stable access_token (1.1)", "POST", "/cgi-bin/stable_token", 500_000},
		{"menu create", "POST", "/cgi-bin/menu/create", 1000},
		{"menu query", "GET", "/cgi-bin/menu/get", 10_000},
		{"menu delete", "GET", "/cgi-bin/menu/delete", 1000},
		{"personalised menu create (6.3)", "POST", "/cgi-bin/menu/addconditional", 2000},
		{"personalised menu delete (6.3)", "POST", "/cgi-bin/menu/delconditional", 2000},
		{"personalised menu test (6.3)", "POST", "/cgi-bin/menu/trymatch", 20_000},
		{"temporary media upload", "POST", "/cgi-bin/media/upload", 100_000},
		{"temporary media download", "GET", "/cgi-bin/media/get", 200_000},
		{"customer-service message", "POST", "/cgi-bin/message/custom/send", 500_000},
		{"mass send to all or a tag", "POST", "/cgi-bin/message/mass/sendall", 100},
		{"mass send by openid", "POST", "/cgi-bin/message/mass/send", 100},
		{"mass preview (6.2)", "POST", "/cgi-bin/message/mass/preview", 100},
		{"upload news", "POST", "/cgi-bin/media/uploadnews", 10},
		{"delete mass", "POST", "/cgi-bin/message/mass/delete", 10},
		{"QR code with scene", "POST", "/cgi-bin/qrcode/create", 100_000},
		{"follower list", "GET", "/cgi-bin/user/get", 500},
		{"user info", "GET", "/cgi-bin/user/info", 5_000_000},
		{"remark", "POST", "/cgi-bin/user/info/updateremark", 10_000},
		{"draft add", "POST", "/cgi-bin/draft/add", 1000},
		{"draft delete", "POST", "/cgi-bin/draft/delete", 1000},
		{"draft update", "POST", "/cgi-bin/draft/update", 1000},
		{"draft count", "GET", "/cgi-bin/draft/count", 1000},
		{"draft list", "POST", "/cgi-bin/draft/batchget", 1000},
		{"draft get", "POST", "/cgi-bin/draft/get", 500},
		{"freepublish submit", "POST", "/cgi-bin/freepublish/submit", 100},
		{"freepublish status", "POST", "/cgi-bin/freepublish/get", 100},
		{"freepublish article", "POST", "/cgi-bin/freepublish/getarticle", 100},
		{"freepublish list", "POST", "/cgi-bin/freepublish/batchget", 100},
		{"freepublish delete", "POST", "/cgi-bin/freepublish/delete", 10},
		{"template message (6.2)", "POST", "/cgi-bin/message/template/send", 100_000},
	} {
		t.Run(row.name, func(t *testing.T) {
			limitCaller(t, func(t *testing.T, c caller) {
				daily, used := c.quota(row.path)
				require.Equal(t, row.daily, daily)
				require.Zero(t, used)
				if row.daily > 1000 {
					return
				}
				if strings.HasPrefix(row.path, "/cgi-bin/message/mass/send") { // and sixty a minute
					c.p.SetQuota(row.path, daily, 0)
				}
				require.Equal(t, row.daily, c.exhaust(row.method, row.path, 45009, row.daily))
				_, used = c.quota(row.path)
				require.Equal(t, row.daily, used)
				c.p.Advance(24 * time.Hour)
				require.Positive(t, c.exhaust(row.method, row.path, 45009, 1), "a new day")
			})
		})
	}
}

// Sections 1.1 and 6.1: calls a minute.
func TestMinuteLimits(t *testing.T) {
	for _, row := range []struct {
		method, path string
		minutely     int
	}{
		{"POST", "/cgi-bin/stable_token", 10_000},
		{"GET", "/sns/oauth2/access_token", 50_000},
		{"GET", "/sns/oauth2/refresh_token", 50_000},
		{"GET", "/sns/userinfo", 50_000},
	} {
		t.Run(row.path, func(t *testing.T) {
			limitCaller(t, func(t *testing.T, c caller) {
				require.Equal(t, row.minutely, c.minutely(row.method, row.path))
				c.p.SetQuota(row.path, 0, 50)
				c.p.Advance(time.Minute)
				require.Equal(t, 50, c.exhaust(row.method, row.path, 45011, 50))
				c.p.Advance(time.Minute)
				require.Positive(t, c.exhaust(row.method, row.path, 45011, 1), "the next minute")
			})
		})
	}
}

// Section 6.1: ten resets of the counters a month, by token and by secret together.
func TestQuotaResets(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		set := c.p.Config()
		byToken := func() int { return c.send("/cgi-bin/clear_quota", `{"appid": "`+set.AppID+`"}`).Code }
		bySecret := func() int {
			return c.do("POST", "/cgi-bin/clear_quota/v2", url.Values{"appid": {set.AppID}, "appsecret": {set.Secret}}, "").Code
		}
		c.get("/cgi-bin/menu/get")
		for range 5 {
			require.Zero(t, byToken())
			require.Zero(t, bySecret())
		}
		_, used := c.quota("/cgi-bin/menu/get")
		require.Zero(t, used)
		require.Equal(t, 48006, byToken())
		require.Equal(t, 48006, bySecret())
	})
}

// Section 6.1: what a third-party platform calls counts on the account.
func TestComponentUsesTheAccountsQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newComponentTest(t)
		c.login()
		_, refresh := c.p.Grant("wxA")
		granted := c.post("/cgi-bin/component/api_authorizer_token", fmt.Sprintf(
			`{"component_appid":"COMPONENT","authorizer_appid":"wxA","authorizer_refresh_token":%q}`, refresh))
		c.get("/cgi-bin/menu/get", "access_token="+granted["authorizer_access_token"].(string))
		account := caller{api{t, c.p, c.p.Client(), c.p.URL()}, c.p.IssueToken()}
		_, used := account.quota("/cgi-bin/menu/get")
		require.Equal(t, 1, used)
	})
}

// Section 6.2: how many customer-service messages an interaction allows, and how long.
func TestReplyWindows(t *testing.T) {
	const day2, minute = 48 * time.Hour, time.Minute
	for name, row := range map[string]struct {
		does    wechattest.Message
		allowed int
		within  time.Duration
	}{
		"message":                   {wechattest.Text("hi"), 5, day2},
		"picture":                   {wechattest.Image("http://example.com/p.jpg", "M"), 5, day2},
		"menu click":                {wechattest.Click("K"), 3, minute},
		"scancode_push":             {wechattest.ScanCodePush("K", "qrcode", "1"), 3, minute},
		"scancode_waitmsg":          {wechattest.ScanCodeWait("K", "qrcode", "1"), 3, minute},
		"follow":                    {wechattest.Subscribe(), 3, minute},
		"scan":                      {wechattest.Scan("1", "T"), 3, minute},
		"follow by scan":            {wechattest.SubscribeByScan("1", "T"), 3, minute},
		"item of a msgmenu":         {wechattest.MenuReply("yes", "101"), 3, minute},
		"view opens nothing":        {wechattest.View("http://example.com"), 0, 0},
		"pic_sysphoto opens none":   {wechattest.PicSysPhoto("K"), 0, 0},
		"location_select neither":   {wechattest.LocationSelect("K", 23, 113, 15, "x", ""), 0, 0},
		"report of a place neither": {wechattest.LocationReport(23, 113, 50), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			limitCaller(t, func(t *testing.T, c caller) {
				c.p.Bot(fixed("success"))
				u := c.p.User("oA")
				send := func() int {
					return c.send("/cgi-bin/message/custom/send", `{"touser": "oA", "msgtype": "text", "text": {"content": "x"}}`).Code
				}
				for range 2 { // the second interaction opens the window again
					_, err := u.Send(row.does)
					require.NoError(t, err)
					c.p.Advance(max(0, row.within-time.Second))
					for range row.allowed {
						require.Zero(t, send())
					}
					if row.allowed > 0 {
						require.Equal(t, 45047, send(), "one more")
					}
					c.p.Advance(time.Second)
					require.Equal(t, 45015, send(), "too late")
				}
			})
		})
	}
}

// Section 6.2: messages.
func TestMessageLimits(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		c.p.Bot(fixed("success"))
		_, err := c.p.User("oA").Text("hi")
		require.NoError(t, err)
		const send, all, some = "/cgi-bin/message/custom/send", "/cgi-bin/message/mass/sendall", "/cgi-bin/message/mass/send"
		const text, toAll = `"msgtype": "text", "text": {"content": "x"}`, `"filter": {"is_to_all": true}`
		to := func(n int) string { return `{"touser": [` + strings.Repeat(`"o",`, n-1) + `"o"], ` + text + `}` }
		news := func(n int) string {
			return `{"touser": "oA", "msgtype": "news", "news": {"articles": [` + strings.Repeat(`{"title": "t"},`, n-1) + `{"title": "t"}]}}`
		}
		notice := func(kids, scene string) string {
			return `{"tid": "99", "kidList": [` + kids + `], "sceneDesc": "` + scene + `"}`
		}
		const uploadnews = "/cgi-bin/media/uploadnews"
		thumb := c.uploadFile("/cgi-bin/media/upload", "thumb", "t.jpg", "JPEG")
		articles := func(n int) string {
			return `{"articles": [` + strings.Join(slicesRepeat(`{"thumb_media_id": "`+thumb+`", "title": "t", "content": "c"}`, n), ",") + `]}`
		}
		industries := `{"industry_id1": "1", "industry_id2": "2"}`
		template := `{"template_id_short": "99", "keyword_name_list": ["内容"]}`
		typing := `{"touser": "oA", "command": "Typing"}`
		c.p.Advance(30 * time.Second)
		require.Zero(t, c.send("/cgi-bin/message/custom/typing", typing).Code, "typing: an exchange in the last 30 s")
		c.p.Advance(time.Second)
		require.Equal(t, 45080, c.send("/cgi-bin/message/custom/typing", typing).Code, "typing: after 31 s")
		c.holds([]limit{
			{"news message: 1 article", send, news(1), news(2), 1, 45008},
			{"mass by openid: at least 2", some, to(2), to(1), 1, 40130},
			{"mass by openid: at most 10,000", some, to(10_000), to(10_001), 1, 40032},
			{"mass to all: 4 a month", all, `{` + toAll + `, ` + text + `}`, `{` + toAll + `, ` + text + `}`, 4, 45028},
			{"mass speed: at most 4", "/cgi-bin/message/mass/speed/set", `{"speed": 4}`, `{"speed": 5}`, 1, 45083},
			{"mass speed: at least 0", "/cgi-bin/message/mass/speed/set", `{"speed": 0}`, `{"speed": -1}`, 1, 45083},
			{"templates: 25", "/cgi-bin/template/api_add_template", template, template, 25, 45026},
			{"industry: 1 change a month", "/cgi-bin/template/api_set_industry", industries, industries, 1, 43100},
			{"uploaded news: at least 1 article", uploadnews, articles(1), articles(0), 1, 44003},
			{"uploaded news: at most 8 articles", uploadnews, articles(8), articles(9), 1, 45008},
			{"notice: at least 2 keywords", "/wxaapi/newtmpl/addtemplate", notice("1,2", "购票"), notice("1", "购票"), 1, 200020},
			{"notice: at most 5 keywords", "/wxaapi/newtmpl/addtemplate", notice("1,2,3,4,5", "购票"), notice("1,2,3,4,5,6", "购票"), 1, 200020},
			{"notice: sceneDesc of 15 characters", "/wxaapi/newtmpl/addtemplate", notice("1,3", strings.Repeat("票", 15)), notice("1,4", strings.Repeat("票", 16)), 1, 200021},
		})
		time.Sleep(time.Second) // the mass sends are carried out
	})
}

// Section 6.2: four mass messages a user and month, and one notice a consent.
func TestMessagesOfAUser(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		u := c.p.User("oA")
		c.p.User("oB")
		for range 5 {
			require.Zero(t, c.send("/cgi-bin/message/mass/send", `{"touser": ["oA", "oB"], "msgtype": "text", "text": {"content": "x"}}`).Code)
			time.Sleep(time.Second)
		}
		require.Len(t, c.p.Messages("oA"), 4)

		var added struct{ PriTmplID string }
		c.send("/wxaapi/newtmpl/addtemplate", `{"tid": "99", "kidList": [3, 2], "sceneDesc": "购票"}`).read(t, &added)
		_, err := u.AnswerPopup(wechattest.Consent{TemplateID: added.PriTmplID, Status: "accept"})
		require.ErrorIs(t, err, wechattest.ErrNoBot)
		send := `{"touser": "oA", "template_id": "` + added.PriTmplID + `", "data": {"thing3": {"value": "车票"}, "time2": {"value": "今天"}}}`
		c.holds([]limit{{"notice: one send a consent", "/cgi-bin/message/subscribe/bizsend", send, send, 1, 43101}})
	})
}

// Section 6.2: sixty mass sends a minute.
func TestMinuteLimitOfMassSends(t *testing.T) {
	for _, path := range []string{"/cgi-bin/message/mass/sendall", "/cgi-bin/message/mass/send"} {
		limitCaller(t, func(t *testing.T, c caller) {
			require.Equal(t, 60, c.exhaust("POST", path, 45011, 60), path)
			c.p.Advance(time.Minute)
			require.Equal(t, 40, c.exhaust("POST", path, 45009, 60), "%s: a hundred a day", path)
		})
	}
}

// Section 6.3: menus.
func TestMenuLimits(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		const create = "/cgi-bin/menu/create"
		times := func(n int, button string) string { return strings.Join(slicesRepeat(button, n), ",") }
		menu := func(buttons string) string { return `{"button": [` + buttons + `]}` }
		leaf := func(kind, name, key string) string {
			return fmt.Sprintf(`{"type": %q, "name": %q, "key": %q}`, kind, name, key)
		}
		sub := func(buttons string) string { return `{"name": "m", "sub_button": [` + buttons + `]}` }
		ok := leaf("click", "n", "k")
		hosts := func(n int) string {
			var buttons []string
			for i := range n {
				buttons = append(buttons, fmt.Sprintf(`{"type": "view", "name": "v", "url": "https://shop%d.example.com/"}`, i))
			}
			return `{"button": [` + sub(strings.Join(buttons, ",")) + `], "matchrule": {"client_platform_type": 1}}`
		}
		c.holds([]limit{
			{"top buttons: at least 1", create, menu(ok), menu(""), 1, 40016},
			{"top buttons: at most 3", create, menu(times(3, ok)), menu(times(4, ok)), 1, 40016},
			{"sub buttons: at most 5", create, menu(sub(times(5, ok))), menu(sub(times(6, ok))), 1, 40023},
			{"top name: 16 bytes", create, menu(leaf("click", "一二三四五n", "k")), menu(leaf("click", "一二三四五nn", "k")), 1, 40018},
			{"key: 128 bytes", create, menu(leaf("click", "n", strings.Repeat("k", 128))), menu(leaf("click", "n", strings.Repeat("k", 129))), 1, 40019},
			{"sub key: 128 bytes", create, menu(sub(leaf("click", "n", strings.Repeat("k", 128)))), menu(sub(leaf("click", "n", strings.Repeat("k", 129)))), 1, 40026},
			{"conditional menu: a button below", "/cgi-bin/menu/addconditional", hosts(1), hosts(0), 1, 65308},
			{"conditional menu: 3 outside domains", "/cgi-bin/menu/addconditional", hosts(3), hosts(4), 1, 65316},
		})
		image := c.uploadFile("/cgi-bin/material/add_material", "image", "a.png", "PNG")
		for _, kind := range []string{
			"click", "view", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
			"location_select", "media_id", "miniprogram",
		} {
			button := fmt.Sprintf(`{"type": %q, "name": "n", "key": "k", "url": "https://example.com/", "media_id": %q, "appid": "wx1", "pagepath": "p"}`, kind, image)
			other := strings.Replace(button, kind, kind+"_", 1)
			c.holds([]limit{
				{"type " + kind, create, menu(button), menu(other), 1, 40017},
				{"type " + kind + " below", create, menu(sub(button)), menu(sub(other)), 1, 40024},
			})
		}
	})
}

// The voices of as many seconds, in each format that says how long it plays.
func amrVoice(seconds int) string {
	return "#!AMR\n" + strings.Repeat("\x04"+strings.Repeat("x", 12), 50*seconds) // mode 0: frames of 13 bytes
}

func wavVoice(seconds int) string {
	const perSecond = 8000
	header := binary.LittleEndian.AppendUint32([]byte("RIFF----WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00"), perSecond)
	header = append(header, "\x01\x00\x08\x00LIST\x03\x00\x00\x00abc\x00data"...)
	header = binary.LittleEndian.AppendUint32(header, uint32(perSecond*seconds))
	return string(header) + strings.Repeat("x", perSecond*seconds)
}

// mp3Voice has frames of 36 ms behind a tag: MPEG-1 layer III, 32 kbit/s, 32 kHz,
// so 144 bytes each.
func mp3Voice(seconds int) string {
	frame := "\xff\xfb\x18\xc0" + strings.Repeat("x", 140)
	n := (seconds*1000 + 35) / 36
	return "ID3\x04\x00\x00\x00\x00\x01\x00" + strings.Repeat("t", 128) + strings.Repeat(frame, n)
}

// Section 6.4: how large files are and how long voices play; TestUploadRefusals has
// the sizes of temporary files.
func TestFileLimits(t *testing.T) {
	const temporary, permanent = "/cgi-bin/media/upload", "/cgi-bin/material/add_material"
	size := func(n int) string { return strings.Repeat("x", n) }
	for _, row := range []struct {
		name, path, kind, file string
		at, over               string
		code                   int
	}{
		{"temporary voice: 60 s of MP3", temporary, "voice", "a.mp3", mp3Voice(60), mp3Voice(61), 45007},
		{"permanent image: 10 MB", permanent, "image", "a.bmp", size(10 << 20), size(10<<20 + 1), 45001},
		{"permanent voice: 2 MB", permanent, "voice", "a.wma", size(2 << 20), size(2<<20 + 1), 45001},
		{"permanent voice: 60 s of AMR", permanent, "voice", "a.amr", amrVoice(60), amrVoice(61), 45007},
		{"permanent voice: 60 s of MP3", permanent, "voice", "a.mp3", mp3Voice(60), mp3Voice(61), 45007},
		{"permanent voice: 60 s of WAV", permanent, "voice", "a.wav", wavVoice(60), wavVoice(61), 45007},
		{"permanent video: 10 MB", permanent, "video", "a.mp4", size(10 << 20), size(10<<20 + 1), 45001},
		{"permanent thumb: 64 KB", permanent, "thumb", "a.jpg", size(64 << 10), size(64<<10 + 1), 45001},
		{"image in an article: under 1 MB", "/cgi-bin/media/uploadimg", "", "a.jpg", size(1<<20 - 1), size(1 << 20), 40009},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			limitCaller(t, func(t *testing.T, c caller) {
				require.Zero(t, c.give(row.path, row.kind, row.file, row.at))
				require.Equal(t, row.code, c.give(row.path, row.kind, row.file, row.over))
			})
		})
	}
}

// Whatever a voice holds, its length is read without a panic: it is taken, or empty,
// or too long.
func FuzzVoice(f *testing.F) {
	for _, voice := range []string{amrVoice(1), wavVoice(1), mp3Voice(1), "ID3\x04\x00\x00\x7f\x7f\x7f\x7f", "RIFF----WAVEdata\xff\xff\xff\xff"} {
		f.Add([]byte(voice))
	}
	post := fuzzed(f, "/cgi-bin/media/upload")
	f.Fuzz(func(t *testing.T, voice []byte) {
		contentType, body := form(t, "media", "a.mp3", string(voice))
		require.Contains(t, []int{0, 44001, 45001, 45007}, post(t, "/cgi-bin/media/upload", "voice", contentType, body).Code)
	})
}

// Section 6.4: the formats of files.
func TestFormatLimits(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		const temporary, permanent = "/cgi-bin/media/upload", "/cgi-bin/material/add_material"
		for _, row := range []struct{ path, kind, takes, refuses string }{
			{temporary, "image", "png jpeg jpg gif PNG", "bmp webp"},
			{temporary, "voice", "amr mp3", "wma wav speex"},
			{temporary, "video", "mp4", "avi mov"},
			{temporary, "thumb", "jpg", "png gif"},
			{permanent, "image", "bmp png jpeg jpg gif", "webp"},
			{permanent, "voice", "mp3 wma wav amr", "ogg"},
			{permanent, "video", "mp4", "avi"},
			{permanent, "thumb", "jpg", "png"},
			{"/cgi-bin/media/uploadimg", "", "jpg png", "gif bmp"},
		} {
			for format := range strings.FieldsSeq(row.takes) {
				require.Zero(t, c.give(row.path, row.kind, "a."+format, "x"), "%s %s: %s", row.path, row.kind, format)
			}
			for format := range strings.FieldsSeq(row.refuses) {
				require.Equal(t, 40005, c.give(row.path, row.kind, "a."+format, "x"), "%s %s: %s", row.path, row.kind, format)
			}
		}
	})
}

// Section 6.4: how many permanent materials an account has; images of articles do
// not count.
func TestMaterialTotals(t *testing.T) {
	const add = "/cgi-bin/material/add_material"
	for kind, file := range map[string]string{"voice": "a.mp3", "video": "a.mp4", "thumb": "a.jpg"} {
		t.Run(kind, func(t *testing.T) {
			limitCaller(t, func(t *testing.T, c caller) {
				for range 1000 {
					require.Zero(t, c.give(add, kind, file, "x"))
				}
				require.Equal(t, 45034, c.give(add, kind, file, "x"))
				require.Zero(t, c.give(add, "image", "a.png", "x"))
			})
		})
	}
	t.Run("image and news", func(t *testing.T) {
		limitCaller(t, func(t *testing.T, c caller) {
			for range 99_999 {
				c.p.AddNews(wechattest.NewsArticle{Title: "t"})
			}
			require.Zero(t, c.give(add, "image", "a.png", "x"))
			require.Equal(t, 45034, c.give(add, "image", "a.png", "x"))
			require.Zero(t, c.give("/cgi-bin/media/uploadimg", "", "a.png", "x"))
			require.Zero(t, c.give(add, "voice", "a.mp3", "x"))
		})
	})
}

// Section 6.4: drafts and lists.
func TestDraftLimits(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		const add = "/cgi-bin/draft/add"
		cover := c.uploadFile("/cgi-bin/material/add_material", "image", "a.png", "PNG")
		with := func(field, value string) string {
			fields := map[string]any{"title": "t", "content": "c", "thumb_media_id": cover, field: value}
			body, err := json.Marshal(map[string]any{"articles": []any{fields}})
			require.NoError(t, err)
			return string(body)
		}
		post := func(goods, pictures int) string {
			dom := strings.Repeat(`<mp-common-product data-pid='1' data-type='1'></mp-common-product>`, goods)
			list := strings.Join(slicesRepeat(`{"image_media_id": "`+cover+`"}`, pictures), ",")
			return `{"articles": [{"article_type": "newspic", "title": "t", "content": "c` + dom + `", "image_info": {"image_list": [` + list + `]}}]}`
		}
		long := func(n int) string { return strings.Repeat("字", n) }
		link := func(n int) string { return "https://example.com/" + strings.Repeat("x", n-len("https://example.com/")) }
		limits := []limit{
			{"title: 64 characters", add, with("title", long(64)), with("title", long(65)), 1, 45003},
			{"author: 16 characters", add, with("author", long(16)), with("author", long(17)), 1, 45110},
			{"digest: 128 characters", add, with("digest", long(128)), with("digest", long(129)), 1, 45004},
			{"source URL: 1 KB", add, with("content_source_url", link(1024)), with("content_source_url", link(1025)), 1, 41039},
			{"content: under 20,000 characters", add, with("content", long(19_999)), with("content", long(20_000)), 1, 45166},
			{"picture post: 50 goods", add, post(50, 1), post(51, 1), 1, 45166},
			{"picture post: at least 1 picture", add, post(0, 1), post(0, 0), 1, 40007},
			{"picture post: at most 20 pictures", add, post(0, 20), post(0, 21), 1, 45166},
		}
		for name, path := range map[string]string{
			"materials": "/cgi-bin/material/batchget_material", "drafts": "/cgi-bin/draft/batchget", "publications": "/cgi-bin/freepublish/batchget",
		} {
			page := func(count int) string {
				return fmt.Sprintf(`{"type": "image", "offset": 0, "count": %d}`, count)
			}
			limits = append(limits,
				limit{name + ": at most 20 a page", path, page(20), page(21), 1, 40097},
				limit{name + ": at least 1 a page", path, page(1), page(0), 1, 40097})
		}
		c.holds(limits)

		var draft struct {
			MediaID string `json:"media_id"`
		}
		c.send(add, `{"articles": [{"title": "t", "content": "<p>`+long(60)+`</p>", "thumb_media_id": "`+cover+`"}]}`).read(t, &draft)
		require.Contains(t, c.send("/cgi-bin/draft/get", `{"media_id": "`+draft.MediaID+`"}`).Body, `"digest":"`+long(54)+`"`, "digest: the first 54 by default")
	})
}

// Section 6.5: users, tags, QR codes, short keys.
func TestUserLimits(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		var ids []string
		for i := range 101 {
			ids = append(ids, fmt.Sprint("o", i))
			c.p.User(ids[i])
		}
		tagged := func(n int) string { return `{"tagid": 100, "openid_list": ` + list(ids[:n]...) + `}` }
		profiles := func(n int) string {
			users := make([]string, n)
			for i := range users {
				users[i] = `{"openid": "` + ids[i] + `"}`
			}
			return `{"user_list": [` + strings.Join(users, ",") + `]}`
		}
		qr := func(action, scene string, expires int) string {
			return fmt.Sprintf(`{"action_name": %q, "expire_seconds": %d, "action_info": {"scene": {%s}}}`, action, expires, scene)
		}
		id := func(n int64) string { return fmt.Sprintf(`"scene_id": %d`, n) }
		text := func(n int) string { return `"scene_str": "` + strings.Repeat("景", n) + `"` }
		key := func(length, life int) string {
			return fmt.Sprintf(`{"long_data": %q, "expire_seconds": %d}`, strings.Repeat("x", length), life)
		}
		const month = 30 * 24 * 60 * 60
		const member, gen = "/cgi-bin/tags/members/", "/cgi-bin/shorten/gen"
		c.holds([]limit{
			{"tags: 100 an account", "/cgi-bin/tags/create", `{"tag": {"name": "t#"}}`, `{"tag": {"name": "t#"}}`, 100, 45056},
			{"tags: 20 a user", member + "batchtagging", `{"tagid": #, "openid_list": ["o100"]}`, `{"tagid": #, "openid_list": ["o100"]}`, 20, 45059},
			{"tagging: 50 openids", member + "batchtagging", tagged(50), tagged(51), 1, 40032},
			{"untagging: 50 openids", member + "batchuntagging", tagged(50), tagged(51), 1, 40032},
			{"tags: 0 to 2 are the system's", "/cgi-bin/tags/update", `{"tag": {"id": #, "name": "x"}}`, `{"tag": {"id": 2, "name": "y"}}`, 1, 45058},
			{"user info: 100 openids", "/cgi-bin/user/info/batchget", profiles(100), profiles(101), 1, 40032},
			{"blacklisting: 20 openids", member + "batchblacklist", tagged(20), tagged(21), 1, 40032},
			{"unblacklisting: 20 openids", member + "batchunblacklist", tagged(20), tagged(21), 1, 40032},
			{"temporary QR code: 30 days", qrCreate, qr("QR_SCENE", id(1), month), qr("QR_SCENE", id(1), month+1), 1, 40097},
			{"temporary QR code: scene_id of 32 bits", qrCreate, qr("QR_SCENE", id(1<<32-1), 60), qr("QR_SCENE", id(1<<32), 60), 1, 40053},
			{"temporary QR code: scene_id from 1", qrCreate, qr("QR_SCENE", id(1), 60), qr("QR_SCENE", id(0), 60), 1, 40053},
			{"temporary QR code: scene_str to 64", qrCreate, qr("QR_STR_SCENE", text(64), 60), qr("QR_STR_SCENE", text(65), 60), 1, 40053},
			{"temporary QR code: scene_str from 1", qrCreate, qr("QR_STR_SCENE", text(1), 60), qr("QR_STR_SCENE", text(0), 60), 1, 40053},
			{"permanent QR code: scene_id to 100,000", qrCreate, qr("QR_LIMIT_SCENE", id(100_000), 0), qr("QR_LIMIT_SCENE", id(100_001), 0), 1, 40053},
			{"permanent QR code: scene_id from 1", qrCreate, qr("QR_LIMIT_SCENE", id(1), 0), qr("QR_LIMIT_SCENE", id(0), 0), 1, 40053},
			{"permanent QR code: scene_str to 64", qrCreate, qr("QR_LIMIT_STR_SCENE", text(64), 0), qr("QR_LIMIT_STR_SCENE", text(65), 0), 1, 40053},
			{"permanent QR code: scene_str from 1", qrCreate, qr("QR_LIMIT_STR_SCENE", text(1), 0), qr("QR_LIMIT_STR_SCENE", text(0), 0), 1, 40053},
			{"short key: 4 KB", gen, key(4<<10, 60), key(4<<10+1, 60), 1, 9410010},
			{"short key: a second", gen, key(1, 1), key(4<<10+1, 1), 1, 9410010},
			{"short key: 30 days", gen, key(1, month), key(1, month+1), 1, 9410011},
		})
		require.Regexp(t, `"short_key":"[0-9A-Za-z]{15}"`, c.send(gen, key(1, 60)).Body, "short key: 15 base62 characters")
	})
}

// Section 6.5: a tag of more than 100,000 followers cannot be deleted, and lists
// ten thousand of them a page.
func TestLimitsOfALargeTag(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		require.Zero(t, c.send("/cgi-bin/tags/create", `{"tag": {"name": "常客"}}`).Code)
		var ids []string
		for i := range 100_001 {
			ids = append(ids, fmt.Sprintf("o%06d", i))
			c.p.User(ids[i])
		}
		for i := 0; i < len(ids); i += 50 {
			body := `{"tagid": 100, "openid_list": ` + list(ids[i:min(i+50, len(ids))]...) + `}`
			require.Zero(t, c.send("/cgi-bin/tags/members/batchtagging", body).Code)
		}
		var page struct {
			Count int
			Next  string `json:"next_openid"`
		}
		c.send("/cgi-bin/user/tag/get", `{"tagid": 100}`).read(t, &page)
		require.Equal(t, 10_000, page.Count)
		require.Equal(t, ids[9999], page.Next)

		remove := `{"tag": {"id": 100}}`
		require.Equal(t, 45057, c.send("/cgi-bin/tags/delete", remove).Code)
		require.Zero(t, c.send("/cgi-bin/tags/members/batchuntagging", `{"tagid": 100, "openid_list": ["o000000"]}`).Code)
		require.Zero(t, c.send("/cgi-bin/tags/delete", remove).Code, "of 100,000")
	})
}

// Section 6.6: customer service and comments.
func TestServiceLimits(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		const add, records = "/customservice/kfaccount/add", "/customservice/msgrecord/getmsglist"
		agent := func(prefix string) string { return `{"kf_account": "` + prefix + `@gh_test", "nickname": "客服"}` }
		record := func(msgID, number int) string {
			return fmt.Sprintf(`{"starttime": 1, "endtime": 2, "msgid": %d, "number": %d}`, msgID, number)
		}
		article := c.p.PublishArticles("文章1")
		require.Zero(t, c.send("/cgi-bin/comment/open", `{"msg_data_id": `+article+`}`).Code)
		comments := func(count int) string {
			return fmt.Sprintf(`{"msg_data_id": %s, "index": 0, "begin": 0, "count": %d, "type": 0}`, article, count)
		}
		c.holds([]limit{
			{"kf_account: prefix of 10", add, agent("abcdefg_10"), agent("abcdefgh_11"), 1, 65404},
			{"kf_account: letters, digits, underscore", add, agent("a_1"), agent("a-1"), 1, 65404},
			{"kf accounts: 100", add, agent("a#"), agent("a#"), 98, 65405},
			{"records: 10,000 a call", records, record(1, 10_000), record(1, 10_001), 1, 65416},
			{"records: an end from the start on", records, `{"starttime": 2, "endtime": 2, "msgid": 1, "number": 1}`, `{"starttime": 2, "endtime": 1, "msgid": 1, "number": 1}`, 1, 65416},
			{"records: a start from 1 on", records, `{"starttime": 1, "endtime": 2, "msgid": 1, "number": 1}`, `{"starttime": 0, "endtime": 2, "msgid": 1, "number": 1}`, 1, 65416},
			{"records: at least 1 a call", records, record(1, 1), record(1, 0), 1, 65416},
			{"records: msgid from 1", records, record(1, 1), record(0, 1), 1, 65416},
			{"comments: at most 49 a page", "/cgi-bin/comment/list", comments(49), comments(50), 1, 88010},
			{"comments: at least 1 a page", "/cgi-bin/comment/list", comments(1), comments(0), 1, 88010},
		})

		c.p.Bot(transferring("nobody@gh_test"))
		for i := range 101 {
			_, err := c.p.User(fmt.Sprint("o", i)).Text("在吗")
			require.NoError(t, err)
		}
		var waiting struct {
			Count int
			Rows  []any `json:"waitcaselist"`
		}
		c.get("/customservice/kfsession/getwaitcase").read(t, &waiting)
		require.Equal(t, 101, waiting.Count)
		require.Len(t, waiting.Rows, 100, "waiting list: 100 rows")
	})
}
