// Package nontax models non-tax payments (微信非税缴费) and fiscal receipts (财政电子票据).
package nontax

import (
	"net/http"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/invoice"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s        *server.Server
	invoices *invoice.Area
	notices  []Notice
	orders   []*order
	codes    map[string]*server.User // by payment code
}

// Register adds the area to the server.
func Register(s *server.Server, invoices *invoice.Area) *Area {
	a := &Area{s: s, invoices: invoices, codes: map[string]*server.User{}}
	for path, handle := range map[string]server.Handler{
		"queryfee":                server.JSON(a.queryFee),
		"unifiedorder":            server.JSON(a.unifiedOrder),
		"micropay":                server.JSON(a.microPay),
		"getorder":                server.JSON(a.getOrder),
		"getorderlist":            server.JSON(a.getOrderList),
		"refund":                  server.JSON(a.refund),
		"downloadbill":            server.JSON(a.downloadBill),
		"notifyinconsistentorder": server.JSON(a.notifyInconsistentOrder),
		"mocknotification":        server.JSON(a.mock),
		"mockqueryfee":            server.JSON(a.mock),
		"getbillauthurl":          server.JSON(a.getBillAuthURL),
		"createbillcard":          server.JSON(a.createBillCard),
		"insertbill":              server.JSON(a.insertBill),
	} {
		s.Handle(server.Endpoint{Method: http.MethodPost, Path: "/nontax/" + path, Handle: handle})
	}
	return a
}

// own refuses an AppID that is not the account's.
func (a *Area) own(appID string) error {
	if appID != a.s.Account.AppID {
		return server.Fail(40013)
	}
	return nil
}

// mock is POST /nontax/mocknotification and /nontax/mockqueryfee, which send nothing.
func (a *Area) mock(_ *server.Call, in struct {
	AppID   string        `json:"appid"`
	URL     string        `json:"url"`
	Version server.Number `json:"version"`
}) (any, error) {
	if in.Version != 1 {
		return nil, server.Fail(40097)
	}
	if err := server.Present(40097, in.URL); err != nil {
		return nil, err
	}
	return nil, a.own(in.AppID)
}

// getBillAuthURL is POST /nontax/getbillauthurl.
func (a *Area) getBillAuthURL(c *server.Call, in struct {
	OrderID    server.Scalar  `json:"order_id"`
	PlatformID string         `json:"s_pappid"`
	Money      *server.Number `json:"money"`
	Time       server.Number  `json:"timestamp"`
	Source     string         `json:"source"`
	Ticket     string         `json:"ticket"`
}) (any, error) {
	if in.Money == nil || *in.Money < 0 || in.Time <= 0 {
		return nil, server.Fail(72031)
	}
	address, _, err := a.invoices.Request(c.Now(), invoice.Ask{
		OrderID: string(in.OrderID), PlatformID: in.PlatformID, Source: in.Source, Ticket: in.Ticket,
	})
	if err != nil {
		return nil, err
	}
	return server.OK{"auth_url": address, "expire_time": 7200}, nil
}

// createBillCard is POST /nontax/createbillcard.
func (a *Area) createBillCard(_ *server.Call, in struct {
	Info struct {
		Base struct {
			LogoURL string `json:"logo_url"`
		} `json:"base_info"`
		Payee string `json:"payee"`
	} `json:"invoice_info"`
}) (any, error) {
	if in.Info.Base.LogoURL == "" || in.Info.Payee == "" {
		return nil, server.Fail(72031)
	}
	return server.OK{"card_id": a.invoices.AddCard(in.Info.Payee, "财政电子票据")}, nil
}

// insertBill is POST /nontax/insertbill.
func (a *Area) insertBill(c *server.Call, in invoice.Insertion) (any, error) {
	return a.invoices.Insert(c, in, false)
}
