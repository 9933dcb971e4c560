package message

import (
	"fmt"
	"slices"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Format is the format in which the platform pushes messages (数据格式). The owner of the
// account chooses it in the console. An answer has the format of its push.
type Format int

// The formats. A third-party platform receives XML only.
const (
	XML  Format = 0
	JSON Format = 1
)

// String returns XML or JSON.
func (f Format) String() string {
	switch f {
	case XML:
		return "XML"
	case JSON:
		return "JSON"
	}
	return fmt.Sprintf("Format(%d)", int(f))
}

// Encode returns the answer that contains reply, with the current time. For a message
// that [Parse] returned, to is its FromUserName, from is its ToUserName and format is
// its Format.
//
// A nil reply is encoded as success, which tells the platform that the message
// arrived and shows the user nothing. [Verifier.Seal] encrypts the answer where the
// account uses encryption.
//
// The error wraps [ErrReply] if the reply cannot be sent as it is, such as a text
// of more than 2,048 bytes or a picture without an id.
func Encode(reply Reply, to, from string, format Format) ([]byte, error) {
	if format != XML && format != JSON {
		return nil, fmt.Errorf("message: unknown format %v", format)
	}
	reply, err := byValue(reply)
	if err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	if reply == nil {
		return []byte("success"), nil
	}
	c := content{to: to, from: from, format: format, reply: reply}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	return c.Append(nil), nil
}

// content is a reply together with its addresses. It keeps no message alive.
type content struct {
	to, from string
	format   Format
	reply    Reply
}

func newContent(m Message, reply Reply) content {
	head := HeaderOf(m)
	return content{to: head.FromUserName, from: head.ToUserName, format: head.Format, reply: reply}
}

// check reports why c cannot be sent.
func (c *content) check() error {
	switch {
	case isBlank(c.to):
		return fmt.Errorf("%w: there is no user to answer", ErrReply)
	case isBlank(c.from):
		return fmt.Errorf("%w: the account (ToUserName of the message) is missing", ErrReply)
	}
	return c.reply.check()
}

// Size returns about how many bytes are kept with c, and how many Append adds.
func (c *content) Size() int {
	const rest = 320 // everything except the texts that can be long
	switch r := c.reply.(type) {
	case TextReply:
		return rest + len(r)
	case LongTextReply:
		return rest + len(r)
	case NewsReply:
		n := rest
		for _, a := range r {
			n += 120 + len(a.Title) + len(a.Description) + len(a.PicURL) + len(a.URL)
		}
		return n
	}
	return 2 * rest
}

// Append appends the answer to dst.
func (c *content) Append(dst []byte) []byte {
	f := tree.Format(c.format)
	dst = f.Begin(slices.Grow(dst, c.Size()))
	dst = f.Text(dst, "ToUserName", c.to)
	dst = f.Text(dst, "FromUserName", c.from)
	dst = f.Int(dst, "CreateTime", time.Now().Unix())
	dst = f.Text(dst, "MsgType", c.reply.msgType())
	dst = c.reply.appendBody(dst, f)
	return f.End(dst)
}
