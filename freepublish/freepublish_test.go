package freepublish_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/freepublish"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

const articleJSON = `{"title": "题", "author": "店长", "digest": "摘要", "content": "<p>x</p>", "content_source_url": "https://example.com/",
	"thumb_media_id": "COVER", "thumb_url": "http://mmbiz.qpic.cn/c", "show_cover_pic": 1, "need_open_comment": 1,
	"only_fans_can_comment": 1, "url": "http://mp.weixin.qq.com/s/x", "is_deleted": true, "article_type": "newspic",
	"image_info": {"image_list": [{"image_media_id": "PIC"}]}, "product_info": {"footer_product_info": {"product_key": "KEY"}},
	"pic_crop_235_1": "0_0.1_1_0.9", "pic_crop_1_1": "0.1_0_0.9_1",
	"cover_info": {"crop_percent_list": [{"ratio": "1_1", "x1": "0.1", "y1": "0", "x2": "0.9", "y2": "1"}]}}`

func post() *article.Post {
	return &article.Post{
		ID: "A1", Created: apitest.At(1700000000), Updated: apitest.At(1700000060),
		Articles: []article.Article{{
			Type: article.Pictures, Images: article.Images{"PIC"}, ProductFooter: "KEY",
			Crop235x1: "0_0.1_1_0.9", Crop1x1: "0.1_0_0.9_1", Crops: article.Crops{{Ratio: article.Ratio1x1, X1: "0.1", Y1: "0", X2: "0.9", Y2: "1"}},
			Title: "题", Author: "店长", Digest: "摘要", Content: "<p>x</p>", SourceURL: "https://example.com/",
			CoverMediaID: "COVER", CoverURL: "http://mmbiz.qpic.cn/c", URL: "http://mp.weixin.qq.com/s/x",
			CoverInText: true, CommentsOpen: true, FansOnlyComment: true, Deleted: true,
		}},
	}
}

