package datacube

import "context"

// ArticleCounters is what users did with articles, in the older reports. Each action has
// two counters: the users who did it, and how often they did it.
type ArticleCounters struct {
	PageReadUsers   int `json:"int_page_read_user"` // of the article
	PageReadCount   int `json:"int_page_read_count"`
	SourceReadUsers int `json:"ori_page_read_user"` // of the original page (阅读原文)
	SourceReadCount int `json:"ori_page_read_count"`
	ShareUsers      int `json:"share_user"`
	ShareCount      int `json:"share_count"`
	CollectUsers    int `json:"add_to_fav_user"`
	CollectCount    int `json:"add_to_fav_count"`
}

// ReadSource is the place from which users came to an article, in the older reports. The
// platform adds values without notice.
type ReadSource int

// The places from which users come to an article.
const (
	ReadInChat    ReadSource = 0 // 会话: a message of the account
	ReadOfFriend  ReadSource = 1 // 好友
	ReadInMoments ReadSource = 2 // 朋友圈
	ReadInHistory ReadSource = 4 // 历史消息页
	ReadOther     ReadSource = 5 // 其他
	ReadInLook    ReadSource = 6 // 看一看
	ReadInSearch  ReadSource = 7 // 搜一搜
	ReadAll       ReadSource = 99999999
)

// ArticleSummary is what users did with an article on one day.
type ArticleSummary struct {
	Row
	MsgID  string     `json:"msgid"` // as in ArticleRead
	Title  string     `json:"title"`
	Source ReadSource `json:"user_source"` // only in some answers
	ArticleCounters
}

// GetArticleSummary returns what users did with each article on one day. Articles whose
// counters are below 3 have no row.
//
// Deprecated: the platform no longer maintains this report. Use GetArticleRead and
// GetArticleShare.
//
// POST /datacube/getarticlesummary (获取图文群发每日数据)
func (s *Service) GetArticleSummary(ctx context.Context, span Span) (*Report[ArticleSummary], error) {
	return get[ArticleSummary](ctx, s.oa, rule{path: "/datacube/getarticlesummary", days: 1}, span)
}

// ArticleTotal is what users did with an article since it was sent, Row.Date.
type ArticleTotal struct {
	Row
	MsgID  string            `json:"msgid"` // as in ArticleRead
	Title  string            `json:"title"`
	URL    string            `json:"url"`
	Source ReadSource        `json:"user_source"` // only in some answers
	Totals []ArticleTotalDay `json:"details"`     // running totals of at most 7 days
}

// ArticleTotalDay is what users did with an article from the day it was sent to the end of
// Date.
type ArticleTotalDay struct {
	Date        Day `json:"stat_date"`
	TargetUsers int `json:"target_user"` // to whom it was sent
	ArticleCounters

	ChatReadUsers    int `json:"int_page_from_session_read_user"` // by the place they came from, see ReadSource
	ChatReadCount    int `json:"int_page_from_session_read_count"`
	HistoryReadUsers int `json:"int_page_from_hist_msg_read_user"`
	HistoryReadCount int `json:"int_page_from_hist_msg_read_count"`
	MomentsReadUsers int `json:"int_page_from_feed_read_user"`
	MomentsReadCount int `json:"int_page_from_feed_read_count"`
	FriendReadUsers  int `json:"int_page_from_friends_read_user"`
	FriendReadCount  int `json:"int_page_from_friends_read_count"`
	OtherReadUsers   int `json:"int_page_from_other_read_user"`
	OtherReadCount   int `json:"int_page_from_other_read_count"`
	LookReadUsers    int `json:"int_page_from_kanyikan_read_user"`
	LookReadCount    int `json:"int_page_from_kanyikan_read_count"`
	SearchReadUsers  int `json:"int_page_from_souyisou_read_user"`
	SearchReadCount  int `json:"int_page_from_souyisou_read_count"`

	ChatShareUsers    int `json:"feed_share_from_session_user"` // shares to Moments (朋友圈), by the place they came from
	ChatShareCount    int `json:"feed_share_from_session_cnt"`
	MomentsShareUsers int `json:"feed_share_from_feed_user"`
	MomentsShareCount int `json:"feed_share_from_feed_cnt"`
	OtherShareUsers   int `json:"feed_share_from_other_user"`
	OtherShareCount   int `json:"feed_share_from_other_cnt"`
}

