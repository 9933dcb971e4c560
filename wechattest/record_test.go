package wechattest_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// Traffic recorded on one account, in one mode, is played to the bot of another.
func TestRecordAndReplay(t *testing.T) {
	echo := xmlBot(func(m xmlMessage) string { return m.reply("text", "<Content>"+m.Content+m.Event+"</Content>") })
	first := wechattest.New(t, wechattest.Config{})
	var file bytes.Buffer
	stop := first.Record(&file)
	bot := first.Bot(echo)
	require.NoError(t, bot.Verify())
	_, err := first.User("oLiLei").Text("一")
	require.NoError(t, err)
	_, err = first.User("oLiLei").Click("KEY")
	require.NoError(t, err)
	token := first.IssueToken()
	resp, err := first.Client().Get(first.URL + "/cgi-bin/get_api_domain_ip?access_token=" + token)
	require.NoError(t, err)
	resp.Body.Close()
	resp, err = first.Client().Post(first.URL+"/cgi-bin/stable_token", "application/json",
		strings.NewReader(`{"grant_type":"client_credential","appid":"`+wechattest.DefaultAppID+`","secret":"`+wechattest.DefaultSecret+`"}`))
	require.NoError(t, err)
	answer, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	require.NoError(t, stop())
	_, err = first.User("oLiLei").Text("after the end")
	require.NoError(t, err)

	require.NotContains(t, file.String(), token)
	require.NotContains(t, file.String(), wechattest.DefaultSecret)
	require.NotContains(t, file.String(), string(answer))
	traffic, err := wechattest.ReadRecorded(&file)
	require.NoError(t, err)
	require.Len(t, traffic, 5)
	require.Equal(t, "callback", traffic[1].Kind)
	require.Contains(t, traffic[1].Message, "一")
	require.Equal(t, 200, traffic[1].Status)
	require.Equal(t, "/cgi-bin/get_api_domain_ip?access_token=REDACTED", traffic[3].URL)

	second := wechattest.New(t, wechattest.Config{OriginalID: "gh_another"})
	second.Bot(echo)
	replies, err := second.Replay(traffic)
	require.NoError(t, err)
	require.Len(t, replies, 2, "the verification and the calls are no messages")
	require.Equal(t, "一", replies[0].Content)
	require.Equal(t, "CLICK", replies[1].Content)
	require.Equal(t, strings.Replace(traffic[1].Message, wechattest.DefaultOriginalID, "gh_another", 1), string(second.Deliveries()[0].Message))

	second.Bot(xmlBot(func(xmlMessage) string { return "{}" }))
	_, err = second.Replay(traffic)
	require.ErrorIs(t, err, wechattest.ErrNotXML)
}

// Nothing is passed over in silence.
func TestReplayJSON(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{JSON: true})
	var file bytes.Buffer
	p.Record(&file)
	p.Bot(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	_, err := p.User("oLiLei").Text("x")
	require.NoError(t, err)
	traffic, err := wechattest.ReadRecorded(&file)
	require.NoError(t, err)
	replies, err := p.Replay(traffic)
	require.ErrorContains(t, err, "recorded as JSON")
	require.Empty(t, replies)
}

func TestRecordFails(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	full := errors.New("disk full")
	stop := p.Record(failingWriter{full})
	p.Bot(xmlBot(func(xmlMessage) string { return "success" }))
	_, err := p.User("oLiLei").Text("x")
	require.NoError(t, err, "the bot is served all the same")
	require.ErrorIs(t, stop(), full)

	for _, text := range []string{"no json\n", `{"kind":"dream"}`, "{}\n{", `[]`} {
		_, err := wechattest.ReadRecorded(strings.NewReader(text))
		require.ErrorContains(t, err, "line 1", text)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func FuzzReadRecorded(f *testing.F) {
	f.Add([]byte(`{"kind":"callback","method":"POST","message":"<xml><ToUserName>a</ToUserName><FromUserName>oU</FromUserName><MsgType>text</MsgType></xml>"}`))
	f.Add([]byte("{\"kind\":\"call\"}\n\n{\"kind\":\"callback\"}"))
	p := wechattest.New(f, wechattest.Config{Deliveries: 1})
	p.Bot(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "success") }))
	f.Fuzz(func(t *testing.T, text []byte) {
		traffic, err := wechattest.ReadRecorded(bytes.NewReader(text))
		if err != nil {
			return
		}
		replies, _ := p.Replay(traffic)
		if len(replies) > len(traffic) {
			t.Fatal("more messages than lines")
		}
	})
}

func TestParseRule(t *testing.T) {
	for text, want := range map[string]wechattest.Rule{
		"40001":                                 {},
		"-1,share=0.1":                          {Share: 0.1},
		"502,path=/cgi-bin/menu/*":              {Path: "/cgi-bin/menu/*"},
		"slow=3s,times=2,method=GET":            {Times: 2, Method: "GET"},
		" cut , path=/x , times=1":              {Path: "/x", Times: 1},
		"cut-after":                             {},
		"cut-inside":                            {},
		"truncated":                             {},
		"endless":                               {},
		"hang":                                  {},
		"45009,share=1,path=/cgi-bin/,times=10": {Share: 1, Path: "/cgi-bin/", Times: 10},
	} {
		rule, err := wechattest.ParseRule(text)
		require.NoError(t, err, text)
		require.NotEmpty(t, rule.Fault.String())
		rule.Fault = wechattest.Fault{}
		require.Equal(t, want, rule, text)
	}
	for text, why := range map[string]string{
		"": "no errcode", "sometimes": "no errcode", "404": "no HTTP status", "-2": "no errcode", "slow=": "duration", "slow=-1s": "duration",
		"40001,share=2": "share", "40001,share=NaN": "share", "40001,share=0": "share", "40001,times=0": "times", "40001,path=x": "slash",
		"40001,method=PUT": "GET nor POST", "40001,colour=red": "unknown option",
	} {
		_, err := wechattest.ParseRule(text)
		require.ErrorContains(t, err, why, text)
	}
}

// 40164 names the caller's address, as the platform does.
func TestParseRuleAllowList(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	rule, err := wechattest.ParseRule("40164,times=1")
	require.NoError(t, err)
	p.Inject(rule)
	resp, err := p.ClientFrom("203.0.113.7").Get(p.URL + "/cgi-bin/token")
	require.NoError(t, err)
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	require.Contains(t, string(body), `"errcode":40164`)
	require.Contains(t, string(body), "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist")
}

func FuzzParseRule(f *testing.F) {
	f.Add("40001,share=0.1,path=/cgi-bin/*,times=3,method=GET")
	f.Add("slow=3s")
	p := wechattest.New(f, wechattest.Config{})
	f.Fuzz(func(t *testing.T, text string) {
		if rule, err := wechattest.ParseRule(text); err == nil {
			p.Inject(rule)() // whatever is understood can be put in force
		}
	})
}
