// Package customerservice models customer-service messages, agents, sessions and records (客服).
package customerservice

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

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

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

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s       *server.Server
	agents  []*agent
	lastID  int
	serving map[string]session   // by openid
	waiting map[string]time.Time // openid to the time of the last message
	records []chatRecord
	windows map[string]*replyWindows // by openid
}

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	k := &Area{s: s}
	s.Handle([]server.Endpoint{
		{Method: http.MethodGet, Path: "/cgi-bin/customservice/getkflist", Handle: k.listAgents},
		{Method: http.MethodGet, Path: "/customservice/getkflist", Handle: k.listAgents},
		{Method: http.MethodGet, Path: "/cgi-bin/customservice/getonlinekflist", Handle: k.listOnlineAgents},
		{Method: http.MethodPost, Path: "/customservice/kfaccount/add", Body: server.JSONBody, Handle: server.JSON(k.addAgent)},
		{Method: http.MethodPost, Path: "/customservice/kfaccount/update", Body: server.JSONBody, Handle: k.updateAgent},
		{Method: http.MethodPost, AlsoBy: http.MethodGet, Path: "/customservice/kfaccount/del", Body: server.JSONBody, Handle: k.deleteAgent},
		{Method: http.MethodPost, Path: "/customservice/kfaccount/uploadheadimg", Body: server.AnyBody, Handle: k.setAvatar},
		{Method: http.MethodPost, Path: "/customservice/kfaccount/inviteworker", Body: server.JSONBody, Handle: k.inviteAgent},
		{Method: http.MethodPost, Path: "/customservice/kfsession/create", Body: server.JSONBody, Handle: k.createSession},
		{Method: http.MethodPost, Path: "/customservice/kfsession/close", Body: server.JSONBody, Handle: k.closeSession},
		{Method: http.MethodGet, Path: "/customservice/kfsession/getsession", Handle: k.getSession},
		{Method: http.MethodGet, Path: "/customservice/kfsession/getsessionlist", Handle: k.listSessions},
		{Method: http.MethodGet, Path: "/customservice/kfsession/getwaitcase", Handle: k.listWaiting},
		{Method: http.MethodPost, Path: "/customservice/msgrecord/getmsglist", Body: server.JSONBody, Handle: server.JSON(k.listRecords)},
	}...)
	s.Handle(k.messageEndpoints()...)
	s.Hooks.Sent = append(s.Hooks.Sent, k.open)
	s.Hooks.Answered = append(s.Hooks.Answered, k.heard)
	return k
}

// agentCall is the body of the calls about an agent.
type agentCall struct {
	Account  string `json:"kf_account"`
	Nickname string `json:"nickname"`
	Invite   string `json:"invite_wx"`
	OpenID   string `json:"openid"`
}

func (k *Area) find(account string) *agent {
	i := slices.IndexFunc(k.agents, func(a *agent) bool { return a.account == account })
	if i < 0 {
		return nil
	}
	return k.agents[i]
}

// agent binds a body that names an agent, who must exist.
func (k *Area) agent(c *server.Call, in *agentCall) (*agent, error) {
	if c.Request.Method == http.MethodGet {
		in.Account = c.Query.Get("kf_account")
	} else if err := c.Bind(in); err != nil {
		return nil, err
	}
	if a := k.find(in.Account); a != nil {
		return a, nil
	}
	return nil, server.Failf(65401, "invalid custom service account")
}

// listAgents is GET /cgi-bin/customservice/getkflist.
func (k *Area) listAgents(c *server.Call) (any, error) {
	rows := []server.Object{}
	for _, a := range k.agents {
		a.lapse(c.Now())
		row := server.Object{"kf_account": a.account, "kf_nick": a.nickname, "kf_id": a.id, "kf_headimgurl": a.avatar}
		if a.wechatID != "" {
			row["kf_wx"] = a.wechatID
		}
		if a.invited != "" {
			row["invite_wx"], row["invite_expire_time"], row["invite_status"] = a.invited, a.inviteExpires.Unix(), a.inviteStatus
		}
		rows = append(rows, row)
	}
	return server.Object{"kf_list": rows}, nil
}

