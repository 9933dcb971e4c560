package wechattest_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// greeter is a bot of the standard library alone. It checks no signature.
func greeter(w http.ResponseWriter, r *http.Request) {
	if echo := r.URL.Query().Get("echostr"); echo != "" {
		fmt.Fprint(w, echo)
		return
	}
	var m struct{ ToUserName, FromUserName, Content string }
	if err := xml.NewDecoder(r.Body).Decode(&m); err != nil || m.Content == "" {
		fmt.Fprint(w, "success")
		return
	}
	fmt.Fprintf(w, `<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d</CreateTime>`+
		`<MsgType>text</MsgType><Content><![CDATA[Hello, %s!]]></Content></xml>`,
		m.FromUserName, m.ToUserName, time.Now().Unix(), m.Content)
}

// A program opens the platform and closes it; a test calls [wechattest.New].
func Example() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	bot := p.Bot(http.HandlerFunc(greeter))
	fmt.Println("verified:", bot.Verify() == nil)

	reply, err := p.User("oLiLei").Text("Li Lei")
	fmt.Println(reply.Saw(), err)
	// Output:
	// verified: true
	// Hello, Li Lei! <nil>
}

// A wrong answer shows the user the fault notice, and the error says why.
func ExampleUser_Send() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	p.Bot(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"content":"JSON is not read here"}`)
	}))

	reply, err := p.User("oLiLei").Send(wechattest.Click("news"))
	fmt.Println(reply.Saw())
	fmt.Println(errors.Is(err, wechattest.ErrNotXML))
	// Output:
	// 该公众号提供的服务出现故障，请稍后再试
	// true
}

// The platform loses the first answer and delivers the message again.
func ExampleBot_FailNext() {
	p, err := wechattest.Open(wechattest.Config{Timeout: time.Second}) // 5 seconds by default
	if err != nil {
		panic(err)
	}
	defer p.Close()
	bot := p.Bot(http.HandlerFunc(greeter))
	bot.FailNext(wechattest.DeliveryFault{LoseAnswer: true})

	reply, err := p.User("oLiLei").Text("again")
	fmt.Println(reply.Saw(), err)
	for _, d := range reply.Deliveries {
		fmt.Println(d.Try, d.Status, d.Lost)
	}
	// Output:
	// Hello, again! <nil>
	// 1 200 true
	// 2 200 false
}

// A bot that checks nothing accepts every forgery.
func ExampleUser_Forge() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	p.Bot(http.HandlerFunc(greeter))

	d, err := p.User("oLiLei").Forge(wechattest.StaleTimestamp, wechattest.Text("let me in"))
	fmt.Println(d.Refused(), err)
	// Output: false <nil>
}

// A client fetches a token, which is then revoked.
func ExamplePlatform_Client() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	get := func(path string, query url.Values) (answer struct {
		AccessToken string `json:"access_token"`
		ErrCode     int    `json:"errcode"`
	}) {
		resp, err := p.Client().Get(p.URL() + path + "?" + query.Encode())
		if err != nil {
			panic(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			panic(err)
		}
		return answer
	}
	cfg := p.Config()
	token := get("/cgi-bin/token", url.Values{"grant_type": {"client_credential"}, "appid": {cfg.AppID}, "secret": {cfg.Secret}}).AccessToken
	query := url.Values{"access_token": {token}}
	fmt.Println(get("/cgi-bin/getcallbackip", query).ErrCode)
	p.RevokeTokens()
	fmt.Println(get("/cgi-bin/getcallbackip", query).ErrCode)
	fmt.Println(p.Calls("/cgi-bin/getcallbackip"))
	// Output:
	// 0
	// 40001
	// [GET /cgi-bin/getcallbackip: HTTP 200, errcode 0 GET /cgi-bin/getcallbackip: HTTP 200, errcode 40001]
}

// Every other call meets a busy platform.
func ExamplePlatform_Inject() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	remove := p.Inject(wechattest.Rule{Path: "/cgi-bin/*", Share: 0.5, Fault: wechattest.Errcode(-1)})
	defer remove()
	for range 4 {
		resp, err := p.Client().Get(p.URL() + "/cgi-bin/getcallbackip?access_token=" + p.IssueToken())
		if err != nil {
			panic(err)
		}
		resp.Body.Close()
	}
	for _, call := range p.Calls("") {
		fmt.Printf("%d %q\n", call.Code, call.Fault)
	}
	// Output:
	// 0 ""
	// -1 "errcode -1"
	// 0 ""
	// -1 "errcode -1"
}

// Several instances behind one address; the first is dead.
func ExampleBot_Stop() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	bot := p.Bot(http.HandlerFunc(greeter), http.HandlerFunc(greeter))
	bot.Stop(0)

	reply, err := p.User("oLiLei").Text("instance two")
	fmt.Println(reply.Saw(), err, len(reply.Deliveries))
	// Output: Hello, instance two! <nil> 2
}

// The traffic of one bot is recorded, and replayed to another.
func ExamplePlatform_Replay() {
	answer := func(content string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>%s</Content></xml>",
				r.URL.Query().Get("openid"), wechattest.DefaultOriginalID, content)
		})
	}
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	defer p.Close()

	var lines bytes.Buffer
	stop := p.Record(&lines)
	p.Bot(answer("from the old bot"))
	p.User("oLiLei").Text("你好")
	stop()

	traffic, err := wechattest.ReadRecorded(&lines)
	if err != nil {
		panic(err)
	}
	p.Bot(answer("from the new bot"))
	replies, err := p.Replay(traffic)
	fmt.Println(replies[0].Saw(), err)
	// Output: from the new bot <nil>
}

func ExampleParseRule() {
	rule, err := wechattest.ParseRule("45009,path=/cgi-bin/message/*,share=0.1")
	fmt.Println(rule.Fault, rule.Path, rule.Share, err)
	// Output: errcode 45009 /cgi-bin/message/* 0.1 <nil>
}
