package draft_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/draft"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

func at(seconds int64) officialaccount.Timestamp {
	return officialaccount.NewTimestamp(time.Unix(seconds, 0))
}

// news has every field that a request can have.
func news() draft.Article {
	return draft.Article{
		Type: draft.News, Title: "营业时间 & more", Author: "店长", Digest: "摘要", Content: `<p>你好 <img src="http://mmbiz.qpic.cn/x"></p>`,
		SourceURL: "https://example.com/?a=1&b=2", CoverMediaID: "COVER", ProductFooter: "KEY",
		CommentsOpen: true, FansOnlyComment: true, Crop235x1: "0_0.1_1_0.9", Crop1x1: "0.1_0_0.9_1",
		Crops:  []draft.Crop{{Ratio: "1_1", X1: "0.1", Y1: "0", X2: "0.9", Y2: "1"}},
		Images: []string{"PIC1", "PIC2"},
	}
}

const (
	newsSent = `"article_type": "news", "title": "营业时间 & more", "author": "店长", "digest": "摘要",
		"content": "<p>你好 <img src=\"http://mmbiz.qpic.cn/x\"></p>", "content_source_url": "https://example.com/?a=1&b=2",
		"thumb_media_id": "COVER", "need_open_comment": 1, "only_fans_can_comment": 1,
		"pic_crop_235_1": "0_0.1_1_0.9", "pic_crop_1_1": "0.1_0_0.9_1",
		"image_info": {"image_list": [{"image_media_id": "PIC1"}, {"image_media_id": "PIC2"}]},
		"cover_info": {"crop_percent_list": [{"ratio": "1_1", "x1": "0.1", "y1": "0", "x2": "0.9", "y2": "1"}]},
		"product_info": {"footer_product_info": {"product_key": "KEY"}}`
	newsAnswer = newsSent + `, "show_cover_pic": 1, "url": "http://mp.weixin.qq.com/s/tmp", "thumb_url": "http://mmbiz.qpic.cn/c"`
)

// answered is news as it comes back.
func answered() draft.Article {
	a := news()
	a.URL, a.CoverURL, a.CoverInText = "http://mp.weixin.qq.com/s/tmp", "http://mmbiz.qpic.cn/c", true
	return a
}

