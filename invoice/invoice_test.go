package invoice_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/invoice"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

var (
	order = invoice.Order{PlatformID: "s_1", OrderID: "1234"}
	ref   = invoice.Ref{CardID: "p_card", EncryptCode: "O/mPnGTpBu22a1szmK2OqzhFPBh9eYzv2p70L8yzyynlTOEE="}
)

func authRequest() invoice.AuthRequest {
	return invoice.AuthRequest{
		Order: order, Money: 11_05, Time: apitest.At(1700000000), Source: message.InvoiceFromWeb,
		RedirectURL: "https://www.example.com/done?a=1&b=2", Ticket: token.New("a-card-ticket", time.Time{}), Type: invoice.FillTitle,
	}
}

const detailsJSON = `"title": "微信支付公司", "fee": 1105, "fee_without_tax": 1000, "tax": 105, "billing_time": 1700000000,
	"billing_no": "00000001", "billing_code": "150003521055", "check_code": "69001808340631374774",
	"info": [{"name": "牙膏", "num": 3, "unit": "个", "price": 350}],
	"buyer_number": "B1", "buyer_address_and_phone": "广州 1", "buyer_bank_account": "工行 2",
	"seller_number": "S1", "seller_address_and_phone": "深圳 3", "seller_bank_account": "建行 4",
	"remarks": "备注", "cashier": "收款", "maker": "开票"`

func details() invoice.Details {
	return invoice.Details{
		Title: "微信支付公司", Fee: 11_05, FeeWithoutTax: 10_00, Tax: 1_05, BillingTime: apitest.At(1700000000),
		BillingNo: "00000001", BillingCode: "150003521055", CheckCode: "69001808340631374774",
		Items:       []invoice.Item{{Name: "牙膏", Num: 3, Unit: "个", Price: 3_50}},
		BuyerNumber: "B1", BuyerAddressAndPhone: "广州 1", BuyerBankAccount: "工行 2",
		SellerNumber: "S1", SellerAddressAndPhone: "深圳 3", SellerBankAccount: "建行 4",
		Remarks: "备注", Cashier: "收款", Maker: "开票",
	}
}

func insertion() invoice.Insertion {
	return invoice.Insertion{
		OrderID: "1234", CardID: "p_card", AppID: "wx9999999999999999", Details: details(),
		PDFMediaID: "75195439125254", TripPDFMediaID: "75195439125255",
	}
}

const invoiceJSON = `"card_id": "p_card", "openid": "oLiLei", "type": "增值税普通发票", "payee": "测试-收款方", "detail": "detail",
	"begin_time": 1476068114, "end_time": 2476068114, "user_card_status": "EXPIRE",
	"user_info": {` + detailsJSON + `, "pdf_url": "https://pdf", "trip_pdf_url": "https://trip",
	"reimburse_status": "INVOICE_REIMBURSE_LOCK", "order_id": "1234", "detail": "more", "accept": true}`

func handedIn() invoice.Invoice {
	return invoice.Invoice{
		CardID: "p_card", OpenID: "oLiLei", Type: "增值税普通发票", Payee: "测试-收款方", Detail: "detail",
		Begin: apitest.At(1476068114), End: apitest.At(2476068114), CardStatus: "EXPIRE",
		Info: invoice.Info{
			Details: details(), PDFURL: "https://pdf", TripPDFURL: "https://trip",
			Status: message.InvoiceLocked, OrderID: "1234", Detail: "more", Accept: true,
		},
	}
}

func issue() invoice.Issue {
	return invoice.Issue{
		OpenID: "oLiLei", OrderID: "1234", Serial: "mch001-1",
		Seller: invoice.Seller{TaxNo: "S1", Name: "卖方", Address: "深圳", Phone: "0755", Bank: "建行", BankAccount: "4"},
		Buyer:  invoice.Buyer{Name: "买方", TaxNo: "B1", Address: "广州", Phone: "020", Bank: "工行", BankAccount: "2"},
		Drawer: "开票人", Payee: "收款人", Reviewer: "复核人", Remark: "备注", Industry: invoice.OtherIndustry,
		Total: 106_00, Amount: 100_00, Tax: 6_00,
		Lines: []invoice.Line{
			{
				Type: invoice.DiscountedLine, TaxCode: "1010101010000000000", Name: "牙膏", Unit: "个", Model: "60G",
				Quantity: "1.5", Price: "66.6666", TaxRate: "0.06", Amount: 100_05, Tax: 6_00,
			},
			{Type: invoice.DiscountLine, TaxCode: "1010101010000000000", Name: "牙膏", Quantity: "1", Price: "-0.05", TaxRate: "0.06", Amount: -5},
		},
	}
}

