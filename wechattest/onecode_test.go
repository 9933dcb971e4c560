package wechattest_test

import (
	"bufio"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/medical"
	"github.com/seed-f21aa8d8/wechat/onecode"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestMarketingCodes asks for codes, downloads them, activates some and scans one.
func TestMarketingCodes(t *testing.T) {
	d := newInvoiceDesk(t)
	ctx, li, codes := t.Context(), d.p.User("oLiLei"), onecode.New(d.oa)
	_, err := codes.Apply(ctx, 10_000, "batch-0")
	require.NoError(t, err)
	id, err := codes.Apply(ctx, 110_000, "batch-1")
	require.NoError(t, err)
	again, err := codes.Apply(ctx, 110_000, "batch-1")
	require.NoError(t, err)
	require.Equal(t, id, again)
	_, err = codes.GetApplication(ctx, onecode.Ref{ISVID: "batch-2"})
	require.ErrorIs(t, err, errcode.InvalidArgs)
	application, err := codes.GetApplication(ctx, onecode.Ref{ISVID: "batch-1"})
	require.NoError(t, err)
	require.Equal(t, onecode.Finished, application.Status)
	require.Equal(t, id, application.ID)
	require.Equal(t, []onecode.Range{{Start: 0, End: 99_999}, {Start: 100_000, End: 109_999}}, application.Ranges)

	_, err = codes.Download(ctx, id, onecode.Range{Start: 100_000, End: 109_998})
	require.ErrorIs(t, err, errcode.InvalidArgs)
	file, err := codes.Download(ctx, id, application.Ranges[1])
	require.NoError(t, err)
	lines := bufio.NewScanner(file)
	var last []string
	n := 0
	for ; lines.Scan(); n++ {
		last = strings.Split(lines.Text(), "\t")
	}
	require.NoError(t, lines.Err())
	require.NoError(t, file.Close())
	require.Equal(t, 10_000, n)
	require.Equal(t, "109999", last[0])
	require.Len(t, last[1], 9)
	require.Len(t, last[2], 28)

	code, err := codes.Get(ctx, onecode.Query{Code: last[1]})
	require.NoError(t, err)
	require.Zero(t, code.Product, "not activated")
	_, err = li.ScanMarketingCode(last[1])
	require.ErrorIs(t, err, wechattest.ErrMarketingCode)
	product := onecode.Product{
		ActivityName: "春节", Brand: "品牌", Title: "牙膏", Code: "6901234567892", AppID: "wx3", Path: "pages/scan", Version: onecode.Trial,
	}
	require.ErrorIs(t, codes.Activate(ctx, id, onecode.Range{Start: 0, End: 110_000}, product), errcode.InvalidArgs)
	part := onecode.Range{Start: 105_000, End: 109_999}
	require.NoError(t, codes.Activate(ctx, id, part, product))
	want := onecode.Code{Code: last[1], ApplicationID: id, ISVID: "batch-1", Product: product, Range: part}
	for _, query := range []onecode.Query{{Code: last[1]}, {URL: last[2]}, {ApplicationID: id, Index: 109_999}} {
		code, err = codes.Get(ctx, query)
		require.NoError(t, err)
		require.Equal(t, want, *code)
	}
	_, err = codes.Get(ctx, onecode.Query{Code: "ZZZZZZZZZ"})
	require.ErrorIs(t, err, errcode.InvalidArgs)

	ticket, err := li.ScanMarketingCode(last[2])
	require.NoError(t, err)
	code, err = codes.GetByTicket(ctx, "oLiLei", ticket)
	require.NoError(t, err)
	require.Equal(t, want, *code)
	_, err = codes.GetByTicket(ctx, "oHanMeimei", ticket)
	require.ErrorIs(t, err, errcode.InvalidArgs)
}

// A message of the medical assistant reaches its user once.
func TestMedical(t *testing.T) {
	d := newInvoiceDesk(t)
	d.p.User("oLiLei")
	m := medical.Message{Status: 101, OpenID: "oLiLei", OrderID: "1", MsgID: "1-1", Info: map[string]string{"pat_name": "李雷"}}
	require.NoError(t, medical.New(d.oa).Send(t.Context(), m))
	require.ErrorIs(t, medical.New(d.oa).Send(t.Context(), m), errcode.InvalidArgs, "the id was used")
	m.OpenID = "oNobody"
	require.ErrorIs(t, medical.New(d.oa).Send(t.Context(), m), errcode.InvalidOpenID)
	got := d.p.Messages("oLiLei")
	require.Len(t, got, 1)
	require.Equal(t, wechattest.ViaMedical, got[0].Via)
	require.JSONEq(t, `{"pat_name": "李雷"}`, got[0].Content)
}
