package message

import (
	"iter"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Events of subscription messages (订阅通知).

// SubscribeMsgPopupEvent reports the choices of a user in the subscription dialog
// (用户操作订阅通知弹窗, Event subscribe_msg_popup_event).
type SubscribeMsgPopupEvent struct {
	EventHeader
	Choices []SubscribeMsgChoice
}

func (m *SubscribeMsgPopupEvent) decode(e tree.Element) {
	m.Choices = decodeChoices(e, "SubscribeMsgPopupEvent")
}

// SubscribeMsgChangeEvent is sent when a user changes subscriptions in the settings
// (用户管理订阅通知, Event subscribe_msg_change_event).
type SubscribeMsgChangeEvent struct {
	EventHeader
	Choices []SubscribeMsgChoice // PopupScene is 0 in each
}

func (m *SubscribeMsgChangeEvent) decode(e tree.Element) {
	m.Choices = decodeChoices(e, "SubscribeMsgChangeEvent")
}

// SubscribeMsgChoice is the choice of a user for one template.
type SubscribeMsgChoice struct {
	TemplateID string
	Status     SubscribeStatus
	PopupScene PopupScene
}

// SubscribeStatus is the choice of a user for a template.
type SubscribeStatus string

// The choices for a template.
const (
	SubscribeAccepted SubscribeStatus = "accept"
	SubscribeRejected SubscribeStatus = "reject"
)

// PopupScene is the place where the subscription dialog was shown.
type PopupScene int

// The places of the subscription dialog.
const (
	PopupWebPage PopupScene = 1 // 弹窗来自 H5 页面
	PopupArticle PopupScene = 2 // 弹窗来自图文消息
)

func decodeChoices(e tree.Element, name string) []SubscribeMsgChoice {
	var choices []SubscribeMsgChoice
	for entry := range listOf(e, name) {
		choices = append(choices, SubscribeMsgChoice{
			TemplateID: entry.ID("TemplateId"),
			Status:     SubscribeStatus(entry.ID("SubscribeStatusString")),
			PopupScene: PopupScene(entry.Int("PopupScene")),
		})
	}
	return choices
}

// SubscribeMsgSentEvent reports whether subscription messages arrived
// (发送订阅通知, Event subscribe_msg_sent_event).
type SubscribeMsgSentEvent struct {
	EventHeader
	Results []SubscribeMsgResult
}

func (m *SubscribeMsgSentEvent) decode(e tree.Element) {
	for entry := range listOf(e, "SubscribeMsgSentEvent") {
		m.Results = append(m.Results, SubscribeMsgResult{
			TemplateID:  entry.ID("TemplateId"),
			MsgID:       entry.FirstID("MsgID", "MsgId"),
			ErrorCode:   int(entry.Int("ErrorCode")),
			ErrorStatus: entry.ID("ErrorStatus"),
		})
	}
}

// SubscribeMsgResult is the result of one subscription message.
type SubscribeMsgResult struct {
	TemplateID  string
	MsgID       string // msgid returned by the send
	ErrorCode   int    // 0 if the message arrived
	ErrorStatus string // success, or the reason of the failure
}

// listOf yields the List entries inside the element called name. Some JSON pushes
// have them at the top of the message.
func listOf(e tree.Element, name string) iter.Seq[tree.Element] {
	if inner := e.Child(name); inner.Found() {
		return e.List(name, "List")
	}
	return e.List("List", "item")
}