func cases() []apitest.Case {
	fields := invoice.AuthFields{
		Person: invoice.PersonFields{
			ShowTitle: true, ShowPhone: true, ShowEmail: true, RequirePhone: true, RequireEmail: true,
			Custom: []invoice.CustomField{{Key: "会员卡号", Required: true, Notice: "八位数字"}},
		},
		Company: invoice.CompanyFields{
			ShowTitle: true, ShowTaxNo: true, ShowAddress: true, ShowPhone: true, ShowBankType: true, ShowBankNo: true,
			RequireTaxNo: true, RequireAddress: true, RequirePhone: true, RequireBankType: true, RequireBankNo: true,
			Custom: []invoice.CustomField{{Key: "部门", Required: true, Notice: "全称"}},
		},
	}
	const fieldsJSON = `{"auth_field": {"user_field": {"show_title": 1, "show_phone": 1, "show_email": 1, "require_phone": 1, "require_email": 1,
		"custom_field": [{"key": "会员卡号", "is_require": 1, "notice": "八位数字"}]},
		"biz_field": {"show_title": 1, "show_tax_no": 1, "show_addr": 1, "show_phone": 1, "show_bank_type": 1, "show_bank_no": 1,
		"require_tax_no": 1, "require_addr": 1, "require_phone": 1, "require_bank_type": 1, "require_bank_no": 1,
		"custom_field": [{"key": "部门", "is_require": 1, "notice": "全称"}]}}}`
	const attr = "/card/invoice/setbizattr"
	one := handedIn()
	misspelled := strings.Replace(invoiceJSON, "trip_pdf_url", "trip_pdf_ur", 1)
	return []apitest.Case{
		{
			Do:   func(c ctx, oa client) (any, error) { return invoice.New(oa).GetAuthURL(c, authRequest()) },
			Path: "/card/invoice/getauthurl",
			Body: `{"s_pappid": "s_1", "order_id": "1234", "money": 1105, "timestamp": 1700000000, "source": "web",
				"redirect_url": "https://www.example.com/done?a=1&b=2", "ticket": "a-card-ticket", "type": 1}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "auth_url": "pages/auth", "appid": "wx1"}`,
			Want:   &invoice.AuthPage{URL: "pages/auth", AppID: "wx1"},
		},
		{
			Name: "authorization page of a known title in an app, for nothing",
			Do: func(c ctx, oa client) (any, error) {
				r := authRequest()
				r.Money, r.Source, r.RedirectURL, r.Type = 0, message.InvoiceFromApp, "", invoice.KnownTitle
				return invoice.New(oa).GetAuthURL(c, r)
			},
			Path:  "/card/invoice/getauthurl",
			Body:  `{"s_pappid": "s_1", "order_id": "1234", "money": 0, "timestamp": 1700000000, "source": "app", "ticket": "a-card-ticket", "type": 0}`,
			Fails: errcode.InvoiceContactUnset, Answer: `{"errcode": 72063, "errmsg": "contact unset"}`,
		},
		{
			Name: "a person's title",
			Do:   func(c ctx, oa client) (any, error) { return invoice.New(oa).GetAuthData(c, order) },
			Path: "/card/invoice/getauthdata", Retried: true, Body: `{"s_pappid": "s_1", "order_id": "1234"}`,
			Answer: `{"invoice_status": "auth success", "auth_time": 1480342498, "user_auth_info": {"user_field":
				{"title": "Dhxhhx", "phone": "5554545", "email": "a@b.c", "custom_field": [{"key": "field1", "value": "管理理论"}]}}}`,
			Want: &invoice.AuthData{Status: invoice.Authorized, Time: apitest.At(1480342498), Info: invoice.AuthInfo{Person: &invoice.PersonTitle{
				Title: "Dhxhhx", Phone: "5554545", Email: "a@b.c", Custom: []invoice.CustomValue{{Key: "field1", Value: "管理理论"}},
			}}},
		},
		{
			Name: "a company's title",
			Do:   func(c ctx, oa client) (any, error) { return invoice.New(oa).GetAuthData(c, order) },
			Path: "/card/invoice/getauthdata", Retried: true, Body: `{"s_pappid": "s_1", "order_id": "1234"}`,
			Answer: `{"invoice_status": "auth success", "auth_time": 1480342897, "user_auth_info": {"biz_field":
				{"title": "王小贱", "tax_no": "123", "addr": "广州", "phone": "3", "bank_type": "工商银行", "bank_no": "4",
				"custom_field": [{"key": "field2", "value": "哈哈哈"}]}}}`,
			Want: &invoice.AuthData{Status: invoice.Authorized, Time: apitest.At(1480342897), Info: invoice.AuthInfo{Company: &invoice.CompanyTitle{
				Title: "王小贱", TaxNo: "123", Address: "广州", Phone: "3", BankType: "工商银行", BankNo: "4",
				Custom: []invoice.CustomValue{{Key: "field2", Value: "哈哈哈"}},
			}}},
		},
		{
			Name: "not authorized",
			Do:   func(c ctx, oa client) (any, error) { return invoice.New(oa).GetAuthData(c, order) },
			Path: "/card/invoice/getauthdata", Retried: true, Body: `{"s_pappid": "s_1", "order_id": "1234"}`,
			Answer: `{"errcode": 0, "invoice_status": "never auth"}`,
			Want:   &invoice.AuthData{Status: invoice.NeverAuthorized},
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, invoice.New(oa).RejectInsert(c, invoice.Rejection{Order: order, Reason: "没有抬头", URL: "https://www.example.com/"})
			},
			Path: "/card/invoice/rejectinsert", Body: `{"s_pappid": "s_1", "order_id": "1234", "reason": "没有抬头", "url": "https://www.example.com/"}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, invoice.New(oa).MakeOut(c, issue()) },
			Path: "/card/invoice/makeoutinvoice",
			Body: `{"invoiceinfo": {"wxopenid": "oLiLei", "ddh": "1234", "fpqqlsh": "mch001-1",
				"nsrsbh": "S1", "nsrmc": "卖方", "nsrdz": "深圳", "nsrdh": "0755", "nsrbank": "建行", "nsrbankid": "4",
				"ghfmc": "买方", "ghfnsrsbh": "B1", "ghfdz": "广州", "ghfdh": "020", "ghfbank": "工行", "ghfbankid": "2",
				"kpr": "开票人", "skr": "收款人", "fhr": "复核人", "bz": "备注", "hylx": "1", "jshj": "106.00", "hjje": "100.00", "hjse": "6.00",
				"invoicedetail_list": [
					{"fphxz": "2", "spbm": "1010101010000000000", "xmmc": "牙膏", "dw": "个", "ggxh": "60G", "xmsl": "1.5", "xmdj": "66.6666", "sl": "0.06", "xmje": "100.05", "se": "6.00"},
					{"fphxz": "1", "spbm": "1010101010000000000", "xmmc": "牙膏", "xmsl": "1", "xmdj": "-0.05", "sl": "0.06", "xmje": "-0.05", "se": "0.00"}]}}`,
			Answer: `{"errcode": 0, "errmsg": "sucesss"}`,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, invoice.New(oa).ClearOut(c, invoice.Reversal{
					OpenID: "oLiLei", Serial: "mch001-1", TaxNo: "S1", SellerName: "卖方", BillingCode: "150003521055", BillingNo: "00000001",
				})
			},
			Path: "/card/invoice/clearoutinvoice",
			Body: `{"invoiceinfo": {"wxopenid": "oLiLei", "fpqqlsh": "mch001-1", "nsrsbh": "S1", "nsrmc": "卖方", "yfpdm": "150003521055", "yfphm": "00000001"}}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return invoice.New(oa).GetIssued(c, "mch001-1", "S1") },
			Path: "/card/invoice/queryinvoceinfo", Retried: true, Body: `{"fpqqlsh": "mch001-1", "nsrsbh": "S1"}`,
			Answer: `{"errcode": 0, "errmsg": "查询成功", "invoicedetail": {"fpqqlsh": "mch001-1", "fpdm": "150003521055", "fphm": "00000001",
				"jym": "69001808340631374774", "kprq": 20171205101530, "pdfurl": "https://pdf"}}`,
			Want: &invoice.Issued{
				Serial: "mch001-1", BillingCode: "150003521055", BillingNo: "00000001", CheckCode: "69001808340631374774", PDFURL: "https://pdf",
				Time: time.Date(2017, 12, 5, 10, 15, 30, 0, time.FixedZone("UTC+8", 8*60*60)),
			},
		},
		{
			Name: "not ready",
			Do:   func(c ctx, oa client) (any, error) { return invoice.New(oa).GetIssued(c, "mch001-1", "S1") },
			Path: "/card/invoice/queryinvoceinfo", Retried: true, Body: `{"fpqqlsh": "mch001-1", "nsrsbh": "S1"}`,
			Answer: `{"errcode": 73107, "errmsg": "开票中"}`, Fails: errcode.InvoiceProcessing,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return invoice.New(oa).GetPlatform(c) },
			Path: "/card/invoice/seturl", Retried: true,
			Answer: `{"errcode": 0, "invoice_url": "https://mp.weixin.qq.com/bizmall/authinvoice?action=list&s_pappid=d3gw%2Bx"}`,
			Want:   &invoice.Platform{ID: "d3gw+x", URL: "https://mp.weixin.qq.com/bizmall/authinvoice?action=list&s_pappid=d3gw%2Bx"},
		},
		{
			Name: "set_pay_mch",
			Do: func(c ctx, oa client) (any, error) {
				return nil, invoice.New(oa).SetPayMch(c, invoice.PayMerchant{MchID: "1234", PlatformID: "s_1"})
			},
			Path: attr, Query: "action=set_pay_mch", Body: `{"paymch_info": {"mchid": "1234", "s_pappid": "s_1"}}`,
		},
		{
			Name: "get_pay_mch", Do: func(c ctx, oa client) (any, error) { return invoice.New(oa).GetPayMch(c) },
			Path: attr, Query: "action=get_pay_mch", Retried: true, Answer: `{"paymch_info": {"mchid": 1234, "s_pappid": "s_1"}}`,
			Want: &invoice.PayMerchant{MchID: "1234", PlatformID: "s_1"},
		},
		{
			Name: "set_contact",
			Do: func(c ctx, oa client) (any, error) {
				return nil, invoice.New(oa).SetContact(c, invoice.Contact{Phone: "88880000", Timeout: time.Hour})
			},
			Path: attr, Query: "action=set_contact", Body: `{"contact": {"phone": "88880000", "time_out": 3600}}`,
		},
		{
			Name: "get_contact", Do: func(c ctx, oa client) (any, error) { return invoice.New(oa).GetContact(c) },
			Path: attr, Query: "action=get_contact", Retried: true, Answer: `{"contact": {"phone": 88880000, "time_out": 3600}}`,
			Want: &invoice.Contact{Phone: "88880000", Timeout: time.Hour},
		},
		{
			Name: "set_auth_field", Do: func(c ctx, oa client) (any, error) { return nil, invoice.New(oa).SetAuthField(c, fields) },
			Path: attr, Query: "action=set_auth_field", Body: fieldsJSON,
		},
		{
			Name: "set_auth_field with the least",
			Do: func(c ctx, oa client) (any, error) {
				return nil, invoice.New(oa).SetAuthField(c, invoice.AuthFields{Person: invoice.PersonFields{ShowPhone: true}})
			},
			Path: attr, Query: "action=set_auth_field",
			Body: `{"auth_field": {"user_field": {"show_title": 0, "show_phone": 1, "show_email": 0},
				"biz_field": {"show_title": 0, "show_tax_no": 0, "show_addr": 0, "show_phone": 0, "show_bank_type": 0, "show_bank_no": 0}}}`,
		},
		{
			Name: "get_auth_field", Do: func(c ctx, oa client) (any, error) { return invoice.New(oa).GetAuthField(c) },
			Path: attr, Query: "action=get_auth_field", Retried: true, Answer: strings.ReplaceAll(fieldsJSON, ": 1", ": 2"), Want: &fields,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return invoice.New(oa).CreateCard(c, invoice.Card{Payee: "测试公司", Type: "增值税普通发票", Base: invoice.Base{
					LogoURL: "http://mmbiz.qpic.cn/x", Title: "测试",
					CustomURLName: "入口", CustomURL: "https://www.example.com/1", CustomURLSubTitle: "第一",
					PromotionURLName: "更多", PromotionURL: "https://www.example.com/2", PromotionURLSubTitle: "第二",
				}})
			},
			Path: "/card/invoice/platform/createcard",
			Body: `{"invoice_info": {"payee": "测试公司", "type": "增值税普通发票", "base_info": {"logo_url": "http://mmbiz.qpic.cn/x", "title": "测试",
				"custom_url_name": "入口", "custom_url": "https://www.example.com/1", "custom_url_sub_title": "第一",
				"promotion_url_name": "更多", "promotion_url": "https://www.example.com/2", "promotion_url_sub_title": "第二"}}}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "card_id": "p_card"}`, Want: "p_card",
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return invoice.New(oa).SetPDF(c, "发票.pdf", strings.NewReader("%PDF-1.4"))
			},
			Path:   "/card/invoice/platform/setpdf",
			File:   &apitest.File{Field: "pdf", Name: "发票.pdf", ContentType: "application/pdf", Content: "%PDF-1.4"},
			Answer: `{"errcode": 0, "errmsg": "ok", "s_media_id": 18446744073709551615}`, Want: "18446744073709551615",
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return invoice.New(oa).GetPDF(c, "75195439125254") },
			Path: "/card/invoice/platform/getpdf", Retried: true, Body: `{"action": "get_url", "s_media_id": "75195439125254"}`,
			Answer: `{"errcode": 0, "pdf_url": "https://pdf", "pdf_url_expire_time": 7200}`, Want: &invoice.PDF{URL: "https://pdf", Life: 2 * time.Hour},
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, invoice.New(oa).UpdatePlatformStatus(c, "p_card", "186921658591", message.InvoiceCancel)
			},
			Path: "/card/invoice/platform/updatestatus", Body: `{"card_id": "p_card", "code": "186921658591", "reimburse_status": "INVOICE_REIMBURSE_CANCEL"}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return invoice.New(oa).Get(c, ref) },
			Path: "/card/invoice/reimburse/getinvoiceinfo", Retried: true, Body: `{"card_id": "p_card", "encrypt_code": "` + ref.EncryptCode + `"}`,
			Answer: `{"errcode": 0, "errmsg": "ok", ` + invoiceJSON + `}`, Want: &one,
		},
		{
			Name: "one member misspelled",
			Do:   func(c ctx, oa client) (any, error) { return invoice.New(oa).Get(c, ref) },
			Path: "/card/invoice/reimburse/getinvoiceinfo", Retried: true, Body: `{"card_id": "p_card", "encrypt_code": "` + ref.EncryptCode + `"}`,
			Answer: `{` + misspelled + `}`, Want: &one,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return invoice.New(oa).GetBatch(c, []invoice.Ref{ref, ref}) },
			Path: "/card/invoice/reimburse/getinvoicebatch", Retried: true,
			Body:   `{"item_list": [{"card_id": "p_card", "encrypt_code": "` + ref.EncryptCode + `"}, {"card_id": "p_card", "encrypt_code": "` + ref.EncryptCode + `"}]}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "item_list": [{` + invoiceJSON + `}, {` + misspelled + `}]}`,
			Want:   []invoice.Invoice{one, one},
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, invoice.New(oa).UpdateStatus(c, ref, message.InvoiceLocked)
			},
			Path: "/card/invoice/reimburse/updateinvoicestatus",
			Body: `{"card_id": "p_card", "encrypt_code": "` + ref.EncryptCode + `", "reimburse_status": "INVOICE_REIMBURSE_LOCK"}`,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, invoice.New(oa).UpdateStatusBatch(c, "oLiLei", []invoice.Ref{ref}, message.InvoiceClosure)
			},
			Path: "/card/invoice/reimburse/updatestatusbatch",
			Body: `{"openid": "oLiLei", "reimburse_status": "INVOICE_REIMBURSE_CLOSURE",
				"invoice_list": [{"card_id": "p_card", "encrypt_code": "` + ref.EncryptCode + `"}]}`,
			Answer: `{"errcode": 72039, "errmsg": "lock first"}`, Fails: errcode.InvoiceMustBeLocked,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return invoice.New(oa).GetUserTitleURL(c, invoice.UserTitle{
					Title: "王小贱公司", Phone: "020-8888", TaxNo: "91440101MA59Q0N66X", Address: "广州", BankType: "工行", BankNo: "2", OutTitleID: "own",
				})
			},
			Path: "/card/invoice/biz/getusertitleurl",
			Body: `{"user_fill": 0, "title": "王小贱公司", "phone": "020-8888", "tax_no": "91440101MA59Q0N66X", "addr": "广州", "bank_type": "工行",
				"bank_no": "2", "out_title_id": "own"}`,
			Answer: `{"errcode": 0, "url": "https://title"}`, Want: "https://title",
		},
		{
			Name: "the user fills in the title",
			Do: func(c ctx, oa client) (any, error) {
				return invoice.New(oa).GetUserTitleURL(c, invoice.UserTitle{UserFill: true})
			},
			Path: "/card/invoice/biz/getusertitleurl", Body: `{"user_fill": 1}`, Answer: `{"url": "https://title"}`, Want: "https://title",
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return invoice.New(oa).GetSelectTitleURL(c, invoice.SelectTitle{Attach: "till 7", BizName: "小店"})
			},
			Path: "/card/invoice/biz/getselecttitleurl", Body: `{"attach": "till 7", "biz_name": "小店"}`,
			Answer: `{"errcode": 0, "url": "https://select"}`, Want: "https://select",
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return invoice.New(oa).ScanTitle(c, "https://w.url.cn/s/x") },
			Path: "/card/invoice/scantitle", Retried: true, Body: `{"scan_text": "https://w.url.cn/s/x"}`,
			Answer: `{"errcode": 0, "title_type": 1, "title": "王小贱", "phone": 5554545, "tax_no": "1", "addr": "广州", "bank_type": "工行", "bank_no": "2"}`,
			Want: &invoice.Title{
				Type: invoice.PersonType, Title: "王小贱", Phone: "5554545", TaxNo: "1", Address: "广州", BankType: "工行", BankNo: "2",
			},
		},
	}
}

func TestCalls(t *testing.T) {
	apitest.Filled(t, authRequest(), "Ticket")
	apitest.Filled(t, handedIn())
	apitest.Filled(t, insertion())
	apitest.Filled(t, issue(), "Lines.Unit", "Lines.Model", "Lines.Tax")
	apitest.Run(t, cases())
}

func TestPlatform(t *testing.T) {
	for _, address := range []string{"", "https://mp.weixin.qq.com/bizmall/authinvoice?action=list", "%zz?s_pappid=1"} {
		oa := apitest.New(t, apitest.JSON(`{"errcode": 0, "invoice_url": "`+address+`"}`)).Client()
		_, err := invoice.New(oa).GetPlatform(t.Context())
		var wrong *errcode.ValueError
		require.ErrorAs(t, err, &wrong, address)
		require.Equal(t, "invoice_url", wrong.Path)
	}
}

func TestIssueTime(t *testing.T) {
	oa := apitest.New(t, apitest.JSON(`{"invoicedetail": {"kprq": "yesterday"}}`)).Client()
	_, err := invoice.New(oa).GetIssued(t.Context(), "mch001-1", "S1")
	var wrong *errcode.ValueError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "invoicedetail.kprq", wrong.Path)
}

// The nonce of an insertion is random; a fully digital invoice has an empty code.
func TestInsert(t *testing.T) {
	const answer = `{"errcode": 0, "code": "186921658591", "openid": "oLiLei", "unionid": "uLiLei"}`
	apitest.Disturb(t, answer, func(answer string) (any, error) {
		return invoice.New(apitest.New(t, apitest.JSON(answer)).Client()).Insert(t.Context(), insertion())
	})
	body := func(i invoice.Insertion) string {
		p := apitest.New(t, apitest.JSON(answer))
		inserted, err := invoice.New(p.Client()).Insert(t.Context(), i)
		require.NoError(t, err)
		require.Equal(t, &invoice.Inserted{Code: "186921658591", OpenID: "oLiLei", UnionID: "uLiLei"}, inserted)
		call := p.Calls()[0]
		require.Equal(t, "POST /card/invoice/insert", call.Method+" "+call.Path)
		before, rest, found := strings.Cut(call.Body, `"nonce_str":"`)
		require.True(t, found)
		nonce, after, _ := strings.Cut(rest, `"`)
		require.Len(t, nonce, 26)
		require.NotContains(t, before+after, nonce)
		return before + `"nonce_str":"` + `"` + after
	}
	require.JSONEq(t, `{"order_id": "1234", "card_id": "p_card", "appid": "wx9999999999999999", "card_ext": {"nonce_str": "", "user_card": {"invoice_user_data":
		{`+detailsJSON+`, "s_pdf_media_id": "75195439125254", "s_trip_pdf_media_id": "75195439125255"}}}}`, body(insertion()))

	digital := insertion()
	digital.TripPDFMediaID = ""
	digital.Details = invoice.Details{Title: "王小贱", Fee: 1, BillingTime: apitest.At(1700000000), BillingNo: "24442000000000000001"}
	require.JSONEq(t, `{"order_id": "1234", "card_id": "p_card", "appid": "wx9999999999999999", "card_ext": {"nonce_str": "", "user_card": {"invoice_user_data":
		{"title": "王小贱", "fee": 1, "fee_without_tax": 0, "tax": 0, "billing_time": 1700000000, "billing_no": "24442000000000000001",
		"billing_code": "", "check_code": "", "s_pdf_media_id": "75195439125254"}}}}`, body(digital))
}

