package openapi

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// AutoReplies are the automatic answers of the account, as set on mp.weixin.qq.com.
// While a callback URL is active, the two switches may be false.
type AutoReplies struct {
	OnFollowEnabled  bool `json:"is_add_friend_reply_open"`
	OnMessageEnabled bool `json:"is_autoreply_open"`

	OnFollow  *AutoReply      `json:"add_friend_autoreply_info,omitempty"`      // 关注后自动回复; nil if not set
	OnMessage *AutoReply      `json:"message_default_autoreply_info,omitempty"` // 消息自动回复; nil if not set
	Keywords  KeywordRuleList `json:"keyword_autoreply_info,omitzero"`          // 关键词自动回复
}

// KeywordRuleList holds the rules for keywords.
type KeywordRuleList struct {
	Rules []KeywordRule `json:"list"`
}

// ReplyType is the type of an automatic answer, or of a keyword.
type ReplyType string

// The types.
const (
	TextReply  ReplyType = "text"
	ImageReply ReplyType = "img"
	VoiceReply ReplyType = "voice"
	VideoReply ReplyType = "video"
	NewsReply  ReplyType = "news"
)

// AutoReply is an automatic answer.
type AutoReply struct {
	Type    ReplyType         `json:"type"`
	Content string            `json:"content,omitempty"`  // the text, a media id, or the address of a video; some answers of type news have none
	News    article.Summaries `json:"news_info,omitzero"` // of an answer of type news
}

// ReplyMode tells which answers a rule sends.
type ReplyMode string

// The modes.
const (
	ReplyAll    ReplyMode = "reply_all"  // all of them
	ReplyRandom ReplyMode = "random_one" // a random one
)

// MatchMode tells when a keyword matches.
type MatchMode string

// The modes.
const (
	MatchContain MatchMode = "contain" // the message contains it (半匹配)
	MatchEqual   MatchMode = "equal"   // the message equals it (全匹配)
)

// KeywordRule answers messages with certain keywords.
type KeywordRule struct {
	Name     string                    `json:"rule_name"`
	Created  officialaccount.Timestamp `json:"create_time"`
	Mode     ReplyMode                 `json:"reply_mode"`
	Keywords []Keyword                 `json:"keyword_list_info"`
	Replies  []AutoReply               `json:"reply_list_info"`
}

// Keyword is a keyword of a rule.
type Keyword struct {
	Type    ReplyType `json:"type"`
	Match   MatchMode `json:"match_mode"`
	Content string    `json:"content"`
}

// GetAutoReplies returns the automatic answers of the account (获取公众号的自动回复规则).
//
// GET /cgi-bin/get_current_autoreply_info (获取公众号的自动回复规则)
func (s *Service) GetAutoReplies(ctx context.Context) (*AutoReplies, error) {
	var out AutoReplies
	if err := s.oa.Get(ctx, "/cgi-bin/get_current_autoreply_info", nil, &out); err != nil {
		return nil, err
	}
	return &out, nil
}
