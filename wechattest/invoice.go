package wechattest

import (
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/invoice"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// InvoiceTitle is an invoice title (发票抬头) of a user. Email is for persons; the fields
// after it are for companies.
type InvoiceTitle struct {
	Company  bool
	Title    string
	Phone    string
	Email    string
	TaxNo    string
	Address  string
	BankType string            // name of the bank
	BankNo   string            // account at the bank
	Custom   map[string]string // values of the merchant's own fields, by their keys
}

// WalletInvoice is an invoice, or a fiscal receipt, in a user's wallet. CardID and
// EncryptCode are what a page receives when the user chooses it (chooseInvoice).
type WalletInvoice struct {
	CardID      string
	Code        string
	EncryptCode string
	Title       string
	Fee         int64 // in fen
	BillingNo   string
	BillingCode string
	Status      string // INVOICE_REIMBURSE_INIT and so on
}

// ErrInvoiceOrder means that the order of an authorization page does not wait for a
// user: it was not requested with /card/invoice/getauthurl or /nontax/getbillauthurl,
// or was answered.
var ErrInvoiceOrder = invoice.ErrOrder

// AuthorizeInvoice allows the invoice of an order on its authorization page: the bot gets
// user_authorize_invoice. The title is what the user enters, or has ready.
func (u *User) AuthorizeInvoice(orderID string, title InvoiceTitle) (*Reply, error) {
	return u.sendAfter(u.platform.invoices.Answer(u.user, orderID, true, invoice.Title(title)))
}

// RefuseInvoice refuses the invoice of an order on its authorization page. The user can
// come back and allow it.
func (u *User) RefuseInvoice(orderID string) (*Reply, error) {
	return u.sendAfter(u.platform.invoices.Answer(u.user, orderID, false, invoice.Title{}))
}

// sendAfter sends the event of what a user did, if it could be done.
func (u *User) sendAfter(m callback.Message, err error) (*Reply, error) {
	if err != nil {
		return &Reply{}, err
	}
	reply, err := u.platform.server.Send(u.user, m)
	return publicReply(reply), err
}

// Invoices returns the invoices in the user's wallet, oldest first. Reimbursed ones have
// left it.
func (u *User) Invoices() []WalletInvoice {
	var list []WalletInvoice
	for _, i := range u.platform.invoices.Wallet(u.user) {
		list = append(list, WalletInvoice{i.CardID, i.Code, i.EncryptCode, i.Title, i.Fee, i.BillingNo, i.BillingCode, i.Status})
	}
	return list
}

// ErrTitlePage means that /card/invoice/biz/getselecttitleurl did not return the
// address of the page.
var ErrTitlePage = invoice.ErrTitlePage

// ChooseInvoiceTitle chooses a title on a page of /card/invoice/biz/getselecttitleurl: the
// bot gets submit_invoice_title.
func (u *User) ChooseInvoiceTitle(url string, title InvoiceTitle) (*Reply, error) {
	return u.sendAfter(u.platform.invoices.Choose(url, invoice.Title(title)))
}

// ShowInvoiceTitle shows a title as a QR code and returns its text, for
// /card/invoice/scantitle.
func (u *User) ShowInvoiceTitle(title InvoiceTitle) (scanText string) {
	return u.platform.invoices.Show(invoice.Title(title))
}