// A request without a time is of now, and no error shows the ticket.
func TestAuthURL(t *testing.T) {
	r := authRequest()
	r.Time = officialaccount.Timestamp{}
	p := apitest.New(t, apitest.JSON(`{"errcode": 72031, "errmsg": "bad ticket a-card-ticket"}`))
	before := time.Now().Unix()
	_, err := invoice.New(p.Client()).GetAuthURL(t.Context(), r)
	require.ErrorIs(t, err, errcode.InvoiceParamsInvalid)
	require.NotContains(t, err.Error(), "a-card-ticket")
	require.NotContains(t, fmt.Sprintf("%+v", r), "a-card-ticket")
	var sent int64
	_, after, _ := strings.Cut(p.Calls()[0].Body, `"timestamp":`)
	_, err = fmt.Sscan(after[:10], &sent)
	require.NoError(t, err)
	require.GreaterOrEqual(t, sent, before)
}

// The PDF comes from another host, without the token.
func TestDownloadPDF(t *testing.T) {
	p := apitest.New(t,
		apitest.JSON(`{"errcode": 0, "pdf_url": "https://pdf.example.com/x?sign=1", "pdf_url_expire_time": 7200}`),
		apitest.Answer{Body: "%PDF-1.4", ContentType: "application/pdf"})
	file, err := invoice.New(p.Client()).DownloadPDF(t.Context(), "75195439125254")
	require.NoError(t, err)
	content, err := io.ReadAll(file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Equal(t, "%PDF-1.4", string(content))
	require.Equal(t, "application/pdf", file.ContentType)
	call := p.Calls()[1]
	require.Equal(t, "GET pdf.example.com/x?sign=1", call.Method+" "+call.Host+call.Path+"?"+call.Query.Encode())

	p = apitest.New(t, apitest.JSON(`{"errcode": 72040, "errmsg": "bad pdf"}`))
	_, err = invoice.New(p.Client()).DownloadPDF(t.Context(), "75195439125254")
	require.ErrorIs(t, err, errcode.InvoicePDFInvalid)
	require.Len(t, p.Calls(), 1)
}

// A reader that fails ends the upload with its error.
func TestSetPDFOfABrokenReader(t *testing.T) {
	broken := errors.New("the disk is gone")
	p := apitest.New(t)
	_, err := invoice.New(p.Client()).SetPDF(t.Context(), "invoice.pdf", io.MultiReader(strings.NewReader("%PDF"), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
	require.Empty(t, p.Calls())
}

// large is the size of a PDF file in TestMemoryIsFlat.
const large = 32 << 20

// stream drops what is uploaded, and makes what is downloaded on the way.
type stream struct{ received int64 }

func (s *stream) RoundTrip(req *http.Request) (*http.Response, error) {
	resp := &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: req, ContentLength: -1}
	switch {
	case strings.HasSuffix(req.URL.Path, "/setpdf"):
		n, err := io.Copy(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{req.Body})
		if err != nil {
			return nil, err
		}
		s.received = n
		resp.Body = io.NopCloser(strings.NewReader(`{"s_media_id": "1"}`))
		return resp, req.Body.Close()
	case strings.HasSuffix(req.URL.Path, "/getpdf"):
		resp.Body = io.NopCloser(strings.NewReader(`{"pdf_url": "https://pdf.example.com/x"}`))
	default:
		resp.Header.Set("Content-Type", "application/pdf")
		resp.Body = io.NopCloser(io.NewSectionReader(zeros{}, 0, large))
	}
	return resp, nil
}

type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

// TestMemoryIsFlat moves 32 MiB up and down and allows one MiB of memory in all.
func TestMemoryIsFlat(t *testing.T) {
	s := &stream{}
	oa, err := officialaccount.New(officialaccount.Config{AppID: apitest.AppID, TokenSource: token.Static("t"), HTTPClient: &http.Client{Transport: s}})
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	id, err := invoice.New(oa).SetPDF(t.Context(), "invoice.pdf", io.NewSectionReader(zeros{}, 0, large))
	require.NoError(t, err)
	file, err := invoice.New(oa).DownloadPDF(t.Context(), id)
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	runtime.ReadMemStats(&after)
	require.Greater(t, s.received, int64(large))
	require.EqualValues(t, large, n)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "bytes allocated")
}

// An error page of the server that keeps the PDF files is not a PDF.
func TestDownloadPDFOfAnExpiredLink(t *testing.T) {
	p := apitest.New(t,
		apitest.JSON(`{"pdf_url": "https://pdf.example.com/x"}`),
		apitest.Answer{Status: http.StatusForbidden, ContentType: "text/html", Body: "<h1>403</h1>"})
	_, err := invoice.New(p.Client()).DownloadPDF(t.Context(), "1")
	var answer *errcode.ResponseError
	require.ErrorAs(t, err, &answer)
	require.Equal(t, http.StatusForbidden, answer.Status)
}

func TestBadInput(t *testing.T) {
	auth := func(change func(*invoice.AuthRequest)) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) {
			r := authRequest()
			change(&r)
			return invoice.New(oa).GetAuthURL(c, r)
		}
	}
	insert := func(change func(*invoice.Insertion)) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) {
			i := insertion()
			change(&i)
			return invoice.New(oa).Insert(c, i)
		}
	}
	makeOut := func(change func(*invoice.Issue)) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) {
			i := issue()
			change(&i)
			return nil, invoice.New(oa).MakeOut(c, i)
		}
	}
	call := func(do func(*invoice.Service, ctx) (any, error)) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return do(invoice.New(oa), c) }
	}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"getauthurl: PlatformID (s_pappid) is empty":  auth(func(r *invoice.AuthRequest) { r.PlatformID = "" }),
		"getauthurl: OrderID is empty":                auth(func(r *invoice.AuthRequest) { r.OrderID = " " }),
		"getauthurl: Money is negative":               auth(func(r *invoice.AuthRequest) { r.Money = -1 }),
		"getauthurl: Source is empty":                 auth(func(r *invoice.AuthRequest) { r.Source = "" }),
		"getauthurl: Ticket is empty":                 auth(func(r *invoice.AuthRequest) { r.Ticket = token.Token{} }),
		"RedirectURL is not an http or https address": auth(func(r *invoice.AuthRequest) { r.RedirectURL = "" }),
		"getauthdata: OrderID is empty":               call(func(s *invoice.Service, c ctx) (any, error) { return s.GetAuthData(c, invoice.Order{PlatformID: "s"}) }),
		"rejectinsert: PlatformID (s_pappid) is empty": call(func(s *invoice.Service, c ctx) (any, error) {
			return nil, s.RejectInsert(c, invoice.Rejection{Reason: "x"})
		}),
		"rejectinsert: Reason is empty": call(func(s *invoice.Service, c ctx) (any, error) {
			return nil, s.RejectInsert(c, invoice.Rejection{Order: order})
		}),
		"rejectinsert: URL is not an http": call(func(s *invoice.Service, c ctx) (any, error) {
			return nil, s.RejectInsert(c, invoice.Rejection{Order: order, Reason: "x", URL: "y"})
		}),
		"setbizattr: MchID is empty": call(func(s *invoice.Service, c ctx) (any, error) {
			return nil, s.SetPayMch(c, invoice.PayMerchant{PlatformID: "s"})
		}),
		"setbizattr: Phone is empty": call(func(s *invoice.Service, c ctx) (any, error) {
			return nil, s.SetContact(c, invoice.Contact{Timeout: time.Hour})
		}),
		"Timeout (time_out) is 999ms, must be at least 1 second": call(func(s *invoice.Service, c ctx) (any, error) {
			return nil, s.SetContact(c, invoice.Contact{Phone: "1", Timeout: 999 * time.Millisecond})
		}),
		"Custom.Key is empty": call(func(s *invoice.Service, c ctx) (any, error) {
			return nil, s.SetAuthField(c, invoice.AuthFields{Company: invoice.CompanyFields{Custom: []invoice.CustomField{{}}}})
		}),
		"createcard: Base.LogoURL is empty": call(func(s *invoice.Service, c ctx) (any, error) { return s.CreateCard(c, invoice.Card{}) }),
		"createcard: Payee is empty": call(func(s *invoice.Service, c ctx) (any, error) {
			return s.CreateCard(c, invoice.Card{Type: "t", Base: invoice.Base{LogoURL: "l", Title: "t"}})
		}),
		"insert: AppID is empty":                       insert(func(i *invoice.Insertion) { i.AppID = "" }),
		"insert: Details.Title is empty":               insert(func(i *invoice.Insertion) { i.Details.Title = "" }),
		"insert: PDFMediaID (s_pdf_media_id) is empty": insert(func(i *invoice.Insertion) { i.PDFMediaID = "" }),
		"insert: Details.BillingNo is empty":           insert(func(i *invoice.Insertion) { i.Details.BillingNo = "" }),
		"insert: Details.BillingTime is zero":          insert(func(i *invoice.Insertion) { i.Details.BillingTime = officialaccount.Timestamp{} }),
		"setpdf: name is empty":                        call(func(s *invoice.Service, c ctx) (any, error) { return s.SetPDF(c, "", strings.NewReader("x")) }),
		"setpdf: pdf has no reader":                    call(func(s *invoice.Service, c ctx) (any, error) { return s.SetPDF(c, "a.pdf", nil) }),
		"getpdf: mediaID (s_media_id) is empty":        call(func(s *invoice.Service, c ctx) (any, error) { return s.DownloadPDF(c, "") }),
		"updatestatus: code is empty": call(func(s *invoice.Service, c ctx) (any, error) {
			return nil, s.UpdatePlatformStatus(c, "c", "", message.InvoiceInit)
		}),
		"updatestatus: status (reimburse_status) is empty": call(func(s *invoice.Service, c ctx) (any, error) { return nil, s.UpdatePlatformStatus(c, "c", "1", "") }),
		"getinvoiceinfo: EncryptCode is empty":             call(func(s *invoice.Service, c ctx) (any, error) { return s.Get(c, invoice.Ref{CardID: "c"}) }),
		"getinvoicebatch: refs is empty":                   call(func(s *invoice.Service, c ctx) (any, error) { return s.GetBatch(c, nil) }),
		"getinvoicebatch: refs[1].CardID is empty":         call(func(s *invoice.Service, c ctx) (any, error) { return s.GetBatch(c, []invoice.Ref{ref, {}}) }),
		"updateinvoicestatus: CardID is empty": call(func(s *invoice.Service, c ctx) (any, error) {
			return nil, s.UpdateStatus(c, invoice.Ref{}, message.InvoiceInit)
		}),
		"updateinvoicestatus: status (reimburse_status) is empty": call(func(s *invoice.Service, c ctx) (any, error) { return nil, s.UpdateStatus(c, ref, "") }),
		"updatestatusbatch: openID is empty": call(func(s *invoice.Service, c ctx) (any, error) {
			return nil, s.UpdateStatusBatch(c, "", []invoice.Ref{ref}, message.InvoiceInit)
		}),
		"updatestatusbatch: refs is empty": call(func(s *invoice.Service, c ctx) (any, error) {
			return nil, s.UpdateStatusBatch(c, "o", nil, message.InvoiceInit)
		}),
		"getusertitleurl: Title is empty":                         call(func(s *invoice.Service, c ctx) (any, error) { return s.GetUserTitleURL(c, invoice.UserTitle{}) }),
		"scantitle: scanText is empty":                            call(func(s *invoice.Service, c ctx) (any, error) { return s.ScanTitle(c, "") }),
		"makeoutinvoice: OpenID (wxopenid) is empty":              makeOut(func(i *invoice.Issue) { i.OpenID = "" }),
		"makeoutinvoice: Seller.BankAccount (nsrbankid) is empty": makeOut(func(i *invoice.Issue) { i.Seller.BankAccount = "" }),
		"makeoutinvoice: Buyer.Name (ghfmc) is empty":             makeOut(func(i *invoice.Issue) { i.Buyer.Name = "" }),
		"makeoutinvoice: Lines (invoicedetail_list) is empty":     makeOut(func(i *invoice.Issue) { i.Lines = nil }),
		"makeoutinvoice: Lines[1].TaxRate (sl) is empty":          makeOut(func(i *invoice.Issue) { i.Lines[1].TaxRate = "" }),
		"clearoutinvoice: BillingNo (yfphm) is empty": call(func(s *invoice.Service, c ctx) (any, error) {
			return nil, s.ClearOut(c, invoice.Reversal{OpenID: "o", Serial: "1", TaxNo: "2", SellerName: "3", BillingCode: "4"})
		}),
		"queryinvoceinfo: taxNo (nsrsbh) is empty": call(func(s *invoice.Service, c ctx) (any, error) { return s.GetIssued(c, "1", "") }),
	})
}

