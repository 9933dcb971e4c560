// Package invoice handles electronic invoices (电子发票): the authorization page, insertion
// into the user's wallet, PDF files, reimbursement and invoice titles.
//
// Three parties use it, each with the token of its own account:
//
//   - The merchant (商户) asks the user for an authorization: [Service.SetContact] and, for
//     pages with a form, [Service.SetAuthField] once; then [Service.GetAuthURL] for each
//     order. [Service.GetAuthData] reads what the user entered, [Service.RejectInsert]
//     refuses the order.
//   - The billing platform (开票平台) learns its id from [Service.GetPlatform] and tells
//     its merchants. For each invoice it uploads the PDF with [Service.SetPDF] and calls
//     [Service.Insert] with a card template of [Service.CreateCard].
//   - The reimburser (报销方) reads an invoice that the user chose on a page with
//     [Service.Get], and locks, unlocks or closes it with [Service.UpdateStatus].
//
// A merchant's page opens as follows. The ticket is that of package jssdk:
//
//	invoices, pages := invoice.New(oa), jssdk.New(oa)
//	ticket, err := pages.GetCardTicket(ctx)
//	if err != nil {
//		return err
//	}
//	page, err := invoices.GetAuthURL(ctx, invoice.AuthRequest{
//		Order:       invoice.Order{PlatformID: platform, OrderID: "1234"},
//		Money:       11_00, // 11.00 yuan
//		Source:      message.InvoiceFromWeb,
//		RedirectURL: "https://www.example.com/done",
//		Ticket:      ticket,
//		Type:        invoice.FillTitle,
//	})
//
// [Service.MakeOut], [Service.ClearOut] and [Service.GetIssued] issue invoices through WeChat
// (统一开票接口). The platform no longer lists them in its menu. The invoices of WeChat Pay
// (微信支付电子发票) are another product with an API of its own.
//
// # Money
//
// All amounts are int64 in fen (分), a hundredth of a yuan. The platform's own samples do
// not add up, so nothing here compares sums.
//
// # Fully digital invoices
//
// A fully digital invoice (数电票) has a number of 20 digits in Details.BillingNo. It has
// no code and no check code: leave BillingCode and CheckCode empty.
//
// # Events
//
// Package message has the events: UserAuthorizeInvoiceEvent after the user has used the
// authorization page, UpdateInvoiceStatusEvent when a reimburser changes the status of an
// invoice, SubmitInvoiceTitleEvent when a user chose a title for
// [Service.GetSelectTitleURL], and CloudInvoiceResultEvent with the result of
// [Service.MakeOut].
//
// # Errors
//
// Every call can fail with errcode.CreateInvoiceUnauthorized (the account lacks the
// permission), errcode.InvoiceParamsInvalid, errcode.MissingParameter and
// errcode.InvoiceBusy. After InvoiceBusy, try again after a pause. The comments of the
// methods name further errors.
package invoice

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service calls the invoice endpoints for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
