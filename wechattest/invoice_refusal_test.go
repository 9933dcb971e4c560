package wechattest_test

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
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
