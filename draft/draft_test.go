package draft_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/draft"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

// news has every field that a request can have.
func news() article.Article {
	return article.Article{
		Type: article.News, Title: "营业时间 & more", Author: "店长", Digest: "摘要", Content: `<p>你好 <img src="http://mmbiz.qpic.cn/x"></p>`,
		SourceURL: "https://example.com/?a=1&b=2", CoverMediaID: "COVER", ProductFooter: "KEY",
		CommentsOpen: true, FansOnlyComment: true, Crop235x1: "0_0.1_1_0.9", Crop1x1: "0.1_0_0.9_1",
		Crops:  []article.Crop{{Ratio: article.Ratio1x1, X1: "0.1", Y1: "0", X2: "0.9", Y2: "1"}},
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
func answered() article.Article {
	a := news()
	a.URL, a.CoverURL, a.CoverInText = "http://mp.weixin.qq.com/s/tmp", "http://mmbiz.qpic.cn/c", true
	return a
}

func TestCalls(t *testing.T) {
	apitest.Filled(t, answered(), "Deleted")
	whole := article.Post{ID: "D1", Articles: []article.Article{answered()}, Created: apitest.At(1700000000), Updated: apitest.At(1700000060)}
	apitest.Filled(t, whole, "Articles.Deleted")
	page := &article.Page{Total: 9, Posts: []article.Post{whole}}
	card := draft.ProductCard{Key: "KEY", DOM: "<mp-common-product></mp-common-product>"}
	apitest.Filled(t, card)
	pictures := article.Article{Type: article.Pictures, Title: "t", Content: "c", Images: []string{"PIC"}}

	apitest.Run(t, []apitest.Case{
		{
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).Add(c, news(), pictures) },
			Path: "/cgi-bin/draft/add",
			Body: `{"articles": [{` + newsSent + `}, {"article_type": "newspic", "title": "t", "author": "", "digest": "", "content": "c",
				"content_source_url": "", "need_open_comment": 0, "only_fans_can_comment": 0,
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
				return draft.New(oa).Add(c, article.Article{Title: "t", Content: "c", CoverMediaID: "X"})
			},
			Path: "/cgi-bin/draft/add", Body: `{"articles": [{"title": "t", "author": "", "digest": "", "content": "c", "content_source_url": "",
				"thumb_media_id": "X", "need_open_comment": 0, "only_fans_can_comment": 0}]}`,
			Answer: `{"errcode": 40007, "errmsg": "invalid media_id"}`, Fails: errcode.InvalidMediaID,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, draft.New(oa).Update(c, "D1", 1, news()) },
			Path: "/cgi-bin/draft/update", Retried: true, Body: `{"media_id": "D1", "index": 1, "articles": {` + newsSent + `}}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).Get(c, "D1") },
			Path: "/cgi-bin/draft/get", Retried: true, Body: `{"media_id": "D1"}`,
			Answer: `{"news_item": [{` + newsAnswer + `}], "create_time": 1700000000, "update_time": 1700000060}`,
			Want:   &whole,
		},
		{
			Name: "draft without times",
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).Get(c, "D1") },
			Path: "/cgi-bin/draft/get", Retried: true, Body: `{"media_id": "D1"}`,
			Answer: `{"news_item": [{"title": "t", "content": "c", "thumb_media_id": "X", "show_cover_pic": 0}]}`,
			Want:   &article.Post{ID: "D1", Articles: []article.Article{{Title: "t", Content: "c", CoverMediaID: "X"}}},
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
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).List(c, 4, 20) },
			Path: "/cgi-bin/draft/batchget", Retried: true, Body: `{"offset": 4, "count": 20}`,
			Answer: `{"total_count": 9, "item_count": 1, "item": [{"media_id": "D1", "update_time": 1700000060,
				"content": {"news_item": [{` + newsAnswer + `}], "create_time": 1700000000, "update_time": 1}}]}`,
			Want: page,
		},
		{
			Name: "list without content, times inside",
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).List(c, 0, 1, draft.WithoutContent()) },
			Path: "/cgi-bin/draft/batchget", Retried: true, Body: `{"offset": 0, "count": 1, "no_content": 1}`,
			Answer: `{"total_count": 9, "item_count": 1, "item": [{"media_id": "D1",
				"content": {"news_item": [{` + newsAnswer + `}], "create_time": 1700000000, "update_time": 1700000060}}]}`,
			Want: page,
		},
		{
			Name: "empty box",
			Do:   func(c ctx, oa client) (any, error) { return draft.New(oa).List(c, 0, 20) },
			Path: "/cgi-bin/draft/batchget", Retried: true, Body: `{"offset": 0, "count": 20}`,
			Answer: `{"total_count": 0, "item_count": 0}`, Want: &article.Page{},
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return draft.New(oa).GetProductCard(c, "10001", article.Pictures, draft.BarCard)
			},
			Path: "/channels/ec/service/product/getcardinfo", Retried: true,
			Body:   `{"product_id": "10001", "article_type": "newspic", "card_type": 3}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "product_key": "KEY", "DOM": "<mp-common-product></mp-common-product>"}`,
			Want:   &card,
		},
		{
			Name: "large card",
			Do: func(c ctx, oa client) (any, error) {
				return draft.New(oa).GetProductCard(c, "10001", article.News, draft.LargeCard)
			},
			Path:   "/channels/ec/service/product/getcardinfo",
			Body:   `{"product_id": "10001", "article_type": "news", "card_type": 0}`,
			Answer: `{"errcode": 10170001, "errmsg": "invalid product_id"}`,
			Fails:  errcode.ProductIDInvalid,
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
	for d, err := range draft.New(p.Client()).All(t.Context(), draft.WithoutContent()) {
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("D%d", next), d.ID)
		next++
	}
	require.Equal(t, 23, next)
	require.Len(t, p.Calls(), 2, "the total is reached")
	for i, offset := range []int{0, 20} {
		require.JSONEq(t, fmt.Sprintf(`{"offset": %d, "count": 20, "no_content": 1}`, offset), p.Calls()[i].Body)
	}
}

