package wechattest_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/invoice"
	"github.com/seed-f21aa8d8/wechat/jssdk"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// invoiceDesk is an account with a bot that notes the events of invoices.
type invoiceDesk struct {
	*invoice.Service
	p        *wechattest.Platform
	oa       *officialaccount.Client
	tickets  *jssdk.Service
	allowed  []message.UserAuthorizeInvoiceEvent
	statuses []message.UpdateInvoiceStatusEvent
	titles   []message.SubmitInvoiceTitleEvent
	results  []message.CloudInvoiceResultEvent
}

func newInvoiceDesk(t *testing.T) *invoiceDesk {
	p := wechattest.New(t, wechattest.Config{})
	account := p.Config()
	h, err := message.NewHandler(message.Config{Token: account.Token})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Shutdown(context.Background())) })
	d := &invoiceDesk{p: p}
	message.On(h, func(_ context.Context, e *message.UserAuthorizeInvoiceEvent) (message.Reply, error) {
		d.allowed = append(d.allowed, *e)
		return nil, nil
	})
	message.On(h, func(_ context.Context, e *message.UpdateInvoiceStatusEvent) (message.Reply, error) {
		d.statuses = append(d.statuses, *e)
		return nil, nil
	})
	message.On(h, func(_ context.Context, e *message.SubmitInvoiceTitleEvent) (message.Reply, error) {
		d.titles = append(d.titles, *e)
		return nil, nil
	})
	message.On(h, func(_ context.Context, e *message.CloudInvoiceResultEvent) (message.Reply, error) {
		d.results = append(d.results, *e)
		return nil, nil
	})
	p.Bot(h)
	d.oa, err = officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret, BaseURL: p.URL(), HTTPClient: p.Client()})
	require.NoError(t, err)
	d.Service, d.tickets = invoice.New(d.oa), jssdk.New(d.oa)
	return d
}

func (d *invoiceDesk) ticket(t *testing.T) token.Token {
	ticket, err := d.tickets.GetCardTicket(t.Context())
	require.NoError(t, err)
	return ticket
}

// open asks for the authorization page of an order.
func (d *invoiceDesk) open(t *testing.T, order string, kind invoice.AuthType) (invoice.Order, error) {
	platform, err := d.GetPlatform(t.Context())
	require.NoError(t, err)
	name := invoice.Order{PlatformID: platform.ID, OrderID: order}
	page, err := d.GetAuthURL(t.Context(), invoice.AuthRequest{
		Order: name, Money: 11_05, Source: message.InvoiceFromMiniProgram, Ticket: d.ticket(t), Type: kind,
	})
	if err == nil {
		require.Contains(t, page.URL, "order_id="+order)
		require.NotEmpty(t, page.AppID)
	}
	return name, err
}

func (d *invoiceDesk) insertion(t *testing.T, order, title, number string) invoice.Insertion {
	card, err := d.CreateCard(t.Context(), invoice.Card{Payee: "小店有限公司", Type: "普通发票", Base: invoice.Base{LogoURL: "http://mmbiz.qpic.cn/x", Title: "小店"}})
	require.NoError(t, err)
	media, err := d.SetPDF(t.Context(), "invoice.pdf", strings.NewReader("%PDF-1.4 "+number))
	require.NoError(t, err)
	return invoice.Insertion{
		OrderID: order, CardID: card, AppID: d.oa.AppID(), PDFMediaID: media,
		Details: invoice.Details{Title: title, Fee: 11_05, FeeWithoutTax: 10_00, Tax: 1_05, BillingTime: officialaccount.NewTimestamp(time.Now()), BillingNo: number},
	}
}

