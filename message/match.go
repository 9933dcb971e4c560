package message

import (
	"regexp"
	"slices"
	"strings"
)

// Matcher reports whether a function registered with [On] answers a message. Those of
// this package cover the usual cases.
type Matcher func(Message) bool

// EventKey matches events with one of these keys: of a menu button, or the scene
// of a [ScanEvent].
func EventKey(keys ...string) Matcher {
	return func(m Message) bool {
		e, ok := m.(event)
		return ok && slices.Contains(keys, e.eventHeader().EventKey)
	}
}

// EventKeyPrefix matches events whose key begins with prefix, such as qrscene_.
func EventKeyPrefix(prefix string) Matcher {
	return func(m Message) bool {
		e, ok := m.(event)
		return ok && strings.HasPrefix(e.eventHeader().EventKey, prefix)
	}
}

// event is any type with an event's header.
type event interface{ eventHeader() *EventHeader }

// ContentEquals matches text messages whose content is one of these texts, without
// regard to white space around it.
func ContentEquals(texts ...string) Matcher {
	return func(m Message) bool {
		t, ok := m.(*Text)
		return ok && slices.Contains(texts, strings.TrimSpace(t.Content))
	}
}

// ContentRegexp matches text messages in which re finds something.
func ContentRegexp(re *regexp.Regexp) Matcher {
	return func(m Message) bool {
		t, ok := m.(*Text)
		return ok && re.MatchString(t.Content)
	}
}

// Sender matches messages of these users.
func Sender(openIDs ...string) Matcher {
	return func(m Message) bool { return slices.Contains(openIDs, HeaderOf(m).FromUserName) }
}

// MsgType matches messages of this MsgType. It is useful for [*Unknown]; every other
// Go type has one MsgType.
func MsgType(name string) Matcher {
	return func(m Message) bool { return HeaderOf(m).MsgType == name }
}

// Event matches events of this name, in any letter case. It is useful for [*Unknown];
// every other Go type has one name.
func Event(name string) Matcher {
	return func(m Message) bool {
		e, ok := m.(event)
		return ok && strings.EqualFold(e.eventHeader().Event, name)
	}
}
