package unwrapped

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// answering returns a client of a server that answers each path with a fixed text.
func answering(answers map[string]string) (oa *officialaccount.Client, end func()) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		fmt.Fprint(w, answers[req.URL.Path])
	}))
	oa, err := officialaccount.New(officialaccount.Config{TokenSource: token.Static("a token"), BaseURL: srv.URL})
	if err != nil {
		panic(err)
	}
	return oa, srv.Close
}

// Calls of a mini program take a client with its AppID.
func Example_miniProgram() {
	ctx := context.Background()
	mini, end := answering(map[string]string{
		"/wxa/generate_urllink":            `{"errcode":0,"errmsg":"ok","url_link":"https://wxaurl.cn/abc"}`,
		"/wxa/business/getuserphonenumber": `{"errcode":0,"phone_info":{"phoneNumber":"+8613800000000","purePhoneNumber":13800000000,"countryCode":86}}`,
		"/wxa/msg_sec_check":               `{"errcode":0,"result":{"suggest":"risky","label":20001}}`,
		"/wxa/getwxacodeunlimit":           "\xff\xd8\xff\xe0 a picture",
	})
	defer end()

	fmt.Println(urlLink(ctx, mini, "pages/index/index", "from=menu"))
	fmt.Println(phoneNumber(ctx, mini, "a code"))
	fmt.Println(safeText(ctx, mini, "oLiLei", "a bad word"))
	var picture strings.Builder
	fmt.Println(saveCode(ctx, mini, "shop=7", &picture), picture.Len())
	// Output:
	// https://wxaurl.cn/abc <nil>
	// 13800000000 <nil>
	// false <nil>
	// <nil> 14
}

// A client for a mini program needs its AppID and secret.
func Example_newMiniProgram() {
	_, err := newMiniProgram() // without the environment
	fmt.Println(err != nil)
	// Output: true
}

// An endpoint that no package wraps takes a path, a request and an answer.
func Example_unwrapped() {
	ctx := context.Background()
	oa, end := answering(map[string]string{
		"/card/code/consume":        `{"errcode":0,"errmsg":"ok","card":{"card_id":"p1"},"openid":"oLiLei"}`,
		"/cgi-bin/media/uploadimg":  `{"url":"http://mmbiz.qpic.cn/logo"}`,
		"/cgi-bin/garden/get":       `{"flower_list":["peony"],"plant_time":"1700000000","is_public":2}`,
		"/cgi-bin/garden/uprooting": `{"errcode":48001,"errmsg":"api unauthorized"}`,
	})
	defer end()

	fmt.Println(consume(ctx, oa, "a code"))
	fmt.Println(uploadLogo(ctx, oa, "logo.png", strings.NewReader("PNG")))
	g, err := spring(ctx, oa)
	fmt.Println(g.Flowers, g.Planted.Unix(), g.Public, err)
	_, err = call[garden](ctx, oa, "/cgi-bin/garden/uprooting", gardenQuery{})
	fmt.Println(explain(err))
	// Output:
	// oLiLei <nil>
	// http://mmbiz.qpic.cn/logo <nil>
	// [peony] 1700000000 true <nil>
	// the account does not have this API
}