func TestBadInput(t *testing.T) {
	add := func(change func(*article.Article)) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) {
			a := news()
			change(&a)
			return draft.New(oa).Add(c, news(), a)
		}
	}
	list := func(offset, count int) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return draft.New(oa).List(c, offset, count) }
	}
	card := func(id string, kind article.Type, style draft.CardStyle) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return draft.New(oa).GetProductCard(c, id, kind, style) }
	}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"articles is empty":                  func(c ctx, oa client) (any, error) { return draft.New(oa).Add(c) },
		"articles[1].Title has 0 characters": add(func(a *article.Article) { a.Title = "" }),
		"articles[1].Title has 65 characters, at most 64": add(func(a *article.Article) {
			a.Title = strings.Repeat("长", 65)
		}),
		"articles[1].Author has 17 characters":                      add(func(a *article.Article) { a.Author = strings.Repeat("长", 17) }),
		"articles[1].Content has 0 characters":                      add(func(a *article.Article) { a.Content = "" }),
		"articles[1].Content has 20000 characters":                  add(func(a *article.Article) { a.Content = strings.Repeat("长", 20000) }),
		"articles[1].SourceURL (content_source_url) has 1025 bytes": add(func(a *article.Article) { a.SourceURL = strings.Repeat("x", 1025) }),
		"articles[1].CoverMediaID (thumb_media_id) is empty":        add(func(a *article.Article) { a.CoverMediaID = "" }),
		"articles[1].Images (image_list) has 0 pictures":            add(func(a *article.Article) { a.Type, a.Images = article.Pictures, nil }),
		"articles[1].Images (image_list) has 21 pictures, at most 20": add(func(a *article.Article) {
			a.Type, a.Images = article.Pictures, slices.Repeat([]string{"P"}, 21)
		}),
		"articles[1].Images[1] (image_media_id) is empty": add(func(a *article.Article) {
			a.Type, a.Images = article.Pictures, []string{"P", ""}
		}),
		"draft/update: mediaID is empty":  func(c ctx, oa client) (any, error) { return nil, draft.New(oa).Update(c, "", 0, news()) },
		"draft/update: index is negative": func(c ctx, oa client) (any, error) { return nil, draft.New(oa).Update(c, "D1", -1, news()) },
		"draft/update: article.Title has 0": func(c ctx, oa client) (any, error) {
			return nil, draft.New(oa).Update(c, "D1", 0, article.Article{})
		},
		"draft/get: mediaID is empty":               func(c ctx, oa client) (any, error) { return draft.New(oa).Get(c, "") },
		"draft/delete: mediaID is empty":            func(c ctx, oa client) (any, error) { return nil, draft.New(oa).Delete(c, "") },
		"offset is negative":                        list(-1, 20),
		"count has 21 posts, at most 20":            list(0, 21),
		"count has 0 posts":                         list(0, 0),
		"productID is empty":                        card("", article.News, draft.SmallCard),
		`t (article_type) is ""`:                    card("1", "", draft.SmallCard),
		"style (card_type) is 3, news accepts 0":    card("1", article.News, draft.BarCard),
		"style (card_type) is 0, newspic accepts 1": card("1", article.Pictures, draft.LargeCard),
	})
}

