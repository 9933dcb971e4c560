package callback

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// SystemSender is the account that job events come from.
const SystemSender = "mphelper"

// Message is a message for a bot: a user's message, or an event.
type Message struct {
	Type       string    // MsgType
	Event      string    // name of the event, when Type is event
	Elements   []Element // the elements between the common ones and MsgId
	ID         string    // MsgId; empty for an event
	CreateTime time.Time
	From       string // FromUserName
	Raw        []byte // the whole message; the other fields then only describe it
}

// Raw implements wechattest.Raw.
func Raw(body []byte) Message {
	m := Message{Raw: body}
	if root, err := parse(body); err == nil {
		m.Elements = root.Children
		m.readHead(root)
	}
	return m
}

// parse parses a message in either form.
func parse(body []byte) (Element, error) {
	if isJSON(body) {
		return parseJSON(body)
	}
	return parseXML(body)
}

// readHead sets sender, type and event from a parsed message.
func (m *Message) readHead(root Element) {
	m.Type = strings.TrimSpace(root.text("MsgType"))
	m.Event = strings.TrimSpace(root.text("Event"))
	m.From = strings.TrimSpace(root.text("FromUserName"))
}

// IsEvent reports whether the message is an event. In answer to an event the platform
// shows more articles and refuses a transfer.
func (m Message) IsEvent() bool { return m.Type == "event" }

// Is reports whether the message is that event; case is ignored.
func (m Message) Is(event string) bool { return m.IsEvent() && strings.EqualFold(m.Event, event) }

// PicksMenuItem reports whether the message is the choice of an item of a
// customer-service menu, which counts as a click and not as a message.
func (m Message) PicksMenuItem() bool {
	return slices.ContainsFunc(m.Elements, func(e Element) bool { return e.Name == "bizmsgmenuid" })
}

// body returns the unencrypted message.
func (m Message) body(to string, asJSON bool) []byte {
	if m.Raw != nil {
		return m.Raw
	}
	head := []Element{
		CDATA("ToUserName", to),
		CDATA("FromUserName", m.From),
		Number("CreateTime", m.CreateTime.Unix()),
		CDATA("MsgType", m.Type),
	}
	if m.Event != "" {
		head = append(head, CDATA("Event", m.Event))
	}
	elements := append(head, m.Elements...)
	if m.ID != "" {
		elements = append(elements, ID("MsgId", m.ID))
	}
	return document(elements, asJSON)
}

// document returns a complete body.
func document(elements []Element, asJSON bool) []byte {
	if asJSON {
		return appendJSON(nil, flat(elements))
	}
	return Group("xml", elements...).Append(nil)
}

// Readdress returns a recorded message for another account, changed to this account.
func Readdress(body []byte, originalID string) (Message, error) {
	root, err := parse(body)
	if err != nil {
		return Message{}, fmt.Errorf("%w: %s", err, excerpt(body))
	}
	m := Message{Elements: root.Children, Raw: body}
	m.readHead(root)
	replace := replaceText
	if isJSON(body) {
		replace = replaceMember
	}
	if to := root.text("ToUserName"); to != "" {
		m.Raw = replace(body, "ToUserName", to, originalID)
	}
	return m, nil
}
