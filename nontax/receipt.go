package nontax

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// BillAuthRequest asks for the page on which a user allows a fiscal receipt. All fields are
// required except where noted.
type BillAuthRequest struct {
	OrderID     string                    `json:"order_id"`
	PlatformID  string                    `json:"s_pappid"`               // id of the treasury (财政局id)
	Money       int64                     `json:"money"`                  // in fen
	Time        officialaccount.Timestamp `json:"timestamp"`              // zero: now
	Source      message.InvoiceSource     `json:"source"`                 // where the user opens the page
	RedirectURL string                    `json:"redirect_url,omitempty"` // page after the authorization; optional
	Ticket      token.Token               `json:"-"`                      // of type wx_card, see jssdk.Service.GetCardTicket
}

// BillAuthPage is a page on which a user allows a fiscal receipt.
type BillAuthPage struct {
	URL  string
	Life time.Duration // 0 if the platform did not say
}

// GetBillAuthURL returns the page on which a user allows the fiscal receipt of an order.
// Then the bot receives a UserAuthorizeInvoiceEvent.
//
// POST /nontax/getbillauthurl (获取财政电子票据授权页链接)
func (s *Service) GetBillAuthURL(ctx context.Context, r BillAuthRequest) (*BillAuthPage, error) {
	const path = "/nontax/getbillauthurl"
	ticket := r.Ticket.Value()
	if err := limit.Required(path, "OrderID", r.OrderID, "PlatformID (s_pappid)", r.PlatformID, "Source", string(r.Source),
		"Ticket", ticket); err != nil {
		return nil, err
	}
	if r.Money < 0 {
		return nil, limit.Rule(path, "Money", "is negative")
	}
	if r.Time.IsZero() {
		r.Time = officialaccount.NewTimestamp(time.Now())
	}
	in := struct {
		BillAuthRequest
		Ticket string `json:"ticket"`
	}{r, ticket}
	var out struct {
		URL     string `json:"auth_url"`
		Seconds int64  `json:"expire_time"`
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRedacted(ticket)); err != nil {
		return nil, err
	}
	return &BillAuthPage{out.URL, time.Duration(out.Seconds) * time.Second}, nil
}

// CreateBillCard creates a template of fiscal receipts for an issuer (开票单位) and returns
// its card id. The logo is an image that WeChat stores, see
// material.Service.UploadArticleImage.
//
// POST /nontax/createbillcard (创建财政电子票据模板)
func (s *Service) CreateBillCard(ctx context.Context, logoURL, payee string) (cardID string, err error) {
	const path = "/nontax/createbillcard"
	if err := limit.Required(path, "logoURL", logoURL, "payee", payee); err != nil {
		return "", err
	}
	var in struct {
		Info struct {
			Base struct {
				LogoURL string `json:"logo_url"`
			} `json:"base_info"`
			Payee string `json:"payee"`
		} `json:"invoice_info"`
	}
	in.Info.Base.LogoURL, in.Info.Payee = logoURL, payee
	var out struct {
		CardID string `json:"card_id"`
	}
	err = s.oa.Post(ctx, path, in, &out)
	return out.CardID, err
}

// Bill is a fiscal receipt for the wallet of a user. All fields except AppID are
// required.
type Bill struct {
	OrderID string // as the user authorized it
	CardID  string // see [Service.CreateBillCard]
	AppID   string // of the account that asked for the authorization; empty: the client's
	Details BillDetails
}

// BillDetails are the contents of a fiscal receipt.
type BillDetails struct {
	Fee         int64                     `json:"fee"` // in fen
	Title       string                    `json:"title"`
	BillingTime officialaccount.Timestamp `json:"billing_time"`   // 开票时间
	BillingNo   string                    `json:"billing_no"`     // 票据号码
	BillingCode string                    `json:"billing_code"`   // 票据代码
	PDFMediaID  string                    `json:"s_pdf_media_id"` // see invoice.Service.SetPDF
}

// InsertedBill is a fiscal receipt in a user's wallet.
type InsertedBill struct {
	Code   string `json:"code"` // of the card
	OpenID string `json:"openid"`
}

// InsertBill puts a fiscal receipt into the wallet of the user who allowed it. The errors
// are those of invoice.Service.Insert.
//
// POST /nontax/insertbill (将财政电子票据插入用户卡包)
func (s *Service) InsertBill(ctx context.Context, b Bill) (*InsertedBill, error) {
	const path = "/nontax/insertbill"
	d := b.Details
	if err := limit.Required(path, "OrderID", b.OrderID, "CardID", b.CardID, "Details.Title", d.Title,
		"Details.BillingNo", d.BillingNo, "Details.BillingCode", d.BillingCode, "Details.PDFMediaID (s_pdf_media_id)", d.PDFMediaID); err != nil {
		return nil, err
	}
	if d.BillingTime.IsZero() {
		return nil, limit.Rule(path, "Details.BillingTime", "is zero")
	}
	if b.AppID == "" {
		b.AppID = s.oa.AppID()
	}
	in := bill{OrderID: b.OrderID, CardID: b.CardID, AppID: b.AppID}
	in.Ext.Nonce, in.Ext.Card.Data = rand.Text(), d
	var out InsertedBill
	if err := s.oa.Post(ctx, path, in, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// bill is a Bill on the wire.
type bill struct {
	OrderID string `json:"order_id"`
	CardID  string `json:"card_id"`
	AppID   string `json:"appid"`
	Ext     struct {
		Nonce string `json:"nonce_str"`
		Card  struct {
			Data BillDetails `json:"invoice_user_data"`
		} `json:"user_card"`
	} `json:"card_ext"`
}
