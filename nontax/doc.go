// Package nontax accepts payments for government bodies (微信非税缴费) and puts their fiscal
// receipts (财政电子票据) into the wallets of users.
//
// It is for government bodies and their providers, which have an agreement with the
// platform. The platform assigns the ids of their services and banks.
//
//	payments := nontax.New(oa)
//	asked, err := payments.GetFees(ctx, nontax.FeeQuery{
//		ServiceID: "1", PaymentNoticeNo: "1234", DepartmentCode: "001", RegionCode: "440100",
//	})
//	if err != nil {
//		return err
//	}
//	// asked.Fee is what the notice asks for, in fen
//
// [Service.UnifiedOrder] places an order for it, and the user pays on the page or in
// the mini program that it returns. [Service.MicroPay] charges the payment code that a
// user shows. [Service.GetOrder] reads the state of an order, [Service.Refund] pays
// back, [Service.DownloadStatement] returns all orders of a day. An order is for a payment
// notice (缴款通知书), or for a number that the government body has assigned, see Number.
//
// # Money and days
//
// All amounts are int64 in fen (分), a hundredth of a yuan. A [Day] is a day in China.
//
// # Fiscal receipts
//
// [Service.GetBillAuthURL] returns the page on which a user allows the receipt of an
// order. Then the bot receives a UserAuthorizeInvoiceEvent of package message.
// [Service.CreateBillCard] creates a template once, and [Service.InsertBill] puts a
// receipt into the wallet. Its PDF file is uploaded with SetPDF of package invoice.
//
// # Tests
//
// [Service.MockNotification] and [Service.MockQueryFee] make the platform send a notice or
// a query to an address, to try the server behind it.
package nontax

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service calls the endpoints of non-tax payments for one account. The requests carry the
// AppID of the client.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// account is the member of requests that names the account.
type account struct {
	AppID string `json:"appid"`
}

func (s *Service) account() account { return account{s.oa.AppID()} }
