package wechattest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// templates is what the account has of template messages (模板消息).
type templates struct {
	own       []*template
	industry  [2]int       // codes; zero is what a fresh account has
	changed   string       // month in which the industry was last changed
	delivered []templateID // client_msg_ids of the last ten minutes
	muted     map[string]bool
	blocked   []blockedTemplate
	once      map[onceConsent]bool // one-time subscriptions not used yet
}

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

// onceConsent is a user's consent to one message of a one-time subscription (一次性订阅).
type onceConsent struct {
	openid, template, scene string
}

// The ways by which template and subscription messages reach a user.
const (
	ViaTemplate    Via = "template"              // message/template/send
	ViaOneTime     Via = "one_time_subscription" // message/template/subscribe
	replyTemplate      = ReplyType("template")
	maxTemplates       = 25
	maxThing           = 20 // characters of a thing keyword
	maxBlockedPage     = 100
	maxOnceTitle       = 15  // characters
	maxOnceContent     = 200 // characters
)

func templateEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/message/template/send", body: escapedBody, daily: 100_000, handle: sendTemplate},
		{method: http.MethodPost, path: "/cgi-bin/message/template/subscribe", body: escapedBody, handle: sendOneTime},
		{method: http.MethodPost, path: "/cgi-bin/template/api_set_industry", body: jsonBody, handle: setIndustry},
		{method: http.MethodGet, alsoBy: http.MethodPost, path: "/cgi-bin/template/get_industry", handle: getIndustry},
		{method: http.MethodPost, path: "/cgi-bin/template/api_add_template", body: jsonBody, handle: addTemplate},
		{method: http.MethodGet, alsoBy: http.MethodPost, path: "/cgi-bin/template/get_all_private_template", handle: listTemplates},
		{method: http.MethodPost, path: "/cgi-bin/template/del_private_template", body: jsonBody, handle: deleteTemplate},
		{method: http.MethodPost, path: "/wxa/sec/queryblocktmplmsg", body: jsonBody, handle: queryBlockedTemplates},
	}
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
	Scene       scalar                   `json:"scene"`
	Title       string                   `json:"title"`
}

type templateValue struct {
	Value string `json:"value"`
}

// sendTemplate is POST /cgi-bin/message/template/send. The outcome reaches the bot
// as TEMPLATESENDJOBFINISH.
func sendTemplate(c *call) (any, error) {
	var in templateMessage
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	u, err := c.receiver(in.ToUser)
	if err != nil {
		return nil, err
	}
	s := &c.areas.templates
	t := s.find(in.TemplateID)
	switch {
	case !u.following:
		return nil, fail(43004)
	case t == nil:
		return nil, failf(40037, "invalid template_id")
	case in.MiniProgram != nil && in.MiniProgram.AppID == "":
		return nil, fail(40013)
	}
	if err := t.fits(in.Data); err != nil {
		return nil, err
	}
	if id, known := s.repeated(in, c.now()); known {
		return object{"errcode": 0, "errmsg": "ok", "msgid": id}, nil
	}
	id := c.nextID()
	s.remember(in, id, c.now())
	status := "success"
	if s.muted[u.openID] {
		status = "failed:user block"
	} else {
		u.receive(Received{Shown: t.render(in.Data), At: c.now(), Via: ViaTemplate, Raw: c.body})
	}
	c.event(u, TemplateSendJobFinish(id, status))
	return object{"errcode": 0, "errmsg": "ok", "msgid": id}, nil
}

// nextID is an id for a message, as large as the platform's are.
func (p *Platform) nextID() int64 {
	p.lastID++
	return p.lastID
}

// event sends an event that a call has caused, once the call is over. An account
// without a bot does not hear it.
func (c *call) event(u *User, m Message) {
	if c.bot == nil {
		return
	}
	c.later(0, func() { _, _ = u.Send(m) }) // what goes wrong is in the log and in Deliveries
}