// lapse ends an invitation that nobody answered.
func (a *agent) lapse(now time.Time) {
	if a.inviteStatus == inviteWaits && !now.Before(a.inviteExpires) {
		a.inviteStatus = inviteLapsed
	}
}

// listOnlineAgents is GET /cgi-bin/customservice/getonlinekflist.
func (k *Area) listOnlineAgents(c *server.Call) (any, error) {
	rows := []server.Object{}
	for _, a := range k.agents {
		if a.online {
			rows = append(rows, server.Object{"kf_account": a.account, "status": 1, "kf_id": a.id, "accepted_case": k.cases(a.account)})
		}
	}
	return server.Object{"kf_online_list": rows}, nil
}

// cases is how many users an agent serves.
func (k *Area) cases(account string) int {
	n := 0
	for _, open := range k.serving {
		if open.account == account {
			n++
		}
	}
	return n
}

var agentAccount = regexp.MustCompile(`^\w{1,10}@\S{1,30}$`)

func agentNickname(name string) bool { return name != "" && utf8.RuneCountInString(name) <= 16 }

// addAgent is POST /customservice/kfaccount/add.
func (k *Area) addAgent(c *server.Call, in agentCall) (any, error) {
	switch {
	case !agentAccount.MatchString(in.Account):
		return nil, server.Failf(65404, "illegal kf account")
	case !agentNickname(in.Nickname):
		return nil, server.Failf(65403, "illegal nickname")
	case k.find(in.Account) != nil:
		return nil, server.Failf(65406, "kf account exists")
	case len(k.agents) == maxAgents:
		return nil, server.Failf(65405, "kf account number reached its limit")
	}
	k.lastID++
	k.agents = append(k.agents, &agent{
		account: in.Account, nickname: in.Nickname, id: 1000 + k.lastID,
		avatar: "http://mmbiz.qpic.cn/mmbiz/" + strings.ToLower(in.Account) + "/0",
	})
	return nil, nil
}

// updateAgent is POST /customservice/kfaccount/update.
func (k *Area) updateAgent(c *server.Call) (any, error) {
	var in agentCall
	a, err := k.agent(c, &in)
	if err != nil {
		return nil, err
	}
	if !agentNickname(in.Nickname) {
		return nil, server.Failf(65403, "illegal nickname")
	}
	a.nickname = in.Nickname
	return nil, nil
}

// deleteAgent is POST /customservice/kfaccount/del. Sessions of the agent end.
func (k *Area) deleteAgent(c *server.Call) (any, error) {
	var in agentCall
	a, err := k.agent(c, &in)
	if err != nil {
		return nil, err
	}
	k.agents = server.Without(k.agents, a)
	for openid, open := range k.serving {
		if open.account == a.account {
			delete(k.serving, openid)
		}
	}
	return nil, nil
}

