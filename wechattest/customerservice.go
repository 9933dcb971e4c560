package wechattest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// customerService is the account's agents (客服帐号), their sessions and records.
type customerService struct {
	agents  []*agent
	lastID  int
	serving map[string]session   // by openid
	waiting map[string]time.Time // openid to the time of the last message
	records []chatRecord
}

type agent struct {
	account, nickname, avatar string
	id                        int
	wechatID                  string // bound; empty until an invitation is accepted
	invited                   string // WeChat id; empty if no invitation is open
	inviteStatus              string
	inviteExpires             time.Time
	online                    bool
}

type session struct {
	account string
	since   time.Time
}

// chatRecord is a message between an agent and a user.
type chatRecord struct {
	id           int64
	openid, text string
	worker       string
	opercode     int
	at           time.Time
}

const (
	agentSent     = 2002
	agentReceived = 2003

	maxAgents    = 100
	maxWaiting   = 100
	maxRecords   = 10_000 // rows of one call
	inviteWaits  = "waiting"
	inviteRefuse = "rejected"
	inviteLapsed = "expired"
	inviteLife   = 24 * time.Hour
)

func customerServiceEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodGet, path: "/cgi-bin/customservice/getkflist", handle: listAgents},
		{method: http.MethodGet, path: "/customservice/getkflist", handle: listAgents},
		{method: http.MethodGet, path: "/cgi-bin/customservice/getonlinekflist", handle: listOnlineAgents},
		{method: http.MethodPost, path: "/customservice/kfaccount/add", body: jsonBody, handle: addAgent},
		{method: http.MethodPost, path: "/customservice/kfaccount/update", body: jsonBody, handle: updateAgent},
		{method: http.MethodPost, alsoBy: http.MethodGet, path: "/customservice/kfaccount/del", body: jsonBody, handle: deleteAgent},
		{method: http.MethodPost, path: "/customservice/kfaccount/uploadheadimg", body: anyBody, handle: setAvatar},
		{method: http.MethodPost, path: "/customservice/kfaccount/inviteworker", body: jsonBody, handle: inviteAgent},
		{method: http.MethodPost, path: "/customservice/kfsession/create", body: jsonBody, handle: createSession},
		{method: http.MethodPost, path: "/customservice/kfsession/close", body: jsonBody, handle: closeSession},
		{method: http.MethodGet, path: "/customservice/kfsession/getsession", handle: getSession},
		{method: http.MethodGet, path: "/customservice/kfsession/getsessionlist", handle: listSessions},
		{method: http.MethodGet, path: "/customservice/kfsession/getwaitcase", handle: listWaiting},
		{method: http.MethodPost, path: "/customservice/msgrecord/getmsglist", body: jsonBody, handle: listRecords},
	}
}

// agentCall is the body of the calls about an agent.
type agentCall struct {
	Account  string `json:"kf_account"`
	Nickname string `json:"nickname"`
	Invite   string `json:"invite_wx"`
	OpenID   string `json:"openid"`
}

func (s *customerService) find(account string) *agent {
	i := slices.IndexFunc(s.agents, func(a *agent) bool { return a.account == account })
	if i < 0 {
		return nil
	}
	return s.agents[i]
}

// agent binds a body that names an agent, who must exist.
func (c *call) agent(in *agentCall) (*agent, error) {
	if c.request.Method == http.MethodGet {
		in.Account = c.query.Get("kf_account")
	} else if err := c.bind(in); err != nil {
		return nil, err
	}
	if a := c.customerService.find(in.Account); a != nil {
		return a, nil
	}
	return nil, failf(65401, "invalid custom service account")
}

// listAgents is GET /cgi-bin/customservice/getkflist.
func listAgents(c *call) (any, error) {
	rows := []object{}
	for _, a := range c.customerService.agents {
		a.lapse(c.now())
		row := object{"kf_account": a.account, "kf_nick": a.nickname, "kf_id": a.id, "kf_headimgurl": a.avatar}
		if a.wechatID != "" {
			row["kf_wx"] = a.wechatID
		}
		if a.invited != "" {
			row["invite_wx"], row["invite_expire_time"], row["invite_status"] = a.invited, a.inviteExpires.Unix(), a.inviteStatus
		}
		rows = append(rows, row)
	}
	return object{"kf_list": rows}, nil
}

