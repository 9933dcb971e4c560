package wechattest_test

import "testing"

// FuzzInvoices posts any JSON to invoices, non-tax payments, marketing codes and the medical
// assistant.
func FuzzInvoices(f *testing.F) {
	paths := []string{
		"/card/invoice/getauthurl", "/card/invoice/getauthdata", "/card/invoice/rejectinsert", "/card/invoice/makeoutinvoice",
		"/card/invoice/clearoutinvoice", "/card/invoice/queryinvoceinfo", "/card/invoice/seturl", "/card/invoice/insert",
		"/card/invoice/setbizattr", "/card/invoice/platform/createcard", "/card/invoice/platform/getpdf", "/card/invoice/platform/setpdf",
		"/card/invoice/platform/updatestatus", "/card/invoice/reimburse/getinvoiceinfo", "/card/invoice/reimburse/getinvoicebatch",
		"/card/invoice/reimburse/updateinvoicestatus", "/card/invoice/reimburse/updatestatusbatch", "/card/invoice/biz/getusertitleurl",
		"/card/invoice/biz/getselecttitleurl", "/card/invoice/scantitle",
		"/nontax/queryfee", "/nontax/unifiedorder", "/nontax/micropay", "/nontax/getorder", "/nontax/getorderlist", "/nontax/refund",
		"/nontax/downloadbill", "/nontax/notifyinconsistentorder", "/nontax/mocknotification", "/nontax/getbillauthurl",
		"/nontax/createbillcard", "/nontax/insertbill",
		"/intp/marketcode/applycode", "/intp/marketcode/applycodequery", "/intp/marketcode/applycodedownload",
		"/intp/marketcode/codeactive", "/intp/marketcode/codeactivequery", "/intp/marketcode/tickettocode",
		"/cityservice/sendchannelmsg",
	}
	post := fuzzed(f, paths...)
	for i := range paths {
		f.Add(byte(i), []byte(`{}`))
		f.Add(byte(i), []byte(`{"card_ext": {"user_card": {"invoice_user_data": null}}, "application_id": -1, "code": "-00000001", "items": [{}],
			"item_list": [{}], "invoice_list": [{}], "bill_date": "99999999", "business_info": {}, "invoiceinfo": {}, "code_count": "10000",
			"isv_application_id": 1, "code_start": -1, "code_end": 9223372036854775807}`))
	}
	f.Fuzz(func(t *testing.T, n byte, body []byte) {
		post(t, paths[int(n)%len(paths)], "", "application/json", body)
	})
}
