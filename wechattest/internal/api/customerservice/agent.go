// Package customerservice models customer-service messages, agents, sessions and records (客服).
package customerservice

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

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

const (
	agentSent     = 2002
	agentReceived = 2003

	maxAgents    = 100
	maxAvatar    = 5 << 20 // bytes
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
	k := &Area{s: s, serving: map[string]session{}, waiting: map[string]time.Time{}, windows: map[string]*replyWindows{}}
	s.Handle([]server.Endpoint{
		{Method: http.MethodGet, Path: "/cgi-bin/customservice/getkflist", Handle: k.listAgents},
		{Method: http.MethodGet, Path: "/customservice/getkflist", Handle: k.listAgents},
		{Method: http.MethodGet, Path: "/cgi-bin/customservice/getonlinekflist", Handle: k.listOnlineAgents},
		{Method: http.MethodPost, Path: "/customservice/kfaccount/add", Handle: server.JSON(k.addAgent)},
		{Method: http.MethodPost, Path: "/customservice/kfaccount/update", Handle: k.about(k.updateAgent)},
		{Method: http.MethodPost, AlsoBy: http.MethodGet, Path: "/customservice/kfaccount/del", Handle: k.about(k.deleteAgent)},
		{Method: http.MethodPost, Path: "/customservice/kfaccount/uploadheadimg", Body: server.AnyBody, Handle: k.setAvatar},
		{Method: http.MethodPost, Path: "/customservice/kfaccount/inviteworker", Handle: k.about(k.inviteAgent)},
		{Method: http.MethodPost, Path: "/customservice/kfsession/create", Handle: k.about(k.createSession)},
		{Method: http.MethodPost, Path: "/customservice/kfsession/close", Handle: k.about(k.closeSession)},
		{Method: http.MethodGet, Path: "/customservice/kfsession/getsession", Handle: k.getSession},
		{Method: http.MethodGet, Path: "/customservice/kfsession/getsessionlist", Handle: k.listSessions},
		{Method: http.MethodGet, Path: "/customservice/kfsession/getwaitcase", Handle: k.listWaiting},
		{Method: http.MethodPost, Path: "/customservice/msgrecord/getmsglist", Handle: server.JSON(k.listRecords)},
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
	return server.Find(k.agents, func(a *agent) bool { return a.account == account })
}

// about returns a handler for a call about an agent, who must exist.
func (k *Area) about(handle func(*server.Call, *agent, agentCall) (any, error)) server.Handler {
	return func(c *server.Call) (any, error) {
		var in agentCall
		if c.Request.Method == http.MethodGet {
			in.Account = c.Query.Get("kf_account")
		} else if err := c.Bind(&in); err != nil {
			return nil, err
		}
		a, err := k.agent(in.Account)
		if err != nil {
			return nil, err
		}
		return handle(c, a, in)
	}
}

func (k *Area) agent(account string) (*agent, error) {
	if a := k.find(account); a != nil {
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

// lapse ends an invitation without an answer.
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

// cases returns the number of users that an agent serves.
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
func (k *Area) updateAgent(_ *server.Call, a *agent, in agentCall) (any, error) {
	if !agentNickname(in.Nickname) {
		return nil, server.Failf(65403, "illegal nickname")
	}
	a.nickname = in.Nickname
	return nil, nil
}

// deleteAgent is POST /customservice/kfaccount/del. Sessions of the agent end.
func (k *Area) deleteAgent(_ *server.Call, a *agent, _ agentCall) (any, error) {
	k.agents = server.Without(k.agents, a)
	maps.DeleteFunc(k.serving, func(_ string, open session) bool { return open.account == a.account })
	return nil, nil
}

// setAvatar is POST /customservice/kfaccount/uploadheadimg: a jpg in the form field
// media, the account in the query.
func (k *Area) setAvatar(c *server.Call) (any, error) {
	a, err := k.agent(c.Query.Get("kf_account"))
	if err != nil {
		return nil, err
	}
	up, err := c.Upload("media")
	switch {
	case err != nil:
		return nil, err
	case len(up.Content) == 0:
		return nil, server.Fail(41005)
	case !bytes.HasPrefix(up.Content, []byte{0xff, 0xd8, 0xff}):
		return nil, server.Fail(40005)
	case len(up.Content) > maxAvatar:
		return nil, server.Fail(40009)
	}
	a.avatar = fmt.Sprintf("http://mmbiz.qpic.cn/mmbiz/%s/%d", strings.ToLower(a.account), len(up.Content))
	return nil, nil
}

// inviteAgent is POST /customservice/kfaccount/inviteworker. AnswerInvitation answers
// the invitation.
func (k *Area) inviteAgent(c *server.Call, a *agent, in agentCall) (any, error) {
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

// AnswerInvitation implements Platform.AnswerInvitation.
func (k *Area) AnswerInvitation(account string, accept bool) error {
	k.s.Lock()
	defer k.s.Unlock()
	a := k.find(account)
	if a == nil {
		return fmt.Errorf("wechattest: there is no agent %s", account)
	}
	if a.lapse(k.s.Now()); a.inviteStatus != inviteWaits {
		return fmt.Errorf("wechattest: no invitation to %s is pending", account)
	}
	if !accept {
		a.inviteStatus = inviteRefuse
		return nil
	}
	a.wechatID, a.invited, a.inviteStatus = a.invited, "", ""
	return nil
}

// SetAgentOnline implements Platform.SetAgentOnline.
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
