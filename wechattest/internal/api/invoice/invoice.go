// Package invoice models electronic invoices (电子发票). The account plays all parties: it is
// the merchant, the billing platform and the reimburser.
package invoice

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/ticket"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s       *server.Server
	tickets *ticket.Area

	platformID string
	settings   map[string]json.RawMessage // of the merchant, by their name in the answers
	orders     map[string]*order
	cards      map[string]card
	pdfs       map[string]*pdf
	invoices   []*Invoice
	issued     map[string]*issued // by serial
	links      map[string]link    // for titles, by URL
	scans      map[string]Title   // by the text of the QR code
}

// Register adds the area to the server.
func Register(s *server.Server, tickets *ticket.Area) *Area {
	a := &Area{
		s: s, tickets: tickets, platformID: "s" + rand.Text(),
		settings: map[string]json.RawMessage{}, orders: map[string]*order{}, cards: map[string]card{}, pdfs: map[string]*pdf{},
		issued: map[string]*issued{}, links: map[string]link{}, scans: map[string]Title{},
	}
	for path, handle := range map[string]server.Handler{
		"getauthurl":                    server.JSON(a.getAuthURL),
		"getauthdata":                   server.JSON(a.getAuthData),
		"rejectinsert":                  server.JSON(a.rejectInsert),
		"makeoutinvoice":                server.JSON(a.makeOut),
		"clearoutinvoice":               server.JSON(a.clearOut),
		"queryinvoceinfo":               server.JSON(a.query),
		"seturl":                        a.getPlatform,
		"insert":                        server.JSON(a.insert),
		"setbizattr":                    server.JSON(a.setBizAttr),
		"platform/createcard":           server.JSON(a.createCard),
		"platform/getpdf":               server.JSON(a.getPDF),
		"platform/updatestatus":         server.JSON(a.updatePlatformStatus),
		"reimburse/getinvoiceinfo":      server.JSON(a.get),
		"reimburse/getinvoicebatch":     server.JSON(a.getBatch),
		"reimburse/updateinvoicestatus": server.JSON(a.updateStatus),
		"reimburse/updatestatusbatch":   server.JSON(a.updateStatusBatch),
		"biz/getusertitleurl":           server.JSON(a.getUserTitleURL),
		"biz/getselecttitleurl":         server.JSON(a.getSelectTitleURL),
		"scantitle":                     server.JSON(a.scanTitle),
	} {
		s.Handle(server.Endpoint{Method: http.MethodPost, Path: "/card/invoice/" + path, Handle: handle})
	}
	s.Handle(
		server.Endpoint{Method: http.MethodPost, Path: "/card/invoice/platform/setpdf", Body: server.AnyBody, Handle: a.setPDF},
		server.Endpoint{Method: http.MethodGet, Path: pdfPath, Credential: server.NoCredential, Page: true, Handle: a.servePDF},
	)
	return a
}

// getPlatform is POST /card/invoice/seturl.
func (a *Area) getPlatform(*server.Call) (any, error) {
	return server.OK{"invoice_url": "https://mp.weixin.qq.com/bizmall/authinvoice?action=list&s_pappid=" + a.platformID}, nil
}

// setBizAttr is POST /card/invoice/setbizattr.
func (a *Area) setBizAttr(c *server.Call, in struct {
	Merchant *struct {
		MchID      server.Scalar `json:"mchid"`
		PlatformID string        `json:"s_pappid"`
	} `json:"paymch_info"`
	Contact *struct {
		Phone   server.Scalar `json:"phone"`
		Timeout server.Number `json:"time_out"`
	} `json:"contact"`
	Fields *struct {
		Person  json.RawMessage `json:"user_field"`
		Company json.RawMessage `json:"biz_field"`
	} `json:"auth_field"`
}) (any, error) {
	switch action := c.Query.Get("action"); action {
	case "set_pay_mch":
		if in.Merchant == nil || in.Merchant.MchID == "" || in.Merchant.PlatformID == "" {
			return nil, server.Fail(72031)
		}
		return nil, a.set("paymch_info", in.Merchant)
	case "set_contact":
		if in.Contact == nil || in.Contact.Phone == "" || in.Contact.Timeout <= 0 {
			return nil, server.Fail(72031)
		}
		return nil, a.set("contact", in.Contact)
	case "set_auth_field":
		if in.Fields == nil || in.Fields.Person == nil || in.Fields.Company == nil {
			return nil, server.Fail(72031)
		}
		return nil, a.set("auth_field", in.Fields)
	case "get_pay_mch":
		return a.setting("paymch_info", 72028)
	case "get_contact":
		return a.setting("contact", 72063)
	case "get_auth_field":
		return a.setting("auth_field", 72029)
	}
	return nil, server.Fail(72031)
}

func (a *Area) set(name string, value any) error {
	text, err := json.Marshal(value)
	a.settings[name] = text
	return err
}

// setting returns a setting, or fails with a code if it was never set.
func (a *Area) setting(name string, code int) (any, error) {
	value, found := a.settings[name]
	if !found {
		return nil, server.Fail(code)
	}
	return server.OK{name: value}, nil
}

// card is a template.
type card struct{ payee, kind string }

// createCard is POST /card/invoice/platform/createcard.
func (a *Area) createCard(c *server.Call, in struct {
	Info struct {
		Base struct {
			LogoURL string `json:"logo_url"`
			Title   string `json:"title"`
		} `json:"base_info"`
		Type  string `json:"type"`
		Payee string `json:"payee"`
	} `json:"invoice_info"`
}) (any, error) {
	if err := server.Present(72031, in.Info.Base.LogoURL, in.Info.Base.Title, in.Info.Type, in.Info.Payee); err != nil {
		return nil, err
	}
	return server.OK{"card_id": a.AddCard(in.Info.Payee, in.Info.Type)}, nil
}

// AddCard adds a template and returns its card id. The lock is held.
func (a *Area) AddCard(payee, kind string) (id string) {
	id = "p" + rand.Text()
	a.cards[id] = card{payee, kind}
	return id
}

// pdf is an uploaded file.
type pdf struct {
	content []byte
	expires time.Time // zero once an invoice uses it
}

const (
	pdfPath  = "/wechattest/invoice/pdf"
	pdfLife  = 3 * 24 * time.Hour
	linkLife = 2 * time.Hour
)