// TestInvoice takes an invoice from the merchant's question to its reimbursement.
func TestInvoice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newInvoiceDesk(t)
		ctx, li := t.Context(), d.p.User("oLiLei")
		li.SetUnionID("uLiLei")

		_, err := d.open(t, "1234", invoice.FillTitle)
		require.ErrorIs(t, err, errcode.InvoiceContactUnset)
		_, err = d.GetContact(ctx)
		require.ErrorIs(t, err, errcode.InvoiceContactUnset)
		require.NoError(t, d.SetContact(ctx, invoice.Contact{Phone: "88880000", Timeout: time.Hour}))
		contact, err := d.GetContact(ctx)
		require.NoError(t, err)
		require.Equal(t, &invoice.Contact{Phone: "88880000", Timeout: time.Hour}, contact)
		_, err = d.open(t, "1234", invoice.FillTitle)
		require.ErrorIs(t, err, errcode.InvoiceAuthFieldUnset)
		_, err = d.GetAuthField(ctx)
		require.ErrorIs(t, err, errcode.InvoiceAuthFieldUnset)
		fields := invoice.AuthFields{Company: invoice.CompanyFields{ShowTitle: true, Custom: []invoice.CustomField{{Key: "部门"}}}}
		require.NoError(t, d.SetAuthField(ctx, fields))
		kept, err := d.GetAuthField(ctx)
		require.NoError(t, err)
		require.Equal(t, &fields, kept)
		_, err = d.GetPayMch(ctx)
		require.ErrorIs(t, err, errcode.InvoicePayMchUnset)
		require.NoError(t, d.SetPayMch(ctx, invoice.PayMerchant{MchID: "1900000109", PlatformID: "s"}))
		mch, err := d.GetPayMch(ctx)
		require.NoError(t, err)
		require.Equal(t, &invoice.PayMerchant{MchID: "1900000109", PlatformID: "s"}, mch)

		_, err = li.AuthorizeInvoice("1234", wechattest.InvoiceTitle{})
		require.ErrorIs(t, err, wechattest.ErrInvoiceOrder)
		order, err := d.open(t, "1234", invoice.FillTitle)
		require.NoError(t, err)
		data, err := d.GetAuthData(ctx, order)
		require.NoError(t, err)
		require.Equal(t, &invoice.AuthData{Status: invoice.NeverAuthorized}, data)
		_, err = d.Insert(ctx, d.insertion(t, "1234", "李雷公司", "24442000000000000001"))
		require.ErrorIs(t, err, errcode.InvoiceOrderNeverAuthorized)
		_, err = li.RefuseInvoice("1234")
		require.NoError(t, err)
		_, err = li.AuthorizeInvoice("1234", wechattest.InvoiceTitle{
			Company: true, Title: "李雷公司", TaxNo: "91440101MA59Q0N66X", Custom: map[string]string{"部门": "研发"},
		})
		require.NoError(t, err)
		require.Len(t, d.allowed, 2)
		require.Equal(t, "1234", d.allowed[0].FailOrderID)
		require.Equal(t, "1234", d.allowed[1].SuccOrderID)
		require.Equal(t, message.InvoiceFromMiniProgram, d.allowed[1].Source)
		data, err = d.GetAuthData(ctx, order)
		require.NoError(t, err)
		require.Equal(t, invoice.Authorized, data.Status)
		require.Equal(t, &invoice.CompanyTitle{
			Title: "李雷公司", TaxNo: "91440101MA59Q0N66X", Custom: []invoice.CustomValue{{Key: "部门", Value: "研发"}},
		}, data.Info.Company)
		require.Nil(t, data.Info.Person)
		_, err = d.open(t, "1234", invoice.FillTitle)
		require.ErrorIs(t, err, errcode.InvoiceOrderIDRepeated)

		for want, change := range map[errcode.Code]func(*invoice.Insertion){
			errcode.InvalidInvoiceTitle:         func(i *invoice.Insertion) { i.Details.Title = "韩梅梅公司" },
			errcode.InvalidCardStatus:           func(i *invoice.Insertion) { i.CardID = "none" },
			errcode.InvoicePDFInvalid:           func(i *invoice.Insertion) { i.PDFMediaID = "1" },
			errcode.InvoiceCheckCodeEmpty:       func(i *invoice.Insertion) { i.Details.BillingCode = "150003521055" },
			errcode.InvoiceOrderNeverAuthorized: func(i *invoice.Insertion) { i.OrderID = "5678" },
		} {
			i := d.insertion(t, "1234", "李雷公司", "24442000000000000001")
			change(&i)
			_, err = d.Insert(ctx, i)
			require.ErrorIs(t, err, want)
		}
		insertion := d.insertion(t, "1234", "李雷公司", "24442000000000000001")
		inserted, err := d.Insert(ctx, insertion)
		require.NoError(t, err)
		require.Equal(t, "oLiLei", inserted.OpenID)
		require.Equal(t, "uLiLei", inserted.UnionID)
		_, err = d.Insert(ctx, insertion)
		require.ErrorIs(t, err, errcode.DuplicateInvoiceOrder)
		require.ErrorIs(t, d.RejectInsert(ctx, invoice.Rejection{Order: order, Reason: "late"}), errcode.DuplicateInvoiceOrder)

		wallet := li.Invoices()
		require.Len(t, wallet, 1)
		require.Equal(t, wechattest.WalletInvoice{
			CardID: insertion.CardID, Code: inserted.Code, EncryptCode: wallet[0].EncryptCode, Title: "李雷公司", Fee: 11_05,
			BillingNo: "24442000000000000001", Status: "INVOICE_REIMBURSE_INIT",
		}, wallet[0])
		chosen := invoice.Ref{CardID: wallet[0].CardID, EncryptCode: wallet[0].EncryptCode}
		_, err = d.Get(ctx, invoice.Ref{CardID: "none", EncryptCode: "x"})
		require.ErrorIs(t, err, errcode.InvalidCardID)
		_, err = d.Get(ctx, invoice.Ref{CardID: chosen.CardID, EncryptCode: "x"})
		require.ErrorIs(t, err, errcode.InvalidEncryptCode)
		found, err := d.GetBatch(ctx, []invoice.Ref{chosen})
		require.NoError(t, err)
		one, err := d.Get(ctx, chosen)
		require.NoError(t, err)
		require.Equal(t, []invoice.Invoice{*one}, found)
		require.EqualValues(t, 11_05, one.Info.Fee)
		require.Equal(t, "小店有限公司", one.Payee)
		require.Equal(t, "1234", one.Info.OrderID)

		require.ErrorIs(t, d.UpdateStatus(ctx, chosen, message.InvoiceClosure), errcode.InvoiceMustBeLocked)
		require.ErrorIs(t, d.oa.Post(ctx, "/card/invoice/reimburse/updateinvoicestatus", map[string]string{
			"card_id": chosen.CardID, "encrypt_code": chosen.EncryptCode, "reimburse_status": "INVOICE_REIMBURSE_CANCEL",
		}, nil), errcode.InvoiceParamsInvalid, "only the billing platform cancels")
		require.NoError(t, d.UpdateStatus(ctx, chosen, message.InvoiceLocked))
		require.ErrorIs(t, d.UpdateStatusBatch(ctx, "oHanMeimei", []invoice.Ref{chosen}, message.InvoiceClosure), errcode.InvoiceOwnerInvalid)
		require.NoError(t, d.UpdateStatusBatch(ctx, "oLiLei", []invoice.Ref{chosen}, message.InvoiceClosure))
		require.ErrorIs(t, d.UpdateStatus(ctx, chosen, message.InvoiceInit), errcode.InvoiceClosed)
		require.ErrorIs(t, d.UpdatePlatformStatus(ctx, insertion.CardID, inserted.Code, message.InvoiceCancel), errcode.InvoiceClosed)
		require.Empty(t, li.Invoices())
		synctest.Wait()
		require.Len(t, d.statuses, 2)
		require.ElementsMatch(t, []message.InvoiceStatus{message.InvoiceLocked, message.InvoiceClosure},
			[]message.InvoiceStatus{d.statuses[0].Status, d.statuses[1].Status})
		require.Equal(t, inserted.Code, d.statuses[0].Code)
	})
}

