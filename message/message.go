package message

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Message is what the platform sends to a callback URL: a user's message such as
// [*Text], an event such as [*SubscribeEvent], a notice to a third-party platform such
// as [*ComponentVerifyTicketNotice], or [*Unknown] for everything else. Only types of
// this package implement it. [HeaderOf] returns the header that they have in common.
type Message interface {
	header() *Header
	decodeHead(tree.Element) // the rest of the header, beyond Header
	decode(tree.Element)     // the fields of the type
}

// HeaderOf returns the header of m, which is part of m.
func HeaderOf(m Message) *Header { return m.header() }

// Header is common to everything the platform sends.
type Header struct {
	_ [0]func() // messages are not comparable: == is wrong for CreateTime

	ToUserName   string    // original id of the account (原始 ID), gh_…
	FromUserName string    // openid of the user; for some events of the account itself, of a system account
	CreateTime   time.Time // when the platform created the message, to the second; zero if missing
	MsgType      string    // text, image, …, event; as sent

	MsgID      string // 64-bit number in decimal; empty in an event
	MsgDataID  string // id of the post from which the user wrote; often empty
	Idx        int    // position of the article in that post, from 1; 0 if MsgDataID is empty
	BusinessID string // sub-merchant of customer service (客服商户号), mostly empty

	// Format is the format of the push, and of the answer to it.
	Format Format

	// Raw is the message as received, after decryption. It contains the elements for
	// which the type has no field; see [Header.Lookup].
	Raw string
}

func (h *Header) header() *Header { return h }

func decodeHeader(e tree.Element, raw string, format tree.Format) Header {
	h := Header{
		ToUserName:   e.ID("ToUserName"),
		FromUserName: e.ID("FromUserName"),
		CreateTime:   e.Time("CreateTime"),
		MsgType:      e.ID("MsgType"),
		MsgID:        e.ID("MsgId"),
		MsgDataID:    e.ID("MsgDataId"),
		Idx:          int(e.Int("Idx")),
		BusinessID:   e.ID("BusinessId"),
		Format:       Format(format),
		Raw:          raw,
	}
	if h.MsgID == "" && h.MsgType != "event" { // in an event, MsgID is the id of a job
		h.MsgID = e.ID("MsgID")
	}
	return h
}

// These do nothing: they are the methods of the types without fields of their own.

func (h *Header) decodeHead(tree.Element) {}
func (h *Header) decode(tree.Element)     {}

// EventHeader is the header of an event (事件推送), which is a message whose MsgType
// is event.
type EventHeader struct {
	Header
	Event    string // name of the event as sent, in varying letter case
	EventKey string // key of the menu button, scene of the QR code, URL, …; empty for most events
}

func (h *EventHeader) decodeHead(e tree.Element) {
	h.Event = e.ID("Event")
	h.EventKey = e.ID("EventKey")
}

func (h *EventHeader) eventHeader() *EventHeader { return h }

// NoticeHeader is the header of a notice to a third-party platform (第三方平台通知).
// Only CreateTime, Format and Raw of the common header are set.
type NoticeHeader struct {
	Header
	AppID    string // app id of the third-party platform (component_appid)
	InfoType string // name of the notice as sent
}

func (h *NoticeHeader) decodeHead(e tree.Element) {
	h.AppID = e.ID("AppId")
	h.InfoType = e.ID("InfoType")
}

// Unknown is a message, event or notice for which this package has no type, because
// it is newer than the package or not documented.
type Unknown struct {
	EventHeader        // Event and EventKey are empty unless MsgType is event
	AppID       string // AppId as sent; in a notice the app id of the third-party platform
	InfoType    string // name of the notice; empty for messages and events
}

func (m *Unknown) decode(e tree.Element) {
	m.AppID = e.ID("AppId")
	m.InfoType = e.ID("InfoType")
}