// GetArticleTotal returns what users did with each article that was sent on one day.
//
// Deprecated: the platform no longer maintains this report. Use GetArticleTotalDetail.
//
// POST /datacube/getarticletotal (获取图文群发总数据)
func (s *Service) GetArticleTotal(ctx context.Context, span Span) (*Report[ArticleTotal], error) {
	return get[ArticleTotal](ctx, s.oa, rule{path: "/datacube/getarticletotal", days: 1}, span)
}

// UserRead is what users who came from one place did with the articles on one day.
type UserRead struct {
	Row
	Source ReadSource `json:"user_source"`
	ArticleCounters
}

// GetUserRead returns what users did with the articles, by day and [ReadSource]. Older
// documents allow 3 days in one call, newer ones name no number. The original page and the
// favorites are counted in the row of ReadAll only.
//
// Deprecated: the platform no longer maintains this report. Use GetBizSummary.
//
// POST /datacube/getuserread (获取图文阅读概况数据)
func (s *Service) GetUserRead(ctx context.Context, span Span) (*Report[UserRead], error) {
	return get[UserRead](ctx, s.oa, rule{path: "/datacube/getuserread", doubt: 3}, span)
}

// UserReadHour is a [UserRead] of one hour.
type UserReadHour struct {
	Row
	Hour   Hour       `json:"ref_hour"`
	Source ReadSource `json:"user_source"`
	ArticleCounters
	OnlineTime int `json:"total_online_time"` // only in some answers; the documents do not describe it
}

// GetUserReadHour returns what users did with the articles on one day, by hour and
// [ReadSource].
//
// Deprecated: the platform no longer maintains this report. Use GetBizSummary.
//
// POST /datacube/getuserreadhour (获取图文阅读分时数据)
func (s *Service) GetUserReadHour(ctx context.Context, span Span) (*Report[UserReadHour], error) {
	return get[UserReadHour](ctx, s.oa, rule{path: "/datacube/getuserreadhour", days: 1}, span)
}

// UserShare is how often articles were shared to one place on one day.
type UserShare struct {
	Row
	Scene ShareScene `json:"share_scene"`
	Users int        `json:"share_user"`
	Count int        `json:"share_count"`
}

// ShareScene is the place to which users shared an article. The platform adds values
// without notice.
type ShareScene int

// The places to which users share.
const (
	ToFriend   ShareScene = 1   // 好友转发
	ToMoments  ShareScene = 2   // 朋友圈
	ToOtherOld ShareScene = 5   // 其他, in older documents
	ToOther    ShareScene = 255 // 其他
)

// GetUserShare returns how often articles were shared, by day and [ShareScene]. Older
// documents allow 7 days in one call, newer ones name no number.
//
// Deprecated: the platform no longer maintains this report. Use GetBizSummary.
//
// POST /datacube/getusershare (获取图文转发概况数据)
func (s *Service) GetUserShare(ctx context.Context, span Span) (*Report[UserShare], error) {
	return get[UserShare](ctx, s.oa, rule{path: "/datacube/getusershare", doubt: 7}, span)
}

// UserShareHour is a [UserShare] of one hour.
type UserShareHour struct {
	Row
	Hour  Hour       `json:"ref_hour"`
	Scene ShareScene `json:"share_scene"`
	Users int        `json:"share_user"`
	Count int        `json:"share_count"`
}

// GetUserShareHour returns how often articles were shared on one day, by hour and
// [ShareScene].
//
// Deprecated: the platform no longer maintains this report. Use GetArticleShare.
//
// POST /datacube/getusersharehour (获取图文转发分时数据)
func (s *Service) GetUserShareHour(ctx context.Context, span Span) (*Report[UserShareHour], error) {
	return get[UserShareHour](ctx, s.oa, rule{path: "/datacube/getusersharehour", days: 1}, span)
}
