// Package template models template messages (模板消息), one-time subscriptions (一次性订阅) and subscription notices (订阅通知).
package template

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// template is one of the account's templates.
type template struct {
	id, title, content, example string
	industry                    int // of the old scheme; zero for a category template
}

// library is the templates of one account.
type library struct {
	templates []*template
	industry  [2]int // codes; zero for a new account
	changed   string // month in which the industry was last changed
}

// templateID is a client_msg_id that an account used for a user.
type templateID struct {
	owner      server.Owner
	openid, id string
	msgID      int64
	until      time.Time
}

// The values of Via for template and subscription messages.
const (
	ViaTemplate    server.Via = "template"              // message/template/send
	ViaOneTime     server.Via = "one_time_subscription" // message/template/subscribe
	replyTemplate             = callback.ReplyType("template")
	maxTemplates              = 25
	maxThing                  = 20 // characters of a thing keyword
	maxBlockedPage            = 100
	maxOnceTitle              = 15  // characters
	maxOnceContent            = 200 // characters
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s         *server.Server
	libraries map[server.Owner]*library
	delivered []templateID // client_msg_ids of the last ten minutes
	muted     map[string]bool
	blocked   []blockedTemplate
	once      map[onceConsent]bool // one-time subscriptions not used yet
	notices   []*notice            // templates of subscription notices (订阅通知)
	consents  map[consentKey]int   // number of allowed sends; keptConsent means any number
}

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{
		s: s, libraries: map[server.Owner]*library{}, muted: map[string]bool{},
		once: map[onceConsent]bool{}, consents: map[consentKey]int{},
	}
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/message/template/send", Body: server.EscapedBody, Daily: 100_000, Handle: server.JSON(a.sendTemplate)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/template/subscribe", Body: server.EscapedBody, Handle: server.JSON(a.sendOneTime)},
		{Method: http.MethodPost, Path: "/cgi-bin/template/api_set_industry", Handle: server.JSON(a.setIndustry)},
		{Method: http.MethodGet, AlsoBy: http.MethodPost, Path: "/cgi-bin/template/get_industry", Body: server.AnyBody, Handle: a.getIndustry},
		{Method: http.MethodPost, Path: "/cgi-bin/template/api_add_template", Handle: server.JSON(a.addTemplate)},
		{Method: http.MethodGet, AlsoBy: http.MethodPost, Path: "/cgi-bin/template/get_all_private_template", Body: server.AnyBody, Handle: a.listTemplates},
		{Method: http.MethodPost, Path: "/cgi-bin/template/del_private_template", Handle: server.JSON(a.deleteTemplate)},
		{Method: http.MethodPost, Path: "/wxa/sec/queryblocktmplmsg", Handle: server.JSON(a.queryBlockedTemplates)},
	}...)
	s.Handle(a.subscribeEndpoints()...)
	return a
}

// templateMessage is the body of POST /cgi-bin/message/template/send, and a part of
// that of /cgi-bin/message/template/subscribe.
type templateMessage struct {
	ToUser      string                   `json:"touser"`
	TemplateID  string                   `json:"template_id"`
	URL         string                   `json:"url"`
	MiniProgram miniProgram              `json:"miniprogram"`
	Data        map[string]templateValue `json:"data"`
	ClientMsgID string                   `json:"client_msg_id"`
	Scene       server.Scalar            `json:"scene"`
	Title       string                   `json:"title"`
}

// miniProgram is the mini program that a message opens. It may be absent or empty.
type miniProgram struct {
	AppID    string `json:"appid"`
	PagePath string `json:"pagepath"`
}

func (m miniProgram) valid() bool { return m.AppID != "" || m.PagePath == "" }

type templateValue struct {
	Value string `json:"value"`
}