func TestCalls(t *testing.T) {
	apitest.Filled(t, post())
	job := &freepublish.Job{PublishID: "2247503051", MsgDataID: "2247483700"}
	apitest.Filled(t, job)
	submit := func(c ctx, oa client) (any, error) { return freepublish.New(oa).Submit(c, "D1") }
	status := func(c ctx, oa client) (any, error) { return freepublish.New(oa).GetStatus(c, "2247503051") }
	apitest.Run(t, []apitest.Case{
		{
			Do: submit, Path: "/cgi-bin/freepublish/submit", Body: `{"media_id": "D1"}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "publish_id": "2247503051", "msg_data_id": "2247483700"}`, Want: job,
		},
		{
			Name: "submit, ids as numbers",
			Do:   submit, Path: "/cgi-bin/freepublish/submit", Body: `{"media_id": "D1"}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "publish_id": 2247503051, "msg_data_id": 2247483700}`, Want: job,
		},
		{
			Name: "submit, refused",
			Do:   submit, Path: "/cgi-bin/freepublish/submit", Body: `{"media_id": "D1"}`,
			Answer: `{"errcode": 53503, "errmsg": "draft check failed"}`,
			Fails:  errcode.DraftCheckFailed,
		},
		{
			Do: status, Path: "/cgi-bin/freepublish/get", Retried: true, Body: `{"publish_id": "2247503051"}`,
			Answer: `{"publish_id": 2247503051, "publish_status": 0, "article_id": "A1",
				"article_detail": {"count": 1, "item": [{"idx": 1, "article_url": "http://mp.weixin.qq.com/s/x"}]}, "fail_idx": []}`,
			Want: &freepublish.JobStatus{
				PublishID: "2247503051", Status: message.PublishDone, ArticleID: "A1", Failed: []int{},
				Articles: []freepublish.ArticleLink{{Index: 1, URL: "http://mp.weixin.qq.com/s/x"}},
			},
		},
		{
			Name: "status, refused",
			Do:   status, Path: "/cgi-bin/freepublish/get", Retried: true, Body: `{"publish_id": "2247503051"}`,
			Answer: `{"publish_id": "2247503051", "publish_status": 4, "fail_idx": [1, 2]}`,
			Want:   &freepublish.JobStatus{PublishID: "2247503051", Status: message.PublishPlatformRefused, Failed: []int{1, 2}},
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return freepublish.New(oa).GetArticle(c, "A1") },
			Path: "/cgi-bin/freepublish/getarticle", Retried: true, Body: `{"article_id": "A1"}`,
			Answer: `{"news_item": [` + articleJSON + `], "create_time": 1700000000, "update_time": 1700000060}`, Want: post(),
		},
		{
			Name: "no such article",
			Do:   func(c ctx, oa client) (any, error) { return freepublish.New(oa).GetArticle(c, "A1") },
			Path: "/cgi-bin/freepublish/getarticle", Body: `{"article_id": "A1"}`,
			Answer: `{"errcode": 53600, "errmsg": "Article ID invalid"}`,
			Fails:  errcode.ArticleIDInvalid,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, freepublish.New(oa).Delete(c, "A1", 2) },
			Path: "/cgi-bin/freepublish/delete", Body: `{"article_id": "A1", "index": 2}`,
		},
		{
			Name: "delete all",
			Do:   func(c ctx, oa client) (any, error) { return nil, freepublish.New(oa).Delete(c, "A1", 0) },
			Path: "/cgi-bin/freepublish/delete", Body: `{"article_id": "A1"}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return freepublish.New(oa).List(c, 4, 20) },
			Path: "/cgi-bin/freepublish/batchget", Retried: true, Body: `{"offset": 4, "count": 20}`,
			Answer: `{"total_count": 9, "item_count": 1, "item": [{"article_id": "A1", "update_time": 1700000060,
				"content": {"news_item": [` + articleJSON + `], "create_time": 1700000000, "update_time": 1}}]}`,
			Want: &article.Page{Total: 9, Posts: []article.Post{*post()}},
		},
		{
			Name: "list without content, times inside",
			Do: func(c ctx, oa client) (any, error) {
				return freepublish.New(oa).List(c, 0, 1, freepublish.WithoutContent())
			},
			Path: "/cgi-bin/freepublish/batchget", Retried: true, Body: `{"offset": 0, "count": 1, "no_content": 1}`,
			Answer: `{"total_count": 9, "item_count": 1, "item": [{"article_id": "A1",
				"content": {"news_item": [` + articleJSON + `], "create_time": 1700000000, "update_time": 1700000060}}]}`,
			Want: &article.Page{Total: 9, Posts: []article.Post{*post()}},
		},
	})
}

// Every state that the platform has, however it writes the number.
func TestStates(t *testing.T) {
	for value, want := range map[string]message.PublishStatus{
		"0": message.PublishDone, `"1"`: message.PublishRunning, "2.0": message.PublishOriginalFailed, "3": message.PublishFailed,
		`"4"`: message.PublishPlatformRefused, "5": message.PublishDeleted, "6e0": message.PublishBanned, "7": 7,
	} {
		p := apitest.New(t, apitest.JSON(`{"publish_id": 2247503051, "publish_status": `+value+`, "fail_idx": "", "article_detail": []}`))
		got, err := freepublish.New(p.Client()).GetStatus(t.Context(), "2247503051")
		require.NoError(t, err, value)
		require.Equal(t, &freepublish.JobStatus{PublishID: "2247503051", Status: want}, got, value)
	}
}

func TestAll(t *testing.T) {
	p := apitest.New(t,
		apitest.JSON(`{"total_count": 2, "item_count": 1, "item": [{"article_id": "A1", "content": {"news_item": []}}]}`),
		apitest.JSON(`{"total_count": 2, "item_count": 1, "item": [{"article_id": "A2", "content": {"news_item": []}}]}`),
	)
	var got []string
	for post, err := range freepublish.New(p.Client()).All(t.Context(), freepublish.WithoutContent()) {
		require.NoError(t, err)
		got = append(got, post.ID)
	}
	require.Equal(t, []string{"A1", "A2"}, got)
	require.Len(t, p.Calls(), 2, "the total is reached")
	for i := range 2 {
		require.JSONEq(t, fmt.Sprintf(`{"offset": %d, "count": 20, "no_content": 1}`, i), p.Calls()[i].Body)
	}
}

func TestBadInput(t *testing.T) {
	list := func(offset, count int) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return freepublish.New(oa).List(c, offset, count) }
	}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"draftMediaID (media_id) is empty": func(c ctx, oa client) (any, error) { return freepublish.New(oa).Submit(c, "") },
		"publishID is empty":               func(c ctx, oa client) (any, error) { return freepublish.New(oa).GetStatus(c, "") },
		"getarticle: articleID is empty":   func(c ctx, oa client) (any, error) { return freepublish.New(oa).GetArticle(c, "") },
		"delete: articleID is empty":       func(c ctx, oa client) (any, error) { return nil, freepublish.New(oa).Delete(c, "", 0) },
		"index is negative":                func(c ctx, oa client) (any, error) { return nil, freepublish.New(oa).Delete(c, "A1", -1) },
		"offset is negative":               list(-1, 20),
		"count has 21 posts, at most 20":   list(0, 21),
		"count has 0 posts":                list(0, 0),
	})
}

func Example() {
	platform := apitest.Example(
		apitest.JSON(`{"errcode": 0, "errmsg": "ok", "publish_id": "100000001"}`),
		apitest.JSON(`{"publish_id": "100000001", "publish_status": 0, "article_id": "ARTICLE_ID",
			"article_detail": {"count": 1, "item": [{"idx": 1, "article_url": "http://mp.weixin.qq.com/s/x"}]}}`),
	)
	posts := freepublish.New(platform.Client())
	ctx := context.Background()

	job, err := posts.Submit(ctx, "DRAFT_MEDIA_ID")
	if err != nil {
		fmt.Println(err)
		return
	}
	status, err := posts.GetStatus(ctx, job.PublishID) // or wait for PUBLISHJOBFINISH
	if err != nil {
		fmt.Println(err)
		return
	}
	if status.Status == message.PublishDone {
		fmt.Println(status.ArticleID, status.Articles[0].URL)
	}
	// Output: ARTICLE_ID http://mp.weixin.qq.com/s/x
}
