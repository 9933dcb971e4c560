package invoice

import (
	"context"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Seller is the seller of an invoice (销售方).
type Seller struct {
	TaxNo       string `json:"nsrsbh"` // 纳税人识别号
	Name        string `json:"nsrmc"`
	Address     string `json:"nsrdz"`
	Phone       string `json:"nsrdh"`
	Bank        string `json:"nsrbank"`
	BankAccount string `json:"nsrbankid"`
}

// Buyer is the buyer of an invoice (购货方). Only Name is required.
type Buyer struct {
	Name        string `json:"ghfmc"`
	TaxNo       string `json:"ghfnsrsbh,omitempty"`
	Address     string `json:"ghfdz,omitempty"`
	Phone       string `json:"ghfdh,omitempty"`
	Bank        string `json:"ghfbank,omitempty"`
	BankAccount string `json:"ghfbankid,omitempty"`
}

// Industry is the industry of an invoice (行业类型).
type Industry string

// The industries.
const (
	Trade         Industry = "0" // 商业
	OtherIndustry Industry = "1" // 其它
)

// Issue asks WeChat to issue an invoice. All fields are required except where noted.
type Issue struct {
	OpenID  string `json:"wxopenid"`
	OrderID string `json:"ddh"`     // as the user authorized it
	Serial  string `json:"fpqqlsh"` // unique; begins with the six characters of the merchant's id on the console (商户号)
	Seller
	Buyer
	Drawer   string   `json:"kpr"`            // 开票人
	Payee    string   `json:"skr,omitempty"`  // 收款人; optional
	Reviewer string   `json:"fhr,omitempty"`  // 复核人; optional
	Remark   string   `json:"bz,omitempty"`   // optional
	Industry Industry `json:"hylx,omitempty"` // optional

	Total  int64  `json:"-"` // with tax, in fen (价税合计)
	Amount int64  `json:"-"` // without tax, in fen (合计金额)
	Tax    int64  `json:"-"` // in fen (合计税额)
	Lines  []Line `json:"-"`
}

// LineType says whether a line is a discount.
type LineType string

// The types of lines.
const (
	NormalLine     LineType = "0" // 正常行
	DiscountLine   LineType = "1" // 折扣行
	DiscountedLine LineType = "2" // 被折扣行
)

// Line is a line of an invoice. Type, TaxCode, Name, Quantity, Price and TaxRate are
// required.
type Line struct {
	Type     LineType `json:"fphxz"`
	TaxCode  string   `json:"spbm"` // 19 digits (商品编码)
	Name     string   `json:"xmmc"`
	Unit     string   `json:"dw,omitempty"`
	Model    string   `json:"ggxh,omitempty"` // 规格型号
	Quantity string   `json:"xmsl"`           // decimal, such as "1.5"
	Price    string   `json:"xmdj"`           // of one unit, in yuan: it may have more decimals than fen have
	TaxRate  string   `json:"sl"`             // decimal, such as "0.06"
	Amount   int64    `json:"-"`              // without tax, in fen (项目金额); negative in a discount line
	Tax      int64    `json:"-"`              // in fen (税额); negative in a discount line
}

// yuan is an amount in fen that is encoded as text in yuan, such as "12.05".
type yuan int64

// MarshalText writes yuan with two decimals.
func (y yuan) MarshalText() ([]byte, error) {
	n, sign := uint64(y), ""
	if y < 0 {
		n, sign = -n, "-"
	}
	text := strconv.FormatUint(n/100, 10) + "." + strconv.FormatUint(n/10%10, 10) + strconv.FormatUint(n%10, 10)
	return []byte(sign + text), nil
}

// issue is an Issue on the wire, with its amounts in yuan.
type issue struct {
	Issue
	Total  yuan   `json:"jshj"`
	Amount yuan   `json:"hjje"`
	Tax    yuan   `json:"hjse"`
	Lines  []line `json:"invoicedetail_list"`
}

type line struct {
	Line
	Amount yuan `json:"xmje"`
	Tax    yuan `json:"se"`
}

// MakeOut asks WeChat to issue an invoice. Success means that the request was accepted:
// the result is a CloudInvoiceResultEvent, and [Service.GetIssued] returns it. After the
// errors errcode.FiscalPlatformError, errcode.InvoicePlatformTimeout and
// errcode.InvoiceProcessing the invoice may still be issued. A repeated call must have
// the same Serial.
//
// Errors: errcode.MakeInvoiceFailed, errcode.FiscalTaxpayerIDMismatch,
// errcode.InvoiceFrequencyLimit, errcode.FiscalSerialOtherOrder,
// errcode.FiscalOrderOtherSerial, errcode.InvoiceOrderNeverAuthorized, and a code for each
// field that is wrong or empty.
//
// POST /card/invoice/makeoutinvoice (统一开票接口-开具蓝票)
func (s *Service) MakeOut(ctx context.Context, i Issue) error {
	const path = "/card/invoice/makeoutinvoice"
	if err := limit.Required(path, "OpenID (wxopenid)", i.OpenID, "OrderID (ddh)", i.OrderID, "Serial (fpqqlsh)", i.Serial,
		"Seller.TaxNo (nsrsbh)", i.Seller.TaxNo, "Seller.Name (nsrmc)", i.Seller.Name, "Seller.Address (nsrdz)", i.Seller.Address, "Seller.Phone (nsrdh)", i.Seller.Phone,
		"Seller.Bank (nsrbank)", i.Seller.Bank, "Seller.BankAccount (nsrbankid)", i.Seller.BankAccount, "Buyer.Name (ghfmc)", i.Buyer.Name, "Drawer (kpr)", i.Drawer); err != nil {
		return err
	}
	if len(i.Lines) == 0 {
		return limit.Rule(path, "Lines (invoicedetail_list)", "is empty")
	}
	wire := issue{Issue: i, Total: yuan(i.Total), Amount: yuan(i.Amount), Tax: yuan(i.Tax)}
	for n, l := range i.Lines {
		at := "Lines[" + strconv.Itoa(n) + "]."
		if err := limit.Required(path, at+"Type (fphxz)", string(l.Type), at+"TaxCode (spbm)", l.TaxCode, at+"Name (xmmc)", l.Name,
			at+"Quantity (xmsl)", l.Quantity, at+"Price (xmdj)", l.Price, at+"TaxRate (sl)", l.TaxRate); err != nil {
			return err
		}
		wire.Lines = append(wire.Lines, line{l, yuan(l.Amount), yuan(l.Tax)})
	}
	in := struct {
		Info issue `json:"invoiceinfo"`
	}{wire}
	return s.oa.Post(ctx, path, in, nil)
}

// Reversal reverses an invoice that WeChat issued (冲红). All fields are required.
type Reversal struct {
	OpenID      string `json:"wxopenid"`
	Serial      string `json:"fpqqlsh"` // identifies the invoice; the documents do not say whether a new serial is meant
	TaxNo       string `json:"nsrsbh"`  // of the seller
	SellerName  string `json:"nsrmc"`
	BillingCode string `json:"yfpdm"` // 原发票代码
	BillingNo   string `json:"yfphm"` // 原发票号码
}

// ClearOut reverses an invoice that WeChat issued. It cannot be undone. The errors are those
// of [Service.MakeOut].
//
// POST /card/invoice/clearoutinvoice (统一开票接口-发票冲红)
func (s *Service) ClearOut(ctx context.Context, r Reversal) error {
	const path = "/card/invoice/clearoutinvoice"
	if err := limit.Required(path, "OpenID (wxopenid)", r.OpenID, "Serial (fpqqlsh)", r.Serial, "TaxNo (nsrsbh)", r.TaxNo, "SellerName (nsrmc)", r.SellerName,
		"BillingCode (yfpdm)", r.BillingCode, "BillingNo (yfphm)", r.BillingNo); err != nil {
		return err
	}
	in := struct {
		Info Reversal `json:"invoiceinfo"`
	}{r}
	return s.oa.Post(ctx, path, in, nil)
}

// Issued is an invoice that WeChat issued. All fields but Serial are zero while it is not
// ready.
type Issued struct {
	Serial      string    `json:"fpqqlsh"`
	BillingCode string    `json:"fpdm"` // 发票代码
	BillingNo   string    `json:"fphm"` // 发票号码
	CheckCode   string    `json:"jym"`  // 校验码
	PDFURL      string    `json:"pdfurl"`
	Time        time.Time `json:"-"` // 开票日期, in China's time
}

// GetIssued returns an invoice that WeChat issued, by the serial of [Service.MakeOut] and the
// seller's tax number. Errors: errcode.InvoiceProcessing while it is being issued,
// errcode.FiscalSerialNotFound.
//
// POST /card/invoice/queryinvoceinfo (统一开票接口-查询已开发票)
func (s *Service) GetIssued(ctx context.Context, serial, taxNo string) (*Issued, error) {
	const path = "/card/invoice/queryinvoceinfo" // spelled so by the platform
	if err := limit.Required(path, "serial (fpqqlsh)", serial, "taxNo (nsrsbh)", taxNo); err != nil {
		return nil, err
	}
	in := struct {
		Serial string `json:"fpqqlsh"`
		TaxNo  string `json:"nsrsbh"`
	}{serial, taxNo}
	var out struct {
		Detail struct {
			Issued
			Time string `json:"kprq"`
		} `json:"invoicedetail"`
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	issued := out.Detail.Issued
	if text := out.Detail.Time; text != "" {
		at, err := time.ParseInLocation("20060102150405", text, time.FixedZone("UTC+8", 8*60*60))
		if err != nil {
			return nil, &errcode.ValueError{Path: "invoicedetail.kprq", Want: "yyyyMMddHHmmss", Got: text}
		}
		issued.Time = at
	}
	return &issued, nil
}