// A rejected order is lost, a number is used once, and the billing platform can cancel.
func TestInvoiceEnds(t *testing.T) {
	d := newInvoiceDesk(t)
	ctx, li := t.Context(), d.p.User("oLiLei")
	require.NoError(t, d.SetContact(ctx, invoice.Contact{Phone: "88880000", Timeout: time.Hour}))
	for _, id := range []string{"1", "2", "3"} {
		_, err := d.open(t, id, invoice.KnownTitle)
		require.NoError(t, err)
		_, err = li.AuthorizeInvoice(id, wechattest.InvoiceTitle{Title: "李雷"})
		require.NoError(t, err)
	}
	order := invoice.Order{PlatformID: "other", OrderID: "1"}
	require.ErrorIs(t, d.RejectInsert(ctx, invoice.Rejection{Order: order, Reason: "r"}), errcode.InvoiceOrderNeverAuthorized)
	_, err := d.GetAuthData(ctx, invoice.Order{PlatformID: "s", OrderID: "4"})
	require.ErrorIs(t, err, errcode.InvoiceOrderNeverAuthorized)
	platform, err := d.GetPlatform(ctx)
	require.NoError(t, err)
	order.PlatformID = platform.ID
	data, err := d.GetAuthData(ctx, order)
	require.NoError(t, err)
	require.Zero(t, data.Info, "the merchant knows the title")
	require.NoError(t, d.RejectInsert(ctx, invoice.Rejection{Order: order, Reason: "r"}))
	_, err = d.GetAuthData(ctx, order)
	require.ErrorIs(t, err, errcode.InvoiceInsertRejected)
	_, err = d.Insert(ctx, d.insertion(t, "1", "李雷", "24442000000000000001"))
	require.ErrorIs(t, err, errcode.InvoiceInsertRejected)

	two := d.insertion(t, "2", "李雷", "24442000000000000002")
	inserted, err := d.Insert(ctx, two)
	require.NoError(t, err)
	_, err = d.Insert(ctx, d.insertion(t, "3", "李雷", "24442000000000000002"))
	require.ErrorIs(t, err, errcode.BillingNumbersRepeated)
	require.ErrorIs(t, d.UpdatePlatformStatus(ctx, two.CardID, "1", message.InvoiceCancel), errcode.InvoiceNotFound)
	require.ErrorIs(t, d.UpdatePlatformStatus(ctx, two.CardID, inserted.Code, "SOMETHING"), errcode.InvoiceParamsInvalid)
	require.NoError(t, d.UpdatePlatformStatus(ctx, two.CardID, inserted.Code, message.InvoiceCancel))
	require.Equal(t, string(message.InvoiceCancel), li.Invoices()[0].Status)
	chosen := invoice.Ref{CardID: two.CardID, EncryptCode: li.Invoices()[0].EncryptCode}
	require.ErrorIs(t, d.UpdateStatus(ctx, chosen, message.InvoiceLocked), errcode.InvoiceCanceled)
}

