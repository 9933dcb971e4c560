package wechattest_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// massCaller is a caller of a platform whose bot keeps what it hears.
func massCaller(t *testing.T) (caller, *stranger) {
	t.Helper()
	p, bot, _ := newStranger(t, wechattest.Config{}, func(inbound) string { return "success" })
	c := caller{api: api{t, p, p.Client(), p.URL()}}
	c.token = c.stable(false).AccessToken
	return c, bot
}

type massAnswer struct {
	MsgID     int64  `json:"msg_id"`
	MsgDataID int64  `json:"msg_data_id"`
	Status    string `json:"msg_status"`
}

func (c caller) status(id int64) string {
	c.t.Helper()
	var got massAnswer
	c.send("/cgi-bin/message/mass/get", fmt.Sprintf(`{"msg_id": "%d"}`, id)).read(c.t, &got)
	require.Equal(c.t, id, got.MsgID)
	return got.Status
}

func TestMassSendAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, bot := massCaller(t)
		for _, openid := range []string{"oA", "oB", "oGone"} {
			c.p.User(openid)
		}
		_, err := c.p.User("oGone").Unfollow()
		require.NoError(t, err)

		var got massAnswer
		c.send("/cgi-bin/message/mass/sendall", `{"filter": {"is_to_all": true}, "msgtype": "text", "text": {"content": "大家好"}, "send_ignore_reprint": 1}`).read(t, &got)
		require.Zero(t, got.MsgDataID)
		require.Equal(t, "SENDING", c.status(got.MsgID))
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, "SEND_SUCCESS", c.status(got.MsgID))

		for openid, n := range map[string]int{"oA": 1, "oB": 1, "oGone": 0} {
			require.Len(t, c.p.Messages(openid), n, openid)
		}
		received := c.p.Messages("oA")[0]
		require.Equal(t, "大家好", received.Content)
		require.Equal(t, wechattest.ViaMass, received.Via)

		events := bot.messages()
		event := events[len(events)-1]
		require.Equal(t, "MASSSENDJOBFINISH", event.Event)
		require.Contains(t, string(event.XML), fmt.Sprintf("<MsgID>%d</MsgID>", got.MsgID))
		for _, element := range []string{"<TotalCount>2<", "<FilterCount>2<", "<SentCount>2<", "<ErrorCount>0<", "send success"} {
			require.Contains(t, string(event.XML), element)
		}
		require.NotContains(t, string(event.XML), "ArticleUrlResult", "a text has no articles")
		require.Equal(t, 40065, c.send("/cgi-bin/message/mass/delete", fmt.Sprintf(`{"msg_id": %d}`, got.MsgID)).Code, "a text stays")
	})
}

// A user gets four mass messages a month, and the account may send four to everybody.
func TestMassMonth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2030, 6, 1, 0, 0, 0, 0, time.UTC)))
		c, _ := massCaller(t)
		c.p.User("oA")
		c.p.User("oB")
		const all = `{"filter": {"is_to_all": true}, "msgtype": "text", "text": {"content": "x"}}`
		const some = `{"touser": ["oA", "oB"], "msgtype": "text", "text": {"content": "x"}}`
		for range 4 {
			require.Zero(t, c.send("/cgi-bin/message/mass/sendall", all).Code)
			time.Sleep(time.Second)
		}
		require.Equal(t, 45028, c.send("/cgi-bin/message/mass/sendall", all).Code)
		require.Zero(t, c.send("/cgi-bin/message/mass/send", some).Code)
		time.Sleep(time.Second)
		require.Len(t, c.p.Messages("oA"), 4, "the fifth is filtered")

		time.Sleep(30 * 24 * time.Hour)
		c.token = c.stable(false).AccessToken
		require.Zero(t, c.send("/cgi-bin/message/mass/sendall", all).Code)
		time.Sleep(time.Second)
		require.Len(t, c.p.Messages("oA"), 5)
	})
}

func TestMassRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := massCaller(t)
		c.p.User("oA")
		body := `{"filter": {"is_to_all": true}, "msgtype": "text", "text": {"content": "x"}, "clientmsgid": "once"}`
		var first massAnswer
		began := time.Now()
		c.send("/cgi-bin/message/mass/sendall", body).read(t, &first)
		again := c.send("/cgi-bin/message/mass/sendall", body)
		require.Equal(t, 45065, again.Code)
		require.Contains(t, again.Body, fmt.Sprintf(`"msg_id":%d`, first.MsgID))
		require.Contains(t, again.Message, "rid: ")
		time.Sleep(time.Second)
		require.Len(t, c.p.Messages("oA"), 1)
		c.p.Advance(24*time.Hour - time.Second - time.Since(began))
		c.token = c.stable(false).AccessToken
		require.Equal(t, 45065, c.send("/cgi-bin/message/mass/sendall", body).Code)
		c.p.Advance(time.Second)
		require.Zero(t, c.send("/cgi-bin/message/mass/sendall", body).Code)
		long := strings.Replace(body, "once", strings.Repeat("i", 65), 1)
		require.Equal(t, 45067, c.send("/cgi-bin/message/mass/sendall", long).Code)
		time.Sleep(time.Second)
	})
}

func TestMassArticles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, bot := massCaller(t)
		u := c.p.User("oA")
		thumb := c.uploadFile("/cgi-bin/media/upload", "thumb", "t.jpg", "JPEG")
		var news struct {
			Type    string
			MediaID string `json:"media_id"`
			Created int64  `json:"created_at"`
		}
		article := `{"thumb_media_id": "` + thumb + `", "title": "题", "content": "<p>文</p>"}`
		c.send("/cgi-bin/media/uploadnews", `{"articles": [`+article+`, `+article+`]}`).read(t, &news)
		require.Equal(t, "news", news.Type)

		var job massAnswer
		c.send("/cgi-bin/message/mass/sendall", `{"filter": {"is_to_all": true}, "msgtype": "mpnews", "mpnews": {"media_id": "`+news.MediaID+`"}}`).read(t, &job)
		require.NotZero(t, job.MsgDataID)
		require.Equal(t, 40065, c.send("/cgi-bin/message/mass/delete", fmt.Sprintf(`{"msg_id": %d}`, job.MsgID)).Code, "it is being sent")
		time.Sleep(time.Second)
		events := bot.messages()
		require.Contains(t, string(events[len(events)-1].XML), "<ArticleUrlResult>\n<Count>2</Count>")

		open := fmt.Sprintf(`{"msg_data_id": %d, "index": 1}`, job.MsgDataID)
		require.Zero(t, c.send("/cgi-bin/comment/open", open).Code, "sent articles take comments")
		_, err := u.Comment(fmt.Sprint(job.MsgDataID), 1, "好")
		require.NoError(t, err)

		del := func(rest string) int {
			return c.send("/cgi-bin/message/mass/delete", fmt.Sprintf(`{"msg_id": %d%s}`, job.MsgID, rest)).Code
		}
		require.Equal(t, 40059, c.send("/cgi-bin/message/mass/delete", `{"msg_id": 1}`).Code)
		require.Equal(t, 40066, c.send("/cgi-bin/message/mass/delete", `{"url": "http://x"}`).Code)
		require.Equal(t, 40060, del(`, "article_idx": 3`))
		require.Equal(t, 40060, del(`, "article_idx": -1`))
		require.Zero(t, del(`, "article_idx": 2`))
		require.Equal(t, 40065, del(`, "article_idx": 2`))
		require.Equal(t, "SEND_SUCCESS", c.status(job.MsgID))
		require.Zero(t, del(""))
		require.Equal(t, "DELETE", c.status(job.MsgID))
	})
}

