package message

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Message is what the platform sends to a callback URL: a user's message such as
// [*Text], an event such as [*SubscribeEvent], a notice to a third-party platform
// such as [*ComponentVerifyTicketNotice], or [*Unknown] for anything without a
// type here. The types of this package are the only ones. [HeaderOf] returns what
// they have in common.
type Message interface {
	header() *Header
	decodeHead(tree.Element) // the rest of the header, beyond Header
	decode(tree.Element)     // the fields of the type
}

// HeaderOf returns the header of m, which is part of m.
func HeaderOf(m Message) *Header { return m.header() }

// Header is common to everything the platform sends.
type Header struct {
	ToUserName   string    // original id of the account (原始 ID), gh_…
	FromUserName string    // openid of the user; of a system account for some events of the account itself
	CreateTime   time.Time // when the platform made the message, to the second; zero when it did not say
	MsgType      string    // text, image, …, event; as sent

	MsgID      string // 64-bit number in decimal; messages have one, events do not
	MsgDataID  string // id of the article the user wrote from, when they wrote from one
	Idx        int    // which article of that post, from 1; 0 when MsgDataID is empty
	BusinessID string // sub-merchant of customer service (客服商户号), mostly empty

	// Format is the format of the push, and of the answer to it.
	Format Format

	// Raw is the message as received, after decryption: XML, or JSON where the
	// account sends that. What the type has no field for stands here; see
	// [Header.Lookup].
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

// A type that has no elements of its own decodes nothing.

func (h *Header) decodeHead(tree.Element) {}
func (h *Header) decode(tree.Element)     {}

// EventHeader is the header of an event (事件推送), a message whose MsgType is event.
type EventHeader struct {
	Header
	Event    string // name of the event as sent; the platform varies its letter case
	EventKey string // key of the menu button, scene of the QR code, URL, …; empty for most events
}

func (h *EventHeader) decodeHead(e tree.Element) {
	h.Event = e.ID("Event")
	h.EventKey = e.ID("EventKey")
}

func (h *EventHeader) eventHeader() *EventHeader { return h }

// NoticeHeader is the header of a notice to a third-party platform (第三方平台通知).
// Of the common header a notice has CreateTime and Raw only.
type NoticeHeader struct {
	Header
	AppID    string // of the third-party platform itself (component_appid)
	InfoType string // name of the notice as sent
}

func (h *NoticeHeader) decodeHead(e tree.Element) {
	h.AppID = e.ID("AppId")
	h.InfoType = e.ID("InfoType")
}

// Unknown is a message, event or notice that has no type here, because the
// platform invented it later or never documented it.
type Unknown struct {
	EventHeader        // Event and EventKey are empty unless MsgType is event
	AppID       string // AppId as sent: of the third-party platform, in a notice
	InfoType    string // name of the notice, empty for anything else
}

func (m *Unknown) decode(e tree.Element) {
	m.AppID = e.ID("AppId")
	m.InfoType = e.ID("InfoType")
}
