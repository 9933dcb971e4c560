package nontax_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/nontax"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

// day is 31 December 2026.
func day() nontax.Day { return nontax.NewDay(time.Unix(1798646400, 0)) }

const appID = `"appid": "` + apitest.AppID + `"`

func feeQuery() nontax.FeeQuery {
	return nontax.FeeQuery{
		ServiceID: "7", BankID: "ICBC", PaymentNoticeNo: "N1", DepartmentCode: "D1", NoticeType: nontax.PenaltyNotice, RegionCode: "440100",
	}
}

const itemsJSON = `"items": [{"no": 1, "item_id": "I1", "item_name": "罚款", "overdue": 1, "penalty": 2, "fee": 103}]`

func items() []nontax.Item {
	return []nontax.Item{{No: 1, ItemID: "I1", Name: "罚款", Overdue: 1, Penalty: 2, Fee: 103}}
}

const feesJSON = `"user_name": "王小贱", "fee": 103, ` + itemsJSON + `, "payment_notice_no": "N1", "department_code": "D1", "department_name": "交警",
	"payment_notice_type": 2, "region_code": "440100", "payment_notice_create_time": 1700000000, "payment_expire_date": 20261231`

func fees() nontax.Fees {
	return nontax.Fees{
		UserName: "王小贱", Fee: 103, Items: items(), PaymentNoticeNo: "N1", DepartmentCode: "D1", DepartmentName: "交警",
		NoticeType: nontax.PenaltyNotice, RegionCode: "440100", NoticeCreated: apitest.At(1700000000), Expiry: day(),
	}
}

const paymentJSON = `"payment_notice_no": "N1", "bank_id": "ICBC", "bank_account": "A1", "mch_id": "M1", "desc": "交通罚款", "fee": 103,
	"department_code": "D1", "department_name": "交警", "payment_notice_type": 2, "region_code": "440100",
	"payment_notice_create_time": 1700000000, "payment_expire_date": "20261231", "user_name": "王小贱", ` + itemsJSON

func payment() nontax.Payment {
	return nontax.Payment{
		Number: nontax.Number{PaymentNoticeNo: "N1"}, BankID: "ICBC", BankAccount: "A1", MchID: "M1", Desc: "交通罚款", Fee: 103,
		DepartmentCode: "D1", DepartmentName: "交警", NoticeType: nontax.PenaltyNotice, RegionCode: "440100",
		NoticeCreated: apitest.At(1700000000), Expiry: day(), UserName: "王小贱", Items: items(),
	}
}

func orderRequest() nontax.OrderRequest {
	return nontax.OrderRequest{
		Payment: payment(), ServiceID: "7", OpenID: "oLiLei", ReturnURL: "https://www.example.com/done?a=1&b=2", IP: "192.0.2.1",
		Scene: nontax.SceneCityService, AppAppID: "wxapp", TradeType: nontax.JSAPI, AutoCallPay: true,
	}
}

func micro() nontax.MicroPayment {
	return nontax.MicroPayment{Payment: payment(), AuthCode: "130061098828009406", OrderID: "O1"}
}

func billRequest() nontax.BillAuthRequest {
	return nontax.BillAuthRequest{
		OrderID: "O1", PlatformID: "s_1", Money: 103, Time: apitest.At(1700000000), Source: message.InvoiceFromMiniProgram,
		RedirectURL: "https://www.example.com/", Ticket: token.New("a-card-ticket", time.Time{}),
	}
}

func bill() nontax.Bill {
	return nontax.Bill{OrderID: "O1", CardID: "p_card", AppID: "wx9999999999999999", Details: nontax.BillDetails{
		Fee: 103, Title: "王小贱", BillingTime: apitest.At(1700000000), BillingNo: "0001", BillingCode: "4401", PDFMediaID: "75195439125254",
	}}
}

