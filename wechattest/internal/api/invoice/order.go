package invoice

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Title is a wechattest.InvoiceTitle, which documents its fields.
type Title struct {
	Company                                               bool
	Title, Phone, Email, TaxNo, Address, BankType, BankNo string
	Custom                                                map[string]string
}

// order is a merchant's request for an invoice.
type order struct {
	platformID string
	kind       int // 0 known title, 1 the user fills it in, 2 collect
	source     string
	state      orderState
	at         time.Time // of the authorization
	user       *server.User
	title      Title
}

type orderState int

const (
	asked orderState = iota
	authorized
	rejected
	inserted
)

// Ask is what the authorization page of an order is for.
type Ask struct {
	OrderID    string
	PlatformID string
	Kind       int
	Source     string
	Ticket     string
}

// Request opens an authorization page and returns its address, and for a mini program its
// AppID. The lock is held.
func (a *Area) Request(now time.Time, ask Ask) (address, appID string, err error) {
	if err := server.Present(72031, ask.OrderID, ask.PlatformID, ask.Source, ask.Ticket); err != nil {
		return "", "", err
	}
	if !a.tickets.Valid("wx_card", ask.Ticket, now) {
		return "", "", server.Fail(72031)
	}
	if o := a.orders[ask.OrderID]; o != nil && o.state != asked {
		return "", "", server.Fail(72056)
	}
	a.orders[ask.OrderID] = &order{platformID: ask.PlatformID, kind: ask.Kind, source: ask.Source}
	q := url.Values{"action": {"auth"}, "order_id": {ask.OrderID}, "s_pappid": {ask.PlatformID}}.Encode()
	if ask.Source == "wxa" {
		return "pages/auth/auth?" + q, "wxbf0a9a5b0e0d0c0b", nil
	}
	return "https://mp.weixin.qq.com/bizmall/authinvoice?" + q, "", nil
}

// getAuthURL is POST /card/invoice/getauthurl.
func (a *Area) getAuthURL(c *server.Call, in struct {
	OrderID     server.Scalar  `json:"order_id"`
	PlatformID  string         `json:"s_pappid"`
	Money       *server.Number `json:"money"`
	Time        server.Number  `json:"timestamp"`
	Source      string         `json:"source"`
	RedirectURL string         `json:"redirect_url"`
	Ticket      string         `json:"ticket"`
	Type        *server.Number `json:"type"`
}) (any, error) {
	switch {
	case in.Money == nil || *in.Money < 0 || in.Time <= 0 || in.Type == nil || *in.Type < 0 || *in.Type > 2,
		in.Source == "web" && in.RedirectURL == "":
		return nil, server.Fail(72031)
	case a.settings["contact"] == nil:
		return nil, server.Fail(72063)
	case *in.Type == 1 && a.settings["auth_field"] == nil:
		return nil, server.Fail(72029)
	}
	address, appID, err := a.Request(c.Now(), Ask{string(in.OrderID), in.PlatformID, int(*in.Type), in.Source, in.Ticket})
	if err != nil {
		return nil, err
	}
	answer := server.OK{"auth_url": address}
	if appID != "" {
		answer["appid"] = appID
	}
	return answer, nil
}

// ErrOrder is a page whose order is not waiting for the user.
var ErrOrder = errors.New("wechattest: no authorization page of that order waits for a user")

// Answer has a user allow or refuse the invoice of an order, and returns the event that
// tells the bot.
func (a *Area) Answer(u *server.User, orderID string, allow bool, t Title) (callback.Message, error) {
	a.s.Lock()
	defer a.s.Unlock()
	o := a.orders[orderID]
	if o == nil || o.state != asked {
		return callback.Message{}, ErrOrder
	}
	name := "FailOrderId"
	if allow {
		name = "SuccOrderId"
		o.state, o.at, o.user, o.title = authorized, a.s.Now(), u, t
	}
	return callback.Message{Type: "event", Event: "user_authorize_invoice", Elements: []callback.Element{
		callback.CDATA(name, orderID), callback.CDATA("AppId", a.s.Account.AppID), callback.CDATA("Source", o.source),
	}}, nil
}

// orderName names an order in a request.
type orderName struct {
	OrderID    server.Scalar `json:"order_id"`
	PlatformID string        `json:"s_pappid"`
}

// find returns an order that was not rejected.
func (a *Area) find(in orderName) (*order, error) {
	if err := server.Present(72031, string(in.OrderID), in.PlatformID); err != nil {
		return nil, err
	}
	o := a.orders[string(in.OrderID)]
	switch {
	case o == nil || o.platformID != in.PlatformID:
		return nil, server.Fail(72038)
	case o.state == rejected:
		return nil, server.Fail(72035)
	}
	return o, nil
}

// getAuthData is POST /card/invoice/getauthdata.
func (a *Area) getAuthData(_ *server.Call, in orderName) (any, error) {
	o, err := a.find(in)
	if err != nil {
		return nil, err
	}
	if o.state == asked {
		return server.OK{"invoice_status": "never auth"}, nil
	}
	answer := server.OK{"invoice_status": "auth success", "auth_time": o.at.Unix()}
	if o.kind == 1 {
		answer["user_auth_info"] = o.title.filled()
	}
	return answer, nil
}

// filled is a title as getauthdata has it.
func (t Title) filled() server.Object {
	custom := []server.Object{}
	for _, key := range slices.Sorted(maps.Keys(t.Custom)) {
		custom = append(custom, server.Object{"key": key, "value": t.Custom[key]})
	}
	if t.Company {
		return server.Object{"biz_field": server.Object{
			"title": t.Title, "tax_no": t.TaxNo, "addr": t.Address, "phone": t.Phone, "bank_type": t.BankType, "bank_no": t.BankNo,
			"custom_field": custom,
		}}
	}
	return server.Object{"user_field": server.Object{"title": t.Title, "phone": t.Phone, "email": t.Email, "custom_field": custom}}
}

// rejectInsert is POST /card/invoice/rejectinsert.
func (a *Area) rejectInsert(_ *server.Call, in struct {
	orderName
	Reason string `json:"reason"`
}) (any, error) {
	if err := server.Present(72031, in.Reason); err != nil {
		return nil, err
	}
	o, err := a.find(in.orderName)
	if err != nil {
		return nil, err
	}
	if o.state == inserted {
		return nil, server.Fail(72018)
	}
	o.state = rejected
	return nil, nil
}
