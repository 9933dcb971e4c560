package wechattest

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// AutoReplyRules are the rules that an administrator set on the console (自动回复),
// returned by /cgi-bin/get_current_autoreply_info. They do not answer messages; the bot
// does.
type AutoReplyRules struct {
	OnFollowEnabled  bool             // the switch of OnFollow (被添加自动回复)
	OnMessageEnabled bool             // the switch of OnMessage and Keywords
	OnFollow         AutoReplyContent // not set if its Type is empty
	OnMessage        AutoReplyContent // to a message that no keyword matches (消息自动回复); not set if its Type is empty
	Keywords         []AutoReplyRule  // 关键词自动回复
}

// AutoReplyContent is an automatic answer.
type AutoReplyContent struct {
	Type    string             // text, img, voice, video or news
	Content string             // the text, a media id, or the address of a video; empty for news
	News    []AutoReplyArticle // for news, in a rule for keywords
}

// AutoReplyArticle is an article of a news reply (图文消息).
type AutoReplyArticle struct {
	Title, Author, Digest    string
	ShowCover                bool
	CoverURL, URL, SourceURL string
}

// AutoReplyRule is a rule for keywords.
type AutoReplyRule struct {
	Name      string
	Created   time.Time
	RandomOne bool // one of the replies (random_one); otherwise all (reply_all)
	Keywords  []AutoReplyKeyword
	Replies   []AutoReplyContent
}

// AutoReplyKeyword is a keyword.
type AutoReplyKeyword struct {
	Text  string
	Exact bool // the whole message (equal); otherwise a part of it (contain)
}

// SetAutoReply sets the rules, as an administrator does on the console.
func (p *Platform) SetAutoReply(rules AutoReplyRules) { p.autoReply.Set(rules.object()) }

// object returns the rules in the platform's form.
func (rules AutoReplyRules) object() server.Object {
	answer := server.Object{"is_add_friend_reply_open": flag(rules.OnFollowEnabled), "is_autoreply_open": flag(rules.OnMessageEnabled)}
	if rules.OnFollow.Type != "" {
		answer["add_friend_autoreply_info"] = rules.OnFollow.object()
	}
	if rules.OnMessage.Type != "" {
		answer["message_default_autoreply_info"] = rules.OnMessage.object()
	}
	if len(rules.Keywords) > 0 {
		list := []server.Object{}
		for _, rule := range rules.Keywords {
			list = append(list, rule.object())
		}
		answer["keyword_autoreply_info"] = server.Object{"list": list}
	}
	return answer
}

func (r AutoReplyRule) object() server.Object {
	mode, words, replies := "reply_all", []server.Object{}, []server.Object{}
	if r.RandomOne {
		mode = "random_one"
	}
	for _, w := range r.Keywords {
		match := "contain"
		if w.Exact {
			match = "equal"
		}
		words = append(words, server.Object{"type": "text", "match_mode": match, "content": w.Text})
	}
	for _, reply := range r.Replies {
		replies = append(replies, reply.object())
	}
	return server.Object{
		"rule_name": r.Name, "create_time": r.Created.Unix(), "reply_mode": mode,
		"keyword_list_info": words, "reply_list_info": replies,
	}
}

func (r AutoReplyContent) object() server.Object {
	if r.Type != "news" {
		return server.Object{"type": r.Type, "content": r.Content}
	}
	list := []server.Object{}
	for _, a := range r.News {
		list = append(list, server.Object{
			"title": a.Title, "author": a.Author, "digest": a.Digest, "show_cover": flag(a.ShowCover),
			"cover_url": a.CoverURL, "content_url": a.URL, "source_url": a.SourceURL,
		})
	}
	return server.Object{"type": r.Type, "news_info": server.Object{"list": list}}
}

// flag returns a switch in the platform's form.
func flag(on bool) int {
	if on {
		return 1
	}
	return 0
}
