package datacube

import "context"

// ArticleRead is how many users read an article on one day.
type ArticleRead struct {
	Row
	// MsgID is the msg_data_id of the publication, "_" and the place of the article in
	// it, from 1: "2247490098_1".
	MsgID  string `json:"msgid"`
	Detail struct {
		ReadUsers int          `json:"read_user"`
		Scenes    []SceneCount `json:"read_user_source"`
	} `json:"detail"`
}

// SceneCount is how many users came to an article from one place.
type SceneCount struct {
	Scene Scene `json:"scene_desc"`
	Users int   `json:"user_count"`
}

// Scene is a place from which users come to an article, in Chinese. The platform adds
// values without notice.
type Scene string

// The places from which users come to an article.
const (
	SceneAll       Scene = "全部" // the total; a user who came from two places counts once
	SceneMessage   Scene = "公众号消息"
	SceneProfile   Scene = "公众号主页"
	SceneChat      Scene = "聊天会话"
	SceneMoments   Scene = "朋友圈"
	SceneRecommend Scene = "推荐"
	SceneSearch    Scene = "搜一搜"
	SceneOther     Scene = "其他"
)

// GetArticleRead returns how many users read each article on one day. An article
// without readers has no row. The data begin on 2025-11-01.
//
// POST /datacube/getarticleread (获取发表内容每日阅读数据)
func (s *Service) GetArticleRead(ctx context.Context, span Span) (*Report[ArticleRead], error) {
	return get[ArticleRead](ctx, s.oa, rule{path: "/datacube/getarticleread", days: 1, since: articleDay()}, span)
}

// ArticleShare is how many users shared an article on one day.
type ArticleShare struct {
	Row
	MsgID  string `json:"msgid"` // as in ArticleRead
	Detail struct {
		ShareUsers int `json:"share_user"`
	} `json:"detail"`
}

// GetArticleShare returns how many users shared each article on one day. An article
// without shares has no row. The data begin on 2025-11-01.
//
// POST /datacube/getarticleshare (获取发表内容每日分享数据)
func (s *Service) GetArticleShare(ctx context.Context, span Span) (*Report[ArticleShare], error) {
	return get[ArticleShare](ctx, s.oa, rule{path: "/datacube/getarticleshare", days: 1, since: articleDay()}, span)
}

// BizSummary is what users did with all articles of the account on one day.
type BizSummary struct {
	Row
	Detail BizDetail `json:"detail"`
}

// BizDetail has the counters of a [BizSummary].
type BizDetail struct {
	ReadUsers    int          `json:"read_user"`
	Scenes       []SceneCount `json:"read_user_source"`
	ShareUsers   int          `json:"share_user"`
	ZaikanUsers  int          `json:"zaikan_user"` // who recommended an article, with the heart (在看)
	LikeUsers    int          `json:"like_user"`   // who liked an article, with the thumb (点赞)
	Comments     int          `json:"comment_count"`
	CollectUsers int          `json:"collection_user"`        // who added an article to their favorites
	SourceUsers  int          `json:"redirect_ori_page_user"` // who opened the original page (阅读原文)
	Published    int          `json:"send_page_count"`        // articles published that day
}

// GetBizSummary returns what users did with the articles of the account, by day, for a
// span of at most 30 days. The data begin on 2025-11-01.
//
// POST /datacube/getbizsummary (获取发表内容概况总数据)
func (s *Service) GetBizSummary(ctx context.Context, span Span) (*Report[BizSummary], error) {
	return get[BizSummary](ctx, s.oa, rule{path: "/datacube/getbizsummary", days: 30, since: articleDay()}, span)
}

// ArticleTotalDetail is what users did with an article since it was published, Row.Date.
type ArticleTotalDetail struct {
	Row
	MsgID       string       `json:"msgid"` // as in ArticleRead
	Title       string       `json:"title"`
	URL         string       `json:"content_url"`
	PublishType PublishType  `json:"publish_type"`
	Totals      []ArticleDay `json:"detail_list"` // running totals, the newest last
}

// PublishType is how an article was published. The platform adds values without notice.
type PublishType int

// The ways to publish an article.
const (
	Notified    PublishType = 0 // the followers received it in their chats (已通知)
	NotNotified PublishType = 1 // 未开启通知
)

// ArticleDay is what users did with an article from the day of its publication to the end
// of Date. The platform counts an article for 30 days.
type ArticleDay struct {
	Date             Day            `json:"stat_date"`
	ReadUsers        int            `json:"read_user"`
	Scenes           []SceneCount   `json:"read_user_source"`
	ShareUsers       int            `json:"share_user"`
	ZaikanUsers      int            `json:"zaikan_user"` // who recommended it, with the heart (在看)
	LikeUsers        int            `json:"like_user"`   // who liked it, with the thumb (点赞)
	Comments         int            `json:"comment_count"`
	CollectUsers     int            `json:"collection_user"`     // who added it to their favorites
	PraiseMoney      int64          `json:"praise_money"`        // rewards (赞赏), in fen: 100 are one yuan
	NewFollowers     int            `json:"read_subscribe_user"` // who followed after reading
	DeliveryReadRate float64        `json:"read_delivery_rate"`  // readers among those who received it, 0 to 1
	FinishRate       float64        `json:"read_finish_rate"`    // readers who read to the end, 0 to 1
	AverageTime      Minutes        `json:"read_avg_activetime"` // of reading
	Jumps            []JumpPosition `json:"read_jump_position"`  // where readers left
}

// JumpPosition is how many readers left an article in one part of it.
type JumpPosition struct {
	Fifth int     `json:"position"` // part of the article, 1 to 5
	Rate  float64 `json:"rate"`     // share of the readers, 0 to 1
}

// GetArticleTotalDetail returns what users did with each article that was published on one
// day. The data begin on 2025-11-01.
//
// POST /datacube/getarticletotaldetail (获取发表内容发表详细数据)
func (s *Service) GetArticleTotalDetail(ctx context.Context, span Span) (*Report[ArticleTotalDetail], error) {
	return get[ArticleTotalDetail](ctx, s.oa, rule{path: "/datacube/getarticletotaldetail", days: 1, since: articleDay()}, span)
}