// A PDF is kept for three days, or for good in an invoice; a link to it for two hours.
func TestInvoicePDF(t *testing.T) {
	d := newInvoiceDesk(t)
	ctx := t.Context()
	_, err := d.SetPDF(ctx, "invoice.pdf", strings.NewReader("no PDF"))
	require.ErrorIs(t, err, errcode.InvoicePDFInvalid)
	id, err := d.SetPDF(ctx, "invoice.pdf", strings.NewReader("%PDF-1.4"))
	require.NoError(t, err)
	read := func(id string) (string, error) {
		file, err := d.DownloadPDF(ctx, id)
		if err != nil {
			return "", err
		}
		defer func() { require.NoError(t, file.Close()) }()
		content, err := io.ReadAll(file)
		return string(content), err
	}
	content, err := read(id)
	require.NoError(t, err)
	require.Equal(t, "%PDF-1.4", content)
	link, err := d.GetPDF(ctx, id)
	require.NoError(t, err)
	require.Equal(t, 2*time.Hour, link.Life)
	d.p.Advance(2 * time.Hour)
	_, err = d.oa.Download(ctx, link.URL)
	var answer *errcode.ResponseError
	require.ErrorAs(t, err, &answer, "the link has ended")

	require.NoError(t, d.SetContact(ctx, invoice.Contact{Phone: "1", Timeout: time.Hour}))
	_, err = d.open(t, "1", invoice.KnownTitle)
	require.NoError(t, err)
	_, err = d.p.User("oLiLei").AuthorizeInvoice("1", wechattest.InvoiceTitle{})
	require.NoError(t, err)
	insertion := d.insertion(t, "1", "李雷", "1")
	_, err = d.Insert(ctx, insertion)
	require.NoError(t, err)
	d.p.Advance(3 * 24 * time.Hour)
	_, err = read(id)
	require.ErrorIs(t, err, errcode.InvoicePDFInvalid)
	content, err = read(insertion.PDFMediaID)
	require.NoError(t, err)
	require.Equal(t, "%PDF-1.4 1", content)
}

