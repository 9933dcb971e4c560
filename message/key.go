package message

import (
	"crypto/sha256"
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/seed-f21aa8d8/wechat/message/internal/gate"
)

// key is what makes two deliveries the same message.
func (h *Handler) key(m Message, l *gate.Letter) string {
	if h.keyOf != nil {
		return h.keyOf(m)
	}
	head := HeaderOf(m)
	key := make([]byte, 0, 192)
	key = append(append(key, head.ToUserName...), 0)
	key = append(append(key, head.FromUserName...), 0)
	key = append(append(key, eventOf(m)...), 0)
	if head.MsgID != "" {
		return string(append(key, head.MsgID...))
	}
	if !head.CreateTime.IsZero() {
		key = strconv.AppendInt(key, head.CreateTime.Unix(), 10)
	}
	return string(h.appendHash(append(key, 0), l.Parts))
}

// eventOf names the event that m is, in lower case; empty for a message.
func eventOf(m Message) string {
	if e, ok := m.(interface{ eventHeader() *EventHeader }); ok {
		return strings.ToLower(e.eventHeader().Event)
	}
	return ""
}

// appendHash appends a hash of a message: a quick one with a seed of this process,
// or one that other processes compute as well.
func (h *Handler) appendHash(dst []byte, parts [2][]byte) []byte {
	if h.store != nil {
		sum := sha256.New()
		sum.Write(parts[0])
		sum.Write(parts[1])
		return sum.Sum(dst)
	}
	var sum maphash.Hash
	sum.SetSeed(h.seed)
	sum.Write(parts[0])
	sum.Write(parts[1])
	return sum.Sum(dst)
}