// setAvatar is POST /customservice/kfaccount/uploadheadimg: a jpg in the form field
// media, the account in the query.
func (k *Area) setAvatar(c *server.Call) (any, error) {
	a := k.find(c.Query.Get("kf_account"))
	if a == nil {
		return nil, server.Failf(65401, "invalid custom service account")
	}
	name, content, err := formFile(c.Request.Header.Get("Content-Type"), c.Body, "media")
	switch {
	case err != nil || name == "" || len(content) == 0:
		return nil, server.Failf(41005, "media data missing")
	case !bytes.HasPrefix(content, []byte{0xff, 0xd8, 0xff}):
		return nil, server.Failf(40005, "invalid file type")
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
func (k *Area) inviteAgent(c *server.Call) (any, error) {
	var in agentCall
	a, err := k.agent(c, &in)
	if err != nil {
		return nil, err
	}
	for _, other := range k.agents {
		other.lapse(c.Now())
		if other.wechatID == in.Invite && in.Invite != "" {
			return nil, server.Failf(65407, "the invited user is a worker already")
		}
	}
	switch {
	case in.Invite == "":
		return nil, server.Failf(65409, "invalid wechat id")
	case a.wechatID != "":
		return nil, server.Failf(65412, "kf account is bound already")
	case a.inviteStatus == inviteWaits && a.invited == in.Invite:
		return nil, server.Failf(65408, "the user was invited already")
	case a.inviteStatus == inviteWaits:
		return nil, server.Failf(65411, "an invitation is open already")
	}
	a.invited, a.inviteStatus, a.inviteExpires = in.Invite, inviteWaits, c.Now().Add(inviteLife)
	return nil, nil
}

// AnswerInvitation has the person who was invited to be an agent accept, or refuse.
// It is an error if no invitation to the account is open.
func (k *Area) AnswerInvitation(account string, accept bool) error {
	k.s.Lock()
	defer k.s.Unlock()
	a := k.find(account)
	if a == nil {
		return fmt.Errorf("wechattest: there is no agent %s", account)
	}
	if a.lapse(k.s.Now()); a.inviteStatus != inviteWaits {
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
func (k *Area) SetAgentOnline(account string, online bool) error {
	k.s.Lock()
	defer k.s.Unlock()
	a := k.find(account)
	if a == nil {
		return fmt.Errorf("wechattest: there is no agent %s", account)
	}
	a.online = online
	return nil
}

// AgentSend has an agent write to a user whom it serves. The message needs no reply
// window.
func (k *Area) AgentSend(account, openid, text string) error {
	k.s.Lock()
	defer k.s.Unlock()
	u := k.s.Users[openid]
	if u == nil || k.serving[openid].account != account {
		return fmt.Errorf("wechattest: agent %s does not serve %s", account, openid)
	}
	k.s.Receive(u, callback.Shown{Type: callback.ReplyText, Content: text, KfAccount: account}, Via, nil)
	k.record(chatRecord{k.s.NextID(), openid, text, account, agentSent, k.s.Now()})
	return nil
}

// maxKeptRecords bounds what is kept of the chats.
const maxKeptRecords = 50_000

func (k *Area) record(r chatRecord) {
	if len(k.records) == maxKeptRecords {
		k.records = slices.Delete(k.records, 0, maxKeptRecords/4)
	}
	k.records = append(k.records, r)
}

// createSession is POST /customservice/kfsession/create. The bot hears of it as
// kf_create_session.
func (k *Area) createSession(c *server.Call) (any, error) {
	var in agentCall
	a, err := k.agent(c, &in)
	if err != nil {
		return nil, err
	}
	u, err := c.Receiver(in.OpenID)
	if err != nil {
		return nil, err
	}
	open, served := k.serving[in.OpenID]
	switch {
	case served && open.account != in.Account:
		return nil, server.Failf(65414, "another worker serves the customer")
	case !a.online:
		return nil, server.Failf(65415, "worker is not online")
	case served:
		return nil, nil
	}
	k.openSession(u, in.Account, c.Now())
	c.Event(u, callback.KfCreateSession(in.Account))
	return nil, nil
}

func (k *Area) openSession(u *server.User, account string, now time.Time) {
	if k.serving == nil {
		k.serving = map[string]session{}
	}
	delete(k.waiting, u.OpenID)
	k.serving[u.OpenID] = session{account, now}
}

// closeSession is POST /customservice/kfsession/close. The bot hears of it as
// kf_close_session.
func (k *Area) closeSession(c *server.Call) (any, error) {
	var in agentCall
	if _, err := k.agent(c, &in); err != nil {
		return nil, err
	}
	u, err := c.Receiver(in.OpenID)
	if err != nil {
		return nil, err
	}
	open, served := k.serving[in.OpenID]
	switch {
	case !served:
		return nil, server.Failf(65413, "the customer has no open session")
	case open.account != in.Account:
		return nil, server.Failf(65414, "another worker serves the customer")
	}
	delete(k.serving, in.OpenID)
	c.Event(u, callback.KfCloseSession(in.Account))
	return nil, nil
}

// getSession is GET /customservice/kfsession/getsession.
func (k *Area) getSession(c *server.Call) (any, error) {
	if _, err := c.Receiver(c.Query.Get("openid")); err != nil {
		return nil, err
	}
	open, served := k.serving[c.Query.Get("openid")]
	answer := server.Object{"errcode": 0, "errmsg": "ok", "kf_account": open.account, "createtime": 0}
	if served {
		answer["createtime"] = open.since.Unix()
	}
	return answer, nil
}

// listSessions is GET /customservice/kfsession/getsessionlist.
func (k *Area) listSessions(c *server.Call) (any, error) {
	account := c.Query.Get("kf_account")
	if k.find(account) == nil {
		return nil, server.Failf(65401, "invalid custom service account")
	}
	rows := []server.Object{}
	for _, openid := range sortedKeys(k.serving) {
		if open := k.serving[openid]; open.account == account {
			rows = append(rows, server.Object{"openid": openid, "createtime": open.since.Unix()})
		}
	}
	return server.Object{"sessionlist": rows}, nil
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
func (k *Area) listWaiting(c *server.Call) (any, error) {
	openids := sortedKeys(k.waiting)
	slices.SortStableFunc(openids, func(a, b string) int { return k.waiting[a].Compare(k.waiting[b]) })
	rows := []server.Object{}
	for _, openid := range openids[:min(len(openids), maxWaiting)] {
		rows = append(rows, server.Object{"openid": openid, "latest_time": k.waiting[openid].Unix()})
	}
	return server.Object{"count": len(openids), "waitcaselist": rows}, nil
}

// listRecords is POST /customservice/msgrecord/getmsglist.
func (k *Area) listRecords(c *server.Call, in struct {
	Start  server.Number `json:"starttime"`
	End    server.Number `json:"endtime"`
	MsgID  server.Number `json:"msgid"`
	Number server.Number `json:"number"`
}) (any, error) {
	switch {
	case in.Start <= 0 || in.End < in.Start || in.MsgID < 1 || in.Number < 1 || in.Number > maxRecords:
		return nil, server.Failf(65416, "invalid parameter")
	case in.End-in.Start > server.Number(24*time.Hour/time.Second):
		return nil, server.Failf(65417, "time span is too long")
	}
	rows, last := []server.Object{}, int64(in.MsgID)
	for _, r := range k.records {
		if at := server.Number(r.at.Unix()); r.id <= int64(in.MsgID) || at < in.Start || at > in.End || len(rows) == int(in.Number) {
			continue
		}
		rows = append(rows, server.Object{"openid": r.openid, "opercode": r.opercode, "text": r.text, "time": r.at.Unix(), "worker": r.worker})
		last = r.id
	}
	return server.Object{"recordlist": rows, "number": len(rows), "msgid": last}, nil
}

// heard notes a user's message and the bot's reply to it: a message in a session is
// recorded, and one that the bot transfers makes the user wait, or opens a session with
// the agent that was named.
func (k *Area) heard(u *server.User, m callback.Message, r *callback.Reply, err error) {
	if m.IsEvent() || m.From == callback.SystemSender {
		return
	}
	now := k.s.Now()
	if open, served := k.serving[u.OpenID]; served {
		k.record(chatRecord{k.s.NextID(), u.OpenID, line(m), open.account, agentReceived, now})
		return
	}
	if r.Type != callback.ReplyTransfer || errors.Is(err, callback.ErrTransfer) {
		return
	}
	if a := k.find(r.KfAccount); a != nil && a.online {
		k.openSession(u, a.account, now)
		k.record(chatRecord{k.s.NextID(), u.OpenID, line(m), a.account, agentReceived, now})
		return
	}
	if k.waiting == nil {
		k.waiting = map[string]time.Time{}
	}
	k.waiting[u.OpenID] = now
}

// line is a user's message as an agent's record has it: the text, or a placeholder.
func line(m callback.Message) string {
	for _, e := range m.Elements {
		if m.Type == "text" && e.Name == "Content" {
			return e.Value
		}
	}
	return "[" + m.Type + "]"
}
