package template

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

type consentKey struct{ openid, template string }

// notice is one of the account's private templates for notices.
type notice struct {
	owner     server.Owner
	id, title string
	kind      int // oneTime or longTerm
	keywords  []publicKeyword
}

const (
	oneTime     = 2
	longTerm    = 3
	keptConsent = -1

	// ViaSubscribe is the value of Via for subscription notices.
	ViaSubscribe server.Via = "subscribe"

	maxNotices    = 50 // 25 in other documents
	maxTitlesPage = 30
	maxSceneDesc  = 15 // characters
)

// publicNotice is a template of the public library, which has only a few here.
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

func (a *Area) subscribeEndpoints() []server.Endpoint {
	return []server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/message/subscribe/bizsend", Body: server.EscapedBody, Handle: server.JSON(a.sendNotice)},
		{Method: http.MethodPost, Path: "/wxaapi/newtmpl/addtemplate", Handle: server.JSON(a.addNotice)},
		{Method: http.MethodPost, Path: "/wxaapi/newtmpl/deltemplate", Handle: server.JSON(a.deleteNotice)},
		{Method: http.MethodGet, Path: "/wxaapi/newtmpl/getcategory", Handle: a.listNoticeCategories},
		{Method: http.MethodGet, Path: "/wxaapi/newtmpl/getpubtemplatekeywords", Handle: a.listNoticeKeywords},
		{Method: http.MethodGet, Path: "/wxaapi/newtmpl/getpubtemplatetitles", Handle: a.listNoticeTitles},
		{Method: http.MethodGet, Path: "/wxaapi/newtmpl/gettemplate", Handle: a.listNotices},
	}
}

func (a *Area) findNotice(id string) *notice {
	return server.Find(a.notices, func(n *notice) bool { return n.id == id })
}

// noticesOf returns the templates of one account.
func (a *Area) noticesOf(o server.Owner) []*notice {
	var own []*notice
	for _, n := range a.notices {
		if n.owner == o {
			own = append(own, n)
		}
	}
	return own
}

// sendNotice is POST /cgi-bin/message/subscribe/bizsend. The outcome reaches the
// bot as subscribe_msg_sent_event.
func (a *Area) sendNotice(c *server.Call, in templateMessage) (any, error) {
	u, err := c.Receiver(in.ToUser)
	if err != nil {
		return nil, err
	}
	n := a.findNotice(in.TemplateID)
	switch {
	case n == nil || n.owner != c.Owner:
		return nil, server.Failf(40037, "invalid template_id")
	case !in.MiniProgram.valid():
		return nil, server.Fail(40013)
	}
	shown, err := n.fill(in.Data)
	if err != nil {
		return nil, err
	}
	if id, known := a.repeated(c, in); known {
		return server.OK{"msgid": id}, nil
	}
	consent := consentKey{in.ToUser, in.TemplateID}
	switch a.consents[consent] {
	case 0:
		return nil, server.Failf(43101, "user refuse to accept the msg")
	case keptConsent:
	default:
		a.consents[consent]--
	}
	a.s.Receive(c.Owner, u, shown, ViaSubscribe, c.Body)
	id := c.NextID()
	a.remember(c, in, id)
	c.Event(u, callback.SubscribeMsgSent(n.id, strconv.FormatInt(id, 10), 0, "success"))
	return server.OK{"msgid": id}, nil
}

// fill returns the notice as its receiver sees it, or an error if a keyword is missing
// or a value breaks the rule of its kind.
func (n *notice) fill(data map[string]templateValue) (callback.Shown, error) {
	shown := callback.Shown{Type: replyTemplate, Title: n.title}
	var lines []string
	for _, k := range n.keywords {
		value := data[k.key()].Value
		if value == "" || tooLong(k.rule, value) {
			return shown, server.Failf(47003, "argument invalid! data.%s.value invalid", k.key())
		}
		lines = append(lines, k.name+":"+value)
	}
	shown.Content = strings.Join(lines, "\n")
	return shown, nil
}

// addNotice is POST /wxaapi/newtmpl/addtemplate.
func (a *Area) addNotice(c *server.Call, in struct {
	TID   server.Scalar   `json:"tid"`
	Kids  []server.Number `json:"kidList"`
	Scene string          `json:"sceneDesc"`
}) (any, error) {
	public, found := findPublicNotice(string(in.TID))
	n := &notice{owner: c.Owner, id: newTemplateID(), title: public.title, kind: public.kind}
	switch {
	case !found:
		return nil, server.Failf(200014, "invalid tid")
	case len(in.Kids) < 2 || len(in.Kids) > 5:
		return nil, server.Failf(200020, "invalid kidList")
	case in.Scene == "" || utf8.RuneCountInString(in.Scene) > maxSceneDesc:
		return nil, server.Failf(200021, "invalid sceneDesc")
	case len(a.noticesOf(c.Owner)) == maxNotices:
		return nil, server.Failf(200012, "template num exceeds limit")
	}
	for _, kid := range in.Kids {
		i := slices.IndexFunc(public.keywords, func(k publicKeyword) bool { return k.kid == int(kid) })
		if i < 0 || slices.Contains(n.keywords, public.keywords[i]) {
			return nil, server.Failf(200020, "invalid kidList")
		}
		n.keywords = append(n.keywords, public.keywords[i])
	}
	if slices.ContainsFunc(a.noticesOf(c.Owner), n.same) {
		return nil, server.Failf(200022, "the same template exists")
	}
	a.notices = append(a.notices, n)
	return server.OK{"priTmplId": n.id}, nil
}