// Limits on which the documents are not clear are only warned of.
func TestWarnings(t *testing.T) {
	for want, do := range map[string]func(*invoice.Service, ctx) error{
		"field=custom_field.key characters=6 limit=5": func(s *invoice.Service, c ctx) error {
			return s.SetAuthField(c, invoice.AuthFields{Person: invoice.PersonFields{Custom: []invoice.CustomField{{Key: "六个字的名字"}}}})
		},
		"field=title characters=10 limit=9": func(s *invoice.Service, c ctx) error {
			_, err := s.CreateCard(c, invoice.Card{Payee: "p", Type: "t", Base: invoice.Base{LogoURL: "l", Title: strings.Repeat("长", 10)}})
			return err
		},
		"field=promotion_url_sub_title characters=7 limit=6": func(s *invoice.Service, c ctx) error {
			_, err := s.CreateCard(c, invoice.Card{Payee: "p", Type: "t", Base: invoice.Base{LogoURL: "l", Title: "t", PromotionURLSubTitle: strings.Repeat("长", 7)}})
			return err
		},
		"other characters than digits and hyphens": func(s *invoice.Service, c ctx) error {
			_, err := s.GetUserTitleURL(c, invoice.UserTitle{Title: "t", Phone: "+86 20"})
			return err
		},
		"15 to 20 digits or letters\" appid=wx1234567890abcdef path=/card/invoice/biz/getusertitleurl characters=14": func(s *invoice.Service, c ctx) error {
			_, err := s.GetUserTitleURL(c, invoice.UserTitle{Title: "t", TaxNo: strings.Repeat("1", 14)})
			return err
		},
	} {
		p := apitest.New(t, apitest.JSON(apitest.OK))
		require.NoError(t, do(invoice.New(p.Client()), t.Context()))
		require.Contains(t, p.Log(), want)
		require.Len(t, p.Calls(), 1)
	}
}

