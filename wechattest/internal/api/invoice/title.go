package invoice

import (
	"crypto/rand"
	"errors"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// link is a page on which a user chooses a title.
type link struct{ attach string }

// getUserTitleURL is POST /card/invoice/biz/getusertitleurl.
func (a *Area) getUserTitleURL(_ *server.Call, in struct {
	UserFill server.Flag `json:"user_fill"`
	Title    string      `json:"title"`
}) (any, error) {
	if !in.UserFill && in.Title == "" {
		return nil, server.Fail(72031)
	}
	return titlePage("addtitle"), nil
}

func titlePage(action string) server.OK {
	return server.OK{"url": "https://mp.weixin.qq.com/bizmall/usertitle?action=" + action + "&key=" + rand.Text()}
}

// getSelectTitleURL is POST /card/invoice/biz/getselecttitleurl.
func (a *Area) getSelectTitleURL(_ *server.Call, in struct {
	Attach string `json:"attach"`
}) (any, error) {
	page := titlePage("select")
	a.links[page["url"].(string)] = link{in.Attach}
	return page, nil
}

// ErrTitlePage is an address that getselecttitleurl did not return.
var ErrTitlePage = errors.New("wechattest: the address is not of a page to choose a title")

// Choose has a user choose a title, and returns the event that tells the bot.
func (a *Area) Choose(address string, t Title) (callback.Message, error) {
	a.s.Lock()
	defer a.s.Unlock()
	l, found := a.links[address]
	if !found {
		return callback.Message{}, ErrTitlePage
	}
	kind := "InvoiceUserTitlePersonType"
	if t.Company {
		kind = "InvoiceUserTitleBusinessType"
	}
	return callback.Message{Type: "event", Event: "submit_invoice_title", Elements: []callback.Element{
		callback.CDATA("title", t.Title), callback.CDATA("phone", t.Phone), callback.CDATA("tax_no", t.TaxNo), callback.CDATA("addr", t.Address),
		callback.CDATA("bank_type", t.BankType), callback.CDATA("bank_no", t.BankNo), callback.CDATA("attach", l.attach),
		callback.CDATA("title_type", kind),
	}}, nil
}

// Show returns the text of the QR code by which a user shows a title.
func (a *Area) Show(t Title) string {
	a.s.Lock()
	defer a.s.Unlock()
	text := "https://w.url.cn/s/" + rand.Text()
	a.scans[text] = t
	return text
}

// scanTitle is POST /card/invoice/scantitle.
func (a *Area) scanTitle(_ *server.Call, in struct {
	Text string `json:"scan_text"`
}) (any, error) {
	t, found := a.scans[in.Text]
	if !found {
		return nil, server.Fail(72044)
	}
	kind := 1
	if t.Company {
		kind = 0
	}
	return server.OK{
		"title_type": kind, "title": t.Title, "phone": t.Phone, "tax_no": t.TaxNo, "addr": t.Address,
		"bank_type": t.BankType, "bank_no": t.BankNo,
	}, nil
}