func (s *templates) find(id string) *template {
	for _, t := range s.own {
		if t.id == id {
			return t
		}
	}
	return nil
}

// repeated finds the message that was sent to a user with the same client_msg_id
// within ten minutes.
func (s *templates) repeated(in templateMessage, now time.Time) (id int64, known bool) {
	var kept []templateID
	for _, d := range s.delivered {
		if !now.Before(d.until) {
			continue
		}
		kept = append(kept, d)
		if in.ClientMsgID != "" && d.openid == in.ToUser && d.id == in.ClientMsgID {
			id, known = d.msgID, true
		}
	}
	s.delivered = kept
	return id, known
}

func (s *templates) remember(in templateMessage, id int64, now time.Time) {
	if in.ClientMsgID != "" {
		s.delivered = append(s.delivered, templateID{in.ToUser, in.ClientMsgID, id, now.Add(10 * time.Minute)})
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
			return failf(47003, "argument invalid! data.%s.value is empty", name)
		case tooLong(strings.TrimRight(name, "0123456789"), value):
			return failf(47003, "argument invalid! data.%s.value invalid", name)
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
func (t *template) render(data map[string]templateValue) Shown {
	text := mark.ReplaceAllStringFunc(t.content, func(m string) string {
		return data[mark.FindStringSubmatch(m)[1]].Value
	})
	return Shown{Type: replyTemplate, Title: t.title, Content: text}
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
func (s *templates) current() [2]int {
	if s.industry == [2]int{} {
		return [2]int{1, 2}
	}
	return s.industry
}

// setIndustry is POST /cgi-bin/template/api_set_industry: once a month. Templates
// of an industry that is left go with it.
func setIndustry(c *call) (any, error) {
	var in struct {
		First  scalar `json:"industry_id1"`
		Second scalar `json:"industry_id2"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	var codes [2]int
	for i, text := range []string{string(in.First), string(in.Second)} {
		code, err := strconv.Atoi(text)
		if err != nil || code < 1 || code >= len(industries()) {
			return nil, failf(40102, "invalid industry id")
		}
		codes[i] = code
	}
	s := &c.areas.templates
	if s.changed == month(c.now()) {
		return nil, failf(43100, "change template too frequently")
	}
	s.industry, s.changed = codes, month(c.now())
	var kept []*template
	for _, t := range s.own {
		if t.industry == 0 || t.industry == codes[0] || t.industry == codes[1] {
			kept = append(kept, t)
		}
	}
	s.own = kept
	return nil, nil
}

// getIndustry is GET /cgi-bin/template/get_industry.
func getIndustry(c *call) (any, error) {
	codes := c.areas.templates.current()
	class := func(code int) object {
		names := industries()[code]
		return object{"first_class": names[0], "second_class": names[1]}
	}
	return object{"primary_industry": class(codes[0]), "secondary_industry": class(codes[1])}, nil
}

var (
	industryTemplate = regexp.MustCompile(`^(TM|OPENTM)\d+$`)
	categoryTemplate = regexp.MustCompile(`^\d+$`)
)

// addTemplate is POST /cgi-bin/template/api_add_template. The platform's library
// is not modelled: every id of the right form is in it. A category template gets the
// keywords that were named, as thing1, thing2 and so on; one of an industry gets
// first, keyword1, keyword2 and remark.
func addTemplate(c *call) (any, error) {
	var in struct {
		Short    scalar   `json:"template_id_short"`
		Keywords []string `json:"keyword_name_list"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	s := &c.areas.templates
	t := &template{id: newTemplateID(), title: "模板 " + string(in.Short)}
	switch {
	case categoryTemplate.MatchString(string(in.Short)):
		if len(in.Keywords) == 0 {
			return nil, failf(40246, "invalid keyword_name_list")
		}
		for i, name := range in.Keywords {
			if name == "" {
				return nil, failf(40246, "invalid keyword_name_list")
			}
			t.content += fmt.Sprintf("%s:{{thing%d.DATA}}\n", name, i+1)
			t.example += name + ":示例\n"
		}
	case industryTemplate.MatchString(string(in.Short)):
		t.industry = s.current()[0]
		t.content = "{{first.DATA}}\n内容:{{keyword1.DATA}}\n时间:{{keyword2.DATA}}\n{{remark.DATA}}"
		t.example = "您好\n内容:示例\n时间:2026年1月1日\n谢谢"
	default:
		return nil, failf(40037, "invalid template_id")
	}
	if len(s.own) == maxTemplates {
		return nil, failf(45026, "template num exceeds limit")
	}
	s.own = append(s.own, t)
	return object{"errcode": 0, "errmsg": "ok", "template_id": t.id}, nil
}

// newTemplateID is 43 characters long, as template ids are.
func newTemplateID() string { return (rand.Text() + rand.Text())[:43] }

// listTemplates is GET /cgi-bin/template/get_all_private_template.
func listTemplates(c *call) (any, error) {
	list := []object{}
	for _, t := range c.areas.templates.own {
		var names [2]string
		if t.industry != 0 {
			names = industries()[t.industry]
		}
		list = append(list, object{
			"template_id": t.id, "title": t.title, "content": t.content, "example": t.example,
			"primary_industry": names[0], "deputy_industry": names[1],
		})
	}
	return object{"template_list": list}, nil
}

// deleteTemplate is POST /cgi-bin/template/del_private_template.
func deleteTemplate(c *call) (any, error) {
	var in struct {
		ID string `json:"template_id"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	s := &c.areas.templates
	t := s.find(in.ID)
	if t == nil {
		return nil, failf(40037, "invalid template_id")
	}
	s.own = without(s.own, t)
	return nil, nil
}

// queryBlockedTemplates is POST /wxa/sec/queryblocktmplmsg: an empty array, or an
// array of the rows whose id is greater than largest_id.
func queryBlockedTemplates(c *call) (any, error) {
	var in struct {
		MessageID string `json:"tmpl_msg_id"`
		Largest   number `json:"largest_id"`
		Limit     number `json:"limit"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if in.Limit < 1 || in.Limit > maxBlockedPage {
		return nil, fail(40097)
	}
	rows := []object{}
	for _, b := range c.areas.templates.blocked {
		if b.messageID == in.MessageID && b.id > int64(in.Largest) && len(rows) < int(in.Limit) {
			rows = append(rows, object{
				"id": b.id, "tmpl_msg_id": b.messageID, "title": b.title, "content": b.content,
				"send_timestamp": b.sent.Unix(), "openid": b.openid,
			})
		}
	}
	return object{"errcode": 0, "errmsg": "ok", "msginfo": rows}, nil
}

// BlockTemplateMessage has the platform block a template message that was to reach
// a user, under the id of such blocks; /wxa/sec/queryblocktmplmsg lists it.
func (p *Platform) BlockTemplateMessage(messageID, openid, title, content string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.areas.templates
	s.blocked = append(s.blocked, blockedTemplate{p.nextID(), messageID, title, content, openid, p.now()})
}

// MuteTemplates has the user turn the account's template messages off, or on again:
// sends go on being accepted, but the job event says failed:user block.
func (u *User) MuteTemplates(off bool) {
	u.platform.mu.Lock()
	defer u.platform.mu.Unlock()
	s := &u.platform.areas.templates
	if s.muted == nil {
		s.muted = map[string]bool{}
	}
	s.muted[u.openID] = off
}

// ConsentOnce has the user open the page that asks for consent to one message of a
// one-time subscription (一次性订阅消息), at the address where the website sent its
// browser, and press confirm. It returns the address to which the browser then goes.
// An address that the page would not understand is an error.
func (u *User) ConsentOnce(page string) (back *url.URL, err error) {
	p := u.platform
	p.mu.Lock()
	defer p.mu.Unlock()
	q, back, err := consentPage(page, p.set.AppID)
	if err != nil {
		return nil, fmt.Errorf("wechattest: consent page: %w", err)
	}
	return u.answerOnce(q, back, true), nil
}

// answerOnce notes what the user pressed on the page, and is the address to which
// the browser then goes. The lock is held.
func (u *User) answerOnce(q url.Values, back *url.URL, yes bool) *url.URL {
	s, action := &u.platform.areas.templates, "cancel"
	if yes {
		action = "confirm"
		if s.once == nil {
			s.once = map[onceConsent]bool{}
		}
		s.once[onceConsent{u.openID, q.Get("template_id"), q.Get("scene")}] = true
	}
	answer := back.Query()
	answer.Set("openid", u.openID)
	answer.Set("action", action)
	for _, name := range []string{"template_id", "scene", "reserved"} {
		answer.Set(name, q.Get(name))
	}
	back.RawQuery = answer.Encode()
	return back
}

// consentPage reads the address of the page, as the app and the page do.
func consentPage(page, appID string) (q url.Values, back *url.URL, err error) {
	address, err := url.Parse(page)
	switch {
	case err != nil:
		return nil, nil, err
	case address.Scheme != "https" || address.Host != "mp.weixin.qq.com" || address.Path != "/mp/subscribemsg":
		return nil, nil, fmt.Errorf("%q is not its address", address.Host+address.Path)
	case address.Fragment != "wechat_redirect":
		return nil, nil, errors.New("the address does not end in #wechat_redirect")
	}
	q = address.Query()
	back, err = consentQuery(q, appID)
	return q, back, err
}

// consentQuery reads the query of the page's address.
func consentQuery(q url.Values, appID string) (back *url.URL, err error) {
	scene, badScene := strconv.Atoi(q.Get("scene"))
	back, badRedirect := url.Parse(q.Get("redirect_url"))
	switch {
	case q.Get("action") != "get_confirm":
		err = fmt.Errorf("action is %q", q.Get("action"))
	case q.Get("appid") != appID:
		err = fmt.Errorf("appid %q is not the account's", q.Get("appid"))
	case badScene != nil || scene < 0 || scene > 10_000:
		err = fmt.Errorf("scene %q is not 0 to 10000", q.Get("scene"))
	case q.Get("template_id") == "":
		err = errors.New("template_id is missing")
	case badRedirect != nil || back.Host == "":
		err = fmt.Errorf("redirect_url %q is no address", q.Get("redirect_url"))
	case len(q.Get("reserved")) > 128:
		err = errors.New("reserved has more than 128 bytes")
	}
	return back, err
}

// sendOneTime is POST /cgi-bin/message/template/subscribe: one message per consent,
// which also reaches users who do not follow.
func sendOneTime(c *call) (any, error) {
	var in templateMessage
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	u, err := c.receiver(in.ToUser)
	if err != nil {
		return nil, err
	}
	consent := onceConsent{in.ToUser, in.TemplateID, string(in.Scene)}
	s := &c.areas.templates
	switch {
	case in.TemplateID == "":
		return nil, failf(40037, "invalid template_id")
	case in.MiniProgram != nil && in.MiniProgram.AppID == "":
		return nil, fail(40013)
	case in.Title == "" || utf8.RuneCountInString(in.Title) > maxOnceTitle:
		return nil, failf(40062, "invalid title size")
	case in.Data["content"].Value == "":
		return nil, failf(47003, "argument invalid! data.content.value is empty")
	case utf8.RuneCountInString(in.Data["content"].Value) > maxOnceContent:
		return nil, failf(47003, "argument invalid! data.content.value is too long")
	case !s.once[consent]:
		return nil, failf(43101, "user refuse to accept the msg")
	}
	delete(s.once, consent)
	shown := Shown{Type: replyTemplate, Title: in.Title, Content: in.Data["content"].Value}
	u.receive(Received{Shown: shown, At: c.now(), Via: ViaOneTime, Raw: c.body})
	return nil, nil
}
