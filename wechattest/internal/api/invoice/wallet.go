package invoice

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Invoice is an invoice or a fiscal receipt in a user's wallet.
type Invoice struct {
	CardID      string
	Code        string
	EncryptCode string
	Title       string
	Fee         int64
	BillingNo   string
	BillingCode string
	Status      string // INVOICE_REIMBURSE_…

	owner   *server.User
	orderID string
	created time.Time
	data    map[string]any // as it was inserted
}

// The statuses of invoices.
const (
	statusInit    = "INVOICE_REIMBURSE_INIT"
	statusLock    = "INVOICE_REIMBURSE_LOCK"
	statusClosure = "INVOICE_REIMBURSE_CLOSURE"
	statusCancel  = "INVOICE_REIMBURSE_CANCEL"
)

// Insertion is a request that puts an invoice into a wallet.
type Insertion struct {
	OrderID server.Scalar `json:"order_id"`
	CardID  string        `json:"card_id"`
	AppID   string        `json:"appid"`
	Ext     struct {
		Nonce string `json:"nonce_str"`
		Card  struct {
			Data json.RawMessage `json:"invoice_user_data"`
		} `json:"user_card"`
	} `json:"card_ext"`
}

// insert is POST /card/invoice/insert.
func (a *Area) insert(c *server.Call, in Insertion) (any, error) { return a.Insert(c, in, true) }

// insertedData is what the platform reads of an invoice's data.
type insertedData struct {
	Title       string        `json:"title"`
	Fee         server.Number `json:"fee"`
	BillingTime server.Number `json:"billing_time"`
	BillingNo   server.Scalar `json:"billing_no"`
	BillingCode server.Scalar `json:"billing_code"`
	CheckCode   server.Scalar `json:"check_code"`
	PDF         server.Scalar `json:"s_pdf_media_id"`
	TripPDF     server.Scalar `json:"s_trip_pdf_media_id"`
}