// same reports whether both templates have the same title and keywords.
func (n *notice) same(other *notice) bool {
	return n.title == other.title && slices.Equal(n.keywords, other.keywords)
}

// deleteNotice is POST /wxaapi/newtmpl/deltemplate.
func (a *Area) deleteNotice(c *server.Call, in struct {
	ID string `json:"priTmplId"`
}) (any, error) {
	n := a.findNotice(in.ID)
	if n == nil || n.owner != c.Owner {
		return nil, server.Failf(200002, "invalid input")
	}
	a.notices = server.Without(a.notices, n)
	return nil, nil
}

// noticeRows is an answer with rows.
func noticeRows(rows []server.Object) server.OK {
	return server.OK{"data": rows}
}

// listNoticeCategories is GET /wxaapi/newtmpl/getcategory.
func (a *Area) listNoticeCategories(*server.Call) (any, error) {
	rows := []server.Object{}
	for _, id := range []int{307, 616} {
		rows = append(rows, server.Object{"id": id, "name": noticeCategories()[id]})
	}
	return noticeRows(rows), nil
}

// listNoticeKeywords is GET /wxaapi/newtmpl/getpubtemplatekeywords.
func (a *Area) listNoticeKeywords(c *server.Call) (any, error) {
	public, found := findPublicNotice(c.Query.Get("tid"))
	if !found {
		return nil, server.Failf(200014, "invalid tid")
	}
	rows := []server.Object{}
	for _, k := range public.keywords {
		rows = append(rows, server.Object{"kid": k.kid, "name": k.name, "example": k.example, "rule": k.rule})
	}
	answer := noticeRows(rows)
	answer["count"] = len(rows)
	return answer, nil
}

// listNoticeTitles is GET /wxaapi/newtmpl/getpubtemplatetitles.
func (a *Area) listNoticeTitles(c *server.Call) (any, error) {
	ids := c.Query.Get("ids")
	if ids == "" {
		return nil, server.Failf(200018, "missing ids")
	}
	start, err := strconv.Atoi(c.Query.Get("start"))
	if err != nil || start < 0 {
		return nil, server.Failf(200016, "invalid start")
	}
	limit, err := strconv.Atoi(c.Query.Get("limit"))
	if err != nil || limit < 1 || limit > maxTitlesPage {
		return nil, server.Failf(200017, "invalid limit")
	}
	wanted := map[int]bool{}
	for text := range strings.SplitSeq(ids, ",") {
		id, err := strconv.Atoi(text)
		if err != nil || noticeCategories()[id] == "" {
			return nil, server.Failf(200019, "invalid ids")
		}
		wanted[id] = true
	}
	rows, count := []server.Object{}, 0
	for _, n := range noticeLibrary() {
		if !wanted[n.category] {
			continue
		}
		if count >= start && len(rows) < limit {
			rows = append(rows, server.Object{"tid": n.tid, "title": n.title, "type": n.kind, "categoryId": strconv.Itoa(n.category)})
		}
		count++
	}
	answer := noticeRows(rows)
	answer["count"] = count
	return answer, nil
}

// listNotices is GET /wxaapi/newtmpl/gettemplate.
func (a *Area) listNotices(c *server.Call) (any, error) {
	rows := []server.Object{}
	for _, n := range a.noticesOf(c.Owner) {
		var content, example strings.Builder
		for _, k := range n.keywords {
			content.WriteString(k.name + ":{{" + k.key() + ".DATA}}\n")
			example.WriteString(k.name + ":" + k.example + "\n")
		}
		rows = append(rows, server.Object{
			"priTmplId": n.id, "title": n.title, "content": content.String(), "example": example.String(), "type": n.kind,
		})
	}
	return noticeRows(rows), nil
}

// Choice is a user's answer to one subscription template.
type Choice struct {
	TemplateID string
	Accept     bool
}

// Consent records a user's choices. Each accepted choice allows one send of the
// template, or any number for a long-term subscription; a rejection ends all consents.
func (a *Area) Consent(u *server.User, choices ...Choice) {
	a.s.Lock()
	defer a.s.Unlock()
	for _, c := range choices {
		key := consentKey{u.OpenID, c.TemplateID}
		n := a.findNotice(c.TemplateID)
		switch {
		case !c.Accept || n == nil:
			delete(a.consents, key)
		case n.kind == longTerm:
			a.consents[key] = keptConsent
		default:
			a.consents[key]++
		}
	}
}

// Notice is one of the account's templates for subscription notices.
type Notice struct{ ID, Title string }

// Notices returns the account's templates for subscription notices.
func (a *Area) Notices() []Notice {
	a.s.Lock()
	defer a.s.Unlock()
	var list []Notice
	for _, n := range a.notices {
		list = append(list, Notice{n.id, n.title})
	}
	return list
}