// lapse ends an invitation that nobody answered.
func (a *agent) lapse(now time.Time) {
	if a.inviteStatus == inviteWaits && !now.Before(a.inviteExpires) {
		a.inviteStatus = inviteLapsed
	}
}

// listOnlineAgents is GET /cgi-bin/customservice/getonlinekflist.
func listOnlineAgents(c *call) (any, error) {
	rows := []object{}
	for _, a := range c.customerService.agents {
		if a.online {
			rows = append(rows, object{"kf_account": a.account, "status": 1, "kf_id": a.id, "accepted_case": c.customerService.cases(a.account)})
		}
	}
	return object{"kf_online_list": rows}, nil
}

// cases is how many users an agent serves.
func (s *customerService) cases(account string) int {
	n := 0
	for _, open := range s.serving {
		if open.account == account {
			n++
		}
	}
	return n
}

var agentAccount = regexp.MustCompile(`^\w{1,10}@\S{1,30}$`)

func agentNickname(name string) bool { return name != "" && utf8.RuneCountInString(name) <= 16 }

// addAgent is POST /customservice/kfaccount/add.
func addAgent(c *call) (any, error) {
	var in agentCall
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	s := &c.customerService
	switch {
	case !agentAccount.MatchString(in.Account):
		return nil, failf(65404, "illegal kf account")
	case !agentNickname(in.Nickname):
		return nil, failf(65403, "illegal nickname")
	case s.find(in.Account) != nil:
		return nil, failf(65406, "kf account exists")
	case len(s.agents) == maxAgents:
		return nil, failf(65405, "kf account number reached its limit")
	}
	s.lastID++
	s.agents = append(s.agents, &agent{
		account: in.Account, nickname: in.Nickname, id: 1000 + s.lastID,
		avatar: "http://mmbiz.qpic.cn/mmbiz/" + strings.ToLower(in.Account) + "/0",
	})
	return nil, nil
}

// updateAgent is POST /customservice/kfaccount/update.
func updateAgent(c *call) (any, error) {
	var in agentCall
	a, err := c.agent(&in)
	if err != nil {
		return nil, err
	}
	if !agentNickname(in.Nickname) {
		return nil, failf(65403, "illegal nickname")
	}
	a.nickname = in.Nickname
	return nil, nil
}

// deleteAgent is POST /customservice/kfaccount/del. Sessions of the agent end.
func deleteAgent(c *call) (any, error) {
	var in agentCall
	a, err := c.agent(&in)
	if err != nil {
		return nil, err
	}
	s := &c.customerService
	s.agents = without(s.agents, a)
	for openid, open := range s.serving {
		if open.account == a.account {
			delete(s.serving, openid)
		}
	}
	return nil, nil
}

// setAvatar is POST /customservice/kfaccount/uploadheadimg: a jpg in the form field
// media, the account in the query.
func setAvatar(c *call) (any, error) {
	a := c.customerService.find(c.query.Get("kf_account"))
	if a == nil {
		return nil, failf(65401, "invalid custom service account")
	}
	name, content, err := formFile(c.request.Header.Get("Content-Type"), c.body, "media")
	switch {
	case err != nil || name == "" || len(content) == 0:
		return nil, failf(41005, "media data missing")
	case !bytes.HasPrefix(content, []byte{0xff, 0xd8, 0xff}):
		return nil, failf(40005, "invalid file type")
	}
	a.avatar = fmt.Sprintf("http://mmbiz.qpic.cn/mmbiz/%s/%d", strings.ToLower(a.account), len(content))
	return nil, nil
}

// formFile is the file in a field of a multipart form.
func formFile(contentType string, body []byte, field string) (name string, content []byte, err error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", nil, err
	}
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for {
		part, err := form.NextPart()
		if err != nil {
			return "", nil, err
		}
		if part.FormName() == field {
			content, err := io.ReadAll(part)
			return part.FileName(), content, err
		}
	}
}