// The platform accepts titles of 33 to 64 characters, and its documents disagree on the
// other limits here: the client sends the draft and logs a warning.
func TestDoubtfulLimits(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"media_id": "D1"}`))
	drafts := draft.New(p.Client())
	_, err := drafts.Add(t.Context(), article.Article{
		Title: strings.Repeat("长", 32), Digest: strings.Repeat("长", 120), Content: "c", CoverMediaID: "C",
	})
	require.NoError(t, err)
	require.Empty(t, p.Log())
	for warning, change := range map[string]func(*article.Article){
		"characters=33 limit=32":   func(a *article.Article) { a.Title = strings.Repeat("长", 33) },
		"characters=64 limit=32":   func(a *article.Article) { a.Title = strings.Repeat("长", 64) },
		"characters=121 limit=120": func(a *article.Article) { a.Digest = strings.Repeat("长", 121) },
		"characters=129 limit=120": func(a *article.Article) { a.Digest = strings.Repeat("长", 129) },
		"src=https://example.com/x.png": func(a *article.Article) {
			a.Content = `<img src="https://example.com/x.png"><img src="https://mmbiz.qpic.cn/y">`
		},
		"type=video": func(a *article.Article) { a.Type = "video" },
	} {
		a := news()
		change(&a)
		_, err := drafts.Add(t.Context(), a)
		require.NoError(t, err)
		require.Contains(t, p.Log(), warning)
		require.NoError(t, drafts.Update(t.Context(), "D1", 0, a))
		require.Equal(t, 2, strings.Count(p.Log(), warning))
	}
	_, err = drafts.Add(t.Context(), slices.Repeat([]article.Article{news()}, 9)...)
	require.NoError(t, err)
	require.Contains(t, p.Log(), "articles=9 limit=8")
}

// A draft in which everything is as long as the platform allows is sent without a warning.
func TestLongest(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"media_id": "D1"}`))
	pictures := article.Article{
		Type: article.Pictures, Title: strings.Repeat("长", 32), Author: strings.Repeat("长", 16), Digest: strings.Repeat("长", 120),
		Content: strings.Repeat("长", 19_999), SourceURL: strings.Repeat("x", 1024), Images: slices.Repeat([]string{"PIC"}, 20),
	}
	_, err := draft.New(p.Client()).Add(t.Context(), slices.Repeat([]article.Article{pictures}, 8)...)
	require.NoError(t, err)
	require.Empty(t, p.Log())
}

// Update sends what is switched off or empty, otherwise it could not change it.
func TestUpdateSwitchesOff(t *testing.T) {
	apitest.Run(t, []apitest.Case{{
		Do: func(c ctx, oa client) (any, error) {
			a := article.Article{Title: "t", Content: "c", CoverMediaID: "X"}
			return nil, draft.New(oa).Update(c, "D1", 0, a)
		},
		Path: "/cgi-bin/draft/update", Retried: true,
		Body: `{"media_id": "D1", "index": 0, "articles": {"title": "t", "author": "", "digest": "", "content": "c", "content_source_url": "",
			"thumb_media_id": "X", "need_open_comment": 0, "only_fans_can_comment": 0}}`,
	}})
}

// An iterator ends on an answer without a new post, whatever the total is.
func TestAllEnds(t *testing.T) {
	for name, answer := range map[string]string{
		"no item":      `{"total_count": 5}`,
		"null":         `{"total_count": 5, "item": null}`,
		"empty list":   `{"total_count": 5, "item": []}`,
		"empty object": `{"total_count": 5, "item": {}}`,
		"nothing":      `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := apitest.New(t, apitest.JSON(answer))
			for range draft.New(p.Client()).All(t.Context()) {
				t.Fatal("there is no draft")
			}
			require.Len(t, p.Calls(), 1)
		})
	}
}

func Example() {
	platform := apitest.Example(apitest.JSON(`{"media_id": "DRAFT_MEDIA_ID"}`))
	drafts := draft.New(platform.Client())

	id, err := drafts.Add(context.Background(), article.Article{
		Title:        "营业时间",
		Content:      "<p>周一至周五 9:00–18:00</p>",
		CoverMediaID: "COVER_MEDIA_ID", // from material's Add
		CommentsOpen: true,
	})
	fmt.Println(id, err)
	_, err = drafts.Add(context.Background(), article.Article{Title: "营业时间", Content: "<p>周一至周五</p>"})
	fmt.Println(err)
	// Output:
	// DRAFT_MEDIA_ID <nil>
	// wechat: /cgi-bin/draft/add: articles[0].CoverMediaID (thumb_media_id) is empty
}
