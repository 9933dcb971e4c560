package wechattest_test

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/nontax"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func payment(number nontax.Number, fen int64) nontax.Payment {
	return nontax.Payment{
		Number: number, Desc: "交通罚款", Fee: fen, MchID: "1900000109", DepartmentCode: "001", DepartmentName: "交警", RegionCode: "440100",
		NoticeCreated: officialaccount.NewTimestamp(time.Unix(1700000000, 0)), Items: []nontax.Item{{No: 1, ItemID: "I1", Name: "罚款", Fee: fen}},
	}
}

// TestNontax takes a payment from its notice to the refund and the fiscal receipt.
func TestNontax(t *testing.T) {
	d := newInvoiceDesk(t)
	ctx, li, payments := t.Context(), d.p.User("oLiLei"), nontax.New(d.oa)
	query := nontax.FeeQuery{ServiceID: "7", PaymentNoticeNo: "N1", DepartmentCode: "001", RegionCode: "440100"}
	_, err := payments.GetFees(ctx, query)
	require.ErrorIs(t, err, errcode.InvalidArgs)
	d.p.AddPaymentNotice(wechattest.PaymentNotice{
		No: "N1", DepartmentCode: "001", DepartmentName: "交警", RegionCode: "440100", UserName: "李雷", Type: 2,
		Expiry: time.Date(2026, 12, 30, 16, 0, 0, 0, time.UTC),
		Items:  []wechattest.PaymentItem{{ID: "I1", Name: "罚款", Fee: 200_00, Penalty: 3_00}, {ID: "I2", Name: "其他", Fee: 5}},
	})
	asked, err := payments.GetFees(ctx, query)
	require.NoError(t, err)
	require.EqualValues(t, 200_05, asked.Fee)
	require.Equal(t, nontax.PenaltyNotice, asked.NoticeType)
	require.Equal(t, "2026-12-31", asked.Expiry.Format(time.DateOnly))
	require.Equal(t, nontax.Item{No: 1, ItemID: "I1", Name: "罚款", Fee: 200_00, Penalty: 3_00}, asked.Items[0])

	request := nontax.OrderRequest{
		Payment: payment(nontax.Number{PaymentNoticeNo: "N1"}, asked.Fee), OpenID: "oLiLei", IP: "192.0.2.1",
		ReturnURL: "https://www.example.com/", Scene: nontax.SceneAccount,
	}
	first, err := payments.UnifiedOrder(ctx, request)
	require.NoError(t, err)
	require.NotEmpty(t, first.PayURL)
	request.Scene = nontax.SceneMiniProgram
	placed, err := payments.UnifiedOrder(ctx, request)
	require.NoError(t, err)
	require.NotEmpty(t, placed.MiniProgram.AppID)
	got, err := payments.GetOrder(ctx, "7", placed.OrderID)
	require.NoError(t, err)
	require.Equal(t, nontax.Unpaid, got.Status)
	require.True(t, got.PaidAt.IsZero())

	require.ErrorIs(t, d.p.User("oHanMeimei").PayNontax(placed.OrderID), wechattest.ErrNontaxOrder)
	require.NoError(t, li.PayNontax(placed.OrderID))
	require.ErrorIs(t, li.PayNontax(placed.OrderID), wechattest.ErrNontaxOrder)
	require.ErrorIs(t, li.PayNontax(first.OrderID), wechattest.ErrNontaxOrder, "the notice is paid")
	_, err = payments.UnifiedOrder(ctx, request)
	require.ErrorIs(t, err, errcode.InvalidArgs)
	got, err = payments.GetOrder(ctx, "7", placed.OrderID)
	require.NoError(t, err)
	require.True(t, got.Status.IsPaid())
	require.NotEmpty(t, got.TransID)
	ids, err := payments.ListOrderIDs(ctx, nontax.OrderQuery{Number: request.Number, RegionCode: "440100", DepartmentCode: "001"})
	require.NoError(t, err)
	require.Equal(t, &nontax.OrderIDs{All: []string{first.OrderID, placed.OrderID}, Paid: placed.OrderID}, ids)
	require.NoError(t, payments.NotifyInconsistentOrder(ctx, placed.OrderID))
	require.ErrorIs(t, payments.NotifyInconsistentOrder(ctx, "1"), errcode.InvalidArgs)
	require.NoError(t, payments.MockNotification(ctx, "https://www.example.com/pay"))
	require.NoError(t, payments.MockQueryFee(ctx, "https://www.example.com/fee"))

	// A part goes back, once.
	part := nontax.Refund{OrderID: placed.OrderID, Reason: "多收", Fee: 5, OutID: "X1"}
	refund, err := payments.Refund(ctx, part)
	require.NoError(t, err)
	again, err := payments.Refund(ctx, part)
	require.NoError(t, err)
	require.Equal(t, refund, again)
	_, err = payments.Refund(ctx, nontax.Refund{OrderID: placed.OrderID, Reason: "多收", Fee: 200_01, OutID: "X2"})
	require.ErrorIs(t, err, errcode.InvalidArgs)
	_, err = payments.Refund(ctx, nontax.Refund{OrderID: first.OrderID, Reason: "not paid"})
	require.ErrorIs(t, err, errcode.InvalidArgs)
	got, err = payments.GetOrder(ctx, "7", placed.OrderID)
	require.NoError(t, err)
	require.Equal(t, nontax.Paid, got.Status)
	require.Len(t, got.PartialRefund, 1)
	require.Equal(t, refund, got.PartialRefund[0].RefundOrderID)
	require.Equal(t, nontax.Refunded, got.PartialRefund[0].Status)

	// The receipt.
	platform, err := d.GetPlatform(ctx)
	require.NoError(t, err)
	page, err := payments.GetBillAuthURL(ctx, nontax.BillAuthRequest{
		OrderID: placed.OrderID, PlatformID: platform.ID, Money: 200_05, Source: message.InvoiceFromApp, Ticket: d.ticket(t),
	})
	require.NoError(t, err)
	require.Contains(t, page.URL, placed.OrderID)
	_, err = li.AuthorizeInvoice(placed.OrderID, wechattest.InvoiceTitle{Title: "李雷"})
	require.NoError(t, err)
	card, err := payments.CreateBillCard(ctx, "http://mmbiz.qpic.cn/x", "财政局")
	require.NoError(t, err)
	pdf, err := d.SetPDF(ctx, "bill.pdf", strings.NewReader("%PDF-1.4"))
	require.NoError(t, err)
	inserted, err := payments.InsertBill(ctx, nontax.Bill{OrderID: placed.OrderID, CardID: card, Details: nontax.BillDetails{
		Fee: 200_05, Title: "李雷", BillingTime: officialaccount.NewTimestamp(time.Now()), BillingNo: "0001", BillingCode: "4401", PDFMediaID: pdf,
	}})
	require.NoError(t, err)
	require.Equal(t, "oLiLei", inserted.OpenID)
	require.Equal(t, inserted.Code, li.Invoices()[0].Code)
}

