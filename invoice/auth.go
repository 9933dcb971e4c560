package invoice

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Order identifies a merchant's request for one invoice at a billing platform.
type Order struct {
	PlatformID string `json:"s_pappid"` // id of the billing platform, see [Service.GetPlatform]
	OrderID    string `json:"order_id"` // chosen by the merchant, unique for each invoice
}

func (o Order) check(path string) error {
	return limit.Required(path, "PlatformID (s_pappid)", o.PlatformID, "OrderID", o.OrderID)
}

// AuthType is the kind of an authorization page. Values that are not listed here are sent
// as they are.
type AuthType int

// The kinds of authorization pages.
const (
	KnownTitle AuthType = 0 // to issue an invoice; the merchant knows the title (开票授权)
	FillTitle  AuthType = 1 // to issue an invoice; the user fills in the title (填写字段开票授权)
	Collect    AuthType = 2 // to collect an invoice that was issued (领票授权)
)

// AuthRequest asks for an authorization page. All fields are required except where noted.
type AuthRequest struct {
	Order
	Money       int64                     `json:"money"`                  // in fen
	Time        officialaccount.Timestamp `json:"timestamp"`              // zero: now
	Source      message.InvoiceSource     `json:"source"`                 // where the user opens the page
	RedirectURL string                    `json:"redirect_url,omitempty"` // page after the authorization; required for InvoiceFromWeb
	Ticket      token.Token               `json:"-"`                      // of type wx_card, see jssdk.Service.GetCardTicket
	Type        AuthType                  `json:"type"`                   // FillTitle for invoices after a WeChat payment
}

// AuthPage is an authorization page.
type AuthPage struct {
	URL   string `json:"auth_url"` // for a mini program the path of the page
	AppID string `json:"appid"`    // of the mini program to open; empty for other sources
}

// GetAuthURL returns the page on which a user allows the invoice of an order. Then the bot
// receives a UserAuthorizeInvoiceEvent.
//
// Errors: errcode.InvoiceContactUnset before SetContact; errcode.InvoiceAuthFieldUnset for
// a page of type FillTitle before SetAuthField.
//
// POST /card/invoice/getauthurl (获取授权页链接)
func (s *Service) GetAuthURL(ctx context.Context, r AuthRequest) (*AuthPage, error) {
	const path = "/card/invoice/getauthurl"
	if err := r.check(path); err != nil {
		return nil, err
	}
	if r.Money < 0 {
		return nil, limit.Rule(path, "Money", "is negative")
	}
	ticket := r.Ticket.Value()
	if err := limit.Required(path, "Source", string(r.Source), "Ticket", ticket); err != nil {
		return nil, err
	}
	if r.Source == message.InvoiceFromWeb {
		if _, err := limit.Address(path, "RedirectURL", r.RedirectURL); err != nil {
			return nil, err
		}
	}
	if r.Time.IsZero() {
		r.Time = now()
	}
	in := struct {
		AuthRequest
		Ticket string `json:"ticket"`
	}{r, ticket}
	var page AuthPage
	if err := s.oa.Post(ctx, path, in, &page, officialaccount.WithRedacted(ticket)); err != nil {
		return nil, err
	}
	return &page, nil
}

// AuthStatus says whether a user allowed an invoice. The platform publishes no list, so
// there may be other values.
type AuthStatus string

// The known values of AuthStatus.
const (
	Authorized      AuthStatus = "auth success"
	NeverAuthorized AuthStatus = "never auth"
)

// AuthData is the state of an authorization.
type AuthData struct {
	Status AuthStatus                `json:"invoice_status"`
	Time   officialaccount.Timestamp `json:"auth_time"` // zero if not authorized
	Info   AuthInfo                  `json:"user_auth_info"`
}

// AuthInfo is what the user entered on a page of type FillTitle. One of the two is set; both
// are nil for the other types.
type AuthInfo struct {
	Person  *PersonTitle  `json:"user_field,omitempty"` // title of a person (个人抬头)
	Company *CompanyTitle `json:"biz_field,omitempty"`  // title of a company (单位抬头)
}

// PersonTitle is an invoice title of a person.
type PersonTitle struct {
	Title  string        `json:"title"`
	Phone  string        `json:"phone"`
	Email  string        `json:"email"`
	Custom []CustomValue `json:"custom_field"`
}

// CompanyTitle is an invoice title of a company.
type CompanyTitle struct {
	Title    string        `json:"title"`
	TaxNo    string        `json:"tax_no"` // 税号
	Address  string        `json:"addr"`
	Phone    string        `json:"phone"`
	BankType string        `json:"bank_type"` // name of the bank
	BankNo   string        `json:"bank_no"`   // account at the bank
	Custom   []CustomValue `json:"custom_field"`
}

// CustomValue is what the user entered into a field of the merchant's own, see
// [CustomField].
type CustomValue struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// GetAuthData returns whether a user has allowed the invoice of an order, and what the user
// entered.
//
// Errors: errcode.InvoiceOrderNeverAuthorized if order, platform and merchant do not
// match; errcode.InvoiceInsertRejected after RejectInsert; errcode.InvalidCardStatus,
// errcode.InvoicePDFInvalid, errcode.BillingNumbersRepeated,
// errcode.BillingNumbersLength.
//
// POST /card/invoice/getauthdata (查询授权完成状态)
func (s *Service) GetAuthData(ctx context.Context, order Order) (*AuthData, error) {
	const path = "/card/invoice/getauthdata"
	if err := order.check(path); err != nil {
		return nil, err
	}
	var data AuthData
	if err := s.oa.Post(ctx, path, order, &data, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &data, nil
}

// Rejection refuses to issue the invoice of an order.
type Rejection struct {
	Order
	Reason string `json:"reason"`        // shown to the user
	URL    string `json:"url,omitempty"` // what the user can do next; optional
}

// RejectInsert refuses to issue the invoice of an order. It cannot be undone: the order id
// can never be used again, and later insertions fail with errcode.InvoiceInsertRejected.
//
// Errors: errcode.InvoiceInsertRejected, errcode.InvoiceOrderNeverAuthorized.
//
// POST /card/invoice/rejectinsert (拒绝开票)
func (s *Service) RejectInsert(ctx context.Context, r Rejection) error {
	const path = "/card/invoice/rejectinsert"
	if err := r.check(path); err != nil {
		return err
	}
	if err := limit.Required(path, "Reason", r.Reason); err != nil {
		return err
	}
	if r.URL != "" {
		if _, err := limit.Address(path, "URL", r.URL); err != nil {
			return err
		}
	}
	return s.oa.Post(ctx, path, r, nil)
}
