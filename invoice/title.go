package invoice

import (
	"context"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// UserTitle is an invoice title (发票抬头) that a user should keep. Title is required unless
// UserFill is true; every other field is optional.
type UserTitle struct {
	UserFill   officialaccount.IntBool `json:"user_fill"` // the user fills in the title
	Title      string                  `json:"title,omitempty"`
	Phone      string                  `json:"phone,omitempty"`  // digits and hyphens
	TaxNo      string                  `json:"tax_no,omitempty"` // 15 to 20 digits or letters
	Address    string                  `json:"addr,omitempty"`
	BankType   string                  `json:"bank_type,omitempty"`    // name of the bank
	BankNo     string                  `json:"bank_no,omitempty"`      // account at the bank
	OutTitleID string                  `json:"out_title_id,omitempty"` // the caller's own id of the title
}

// Lengths of a tax number.
const (
	minTaxNo = 15
	maxTaxNo = 20
)

// GetUserTitleURL returns a link that adds a title to those of the user who opens it
// and confirms. The platform may refuse a phone or tax number that has another form
// than the documents name. The client logs a warning for it.
//
// POST /card/invoice/biz/getusertitleurl (将发票抬头录入到用户微信中)
func (s *Service) GetUserTitleURL(ctx context.Context, t UserTitle) (url string, err error) {
	const path = "/card/invoice/biz/getusertitleurl"
	if !t.UserFill {
		if err := limit.Required(path, "Title", t.Title); err != nil {
			return "", err
		}
	}
	var warnings []officialaccount.CallOption
	if strings.Trim(t.Phone, "0123456789-") != "" {
		warnings = append(warnings, officialaccount.WithWarning("the phone number has other characters than digits and hyphens"))
	}
	if n := len(t.TaxNo); n > 0 && (n < minTaxNo || n > maxTaxNo || strings.ContainsFunc(t.TaxNo, notAlphanumeric)) {
		warnings = append(warnings, officialaccount.WithWarning("the tax number does not have 15 to 20 digits or letters", "characters", n))
	}
	return s.titleURL(ctx, path, t, warnings...)
}

func notAlphanumeric(c rune) bool {
	return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
}

func (s *Service) titleURL(ctx context.Context, path string, in any, opts ...officialaccount.CallOption) (string, error) {
	var out struct {
		URL string `json:"url"`
	}
	err := s.oa.Post(ctx, path, in, &out, opts...)
	return out.URL, err
}

// SelectTitle is how a user is asked for a title. Both fields are optional.
type SelectTitle struct {
	Attach  string `json:"attach,omitempty"`   // returned in SubmitInvoiceTitleEvent
	BizName string `json:"biz_name,omitempty"` // name of the merchant that the user sees
}

// GetSelectTitleURL returns a link, to be shown as a QR code, by which a user chooses a
// title. The bot receives it as a SubmitInvoiceTitleEvent.
//
// POST /card/invoice/biz/getselecttitleurl (获取商户专属开票链接)
func (s *Service) GetSelectTitleURL(ctx context.Context, t SelectTitle) (url string, err error) {
	return s.titleURL(ctx, "/card/invoice/biz/getselecttitleurl", t)
}

// TitleType is the kind of a title.
type TitleType int

// The kinds of titles.
const (
	CompanyType TitleType = 0 // 单位
	PersonType  TitleType = 1 // 个人
)

// Title is an invoice title of a user. Fields that the user left out are empty.
type Title struct {
	Type     TitleType `json:"title_type"`
	Title    string    `json:"title"`
	Phone    string    `json:"phone"`
	TaxNo    string    `json:"tax_no"`
	Address  string    `json:"addr"`
	BankType string    `json:"bank_type"` // name of the bank
	BankNo   string    `json:"bank_no"`   // account at the bank
}

// ScanTitle returns the title behind the QR code that a user shows, by the text of the code.
// A third-party platform cannot call it for an account. Errors:
// errcode.InvoiceScanTextExpired.
//
// POST /card/invoice/scantitle (扫描二维码获取发票抬头)
func (s *Service) ScanTitle(ctx context.Context, scanText string) (*Title, error) {
	const path = "/card/invoice/scantitle"
	if err := limit.Required(path, "scanText", scanText); err != nil {
		return nil, err
	}
	in := struct {
		Text string `json:"scan_text"`
	}{scanText}
	var title Title
	if err := s.oa.Post(ctx, path, in, &title, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &title, nil
}
