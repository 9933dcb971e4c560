package template_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/template"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// local makes a client of a local platform, which has one user.
func local() (oa *officialaccount.Client, done func()) {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	p.User("oLiLei")
	account := p.Config()
	oa, err = officialaccount.New(officialaccount.Config{
		AppID: account.AppID, Secret: account.Secret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	if err != nil {
		panic(err)
	}
	return oa, func() {
		if err := p.Close(); err != nil {
			panic(err)
		}
	}
}

func Example() {
	ctx := context.Background()
	oa, done := local()
	defer done()

	templates := template.New(oa)
	id, err := templates.Add(ctx, "2023", "Order", "Time")
	if err != nil {
		fmt.Println(err)
		return
	}
	message := template.Message{
		To:         "oLiLei",
		TemplateID: id,
		URL:        "https://example.com/orders/42",
		Data:       notice.Data{"thing1": {Value: "Order 42"}, "thing2": {Value: "today"}},
	}
	if _, err := templates.Send(ctx, message); err == nil {
		fmt.Println("sent")
	}

	message.To = "oNobody"
	_, err = templates.Send(ctx, message)
	switch {
	case errors.Is(err, errcode.InvalidOpenID):
		fmt.Println("no such user")
	case errors.Is(err, errcode.ErrQuota):
		fmt.Println("no more today")
	}
	// Output:
	// sent
	// no such user
}

func ExampleService_ConsentURL() {
	oa, done := local()
	defer done()

	page, err := template.New(oa).ConsentURL(template.Consent{
		Scene:       "7",
		TemplateID:  "TEMPLATE_ID",
		RedirectURL: "https://example.com/back",
		Reserved:    "n0nce",
	})
	fmt.Println(page, err)
	// Output: https://mp.weixin.qq.com/mp/subscribemsg?action=get_confirm&appid=wx5a1d7e92c04b6f38&scene=7&template_id=TEMPLATE_ID&redirect_url=https%3A%2F%2Fexample.com%2Fback&reserved=n0nce#wechat_redirect <nil>
}