const orderJSON = `"appid": "wx1", "openid": "oLiLei", "order_id": "O1", "desc": "交通罚款", "create_time": 1700000000, "pay_finish_time": 1700000060,
	"fee": 103, "fee_type": 1, "trans_id": "4200000001", "status": 3, "scene": "offline", "bank_id": "ICBC", "bank_name": "工行", "bank_account": "A1",
	"refund_finish_time": 1700000120, "refund_reason": "错误", "refund_order_id": "R0", "refund_out_id": "X0",
	"partial_refund_info": [{"refund_order_id": "R1", "refund_reason": "多收", "refund_out_id": "X1", "refund_fee": 3,
		"refund_finish_time": 1700000180, "refund_status": 5}],
	"payment_notice_no": "N1", "order_no": "S1", "department_code": "D1", "department_name": "交警", "region_code": "440100", "payment_notice_type": 2,
	` + itemsJSON + `, "bill_type_code": "T1", "bill_no": "B1", "payment_info_source": 2,
	"notify_history": [{"appid": "wx2", "name": "财政局", "notify_cnt": 2, "notify_detail": [{"notify_time": 1700000061, "cost_time": 1500, "ret": 1,
		"ret_errmsg": "failed", "status": 2, "url": "https://notify", "wxnontaxstr": "<x>", "errcode": 232, "errmsg": "paid", "third_resp": "r",
		"third_resp_data": "d"}]}]`

func paidOrder() nontax.Order {
	return nontax.Order{
		AppID: "wx1", OpenID: "oLiLei", OrderID: "O1", Desc: "交通罚款", Created: apitest.At(1700000000), PaidAt: apitest.At(1700000060),
		Fee: 103, Currency: nontax.CNY, TransID: "4200000001", Status: nontax.Paid, Scene: nontax.SceneOffline,
		BankID: "ICBC", BankName: "工行", BankAccount: "A1",
		RefundedAt: apitest.At(1700000120), RefundReason: "错误", RefundOrderID: "R0", RefundOutID: "X0",
		PartialRefund: []nontax.PartialRefund{{RefundOrderID: "R1", Reason: "多收", OutID: "X1", Fee: 3, RefundedAt: apitest.At(1700000180), Status: nontax.Refunded}},
		Number:        nontax.Number{PaymentNoticeNo: "N1", OrderNo: "S1"}, DepartmentCode: "D1", DepartmentName: "交警", RegionCode: "440100",
		NoticeType: nontax.PenaltyNotice, Items: items(), BillTypeCode: "T1", BillNo: "B1", InfoSource: nontax.FromDepartment,
		Notices: []nontax.NoticeHistory{{AppID: "wx2", Name: "财政局", Count: 2, Details: []nontax.NotifiedDetail{{
			Time: apitest.At(1700000061), Duration: 1500 * time.Millisecond, Ret: 1, RetErrMsg: "failed", Status: 2, URL: "https://notify", NontaxStr: "<x>",
			Code: nontax.ThirdPartyPaid, Message: "paid", Response: "r", ResponseData: "d",
		}}}},
	}
}

