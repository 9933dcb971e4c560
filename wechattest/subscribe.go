package wechattest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// subscriptions is what the account has of subscription notices (订阅通知).
type subscriptions struct {
	own      []*notice
	consents map[consentKey]int // sends that a user has agreed to; keptConsent is for as long as the user likes
}

type consentKey struct{ openid, template string }

// notice is one of the account's private templates for notices.
type notice struct {
	id, title, scene string
	kind             int // oneTime or longTerm
	keywords         []publicKeyword
}

const (
	oneTime     = 2
	longTerm    = 3
	keptConsent = -1

	// ViaSubscribe is the way of a subscription notice to a user.
	ViaSubscribe Via = "subscribe"

	maxNotices    = 50 // 25 in other documents
	maxTitlesPage = 30
	maxSceneDesc  = 15 // characters
)

// publicNotice is a template of the public library, of which the platform in
// memory has a few.
type publicNotice struct {
	tid, category, kind int
	title               string
	keywords            []publicKeyword
}

type publicKeyword struct {
	kid                 int
	name, example, rule string
}

func (k publicKeyword) key() string { return k.rule + strconv.Itoa(k.kid) }

// noticeCategories are the account's categories (类目).
func noticeCategories() map[int]string { return map[int]string{616: "公交", 307: "IT科技"} }

func noticeLibrary() []publicNotice {
	return []publicNotice{
		{99, 616, oneTime, "付款成功通知", []publicKeyword{
			{1, "付款金额", "10元", "amount"}, {2, "付款时间", "2026年1月1日 12:00", "time"}, {3, "商品名称", "车票", "thing"},
			{4, "订单号", "20260101", "character_string"}, {5, "乘车人", "李雷", "name"}, {6, "备注", "请准时乘车", "thing"},
		}},
		{307, 616, longTerm, "行程变更通知", []publicKeyword{
			{1, "行程", "一号线", "thing"}, {2, "变更时间", "2026年1月1日 12:00", "time"}, {3, "原因", "天气", "thing"},
		}},
		{401, 307, oneTime, "服务到期提醒", []publicKeyword{
			{1, "服务名称", "云主机", "thing"}, {2, "到期时间", "2026年1月1日", "date"}, {3, "剩余天数", "7", "number"},
		}},
	}
}

func findPublicNotice(tid string) (publicNotice, bool) {
	for _, n := range noticeLibrary() {
		if strconv.Itoa(n.tid) == tid {
			return n, true
		}
	}
	return publicNotice{}, false
}

func subscribeEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/message/subscribe/bizsend", body: escapedBody, handle: sendNotice},
		{method: http.MethodPost, path: "/wxaapi/newtmpl/addtemplate", body: jsonBody, handle: addNotice},
		{method: http.MethodPost, path: "/wxaapi/newtmpl/deltemplate", body: jsonBody, handle: deleteNotice},
		{method: http.MethodGet, path: "/wxaapi/newtmpl/getcategory", handle: listNoticeCategories},
		{method: http.MethodGet, path: "/wxaapi/newtmpl/getpubtemplatekeywords", handle: listNoticeKeywords},
		{method: http.MethodGet, path: "/wxaapi/newtmpl/getpubtemplatetitles", handle: listNoticeTitles},
		{method: http.MethodGet, path: "/wxaapi/newtmpl/gettemplate", handle: listNotices},
	}
}

func (s *subscriptions) find(id string) *notice {
	for _, n := range s.own {
		if n.id == id {
			return n
		}
	}
	return nil
}

// sendNotice is POST /cgi-bin/message/subscribe/bizsend. The outcome reaches the
// bot as subscribe_msg_sent_event.
func sendNotice(c *call) (any, error) {
	var in templateMessage
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	u, err := c.receiver(in.ToUser)
	if err != nil {
		return nil, err
	}
	s := &c.areas.subscriptions
	n := s.find(in.TemplateID)
	switch {
	case n == nil:
		return nil, failf(40037, "invalid template_id")
	case in.MiniProgram != nil && in.MiniProgram.AppID == "":
		return nil, fail(40013)
	}
	shown, err := n.fill(in.Data)
	if err != nil {
		return nil, err
	}
	if id, known := c.areas.templates.repeated(in, c.now()); known {
		return object{"errcode": 0, "errmsg": "ok", "msgid": id}, nil
	}
	consent := consentKey{in.ToUser, in.TemplateID}
	switch s.consents[consent] {
	case 0:
		return nil, failf(43101, "user refuse to accept the msg")
	case keptConsent:
	default:
		s.consents[consent]--
	}
	u.receive(Received{Shown: shown, At: c.now(), Via: ViaSubscribe, Raw: c.body})
	id := c.nextID()
	c.areas.templates.remember(in, id, c.now())
	c.event(u, SubscribeMsgSent(n.id, id, 0, "success"))
	return object{"errcode": 0, "errmsg": "ok", "msgid": id}, nil
}

// fill is the notice as its receiver sees it, if the data have every keyword and
// break no kind.
func (n *notice) fill(data map[string]templateValue) (Shown, error) {
	shown := Shown{Type: replyTemplate, Title: n.title}
	var lines []string
	for _, k := range n.keywords {
		value := data[k.key()].Value
		if value == "" || tooLong(k.rule, value) {
			return shown, failf(47003, "argument invalid! data.%s.value invalid", k.key())
		}
		lines = append(lines, k.name+":"+value)
	}
	shown.Content = strings.Join(lines, "\n")
	return shown, nil
}