// A payment code is charged once, and the whole order goes back.
func TestNontaxMicroPay(t *testing.T) {
	d := newInvoiceDesk(t)
	ctx, li, payments := t.Context(), d.p.User("oLiLei"), nontax.New(d.oa)
	micro := nontax.MicroPayment{Payment: payment(nontax.Number{OrderNo: "S1"}, 1_00), AuthCode: "130000000000000000"}
	_, err := payments.MicroPay(ctx, micro)
	require.ErrorIs(t, err, errcode.InvalidArgs)
	micro.AuthCode = li.PaymentCode()
	id, err := payments.MicroPay(ctx, micro)
	require.NoError(t, err)
	got, err := payments.GetOrder(ctx, "", id)
	require.NoError(t, err)
	require.Equal(t, nontax.Paid, got.Status)
	require.Equal(t, "oLiLei", got.OpenID)
	require.Equal(t, nontax.SceneOffline, got.Scene)
	micro.Number = nontax.Number{OrderNo: "S2"}
	_, err = payments.MicroPay(ctx, micro)
	require.ErrorIs(t, err, errcode.InvalidArgs, "the code is used up")
	micro.OrderID = id
	again, err := payments.MicroPay(ctx, micro)
	require.NoError(t, err)
	require.Equal(t, id, again)

	refund, err := payments.Refund(ctx, nontax.Refund{OrderID: id, Reason: "错误"})
	require.NoError(t, err)
	got, err = payments.GetOrder(ctx, "", id)
	require.NoError(t, err)
	require.Equal(t, nontax.Refunded, got.Status)
	require.Equal(t, refund, got.RefundOrderID)
}