func cases() []apitest.Case {
	asked, order := fees(), paidOrder()
	single := strings.NewReplacer(`"partial_refund_info": [{`, `"partial_refund_info": {`, `"refund_status": 5}]`, `"refund_status": "5"}`).Replace(orderJSON)
	return []apitest.Case{
		{
			Do:   func(c ctx, oa client) (any, error) { return nontax.New(oa).GetFees(c, feeQuery()) },
			Path: "/nontax/queryfee", Retried: true,
			Body: `{` + appID + `, "service_id": 7, "bank_id": "ICBC", "payment_notice_no": "N1", "department_code": "D1", "payment_notice_type": 2,
				"region_code": "440100"}`,
			Answer: `{"errcode": 0, "errmsg": "ok", ` + feesJSON + `}`, Want: &asked,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nontax.New(oa).UnifiedOrder(c, orderRequest()) },
			Path: "/nontax/unifiedorder",
			Body: `{` + appID + `, ` + paymentJSON + `, "service_id": 7, "openid": "oLiLei", "return_url": "https://www.example.com/done?a=1&b=2",
				"ip": "192.0.2.1", "scene": "ctiyservice", "app_appid": "wxapp", "trade_type": "JSAPI", "auto_call_pay": true}`,
			Answer: `{"errcode": 0, "order_id": "O1", "pay_url": "https://pay",
				"miniprogram": {"appid": "wx3", "pagepath": "pages/pay", "query_string": "a=1", "business_type": "nontax"}}`,
			Want: &nontax.Placed{OrderID: "O1", PayURL: "https://pay", MiniProgram: nontax.MiniProgram{
				AppID: "wx3", PagePath: "pages/pay", QueryString: "a=1", BusinessType: "nontax",
			}},
		},
		{
			Name: "an order of the current documents, in a browser, with the least",
			Do: func(c ctx, oa client) (any, error) {
				return nontax.New(oa).UnifiedOrder(c, nontax.OrderRequest{
					Payment: nontax.Payment{
						Number: nontax.Number{OrderNo: "S1"}, Desc: "d", Fee: 1, DepartmentCode: "D1", DepartmentName: "D", RegionCode: "1",
						NoticeCreated: apitest.At(1), Items: []nontax.Item{{No: 1, ItemID: "I", Name: "i", Fee: 1}},
					},
					IP: "::1", Scene: nontax.SceneMiniProgram, TradeType: nontax.MWeb,
				})
			},
			Path: "/nontax/unifiedorder",
			Body: `{` + appID + `, "order_no": "S1", "desc": "d", "fee": 1, "department_code": "D1", "department_name": "D", "region_code": "1",
				"payment_notice_create_time": 1, "items": [{"no": 1, "item_id": "I", "item_name": "i", "fee": 1}],
				"ip": "::1", "scene": "miniprogram", "trade_type": "MWEB"}`,
			Answer: `{"errcode": 0, ` + feesJSON + `}`, Want: &nontax.Placed{Fees: asked},
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nontax.New(oa).MicroPay(c, micro()) },
			Path: "/nontax/micropay", Body: `{` + appID + `, ` + paymentJSON + `, "auth_code": "130061098828009406", "order_id": "O1"}`,
			Answer: `{"errcode": 0, "order_id": "O1"}`, Want: "O1",
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nontax.New(oa).GetOrder(c, "7", "O1") },
			Path: "/nontax/getorder", Retried: true, Body: `{` + appID + `, "service_id": 7, "order_id": "O1"}`,
			Answer: `{"errcode": 0, "errmsg": "ok", ` + orderJSON + `}`, Want: &order,
		},
		{
			Name: "one refund instead of a list",
			Do:   func(c ctx, oa client) (any, error) { return nontax.New(oa).GetOrder(c, "", "O1") },
			Path: "/nontax/getorder", Retried: true, Body: `{` + appID + `, "order_id": "O1"}`,
			Answer: `{` + single + `}`, Want: &order,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nontax.New(oa).ListOrderIDs(c, nontax.OrderQuery{Number: nontax.Number{OrderNo: "S1"}, RegionCode: "440100", DepartmentCode: "D1"})
			},
			Path: "/nontax/getorderlist", Retried: true, Body: `{` + appID + `, "order_no": "S1", "region_code": "440100", "department_code": "D1"}`,
			Answer: `{"errcode": 0, "order_id_list": ["O1", "O2"], "paid_order_id": "O2"}`, Want: &nontax.OrderIDs{All: []string{"O1", "O2"}, Paid: "O2"},
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nontax.New(oa).Refund(c, nontax.Refund{OrderID: "O1", Reason: "多收", Fee: 3, OutID: "X1"})
			},
			Path: "/nontax/refund", Body: `{` + appID + `, "order_id": "O1", "reason": "多收", "refund_fee": 3, "refund_out_id": "X1"}`,
			Answer: `{"errcode": 0, "refund_order_id": 123456789012345678}`, Want: "123456789012345678",
		},
		{
			Name: "the whole order back",
			Do: func(c ctx, oa client) (any, error) {
				return nontax.New(oa).Refund(c, nontax.Refund{OrderID: "O1", Reason: "错误"})
			},
			Path: "/nontax/refund", Body: `{` + appID + `, "order_id": "O1", "reason": "错误"}`,
			Answer: `{"errcode": 40097, "errmsg": "invalid args"}`, Want: "", Fails: errcode.InvalidArgs,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, nontax.New(oa).NotifyInconsistentOrder(c, "O1") },
			Path: "/nontax/notifyinconsistentorder", Body: `{` + appID + `, "order_id": "O1"}`,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, nontax.New(oa).MockNotification(c, "https://www.example.com/pay")
			},
			Path: "/nontax/mocknotification", Body: `{` + appID + `, "url": "https://www.example.com/pay", "version": 1}`,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, nontax.New(oa).MockQueryFee(c, "https://www.example.com/fee")
			},
			Path: "/nontax/mockqueryfee", Body: `{` + appID + `, "url": "https://www.example.com/fee", "version": 1}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nontax.New(oa).GetBillAuthURL(c, billRequest()) },
			Path: "/nontax/getbillauthurl",
			Body: `{"order_id": "O1", "s_pappid": "s_1", "money": 103, "timestamp": 1700000000, "source": "wxa", "redirect_url": "https://www.example.com/",
				"ticket": "a-card-ticket"}`,
			Answer: `{"errcode": 0, "auth_url": "https://auth", "expire_time": 7200}`, Want: &nontax.BillAuthPage{URL: "https://auth", Life: 2 * time.Hour},
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nontax.New(oa).CreateBillCard(c, "http://mmbiz.qpic.cn/x", "财政局")
			},
			Path: "/nontax/createbillcard", Body: `{"invoice_info": {"base_info": {"logo_url": "http://mmbiz.qpic.cn/x"}, "payee": "财政局"}}`,
			Answer: `{"errcode": 0, "card_id": "p_card"}`, Want: "p_card",
		},
	}
}

func TestCalls(t *testing.T) {
	apitest.Filled(t, feeQuery())
	apitest.Filled(t, fees())
	apitest.Filled(t, orderRequest(), "Payment.Number.OrderNo")
	apitest.Filled(t, micro(), "Payment.Number.OrderNo")
	apitest.Filled(t, paidOrder())
	apitest.Filled(t, bill())
	apitest.Filled(t, billRequest(), "Ticket")
	apitest.Run(t, cases())
}

func TestInsertBill(t *testing.T) {
	const answer = `{"errcode": 0, "code": 186921658591, "openid": "oLiLei"}`
	apitest.Disturb(t, answer, func(answer string) (any, error) {
		return nontax.New(apitest.New(t, apitest.JSON(answer)).Client()).InsertBill(t.Context(), bill())
	})
	for _, id := range []string{"wx9999999999999999", ""} {
		b := bill()
		b.AppID = id
		want := id
		if want == "" {
			want = apitest.AppID
		}
		p := apitest.New(t, apitest.JSON(answer))
		inserted, err := nontax.New(p.Client()).InsertBill(t.Context(), b)
		require.NoError(t, err)
		require.Equal(t, &nontax.InsertedBill{Code: "186921658591", OpenID: "oLiLei"}, inserted)
		call := p.Calls()[0]
		require.Equal(t, "/nontax/insertbill", call.Path)
		before, rest, _ := strings.Cut(call.Body, `"nonce_str":"`)
		nonce, after, _ := strings.Cut(rest, `"`)
		require.Len(t, nonce, 26)
		require.JSONEq(t, `{"order_id": "O1", "card_id": "p_card", "appid": "`+want+`", "card_ext": {"nonce_str": "", "user_card": {"invoice_user_data":
			{"fee": 103, "title": "王小贱", "billing_time": 1700000000, "billing_no": "0001", "billing_code": "4401", "s_pdf_media_id": "75195439125254"}}}}`,
			before+`"nonce_str":""`+after)
	}
}

