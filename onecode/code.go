package onecode

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Version is the version of a mini program. Values that are not listed here are sent as they
// are.
type Version int

// The versions of a mini program.
const (
	Release     Version = 0 // 正式版
	Development Version = 1 // 开发版
	Trial       Version = 2 // 体验版
)

// Product is what codes are bound to. All fields are required; the zero Version is the
// released one. The platform groups its statistics by activity, brand and title.
type Product struct {
	ActivityName string  `json:"activity_name"`
	Brand        string  `json:"product_brand"`
	Title        string  `json:"product_title"`
	Code         string  `json:"product_code"` // EAN (商品条码)
	AppID        string  `json:"wxa_appid"`    // of the mini program that a scan opens
	Path         string  `json:"wxa_path"`     // of the page in the mini program
	Version      Version `json:"wxa_type"`     // of the mini program
}

// Activate binds a range of the codes of an application to a product and its mini program.
//
// POST /intp/marketcode/codeactive (激活二维码)
func (s *Service) Activate(ctx context.Context, applicationID string, r Range, p Product) error {
	const path = "/intp/marketcode/codeactive"
	id, err := number(path, "applicationID", applicationID)
	if err != nil {
		return err
	}
	if err := r.check(path); err != nil {
		return err
	}
	if err := limit.Required(path, "ActivityName", p.ActivityName, "Brand (product_brand)", p.Brand, "Title (product_title)", p.Title,
		"Code (product_code)", p.Code, "AppID (wxa_appid)", p.AppID, "Path (wxa_path)", p.Path); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, struct {
		ID int64 `json:"application_id"`
		Range
		Product
	}{id, r, p}, nil)
}

// Code is a code and what it is bound to.
type Code struct {
	Code          string // 9 characters
	ApplicationID string
	ISVID         string // the caller's own id of the application
	Product       Product
	Range         Range // activated together with the code
}

// Query identifies a code in one of three ways: by application and index, by URL, or by code.
type Query struct {
	ApplicationID string // with Index
	Index         int64  // offset in the batch of the application

	URL  string // 28 characters of the plain code
	Code string // 9 characters of the plain code
}

// Get returns a code and what it is bound to.
//
// POST /intp/marketcode/codeactivequery (查询二维码激活状态)
func (s *Service) Get(ctx context.Context, query Query) (*Code, error) {
	const path = "/intp/marketcode/codeactivequery"
	ways := 0
	for _, way := range []string{query.ApplicationID, query.URL, query.Code} {
		if way != "" {
			ways++
		}
	}
	if ways != 1 {
		return nil, limit.Rule(path, "ApplicationID", "and URL and Code: exactly one must be set")
	}
	in := struct {
		ID    int64  `json:"application_id,omitempty"`
		Index *int64 `json:"code_index,omitempty"`
		URL   string `json:"code_url,omitempty"`
		Code  string `json:"code,omitempty"`
	}{URL: query.URL, Code: query.Code}
	if query.ApplicationID != "" {
		if query.Index < 0 {
			return nil, limit.Rule(path, "Index (code_index)", "is negative")
		}
		var err error
		if in.ID, err = number(path, "ApplicationID", query.ApplicationID); err != nil {
			return nil, err
		}
		in.Index = &query.Index
	}
	return s.get(ctx, path, in)
}

// GetByTicket returns the code that a user scanned, by the ticket that the page of the mini
// program received (code_ticket).
//
// POST /intp/marketcode/tickettocode (code_ticket换code)
func (s *Service) GetByTicket(ctx context.Context, openID, ticket string) (*Code, error) {
	const path = "/intp/marketcode/tickettocode"
	if err := limit.Required(path, "openID", openID, "ticket (code_ticket)", ticket); err != nil {
		return nil, err
	}
	in := struct {
		OpenID string `json:"openid"`
		Ticket string `json:"code_ticket"`
	}{openID, ticket}
	return s.get(ctx, path, in, officialaccount.WithRedacted(ticket))
}

func (s *Service) get(ctx context.Context, path string, in any, opts ...officialaccount.CallOption) (*Code, error) {
	var out struct {
		Code          string `json:"code"`
		ApplicationID string `json:"application_id"`
		ISVID         string `json:"isv_application_id"`
		Product
		Range
	}
	if err := s.oa.Post(ctx, path, in, &out, append(opts, officialaccount.WithRetry())...); err != nil {
		return nil, err
	}
	return &Code{out.Code, out.ApplicationID, out.ISVID, out.Product, out.Range}, nil
}
