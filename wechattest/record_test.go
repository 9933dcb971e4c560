package wechattest_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
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
	resp, err := first.Client().Get(first.URL() + "/cgi-bin/get_api_domain_ip?access_token=" + token)
	require.NoError(t, err)
	resp.Body.Close()
	resp, err = first.Client().Post(first.URL()+"/cgi-bin/stable_token", "application/json",
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

// formBot reads callbacks in either form and answers in the same.
type formBot struct {
	t   *testing.T
	cfg wechattest.Config
	got []formed
}

// formed is a callback as it arrived: the form of its body, and the message in clear.
type formed struct{ contentType, to, openID, message string }

func newFormBot(t *testing.T, cfg wechattest.Config) (*wechattest.Platform, *formBot) {
	p := wechattest.New(t, cfg)
	b := &formBot{t: t, cfg: p.Config()}
	p.Bot(b)
	return p, b
}

func (b *formBot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	got := formed{contentType: r.Header.Get("Content-Type"), openID: r.URL.Query().Get("openid"), message: string(body)}
	unmarshal := xml.Unmarshal
	if got.contentType == "application/json" {
		unmarshal = json.Unmarshal
	}
	var outer struct{ ToUserName, Encrypt string }
	if err := unmarshal(body, &outer); err != nil {
		b.t.Errorf("%s that is none: %v: %s", got.contentType, err, body)
	}
	got.to = outer.ToUserName
	seal := func(answer string) string { return answer }
	if b.cfg.Mode != wechattest.Plain {
		q := r.URL.Query()
		if sha1Hex(b.cfg.Token, q.Get("timestamp"), q.Get("nonce"), outer.Encrypt) != q.Get("msg_signature") {
			b.t.Errorf("msg_signature of %s", body)
		}
		stranger := stranger{cfg: b.cfg}
		message, err := unseal(b.cfg.EncodingAESKey, stranger.receiver(), outer.Encrypt)
		if err != nil {
			b.t.Errorf("%v: %s", err, body)
		}
		got.message, seal = string(message), stranger.seal
	}
	b.got = append(b.got, got)
	if got.contentType != "application/json" {
		_, _ = io.WriteString(w, seal(reply(got.openID, b.cfg.OriginalID, "<MsgType>text</MsgType><Content>read</Content>")))
		return
	}
	answer := seal(`{"ToUserName":"` + got.openID + `","FromUserName":"` + b.cfg.OriginalID + `","CreateTime":1,"MsgType":"text","Content":"read"}`)
	if strings.HasPrefix(answer, "<") {
		answer = jsonEnvelope(b.t, answer)
	}
	_, _ = io.WriteString(w, answer)
}

// jsonEnvelope is a sealed answer in the form of JSON.
func jsonEnvelope(t *testing.T, envelope string) string {
	var in struct{ Encrypt, MsgSignature, TimeStamp, Nonce string }
	if err := xml.Unmarshal([]byte(envelope), &in); err != nil {
		t.Errorf("%v: %s", err, envelope)
	}
	out, _ := json.Marshal(in)
	return string(out)
}

// members are those of a JSON object, numbers as they are written.
func members(t *testing.T, object string) (all map[string]any) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(object))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&all))
	return all
}

// unknown has members, numbers and nesting that no builder makes, and the account's
// id in more places than one.
const unknown = `  {"Tomorrow" : {"ToUserName":"` + gh + `", "List":[[1, 2.50],{"a":null}], "Big":12345678901234567890123, "No":[]},
	"Quoted":"` + gh + `","ToUserName" :	"` + gh + `" , "FromUserName":"oHanMei","CreateTime":1.7e9,"MsgType":"\u0074ext",
	"Content":"\u4e00 \"<&>]]> \/","MsgId":24900000000000000001,"Yes":true} `

