package officialaccount_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// The functions of this file stand in docs/unwrapped.md and its translation.

func newMiniProgram() (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{
		AppID:  os.Getenv("MINIPROGRAM_APPID"),
		Secret: os.Getenv("MINIPROGRAM_SECRET"),
	})
}

// urlLink returns an address that opens a page of a mini program (URL Link).
func urlLink(ctx context.Context, mini *officialaccount.Client, path, query string) (string, error) {
	in := map[string]any{"path": path, "query": query, "expire_type": 1, "expire_interval": 7}
	var out struct {
		URL string `json:"url_link"`
	}
	err := mini.Post(ctx, "/wxa/generate_urllink", in, &out)
	return out.URL, err
}

// phoneNumber returns the phone number for a code of the button getPhoneNumber (手机号).
func phoneNumber(ctx context.Context, mini *officialaccount.Client, code string) (string, error) {
	var out struct {
		Info struct {
			Number string `json:"purePhoneNumber"`
		} `json:"phone_info"`
	}
	err := mini.Post(ctx, "/wxa/business/getuserphonenumber", map[string]string{"code": code}, &out)
	return out.Info.Number, err
}

// safeText reports whether a user's text may be published (文本内容安全识别).
func safeText(ctx context.Context, mini *officialaccount.Client, openID, text string) (bool, error) {
	in := map[string]any{"openid": openID, "content": text, "version": 2, "scene": 2}
	var out struct {
		Result struct {
			Suggest string `json:"suggest"` // pass, review or risky
		} `json:"result"`
	}
	err := mini.Post(ctx, "/wxa/msg_sec_check", in, &out, officialaccount.WithRetry())
	return out.Result.Suggest == "pass", err
}

// consume uses up the code of a card (核销卡券), and returns the openid of its holder.
func consume(ctx context.Context, oa *officialaccount.Client, code string) (string, error) {
	var out struct {
		OpenID string `json:"openid"`
	}
	err := oa.Post(ctx, "/card/code/consume", map[string]string{"code": code}, &out)
	return out.OpenID, err
}

// uploadLogo uploads a picture under the form field buffer, and returns its address.
func uploadLogo(ctx context.Context, oa *officialaccount.Client, name string, r io.Reader) (string, error) {
	var out struct {
		URL string `json:"url"`
	}
	up := officialaccount.Upload{Field: "buffer", Name: name, Body: r}
	err := oa.Upload(ctx, "/cgi-bin/media/uploadimg", up, &out)
	return out.URL, err
}

// saveCode writes the code of a mini program's page (小程序码) to w.
func saveCode(ctx context.Context, mini *officialaccount.Client, scene string, w io.Writer) error {
	in := map[string]string{"scene": scene, "page": "pages/index/index"}
	file, err := mini.Download(ctx, "/wxa/getwxacodeunlimit", officialaccount.WithBody(in))
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(w, file)
	return err
}

// call calls an endpoint with a typed request and a typed answer.
func call[Out, In any](ctx context.Context, oa *officialaccount.Client, path string, in In) (*Out, error) {
	out := new(Out)
	if err := oa.Post(ctx, path, in, out); err != nil {
		return nil, err
	}
	return out, nil
}

type (
	gardenQuery struct {
		Season string `json:"season"`
	}
	garden struct {
		Flowers []string                  `json:"flower_list"`
		Planted officialaccount.Timestamp `json:"plant_time"`
		Public  officialaccount.IntBool   `json:"is_public"`
	}
)

func spring(ctx context.Context, oa *officialaccount.Client) (*garden, error) {
	return call[garden](ctx, oa, "/cgi-bin/garden/get", gardenQuery{Season: "spring"})
}

// explain says what to do about the error of a call.
func explain(err error) string {
	var refusal *errcode.Error
	switch {
	case errors.Is(err, errcode.APIUnauthorized):
		return "the account does not have this API"
	case errors.Is(err, errcode.ErrQuota):
		return "try again tomorrow"
	case errors.As(err, &refusal):
		return fmt.Sprintf("errcode %d, rid %s: %s", refusal.Code, refusal.RID, refusal.Code.Remedy())
	}
	return err.Error()
}

// Calls of a mini program take a client with its AppID.
func Example_miniProgram() {
	ctx := context.Background()
	mini, end := exampleClient(map[string]string{
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
	oa, end := exampleClient(map[string]string{
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
