// Package template models template messages (模板消息), one-time subscriptions (一次性订阅) and subscription notices (订阅通知).
package template

import (
	"crypto/rand"
	"fmt"
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

// templateID is a client_msg_id that was used for a user.
type templateID struct {
	openid, id string
	msgID      int64
	until      time.Time
}

// blockedTemplate is a template message that the platform has blocked (模板消息被拦截).
type blockedTemplate struct {
	id                                int64
	messageID, title, content, openid string
	sent                              time.Time
}

// The ways by which template and subscription messages reach a user.
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
	own       []*template
	industry  [2]int       // codes; zero is what a fresh account has
	changed   string       // month in which the industry was last changed
	delivered []templateID // client_msg_ids of the last ten minutes
	muted     map[string]bool
	blocked   []blockedTemplate
	once      map[onceConsent]bool // one-time subscriptions not used yet
	notices   []*notice            // templates of subscription notices (订阅通知)
	consents  map[consentKey]int   // sends that a user has agreed to; keptConsent is for as long as the user likes
}

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{s: s}
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/message/template/send", Body: server.EscapedBody, Daily: 100_000, Handle: server.JSON(a.sendTemplate)},
		{Method: http.MethodPost, Path: "/cgi-bin/message/template/subscribe", Body: server.EscapedBody, Handle: server.JSON(a.sendOneTime)},
		{Method: http.MethodPost, Path: "/cgi-bin/template/api_set_industry", Body: server.JSONBody, Handle: server.JSON(a.setIndustry)},
		{Method: http.MethodGet, AlsoBy: http.MethodPost, Path: "/cgi-bin/template/get_industry", Handle: a.getIndustry},
		{Method: http.MethodPost, Path: "/cgi-bin/template/api_add_template", Body: server.JSONBody, Handle: server.JSON(a.addTemplate)},
		{Method: http.MethodGet, AlsoBy: http.MethodPost, Path: "/cgi-bin/template/get_all_private_template", Handle: a.listTemplates},
		{Method: http.MethodPost, Path: "/cgi-bin/template/del_private_template", Body: server.JSONBody, Handle: server.JSON(a.deleteTemplate)},
		{Method: http.MethodPost, Path: "/wxa/sec/queryblocktmplmsg", Body: server.JSONBody, Handle: server.JSON(a.queryBlockedTemplates)},
	}...)
	s.Handle(a.subscribeEndpoints()...)
	return a
}

// templateMessage is the body of POST /cgi-bin/message/template/send, and most of
// that of /cgi-bin/message/template/subscribe.
type templateMessage struct {
	ToUser      string `json:"touser"`
	TemplateID  string `json:"template_id"`
	URL         string `json:"url"`
	MiniProgram *struct {
		AppID string `json:"appid"`
	} `json:"miniprogram"`
	Data        map[string]templateValue `json:"data"`
	ClientMsgID string                   `json:"client_msg_id"`
	Scene       server.Scalar            `json:"scene"`
	Title       string                   `json:"title"`
}

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
	t := a.find(in.TemplateID)
	switch {
	case !u.Following:
		return nil, server.Fail(43004)
	case t == nil:
		return nil, server.Failf(40037, "invalid template_id")
	case in.MiniProgram != nil && in.MiniProgram.AppID == "":
		return nil, server.Fail(40013)
	}
	if err := t.fits(in.Data); err != nil {
		return nil, err
	}
	if id, known := a.repeated(in, c.Now()); known {
		return server.Object{"errcode": 0, "errmsg": "ok", "msgid": id}, nil
	}
	id := c.NextID()
	a.remember(in, id, c.Now())
	status := "success"
	if a.muted[u.OpenID] {
		status = "failed:user block"
	} else {
		a.s.Receive(u, t.render(in.Data), ViaTemplate, c.Body)
	}
	c.Event(u, callback.TemplateSendJobFinish(id, status))
	return server.Object{"errcode": 0, "errmsg": "ok", "msgid": id}, nil
}

func (a *Area) find(id string) *template {
	for _, t := range a.own {
		if t.id == id {
			return t
		}
	}
	return nil
}

// repeated finds the message that was sent to a user with the same client_msg_id
// within ten minutes.
func (a *Area) repeated(in templateMessage, now time.Time) (id int64, known bool) {
	var kept []templateID
	for _, d := range a.delivered {
		if !now.Before(d.until) {
			continue
		}
		kept = append(kept, d)
		if in.ClientMsgID != "" && d.openid == in.ToUser && d.id == in.ClientMsgID {
			id, known = d.msgID, true
		}
	}
	a.delivered = kept
	return id, known
}

