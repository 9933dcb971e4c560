package customerservice

import (
	"context"
	"iter"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

const (
	maxRecords = 10000          // of a page
	recordSpan = 24 * time.Hour // of a query
)

// RecordQuery asks for chat records, page by page.
type RecordQuery struct {
	Start  time.Time // to the second
	End    time.Time // at most 24 hours after Start
	After  string    // MsgID of the page before; empty for the first page
	Number int       // records a page, 1 to 10 000; 0 is 10 000
}

// RecordPage is a page of chat records.
type RecordPage struct {
	Records []Record `json:"recordlist"`
	Number  int      `json:"number"` // of records in this page; 0 after the last
	MsgID   string   `json:"msgid"`  // to be used as RecordQuery.After for the next page
}

// Record is something said, or an event of a session (客服聊天记录).
type Record struct {
	OpenID    string                    `json:"openid"` // of the user
	Operation Operation                 `json:"opercode"`
	Text      string                    `json:"text"` // of a text message; a placeholder for others
	Time      officialaccount.Timestamp `json:"time"`
	Account   string                    `json:"worker"` // of the agent
}

// Operation is what a [Record] is of. Other values than the constants are events of
// the session.
type Operation int

// The operations.
const (
	AgentSent     Operation = 2002 // the agent wrote (客服发送信息)
	AgentReceived Operation = 2003 // the user wrote (客服接收消息)
)

// Records returns a page of what agents and users said (获取聊天记录).
// [Service.AllRecords] returns all of any time.
//
// A span of more than 24 hours is sent with a warning in the log.
//
// Errors: errcode.KFNotEnabled, KFParamInvalid, KFRecordSpanTooLong.
//
// POST /customservice/msgrecord/getmsglist (获取聊天记录)
func (s *Service) Records(ctx context.Context, q RecordQuery) (RecordPage, error) {
	const path = "/customservice/msgrecord/getmsglist"
	if q.Number == 0 {
		q.Number = maxRecords
	}
	if err := limit.Check(path, "number", "records", q.Number, 1, maxRecords); err != nil {
		return RecordPage{}, err
	}
	if q.Start.IsZero() || q.End.Before(q.Start) {
		return RecordPage{}, limit.Rule(path, "starttime", "must be there, and not after endtime")
	}
	opts := []officialaccount.CallOption{officialaccount.WithRetry()}
	if span := q.End.Sub(q.Start); span > recordSpan {
		opts = append(opts, officialaccount.WithWarning("the span is longer than 24 hours", "span", span))
	}
	after := int64(1)
	if q.After != "" {
		var err error
		if after, err = strconv.ParseInt(q.After, 10, 64); err != nil {
			return RecordPage{}, limit.Rule(path, "msgid", "is "+strconv.Quote(q.After)+", no number")
		}
	}
	in := struct {
		Start  int64 `json:"starttime"`
		End    int64 `json:"endtime"`
		MsgID  int64 `json:"msgid"`
		Number int   `json:"number"`
	}{q.Start.Unix(), q.End.Unix(), after, q.Number}
	var out RecordPage
	err := s.oa.Post(ctx, path, in, &out, opts...)
	return out, err
}

// AllRecords returns all that agents and users said from start to end, however far
// apart these are: it asks day by day, for a page when it gets there, and yields an
// error last.
//
// POST /customservice/msgrecord/getmsglist (获取聊天记录)
func (s *Service) AllRecords(ctx context.Context, start, end time.Time) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		given := false // the records of the second in which the span begins
		for from := start.Truncate(time.Second); ; {
			to := from.Add(recordSpan)
			if to.After(end) {
				to = end
			}
			again := false
			for r, err := range s.recordsOfSpan(ctx, from, to) {
				if err == nil && given && r.Time.Equal(from) {
					continue
				}
				again = again || r.Time.Equal(to)
				if !yield(r, err) || err != nil {
					return
				}
			}
			if !to.Before(end) {
				return
			}
			from, given = to, again
		}
	}
}

func (s *Service) recordsOfSpan(ctx context.Context, start, end time.Time) iter.Seq2[Record, error] {
	return officialaccount.Pages(ctx, "", func(ctx context.Context, after string) ([]Record, string, error) {
		page, err := s.Records(ctx, RecordQuery{Start: start, End: end, After: after})
		return page.Records, page.MsgID, err
	})
}