// A PDF that no invoice uses is kept for three days, a link to it is valid for two hours.
func TestInvoicePDFLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newInvoiceDesk(t)
		ctx := t.Context()
		id, err := d.SetPDF(ctx, "invoice.pdf", strings.NewReader("%PDF-1.4"))
		require.NoError(t, err)
		d.p.Advance(3*24*time.Hour - 2*time.Hour)
		link, err := d.GetPDF(ctx, id)
		require.NoError(t, err)
		read := func() (status int) {
			resp, err := d.p.Client().Get(link.URL)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			return resp.StatusCode
		}
		d.p.Advance(2*time.Hour - time.Second)
		require.Equal(t, 200, read())
		link, err = d.GetPDF(ctx, id)
		require.NoError(t, err)
		d.p.Advance(time.Second)
		_, err = d.GetPDF(ctx, id)
		require.ErrorIs(t, err, errcode.InvoicePDFInvalid)
		require.Equal(t, 404, read(), "the link is new, but the file is gone")

		id, err = d.SetPDF(ctx, "invoice.pdf", strings.NewReader("%PDF-1.4"))
		require.NoError(t, err)
		link, err = d.GetPDF(ctx, id)
		require.NoError(t, err)
		d.p.Advance(2 * time.Hour)
		require.Equal(t, 404, read())
	})
}

func TestInvoiceTitles(t *testing.T) {
	d := newInvoiceDesk(t)
	ctx, li := t.Context(), d.p.User("oLiLei")
	title := wechattest.InvoiceTitle{Company: true, Title: "李雷公司", Phone: "020", TaxNo: "91440101MA59Q0N66X", Address: "广州", BankType: "工行", BankNo: "2"}
	url, err := d.GetUserTitleURL(ctx, invoice.UserTitle{Title: "李雷公司"})
	require.NoError(t, err)
	_, err = li.ChooseInvoiceTitle(url, title)
	require.ErrorIs(t, err, wechattest.ErrTitlePage)
	url, err = d.GetSelectTitleURL(ctx, invoice.SelectTitle{Attach: "till 7"})
	require.NoError(t, err)
	_, err = li.ChooseInvoiceTitle(url, title)
	require.NoError(t, err)
	require.Len(t, d.titles, 1)
	require.Equal(t, "till 7", d.titles[0].Attach)
	require.Equal(t, "李雷公司", d.titles[0].Title)
	require.Equal(t, message.InvoiceTitleCompany, d.titles[0].TitleType)

	scanned, err := d.ScanTitle(ctx, li.ShowInvoiceTitle(title))
	require.NoError(t, err)
	require.Equal(t, &invoice.Title{
		Type: invoice.CompanyType, Title: "李雷公司", Phone: "020", TaxNo: "91440101MA59Q0N66X", Address: "广州", BankType: "工行", BankNo: "2",
	}, scanned)
	_, err = d.ScanTitle(ctx, "https://w.url.cn/s/old")
	require.ErrorIs(t, err, errcode.InvoiceScanTextExpired)
}

