package invoice

import (
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// issued is an invoice of 统一开票接口, which is ready at once.
type issued struct {
	orderID, taxNo, code, number string
	at                           time.Time
	reversed                     bool
}

// makeOut is POST /card/invoice/makeoutinvoice.
func (a *Area) makeOut(c *server.Call, in struct {
	Info struct {
		OpenID  string        `json:"wxopenid"`
		OrderID server.Scalar `json:"ddh"`
		Serial  server.Scalar `json:"fpqqlsh"`
		TaxNo   server.Scalar `json:"nsrsbh"`
		Name    string        `json:"nsrmc"`
		Address string        `json:"nsrdz"`
		Phone   server.Scalar `json:"nsrdh"`
		Buyer   string        `json:"ghfmc"`
		Drawer  string        `json:"kpr"`
		Total   server.Scalar `json:"jshj"`
		Amount  server.Scalar `json:"hjje"`
		Tax     server.Scalar `json:"hjse"`
	} `json:"invoiceinfo"`
}) (any, error) {
	i := in.Info
	for _, field := range []struct {
		code  int
		value string
	}{
		{73003, i.OpenID}, {73002, string(i.OrderID)}, {73004, string(i.Serial)}, {73016, string(i.TaxNo)}, {73007, i.Name}, {73008, i.Address},
		{73009, string(i.Phone)}, {73010, i.Buyer}, {73011, i.Drawer}, {73012, string(i.Total)}, {73013, string(i.Amount)}, {73014, string(i.Tax)},
	} {
		if err := server.Present(field.code, field.value); err != nil {
			return nil, err
		}
	}
	o := a.orders[string(i.OrderID)]
	if o == nil || o.state != authorized || o.user.OpenID != i.OpenID {
		return nil, server.Fail(72038)
	}
	serial := string(i.Serial)
	if old := a.issued[serial]; old != nil {
		if old.orderID != string(i.OrderID) {
			return nil, server.Fail(73106)
		}
		return nil, nil // a repetition
	}
	for _, old := range a.issued {
		if old.orderID == string(i.OrderID) {
			return nil, server.Fail(73108)
		}
	}
	a.issued[serial] = &issued{
		orderID: string(i.OrderID), taxNo: string(i.TaxNo), at: c.Now(),
		code: "150003521055", number: fmt.Sprintf("%08d", len(a.issued)+1),
	}
	c.Event(o.user, callback.Message{Type: "event", Event: "cloud_invoice_invoiceresult_event", Elements: []callback.Element{
		callback.CDATA("fpqqlsh", serial), callback.Number("status", 0), callback.CDATA("nsrsbh", string(i.TaxNo)),
	}})
	return nil, nil
}

func (a *Area) serial(serial, taxNo server.Scalar) (*issued, error) {
	found := a.issued[string(serial)]
	switch {
	case found == nil:
		return nil, server.Fail(73109)
	case found.taxNo != string(taxNo):
		return nil, server.Fail(73101)
	}
	return found, nil
}

// clearOut is POST /card/invoice/clearoutinvoice.
func (a *Area) clearOut(_ *server.Call, in struct {
	Info struct {
		Serial server.Scalar `json:"fpqqlsh"`
		TaxNo  server.Scalar `json:"nsrsbh"`
		Code   server.Scalar `json:"yfpdm"`
		Number server.Scalar `json:"yfphm"`
	} `json:"invoiceinfo"`
}) (any, error) {
	found, err := a.serial(in.Info.Serial, in.Info.TaxNo)
	switch {
	case err != nil:
		return nil, err
	case found.code != string(in.Info.Code) || found.number != string(in.Info.Number):
		return nil, server.Fail(72041)
	case found.reversed:
		return nil, server.Fail(72060)
	}
	found.reversed = true
	return nil, nil
}

// query is POST /card/invoice/queryinvoceinfo.
func (a *Area) query(_ *server.Call, in struct {
	Serial server.Scalar `json:"fpqqlsh"`
	TaxNo  server.Scalar `json:"nsrsbh"`
}) (any, error) {
	found, err := a.serial(in.Serial, in.TaxNo)
	if err != nil {
		return nil, err
	}
	return server.Object{"errcode": 0, "errmsg": "查询成功", "invoicedetail": server.Object{
		"fpqqlsh": in.Serial, "fpdm": found.code, "fphm": found.number, "jym": "69001808340631374774",
		"kprq": found.at.In(server.China()).Format("20060102150405"), "pdfurl": "",
	}}, nil
}