// Insert puts an invoice, or a fiscal receipt, into the wallet of the user who allowed it.
func (a *Area) Insert(c *server.Call, in Insertion, checkCode bool) (any, error) {
	var data insertedData
	var all map[string]any
	if json.Unmarshal(in.Ext.Card.Data, &data) != nil || json.Unmarshal(in.Ext.Card.Data, &all) != nil {
		return nil, server.Fail(72031)
	}
	if err := a.checkInsertion(in, data, checkCode); err != nil {
		return nil, err
	}
	ids := []server.Scalar{data.PDF}
	if data.TripPDF != "" {
		ids = append(ids, data.TripPDF)
	}
	var files []*pdf
	for _, id := range ids {
		f, err := a.file(string(id), c.Now())
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	for _, f := range files {
		f.expires = time.Time{}
	}
	o := a.orders[string(in.OrderID)]
	o.state = inserted
	i := &Invoice{
		CardID: in.CardID, Code: a.newCode(), EncryptCode: newEncryptCode(), Title: data.Title, Fee: int64(data.Fee),
		BillingNo: string(data.BillingNo), BillingCode: string(data.BillingCode), Status: statusInit,
		owner: o.user, orderID: string(in.OrderID), created: c.Now(), data: all,
	}
	a.invoices = append(a.invoices, i)
	answer := server.OK{"code": i.Code, "openid": o.user.OpenID}
	if o.user.UnionID != "" {
		answer["unionid"] = o.user.UnionID
	}
	return answer, nil
}

// checkInsertion returns an error if the order does not wait for the invoice, or if the
// invoice is not valid.
func (a *Area) checkInsertion(in Insertion, data insertedData, checkCode bool) error {
	if err := server.Present(72031, string(in.OrderID), in.CardID, in.AppID, in.Ext.Nonce, data.Title); err != nil {
		return err
	}
	o := a.orders[string(in.OrderID)]
	_, known := a.cards[in.CardID]
	switch {
	case o == nil || o.state == asked:
		return server.Fail(72038)
	case o.state == rejected:
		return server.Fail(72035)
	case o.state == inserted:
		return server.Fail(72018)
	case !known:
		return server.Fail(40078)
	case data.BillingTime <= 0:
		return server.Fail(72031)
	case o.kind == 1 && data.Title != o.title.Title:
		return server.Fail(72017)
	case data.BillingNo == "":
		return server.Fail(72041)
	case checkCode && data.BillingCode != "" && data.CheckCode == "":
		return server.Fail(72045)
	}
	for _, old := range a.invoices {
		if old.BillingNo == string(data.BillingNo) && old.BillingCode == string(data.BillingCode) {
			return server.Fail(72042)
		}
	}
	return nil
}

// Wallet returns the invoices of a user that were not reimbursed.
func (a *Area) Wallet(u *server.User) []Invoice {
	a.s.Lock()
	defer a.s.Unlock()
	var list []Invoice
	for _, i := range a.invoices {
		if i.owner == u && i.Status != statusClosure {
			list = append(list, *i)
		}
	}
	return list
}

// updatePlatformStatus is POST /card/invoice/platform/updatestatus.
func (a *Area) updatePlatformStatus(_ *server.Call, in struct {
	CardID string        `json:"card_id"`
	Code   server.Scalar `json:"code"`
	Status string        `json:"reimburse_status"`
}) (any, error) {
	i := server.Find(a.invoices, func(i *Invoice) bool { return i.CardID == in.CardID && i.Code == string(in.Code) })
	if i == nil {
		return nil, server.Fail(72080)
	}
	switch in.Status {
	case statusInit, statusLock, statusClosure, statusCancel:
	default:
		return nil, server.Fail(72031)
	}
	if err := i.checkOpen(); err != nil {
		return nil, err
	}
	i.Status = in.Status
	return nil, nil
}

// checkOpen refuses an invoice whose status is final.
func (i *Invoice) checkOpen() error {
	switch i.Status {
	case statusClosure:
		return server.Fail(72061)
	case statusCancel:
		return server.Fail(72060)
	}
	return nil
}

// ref names an invoice for a reimburser.
type ref struct {
	CardID      string `json:"card_id"`
	EncryptCode string `json:"encrypt_code"`
}

func (a *Area) named(r ref) (*Invoice, error) {
	if err := server.Present(72031, r.CardID, r.EncryptCode); err != nil {
		return nil, err
	}
	if _, known := a.cards[r.CardID]; !known {
		return nil, server.Fail(40073)
	}
	i := server.Find(a.invoices, func(i *Invoice) bool { return i.CardID == r.CardID && i.EncryptCode == r.EncryptCode })
	if i == nil {
		return nil, server.Fail(40075)
	}
	return i, nil
}

func (a *Area) all(refs []ref) (list []*Invoice, err error) {
	if len(refs) == 0 {
		return nil, server.Fail(72031)
	}
	for _, r := range refs {
		i, err := a.named(r)
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, nil
}

// shown is an invoice as a reimburser sees it.
func (a *Area) shown(i *Invoice) server.Object {
	info := maps.Clone(i.data)
	for key, media := range map[string]string{"pdf_url": "s_pdf_media_id", "trip_pdf_url": "s_trip_pdf_media_id"} {
		if id, ok := info[media].(string); ok {
			info[key] = a.pdfURL(id)
		}
		delete(info, media)
	}
	info["reimburse_status"], info["order_id"] = i.Status, i.orderID
	c := a.cards[i.CardID]
	return server.Object{
		"card_id": i.CardID, "openid": i.owner.OpenID, "type": c.kind, "payee": c.payee, "detail": "",
		"begin_time": i.created.Unix(), "end_time": i.created.AddDate(10, 0, 0).Unix(), "user_info": info,
	}
}

// get is POST /card/invoice/reimburse/getinvoiceinfo.
func (a *Area) get(_ *server.Call, in ref) (any, error) {
	i, err := a.named(in)
	if err != nil {
		return nil, err
	}
	return server.OK(a.shown(i)), nil
}

// getBatch is POST /card/invoice/reimburse/getinvoicebatch.
func (a *Area) getBatch(_ *server.Call, in struct {
	Refs []ref `json:"item_list"`
}) (any, error) {
	list, err := a.all(in.Refs)
	if err != nil {
		return nil, err
	}
	items := []server.Object{}
	for _, i := range list {
		items = append(items, a.shown(i))
	}
	return server.OK{"item_list": items}, nil
}

// updateStatus is POST /card/invoice/reimburse/updateinvoicestatus.
func (a *Area) updateStatus(c *server.Call, in struct {
	ref
	Status string `json:"reimburse_status"`
}) (any, error) {
	return nil, a.update(c, []ref{in.ref}, in.Status, "")
}

// updateStatusBatch is POST /card/invoice/reimburse/updatestatusbatch.
func (a *Area) updateStatusBatch(c *server.Call, in struct {
	OpenID string `json:"openid"`
	Status string `json:"reimburse_status"`
	Refs   []ref  `json:"invoice_list"`
}) (any, error) {
	if err := server.Present(72031, in.OpenID); err != nil {
		return nil, err
	}
	return nil, a.update(c, in.Refs, in.Status, in.OpenID)
}

// update changes the status of all invoices or of none.
func (a *Area) update(c *server.Call, refs []ref, status, openID string) error {
	list, err := a.all(refs)
	if err != nil {
		return err
	}
	for _, i := range list {
		if openID != "" && i.owner.OpenID != openID {
			return server.Fail(72037)
		}
		if err := i.checkOpen(); err != nil {
			return err
		}
		switch {
		case status == statusClosure && i.Status != statusLock:
			return server.Fail(72039)
		case status != statusInit && status != statusLock && status != statusClosure:
			return server.Fail(72031)
		}
	}
	for _, i := range list {
		i.Status = status
		c.Event(i.owner, callback.Message{Type: "event", Event: "update_invoice_status", Elements: []callback.Element{
			callback.CDATA("Status", status), callback.CDATA("CardId", i.CardID), callback.CDATA("Code", i.Code),
		}})
	}
	return nil
}