// What was recorded as JSON arrives as JSON at a bot of any account, with every member.
func TestReplayJSON(t *testing.T) {
	for _, recorded := range []wechattest.Mode{wechattest.Plain, wechattest.Safe} {
		first, heard := newFormBot(t, wechattest.Config{Mode: recorded, JSON: true})
		var file bytes.Buffer
		stop := first.Record(&file)
		for _, m := range []wechattest.Message{
			wechattest.Text(`"<&> 你好` + "\u2028"),
			wechattest.Location(23.134521, 113.358803, 20, "广州"),
			wechattest.Click("KEY"),
			wechattest.SubscribeMsgPopup(wechattest.Consent{TemplateID: "T1", Status: "accept", Scene: 2}, wechattest.Consent{TemplateID: "T2"}),
			{Raw: []byte(unknown), Type: "text", From: "oHanMei"},
		} {
			_, err := first.User("oLiLei").Send(m)
			require.NoError(t, err)
		}
		require.NoError(t, stop())
		traffic, err := wechattest.ReadRecorded(&file)
		require.NoError(t, err)

		for _, mode := range modes {
			for _, asJSON := range []bool{true, false} {
				t.Run(fmt.Sprintf("%v to %v, JSON %v", recorded, mode, asJSON), func(t *testing.T) {
					second, bot := newFormBot(t, wechattest.Config{Mode: mode, JSON: asJSON && mode != wechattest.Component, OriginalID: "gh_another"})
					replies, err := second.Replay(traffic)
					require.NoError(t, err)
					require.Len(t, replies, len(heard.got))
					for i, got := range bot.got {
						want := members(t, heard.got[i].message)
						want["ToUserName"] = "gh_another"
						require.Equal(t, want, members(t, got.message))
						require.Equal(t, "application/json", got.contentType)
						require.Equal(t, "gh_another", got.to)
						require.Equal(t, heard.got[i].openID, got.openID)
						require.Equal(t, "read", replies[i].Content)
					}
					byByte := strings.Replace(unknown, "\t\""+gh, "\t\"gh_another", 1)
					require.Equal(t, byByte, bot.got[4].message)
				})
			}
		}
	}
}

// One recording may hold both forms, and each message keeps its own.
func TestReplayMixed(t *testing.T) {
	var file bytes.Buffer
	for _, cfg := range []wechattest.Config{{}, {JSON: true}, {Mode: wechattest.Compat}, {Mode: wechattest.Compat, JSON: true}} {
		p, _ := newFormBot(t, cfg)
		stop := p.Record(&file)
		_, err := p.User("oLiLei").Text("一")
		require.NoError(t, err)
		require.NoError(t, stop())
	}
	traffic, err := wechattest.ReadRecorded(&file)
	require.NoError(t, err)
	for _, mode := range modes {
		for _, asJSON := range []bool{true, false} {
			p, bot := newFormBot(t, wechattest.Config{Mode: mode, JSON: asJSON && mode != wechattest.Component, OriginalID: "gh_another"})
			_, err := p.Replay(traffic)
			require.NoError(t, err)
			require.Len(t, bot.got, 4)
			for i, got := range bot.got {
				require.Equal(t, []string{"text/xml", "application/json"}[i%2], got.contentType)
				require.Equal(t, strings.Replace(traffic[i].Message, gh, "gh_another", 1), got.message)
			}
		}
	}
}

// Notices have no MsgType in either form.
func TestReplayPassesOver(t *testing.T) {
	var file bytes.Buffer
	for range 2 {
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Component})
		stop := p.Record(&file)
		bot := p.Bot(fixed("success"))
		require.NoError(t, bot.Notify(wechattest.ComponentVerifyTicket("ticket")))
		bot.Post(nil, []byte(`{"MsgType":`))
		require.NoError(t, stop())
	}
	traffic, err := wechattest.ReadRecorded(&file)
	require.NoError(t, err)
	require.Len(t, traffic, 4)
	p, bot := newFormBot(t, wechattest.Config{})
	replies, err := p.Replay(traffic)
	require.NoError(t, err)
	require.Empty(t, replies)
	require.Empty(t, bot.got)
}

