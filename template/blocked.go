package template

import (
	"context"
	"iter"
	"slices"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// maxBlocked is the maximum number of rows of a page.
const maxBlocked = 100

// BlockedQuery selects a page of blocked messages.
type BlockedQuery struct {
	MsgID string // id of a blocked message, from the platform's notice of the block
	After string // ID of the last row of the page before; empty for the first page
	Count int    // rows of a page, 1 to 100; 0 means 100
}

// BlockedMessage is a template message that the platform blocked.
type BlockedMessage struct {
	ID      string                    `json:"id"` // of the row
	MsgID   string                    `json:"tmpl_msg_id"`
	Title   string                    `json:"title"`
	Content string                    `json:"content"`
	Sent    officialaccount.Timestamp `json:"send_timestamp"`
	OpenID  string                    `json:"openid"` // of the receiver
}

// ListBlocked returns one page of the messages that the platform blocked together with
// one of them (查询拦截的模板消息). The page after the last is empty. [Service.AllBlocked]
// returns all of them.
//
// POST /wxa/sec/queryblocktmplmsg (查询拦截的模板消息)
func (s *Service) ListBlocked(ctx context.Context, q BlockedQuery) ([]BlockedMessage, error) {
	const path = "/wxa/sec/queryblocktmplmsg"
	if err := limit.Required(path, "MsgID (tmpl_msg_id)", q.MsgID); err != nil {
		return nil, err
	}
	if q.Count == 0 {
		q.Count = maxBlocked
	}
	if err := limit.Check(path, "Count (limit)", "rows", q.Count, 1, maxBlocked); err != nil {
		return nil, err
	}
	var after int64
	if q.After != "" {
		var err error
		if after, err = strconv.ParseInt(q.After, 10, 64); err != nil {
			return nil, limit.Rule(path, "After (largest_id)", "is "+strconv.Quote(q.After)+", not a number")
		}
	}
	in := struct {
		MsgID string `json:"tmpl_msg_id"`
		After int64  `json:"largest_id"`
		Limit int    `json:"limit"`
	}{q.MsgID, after, q.Count}
	var out struct {
		Rows           []BlockedMessage `json:"msginfo"`
		BlockedMessage                  // an older answer: one row instead of a list
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	rows := append(out.Rows, out.BlockedMessage)
	return slices.DeleteFunc(rows, func(m BlockedMessage) bool { return m.ID == "" }), nil // {} is an empty list
}

// AllBlocked returns all messages that the platform blocked together with one of them.
// It requests pages as needed. An error ends the iteration.
//
// POST /wxa/sec/queryblocktmplmsg (查询拦截的模板消息)
func (s *Service) AllBlocked(ctx context.Context, msgID string) iter.Seq2[BlockedMessage, error] {
	return officialaccount.Pages(ctx, "", func(ctx context.Context, after string) ([]BlockedMessage, string, error) {
		rows, err := s.ListBlocked(ctx, BlockedQuery{MsgID: msgID, After: after})
		return rows, largest(after, rows), err
	})
}

// largest returns the greatest id of the rows, which is the platform's cursor, or the
// cursor itself if no id is greater.
func largest(after string, rows []BlockedMessage) string {
	top, _ := strconv.ParseInt(after, 10, 64)
	for _, r := range rows {
		if id, err := strconv.ParseInt(r.ID, 10, 64); err == nil && id > top {
			top, after = id, r.ID
		}
	}
	return after
}
