package wechattest_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strconv"
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

// The bounds of a batch of codes, of its ranges and of its indexes.
func TestMarketingCodeLimits(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		const area = "/intp/marketcode/"
		apply := func(count int) string {
			return fmt.Sprintf(`{"code_count": %d, "isv_application_id": "batch %d"}`, count, count)
		}
		var made struct {
			ID json.Number `json:"application_id"`
		}
		c.send(area+"applycode", apply(110_000)).read(t, &made)
		of := func(format string, args ...any) string {
			return fmt.Sprintf(`{"application_id": `+made.ID.String()+`, `+format+`}`, args...)
		}
		codes := func(start, end int) string { return of(`"code_start": %d, "code_end": %d`, start, end) }
		activate := func(start, end, version int) string {
			return of(`"code_start": %d, "code_end": %d, "wxa_type": %d, "activity_name": "a", "product_brand": "b",
				"product_title": "t", "product_code": "6901234567892", "wxa_appid": "wx3", "wxa_path": "p"`, start, end, version)
		}
		index := func(n int) string { return of(`"code_index": %d`, n) }
		c.holds([]limit{
			{"codes: at least 10,000", area + "applycode", apply(10_000), apply(0), 1, 40097},
			{"codes: at most 20,000,000", area + "applycode", apply(20_000_000), apply(20_010_000), 1, 40097},
			{"codes: a multiple of 10,000", area + "applycode", apply(20_000), apply(20_001), 1, 40097},
			{"application: by an id", area + "applycodequery", of(`"x": 0`), `{"application_id": 1}`, 1, 40097},
			{"download: the first range", area + "applycodedownload", codes(0, 99_999), codes(0, 100_000), 1, 40097},
			{"download: the last range", area + "applycodedownload", codes(100_000, 109_999), codes(100_000, 110_000), 1, 40097},
			{"download: no ranges before 0", area + "applycodedownload", codes(100_000, 109_999), codes(-100_000, -1), 1, 40097},
			{"download: no more ranges", area + "applycodedownload", codes(100_000, 109_999), codes(200_000, 109_999), 1, 40097},
			{"download: from where a range begins", area + "applycodedownload", codes(100_000, 109_999), codes(100_001, 109_999), 1, 40097},
			{"download: a start", area + "applycodedownload", codes(100_000, 109_999), of(`"code_end": 99999`), 1, 40097},
			{"download: an end", area + "applycodedownload", codes(100_000, 109_999), of(`"code_start": 0`), 1, 40097},
			{"activation: from the first code", area + "codeactive", activate(0, 1, 0), activate(-1, 1, 0), 1, 40097},
			{"activation: to the last code", area + "codeactive", activate(5, 109_999, 0), activate(5, 110_000, 0), 1, 40097},
			{"activation: one code", area + "codeactive", activate(5, 5, 0), activate(5, 4, 0), 1, 40097},
			{"activation: version up to 2", area + "codeactive", activate(5, 5, 2), activate(5, 5, 3), 1, 40097},
			{"activation: version from 0", area + "codeactive", activate(5, 5, 0), activate(5, 5, -1), 1, 40097},
			{"code: index from 0", area + "codeactivequery", index(0), index(-1), 1, 40097},
			{"code: index of the last", area + "codeactivequery", index(109_999), index(110_000), 1, 40097},
			{"code: an index", area + "codeactivequery", index(5), of(`"x": 0`), 1, 40097},
		})
		require.Equal(t, 40097, c.send(area+"applycode", `{"code_count": 10000}`).Code)
		require.Zero(t, c.send(area+"codeactive", string(changed(t, activate(5, 5, 0), "wxa_type"))).Code, "it may be absent")
		for _, field := range []string{"activity_name", "product_brand", "product_title", "product_code", "wxa_appid", "wxa_path", "code_start", "code_end"} {
			require.Equal(t, 40097, c.send(area+"codeactive", string(changed(t, activate(5, 5, 0), field))).Code, "without %s", field)
		}
		var round struct {
			ID json.Number `json:"application_id"`
		}
		c.send(area+"applycode", apply(100_000)).read(t, &round)
		require.Equal(t, 40097, c.send(area+"applycodedownload", `{"application_id": `+round.ID.String()+`, "code_start": 100000, "code_end": 99999}`).Code)

		type code struct {
			Code  string
			Start *int `json:"code_start"`
		}
		read := func(body string) (got code) {
			c.send(area+"codeactivequery", body).read(t, &got)
			return got
		}
		for n, start := range map[int]int{0: 0, 1: 0, 5: 5, 6: 5, 109_999: 5} {
			require.Equal(t, start, *read(index(n)).Start, "code %d", n)
		}
		for _, n := range []int{2, 4} {
			require.Nil(t, read(index(n)).Start, "code %d is not activated", n)
		}
		last := read(index(109_999)).Code
		require.Len(t, last, 9)
		require.Equal(t, last, read(`{"code": "`+last+`"}`).Code)
		n, err := strconv.ParseInt(last, 36, 64)
		require.NoError(t, err)
		first := read(index(0)).Code
		require.Equal(t, first, read(`{"code": "`+first+`"}`).Code)
		for _, unknown := range []string{fmt.Sprintf("%09s", strconv.FormatInt(n+1, 36)), last + "0", last[1:], "-00000001"} {
			require.Equal(t, 40097, c.send(area+"codeactivequery", `{"code": "`+unknown+`"}`).Code, "after %s: %s", last, unknown)
		}
	})
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
