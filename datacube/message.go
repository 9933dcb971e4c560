package datacube

import "context"

// UpstreamMsg is how many messages of one kind users sent on one day, or in one week or
// month.
type UpstreamMsg struct {
	Row
	Type   MsgType    `json:"msg_type"`
	Users  int        `json:"msg_user"`    // users who sent one
	Count  int        `json:"msg_count"`   // messages
	Source UserSource `json:"user_source"` // only in some answers
}

// MsgType is a kind of message. The platform adds values without notice.
type MsgType int

// The kinds of messages.
const (
	Text  MsgType = 1
	Image MsgType = 2
	Voice MsgType = 3
	Video MsgType = 4
	Link  MsgType = 6 // 第三方应用消息（链接消息）
)

// GetUpstreamMsg returns how many messages users sent, by day and [MsgType], for a span of
// at most 7 days.
//
// POST /datacube/getupstreammsg (获取消息发送概况数据)
func (s *Service) GetUpstreamMsg(ctx context.Context, span Span) (*Report[UpstreamMsg], error) {
	return get[UpstreamMsg](ctx, s.oa, rule{path: "/datacube/getupstreammsg", days: 7}, span)
}

// UpstreamMsgHour is how many messages of one kind users sent in one hour.
type UpstreamMsgHour struct {
	Row
	Hour  Hour    `json:"ref_hour"`
	Type  MsgType `json:"msg_type"`
	Users int     `json:"msg_user"`
	Count int     `json:"msg_count"`
}

// GetUpstreamMsgHour returns how many messages users sent on one day, by hour and
// [MsgType].
//
// POST /datacube/getupstreammsghour (获取消息发送分时数据)
func (s *Service) GetUpstreamMsgHour(ctx context.Context, span Span) (*Report[UpstreamMsgHour], error) {
	return get[UpstreamMsgHour](ctx, s.oa, rule{path: "/datacube/getupstreammsghour", days: 1}, span)
}

// GetUpstreamMsgWeek returns how many messages users sent in one week, by [MsgType]. The
// span is the Monday of the week. Older documents allow spans of up to 30 days.
//
// POST /datacube/getupstreammsgweek (获取消息发送周数据)
func (s *Service) GetUpstreamMsgWeek(ctx context.Context, span Span) (*Report[UpstreamMsg], error) {
	return get[UpstreamMsg](ctx, s.oa, rule{path: "/datacube/getupstreammsgweek", unit: weekly}, span)
}

// GetUpstreamMsgMonth returns how many messages users sent in one month, by [MsgType]. The
// span is the first day of the month. Older documents allow spans of up to 30 days.
//
// POST /datacube/getupstreammsgmonth (获取消息发送月数据)
func (s *Service) GetUpstreamMsgMonth(ctx context.Context, span Span) (*Report[UpstreamMsg], error) {
	return get[UpstreamMsg](ctx, s.oa, rule{path: "/datacube/getupstreammsgmonth", unit: monthly}, span)
}

// UpstreamMsgDist is how many users sent a number of messages in Interval, on one day or
// in one week or month.
type UpstreamMsgDist struct {
	Row
	Interval CountInterval `json:"count_interval"`
	Users    int           `json:"msg_user"`
}

// CountInterval is a range of numbers of messages.
type CountInterval int

// The ranges.
const (
	Sent0      CountInterval = 0
	Sent1To5   CountInterval = 1
	Sent6To10  CountInterval = 2
	SentOver10 CountInterval = 3
)

// GetUpstreamMsgDist returns how many users sent few or many messages, by day and
// [CountInterval], for a span of at most 15 days.
//
// POST /datacube/getupstreammsgdist (获取消息发送分布数据)
func (s *Service) GetUpstreamMsgDist(ctx context.Context, span Span) (*Report[UpstreamMsgDist], error) {
	return get[UpstreamMsgDist](ctx, s.oa, rule{path: "/datacube/getupstreammsgdist", days: 15}, span)
}

// GetUpstreamMsgDistWeek is [Service.GetUpstreamMsgDist] for one week. The span is the Monday
// of the week. Other documents allow spans of up to 15 or 30 days.
//
// POST /datacube/getupstreammsgdistweek (获取消息发送分布周数据)
func (s *Service) GetUpstreamMsgDistWeek(ctx context.Context, span Span) (*Report[UpstreamMsgDist], error) {
	return get[UpstreamMsgDist](ctx, s.oa, rule{path: "/datacube/getupstreammsgdistweek", unit: weekly}, span)
}

// GetUpstreamMsgDistMonth is [Service.GetUpstreamMsgDist] for one month. The span is the
// first day of the month. Other documents allow spans of up to 15 or 30 days.
//
// POST /datacube/getupstreammsgdistmonth (获取消息发送分布月数据)
func (s *Service) GetUpstreamMsgDistMonth(ctx context.Context, span Span) (*Report[UpstreamMsgDist], error) {
	return get[UpstreamMsgDist](ctx, s.oa, rule{path: "/datacube/getupstreammsgdistmonth", unit: monthly}, span)
}
