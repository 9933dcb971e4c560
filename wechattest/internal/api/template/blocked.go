package template

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// blockedTemplate is a template message that the platform has blocked (模板消息被拦截).
type blockedTemplate struct {
	id                                int64
	messageID, title, content, openid string
	sent                              time.Time
}

// queryBlockedTemplates is POST /wxa/sec/queryblocktmplmsg: an empty array, or an
// array of the rows whose id is greater than largest_id.
func (a *Area) queryBlockedTemplates(c *server.Call, in struct {
	MessageID string        `json:"tmpl_msg_id"`
	Largest   server.Number `json:"largest_id"`
	Limit     server.Number `json:"limit"`
}) (any, error) {
	if in.Limit < 1 || in.Limit > maxBlockedPage {
		return nil, server.Fail(40097)
	}
	rows := []server.Object{}
	for _, b := range a.blocked {
		if b.messageID == in.MessageID && b.id > int64(in.Largest) && len(rows) < int(in.Limit) {
			rows = append(rows, server.Object{
				"id": b.id, "tmpl_msg_id": b.messageID, "title": b.title, "content": b.content,
				"send_timestamp": b.sent.Unix(), "openid": b.openid,
			})
		}
	}
	return server.OK{"msginfo": rows}, nil
}

// Block blocks a template message to a user, under the id of such blocks;
// /wxa/sec/queryblocktmplmsg lists it.
func (a *Area) Block(messageID, openid, title, content string) {
	a.s.Lock()
	defer a.s.Unlock()
	a.blocked = append(a.blocked, blockedTemplate{a.s.NextID(), messageID, title, content, openid, a.s.Now()})
}
