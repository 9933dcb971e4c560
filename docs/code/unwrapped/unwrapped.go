// Package unwrapped has the code of the page "Calling what no package wraps".
package unwrapped

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

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
	case errors.As(err, &refusal) && refusal.Code.Remedy() == "": // newer than this module
		return fmt.Sprintf("errcode %d: %s", refusal.Code, refusal.Message)
	case errors.As(err, &refusal):
		return fmt.Sprintf("errcode %d, rid %s: %s", refusal.Code, refusal.RID, refusal.Code.Remedy())
	}
	return err.Error()
}
