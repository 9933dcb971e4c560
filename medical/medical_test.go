package medical_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/medical"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

func message() medical.Message {
	return medical.Message{
		Status: 101, OpenID: "oLiLei", OrderID: "2026-0001", MsgID: "2026-0001-1",
		Info: map[string]any{
			"pat_name": "王小贱 & co", "amount": 1250,
			"redirect_page":       medical.WebPage("https://www.example.com/visit?a=1&b=2"),
			"elder_redirect_page": medical.MiniProgramPage("wx3", "pages/visit?a=1"),
		},
	}
}

func TestSend(t *testing.T) {
	send := func(ctx context.Context, oa *officialaccount.Client) (any, error) {
		return nil, medical.New(oa).Send(ctx, message())
	}
	const body = `{"status": 101, "open_id": "oLiLei", "order_id": "2026-0001", "msg_id": "2026-0001-1", "app_id": "` + apitest.AppID + `", "business_id": 150,
		"business_info": {"pat_name": "王小贱 & co", "amount": 1250,
			"redirect_page": {"page_type": "web", "url": "https://www.example.com/visit?a=1&b=2"},
			"elder_redirect_page": {"page_type": "mini_program", "app_id": "wx3", "fullpath": "pages/visit?a=1"}}}`
	cases := []apitest.Case{
		{Do: send, Path: "/cityservice/sendchannelmsg", Body: body},
		{Name: "an answer with more", Do: send, Path: "/cityservice/sendchannelmsg", Body: body, Answer: `{"errcode": 0, "errmsg": "ok", "msg": [1]}`},
		{
			Name: "refused", Do: send, Path: "/cityservice/sendchannelmsg", Body: body,
			Answer: `{"errcode": 48001, "errmsg": "api unauthorized"}`, Fails: errcode.APIUnauthorized,
		},
	}
	apitest.Run(t, cases)
}

func TestBadInput(t *testing.T) {
	send := func(change func(*medical.Message)) func(context.Context, *officialaccount.Client) (any, error) {
		return func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			m := message()
			change(&m)
			return nil, medical.New(oa).Send(ctx, m)
		}
	}
	apitest.Refuses(t, map[string]func(context.Context, *officialaccount.Client) (any, error){
		"Status is not positive":      send(func(m *medical.Message) { m.Status = 0 }),
		"OpenID is empty":             send(func(m *medical.Message) { m.OpenID = "" }),
		"OrderID is empty":            send(func(m *medical.Message) { m.OrderID = " " }),
		"MsgID is empty":              send(func(m *medical.Message) { m.MsgID = "" }),
		"Info (business_info) is nil": send(func(m *medical.Message) { m.Info = nil }),
	})
}

func ExampleService_Send() {
	platform := apitest.Example(apitest.JSON(apitest.OK))

	err := medical.New(platform.Client()).Send(context.Background(), medical.Message{
		Status: 101, OpenID: "oLiLei", OrderID: "2026-0001", MsgID: "2026-0001-1",
		Info: struct {
			Patient      string       `json:"pat_name"`
			RedirectPage medical.Page `json:"redirect_page"`
		}{"王小贱", medical.WebPage("https://www.example.com/visit")},
	})
	fmt.Println(err)
	// Output: <nil>
}