// TestInvoiceMakeOut has WeChat issue an invoice and reverse it.
func TestInvoiceMakeOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newInvoiceDesk(t)
		ctx, li := t.Context(), d.p.User("oLiLei")
		require.NoError(t, d.SetContact(ctx, invoice.Contact{Phone: "1", Timeout: time.Hour}))
		issue := invoice.Issue{
			OpenID: "oLiLei", OrderID: "1", Serial: "mch001-1", Drawer: "开票人", Total: 106_00, Amount: 100_00, Tax: 6_00,
			Seller: invoice.Seller{TaxNo: "S1", Name: "卖方", Address: "深圳", Phone: "0755", Bank: "建行", BankAccount: "4"},
			Buyer:  invoice.Buyer{Name: "李雷"},
			Lines:  []invoice.Line{{Type: invoice.NormalLine, TaxCode: "1", Name: "牙膏", Quantity: "1", Price: "100", TaxRate: "0.06", Amount: 100_00, Tax: 6_00}},
		}
		require.ErrorIs(t, d.MakeOut(ctx, issue), errcode.InvoiceOrderNeverAuthorized)
		_, err := d.open(t, "1", invoice.KnownTitle)
		require.NoError(t, err)
		require.ErrorIs(t, d.MakeOut(ctx, issue), errcode.InvoiceOrderNeverAuthorized, "the user has not answered")
		for _, id := range []string{"1", "2"} {
			_, err := d.open(t, id, invoice.KnownTitle)
			require.NoError(t, err)
			_, err = li.AuthorizeInvoice(id, wechattest.InvoiceTitle{Title: "李雷"})
			require.NoError(t, err)
		}
		other := issue
		other.OpenID = "oHanMeimei"
		require.ErrorIs(t, d.MakeOut(ctx, other), errcode.InvoiceOrderNeverAuthorized, "another user has")
		require.NoError(t, d.MakeOut(ctx, issue))
		require.NoError(t, d.MakeOut(ctx, issue), "a repetition")
		other = issue
		other.OrderID = "2"
		require.ErrorIs(t, d.MakeOut(ctx, other), errcode.FiscalSerialOtherOrder)
		other = issue
		other.Serial = "mch001-2"
		require.ErrorIs(t, d.MakeOut(ctx, other), errcode.FiscalOrderOtherSerial)
		synctest.Wait()
		require.Len(t, d.results, 1)
		require.Equal(t, "mch001-1", d.results[0].RequestID)

		issued, err := d.GetIssued(ctx, "mch001-1", "S1")
		require.NoError(t, err)
		require.True(t, issued.Time.Equal(time.Now()), issued.Time)
		_, err = d.GetIssued(ctx, "mch001-1", "S2")
		require.ErrorIs(t, err, errcode.FiscalTaxpayerIDMismatch)
		_, err = d.GetIssued(ctx, "mch001-2", "S1")
		require.ErrorIs(t, err, errcode.FiscalSerialNotFound)
		reversal := invoice.Reversal{
			OpenID: "oLiLei", Serial: "mch001-1", TaxNo: "S1", SellerName: "卖方", BillingCode: issued.BillingCode, BillingNo: issued.BillingNo,
		}
		wrong := reversal
		wrong.BillingNo = "1"
		require.ErrorIs(t, d.ClearOut(ctx, wrong), errcode.BillingNumbersInvalid)
		wrong = reversal
		wrong.BillingCode = "1"
		require.ErrorIs(t, d.ClearOut(ctx, wrong), errcode.BillingNumbersInvalid)
		require.NoError(t, d.ClearOut(ctx, reversal))
		require.ErrorIs(t, d.ClearOut(ctx, reversal), errcode.InvoiceCanceled)
	})
}

// An authorization page needs a ticket that is valid now.
func TestInvoiceTicket(t *testing.T) {
	d := newInvoiceDesk(t)
	require.NoError(t, d.SetContact(t.Context(), invoice.Contact{Phone: "1", Timeout: time.Hour}))
	_, err := d.GetAuthURL(t.Context(), invoice.AuthRequest{
		Order: invoice.Order{PlatformID: "s", OrderID: "1"}, Source: message.InvoiceFromApp, Ticket: token.New("stale", time.Time{}),
	})
	require.ErrorIs(t, err, errcode.InvoiceParamsInvalid)
}