// A bill is CSV; a refusal is JSON.
func TestDownloadStatement(t *testing.T) {
	query := nontax.StatementQuery{MchID: "M1", Day: day(), Type: nontax.RefundOnly}
	p := apitest.New(t, apitest.Answer{Body: "\xef\xbb\xbf交易时间,金额\r\n", ContentType: "text/plain"})
	file, err := nontax.New(p.Client()).DownloadStatement(t.Context(), query)
	require.NoError(t, err)
	content, err := io.ReadAll(file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Equal(t, "\xef\xbb\xbf交易时间,金额\r\n", string(content))
	call := p.Calls()[0]
	require.Equal(t, "POST /nontax/downloadbill", call.Method+" "+call.Path)
	require.JSONEq(t, `{`+appID+`, "mch_id": "M1", "bill_date": "20261231", "bill_type": "REFUND"}`, call.Body)

	p = apitest.New(t, apitest.JSON(`{"errcode": 40097, "errmsg": "invalid args"}`))
	_, err = nontax.New(p.Client()).DownloadStatement(t.Context(), nontax.StatementQuery{MchID: "M1", Day: day()})
	require.ErrorIs(t, err, errcode.InvalidArgs)
	require.JSONEq(t, `{`+appID+`, "mch_id": "M1", "bill_date": "20261231"}`, p.Calls()[0].Body)
}

// No error and no printed request shows a ticket or a payment code.
func TestSecrets(t *testing.T) {
	refused := func(text string) client {
		return apitest.New(t, apitest.JSON(`{"errcode": 40097, "errmsg": "bad `+text+`"}`)).Client()
	}
	_, err := nontax.New(refused("a-card-ticket")).GetBillAuthURL(t.Context(), billRequest())
	require.ErrorIs(t, err, errcode.InvalidArgs)
	require.NotContains(t, err.Error(), "a-card-ticket")
	require.NotContains(t, fmt.Sprintf("%+v", billRequest()), "a-card-ticket")
	_, err = nontax.New(refused(micro().AuthCode)).MicroPay(t.Context(), micro())
	require.ErrorIs(t, err, errcode.InvalidArgs)
	require.NotContains(t, err.Error(), micro().AuthCode)
}

// A request without a time is of now.
func TestBillAuthTime(t *testing.T) {
	r := billRequest()
	r.Time = officialaccount.Timestamp{}
	p := apitest.New(t, apitest.JSON(`{"auth_url": "https://auth"}`))
	before := time.Now().Unix()
	page, err := nontax.New(p.Client()).GetBillAuthURL(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, &nontax.BillAuthPage{URL: "https://auth"}, page)
	var sent struct {
		Time int64 `json:"timestamp"`
	}
	require.NoError(t, json.Unmarshal([]byte(p.Calls()[0].Body), &sent))
	require.GreaterOrEqual(t, sent.Time, before)
}

func TestDay(t *testing.T) {
	require.Equal(t, "2026-12-31 00:00:00 +0800", day().Format("2006-01-02 15:04:05 -0700"))
	require.Equal(t, day(), nontax.NewDay(time.Date(2026, 12, 30, 16, 0, 0, 0, time.UTC)), "midnight in China")
	require.Equal(t, day(), nontax.NewDay(time.Date(2026, 12, 31, 15, 59, 59, 0, time.UTC)))
	for text, want := range map[string]nontax.Day{`"20261231"`: day(), `20261231`: day(), `""`: {}, `0`: {}, `"0"`: {}, `null`: {}} {
		var d nontax.Day
		require.NoError(t, json.Unmarshal([]byte(text), &d), text)
		require.Equal(t, want, d, text)
	}
	for _, text := range []string{`"2026-12-31"`, `20261301`, `-20261231`, `true`, `{}`, `"x"`, `"\u0032"`} {
		var d nontax.Day
		require.ErrorContains(t, json.Unmarshal([]byte(text), &d), "is not a day of the form YYYYMMDD", text)
	}
	apitest.Encodes(t, `["20261231", ""]`, []nontax.Day{day(), {}})
	apitest.Encodes(t, `"20261231"`, nontax.Day{Time: time.Date(2026, 12, 30, 16, 0, 0, 0, time.UTC)})
}

func TestIsPaid(t *testing.T) {
	for status, want := range map[nontax.Status]bool{
		nontax.Unpaid: false, nontax.Paid: true, nontax.Paid4: true, nontax.Refunded: false, nontax.Refunding: false, nontax.Closed: false,
	} {
		require.Equal(t, want, status.IsPaid(), status)
	}
}

func TestBadInput(t *testing.T) {
	order := func(change func(*nontax.OrderRequest)) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) {
			r := orderRequest()
			change(&r)
			return nontax.New(oa).UnifiedOrder(c, r)
		}
	}
	code := func(code string) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) {
			m := micro()
			m.AuthCode = code
			return nontax.New(oa).MicroPay(c, m)
		}
	}
	call := func(do func(*nontax.Service, ctx) (any, error)) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return do(nontax.New(oa), c) }
	}
	refund := func(r nontax.Refund) func(ctx, client) (any, error) {
		return call(func(s *nontax.Service, c ctx) (any, error) { return s.Refund(c, r) })
	}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		`queryfee: ServiceID (service_id) is "seven", not a positive number`: call(func(s *nontax.Service, c ctx) (any, error) {
			return s.GetFees(c, nontax.FeeQuery{ServiceID: "seven"})
		}),
		`unifiedorder: ServiceID (service_id) is "0", not a positive number`: order(func(r *nontax.OrderRequest) { r.ServiceID = "0" }),
		`getorder: ServiceID (service_id) is "-1", not a positive number`: call(func(s *nontax.Service, c ctx) (any, error) {
			return s.GetOrder(c, "-1", "O1")
		}),
		"queryfee: ServiceID is empty": call(func(s *nontax.Service, c ctx) (any, error) { return s.GetFees(c, nontax.FeeQuery{}) }),
		"queryfee: RegionCode is empty": call(func(s *nontax.Service, c ctx) (any, error) {
			return s.GetFees(c, nontax.FeeQuery{ServiceID: "1", PaymentNoticeNo: "N", DepartmentCode: "D"})
		}),
		"unifiedorder: PaymentNoticeNo and OrderNo: exactly one":  order(func(r *nontax.OrderRequest) { r.OrderNo = "S1" }),
		"PaymentNoticeNo and OrderNo":                             order(func(r *nontax.OrderRequest) { r.PaymentNoticeNo = "" }),
		"unifiedorder: Fee is 0, must be positive":                order(func(r *nontax.OrderRequest) { r.Fee = 0 }),
		"NoticeCreated (payment_notice_create_time) is zero":      order(func(r *nontax.OrderRequest) { r.NoticeCreated = officialaccount.Timestamp{} }),
		"unifiedorder: Items is empty":                            order(func(r *nontax.OrderRequest) { r.Items = nil }),
		"unifiedorder: Items[0].No is not positive":               order(func(r *nontax.OrderRequest) { r.Items = []nontax.Item{{}} }),
		"unifiedorder: Items[0].ItemID is empty":                  order(func(r *nontax.OrderRequest) { r.Items = []nontax.Item{{No: 1}} }),
		"unifiedorder: DepartmentName is empty":                   order(func(r *nontax.OrderRequest) { r.DepartmentName = "" }),
		"unifiedorder: IP is empty":                               order(func(r *nontax.OrderRequest) { r.IP = "" }),
		"unifiedorder: Scene is empty":                            order(func(r *nontax.OrderRequest) { r.Scene = "" }),
		"unifiedorder: OpenID is empty":                           order(func(r *nontax.OrderRequest) { r.OpenID = "" }),
		"unifiedorder: ReturnURL is not an http or https address": order(func(r *nontax.OrderRequest) { r.ReturnURL = "" }),
		"micropay: AuthCode must have 18 digits":                  code("13006109882800940"),
		"AuthCode must have 18 digits and begin with 10 to 15":    code("160061098828009406"),
		"micropay: AuthCode must":                                 code("13006109882800940x"),
		"getorder: orderID is empty":                              call(func(s *nontax.Service, c ctx) (any, error) { return s.GetOrder(c, "1", "") }),
		"getorderlist: PaymentNoticeNo and OrderNo":               call(func(s *nontax.Service, c ctx) (any, error) { return s.ListOrderIDs(c, nontax.OrderQuery{}) }),
		"getorderlist: RegionCode is empty": call(func(s *nontax.Service, c ctx) (any, error) {
			return s.ListOrderIDs(c, nontax.OrderQuery{Number: nontax.Number{OrderNo: "1"}})
		}),
		"refund: Reason is empty":                                       refund(nontax.Refund{OrderID: "O1"}),
		"refund: Fee (refund_fee) is negative":                          refund(nontax.Refund{OrderID: "O1", Reason: "r", Fee: -1}),
		"refund: Fee (refund_fee) and OutID (refund_out_id)":            refund(nontax.Refund{OrderID: "O1", Reason: "r", Fee: 1}),
		"Fee (refund_fee) and OutID (refund_out_id): both or none must": refund(nontax.Refund{OrderID: "O1", Reason: "r", OutID: "X"}),
		"downloadbill: MchID is empty":                                  call(func(s *nontax.Service, c ctx) (any, error) { return s.DownloadStatement(c, nontax.StatementQuery{}) }),
		"downloadbill: Day (bill_date) is zero": call(func(s *nontax.Service, c ctx) (any, error) {
			return s.DownloadStatement(c, nontax.StatementQuery{MchID: "M"})
		}),
		"notifyinconsistentorder: orderID is empty":         call(func(s *nontax.Service, c ctx) (any, error) { return nil, s.NotifyInconsistentOrder(c, "") }),
		"mocknotification: url is not an http":              call(func(s *nontax.Service, c ctx) (any, error) { return nil, s.MockNotification(c, "ftp://x") }),
		"mockqueryfee: url is not an http or https address": call(func(s *nontax.Service, c ctx) (any, error) { return nil, s.MockQueryFee(c, "") }),
		"getbillauthurl: Ticket is empty": call(func(s *nontax.Service, c ctx) (any, error) {
			r := billRequest()
			r.Ticket = token.Token{}
			return s.GetBillAuthURL(c, r)
		}),
		"getbillauthurl: Money is negative": call(func(s *nontax.Service, c ctx) (any, error) {
			r := billRequest()
			r.Money = -1
			return s.GetBillAuthURL(c, r)
		}),
		"createbillcard: payee is empty": call(func(s *nontax.Service, c ctx) (any, error) { return s.CreateBillCard(c, "x", "") }),
		"insertbill: CardID is empty":    call(func(s *nontax.Service, c ctx) (any, error) { return s.InsertBill(c, nontax.Bill{OrderID: "O1"}) }),
		"insertbill: Details.BillingTime is zero": call(func(s *nontax.Service, c ctx) (any, error) {
			b := bill()
			b.Details.BillingTime = officialaccount.Timestamp{}
			return s.InsertBill(c, b)
		}),
	})
}