func ExampleService_GetAuthURL() {
	platform := apitest.Example(apitest.JSON(`{"errcode": 0, "errmsg": "ok", "auth_url": "https://mp.weixin.qq.com/bizmall/authinvoice?action=auth"}`))
	invoices := invoice.New(platform.Client())

	page, err := invoices.GetAuthURL(context.Background(), invoice.AuthRequest{
		Order:       invoice.Order{PlatformID: "d3gw", OrderID: "1234"},
		Money:       11_05, // 11.05 yuan
		Source:      message.InvoiceFromWeb,
		RedirectURL: "https://www.example.com/done",
		Ticket:      token.New("the ticket of jssdk.Service.GetCardTicket", time.Time{}),
		Type:        invoice.FillTitle,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(page.URL)
	// Output: https://mp.weixin.qq.com/bizmall/authinvoice?action=auth
}

// A reimburser reads an invoice and locks it, so that no one else accepts it.
func ExampleService_UpdateStatus() {
	platform := apitest.Example(
		apitest.JSON(`{"card_id": "p_card", "user_info": {"title": "微信支付公司", "fee": 1105, "reimburse_status": "INVOICE_REIMBURSE_INIT"}}`),
		apitest.JSON(apitest.OK))
	invoices := invoice.New(platform.Client())

	chosen := invoice.Ref{CardID: "p_card", EncryptCode: "O/mPnGTpBu22a1sz"} // from the page
	found, err := invoices.Get(context.Background(), chosen)
	if err != nil {
		fmt.Println(err)
		return
	}
	if found.Info.Status == message.InvoiceInit {
		err = invoices.UpdateStatus(context.Background(), chosen, message.InvoiceLocked)
	}
	fmt.Printf("%s: %d fen, locked: %t\n", found.Info.Title, found.Info.Fee, err == nil)
	// Output: 微信支付公司: 1105 fen, locked: true
}

// The billing platform uploads the PDF file and puts the invoice into the user's wallet.
func ExampleService_Insert() {
	platform := apitest.Example(
		apitest.JSON(`{"errcode": 0, "errmsg": "ok", "s_media_id": "75195439125254"}`),
		apitest.JSON(`{"errcode": 0, "errmsg": "ok", "code": "186921658591", "openid": "oLiLei"}`))
	invoices, ctx := invoice.New(platform.Client()), context.Background()

	pdf, err := invoices.SetPDF(ctx, "invoice.pdf", strings.NewReader("%PDF-1.4 …"))
	if err != nil {
		fmt.Println(err)
		return
	}
	inserted, err := invoices.Insert(ctx, invoice.Insertion{
		OrderID: "1234", CardID: "pjZ8Yt1XGILfi-FUsewpnnolGgZk", AppID: "wx1234567890abcdef", PDFMediaID: pdf,
		Details: invoice.Details{ // a fully digital invoice: it has no code
			Title: "微信支付公司", Fee: 11_05, FeeWithoutTax: 10_00, Tax: 1_05,
			BillingTime: apitest.At(1700000000), BillingNo: "24442000000000000001",
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(inserted.Code, inserted.OpenID)
	// Output: 186921658591 oLiLei
}

// A cashier scans the QR code of a title that the customer shows.
func ExampleService_ScanTitle() {
	platform := apitest.Example(apitest.JSON(`{"errcode": 0, "title_type": 0, "title": "腾讯科技", "tax_no": "9144030071526726XG"}`))

	title, err := invoice.New(platform.Client()).ScanTitle(context.Background(), "https://w.url.cn/s/ABCDEFG")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(title.Title, title.TaxNo, title.Type == invoice.CompanyType)
	// Output: 腾讯科技 9144030071526726XG true
}
