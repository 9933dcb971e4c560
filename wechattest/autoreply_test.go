package wechattest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestAutoReply(t *testing.T) {
	c := newCaller(t)
	const path = "/cgi-bin/get_current_autoreply_info"
	require.JSONEq(t, `{"is_add_friend_reply_open":0,"is_autoreply_open":0}`, c.get(path).Body)
	c.p.SetAutoReply(wechattest.AutoReplyRules{
		OnFollowEnabled:  true,
		OnMessageEnabled: true,
		OnFollow:         wechattest.AutoReplyContent{Type: "text", Content: "Thanks for your attention!"},
		OnMessage:        wechattest.AutoReplyContent{Type: "img", Content: "MEDIA_1"},
		Keywords: []wechattest.AutoReplyRule{{
			Name: "autoreply-news", Created: time.Unix(1423028166, 0),
			Keywords: []wechattest.AutoReplyKeyword{{Text: "news测试"}, {Text: "exact", Exact: true}},
			Replies: []wechattest.AutoReplyContent{{Type: "news", News: []wechattest.AutoReplyArticle{{
				Title: "it's news", Author: "jim", Digest: "it's digest", ShowCover: true,
				CoverURL: "http://mmbiz.example/0", URL: "http://mp.example/s", SourceURL: "http://example.com",
			}}}},
		}, {
			Name: "autoreply-voice", Created: time.Unix(1423027971, 0), RandomOne: true,
			Keywords: []wechattest.AutoReplyKeyword{{Text: "voice测试"}},
			Replies:  []wechattest.AutoReplyContent{{Type: "voice", Content: "NESsxgHEvAcg3egJTtYj4uG1PTL6iPhratdWKDLAXYErhN6oEEfMdVyblWtBY5vp"}},
		}},
	})
	require.JSONEq(t, `{
		"is_add_friend_reply_open": 1, "is_autoreply_open": 1,
		"add_friend_autoreply_info": {"type": "text", "content": "Thanks for your attention!"},
		"message_default_autoreply_info": {"type": "img", "content": "MEDIA_1"},
		"keyword_autoreply_info": {"list": [{
			"rule_name": "autoreply-news", "create_time": 1423028166, "reply_mode": "reply_all",
			"keyword_list_info": [{"type": "text", "match_mode": "contain", "content": "news测试"}, {"type": "text", "match_mode": "equal", "content": "exact"}],
			"reply_list_info": [{"type": "news", "news_info": {"list": [{
				"title": "it's news", "author": "jim", "digest": "it's digest", "show_cover": 1,
				"cover_url": "http://mmbiz.example/0", "content_url": "http://mp.example/s", "source_url": "http://example.com"}]}}]
		}, {
			"rule_name": "autoreply-voice", "create_time": 1423027971, "reply_mode": "random_one",
			"keyword_list_info": [{"type": "text", "match_mode": "contain", "content": "voice测试"}],
			"reply_list_info": [{"type": "voice", "content": "NESsxgHEvAcg3egJTtYj4uG1PTL6iPhratdWKDLAXYErhN6oEEfMdVyblWtBY5vp"}]
		}]}}`, c.get(path).Body)
	require.Equal(t, 41001, c.do("GET", path, nil, "").Code)
}