func ExampleService_UnifiedOrder() {
	platform := apitest.Example(apitest.JSON(`{"errcode": 0, "errmsg": "ok", "order_id": "100000012020010110", "pay_url": "https://pay.weixin.qq.com/x"}`))
	payments := nontax.New(platform.Client())

	placed, err := payments.UnifiedOrder(context.Background(), nontax.OrderRequest{
		Payment: nontax.Payment{
			Number:         nontax.Number{PaymentNoticeNo: "4401001234"},
			Desc:           "交通罚款",
			Fee:            200_00, // 200 yuan
			DepartmentCode: "001",
			DepartmentName: "交警支队",
			RegionCode:     "440100",
			NoticeCreated:  apitest.At(1700000000),
			Items:          []nontax.Item{{No: 1, ItemID: "1001", Name: "罚款", Fee: 200_00}},
		},
		OpenID:    "oLiLei",
		ReturnURL: "https://www.example.com/done",
		IP:        "192.0.2.1",
		Scene:     nontax.SceneAccount,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(placed.OrderID, placed.PayURL)
	// Output: 100000012020010110 https://pay.weixin.qq.com/x
}

func ExampleService_DownloadStatement() {
	platform := apitest.Example(apitest.Answer{Body: "time,order,fee\n", ContentType: "text/plain"})
	payments := nontax.New(platform.Client())

	bill, err := payments.DownloadStatement(context.Background(), nontax.StatementQuery{
		MchID: "1900000109",
		Day:   nontax.NewDay(time.Date(2026, 12, 30, 18, 0, 0, 0, time.UTC)), // it is the 31st in China
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	content, err := io.ReadAll(bill)
	_ = bill.Close()
	fmt.Print(string(content))
	if err != nil {
		fmt.Println(err)
	}
	// Output: time,order,fee
}

// A part of an order goes back.
func ExampleService_Refund() {
	platform := apitest.Example(apitest.JSON(`{"errcode": 0, "errmsg": "ok", "refund_order_id": "200000012020010110"}`))
	payments := nontax.New(platform.Client())

	id, err := payments.Refund(context.Background(), nontax.Refund{OrderID: "100000012020010110", Reason: "多收", Fee: 5_00, OutID: "refund-1"})
	fmt.Println(id, err)
	// Output: 200000012020010110 <nil>
}
