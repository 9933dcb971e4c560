package wechattest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// picture is a permanent picture of the account.
func (a areaTest) picture() (mediaID string) {
	a.t.Helper()
	got := a.object(caller{a.api, a.token}.upload("/cgi-bin/material/add_material", "image", "media", "cover.jpg", "a picture"))
	require.Equal(a.t, "0", code(got))
	return got["media_id"].(string)
}

// article is an article as JSON: extra goes before the closing brace.
func article(cover, title, extra string) string {
	return fmt.Sprintf(`{"title":%q,"content":"<p>正文 & more</p>","thumb_media_id":%q%s}`, title, cover, extra)
}

func (a areaTest) addDraft(articles ...string) (mediaID string) {
	a.t.Helper()
	got := a.send("/cgi-bin/draft/add", `{"articles":[`+strings.Join(articles, ",")+`]}`)
	require.Equal(a.t, "0", code(got), got)
	return got["media_id"].(string)
}

func newsItems(v any) []map[string]any {
	var list []map[string]any
	for _, row := range v.(map[string]any)["news_item"].([]any) {
		list = append(list, row.(map[string]any))
	}
	return list
}

func TestDraft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		cover := a.picture()
		first := a.addDraft(article(cover, "一", `,"author":"李雷","content_source_url":"https://example.com/?a=1&b=2","need_open_comment":1,"only_fans_can_comment":1,
			"pic_crop_235_1":"0_0_1_0.5","pic_crop_1_1":"0_0_0.5_0.5","cover_info":{"crop_percent_list":[{"ratio":"1_1","x1":"0","y1":"0","x2":"0.5","y2":"0.5"}]}`))
		time.Sleep(time.Minute)
		second := a.addDraft(article(cover, "甲", `,"digest":"摘要"`), fmt.Sprintf(
			`{"article_type":"newspic","title":"图","content":"纯文本","image_info":{"image_list":[{"image_media_id":%q}]}}`, cover))
		require.Equal(t, "2", number(a.get("/cgi-bin/draft/count", "")["total_count"]))

		got := a.send("/cgi-bin/draft/get", `{"media_id":"`+first+`"}`)
		one := newsItems(got)[0]
		for key, want := range map[string]string{
			"article_type": "news", "title": "一", "author": "李雷", "digest": "正文 & more", "content": "<p>正文 & more</p>",
			"content_source_url": "https://example.com/?a=1&b=2", "thumb_media_id": cover, "need_open_comment": "1", "only_fans_can_comment": "1",
			"pic_crop_235_1": "0_0_1_0.5", "pic_crop_1_1": "0_0_0.5_0.5", "show_cover_pic": "0",
			"cover_info": "map[crop_percent_list:[map[ratio:1_1 x1:0 x2:0.5 y1:0 y2:0.5]]]",
		} {
			require.Equal(t, want, number(one[key]), key)
		}
		require.Contains(t, one["url"], "http://mp.weixin.qq.com/s?")
		require.NotEmpty(t, one["thumb_url"])
		require.Equal(t, number(got["create_time"]), number(got["update_time"]))
		two := newsItems(a.send("/cgi-bin/draft/get", `{"media_id":"`+second+`"}`))
		require.Equal(t, "摘要", two[0]["digest"])
		require.Equal(t, "newspic", two[1]["article_type"])
		require.Empty(t, two[1]["digest"], "only a single article gets one")

		page := a.send("/cgi-bin/draft/batchget", `{"offset":0,"count":20,"no_content":1}`)
		require.Equal(t, "2 2", fmt.Sprint(page["total_count"], " ", page["item_count"]))
		row := page["item"].([]any)[0].(map[string]any)
		require.Equal(t, second, row["media_id"], "newest first")
		require.Empty(t, newsItems(row["content"])[0]["content"])
		require.NotEmpty(t, number(row["update_time"]))

		time.Sleep(time.Minute)
		update := func(media string, index int, article string) string {
			return code(a.send("/cgi-bin/draft/update", fmt.Sprintf(`{"media_id":%q,"index":%d,"articles":%s}`, media, index, article)))
		}
		require.Equal(t, "0", update(first, 0, article(cover, "新的", "")))
		require.Equal(t, "40114", update(first, 1, article(cover, "新的", "")))
		require.Equal(t, "40114", update(first, -1, article(cover, "新的", "")))
		require.Equal(t, "40007", update("nothing", 0, article(cover, "新的", "")))
		require.Equal(t, "45003", update(first, 0, article(cover, "", "")))
		require.Equal(t, "47001", update(first, 0, "["+article(cover, "新的", "")+"]"), "one object")
		page = a.send("/cgi-bin/draft/batchget", `{"offset":0,"count":1}`)
		require.Equal(t, "2 1", fmt.Sprint(page["total_count"], " ", page["item_count"]))
		row = page["item"].([]any)[0].(map[string]any)
		require.Equal(t, first, row["media_id"], "the newest change first")
		require.Equal(t, "新的", newsItems(row["content"])[0]["title"])
		require.Equal(t, "正文 & more", newsItems(row["content"])[0]["digest"])
		require.Equal(t, "0", update(second, 0, article(cover, "乙", "")))
		require.Empty(t, newsItems(a.send("/cgi-bin/draft/get", `{"media_id":"`+second+`"}`))[0]["digest"], "one of two articles")
		require.Equal(t, "<p>正文 & more</p>", newsItems(row["content"])[0]["content"])
		require.Empty(t, a.send("/cgi-bin/draft/batchget", `{"offset":2,"count":20}`)["item"])
		for _, bad := range []string{`{"offset":0,"count":21}`, `{"offset":0,"count":0}`, `{"offset":-1,"count":1}`} {
			require.Equal(t, "40097", code(a.send("/cgi-bin/draft/batchget", bad)), bad)
		}
		require.Equal(t, "47001", code(a.send("/cgi-bin/draft/batchget", `{"offset":0,"count":1,"no_content":2}`)))
		for _, without := range []string{"1", `"1"`, "true"} {
			require.NotContains(t, fmt.Sprint(a.send("/cgi-bin/draft/batchget", `{"offset":0,"count":1,"no_content":`+without+`}`)), "content:<", without)
		}

		require.Equal(t, "0", code(a.send("/cgi-bin/draft/delete", `{"media_id":"`+first+`"}`)))
		require.Equal(t, "40007", code(a.send("/cgi-bin/draft/delete", `{"media_id":"`+first+`"}`)))
		require.Equal(t, "40007", code(a.send("/cgi-bin/draft/get", `{"media_id":"`+first+`"}`)))
	})
}

func TestDraftRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		cover := a.picture()
		temporary := a.p.AddMedia("image", "x.jpg", []byte("x"))
		voice := caller{a.api, a.token}.uploadFile("/cgi-bin/material/add_material", "voice", "v.mp3", "MP3")
		for name, c := range map[string]struct{ article, want string }{
			"title":             {article(cover, strings.Repeat("字", 65), ""), "45003"},
			"no title":          {article(cover, "", ""), "45003"},
			"author":            {article(cover, "t", `,"author":"`+strings.Repeat("字", 17)+`"`), "45110"},
			"digest":            {article(cover, "t", `,"digest":"`+strings.Repeat("字", 129)+`"`), "45004"},
			"source":            {article(cover, "t", `,"content_source_url":"`+strings.Repeat("x", 1025)+`"`), "41039"},
			"no content":        {`{"title":"t","thumb_media_id":"` + cover + `"}`, "45166"},
			"content":           {`{"title":"t","thumb_media_id":"` + cover + `","content":"` + strings.Repeat("字", 20_000) + `"}`, "45166"},
			"no cover":          {article("", "t", ""), "40007"},
			"foreign cover":     {article("elsewhere", "t", ""), "40007"},
			"temporary cover":   {article(temporary, "t", ""), "40007"},
			"voice as a cover":  {article(voice, "t", ""), "40007"},
			"21 pictures":       {`{"article_type":"newspic","title":"t","content":"c","image_info":{"image_list":[` + strings.Repeat(`{"image_media_id":"`+cover+`"},`, 20) + `{"image_media_id":"` + cover + `"}]}}`, "45166"},
			"no pictures":       {`{"article_type":"newspic","title":"t","content":"c"}`, "40007"},
			"temporary picture": {`{"article_type":"newspic","title":"t","content":"c","image_info":{"image_list":[{"image_media_id":"` + temporary + `"}]}}`, "40007"},
			"type":              {article(cover, "t", `,"article_type":"book"`), "40097"},
			"goods":             {article(cover, "t", `,"product_info":{"footer_product_info":{"product_key":"none"}}`), "53405"},
		} {
			require.Equal(t, c.want, code(a.send("/cgi-bin/draft/add", `{"articles":[`+c.article+`]}`)), name)
		}
		require.Equal(t, "44003", code(a.send("/cgi-bin/draft/add", `{"articles":[]}`)))
		require.Equal(t, "47001", code(a.send("/cgi-bin/draft/add", `{"articles":`+article(cover, "t", "")+`}`)), "an array")
		require.Equal(t, "0", number(a.get("/cgi-bin/draft/count", "")["total_count"]))
		a.addDraft(article(cover, strings.Repeat("字", 32), `,"author":"`+strings.Repeat("字", 16)+`","digest":"`+strings.Repeat("字", 120)+`"`))
	})
}

func TestProductCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		a.p.AddProduct("10000000000001")
		card := func(product, kind string, card int) map[string]any {
			return a.send("/channels/ec/service/product/getcardinfo", fmt.Sprintf(`{"product_id":%q,"article_type":%q,"card_type":%d}`, product, kind, card))
		}
		require.Equal(t, "10170001", code(card("1", "news", 0)))
		require.Equal(t, "10170002", code(card("10000000000001", "book", 0)))
		require.Equal(t, "10170003", code(card("10000000000001", "news", 3)))
		require.Equal(t, "10170003", code(card("10000000000001", "newspic", 0)))
		for kind, cards := range map[string][]int{"news": {0, 1, 2}, "newspic": {1, 2}} {
			for _, n := range cards {
				got := card("10000000000001", kind, n)
				require.Contains(t, got["DOM"], "10000000000001")
				require.NotContains(t, got, "product_key")
			}
		}
		got := card("10000000000001", "newspic", 3)
		require.NotContains(t, got, "DOM")
		a.addDraft(article(a.picture(), "t", fmt.Sprintf(`,"product_info":{"footer_product_info":{"product_key":%q}}`, got["product_key"])))
	})
}

// A mass send uses its draft up.
func TestMassSendsADraft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		a.many("o", 2)
		id := a.addDraft(article(a.picture(), "一", ""))
		got := a.send("/cgi-bin/message/mass/sendall", `{"filter":{"is_to_all":true},"msgtype":"mpnews","mpnews":{"media_id":"`+id+`"},"send_ignore_reprint":0}`)
		require.Equal(t, "0", code(got))
		require.Contains(t, got, "msg_data_id")
		time.Sleep(time.Second)
		require.Equal(t, wechattest.ViaMass, a.p.Messages("o00000")[0].Via)
		require.Equal(t, "40007", code(a.send("/cgi-bin/draft/get", `{"media_id":"`+id+`"}`)))
	})
}

// The platform removes scripts and pictures that it does not store.
func TestDraftFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		own := a.object(caller{a.api, a.token}.upload("/cgi-bin/media/uploadimg", "", "media", "own.png", "pixels"))["url"].(string)
		for content, want := range map[string]string{
			`a<img src="` + own + `" alt=">">b`:                    `a<img src="` + own + `" alt=">">b`,
			`a<IMG src='https://example.com/x.png'/>b<img>`:        `ab`,
			`<img src=https://mmbiz.qpic.cn/x><img src="x.png">`:   `<img src=https://mmbiz.qpic.cn/x>`,
			`a<script>x("</p>")</script>b<SCRIPT src=x></script >`: `ab`,
			`<img src="` + own + `0"><img src="http://%zz/">c`:     `c`,
		} {
			id := a.addDraft(fmt.Sprintf(`{"title":"t","content":%q,"thumb_media_id":%q}`, content, a.picture()))
			require.Equal(t, want, newsItems(a.send("/cgi-bin/draft/get", `{"media_id":"`+id+`"}`))[0]["content"])
		}
	})
}
