package invoice

import (
	"context"
	"crypto/rand"
	"net/url"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// now is the current time, for requests without one.
func now() officialaccount.Timestamp { return officialaccount.NewTimestamp(time.Now()) }

// Platform identifies the account as a billing platform.
type Platform struct {
	ID  string // s_pappid, which its merchants need
	URL string // as the platform returned it, with the id in its query
}

// GetPlatform returns the id of the account as a billing platform. The first call
// registers the account as one.
//
// POST /card/invoice/seturl (获取自身的开票平台识别码)
func (s *Service) GetPlatform(ctx context.Context) (*Platform, error) {
	const path = "/card/invoice/seturl"
	var out struct {
		URL string `json:"invoice_url"`
	}
	if err := s.oa.Post(ctx, path, nil, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	u, err := url.Parse(out.URL)
	if err != nil || u.Query().Get("s_pappid") == "" {
		return nil, &errcode.ValueError{Path: "invoice_url", Want: "an address with s_pappid", Got: out.URL}
	}
	return &Platform{u.Query().Get("s_pappid"), out.URL}, nil
}

// Card is the template of the invoices of one payee (发票卡券模板).
type Card struct {
	Payee string `json:"payee"` // full name of the payee (收款方); one template for each
	Type  string `json:"type"`  // kind of the invoices in any words, such as 增值税普通发票
	Base  Base   `json:"base_info"`
}

// Base is what a card shows. The platform may refuse texts that are longer than stated
// here. The client logs a warning for them.
type Base struct {
	LogoURL string `json:"logo_url"` // of an image that WeChat stores, see material.Service.UploadArticleImage
	Title   string `json:"title"`    // short name of the payee, at most 9 Chinese characters

	CustomURLName     string `json:"custom_url_name,omitempty"`      // first entry, at most 5 Chinese characters
	CustomURL         string `json:"custom_url,omitempty"`           // opened with encrypt_code and card_id
	CustomURLSubTitle string `json:"custom_url_sub_title,omitempty"` // at most 6 Chinese characters

	PromotionURLName     string `json:"promotion_url_name,omitempty"` // second entry, with the same limits
	PromotionURL         string `json:"promotion_url,omitempty"`
	PromotionURLSubTitle string `json:"promotion_url_sub_title,omitempty"`
}

// Lengths in a template, in characters.
const (
	maxTitle    = 9
	maxName     = 5
	maxSubTitle = 6
)

// CreateCard creates a template and returns its card id, which [Service.Insert] needs.
// Right after the creation, Insert can fail with errcode.InvalidCardStatus.
//
// POST /card/invoice/platform/createcard (创建发票卡券模板)
func (s *Service) CreateCard(ctx context.Context, c Card) (cardID string, err error) {
	const path = "/card/invoice/platform/createcard"
	b := c.Base
	if err := limit.Required(path, "Base.LogoURL", b.LogoURL, "Base.Title", b.Title, "Type", c.Type, "Payee", c.Payee); err != nil {
		return "", err
	}
	var warnings []officialaccount.CallOption
	warnings = append(warnings, doubt("title", b.Title, maxTitle)...)
	warnings = append(warnings, doubt("custom_url_name", b.CustomURLName, maxName)...)
	warnings = append(warnings, doubt("custom_url_sub_title", b.CustomURLSubTitle, maxSubTitle)...)
	warnings = append(warnings, doubt("promotion_url_name", b.PromotionURLName, maxName)...)
	warnings = append(warnings, doubt("promotion_url_sub_title", b.PromotionURLSubTitle, maxSubTitle)...)
	in := struct {
		Card Card `json:"invoice_info"`
	}{c}
	var out struct {
		CardID string `json:"card_id"`
	}
	err = s.oa.Post(ctx, path, in, &out, warnings...)
	return out.CardID, err
}

// Insertion puts an invoice into the wallet of the user who allowed it.
type Insertion struct {
	OrderID        string // as the user authorized it
	CardID         string // see [Service.CreateCard]
	AppID          string // of the account that asked for the authorization, usually the merchant's
	Details        Details
	PDFMediaID     string // see [Service.SetPDF]
	TripPDFMediaID string // receipt (行程单), see [Service.SetPDF]; optional
}

// Inserted is an invoice in a user's wallet.
type Inserted struct {
	Code    string `json:"code"` // of the card; [Service.UpdatePlatformStatus] needs it
	OpenID  string `json:"openid"`
	UnionID string `json:"unionid"` // empty if the account belongs to no open platform account
}

// Insert puts an invoice into the wallet of the user who allowed it. The client must
// belong to the billing platform whose id was in the authorization.
//
// Errors: errcode.InvoiceOrderNeverAuthorized, errcode.OrderUnauthorized,
// errcode.InvoiceInsertRejected after RejectInsert, errcode.DuplicateInvoiceOrder for a
// second invoice of the order, errcode.InvalidCardStatus right after CreateCard,
// errcode.InvalidInvoiceTitle if the title differs from the authorized one,
// errcode.InvoicePDFInvalid, errcode.BillingNumbersInvalid,
// errcode.BillingNumbersRepeated, errcode.BillingNumbersLength,
// errcode.InvoiceCheckCodeEmpty.
//
// POST /card/invoice/insert (将电子发票卡券插入用户卡包)
func (s *Service) Insert(ctx context.Context, i Insertion) (*Inserted, error) {
	const path = "/card/invoice/insert"
	if err := limit.Required(path, "OrderID", i.OrderID, "CardID", i.CardID, "AppID", i.AppID,
		"Details.Title", i.Details.Title, "Details.BillingNo", i.Details.BillingNo, "PDFMediaID (s_pdf_media_id)", i.PDFMediaID); err != nil {
		return nil, err
	}
	if i.Details.BillingTime.IsZero() {
		return nil, limit.Rule(path, "Details.BillingTime", "is zero")
	}
	in := insertion{OrderID: i.OrderID, CardID: i.CardID, AppID: i.AppID}
	in.Ext.Nonce = rand.Text()
	in.Ext.Card.Data = userData{i.Details, i.PDFMediaID, i.TripPDFMediaID}
	var out Inserted
	if err := s.oa.Post(ctx, path, in, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// insertion is an Insertion on the wire.
type insertion struct {
	OrderID string `json:"order_id"`
	CardID  string `json:"card_id"`
	AppID   string `json:"appid"`
	Ext     struct {
		Nonce string `json:"nonce_str"`
		Card  struct {
			Data userData `json:"invoice_user_data"`
		} `json:"user_card"`
	} `json:"card_ext"`
}

type userData struct {
	Details
	PDFMediaID     string `json:"s_pdf_media_id"`
	TripPDFMediaID string `json:"s_trip_pdf_media_id,omitempty"`
}

// UpdatePlatformStatus sets the status of an invoice that the billing platform inserted, for
// changes made outside WeChat: message.InvoiceCancel after the invoice was reversed
// (冲红), which the user sees as a used card. The code is Inserted.Code, not an encrypted
// one.
//
// Errors: errcode.InvoiceLocked, errcode.InvoiceStatusInvalid, errcode.InvoiceBusy.
//
// POST /card/invoice/platform/updatestatus (更新发票卡券状态)
func (s *Service) UpdatePlatformStatus(ctx context.Context, cardID, code string, status message.InvoiceStatus) error {
	const path = "/card/invoice/platform/updatestatus"
	if err := limit.Required(path, "cardID", cardID, "code", code, "status (reimburse_status)", string(status)); err != nil {
		return err
	}
	in := struct {
		CardID string                `json:"card_id"`
		Code   string                `json:"code"`
		Status message.InvoiceStatus `json:"reimburse_status"`
	}{cardID, code, status}
	return s.oa.Post(ctx, path, in, nil)
}