// Articles of a mass send are deleted one by one, by number or by address, or all at once.
func TestMassDelete(t *testing.T) {
	address := regexp.MustCompile(`<ArticleUrl><!\[CDATA\[([^\]]*)`)
	for name, row := range map[string]struct {
		articles int
		deletes  []string // in order; {0} and {1} are the addresses of the articles
	}{
		"the only one":  {1, []string{`"msg_id": ID, "article_idx": 1`}},
		"one by one":    {2, []string{`"msg_id": ID, "article_idx": 2`, `"msg_id": ID, "article_idx": 1`}},
		"all at once":   {2, []string{`"msg_id": ID, "article_idx": 0`}},
		"by address":    {2, []string{`"url": "{0}"`, `"url": "{1}"`}},
		"by either way": {2, []string{`"url": "{1}"`, `"msg_id": ID, "article_idx": 1`}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, bot := massCaller(t)
				c.p.User("oA")
				cover := c.uploadFile("/cgi-bin/material/add_material", "thumb", "t.jpg", "JPEG")
				var draft struct {
					MediaID string `json:"media_id"`
				}
				article := `{"title": "题", "content": "<p>文</p>", "thumb_media_id": "` + cover + `"}`
				c.send("/cgi-bin/draft/add", `{"articles": [`+strings.Join(slicesRepeat(article, row.articles), ",")+`]}`).read(t, &draft)
				var job massAnswer
				c.send("/cgi-bin/message/mass/sendall", `{"filter": {"is_to_all": true}, "msgtype": "mpnews", "mpnews": {"media_id": "`+draft.MediaID+`"}}`).read(t, &job)
				time.Sleep(time.Second)
				synctest.Wait()
				events := bot.messages()
				found := address.FindAllStringSubmatch(string(events[len(events)-1].XML), -1)
				require.Len(t, found, row.articles)
				replace := strings.NewReplacer("ID", fmt.Sprint(job.MsgID), "{0}", found[0][1], "{1}", found[len(found)-1][1])
				for _, one := range row.deletes {
					require.Equal(t, "SEND_SUCCESS", c.status(job.MsgID))
					require.Zero(t, c.send("/cgi-bin/message/mass/delete", `{`+replace.Replace(one)+`}`).Code, one)
				}
				require.Equal(t, "DELETE", c.status(job.MsgID))
			})
		})
	}
}

func TestMassRefusals(t *testing.T) {
	c, _ := massCaller(t)
	image := c.uploadFile("/cgi-bin/media/upload", "image", "a.png", "PNG")
	video := c.uploadFile("/cgi-bin/media/upload", "video", "v.mp4", "MP4")
	c.p.User("oPreview")
	const all = `"filter": {"is_to_all": true}`
	for _, one := range []struct {
		path, body string
		code       int
	}{
		{"sendall", `{"msgtype": "text", "text": {"content": "x"}}`, 40152},
		{"sendall", `{"filter": {"is_to_all": false, "tag_id": 77}, "msgtype": "text", "text": {"content": "x"}}`, 40152},
		{"sendall", `{` + all + `, "msgtype": "music", "music": {"media_id": "x"}}`, 40008},
		{"sendall", `{` + all + `, "msgtype": "text", "text": {}}`, 44004},
		{"sendall", `{` + all + `, "msgtype": "mpnews", "mpnews": {"media_id": "none"}}`, 40007},
		{"sendall", `{` + all + `, "msgtype": "voice", "voice": {"media_id": "` + image + `"}}`, 40007},
		{"sendall", `{` + all + `, "msgtype": "image", "images": {"media_ids": []}}`, 40007},
		{"sendall", `{` + all + `, "msgtype": "image", "images": {"media_ids": ["` + image + `", "none"]}}`, 40007},
		{"sendall", `{` + all + `, "msgtype": "wxcard", "wxcard": {"card_id": "c"}}`, 45113},
		{"send", `{"touser": ["oA"], "msgtype": "text", "text": {"content": "x"}}`, 40130},
		{"send", `{"touser": ["oA", ""], "msgtype": "text", "text": {"content": "x"}}`, 40031},
		{"send", `{"touser": ["oA", "oB"], "msgtype": "video", "mpvideo": {"media_id": "` + video + `"}}`, 45162},
		{"send", `{"touser": [` + strings.Repeat(`"o",`, 10_000) + `"o"], "msgtype": "text", "text": {"content": "x"}}`, 40032},
		{"preview", `{"touser": "nobody", "msgtype": "text", "text": {"content": "x"}}`, 40003},
		{"preview", `{"towxname": "nobody", "msgtype": "text", "text": {"content": "x"}}`, 40132},
		{"preview", `{"touser": "oPreview", "msgtype": "music", "music": {}}`, 40007},
		{"preview", `{"touser": "oPreview", "msgtype": "book"}`, 40008},
		{"get", `{"msg_id": "x"}`, 40059},
		{"get", `{"msg_id": 1}`, 40059},
		{"speed/set", `{}`, 45084},
		{"speed/set", `{"speed": 5}`, 45083},
	} {
		require.Equal(t, one.code, c.send("/cgi-bin/message/mass/"+one.path, one.body).Code, "%s %.80s", one.path, one.body)
	}
	require.Equal(t, 44003, c.send("/cgi-bin/media/uploadnews", `{"articles": []}`).Code)
	require.Equal(t, 40007, c.send("/cgi-bin/media/uploadnews", `{"articles": [{"title": "t", "content": "c", "thumb_media_id": "none"}]}`).Code)
	require.Equal(t, 40101, c.send("/cgi-bin/media/uploadnews", `{"articles": [{"content": "c", "thumb_media_id": "`+image+`"}]}`).Code)
	require.Equal(t, 44004, c.send("/cgi-bin/media/uploadnews", `{"articles": [{"title": "t", "thumb_media_id": "`+image+`"}]}`).Code)
	require.Zero(t, c.send("/cgi-bin/media/uploadnews", `{"articles": [{"title": "t", "content": "`+strings.Repeat("字", 19_999)+`", "thumb_media_id": "`+image+`"}]}`).Code)
	require.Equal(t, 45002, c.send("/cgi-bin/media/uploadnews", `{"articles": [{"title": "t", "content": "`+strings.Repeat("字", 20_000)+`", "thumb_media_id": "`+image+`"}]}`).Code)
	require.Equal(t, 40007, c.send("/cgi-bin/media/uploadvideo", `{"media_id": "`+image+`"}`).Code)
}

func TestMassKinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := massCaller(t)
		c.p.User("oA")
		c.p.User("oB")
		image := c.uploadFile("/cgi-bin/material/add_material", "image", "a.png", "PNG")
		voice := c.uploadFile("/cgi-bin/material/add_material", "voice", "v.mp3", "MP3")
		video := c.uploadFile("/cgi-bin/media/upload", "video", "v.mp4", "MP4")
		var converted struct {
			Type    string
			MediaID string `json:"media_id"`
		}
		c.send("/cgi-bin/media/uploadvideo", `{"media_id": "`+video+`", "title": "t", "description": "d"}`).read(t, &converted)
		require.Equal(t, "video", converted.Type)
		for body, shown := range map[string]wechattest.Shown{
			`"msgtype": "image", "images": {"media_ids": ["` + image + `", "` + image + `"]}`:                              {Type: "image", MediaID: image + " " + image},
			`"msgtype": "voice", "voice": {"media_id": "` + voice + `"}`:                                                   {Type: "voice", MediaID: voice},
			`"msgtype": "mpvideo", "mpvideo": {"media_id": "` + converted.MediaID + `", "title": "t", "description": "d"}`: {Type: "mpvideo", MediaID: converted.MediaID, Title: "t", Description: "d"},
		} {
			require.Zero(t, c.send("/cgi-bin/message/mass/send", `{"touser": ["oA", "oB"], `+body+`}`).Code, body)
			time.Sleep(time.Second)
			received := c.p.Messages("oB")
			require.Equal(t, shown, received[len(received)-1].Shown)
		}
		for body, shown := range map[string]wechattest.Shown{
			`"msgtype": "image", "image": {"media_id": "` + image + `"}`: {Type: "image", MediaID: image},
			`"msgtype": "music", "music": {"media_id": "M"}`:             {Type: "music", MediaID: "M"},
		} {
			require.Zero(t, c.send("/cgi-bin/message/mass/preview", `{"towxname": "oA", `+body+`}`).Code, body)
			received := c.p.Messages("oA")
			require.Equal(t, shown, received[len(received)-1].Shown)
			require.Equal(t, wechattest.ViaPreview, received[len(received)-1].Via)
		}
		_, err := c.p.User("oA").Unfollow()
		require.NoError(t, err)
		require.Equal(t, 43004, c.send("/cgi-bin/message/mass/preview", `{"touser": "oA", "msgtype": "text", "text": {"content": "x"}}`).Code)
	})
}

func TestMassSpeed(t *testing.T) {
	c, _ := massCaller(t)
	require.JSONEq(t, `{"speed": 0, "realspeed": 80}`, c.send("/cgi-bin/message/mass/speed/get", "{}").Body)
	require.Zero(t, c.send("/cgi-bin/message/mass/speed/set", `{"speed": 4}`).Code)
	require.JSONEq(t, `{"speed": 4, "realspeed": 10}`, c.send("/cgi-bin/message/mass/speed/get", "{}").Body)
}