func (a *Area) remember(in templateMessage, id int64, now time.Time) {
	if in.ClientMsgID != "" {
		a.delivered = append(a.delivered, templateID{in.ToUser, in.ClientMsgID, id, now.Add(10 * time.Minute)})
	}
}

var mark = regexp.MustCompile(`\{\{\s*(\w+)\.DATA\s*\}\}`)

// keywords are the names in a template's content, in order.
func (t *template) keywords() []string {
	var names []string
	for _, m := range mark.FindAllStringSubmatch(t.content, -1) {
		names = append(names, m[1])
	}
	return names
}

// fits refuses data that lack a keyword or break its kind (参数格式).
func (t *template) fits(data map[string]templateValue) error {
	for _, name := range t.keywords() {
		value := data[name].Value
		switch {
		case name == "first" || name == "remark": // not shown any more, and not asked for
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

// render is the message as its receiver sees it.
func (t *template) render(data map[string]templateValue) callback.Shown {
	text := mark.ReplaceAllStringFunc(t.content, func(m string) string {
		return data[mark.FindStringSubmatch(m)[1]].Value
	})
	return callback.Shown{Type: replyTemplate, Title: t.title, Content: text}
}

// industries are the industries of the old scheme (所属行业), by code.
func industries() [][2]string {
	return [][2]string{
		1: {"IT科技", "互联网|电子商务"}, 2: {"IT科技", "IT软件与服务"}, 3: {"IT科技", "IT硬件与设备"}, 4: {"IT科技", "电子技术"},
		5: {"IT科技", "通信与运营商"}, 6: {"IT科技", "网络游戏"}, 7: {"金融业", "银行"}, 8: {"金融业", "基金|理财|信托"}, 9: {"金融业", "保险"},
		10: {"餐饮", "餐饮"}, 11: {"酒店旅游", "酒店"}, 12: {"酒店旅游", "旅游"}, 13: {"运输与仓储", "快递"}, 14: {"运输与仓储", "物流"},
		15: {"运输与仓储", "仓储"}, 16: {"教育", "培训"}, 17: {"教育", "院校"}, 18: {"政府与公共事业", "学术科研"}, 19: {"政府与公共事业", "交警"},
		20: {"政府与公共事业", "博物馆"}, 21: {"政府与公共事业", "公共事业|非盈利机构"}, 22: {"医药护理", "医药医疗"}, 23: {"医药护理", "护理美容"},
		24: {"医药护理", "保健与卫生"}, 25: {"交通工具", "汽车相关"}, 26: {"交通工具", "摩托车相关"}, 27: {"交通工具", "火车相关"}, 28: {"交通工具", "飞机相关"},
		29: {"房地产", "建筑"}, 30: {"房地产", "物业"}, 31: {"消费品", "消费品"}, 32: {"商业服务", "法律"}, 33: {"商业服务", "会展"},
		34: {"商业服务", "中介服务"}, 35: {"商业服务", "认证"}, 36: {"商业服务", "审计"}, 37: {"文体娱乐", "传媒"}, 38: {"文体娱乐", "体育"},
		39: {"文体娱乐", "娱乐休闲"}, 40: {"印刷", "印刷"}, 41: {"其它", "其它"},
	}
}

// current are the codes of the account's two industries.
func (a *Area) current() [2]int {
	if a.industry == [2]int{} {
		return [2]int{1, 2}
	}
	return a.industry
}

// setIndustry is POST /cgi-bin/template/api_set_industry: once a month. Templates
// of an industry that is left go with it.
func (a *Area) setIndustry(c *server.Call, in struct {
	First  server.Scalar `json:"industry_id1"`
	Second server.Scalar `json:"industry_id2"`
}) (any, error) {
	var codes [2]int
	for i, text := range []string{string(in.First), string(in.Second)} {
		code, err := strconv.Atoi(text)
		if err != nil || code < 1 || code >= len(industries()) {
			return nil, server.Failf(40102, "invalid industry id")
		}
		codes[i] = code
	}
	if a.changed == server.Month(c.Now()) {
		return nil, server.Failf(43100, "change template too frequently")
	}
	a.industry, a.changed = codes, server.Month(c.Now())
	var kept []*template
	for _, t := range a.own {
		if t.industry == 0 || t.industry == codes[0] || t.industry == codes[1] {
			kept = append(kept, t)
		}
	}
	a.own = kept
	return nil, nil
}

// getIndustry is GET /cgi-bin/template/get_industry.
func (a *Area) getIndustry(c *server.Call) (any, error) {
	codes := a.current()
	class := func(code int) server.Object {
		names := industries()[code]
		return server.Object{"first_class": names[0], "second_class": names[1]}
	}
	return server.Object{"primary_industry": class(codes[0]), "secondary_industry": class(codes[1])}, nil
}

var (
	industryTemplate = regexp.MustCompile(`^(TM|OPENTM)\d+$`)
	categoryTemplate = regexp.MustCompile(`^\d+$`)
)

// addTemplate is POST /cgi-bin/template/api_add_template. The platform's library
// is not modelled: every id of the right form is in it. A category template gets the
// keywords that were named, as thing1, thing2 and so on; one of an industry gets
// first, keyword1, keyword2 and remark.
func (a *Area) addTemplate(c *server.Call, in struct {
	Short    server.Scalar `json:"template_id_short"`
	Keywords []string      `json:"keyword_name_list"`
}) (any, error) {
	t := &template{id: newTemplateID(), title: "模板 " + string(in.Short)}
	switch {
	case categoryTemplate.MatchString(string(in.Short)):
		if len(in.Keywords) == 0 {
			return nil, server.Failf(40246, "invalid keyword_name_list")
		}
		for i, name := range in.Keywords {
			if name == "" {
				return nil, server.Failf(40246, "invalid keyword_name_list")
			}
			t.content += fmt.Sprintf("%s:{{thing%d.DATA}}\n", name, i+1)
			t.example += name + ":示例\n"
		}
	case industryTemplate.MatchString(string(in.Short)):
		t.industry = a.current()[0]
		t.content = "{{first.DATA}}\n内容:{{keyword1.DATA}}\n时间:{{keyword2.DATA}}\n{{remark.DATA}}"
		t.example = "您好\n内容:示例\n时间:2026年1月1日\n谢谢"
	default:
		return nil, server.Failf(40037, "invalid template_id")
	}
	if len(a.own) == maxTemplates {
		return nil, server.Failf(45026, "template num exceeds limit")
	}
	a.own = append(a.own, t)
	return server.Object{"errcode": 0, "errmsg": "ok", "template_id": t.id}, nil
}

// newTemplateID is 43 characters long, as template ids are.
func newTemplateID() string { return (rand.Text() + rand.Text())[:43] }

// listTemplates is GET /cgi-bin/template/get_all_private_template.
func (a *Area) listTemplates(c *server.Call) (any, error) {
	list := []server.Object{}
	for _, t := range a.own {
		var names [2]string
		if t.industry != 0 {
			names = industries()[t.industry]
		}
		list = append(list, server.Object{
			"template_id": t.id, "title": t.title, "content": t.content, "example": t.example,
			"primary_industry": names[0], "deputy_industry": names[1],
		})
	}
	return server.Object{"template_list": list}, nil
}

// deleteTemplate is POST /cgi-bin/template/del_private_template.
func (a *Area) deleteTemplate(c *server.Call, in struct {
	ID string `json:"template_id"`
}) (any, error) {
	t := a.find(in.ID)
	if t == nil {
		return nil, server.Failf(40037, "invalid template_id")
	}
	a.own = server.Without(a.own, t)
	return nil, nil
}

// queryBlockedTemplates is POST /wxa/sec/queryblocktmplmsg: an empty array, or an
// array of the rows whose id is greater than largest_id.
func (a *Area) queryBlockedTemplates(c *server.Call, in struct {
	MessageID string        `json:"tmpl_msg_id"`
	Largest   server.Number `json:"largest_id"`
	Limit     server.Number `json:"limit"`
}) (any, error) {
	if in.Limit < 1 || in.Limit > maxBlockedPage {
		return nil, server.Fail(40097)
	}
	rows := []server.Object{}
	for _, b := range a.blocked {
		if b.messageID == in.MessageID && b.id > int64(in.Largest) && len(rows) < int(in.Limit) {
			rows = append(rows, server.Object{
				"id": b.id, "tmpl_msg_id": b.messageID, "title": b.title, "content": b.content,
				"send_timestamp": b.sent.Unix(), "openid": b.openid,
			})
		}
	}
	return server.Object{"errcode": 0, "errmsg": "ok", "msginfo": rows}, nil
}

// Block has the platform block a template message that was to reach
// a user, under the id of such blocks; /wxa/sec/queryblocktmplmsg lists it.
func (a *Area) Block(messageID, openid, title, content string) {
	a.s.Lock()
	defer a.s.Unlock()
	a.blocked = append(a.blocked, blockedTemplate{a.s.NextID(), messageID, title, content, openid, a.s.Now()})
}

// Mute has a user turn the account's template messages off, or on again:
// sends go on being accepted, but the job event says failed:user block.
func (a *Area) Mute(u *server.User, off bool) {
	a.s.Lock()
	defer a.s.Unlock()
	if a.muted == nil {
		a.muted = map[string]bool{}
	}
	a.muted[u.OpenID] = off
}
