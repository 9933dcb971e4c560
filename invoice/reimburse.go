package invoice

import (
	"cmp"
	"context"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Ref identifies an invoice in a user's wallet, as a page receives it from chooseInvoice of the
// JS-SDK.
type Ref struct {
	CardID      string `json:"card_id"`
	EncryptCode string `json:"encrypt_code"`
}

func (r Ref) check(path, prefix string) error {
	return limit.Required(path, prefix+"CardID", r.CardID, prefix+"EncryptCode", r.EncryptCode)
}

// Invoice is an invoice that a user hands in for reimbursement.
type Invoice struct {
	CardID     string                    `json:"card_id"`
	OpenID     string                    `json:"openid"`
	Type       string                    `json:"type"`             // kind of the invoice in any words
	Payee      string                    `json:"payee"`            // 收款方
	Detail     string                    `json:"detail"`           // 发票详情
	Begin      officialaccount.Timestamp `json:"begin_time"`       // of its validity; [Service.GetBatch] may lack it
	End        officialaccount.Timestamp `json:"end_time"`         // of its validity; [Service.GetBatch] may lack it
	CardStatus string                    `json:"user_card_status"` // such as EXPIRE; the documents do not list the values
	Info       Info                      `json:"user_info"`
}

// Info holds the contents of an invoice.
type Info struct {
	Details
	PDFURL     string                `json:"pdf_url"`
	TripPDFURL string                `json:"trip_pdf_url"` // receipt (行程单)
	Status     message.InvoiceStatus `json:"reimburse_status"`
	OrderID    string                `json:"order_id"` // not in all answers
	Detail     string                `json:"detail"`   // not in all answers
	Accept     bool                  `json:"accept"`   // only in older answers
}

// answer is an Invoice on the wire, where the name of one field has two spellings.
type answer struct {
	Invoice
	Info struct {
		Info
		TripPDFURL string `json:"trip_pdf_ur"`
	} `json:"user_info"`
}

func (a answer) invoice() Invoice {
	i := a.Invoice
	i.Info = a.Info.Info
	if i.Info.TripPDFURL == "" {
		i.Info.TripPDFURL = a.Info.TripPDFURL
	}
	return i
}

// Get returns an invoice that the user has chosen. Errors: errcode.InvalidCardID,
// errcode.InvoiceLocked if another account has locked it.
//
// POST /card/invoice/reimburse/getinvoiceinfo (查询报销发票信息)
func (s *Service) Get(ctx context.Context, ref Ref) (*Invoice, error) {
	const path = "/card/invoice/reimburse/getinvoiceinfo"
	if err := ref.check(path, ""); err != nil {
		return nil, err
	}
	var out answer
	if err := s.oa.Post(ctx, path, ref, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	i := out.invoice()
	return &i, nil
}

// GetBatch returns several invoices that the user has chosen. The documents name no limit
// on their number. Errors: errcode.InvalidCardID, errcode.InvoiceGetTooMany.
//
// POST /card/invoice/reimburse/getinvoicebatch (批量查询报销发票信息)
func (s *Service) GetBatch(ctx context.Context, refs []Ref) ([]Invoice, error) {
	const path = "/card/invoice/reimburse/getinvoicebatch"
	if err := checkRefs(path, refs); err != nil {
		return nil, err
	}
	in := struct {
		Refs []Ref `json:"item_list"`
	}{refs}
	var out struct {
		Items []answer `json:"item_list"`
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	var invoices []Invoice
	for _, a := range out.Items {
		invoices = append(invoices, a.invoice())
	}
	return invoices, nil
}

func checkRefs(path string, refs []Ref) error {
	if len(refs) == 0 {
		return limit.Rule(path, "refs", "is empty")
	}
	for i, ref := range refs {
		if err := ref.check(path, "refs["+strconv.Itoa(i)+"]."); err != nil {
			return err
		}
	}
	return nil
}

// UpdateStatus sets the status of an invoice for reimbursement: message.InvoiceLocked keeps
// others from accepting it, message.InvoiceInit unlocks it, and message.InvoiceClosure
// says that it was reimbursed. That cannot be undone: the invoice leaves the wallet.
//
// Errors: errcode.InvoiceMustBeLocked, errcode.InvoiceLocked if another account has locked
// it, errcode.InvoiceStatusInvalid, errcode.InvoiceBusy.
//
// POST /card/invoice/reimburse/updateinvoicestatus (更新发票状态)
func (s *Service) UpdateStatus(ctx context.Context, ref Ref, status message.InvoiceStatus) error {
	const path = "/card/invoice/reimburse/updateinvoicestatus"
	if err := cmp.Or(ref.check(path, ""), limit.Required(path, "status (reimburse_status)", string(status))); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, struct {
		Ref
		Status message.InvoiceStatus `json:"reimburse_status"`
	}{ref, status}, nil)
}

// UpdateStatusBatch is [Service.UpdateStatus] for several invoices of one user. Either all
// of them change or none.
//
// Errors: errcode.InvoiceOwnerInvalid if one belongs to another user,
// errcode.InvoiceCountExceeded for too many, and those of UpdateStatus.
//
// POST /card/invoice/reimburse/updatestatusbatch (批量更新发票状态)
func (s *Service) UpdateStatusBatch(ctx context.Context, openID string, refs []Ref, status message.InvoiceStatus) error {
	const path = "/card/invoice/reimburse/updatestatusbatch"
	if err := cmp.Or(limit.Required(path, "openID", openID, "status (reimburse_status)", string(status)), checkRefs(path, refs)); err != nil {
		return err
	}
	in := struct {
		OpenID string                `json:"openid"`
		Status message.InvoiceStatus `json:"reimburse_status"`
		Refs   []Ref                 `json:"invoice_list"`
	}{openID, status, refs}
	return s.oa.Post(ctx, path, in, nil)
}