// Nothing is passed over in silence.
func TestReplayGarbage(t *testing.T) {
	p, bot := newFormBot(t, wechattest.Config{JSON: true})
	good := wechattest.Recorded{Kind: "callback", Method: http.MethodPost, Message: `{"FromUserName":"oLiLei","MsgType":"text"}`}
	for message, why := range map[string]string{
		`{`:                                  "unexpected EOF",
		`{"MsgType":"text"`:                  "unexpected EOF",
		`{"MsgType":"text",}`:                "invalid character",
		`{"MsgType":"text"} {}`:              "more than one",
		`{"MsgType":"text"}}`:                "more than one",
		`{MsgType:"text"}`:                   "invalid character",
		`[{"MsgType":"text"}]`:               "no XML element",
		`<xml><MsgType>text</MsgType>`:       "unexpected EOF",
		"<xml><Content>\x01</Content></xml>": "illegal character",
		`text`:                               "no XML element",
		`<xml></xml>text`:                    `text outside the root: "text"`,
		strings.Repeat(`{"a":`, 20_000):      "max depth",
	} {
		bot.got = nil
		bad := good
		bad.Message = message
		replies, err := p.Replay([]wechattest.Recorded{good, bad, good})
		require.ErrorContains(t, err, "record 2, of 0001-01-01", message)
		require.ErrorContains(t, err, why, message)
		require.Len(t, replies, 2)
		require.Len(t, bot.got, 2, message)
	}

	nobody := good
	nobody.Message = `{"MsgType":"text"}`
	_, err := p.Replay([]wechattest.Recorded{nobody})
	require.ErrorContains(t, err, "no sender")
}

// Only the member or element itself changes its value.
func TestReplayReaddresses(t *testing.T) {
	p, bot := newFormBot(t, wechattest.Config{})
	for message, want := range map[string]string{
		`{"MsgType":"text","FromUserName":"e","ToUserName":"e"}`:                                                 `{"MsgType":"text","FromUserName":"e","ToUserName":"` + gh + `"}`,
		`{"\u0054oUserName":"\u0065","FromUserName":"e","MsgType":"text"}`:                                       `{"\u0054oUserName":"` + gh + `","FromUserName":"e","MsgType":"text"}`,
		`{"ToUserName":"e","FromUserName":"e","ToUserName":"e","MsgType":"text"}`:                                `{"ToUserName":"` + gh + `","FromUserName":"e","ToUserName":"` + gh + `","MsgType":"text"}`,
		`{"ToUserName":"","FromUserName":"e","MsgType":"text"}`:                                                  `{"ToUserName":"","FromUserName":"e","MsgType":"text"}`,
		`<xml><MsgType>text</MsgType><ToUserName><![CDATA[A]]></ToUserName><FromUserName>A</FromUserName></xml>`: `<xml><MsgType>text</MsgType><ToUserName><![CDATA[` + gh + `]]></ToUserName><FromUserName>A</FromUserName></xml>`,
		`<xml><MsgType>text</MsgType><ToUserName>&#78;</ToUserName><FromUserName>N</FromUserName></xml>`:         `<xml><MsgType>text</MsgType><ToUserName>&#78;</ToUserName><FromUserName>N</FromUserName></xml>`,
		`<xml><MsgType>text</MsgType><ToUserName>e</ToUserName><FromUserName>e</FromUserName></xml>`:             `<xml><MsgType>text</MsgType><ToUserName>` + gh + `</ToUserName><FromUserName>e</FromUserName></xml>`,
	} {
		bot.got = nil
		_, err := p.Replay([]wechattest.Recorded{{Kind: "callback", Method: http.MethodPost, Message: message}})
		require.NoError(t, err)
		require.Equal(t, want, bot.got[0].message)
	}
}

// A message that is replayed changes what the platform knows of its sender, in either form.
func TestReplaySubscribes(t *testing.T) {
	for _, asJSON := range []bool{true, false} {
		first, _ := newFormBot(t, wechattest.Config{JSON: asJSON})
		var file bytes.Buffer
		first.Record(&file)
		_, err := first.User("oLiLei").Send(wechattest.SubscribeByScan("shop", "ticket"))
		require.NoError(t, err)
		traffic, err := wechattest.ReadRecorded(&file)
		require.NoError(t, err)

		second, _ := newFormBot(t, wechattest.Config{})
		_, err = second.Replay(traffic)
		require.NoError(t, err)
		resp, err := second.Client().Get(second.URL() + "/cgi-bin/user/info?openid=oLiLei&access_token=" + second.IssueToken())
		require.NoError(t, err)
		info, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		resp.Body.Close()
		require.Equal(t, "shop", members(t, string(info))["qr_scene_str"])
	}
}