func TestCalls(t *testing.T) {
	apitest.Filled(t, answered())
	whole := draft.Draft{MediaID: "D1", Articles: []draft.Article{answered()}, Created: at(1700000000), Updated: at(1700000060)}
	apitest.Filled(t, whole)
	page := draft.Page{Total: 9, Drafts: []draft.Draft{whole}}
	card := draft.ProductCard{Key: "KEY", DOM: "<mp-common-product></mp-common-product>"}
	apitest.Filled(t, card)
	pictures := draft.Article{Type: draft.Pictures, Title: "t", Content: "c", Images: []string{"PIC"}}

	apitest.Run(t, []apitest.Case{
		{
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).Add(c, news(), pictures) },
			Path: "/cgi-bin/draft/add",
			Body: `{"articles": [{` + newsSent + `}, {"article_type": "newspic", "title": "t", "content": "c",
				"image_info": {"image_list": [{"image_media_id": "PIC"}]}}]}`,
			Answer: `{"media_id": "D1", "item": []}`, Want: "D1",
		},
		{
			Name: "what comes back is not sent again",
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).Add(c, answered()) },
			Path: "/cgi-bin/draft/add", Body: `{"articles": [{` + newsSent + `}]}`,
			Answer: `{"media_id": "D1"}`, Want: "D1",
		},
		{
			Name: "foreign cover",
			Do: func(c ctx, oa client) (any, error) {
				return draft.New(oa).Add(c, draft.Article{Title: "t", Content: "c", CoverMediaID: "X"})
			},
			Path: "/cgi-bin/draft/add", Body: `{"articles": [{"title": "t", "content": "c", "thumb_media_id": "X"}]}`,
			Answer: `{"errcode": 40007, "errmsg": "invalid media_id"}`, Want: "", Fails: errcode.InvalidMediaID,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, draft.New(oa).Update(c, "D1", 1, news()) },
			Path: "/cgi-bin/draft/update", Body: `{"media_id": "D1", "index": 1, "articles": {` + newsSent + `}}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).Get(c, "D1") },
			Path: "/cgi-bin/draft/get", Body: `{"media_id": "D1"}`,
			Answer: `{"news_item": [{` + newsAnswer + `}], "create_time": 1700000000, "update_time": 1700000060}`,
			Want:   whole,
		},
		{
			Name: "draft without times",
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).Get(c, "D1") },
			Path: "/cgi-bin/draft/get", Body: `{"media_id": "D1"}`,
			Answer: `{"news_item": [{"title": "t", "content": "c", "thumb_media_id": "X", "show_cover_pic": 0}]}`,
			Want:   draft.Draft{MediaID: "D1", Articles: []draft.Article{{Title: "t", Content: "c", CoverMediaID: "X"}}},
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, draft.New(oa).Delete(c, "D1") },
			Path: "/cgi-bin/draft/delete", Body: `{"media_id": "D1"}`,
		},
		{
			Do:     func(c ctx, oa client) (any, error) { return draft.New(oa).Count(c) },
			Method: "GET", Path: "/cgi-bin/draft/count",
			Answer: `{"total_count": 9}`, Want: 9,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).List(c, 4, 20, true) },
			Path: "/cgi-bin/draft/batchget", Body: `{"offset": 4, "count": 20}`,
			Answer: `{"total_count": 9, "item_count": 1, "item": [{"media_id": "D1", "update_time": 1700000060,
				"content": {"news_item": [{` + newsAnswer + `}], "create_time": 1700000000, "update_time": 1}}]}`,
			Want: page,
		},
		{
			Name: "list without content, times inside",
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).List(c, 0, 1, false) },
			Path: "/cgi-bin/draft/batchget", Body: `{"offset": 0, "count": 1, "no_content": 1}`,
			Answer: `{"total_count": 9, "item_count": 1, "item": [{"media_id": "D1",
				"content": {"news_item": [{` + newsAnswer + `}], "create_time": 1700000000, "update_time": 1700000060}}]}`,
			Want: page,
		},
		{
			Name: "empty box",
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).List(c, 0, 20, true) },
			Path: "/cgi-bin/draft/batchget", Body: `{"offset": 0, "count": 20}`,
			Answer: `{"total_count": 0, "item_count": 0}`, Want: draft.Page{},
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return draft.New(oa).ProductCard(c, "10001", draft.Pictures, draft.BarCard)
			},
			Path:   "/channels/ec/service/product/getcardinfo",
			Body:   `{"product_id": "10001", "article_type": "newspic", "card_type": 3}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "product_key": "KEY", "DOM": "<mp-common-product></mp-common-product>"}`,
			Want:   card,
		},
		{
			Name: "large card",
			Do: func(c ctx, oa client) (any, error) {
				return draft.New(oa).ProductCard(c, "10001", draft.News, draft.LargeCard)
			},
			Path:   "/channels/ec/service/product/getcardinfo",
			Body:   `{"product_id": "10001", "article_type": "news", "card_type": 0}`,
			Answer: `{"errcode": 10170001, "errmsg": "invalid product_id"}`,
			Want:   draft.ProductCard{}, Fails: errcode.Code(10170001),
		},
	})
}

func page(first, n int) apitest.Answer {
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf(`{"media_id": "D%d", "content": {"news_item": []}, "update_time": 1700000000}`, first+i))
	}
	return apitest.JSON(fmt.Sprintf(`{"total_count": 23, "item_count": %d, "item": [%s]}`, n, strings.Join(rows, ",")))
}

func TestAll(t *testing.T) {
	p := apitest.New(t, page(0, 20), page(20, 3))
	next := 0
	for d, err := range draft.New(p.Client()).All(t.Context(), false) {
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("D%d", next), d.MediaID)
		next++
	}
	require.Equal(t, 23, next)
	require.Len(t, p.Calls(), 2)
	for i, offset := range []int{0, 20} {
		require.JSONEq(t, fmt.Sprintf(`{"offset": %d, "count": 20, "no_content": 1}`, offset), p.Calls()[i].Body)
	}
}

func TestBadInput(t *testing.T) {
	add := func(change func(*draft.Article)) func(ctx, client) error {
		return func(c ctx, oa client) error {
			a := news()
			change(&a)
			_, err := draft.New(oa).Add(c, news(), a)
			return err
		}
	}
	list := func(offset, count int) func(ctx, client) error {
		return func(c ctx, oa client) error { _, err := draft.New(oa).List(c, offset, count, true); return err }
	}
	card := func(id string, kind draft.Type, style draft.CardStyle) func(ctx, client) error {
		return func(c ctx, oa client) error { _, err := draft.New(oa).ProductCard(c, id, kind, style); return err }
	}
	apitest.Refuses(t, map[string]func(ctx, client) error{
		"articles has 0 articles, at least 1": func(c ctx, oa client) error { _, err := draft.New(oa).Add(c); return err },
		"articles[1].title has 0 characters":  add(func(a *draft.Article) { a.Title = "" }),
		"articles[1].title has 33 characters, at most 32": add(func(a *draft.Article) {
			a.Title = strings.Repeat("长", 33)
		}),
		"articles[1].author has 17 characters":     add(func(a *draft.Article) { a.Author = strings.Repeat("长", 17) }),
		"articles[1].digest has 129 characters":    add(func(a *draft.Article) { a.Digest = strings.Repeat("长", 129) }),
		"articles[1].content has 0 characters":     add(func(a *draft.Article) { a.Content = "" }),
		"articles[1].content has 20000 characters": add(func(a *draft.Article) { a.Content = strings.Repeat("长", 20000) }),
		"content_source_url has 1025 bytes":        add(func(a *draft.Article) { a.SourceURL = strings.Repeat("x", 1025) }),
		"thumb_media_id is empty":                  add(func(a *draft.Article) { a.CoverMediaID = "" }),
		"image_info has no picture":                add(func(a *draft.Article) { a.Type, a.Images = draft.Pictures, nil }),
		`article_type is "video"`:                  add(func(a *draft.Article) { a.Type = "video" }),
		"draft/update: media_id is empty":          func(c ctx, oa client) error { return draft.New(oa).Update(c, "", 0, news()) },
		"draft/update: index is below 0":           func(c ctx, oa client) error { return draft.New(oa).Update(c, "D1", -1, news()) },
		"draft/update: articles.title has 0": func(c ctx, oa client) error {
			return draft.New(oa).Update(c, "D1", 0, draft.Article{})
		},
		"draft/get: media_id is empty":    func(c ctx, oa client) error { _, err := draft.New(oa).Get(c, ""); return err },
		"draft/delete: media_id is empty": func(c ctx, oa client) error { return draft.New(oa).Delete(c, "") },
		"offset is below 0":               list(-1, 20),
		"count has 21 drafts, at most 20": list(0, 21),
		"count has 0 drafts":              list(0, 0),
		"product_id is empty":             card("", draft.News, draft.SmallCard),
		`article_type is ""`:              card("1", "", draft.SmallCard),
		"card_type is 3, news takes 0":    card("1", draft.News, draft.BarCard),
		"card_type is 0, newspic takes 1": card("1", draft.Pictures, draft.LargeCard),
	})
}

func TestDoubtfulLimits(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"media_id": "D1"}`))
	a := news()
	a.Digest = strings.Repeat("长", 121)
	a.Images = make([]string, 21)
	_, err := draft.New(p.Client()).Add(t.Context(), a, a, a, a, a, a, a, a, a)
	require.NoError(t, err)
	for _, warning := range []string{"digest may be too long", "too many pictures", "too many articles"} {
		require.Contains(t, p.Log(), warning)
	}
}

func Example() {
	platform := apitest.Example(apitest.JSON(`{"media_id": "DRAFT_MEDIA_ID"}`))
	drafts := draft.New(platform.Client())

	id, err := drafts.Add(context.Background(), draft.Article{
		Title:        "营业时间",
		Content:      "<p>周一至周五 9:00–18:00</p>",
		CoverMediaID: "COVER_MEDIA_ID", // from material's Add
		CommentsOpen: true,
	})
	fmt.Println(id, err)
	// Output: DRAFT_MEDIA_ID <nil>
}
