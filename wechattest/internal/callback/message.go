package callback

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// SystemSender is the account that job events come from.
const SystemSender = "mphelper"

// Message is what the platform delivers to a bot: a user's message, or an event.
type Message struct {
	Type       string    // MsgType
	Event      string    // name of the event, when Type is event
	Elements   []Element // what stands between the common head and MsgId
	ID         int64     // MsgId; zero for an event
	CreateTime time.Time
	From       string // FromUserName
	Raw        []byte // the message as it stands; the other fields then only tell its kind
}

// Raw is a message given as its XML or JSON, which goes out byte for byte
// (encrypted, where the mode asks for it, in an envelope of the same form). Sender,
// type and event are read from it where it can be read.
func Raw(body []byte) Message {
	m := Message{Raw: body}
	if root, err := parse(body); err == nil {
		m.Elements = root.Children
		m.readHead(root)
	}
	return m
}

// parse reads a message in either form.
func parse(body []byte) (Element, error) {
	if isJSON(body) {
		return parseJSON(body)
	}
	return parseXML(body)
}

// readHead takes sender, type and event from a message that was parsed.
func (m *Message) readHead(root Element) {
	m.Type = strings.TrimSpace(root.text("MsgType"))
	m.Event = strings.TrimSpace(root.text("Event"))
	m.From = strings.TrimSpace(root.text("FromUserName"))
}

// isEvent reports whether the message is an event, after which the platform
// shows more articles and takes no transfer.
func (m Message) IsEvent() bool { return m.Type == "event" }

// is reports whether the message is that event; case does not count.
func (m Message) Is(event string) bool { return m.IsEvent() && strings.EqualFold(m.Event, event) }

// PicksMenuItem reports whether the message is the choice of a customer-service
// menu's item, which counts as a click and not as a message.
func (m Message) PicksMenuItem() bool {
	return slices.ContainsFunc(m.Elements, func(e Element) bool { return e.Name == "bizmsgmenuid" })
}

// body is the message as the platform sends it in clear.
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
	if m.ID != 0 {
		elements = append(elements, Number("MsgId", m.ID))
	}
	return document(elements, asJSON)
}

// document is a whole body of the platform's.
func document(elements []Element, asJSON bool) []byte {
	if asJSON {
		return appendJSON(nil, flat(elements))
	}
	return Group("xml", elements...).Append(nil)
}

// Readdress is a recorded message that was for another account, with this one put into it.
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