// addNotice is POST /wxaapi/newtmpl/addtemplate.
func addNotice(c *call) (any, error) {
	var in struct {
		TID   scalar   `json:"tid"`
		Kids  []number `json:"kidList"`
		Scene string   `json:"sceneDesc"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	public, found := findPublicNotice(string(in.TID))
	n := &notice{id: newTemplateID(), title: public.title, scene: in.Scene, kind: public.kind}
	s := &c.areas.subscriptions
	switch {
	case !found:
		return nil, failf(200014, "invalid tid")
	case len(in.Kids) < 2 || len(in.Kids) > 5:
		return nil, failf(200020, "invalid kidList")
	case in.Scene == "" || utf8.RuneCountInString(in.Scene) > maxSceneDesc:
		return nil, failf(200021, "invalid sceneDesc")
	case len(s.own) == maxNotices:
		return nil, failf(200012, "template num exceeds limit")
	}
	for _, kid := range in.Kids {
		i := slices.IndexFunc(public.keywords, func(k publicKeyword) bool { return k.kid == int(kid) })
		if i < 0 || slices.Contains(n.keywords, public.keywords[i]) {
			return nil, failf(200020, "invalid kidList")
		}
		n.keywords = append(n.keywords, public.keywords[i])
	}
	s.own = append(s.own, n)
	return object{"errcode": 0, "errmsg": "ok", "priTmplId": n.id}, nil
}

// deleteNotice is POST /wxaapi/newtmpl/deltemplate.
func deleteNotice(c *call) (any, error) {
	var in struct {
		ID string `json:"priTmplId"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	s := &c.areas.subscriptions
	n := s.find(in.ID)
	if n == nil {
		return nil, failf(200002, "invalid input")
	}
	s.own = without(s.own, n)
	return nil, nil
}

// noticeRows is an answer with rows.
func noticeRows(rows []object) object { return object{"errcode": 0, "errmsg": "ok", "data": rows} }

// listNoticeCategories is GET /wxaapi/newtmpl/getcategory.
func listNoticeCategories(*call) (any, error) {
	rows := []object{}
	for _, id := range []int{307, 616} {
		rows = append(rows, object{"id": id, "name": noticeCategories()[id]})
	}
	return noticeRows(rows), nil
}

// listNoticeKeywords is GET /wxaapi/newtmpl/getpubtemplatekeywords.
func listNoticeKeywords(c *call) (any, error) {
	public, found := findPublicNotice(c.query.Get("tid"))
	if !found {
		return nil, failf(200014, "invalid tid")
	}
	rows := []object{}
	for _, k := range public.keywords {
		rows = append(rows, object{"kid": k.kid, "name": k.name, "example": k.example, "rule": k.rule})
	}
	answer := noticeRows(rows)
	answer["count"] = len(rows)
	return answer, nil
}

// listNoticeTitles is GET /wxaapi/newtmpl/getpubtemplatetitles.
func listNoticeTitles(c *call) (any, error) {
	ids := c.query.Get("ids")
	if ids == "" {
		return nil, failf(200018, "missing ids")
	}
	start, err := strconv.Atoi(c.query.Get("start"))
	if err != nil || start < 0 {
		return nil, failf(200016, "invalid start")
	}
	limit, err := strconv.Atoi(c.query.Get("limit"))
	if err != nil || limit < 1 || limit > maxTitlesPage {
		return nil, failf(200017, "invalid limit")
	}
	wanted := map[int]bool{}
	for text := range strings.SplitSeq(ids, ",") {
		id, err := strconv.Atoi(text)
		if err != nil || noticeCategories()[id] == "" {
			return nil, failf(200019, "invalid ids")
		}
		wanted[id] = true
	}
	rows, count := []object{}, 0
	for _, n := range noticeLibrary() {
		if !wanted[n.category] {
			continue
		}
		if count >= start && len(rows) < limit {
			rows = append(rows, object{"tid": n.tid, "title": n.title, "type": n.kind, "categoryId": strconv.Itoa(n.category)})
		}
		count++
	}
	answer := noticeRows(rows)
	answer["count"] = count
	return answer, nil
}

// listNotices is GET /wxaapi/newtmpl/gettemplate.
func listNotices(c *call) (any, error) {
	rows := []object{}
	for _, n := range c.areas.subscriptions.own {
		var content, example strings.Builder
		for _, k := range n.keywords {
			content.WriteString(k.name + ":{{" + k.key() + ".DATA}}\n")
			example.WriteString(k.name + ":" + k.example + "\n")
		}
		rows = append(rows, object{
			"priTmplId": n.id, "title": n.title, "content": content.String(), "example": example.String(), "type": n.kind,
		})
	}
	return noticeRows(rows), nil
}

// AnswerPopup is the user's answer to a subscription popup (订阅通知弹窗): each
// consent that is accepted allows one send of that template, or any number of one
// for long-term subscription. The bot hears of it as subscribe_msg_popup_event;
// without a bot the consent counts all the same, and the error is [ErrNoBot].
func (u *User) AnswerPopup(consents ...Consent) (*Reply, error) {
	u.consent(consents)
	return u.Send(SubscribeMsgPopup(consents...))
}

// ChangeConsent is the user's change of mind in the account's settings: a template
// that is rejected cannot be sent any more. The bot hears of it as
// subscribe_msg_change_event.
func (u *User) ChangeConsent(consents ...Consent) (*Reply, error) {
	u.consent(consents)
	return u.Send(SubscribeMsgChange(consents...))
}

func (u *User) consent(consents []Consent) {
	p := u.platform
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.areas.subscriptions
	if s.consents == nil {
		s.consents = map[consentKey]int{}
	}
	for _, c := range consents {
		key := consentKey{u.openID, c.TemplateID}
		n := s.find(c.TemplateID)
		switch {
		case c.Status != "accept" || n == nil:
			delete(s.consents, key)
		case n.kind == longTerm:
			s.consents[key] = keptConsent
		default:
			s.consents[key]++
		}
	}
}
