package invoice

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// attrPath is the endpoint of the merchant's settings; its parameter action says which.
const attrPath = "/card/invoice/setbizattr"

// attr calls the endpoint of the merchant's settings.
func (s *Service) attr(ctx context.Context, action string, in, out any, opts ...officialaccount.CallOption) error {
	query := struct {
		Action string `url:"action"`
	}{action}
	return s.oa.Post(ctx, attrPath, in, out, append(opts, officialaccount.WithQuery(query))...)
}

// PayMerchant links a merchant of WeChat Pay with a billing platform.
type PayMerchant struct {
	MchID      string `json:"mchid"`    // 微信支付商户号
	PlatformID string `json:"s_pappid"` // see [Service.GetPlatform]
}

// SetPayMch links a merchant of WeChat Pay with a billing platform, for invoices after a
// payment. Once is enough, until the platform changes. Errors: errcode.InvoiceMchIDInvalid.
//
// POST /card/invoice/setbizattr?action=set_pay_mch (关联商户号与开票平台)
func (s *Service) SetPayMch(ctx context.Context, m PayMerchant) error {
	if err := limit.Required(attrPath, "MchID", m.MchID, "PlatformID (s_pappid)", m.PlatformID); err != nil {
		return err
	}
	in := struct {
		Merchant PayMerchant `json:"paymch_info"`
	}{m}
	return s.attr(ctx, "set_pay_mch", in, nil)
}

// GetPayMch returns what [Service.SetPayMch] set. Before SetPayMch the error is
// errcode.InvoicePayMchUnset.
//
// POST /card/invoice/setbizattr?action=get_pay_mch (查询商户号与开票平台关联情况)
func (s *Service) GetPayMch(ctx context.Context) (*PayMerchant, error) {
	var out struct {
		Merchant PayMerchant `json:"paymch_info"`
	}
	if err := s.attr(ctx, "get_pay_mch", nil, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &out.Merchant, nil
}

// Contact is how users reach the merchant.
type Contact struct {
	Phone   string
	Timeout time.Duration // until the invoice is issued (开票超时时间), in whole seconds
}

// contact is a Contact on the wire.
type contact struct {
	Phone   string `json:"phone"`
	Seconds int64  `json:"time_out"`
}

// SetContact sets the contact of the merchant. It must precede [Service.GetAuthURL]. The
// platform's documents do not say the unit of the timeout; this package sends seconds.
//
// POST /card/invoice/setbizattr?action=set_contact (设置商户联系方式)
func (s *Service) SetContact(ctx context.Context, c Contact) error {
	if err := limit.Required(attrPath, "Phone", c.Phone); err != nil {
		return err
	}
	if c.Timeout < time.Second {
		return limit.Rule(attrPath, "Timeout (time_out)", "is "+c.Timeout.String()+", must be at least 1 second")
	}
	in := struct {
		Contact contact `json:"contact"`
	}{contact{c.Phone, int64(c.Timeout / time.Second)}}
	return s.attr(ctx, "set_contact", in, nil)
}

// GetContact returns what [Service.SetContact] set.
//
// POST /card/invoice/setbizattr?action=get_contact (查询商户联系方式)
func (s *Service) GetContact(ctx context.Context) (*Contact, error) {
	var out struct {
		Contact contact `json:"contact"`
	}
	if err := s.attr(ctx, "get_contact", nil, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &Contact{out.Contact.Phone, time.Duration(out.Contact.Seconds) * time.Second}, nil
}

// AuthFields are the forms of the authorization page of type FillTitle.
//
// Show… displays a field. According to the current documents every displayed field must
// be filled in, and Require… occurs in answers only. Older documents accept it in
// requests.
type AuthFields struct {
	Person  PersonFields  `json:"user_field"` // form for the title of a person (个人抬头)
	Company CompanyFields `json:"biz_field"`  // form for the title of a company (单位抬头)
}

// PersonFields is the form for the title of a person.
type PersonFields struct {
	ShowTitle    officialaccount.IntBool `json:"show_title"`
	ShowPhone    officialaccount.IntBool `json:"show_phone"`
	ShowEmail    officialaccount.IntBool `json:"show_email"`
	RequirePhone officialaccount.IntBool `json:"require_phone,omitempty"`
	RequireEmail officialaccount.IntBool `json:"require_email,omitempty"`
	Custom       []CustomField           `json:"custom_field,omitempty"`
}

// CompanyFields is the form for the title of a company.
type CompanyFields struct {
	ShowTitle       officialaccount.IntBool `json:"show_title"`
	ShowTaxNo       officialaccount.IntBool `json:"show_tax_no"`
	ShowAddress     officialaccount.IntBool `json:"show_addr"`
	ShowPhone       officialaccount.IntBool `json:"show_phone"`
	ShowBankType    officialaccount.IntBool `json:"show_bank_type"` // name of the bank
	ShowBankNo      officialaccount.IntBool `json:"show_bank_no"`   // account at the bank
	RequireTaxNo    officialaccount.IntBool `json:"require_tax_no,omitempty"`
	RequireAddress  officialaccount.IntBool `json:"require_addr,omitempty"`
	RequirePhone    officialaccount.IntBool `json:"require_phone,omitempty"`
	RequireBankType officialaccount.IntBool `json:"require_bank_type,omitempty"`
	RequireBankNo   officialaccount.IntBool `json:"require_bank_no,omitempty"`
	Custom          []CustomField           `json:"custom_field,omitempty"`
}

// CustomField is a field of the merchant's own in a form.
type CustomField struct {
	Key      string                  `json:"key"` // name of the field, at most 5 characters
	Required officialaccount.IntBool `json:"is_require,omitempty"`
	Notice   string                  `json:"notice,omitempty"` // hint in the empty field
}

// maxFieldKey is the maximum length of the name of a field, in characters. Only an older
// page of the documents has it.
const maxFieldKey = 5

// SetAuthField sets the forms of the authorization pages of type FillTitle. Once is enough.
// A custom field needs a key; one over 5 characters may be refused, and the client logs a
// warning.
//
// POST /card/invoice/setbizattr?action=set_auth_field (设置授权页字段信息)
func (s *Service) SetAuthField(ctx context.Context, f AuthFields) error {
	var warnings []officialaccount.CallOption
	for _, list := range [][]CustomField{f.Person.Custom, f.Company.Custom} {
		for _, c := range list {
			if err := limit.Required(attrPath, "Custom.Key", c.Key); err != nil {
				return err
			}
			warnings = append(warnings, doubt("custom_field.key", c.Key, maxFieldKey)...)
		}
	}
	in := struct {
		Fields AuthFields `json:"auth_field"`
	}{f}
	return s.attr(ctx, "set_auth_field", in, nil, warnings...)
}

// doubt returns a warning if a text has more characters than a page of the documents
// allows.
func doubt(field, text string, max int) []officialaccount.CallOption {
	n := utf8.RuneCountInString(text)
	if n <= max {
		return nil
	}
	return []officialaccount.CallOption{officialaccount.WithWarning("the text is long", "field", field, "characters", n, "limit", max)}
}

// GetAuthField returns what [Service.SetAuthField] set. Before SetAuthField the error
// is errcode.InvoiceAuthFieldUnset.
//
// POST /card/invoice/setbizattr?action=get_auth_field (查询授权页字段信息)
func (s *Service) GetAuthField(ctx context.Context) (*AuthFields, error) {
	var out struct {
		Fields AuthFields `json:"auth_field"`
	}
	if err := s.attr(ctx, "get_auth_field", nil, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &out.Fields, nil
}
