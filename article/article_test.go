package article_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/draft"
	"github.com/seed-f21aa8d8/wechat/freepublish"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// An article that is decoded and encoded again is the same.
func TestRoundTrip(t *testing.T) {
	const wire = `{
		"article_type": "newspic", "title": "题 & <b>", "author": "店长", "digest": "摘要", "content": "正文",
		"content_source_url": "https://example.com/?a=1&b=2", "thumb_media_id": "COVER",
		"image_info": {"image_list": [{"image_media_id": "PIC1"}, {"image_media_id": "PIC2"}]},
		"product_info": {"footer_product_info": {"product_key": "KEY"}},
		"need_open_comment": 1, "only_fans_can_comment": 1, "pic_crop_235_1": "0_0.1_1_0.9", "pic_crop_1_1": "0.1_0_0.9_1",
		"cover_info": {"crop_percent_list": [{"ratio": "1_1", "x1": "0.1", "y1": "0", "x2": "0.9", "y2": "1"}]},
		"url": "http://mp.weixin.qq.com/s/x", "thumb_url": "http://mmbiz.qpic.cn/c", "show_cover_pic": 1, "is_deleted": true}`
	var a article.Article
	require.NoError(t, json.Unmarshal([]byte(wire), &a))
	apitest.Filled(t, a)
	require.Equal(t, article.Images{"PIC1", "PIC2"}, a.Images)
	require.Equal(t, article.ProductFooter("KEY"), a.ProductFooter)
	require.Equal(t, article.Crops{{Ratio: "1_1", X1: "0.1", Y1: "0", X2: "0.9", Y2: "1"}}, a.Crops)
	apitest.Encodes(t, wire, a)
}

// Every service that reads articles accepts what the platform is known to write: numbers
// with or without quotes, and empty objects in every form.
func TestOddAnswers(t *testing.T) {
	const (
		odd = `{"title": "题", "content": "c", "need_open_comment": "1", "only_fans_can_comment": 1.0, "show_cover_pic": 2,
			"is_deleted": "false", "image_info": [], "cover_info": "", "product_info": null}`
		post = `{"news_item": [` + odd + `], "create_time": "1700000000", "update_time": 1700000060.0}`
	)
	at := func(seconds int64) officialaccount.Timestamp {
		return officialaccount.NewTimestamp(time.Unix(seconds, 0))
	}
	want := article.Post{ID: "ID", Created: at(1700000000), Updated: at(1700000060), Articles: []article.Article{{
		Title: "题", Content: "c", CommentsOpen: true, FansOnlyComment: true, CoverInText: true,
	}}}
	page := func(id string) string {
		return `{"total_count": "1", "item_count": 1.0, "item": {"` + id + `": "ID", "content": ` + post + `}}`
	}
	for name, c := range map[string]struct {
		answer string
		read   func(*officialaccount.Client) (article.Post, error)
	}{
		"draft": {post, func(oa *officialaccount.Client) (article.Post, error) {
			got, err := draft.New(oa).Get(t.Context(), "ID")
			return *got, err
		}},
		"drafts": {page("media_id"), func(oa *officialaccount.Client) (article.Post, error) {
			got, err := draft.New(oa).List(t.Context(), 0, 1)
			return got.Posts[0], err
		}},
		"publication": {post, func(oa *officialaccount.Client) (article.Post, error) {
			got, err := freepublish.New(oa).GetArticle(t.Context(), "ID")
			return *got, err
		}},
		"publications": {page("article_id"), func(oa *officialaccount.Client) (article.Post, error) {
			got, err := freepublish.New(oa).List(t.Context(), 0, 1)
			return got.Posts[0], err
		}},
		"material": {post, func(oa *officialaccount.Client) (article.Post, error) {
			got, err := material.New(oa).Get(t.Context(), "ID")
			return *got.News, err
		}},
		"materials": {page("media_id"), func(oa *officialaccount.Client) (article.Post, error) {
			got, err := material.New(oa).List(t.Context(), material.News, 0, 1)
			return got.Items[0].News, err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.read(apitest.New(t, apitest.JSON(c.answer)).Client())
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

// Every list ends on an answer without a new item, whatever its total is.
func TestListsEnd(t *testing.T) {
	count := func(t *testing.T, oa *officialaccount.Client) (n int) {
		for _, err := range draft.New(oa).All(t.Context()) {
			require.NoError(t, err)
			n++
		}
		for _, err := range freepublish.New(oa).All(t.Context()) {
			require.NoError(t, err)
			n++
		}
		for _, err := range material.New(oa).All(t.Context(), material.Image) {
			require.NoError(t, err)
			n++
		}
		return n
	}
	for name, c := range map[string]struct {
		answer string
		items  int // of each list
		calls  int
	}{
		"no item":        {`{"total_count": 5}`, 0, 1},
		"null":           {`{"total_count": 5, "item": null}`, 0, 1},
		"empty list":     {`{"total_count": 5, "item": []}`, 0, 1},
		"empty object":   {`{"total_count": 5, "item": {}}`, 0, 1},
		"empty text":     {`{"total_count": 5, "item": ""}`, 0, 1},
		"nothing":        {`{}`, 0, 1},
		"total reached":  {`{"total_count": 1, "item": [{"media_id": "1", "article_id": "1"}]}`, 1, 1},
		"the same again": {`{"total_count": 0, "item": [{"media_id": "1", "article_id": "1"}]}`, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := apitest.New(t, apitest.JSON(c.answer))
			require.Equal(t, 3*c.items, count(t, p.Client()))
			require.Len(t, p.Calls(), 3*c.calls)
		})
	}
}

func ExampleArticle() {
	a := article.Article{
		Type:    article.Pictures,
		Title:   "营业时间",
		Content: "周一至周五",
		Images:  article.Images{"PICTURE_MEDIA_ID"},
	}
	body, err := json.Marshal(a)
	fmt.Println(string(body), err)
	// Output:
	// {"article_type":"newspic","title":"营业时间","author":"","digest":"","content":"周一至周五","content_source_url":"","image_info":{"image_list":[{"image_media_id":"PICTURE_MEDIA_ID"}]},"need_open_comment":0,"only_fans_can_comment":0} <nil>
}