// inviteAgent is POST /customservice/kfaccount/inviteworker: somebody is asked to
// be the agent. See [Platform.AnswerInvitation].
func inviteAgent(c *call) (any, error) {
	var in agentCall
	a, err := c.agent(&in)
	if err != nil {
		return nil, err
	}
	for _, other := range c.customerService.agents {
		other.lapse(c.now())
		if other.wechatID == in.Invite && in.Invite != "" {
			return nil, failf(65407, "the invited user is a worker already")
		}
	}
	switch {
	case in.Invite == "":
		return nil, failf(65409, "invalid wechat id")
	case a.wechatID != "":
		return nil, failf(65412, "kf account is bound already")
	case a.inviteStatus == inviteWaits && a.invited == in.Invite:
		return nil, failf(65408, "the user was invited already")
	case a.inviteStatus == inviteWaits:
		return nil, failf(65411, "an invitation is open already")
	}
	a.invited, a.inviteStatus, a.inviteExpires = in.Invite, inviteWaits, c.now().Add(inviteLife)
	return nil, nil
}

// AnswerInvitation has the person who was invited to be an agent accept, or refuse.
// It is an error if no invitation to the account is open.
func (p *Platform) AnswerInvitation(account string, accept bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.customerService.find(account)
	if a == nil {
		return fmt.Errorf("wechattest: there is no agent %s", account)
	}
	if a.lapse(p.now()); a.inviteStatus != inviteWaits {
		return fmt.Errorf("wechattest: no invitation to %s is open", account)
	}
	if !accept {
		a.inviteStatus = inviteRefuse
		return nil
	}
	a.wechatID, a.invited, a.inviteStatus = a.invited, "", ""
	return nil
}

// SetAgentOnline has an agent come to the desk, or leave it. It is an error if
// there is no such agent.
func (p *Platform) SetAgentOnline(account string, online bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.customerService.find(account)
	if a == nil {
		return fmt.Errorf("wechattest: there is no agent %s", account)
	}
	a.online = online
	return nil
}

// AgentSend has an agent write to a user whom it serves. The message needs no reply
// window.
func (p *Platform) AgentSend(account, openid, text string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.users[openid]
	if u == nil || p.customerService.serving[openid].account != account {
		return fmt.Errorf("wechattest: agent %s does not serve %s", account, openid)
	}
	u.receive(Received{Shown: Shown{Type: ReplyText, Content: text, KfAccount: account}, At: p.now(), Via: ViaCustomerService})
	p.customerService.record(chatRecord{p.nextID(), openid, text, account, agentSent, p.now()})
	return nil
}

// maxKeptRecords bounds what is kept of the chats.
const maxKeptRecords = 50_000

func (s *customerService) record(r chatRecord) {
	if len(s.records) == maxKeptRecords {
		s.records = slices.Delete(s.records, 0, maxKeptRecords/4)
	}
	s.records = append(s.records, r)
}

// createSession is POST /customservice/kfsession/create. The bot hears of it as
// kf_create_session.
func createSession(c *call) (any, error) {
	var in agentCall
	a, err := c.agent(&in)
	if err != nil {
		return nil, err
	}
	u, err := c.receiver(in.OpenID)
	if err != nil {
		return nil, err
	}
	open, served := c.customerService.serving[in.OpenID]
	switch {
	case served && open.account != in.Account:
		return nil, failf(65414, "another worker serves the customer")
	case !a.online:
		return nil, failf(65415, "worker is not online")
	case served:
		return nil, nil
	}
	c.openSession(u, in.Account, c.now())
	c.event(u, KfCreateSession(in.Account))
	return nil, nil
}

func (p *Platform) openSession(u *User, account string, now time.Time) {
	s := &p.customerService
	if s.serving == nil {
		s.serving = map[string]session{}
	}
	delete(s.waiting, u.openID)
	s.serving[u.openID] = session{account, now}
}

// closeSession is POST /customservice/kfsession/close. The bot hears of it as
// kf_close_session.
func closeSession(c *call) (any, error) {
	var in agentCall
	if _, err := c.agent(&in); err != nil {
		return nil, err
	}
	u, err := c.receiver(in.OpenID)
	if err != nil {
		return nil, err
	}
	open, served := c.customerService.serving[in.OpenID]
	switch {
	case !served:
		return nil, failf(65413, "the customer has no open session")
	case open.account != in.Account:
		return nil, failf(65414, "another worker serves the customer")
	}
	delete(c.customerService.serving, in.OpenID)
	c.event(u, KfCloseSession(in.Account))
	return nil, nil
}

