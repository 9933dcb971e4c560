package console

import (
	"bytes"
	"fmt"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// pageState is the state that the console shows in addition to the traffic. It changes
// only after an event; the page itself computes what changes with time.
type pageState struct {
	Account   shownAccount  `json:"account"`
	OffsetMS  int64         `json:"offset_ms"` // platform time minus real time
	Users     []shownUser   `json:"users"`
	Tokens    []shownToken  `json:"tokens"`
	Requests  int           `json:"token_requests"`
	Quotas    []shownQuota  `json:"quotas"`
	Faults    []shownFault  `json:"faults"`
	Templates []shownNotice `json:"templates"` // of subscription notices
	QRCodes   []shownCode   `json:"qrcodes"`
}

type shownAccount struct {
	AppID      string   `json:"appid"`
	OriginalID string   `json:"original_id"`
	Mode       string   `json:"mode"`
	Secret     string   `json:"secret"`
	Token      string   `json:"token"`
	AESKey     string   `json:"aes_key"`
	Base       string   `json:"base"`
	Callbacks  []string `json:"callbacks"`
	TimeoutMS  int64    `json:"timeout_ms"`
}

type shownUser struct {
	OpenID    string              `json:"openid"`
	Following bool                `json:"following"`
	Typing    bool                `json:"typing"`
	Menu      []wechattest.Button `json:"menu"`
}

type shownToken struct {
	Kind    string     `json:"kind"` // stable, classic or other
	Value   string     `json:"value"`
	Expires time.Time  `json:"expires"`
	Retired *time.Time `json:"retired,omitempty"`
}

type shownQuota struct {
	Path     string `json:"path"`
	Used     int    `json:"used"`
	Daily    int    `json:"daily"` // zero: no limit
	Minutely int    `json:"minutely"`
}

type shownFault struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Path    string    `json:"path"`
	Method  string    `json:"method"`
	Share   float64   `json:"share"`
	Left    int       `json:"left"` // number of calls left; zero: unlimited
	Meaning bilingual `json:"meaning"`
}

type shownNotice struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type shownCode struct {
	Ticket string `json:"ticket"`
	Scene  string `json:"scene"`
}

const (
	maxShownUsers  = 200
	maxShownTokens = 20
	maxShownCodes  = 50
)

// state returns the current state of the platform for the console.
func (g *Page) state() *pageState {
	p := g.platform
	return &pageState{
		Account:   g.account(),
		OffsetMS:  p.Advanced().Milliseconds(),
		Users:     g.users(),
		Tokens:    g.tokens(),
		Requests:  p.TokenRequests(),
		Quotas:    g.quotas(),
		Faults:    g.faults(),
		Templates: g.notices(),
		QRCodes:   g.codes(),
	}
}

func (g *Page) account() shownAccount {
	c := g.platform.Config()
	return shownAccount{
		AppID: c.AppID, OriginalID: c.OriginalID, Mode: c.Mode.String(), Base: c.URL, TimeoutMS: c.Timeout.Milliseconds(),
		Secret: ifDefault(c.Secret, wechattest.DefaultSecret), Token: ifDefault(c.Token, wechattest.DefaultToken),
		AESKey:    ifDefault(c.EncodingAESKey, wechattest.DefaultEncodingAESKey),
		Callbacks: append([]string{}, g.platform.CallbackURLs()...),
	}
}

// ifDefault returns a credential if it is the public default; others are not shown.
func ifDefault(value, public string) string {
	if value == public {
		return value
	}
	return ""
}

func (g *Page) users() []shownUser {
	list := []shownUser{}
	for _, u := range g.platform.Users() {
		if len(list) < maxShownUsers {
			list = append(list, shownUser{u.OpenID(), u.Following(), u.Typing(), u.Menu()})
		}
	}
	return list
}

func (g *Page) tokens() []shownToken {
	list := []shownToken{}
	for _, t := range g.platform.Tokens() {
		shown := shownToken{Kind: t.Kind, Value: t.Value[:8] + "…" + t.Value[len(t.Value)-4:], Expires: t.Expiry}
		if !t.Retired.IsZero() {
			shown.Retired = &t.Retired
		}
		if list = append(list, shown); len(list) == maxShownTokens {
			break
		}
	}
	return list
}

