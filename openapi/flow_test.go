package openapi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/openapi"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// The client reads the rules that an administrator has set.
func TestAutoRepliesOfPlatform(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	service := openapi.New(localtest.Client(t, p))
	got, err := service.GetAutoReplies(t.Context())
	require.NoError(t, err)
	require.Equal(t, &openapi.AutoReplies{}, got)

	p.SetAutoReply(wechattest.AutoReplyRules{
		OnFollowEnabled: true,
		OnFollow:        wechattest.AutoReplyContent{Type: "text", Content: "谢谢关注 & welcome"},
		Keywords: []wechattest.AutoReplyRule{{
			Name: "营业时间", Created: time.Unix(1423028166, 0), RandomOne: true,
			Keywords: []wechattest.AutoReplyKeyword{{Text: "几点"}, {Text: "营业时间", Exact: true}},
			Replies: []wechattest.AutoReplyContent{
				{Type: "text", Content: "9 to 17"},
				{Type: "news", News: []wechattest.AutoReplyArticle{{Title: "Hours", ShowCover: true, URL: "http://mp.example/s"}}},
			},
		}},
	})
	got, err = service.GetAutoReplies(t.Context())
	require.NoError(t, err)
	require.True(t, got.OnFollowEnabled)
	require.False(t, got.OnMessageEnabled)
	require.Equal(t, &openapi.AutoReply{Type: "text", Content: "谢谢关注 & welcome"}, got.OnFollow)
	require.Nil(t, got.OnMessage)
	require.Len(t, got.Keywords.Rules, 1)
	rule := got.Keywords.Rules[0]
	require.Equal(t, "营业时间", rule.Name)
	require.True(t, rule.Created.Equal(time.Unix(1423028166, 0)))
	require.EqualValues(t, "random_one", rule.Mode)
	require.Equal(t, openapi.MatchContain, rule.Keywords[0].Match)
	require.Equal(t, openapi.MatchEqual, rule.Keywords[1].Match)
	require.Equal(t, "9 to 17", rule.Replies[0].Content)
	require.Equal(t, []article.Summary{{Title: "Hours", ShowCover: true, URL: "http://mp.example/s"}}, rule.Replies[1].News.Articles)
}

func TestClearQuotaOfPlatform(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	service := openapi.New(localtest.Client(t, p))
	require.ErrorIs(t, service.ClearUsedQuota(t.Context(), send), openapi.ErrQuotaLeft)
	require.NoError(t, service.ClearQuota(t.Context()))
	require.NoError(t, service.ClearQuotaBySecret(t.Context()))
	require.NoError(t, service.ClearPathQuota(t.Context(), send))
	require.Len(t, p.Calls("/cgi-bin/clear_quota/v2"), 1, "the body is enough")
}
