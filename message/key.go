package message

import (
	"crypto/sha256"
	"hash/maphash"
	"io"
	"strconv"
	"strings"
)

// key is what makes two deliveries the same message.
func (h *Handler) key(d *delivery) string {
	if h.keyOf != nil {
		return h.keyOf(d.message)
	}
	head := HeaderOf(d.message)
	key := make([]byte, 0, 192)
	key = append(append(key, head.ToUserName...), 0)
	key = append(append(key, head.FromUserName...), 0)
	key = append(append(key, eventOf(d.message)...), 0)
	if head.MsgID != "" {
		return string(append(key, head.MsgID...))
	}
	if !head.CreateTime.IsZero() {
		key = strconv.AppendInt(key, head.CreateTime.Unix(), 10)
	}
	return string(h.appendHash(append(key, 0), d.counts))
}

// eventOf names the event that m is, in lower case; empty for a message.
func eventOf(m Message) string {
	if e, ok := m.(interface{ eventHeader() *EventHeader }); ok {
		return strings.ToLower(e.eventHeader().Event)
	}
	return ""
}

// appendHash appends a hash of what counts of a message: a quick one with a seed
// of this process, or one that other processes make as well.
func (h *Handler) appendHash(dst []byte, counts [2]string) []byte {
	if h.shared {
		sum := sha256.New()
		io.WriteString(sum, counts[0])
		io.WriteString(sum, counts[1])
		return sum.Sum(dst)
	}
	var sum maphash.Hash
	sum.SetSeed(h.seed)
	sum.WriteString(counts[0])
	sum.WriteString(counts[1])
	return sum.Sum(dst)
}
