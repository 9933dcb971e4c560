package wechattest_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func (a areaTest) submit(draft string) (publishID, dataID string) {
	a.t.Helper()
	got := a.send("/cgi-bin/freepublish/submit", `{"media_id":"`+draft+`"}`)
	require.Equal(a.t, "0", code(got))
	return number(got["publish_id"]), number(got["msg_data_id"])
}

func (a areaTest) publication(id string) map[string]any {
	a.t.Helper()
	return a.send("/cgi-bin/freepublish/get", `{"publish_id":`+id+`}`)
}

func TestPublish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		cover := a.picture()
		draft := a.addDraft(article(cover, "一", `,"need_open_comment":1`), article(cover, "二", ""))
		require.Equal(t, "40007", code(a.send("/cgi-bin/freepublish/submit", `{"media_id":"none"}`)))
		id, dataID := a.submit(draft)
		require.Equal(t, "1", number(a.publication(id)["publish_status"]))
		require.NotContains(t, a.publication(id), "article_id")
		time.Sleep(time.Second)

		got := a.publication(`"` + id + `"`)
		require.Equal(t, "0", number(got["publish_status"]))
		require.Equal(t, id, number(got["publish_id"]))
		require.Equal(t, "2", number(got["article_detail"].(map[string]any)["count"]))
		articleID := got["article_id"].(string)
		event := a.lastEvent()
		require.Equal(t, "PUBLISHJOBFINISH", event.Event)
		for _, part := range []string{
			"<publish_id>" + id + "</publish_id>\n<publish_status>0</publish_status>\n<article_id><![CDATA[" + articleID + "]]></article_id>",
			"<count>2</count>\n<item>\n<idx>1</idx>\n<article_url><![CDATA[http://mp.weixin.qq.com/s?",
		} {
			require.Contains(t, string(event.XML), part)
		}
		require.Equal(t, "40007", code(a.send("/cgi-bin/draft/get", `{"media_id":"`+draft+`"}`)), "the draft is used up")

		read := a.send("/cgi-bin/freepublish/getarticle", `{"article_id":"`+articleID+`"}`)
		require.Contains(t, read, "create_time")
		require.Contains(t, read, "update_time")
		one := newsItems(read)[0]
		for key, want := range map[string]string{
			"title": "一", "author": "", "content": "<p>正文 & more</p>", "content_source_url": "", "thumb_media_id": cover,
			"show_cover_pic": "0", "need_open_comment": "1", "only_fans_can_comment": "0", "is_deleted": "false",
		} {
			require.Equal(t, want, number(one[key]), key)
		}
		_, err := a.p.User("oA").Comment(dataID, 0, "好")
		require.NoError(t, err, "comments are open where the draft says so")
		_, err = a.p.User("oA").Comment(dataID, 1, "好")
		require.Error(t, err)

		page := a.send("/cgi-bin/freepublish/batchget", `{"offset":0,"count":20,"no_content":1}`)
		require.Equal(t, "1 1", fmt.Sprint(page["total_count"], " ", page["item_count"]))
		row := page["item"].([]any)[0].(map[string]any)
		require.Equal(t, articleID, row["article_id"])
		require.Empty(t, newsItems(row["content"])[0]["content"])
		require.Contains(t, row["content"], "update_time")
		require.Equal(t, "40097", code(a.send("/cgi-bin/freepublish/batchget", `{"offset":0,"count":21}`)))

		remove := func(id string, index int) string {
			return code(a.send("/cgi-bin/freepublish/delete", fmt.Sprintf(`{"article_id":%q,"index":%d}`, id, index)))
		}
		require.Equal(t, "53600", remove("none", 0))
		require.NotContains(t, got, "fail_idx", "no article failed")
		require.Equal(t, "40114", remove(articleID, 3))
		require.Equal(t, "40114", remove(articleID, -1))
		require.Equal(t, "0", remove(articleID, 1))
		read = a.send("/cgi-bin/freepublish/getarticle", `{"article_id":"`+articleID+`"}`)
		require.Equal(t, "true false", fmt.Sprint(newsItems(read)[0]["is_deleted"], " ", newsItems(read)[1]["is_deleted"]))
		require.Equal(t, "0", remove(articleID, 2))
		require.Equal(t, "53600", code(a.send("/cgi-bin/freepublish/getarticle", `{"article_id":"`+articleID+`"}`)))
		require.Equal(t, "5", number(a.publication(id)["publish_status"]))
		require.Empty(t, a.send("/cgi-bin/freepublish/batchget", `{"offset":0,"count":20}`)["item"])
		for _, bad := range []string{"1", `"x"`, "null"} {
			require.Equal(t, "40002", code(a.publication(bad)), bad)
		}
	})
}

func TestPublicationRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		draft := a.addDraft(article(a.picture(), "一", ""))
		a.p.EndPublication(wechattest.PublishOriginalFailed, 1)
		id, _ := a.submit(draft)
		time.Sleep(time.Second)
		got := a.publication(id)
		require.Equal(t, "2 [1]", fmt.Sprint(got["publish_status"], " ", got["fail_idx"]))
		require.NotContains(t, got, "article_id")
		require.Contains(t, string(a.lastEvent().XML), "<publish_status>2</publish_status>\n<fail_idx>1</fail_idx>")
		require.Equal(t, "0", code(a.send("/cgi-bin/draft/get", `{"media_id":"`+draft+`"}`)), "the draft stays")

		id, _ = a.submit(draft)
		time.Sleep(time.Second)
		got = a.publication(id)
		require.Equal(t, "0", number(got["publish_status"]), "only the next one was decided about")
		require.Equal(t, "0", code(a.send("/cgi-bin/freepublish/delete", fmt.Sprintf(`{"article_id":%q,"index":0}`, got["article_id"]))))
		require.Equal(t, "5", number(a.publication(id)["publish_status"]), "index 0 means all articles")
	})
}