// getSession is GET /customservice/kfsession/getsession.
func getSession(c *call) (any, error) {
	if _, err := c.receiver(c.query.Get("openid")); err != nil {
		return nil, err
	}
	open, served := c.customerService.serving[c.query.Get("openid")]
	answer := object{"errcode": 0, "errmsg": "ok", "kf_account": open.account, "createtime": 0}
	if served {
		answer["createtime"] = open.since.Unix()
	}
	return answer, nil
}

// listSessions is GET /customservice/kfsession/getsessionlist.
func listSessions(c *call) (any, error) {
	account := c.query.Get("kf_account")
	if c.customerService.find(account) == nil {
		return nil, failf(65401, "invalid custom service account")
	}
	rows := []object{}
	for _, openid := range sortedKeys(c.customerService.serving) {
		if open := c.customerService.serving[openid]; open.account == account {
			rows = append(rows, object{"openid": openid, "createtime": open.since.Unix()})
		}
	}
	return object{"sessionlist": rows}, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// listWaiting is GET /customservice/kfsession/getwaitcase: who waits longest comes first.
func listWaiting(c *call) (any, error) {
	s := &c.customerService
	openids := sortedKeys(s.waiting)
	slices.SortStableFunc(openids, func(a, b string) int { return s.waiting[a].Compare(s.waiting[b]) })
	rows := []object{}
	for _, openid := range openids[:min(len(openids), maxWaiting)] {
		rows = append(rows, object{"openid": openid, "latest_time": s.waiting[openid].Unix()})
	}
	return object{"count": len(openids), "waitcaselist": rows}, nil
}

// listRecords is POST /customservice/msgrecord/getmsglist.
func listRecords(c *call) (any, error) {
	var in struct {
		Start  number `json:"starttime"`
		End    number `json:"endtime"`
		MsgID  number `json:"msgid"`
		Number number `json:"number"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	switch {
	case in.Start <= 0 || in.End < in.Start || in.MsgID < 1 || in.Number < 1 || in.Number > maxRecords:
		return nil, failf(65416, "invalid parameter")
	case in.End-in.Start > number(24*time.Hour/time.Second):
		return nil, failf(65417, "time span is too long")
	}
	rows, last := []object{}, int64(in.MsgID)
	for _, r := range c.customerService.records {
		if at := number(r.at.Unix()); r.id <= int64(in.MsgID) || at < in.Start || at > in.End || len(rows) == int(in.Number) {
			continue
		}
		rows = append(rows, object{"openid": r.openid, "opercode": r.opercode, "text": r.text, "time": r.at.Unix(), "worker": r.worker})
		last = r.id
	}
	return object{"recordlist": rows, "number": len(rows), "msgid": last}, nil
}

// heard tells customer service of a user's message and the bot's reply to it: a
// message in a session is recorded, and one that the bot transfers makes the user
// wait, or opens a session with the agent that was named.
func (p *Platform) heard(u *User, m Message, r *Reply, err error) {
	if m.isEvent() || m.From == systemSender {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s, now := &p.customerService, p.now()
	if open, served := s.serving[u.openID]; served {
		s.record(chatRecord{p.nextID(), u.openID, m.line(), open.account, agentReceived, now})
		return
	}
	if r.Type != ReplyTransfer || errors.Is(err, ErrTransfer) {
		return
	}
	if a := s.find(r.KfAccount); a != nil && a.online {
		p.openSession(u, a.account, now)
		s.record(chatRecord{p.nextID(), u.openID, m.line(), a.account, agentReceived, now})
		return
	}
	if s.waiting == nil {
		s.waiting = map[string]time.Time{}
	}
	s.waiting[u.openID] = now
}

// line is a user's message as an agent's record has it: the text, or a placeholder.
func (m Message) line() string {
	for _, e := range m.Elements {
		if m.Type == "text" && e.Name == "Content" {
			return e.Value
		}
	}
	return "[" + m.Type + "]"
}
