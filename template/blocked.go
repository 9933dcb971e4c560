package template

import (
	"context"
	"iter"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// maxBlocked is how many blocked messages one call gives.
const maxBlocked = 100

// BlockedQuery asks for blocked messages, page by page.
type BlockedQuery struct {
	MsgID string // id of a blocked message, as the platform's notice of the block names it
	After string // ID of the last row of the page before; empty for the first page
	Limit int    // rows a page, 1 to 100; 0 is 100
}

// BlockedMessage is a template message that the platform held back.
type BlockedMessage struct {
	ID      string                    `json:"id"` // of the row
	MsgID   string                    `json:"tmpl_msg_id"`
	Title   string                    `json:"title"`
	Content string                    `json:"content"`
	Sent    officialaccount.Timestamp `json:"send_timestamp"`
	OpenID  string                    `json:"openid"` // of the receiver
}

// Blocked returns one page of the messages that the platform held back together
// with that one (查询拦截的模板消息); none when there are no more. [Service.AllBlocked]
// returns them all.
//
// POST /wxa/sec/queryblocktmplmsg (查询拦截的模板消息)
func (s *Service) Blocked(ctx context.Context, q BlockedQuery) ([]BlockedMessage, error) {
	const path = "/wxa/sec/queryblocktmplmsg"
	if err := limit.Required(path, "tmpl_msg_id", q.MsgID); err != nil {
		return nil, err
	}
	if q.Limit == 0 {
		q.Limit = maxBlocked
	}
	if err := limit.Check(path, "limit", "rows", q.Limit, 1, maxBlocked); err != nil {
		return nil, err
	}
	var after int64
	if q.After != "" {
		var err error
		if after, err = strconv.ParseInt(q.After, 10, 64); err != nil {
			return nil, limit.Rule(path, "largest_id", "is "+strconv.Quote(q.After)+", no number")
		}
	}
	in := struct {
		MsgID string `json:"tmpl_msg_id"`
		After int64  `json:"largest_id"`
		Limit int    `json:"limit"`
	}{q.MsgID, after, q.Limit}
	var out struct {
		Rows           []BlockedMessage `json:"msginfo"`
		BlockedMessage                  // an older form of the answer: one row, not wrapped
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	if len(out.Rows) == 0 && out.ID != "" {
		return []BlockedMessage{out.BlockedMessage}, nil
	}
	return out.Rows, nil
}

// AllBlocked returns all messages that the platform held back together with that
// one. It asks for a page when it gets there, and yields an error last.
//
// POST /wxa/sec/queryblocktmplmsg (查询拦截的模板消息)
func (s *Service) AllBlocked(ctx context.Context, msgID string) iter.Seq2[BlockedMessage, error] {
	return officialaccount.Pages(ctx, "", func(ctx context.Context, after string) ([]BlockedMessage, string, error) {
		rows, err := s.Blocked(ctx, BlockedQuery{MsgID: msgID, After: after})
		return rows, largest(after, rows), err
	})
}

// largest is the greatest id of the rows, by which the platform pages; the cursor
// itself where no id is greater.
func largest(after string, rows []BlockedMessage) string {
	top, _ := strconv.ParseInt(after, 10, 64)
	for _, r := range rows {
		if id, err := strconv.ParseInt(r.ID, 10, 64); err == nil && id > top {
			top, after = id, r.ID
		}
	}
	return after
}