func TestRecordFails(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	full := errors.New("disk full")
	stop := p.Record(failingWriter{full})
	p.Bot(xmlBot(func(xmlMessage) string { return "success" }))
	_, err := p.User("oLiLei").Text("x")
	require.NoError(t, err, "the bot is still served")
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
	for _, message := range []string{
		unknown,
		`{"ToUserName":"a","FromUserName":"oU","MsgType":"event","Event":"CLICK"}`,
		`{"ToUserName":["a"],"FromUserName":"oU","MsgType":"text","MsgId":1e3}`,
		`{"ToUserName":{"a":[]},"ToUserName":"b","FromUserName":"oU","MsgType":"text","\u00e9":null}`,
		`{"FromUserName":"oU","MsgType":"text"} x`,
	} {
		line, err := json.Marshal(wechattest.Recorded{Kind: "callback", Method: http.MethodPost, Message: message})
		require.NoError(f, err)
		f.Add(line)
	}
	p := wechattest.New(f, wechattest.Config{Deliveries: 1, Mode: wechattest.Compat})
	p.Bot(fixed("success"))
	f.Fuzz(func(t *testing.T, text []byte) {
		traffic, err := wechattest.ReadRecorded(bytes.NewReader(text))
		if err != nil {
			return
		}
		for _, r := range traffic {
			replies, err := p.Replay([]wechattest.Recorded{r})
			if len(replies) == 0 || len(replies[0].Deliveries) == 0 {
				continue
			}
			require.NoError(t, err)
			sent := replies[0].Deliveries[0]
			require.Equal(t, json.Valid([]byte(r.Message)), json.Valid(sent.Message))
			require.Equal(t, json.Valid([]byte(r.Message)), json.Valid(sent.Request))
			if !json.Valid(sent.Message) {
				continue
			}
			want, got := members(t, r.Message), members(t, string(sent.Message))
			if to, ok := want["ToUserName"].(string); ok && to != "" {
				want["ToUserName"] = gh
			}
			require.Equal(t, want, got)
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
		"500":                                   {},
		"599":                                   {},
		"10000":                                 {},
		"slow=1ns":                              {},
	} {
		rule, err := wechattest.ParseRule(text)
		require.NoError(t, err, text)
		require.NotEmpty(t, rule.Fault.String())
		rule.Fault = wechattest.Fault{}
		require.Equal(t, want, rule, text)
	}
	for text, why := range map[string]string{
		"": "not an errcode", "sometimes": "not an errcode", "404": "not an errcode", "499": "not an errcode", "600": "not an errcode", "9999": "not an errcode", "-2": "not an errcode", "slow=": "duration", "slow=-1s": "duration",
		"40001,share=1.01": "share", "40001,share=-0.1": "share", "slow=0s": "duration", "40001,share=NaN": "share", "40001,share=0": "share", "40001,times=0": "times", "40001,path=x": "slash",
		"40001,method=PUT": "GET nor POST", "40001,color=red": "unknown option",
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
	resp, err := p.ClientFrom("203.0.113.7").Get(p.URL() + "/cgi-bin/token")
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

// Raw reads who sent what from either form, and sends what it cannot read as well.
func TestRaw(t *testing.T) {
	for _, body := range []string{
		`{"ToUserName":"gh_1","FromUserName":" oA ","MsgType":"event","Event":"CLICK"}`,
		"<xml><ToUserName>gh_1</ToUserName><FromUserName> oA </FromUserName><MsgType>event</MsgType><Event>CLICK</Event></xml>",
	} {
		m := wechattest.Raw([]byte(body))
		require.Len(t, m.Elements, 4)
		m.Elements = nil
		require.Equal(t, wechattest.Message{Type: "event", Event: "CLICK", From: "oA", Raw: []byte(body)}, m)
	}
	for _, body := range []string{"", "{", "<xml>", "nonsense"} {
		require.Equal(t, wechattest.Message{Raw: []byte(body)}, wechattest.Raw([]byte(body)), body)
	}
}
