package message

import (
	"regexp"
	"slices"
	"strings"
)

// Matcher narrows what a function registered with [On] answers. Any function of
// this form will do; those of this package cover the usual cases.
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

// ContentEquals matches text messages that are one of these texts, but for white space
// around them.
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

// MsgType matches messages of this MsgType. It is of use for [*Unknown]: the
// other types say it by themselves.
func MsgType(name string) Matcher {
	return func(m Message) bool { return HeaderOf(m).MsgType == name }
}

// Event matches events of this name in whatever letter case. It is of use for
// [*Unknown]: the other types say it by themselves.
func Event(name string) Matcher {
	return func(m Message) bool {
		e, ok := m.(event)
		return ok && strings.EqualFold(e.eventHeader().Event, name)
	}
}
