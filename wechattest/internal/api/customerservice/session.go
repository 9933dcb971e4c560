package customerservice

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

type session struct {
	account string
	since   time.Time
}

// createSession is POST /customservice/kfsession/create. The bot gets the event
// kf_create_session.
func (k *Area) createSession(c *server.Call, a *agent, in agentCall) (any, error) {
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
	delete(k.waiting, u.OpenID)
	k.serving[u.OpenID] = session{account, now}
}

// closeSession is POST /customservice/kfsession/close. The bot gets the event
// kf_close_session.
func (k *Area) closeSession(c *server.Call, _ *agent, in agentCall) (any, error) {
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
	answer := server.OK{"kf_account": open.account, "createtime": 0}
	if served {
		answer["createtime"] = open.since.Unix()
	}
	return answer, nil
}

// listSessions is GET /customservice/kfsession/getsessionlist.
func (k *Area) listSessions(c *server.Call) (any, error) {
	account := c.Query.Get("kf_account")
	if _, err := k.agent(account); err != nil {
		return nil, err
	}
	rows := []server.Object{}
	for _, openid := range slices.Sorted(maps.Keys(k.serving)) {
		if open := k.serving[openid]; open.account == account {
			rows = append(rows, server.Object{"openid": openid, "createtime": open.since.Unix()})
		}
	}
	return server.Object{"sessionlist": rows}, nil
}

// listWaiting is GET /customservice/kfsession/getwaitcase: the user who has waited longest comes first.
func (k *Area) listWaiting(c *server.Call) (any, error) {
	openids := slices.Sorted(maps.Keys(k.waiting))
	slices.SortStableFunc(openids, func(a, b string) int { return k.waiting[a].Compare(k.waiting[b]) })
	rows := []server.Object{}
	for _, openid := range openids[:min(len(openids), maxWaiting)] {
		rows = append(rows, server.Object{"openid": openid, "latest_time": k.waiting[openid].Unix()})
	}
	return server.Object{"count": len(openids), "waitcaselist": rows}, nil
}

// heard handles a user's message and the bot's reply. A message in a session is
// recorded. After a transfer the user waits, or a session with the named agent begins.
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
	k.waiting[u.OpenID] = now
}
