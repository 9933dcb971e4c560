package customerservice

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// The limits of a page of records.
const (
	maxRecords = 10000
	maxSpan    = 24 * time.Hour
)

// RecordQuery selects a page of chat records.
type RecordQuery struct {
	Start time.Time // rounded down to the second
	End   time.Time // at most 24 hours after Start
	After string    // Next of the page before; empty for the first page
	Count int       // records of a page, 1 to 10,000; 0 means 10,000
}

// RecordPage is a page of chat records.
type RecordPage struct {
	Records []Record `json:"recordlist"` // none after the last page
	Next    string   `json:"msgid"`      // [RecordQuery].After of the next page
}

// Record is a message or an event of a session (客服聊天记录).
type Record struct {
	OpenID    string                    `json:"openid"` // of the user
	Operation Operation                 `json:"opercode"`
	Text      string                    `json:"text"` // of a text message; a placeholder for other kinds
	Time      officialaccount.Timestamp `json:"time"`
	Account   string                    `json:"worker"` // of the agent
}

// Operation is the kind of a [Record]. Values that are not listed here are events of
// the session.
type Operation int

// The operations.
const (
	AgentSent     Operation = 2002 // the agent wrote (客服发送信息)
	AgentReceived Operation = 2003 // the user wrote (客服接收消息)
)

// ListRecords returns a page of chat records (获取聊天记录). [Service.AllRecords] returns
// all records of any period.
//
// Errors: errcode.KFNotEnabled, KFParamInvalid, KFRecordSpanTooLong.
//
// POST /customservice/msgrecord/getmsglist (获取聊天记录)
func (s *Service) ListRecords(ctx context.Context, q RecordQuery) (*RecordPage, error) {
	const path = "/customservice/msgrecord/getmsglist"
	if q.Count == 0 {
		q.Count = maxRecords
	}
	if err := limit.Check(path, "Count (number)", "records", q.Count, 1, maxRecords); err != nil {
		return nil, err
	}
	switch span := q.End.Sub(q.Start); {
	case q.Start.IsZero() || span < 0:
		return nil, limit.Rule(path, "Start (starttime)", "must be set, and not after End")
	case span > maxSpan:
		return nil, limit.Rule(path, "End (endtime)", "is more than 24 hours after Start")
	}
	after := int64(1)
	if q.After != "" {
		var err error
		if after, err = strconv.ParseInt(q.After, 10, 64); err != nil {
			return nil, limit.Rule(path, "After (msgid)", "is "+strconv.Quote(q.After)+", not a number")
		}
	}
	in := struct {
		Start  int64 `json:"starttime"`
		End    int64 `json:"endtime"`
		MsgID  int64 `json:"msgid"`
		Number int   `json:"number"`
	}{q.Start.Unix(), q.End.Unix(), after, q.Count}
	var out RecordPage
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	out.Records = slices.DeleteFunc(out.Records, func(r Record) bool { return r == Record{} }) // {} is an empty list
	return &out, nil
}

// AllRecords returns all chat records from start to end, a period of any length. It
// requests one day after the other, in pages. An error ends the iteration.
//
// POST /customservice/msgrecord/getmsglist (获取聊天记录)
func (s *Service) AllRecords(ctx context.Context, start, end time.Time) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		// The documents do not say whether the end of a span is included. Consecutive
		// days share one second: records of that second in the first day are skipped in
		// the second day.
		skip := false
		for from := start.Truncate(time.Second); ; {
			to := from.Add(maxSpan)
			if to.After(end) {
				to = end
			}
			seen := false
			for r, err := range s.recordsOfSpan(ctx, from, to) {
				if err == nil && skip && r.Time.Equal(from) {
					continue
				}
				seen = seen || r.Time.Equal(to)
				if !yield(r, err) || err != nil {
					return
				}
			}
			if !to.Before(end) {
				return
			}
			from, skip = to, seen
		}
	}
}

func (s *Service) recordsOfSpan(ctx context.Context, start, end time.Time) iter.Seq2[Record, error] {
	return officialaccount.Pages(ctx, "", func(ctx context.Context, after string) ([]Record, string, error) {
		page, err := s.ListRecords(ctx, RecordQuery{Start: start, End: end, After: after})
		if err != nil {
			return nil, "", err
		}
		return page.Records, page.Next, nil
	})
}
