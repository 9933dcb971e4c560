package message

import "github.com/seed-f21aa8d8/wechat/message/internal/tree"

// Events of electronic invoices (电子发票).

// UserAuthorizeInvoiceEvent is sent when a user allows or refuses an invoice
// (用户授权开票, Event user_authorize_invoice). One of the two order ids is set.
type UserAuthorizeInvoiceEvent struct {
	EventHeader
	SuccOrderID string // order for which the user allowed the invoice
	FailOrderID string // order for which the user refused it
	AppID       string // used to open the authorization page
	Source      InvoiceSource
}

func (m *UserAuthorizeInvoiceEvent) decode(e tree.Element) {
	m.SuccOrderID = e.ID("SuccOrderId")
	m.FailOrderID = e.ID("FailOrderId")
	m.AppID = e.ID("AppId")
	m.Source = InvoiceSource(e.ID("Source"))
}

// InvoiceSource is the place where a user allows an invoice.
type InvoiceSource string

// The places where a user allows an invoice.
const (
	InvoiceFromWeb         InvoiceSource = "web"
	InvoiceFromApp         InvoiceSource = "app"
	InvoiceFromMiniProgram InvoiceSource = "wxa"
	InvoiceFromWAP         InvoiceSource = "wap"
)

// UpdateInvoiceStatusEvent is sent when the reimbursement status of an invoice changes
// (更新发票卡券状态, Event update_invoice_status).
type UpdateInvoiceStatusEvent struct {
	EventHeader
	Status InvoiceStatus
	CardID string
	Code   string // card code of the invoice
}

func (m *UpdateInvoiceStatusEvent) decode(e tree.Element) {
	m.Status = InvoiceStatus(e.ID("Status"))
	m.CardID = e.ID("CardId")
	m.Code = e.ID("Code")
}

// InvoiceStatus is the reimbursement status of an invoice.
type InvoiceStatus string

// The reimbursement statuses.
const (
	InvoiceInit    InvoiceStatus = "INVOICE_REIMBURSE_INIT"    // 发票初始状态，未锁定
	InvoiceLocked  InvoiceStatus = "INVOICE_REIMBURSE_LOCK"    // 发票已锁定，无法重复提交报销
	InvoiceClosure InvoiceStatus = "INVOICE_REIMBURSE_CLOSURE" // 发票已核销，从用户卡包中移除
	InvoiceCancel  InvoiceStatus = "INVOICE_REIMBURSE_CANCEL"  // 发票已冲红; set by the billing platform
)

// SubmitInvoiceTitleEvent reports the invoice title that a user chose
// (用户提交发票抬头, Event submit_invoice_title).
type SubmitInvoiceTitleEvent struct {
	EventHeader
	Title     string
	TaxNo     string // 税号
	Address   string
	Phone     string
	BankType  string // name of the bank
	BankNo    string // account at the bank
	Attach    string // set by the account when it created the QR code
	TitleType InvoiceTitleType
}

func (m *SubmitInvoiceTitleEvent) decode(e tree.Element) {
	m.Title = e.Text("title")
	m.TaxNo = e.ID("tax_no")
	m.Address = e.Text("addr")
	m.Phone = e.ID("phone")
	m.BankType = e.Text("bank_type")
	m.BankNo = e.ID("bank_no")
	m.Attach = e.Text("attach")
	m.TitleType = InvoiceTitleType(e.ID("title_type"))
}

// InvoiceTitleType is the kind of an invoice title.
type InvoiceTitleType string

// The kinds of invoice titles.
const (
	InvoiceTitlePerson  InvoiceTitleType = "InvoiceUserTitlePersonType"   // 个人
	InvoiceTitleCompany InvoiceTitleType = "InvoiceUserTitleBusinessType" // 公司
)

// CloudInvoiceResultEvent reports the result of creating an invoice
// (开票平台开票结果, Event cloud_invoice_invoiceresult_event).
type CloudInvoiceResultEvent struct {
	EventHeader
	RequestID  string // 发票请求流水号 (fpqqlsh)
	Status     int
	TaxpayerID string // 纳税人识别号 (nsrsbh)
}

func (m *CloudInvoiceResultEvent) decode(e tree.Element) {
	m.RequestID = e.ID("fpqqlsh")
	m.Status = int(e.Int("status"))
	m.TaxpayerID = e.ID("nsrsbh")
}