// An account without a bot can send mass messages. The log shows a bot that is down.
func TestMassWithoutBot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCaller(t)
		c.p.User("oA")
		const all = `{"filter": {"is_to_all": true}, "msgtype": "text", "text": {"content": "x"}}`
		require.Zero(t, c.send("/cgi-bin/message/mass/sendall", all).Code)
		time.Sleep(time.Second)
		require.Len(t, c.p.Messages("oA"), 1)
		c.p.Bot(http.NotFoundHandler())
		require.Zero(t, c.send("/cgi-bin/message/mass/sendall", all).Code)
		time.Sleep(time.Minute)
		require.Len(t, c.p.Messages("oA"), 2)
	})
}

func TestMassByTag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, bot := massCaller(t)
		c.p.User("oA")
		c.p.User("oB")
		var created struct{ Tag struct{ ID int } }
		c.send("/cgi-bin/tags/create", `{"tag": {"name": "广东"}}`).read(t, &created)
		require.Zero(t, c.send("/cgi-bin/tags/members/batchtagging", fmt.Sprintf(`{"openid_list": ["oB"], "tagid": %d}`, created.Tag.ID)).Code)
		for _, id := range []string{fmt.Sprint(created.Tag.ID), fmt.Sprintf("%q", fmt.Sprint(created.Tag.ID))} {
			require.Zero(t, c.send("/cgi-bin/message/mass/sendall", `{"filter": {"is_to_all": false, "tag_id": `+id+`}, "msgtype": "text", "text": {"content": "x"}}`).Code)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		require.Empty(t, c.p.Messages("oA"))
		require.Len(t, c.p.Messages("oB"), 2)
		events := bot.messages()
		require.Contains(t, string(events[len(events)-1].XML), "<TotalCount>1<")
	})
}

// A draft is sent, and is gone then.
func TestMassOfDraft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := massCaller(t)
		c.p.User("oA")
		cover := c.uploadFile("/cgi-bin/material/add_material", "thumb", "t.jpg", "JPEG")
		var draft struct {
			MediaID string `json:"media_id"`
		}
		article := `{"title": "题", "content": "<p>文</p>", "thumb_media_id": "` + cover + `"}`
		c.send("/cgi-bin/draft/add", `{"articles": [`+article+`, `+article+`]}`).read(t, &draft)
		send := `{"filter": {"is_to_all": true}, "msgtype": "mpnews", "mpnews": {"media_id": "` + draft.MediaID + `"}}`
		var job massAnswer
		c.send("/cgi-bin/message/mass/sendall", send).read(t, &job)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, draft.MediaID, c.p.Messages("oA")[0].MediaID)
		require.Equal(t, 40007, c.send("/cgi-bin/message/mass/sendall", send).Code)
		require.Zero(t, c.send("/cgi-bin/comment/open", fmt.Sprintf(`{"msg_data_id": %d, "index": 1}`, job.MsgDataID)).Code)
	})
}

// A refused send reaches nobody, keeps its draft, and the bot gets the reason.
func TestMassRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		a.p.User("oLiLei")
		id := a.addDraft(article(a.picture(), "一", ""))
		a.p.RefuseMassSend("err(20008)")
		got := a.send("/cgi-bin/message/mass/sendall", `{"filter":{"is_to_all":true},"msgtype":"mpnews","mpnews":{"media_id":"`+id+`"}}`)
		require.Equal(t, "0", code(got), got)
		time.Sleep(time.Second)
		status := a.send("/cgi-bin/message/mass/get", `{"msg_id":`+number(got["msg_id"])+`}`)
		require.Equal(t, "SEND_FAIL", status["msg_status"])
		require.Empty(t, a.p.Messages("oLiLei"))
		require.Equal(t, "0", code(a.send("/cgi-bin/message/mass/sendall", `{"filter":{"is_to_all":true},"msgtype":"mpnews","mpnews":{"media_id":"`+id+`"}}`)))
		time.Sleep(time.Second)
		require.Len(t, a.p.Messages("oLiLei"), 1)
	})
}