// sendTemplate is POST /cgi-bin/message/template/send. The outcome reaches the bot
// as TEMPLATESENDJOBFINISH.
func (a *Area) sendTemplate(c *server.Call, in templateMessage) (any, error) {
	u, err := c.Receiver(in.ToUser)
	if err != nil {
		return nil, err
	}
	t := a.of(c.Owner).find(in.TemplateID)
	switch {
	case !u.Following:
		return nil, server.Fail(43004)
	case t == nil:
		return nil, server.Failf(40037, "invalid template_id")
	case !in.MiniProgram.valid():
		return nil, server.Fail(40013)
	}
	if err := t.fits(in.Data); err != nil {
		return nil, err
	}
	if id, known := a.repeated(c, in); known {
		return server.OK{"msgid": id}, nil
	}
	id := c.NextID()
	a.remember(c, in, id)
	status := "success"
	if a.muted[u.OpenID] {
		status = "failed:user block"
	} else {
		a.s.Receive(c.Owner, u, t.render(in.Data), ViaTemplate, c.Body)
	}
	c.Event(u, callback.TemplateSendJobFinish(strconv.FormatInt(id, 10), status))
	return server.OK{"msgid": id}, nil
}

// of returns the templates of an account.
func (a *Area) of(o server.Owner) *library {
	l := a.libraries[o]
	if l == nil {
		l = &library{}
		a.libraries[o] = l
	}
	return l
}

func (l *library) find(id string) *template {
	return server.Find(l.templates, func(t *template) bool { return t.id == id })
}

// repeated returns the account's message to a user with the same client_msg_id within
// ten minutes.
func (a *Area) repeated(c *server.Call, in templateMessage) (id int64, known bool) {
	var kept []templateID
	for _, d := range a.delivered {
		if !c.Now().Before(d.until) {
			continue
		}
		kept = append(kept, d)
		if in.ClientMsgID != "" && d.owner == c.Owner && d.openid == in.ToUser && d.id == in.ClientMsgID {
			id, known = d.msgID, true
		}
	}
	a.delivered = kept
	return id, known
}

func (a *Area) remember(c *server.Call, in templateMessage, id int64) {
	if in.ClientMsgID != "" {
		a.delivered = append(a.delivered, templateID{c.Owner, in.ToUser, in.ClientMsgID, id, c.Now().Add(10 * time.Minute)})
	}
}

var mark = regexp.MustCompile(`\{\{\s*(\w+)\.DATA\s*\}\}`)

// keywords returns the names in a template's content, in order.
func (t *template) keywords() []string {
	var names []string
	for _, m := range mark.FindAllStringSubmatch(t.content, -1) {
		names = append(names, m[1])
	}
	return names
}

// fits returns an error if a keyword is missing or a value breaks the rule of its kind
// (参数格式).
func (t *template) fits(data map[string]templateValue) error {
	for _, name := range t.keywords() {
		value := data[name].Value
		switch {
		case name == "first" || name == "remark": // no longer shown and not required
		case value == "":
			return server.Failf(47003, "argument invalid! data.%s.value is empty", name)
		case tooLong(strings.TrimRight(name, "0123456789"), value):
			return server.Failf(47003, "argument invalid! data.%s.value invalid", name)
		}
	}
	return nil
}

// tooLong reports whether a value is longer than its kind of keyword allows.
func tooLong(kind, value string) bool {
	most, limited := map[string]int{
		"thing": maxThing, "number": 32, "letter": 32, "character_string": 32, "symbol": 5,
		"phone_number": 17, "car_number": 8, "phrase": 5, "name": 20,
	}[kind]
	return limited && utf8.RuneCountInString(value) > most
}

// render returns the message as its receiver sees it.
func (t *template) render(data map[string]templateValue) callback.Shown {
	text := mark.ReplaceAllStringFunc(t.content, func(m string) string {
		return data[mark.FindStringSubmatch(m)[1]].Value
	})
	return callback.Shown{Type: replyTemplate, Title: t.title, Content: text}
}

// Mute disables or enables the account's template messages for a user. While they are
// disabled, sends are accepted and the status of the job event is failed:user block.
func (a *Area) Mute(u *server.User, off bool) {
	a.s.Lock()
	defer a.s.Unlock()
	a.muted[u.OpenID] = off
}
