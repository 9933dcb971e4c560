package message

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/seed-f21aa8d8/wechat/message/internal/gate"
)

// key is what makes two deliveries the same message.
func (h *Handler) key(m Message, l *gate.Letter) string {
	if h.keyOf != nil {
		return h.keyOf(m)
	}
	key, complete := appendKey(make([]byte, 0, 192), m)
	if complete {
		return string(key)
	}
	return string(h.appendHash(key, l))
}

// KeyOf returns a key for a message, 64 hexadecimal digits: deliveries with the same key
// are one message. It tells messages apart as a Handler without [Config.Key] does, and is
// the same in all processes.
//
// A function for Config.Key can call it for the messages that need no special key. A
// program with a [Verifier], which does not recognize the platform's repeats, stores
// the keys of the messages that it has handled.
func KeyOf(m Message) string {
	key, complete := appendKey(make([]byte, 0, 192), m)
	if !complete {
		key = append(key, HeaderOf(m).Raw...)
	}
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:])
}

// appendKey appends the part of a key that comes from the header. If it is not complete,
// a hash of the message follows.
func appendKey(dst []byte, m Message) (key []byte, complete bool) {
	head := HeaderOf(m)
	key = append(append(dst, head.ToUserName...), 0)
	key = append(append(key, head.FromUserName...), 0)
	key = append(append(key, eventOf(m)...), 0)
	if head.MsgID != "" {
		return append(key, head.MsgID...), true
	}
	if !head.CreateTime.IsZero() {
		key = strconv.AppendInt(key, head.CreateTime.Unix(), 10)
	}
	return append(key, 0), false
}

// eventOf names the event that m is, in lower case; empty for a message.
func eventOf(m Message) string {
	if e, ok := m.(event); ok {
		return strings.ToLower(e.eventHeader().Event)
	}
	return ""
}

// appendHash appends a hash of a message: that of this process, or one that other
// processes compute as well.
func (h *Handler) appendHash(dst []byte, l *gate.Letter) []byte {
	if h.store == nil {
		return binary.BigEndian.AppendUint64(dst, l.Hash)
	}
	sum := sha256.New()
	sum.Write(l.Parts[0])
	sum.Write(l.Parts[1])
	return sum.Sum(dst)
}