func (g *Page) quotas() []shownQuota {
	list := []shownQuota{}
	for _, q := range g.platform.Quotas() {
		list = append(list, shownQuota{q.Path, q.Used, q.Daily, q.Minutely})
	}
	return list
}

func (g *Page) faults() []shownFault {
	list := []shownFault{}
	for _, f := range g.platform.Faults() {
		name := f.Fault.String()
		list = append(list, shownFault{f.ID, name, f.Path, f.Method, f.Share, f.Left, faultMeaning(name)})
	}
	return list
}

func (g *Page) notices() []shownNotice {
	list := []shownNotice{}
	for _, n := range g.platform.NoticeTemplates() {
		list = append(list, shownNotice{n.ID, n.Title})
	}
	return list
}

func (g *Page) codes() []shownCode {
	list := []shownCode{}
	for _, c := range g.platform.QRCodes() {
		if len(list) < maxShownCodes {
			list = append(list, shownCode{c.Ticket, c.Scene})
		}
	}
	return list
}

// shownDeliver returns a delivery in the form of the console.
type shownDeliver struct {
	Exchange int64             `json:"exchange"` // zero: a single request
	Try      int               `json:"try"`
	Instance int               `json:"instance"`
	At       time.Time         `json:"at"`
	TookMS   int64             `json:"took_ms"`
	Method   string            `json:"method"`
	URL      string            `json:"url"`
	Signed   map[string]string `json:"signed"` // the query that the bot has to check
	Request  string            `json:"request"`
	Message  string            `json:"message"`
	Status   int               `json:"status"`
	Answer   string            `json:"answer"`
	Error    string            `json:"error,omitempty"`
	Why      bilingual         `json:"why"`
}

func showDelivery(d wechattest.Delivery, cfg wechattest.Config) shownDeliver {
	s := shownDeliver{
		Exchange: d.Exchange, Try: d.Try, Instance: d.Instance, At: d.Time, TookMS: d.Duration.Milliseconds(),
		Method: d.Method, URL: d.URL, Signed: map[string]string{}, Request: clipText(d.Request), Message: clipText(d.Message),
		Status: d.Status, Answer: clipText(d.Answer), Why: explain(d.Failure(), d, cfg),
	}
	if err := d.Failure(); err != nil {
		s.Error = err.Error()
	}
	if u, err := url.Parse(d.URL); err == nil {
		for name, values := range u.Query() {
			s.Signed[name] = values[0]
		}
	}
	return s
}

// shownCall returns a call in the form of the console, without credentials.
type shownCall struct {
	RID     string    `json:"rid"`
	At      time.Time `json:"at"`
	TookMS  int64     `json:"took_ms"`
	From    string    `json:"from"`
	Method  string    `json:"method"`
	Path    string    `json:"path"`
	Query   string    `json:"query"`
	Request string    `json:"request"`
	Status  int       `json:"status"`
	Answer  string    `json:"answer"`
	Code    int       `json:"code"`
	Remedy  bilingual `json:"remedy"`
	Fault   string    `json:"fault,omitempty"`
	Meaning bilingual `json:"meaning"` // of the fault
}

func showCall(c wechattest.Call) shownCall {
	c = c.Redacted()
	query := c.Query.Encode()
	if query != "" {
		query = "?" + query
	}
	return shownCall{
		RID: c.RID, At: c.Time, TookMS: c.Duration.Milliseconds(), From: c.From, Method: c.Method, Path: c.Path,
		Query: query, Request: showBody(c.Body, c.Size), Status: c.Status, Answer: showBody(c.Answer, int64(len(c.Answer))),
		Code: c.Code, Remedy: remedy(c.Code), Fault: c.Fault, Meaning: faultMeaning(c.Fault),
	}
}

// remedy returns advice about an errcode of the API; empty for success.
func remedy(code int) bilingual {
	if code == 0 {
		return bilingual{}
	}
	c := errcode.Code(code)
	return bilingual{c.RemedyZH(), c.Remedy()}
}

// showBody returns a body as text or, if it is not text, its size.
func showBody(body []byte, size int64) string {
	if !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0 {
		return fmt.Sprintf("(%d bytes)", size)
	}
	return clipText(body)
}