// A part of an order needs an amount and a number, and is at most what is left.
func TestNontaxRefundLimits(t *testing.T) {
	d := newInvoiceDesk(t)
	micro := nontax.MicroPayment{Payment: payment(nontax.Number{OrderNo: "S1"}, 1_00), AuthCode: d.p.User("oLiLei").PaymentCode()}
	order, err := nontax.New(d.oa).MicroPay(t.Context(), micro)
	require.NoError(t, err)
	for _, row := range []struct {
		rest string
		want errcode.Code
	}{
		{`"refund_fee": 40, "refund_out_id": "1"`, errcode.InvalidArgs},
		{`"reason": "r", "refund_fee": 40`, errcode.InvalidArgs},
		{`"reason": "r", "refund_out_id": "1"`, errcode.InvalidArgs},
		{`"reason": "r", "refund_fee": -1, "refund_out_id": "1"`, errcode.InvalidArgs},
		{`"reason": "r", "refund_fee": 101, "refund_out_id": "1"`, errcode.InvalidArgs},
		{`"reason": "r", "refund_fee": 40, "refund_out_id": "1"`, errcode.OK},
		{`"reason": "r", "refund_fee": 61, "refund_out_id": "2"`, errcode.InvalidArgs},
		{`"reason": "r", "refund_fee": 60, "refund_out_id": "2"`, errcode.OK},
		{`"reason": "r", "refund_fee": 1, "refund_out_id": "3"`, errcode.InvalidArgs},
	} {
		body := json.RawMessage(`{"appid": "` + d.oa.AppID() + `", "order_id": "` + order + `", ` + row.rest + `}`)
		if err := d.oa.Post(t.Context(), "/nontax/refund", body, nil); row.want == errcode.OK {
			require.NoError(t, err, row.rest)
		} else {
			require.ErrorIs(t, err, row.want, row.rest)
		}
	}
}

// A bill has what was paid and paid back on a day in China.
func TestNontaxBill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newInvoiceDesk(t)
		ctx, li, payments := t.Context(), d.p.User("oLiLei"), nontax.New(d.oa)
		paid, err := payments.MicroPay(ctx, nontax.MicroPayment{Payment: payment(nontax.Number{OrderNo: "S1"}, 1_00), AuthCode: li.PaymentCode()})
		require.NoError(t, err)
		day := nontax.NewDay(d.p.Now())
		d.p.Advance(24 * time.Hour)
		_, err = payments.Refund(ctx, nontax.Refund{OrderID: paid, Reason: "多收", Fee: 30, OutID: "X1"})
		require.NoError(t, err)
		lines := func(q nontax.StatementQuery) int {
			q.MchID = "1900000109"
			file, err := payments.DownloadStatement(ctx, q)
			require.NoError(t, err)
			content, err := io.ReadAll(file)
			require.NoError(t, err)
			require.NoError(t, file.Close())
			return strings.Count(string(content), paid)
		}
		next := nontax.NewDay(d.p.Now())
		require.Equal(t, 1, lines(nontax.StatementQuery{Day: day}))
		require.Equal(t, 1, lines(nontax.StatementQuery{Day: day, Type: nontax.PaidOnly}))
		require.Equal(t, 0, lines(nontax.StatementQuery{Day: day, Type: nontax.RefundOnly}))
		require.Equal(t, 1, lines(nontax.StatementQuery{Day: next, Type: nontax.RefundOnly}))
		require.Equal(t, 0, lines(nontax.StatementQuery{Day: next, Type: nontax.PaidOnly}))
		require.Equal(t, 1, lines(nontax.StatementQuery{Day: next, Type: nontax.AllOrders}))
		_, err = payments.DownloadStatement(ctx, nontax.StatementQuery{MchID: "1", Day: day, Type: "EVERYTHING"})
		require.ErrorIs(t, err, errcode.InvalidArgs)
	})
}
