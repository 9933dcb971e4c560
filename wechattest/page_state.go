package wechattest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// pageState is what the console shows beside the traffic. It changes only when
// something happened: what time alone changes, the page counts by itself.
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
	OpenID    string   `json:"openid"`
	Following bool     `json:"following"`
	Typing    bool     `json:"typing"`
	Menu      []Button `json:"menu"`
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
	Left    int       `json:"left"` // strikes left; zero: no end
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

// state is the platform as the console shows it now.
func (g *Page) state() *pageState {
	p := g.platform
	requests := p.TokenRequests()
	p.mu.Lock()
	defer p.mu.Unlock()
	return &pageState{
		Account:   p.shownAccount(),
		OffsetMS:  p.offset.Milliseconds(),
		Users:     p.shownUsers(),
		Tokens:    p.shownTokens(),
		Requests:  requests,
		Quotas:    p.shownQuotas(),
		Faults:    p.shownFaults(),
		Templates: p.shownNotices(),
		QRCodes:   p.shownCodes(),
	}
}

func (p *Platform) shownAccount() shownAccount {
	a := shownAccount{
		AppID: p.set.AppID, OriginalID: p.set.OriginalID, Mode: p.set.Mode.String(), Base: p.URL, TimeoutMS: p.set.Timeout.Milliseconds(),
		Secret: ifDefault(p.set.Secret, DefaultSecret), Token: ifDefault(p.set.Token, DefaultToken),
		AESKey: ifDefault(p.set.EncodingAESKey, DefaultEncodingAESKey), Callbacks: []string{},
	}
	if p.bot != nil {
		for _, in := range p.bot.instances {
			a.Callbacks = append(a.Callbacks, in.url)
		}
	}
	return a
}

// ifDefault is a credential that is public already; another is not shown.
func ifDefault(value, public string) string {
	if value == public {
		return value
	}
	return ""
}

func (p *Platform) shownUsers() []shownUser {
	list := []shownUser{}
	for _, id := range slices.Sorted(maps.Keys(p.users)) {
		if u := p.users[id]; id != systemSender && len(list) < maxShownUsers {
			buttons, _ := u.menu()
			list = append(list, shownUser{id, u.following, p.now().Before(u.windows.typing), copyButtons(buttons)})
		}
	}
	return list
}

func (p *Platform) shownTokens() []shownToken {
	list := []shownToken{}
	s := &p.credentials
	for _, t := range s.issued {
		kind := "other"
		switch t {
		case s.stable:
			kind = "stable"
		case s.classic:
			kind = "classic"
		}
		shown := shownToken{Kind: kind, Value: t.value[:8] + "…" + t.value[len(t.value)-4:], Expires: t.expires}
		if !t.retired.IsZero() {
			shown.Retired = &t.retired
		}
		list = append(list, shown)
	}
	slices.SortFunc(list, func(a, b shownToken) int {
		return cmp.Or(b.Expires.Compare(a.Expires), strings.Compare(a.Value, b.Value))
	})
	return list[:min(len(list), maxShownTokens)]
}

func (p *Platform) shownQuotas() []shownQuota {
	list := []shownQuota{}
	today := day(p.now())
	paths := map[string]bool{}
	for path := range p.quotas.paths {
		paths[path] = true
	}
	for path := range p.quotas.limits {
		paths[path] = true
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		e := p.routes[path]
		e.path = path
		l := p.quotas.limit(e)
		q := shownQuota{Path: path, Daily: l.daily, Minutely: l.minutely}
		if u := p.quotas.paths[path]; u != nil && u.day == today {
			q.Used = u.perDay
		}
		list = append(list, q)
	}
	return list
}

func (p *Platform) shownFaults() []shownFault {
	list := []shownFault{}
	for _, f := range p.faults {
		list = append(list, shownFault{f.id, f.Fault.name, f.Path, f.Method, f.Share, max(f.left, 0), faultMeaning(f.Fault.name)})
	}
	return list
}

func (p *Platform) shownNotices() []shownNotice {
	list := []shownNotice{}
	for _, n := range p.areas.subscriptions.own {
		list = append(list, shownNotice{n.id, n.title})
	}
	return list
}

func (p *Platform) shownCodes() []shownCode {
	list := []shownCode{}
	for _, c := range p.areas.qrcodes.byTicket {
		if !c.expired(p.now()) {
			list = append(list, shownCode{c.ticket, c.scene})
		}
	}
	slices.SortFunc(list, func(a, b shownCode) int { return strings.Compare(a.Scene+a.Ticket, b.Scene+b.Ticket) })
	return list[:min(len(list), maxShownCodes)]
}

// shownDeliver is a delivery as the console shows it.
type shownDeliver struct {
	Exchange int64             `json:"exchange"` // zero: on its own
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

func showDelivery(d Delivery, cfg Config) shownDeliver {
	s := shownDeliver{
		Exchange: d.exchange, Try: d.Try, Instance: d.Instance, At: d.At, TookMS: d.Took.Milliseconds(),
		Method: d.Method, URL: d.URL, Signed: map[string]string{}, Request: clipText(d.Request), Message: clipText(d.Message),
		Status: d.Status, Answer: clipText(d.Answer), Why: explain(d.failure(), d, cfg),
	}
	if err := d.failure(); err != nil {
		s.Error = err.Error()
	}
	if u, err := url.Parse(d.URL); err == nil {
		for name, values := range u.Query() {
			s.Signed[name] = values[0]
		}
	}
	return s
}

// shownCall is a call as the console shows it, without credentials.
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

func showCall(c Call) shownCall {
	return shownCall{
		RID: c.RID, At: c.At, TookMS: c.Took.Milliseconds(), From: c.From, Method: c.Method, Path: c.Path,
		Query: redactedQuery(c.Query), Request: showBody(c.Body, c.Size), Status: c.Status, Answer: showBody(c.Answer, int64(len(c.Answer))),
		Code: c.Code, Remedy: remedy(c.Code), Fault: c.Fault, Meaning: faultMeaning(c.Fault),
	}
}

// showBody is a body as text without its secrets, or how much of something else it is.
func showBody(body []byte, size int64) string {
	if !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0 {
		return fmt.Sprintf("(%d bytes)", size)
	}
	return redactBody([]byte(clipText(body)))
}
