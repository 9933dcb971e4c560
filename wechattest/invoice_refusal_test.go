package wechattest_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/invoice"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestInvoiceRefusals sends what this module's own clients refuse before the wire: other
// clients do not.
func TestInvoiceRefusals(t *testing.T) {
	d := newInvoiceDesk(t)
	d.p.User("oLiLei")
	appID := d.oa.AppID()
	type body = map[string]any
	payment := body{
		"appid": appID, "desc": "d", "fee": 1, "payment_notice_no": "N1", "department_code": "1", "department_name": "D", "region_code": "1",
		"payment_notice_create_time": 1, "items": []body{{"no": 1, "item_id": "1", "item_name": "i", "fee": 1}},
		"openid": "oLiLei", "return_url": "https://www.example.com", "ip": "::1", "scene": "biz",
	}
	with := func(base body, name string, value any) body {
		changed := maps.Clone(base)
		changed[name] = value
		return changed
	}
	require.NoError(t, d.oa.Post(t.Context(), "/nontax/unifiedorder", payment, nil))
	medicine := body{
		"status": 101, "open_id": "oLiLei", "order_id": "1", "msg_id": "1", "app_id": appID, "business_id": 150, "business_info": body{},
	}
	for _, c := range []struct {
		path string
		body body
		want errcode.Code
	}{
		{"/card/invoice/setbizattr", body{}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/setbizattr?action=set_pay_mch", body{}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/setbizattr?action=set_contact", body{"contact": body{"phone": "1"}}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/setbizattr?action=set_auth_field", body{"auth_field": body{"user_field": body{}}}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/getauthurl", body{"money": 1}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/rejectinsert", body{"order_id": "1", "s_pappid": "s"}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/insert", body{"order_id": "1"}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/platform/createcard", body{"invoice_info": body{"payee": "p"}}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/platform/setpdf", body{}, errcode.MissingMediaData},
		{"/card/invoice/platform/getpdf", body{"s_media_id": "1"}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/reimburse/getinvoiceinfo", body{"card_id": "c"}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/reimburse/getinvoiceinfo", body{"encrypt_code": "e"}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/reimburse/getinvoicebatch", body{}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/reimburse/updatestatusbatch", body{}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/biz/getusertitleurl", body{"user_fill": 0}, errcode.InvoiceParamsInvalid},
		{"/card/invoice/makeoutinvoice", body{"invoiceinfo": body{"wxopenid": "o"}}, errcode.FiscalOrderIDEmpty},
		{"/nontax/queryfee", body{"appid": "wx1"}, errcode.InvalidAppID},
		{"/nontax/queryfee", body{"appid": appID}, errcode.InvalidArgs},
		{"/nontax/unifiedorder", with(payment, "appid", "wx1"), errcode.InvalidAppID},
		{"/nontax/unifiedorder", with(payment, "order_no", "S1"), errcode.InvalidArgs},
		{"/nontax/unifiedorder", with(payment, "desc", ""), errcode.InvalidArgs},
		{"/nontax/unifiedorder", with(payment, "items", []body{{"no": 0}}), errcode.InvalidArgs},
		{"/nontax/unifiedorder", with(payment, "ip", ""), errcode.InvalidArgs},
		{"/nontax/unifiedorder", with(payment, "scene", "moon"), errcode.InvalidArgs},
		{"/nontax/unifiedorder", with(payment, "openid", "oNobody"), errcode.InvalidOpenID},
		{"/nontax/getorderlist", body{"appid": appID}, errcode.InvalidArgs},
		{"/nontax/getorderlist", body{}, errcode.InvalidAppID},
		{"/nontax/mockqueryfee", body{"appid": appID, "url": "https://www.example.com"}, errcode.InvalidArgs},
		{"/nontax/mockqueryfee", body{"appid": appID, "version": 1}, errcode.InvalidArgs},
		{"/nontax/getbillauthurl", body{}, errcode.InvoiceParamsInvalid},
		{"/nontax/createbillcard", body{}, errcode.InvoiceParamsInvalid},
		{"/nontax/downloadbill", body{"appid": appID, "mch_id": "1", "bill_date": "tomorrow"}, errcode.InvalidArgs},
		{"/nontax/downloadbill", body{"appid": appID, "mch_id": "1", "bill_date": "2026-01-01"}, errcode.InvalidArgs},
		{"/nontax/downloadbill", body{"appid": appID, "mch_id": "1"}, errcode.InvalidArgs},
		{"/nontax/downloadbill", body{"appid": appID, "bill_date": "20260101"}, errcode.InvalidArgs},
		{"/nontax/downloadbill", body{"mch_id": "1", "bill_date": "20260101"}, errcode.InvalidAppID},
		{"/intp/marketcode/applycode", body{"code_count": 10_001, "isv_application_id": "b"}, errcode.InvalidArgs},
		{"/intp/marketcode/applycodedownload", body{"application_id": 1, "code_start": 0, "code_end": 1}, errcode.InvalidArgs},
		{"/intp/marketcode/codeactivequery", body{}, errcode.InvalidArgs},
		{"/cityservice/sendchannelmsg", with(medicine, "app_id", "wx1"), errcode.InvalidAppID},
		{"/cityservice/sendchannelmsg", with(medicine, "business_id", 1), errcode.InvalidArgs},
		{"/cityservice/sendchannelmsg", with(medicine, "business_info", nil), errcode.InvalidArgs},
	} {
		text, err := json.Marshal(c.body)
		require.NoError(t, err)
		require.ErrorIs(t, d.oa.Post(t.Context(), c.path, c.body, nil), c.want, "%s %s", c.path, text)
	}

	issue := body{
		"wxopenid": "oLiLei", "ddh": "1", "fpqqlsh": "mch001-1", "nsrsbh": "T1", "nsrmc": "卖方", "nsrdz": "深圳", "nsrdh": "0755",
		"ghfmc": "李雷", "kpr": "开票人", "jshj": "106", "hjje": "100", "hjse": "6",
	}
	for field, want := range map[string]errcode.Code{
		"wxopenid": errcode.FiscalOpenIDEmpty, "ddh": errcode.FiscalOrderIDEmpty, "fpqqlsh": errcode.FiscalSerialEmpty,
		"nsrsbh": errcode.FiscalTaxpayerIDEmpty, "nsrmc": errcode.FiscalSellerNameEmpty, "nsrdz": errcode.FiscalSellerAddressEmpty,
		"nsrdh": errcode.FiscalSellerPhoneEmpty, "ghfmc": errcode.FiscalBuyerNameEmpty, "kpr": errcode.FiscalDrawerEmpty,
		"jshj": errcode.FiscalTotalEmpty, "hjje": errcode.FiscalAmountEmpty, "hjse": errcode.FiscalTaxEmpty,
	} {
		require.ErrorIs(t, d.oa.Post(t.Context(), "/card/invoice/makeoutinvoice", body{"invoiceinfo": with(issue, field, "")}, nil), want, field)
	}
	require.ErrorIs(t, d.oa.Post(t.Context(), "/card/invoice/makeoutinvoice", body{"invoiceinfo": issue}, nil), errcode.InvoiceOrderNeverAuthorized)
}

// TestRequiredFields sends requests that the platform accepts, before that each of them
// without one of the fields that it needs, or with a value out of its range.
func TestRequiredFields(t *testing.T) {
	d := newInvoiceDesk(t)
	d.p.User("oLiLei")
	d.p.AddPaymentNotice(wechattest.PaymentNotice{No: "N1", DepartmentCode: "1", RegionCode: "2", Items: []wechattest.PaymentItem{{ID: "1", Name: "i", Fee: 1}}})
	appID, ticket := d.oa.AppID(), d.ticket(t).Value()
	require.NoError(t, d.SetContact(t.Context(), invoice.Contact{Phone: "1", Timeout: time.Hour}))
	_, err := d.open(t, "9", invoice.KnownTitle)
	require.NoError(t, err)
	_, err = d.p.User("oLiLei").AuthorizeInvoice("9", wechattest.InvoiceTitle{})
	require.NoError(t, err)
	insertion := d.insertion(t, "9", "李雷", "1")
	const params, args, own = errcode.InvoiceParamsInvalid, errcode.InvalidArgs, errcode.InvalidAppID
	payment := `"appid": "` + appID + `", "desc": "d", "fee": 1, "payment_notice_no": "N1", "department_code": "1", "department_name": "D", "region_code": "2",
		"payment_notice_create_time": 1, "items": [{"no": 1, "item_id": "1", "item_name": "i", "fee": 1}]`
	for _, row := range []struct {
		path, body string
		wrong      map[errcode.Code]string // fields to leave out, or to set to a value
	}{
		{"/card/invoice/setbizattr?action=set_pay_mch", `{"paymch_info": {"mchid": "1", "s_pappid": "s"}}`,
			map[errcode.Code]string{params: "paymch_info paymch_info.mchid paymch_info.s_pappid"}},
		{"/card/invoice/setbizattr?action=set_contact", `{"contact": {"phone": "1", "time_out": 1}}`,
			map[errcode.Code]string{params: "contact contact.phone contact.time_out contact.time_out=0 contact.time_out=-1"}},
		{"/card/invoice/setbizattr?action=set_auth_field", `{"auth_field": {"user_field": {}, "biz_field": {}}}`,
			map[errcode.Code]string{params: "auth_field auth_field.user_field auth_field.biz_field"}},
		{"/card/invoice/getauthurl", `{"s_pappid": "s", "order_id": "1", "money": 0, "timestamp": 1, "source": "web", "redirect_url": "https://a.cn", "ticket": "` + ticket + `", "type": 0}`,
			map[errcode.Code]string{params: `s_pappid order_id money money=-1 timestamp timestamp=0 source redirect_url ticket ticket="x" type type=-1 type=3`}},
		{"/card/invoice/getauthurl", `{"s_pappid": "s", "order_id": "2", "money": 1, "timestamp": 1, "source": "app", "ticket": "` + ticket + `", "type": 2}`, nil},
		{"/card/invoice/getauthdata", `{"s_pappid": "s", "order_id": "2"}`, map[errcode.Code]string{params: "s_pappid order_id"}},
		{"/card/invoice/rejectinsert", `{"s_pappid": "s", "order_id": "2", "reason": "r"}`, map[errcode.Code]string{params: "s_pappid order_id reason"}},
		{"/card/invoice/platform/createcard", `{"invoice_info": {"base_info": {"logo_url": "l", "title": "t"}, "type": "k", "payee": "p"}}`,
			map[errcode.Code]string{params: "invoice_info.base_info.logo_url invoice_info.base_info.title invoice_info.type invoice_info.payee"}},
		{"/card/invoice/insert", `{"order_id": "9", "card_id": "` + insertion.CardID + `", "appid": "` + appID + `", "card_ext": {"nonce_str": "n", "user_card": {"invoice_user_data":
			{"title": "李雷", "fee": 1, "billing_time": 1, "billing_no": "1", "s_pdf_media_id": "` + insertion.PDFMediaID + `"}}}}`, map[errcode.Code]string{
			params: "order_id card_id appid card_ext.nonce_str card_ext.user_card.invoice_user_data=[] card_ext.user_card.invoice_user_data card_ext.user_card.invoice_user_data.title " +
				"card_ext.user_card.invoice_user_data.billing_time card_ext.user_card.invoice_user_data.billing_time=0",
			errcode.BillingNumbersInvalid: "card_ext.user_card.invoice_user_data.billing_no", errcode.InvoicePDFInvalid: "card_ext.user_card.invoice_user_data.s_pdf_media_id",
		}},
		{"/card/invoice/biz/getusertitleurl", `{"user_fill": 0, "title": "t"}`, map[errcode.Code]string{params: "title"}},
		{"/card/invoice/biz/getusertitleurl", `{"user_fill": 1}`, nil},

		{"/nontax/queryfee", `{"appid": "` + appID + `", "service_id": 1, "payment_notice_no": "N1", "department_code": "1", "region_code": "2"}`, map[errcode.Code]string{
			own:  "appid",
			args: `service_id service_id=0 payment_notice_no payment_notice_no="N2" department_code department_code="2" region_code region_code="1"`,
		}},
		{"/nontax/unifiedorder", `{` + payment + `, "openid": "oLiLei", "return_url": "https://a.cn", "ip": "::1", "scene": "biz"}`, map[errcode.Code]string{
			own: "appid",
			args: `desc fee fee=0 fee=-1 payment_notice_no order_no="S1" department_code department_name region_code payment_notice_create_time payment_notice_create_time=0 items items=[]
				items=[{"item_id":"1","item_name":"i"}] items=[{"no":0,"item_id":"1","item_name":"i"}] items=[{"no":1,"item_name":"i"}] items=[{"no":1,"item_id":"1"}]
				openid return_url ip scene`,
		}},
		{"/nontax/unifiedorder", `{` + payment + `, "return_url": "https://a.cn", "ip": "::1", "scene": "ctiyservice", "trade_type": "MWEB"}`, nil},
		{"/nontax/unifiedorder", `{` + payment + `, "openid": "oLiLei", "ip": "::1", "scene": "miniprogram"}`, nil},
		{"/nontax/getorderlist", `{"appid": "` + appID + `", "payment_notice_no": "N1", "department_code": "1", "region_code": "2"}`,
			map[errcode.Code]string{own: "appid", args: `payment_notice_no order_no="S1" department_code region_code`}},
		{"/nontax/mocknotification", `{"appid": "` + appID + `", "url": "https://a.cn", "version": 1}`,
			map[errcode.Code]string{own: "appid", args: "url version version=0 version=2"}},
		{"/nontax/getbillauthurl", `{"order_id": "3", "s_pappid": "s", "money": 0, "timestamp": 1, "source": "app", "ticket": "` + ticket + `"}`,
			map[errcode.Code]string{params: "order_id s_pappid money money=-1 timestamp timestamp=0 source ticket"}},
		{"/nontax/createbillcard", `{"invoice_info": {"base_info": {"logo_url": "l"}, "payee": "p"}}`,
			map[errcode.Code]string{params: "invoice_info.base_info.logo_url invoice_info.payee"}},

		{"/cityservice/sendchannelmsg", `{"status": 1, "open_id": "oLiLei", "order_id": "1", "msg_id": "1", "app_id": "` + appID + `", "business_id": 150, "business_info": {}}`, map[errcode.Code]string{
			own: "app_id", errcode.InvalidOpenID: "open_id", args: "status status=0 order_id msg_id business_id business_id=149 business_id=151",
		}},
		{"/intp/marketcode/applycode", `{"code_count": 10000, "isv_application_id": "b"}`, map[errcode.Code]string{args: "code_count isv_application_id"}},
	} {
		for want, changes := range row.wrong {
			for change := range strings.FieldsSeq(changes) {
				require.ErrorIs(t, d.oa.Post(t.Context(), row.path, changed(t, row.body, change), nil), want, "%s without or with %s", row.path, change)
			}
		}
		require.NoError(t, d.oa.Post(t.Context(), row.path, json.RawMessage(row.body), nil), "%s %s", row.path, row.body)
	}
}

// changed is a body without a field, or with a value for it. A field is named by its path.
func changed(t *testing.T, body, change string) json.RawMessage {
	t.Helper()
	var all map[string]any
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber() // ids are larger than a float64 can hold exactly
	require.NoError(t, decoder.Decode(&all))
	path, value, set := strings.Cut(change, "=")
	names := strings.Split(path, ".")
	last, at := len(names)-1, all
	for _, name := range names[:last] {
		at = at[name].(map[string]any)
	}
	if delete(at, names[last]); set {
		at[names[last]] = json.RawMessage(value)
	}
	text, err := json.Marshal(all)
	require.NoError(t, err)
	return text
}
