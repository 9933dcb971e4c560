package message

import "github.com/seed-f21aa8d8/wechat/message/internal/tree"

// Events of customer service (客服会话状态).

// KfCreateSessionEvent is sent when an agent accepts a conversation (接入会话, Event
// kf_create_session).
type KfCreateSessionEvent struct {
	EventHeader
	KfAccount string // name@account
}

func (m *KfCreateSessionEvent) decode(e tree.Element) { m.KfAccount = e.ID("KfAccount") }

// KfCloseSessionEvent is sent when a conversation ends (关闭会话, Event
// kf_close_session).
type KfCloseSessionEvent struct {
	EventHeader
	KfAccount string // name@account
}

func (m *KfCloseSessionEvent) decode(e tree.Element) { m.KfAccount = e.ID("KfAccount") }

// KfSwitchSessionEvent is sent when a conversation is passed to another agent
// (转接会话, Event kf_switch_session).
type KfSwitchSessionEvent struct {
	EventHeader
	FromKfAccount string // name@account
	ToKfAccount   string // name@account
}

func (m *KfSwitchSessionEvent) decode(e tree.Element) {
	m.FromKfAccount = e.ID("FromKfAccount")
	m.ToKfAccount = e.ID("ToKfAccount")
}
