package mass_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/mass"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// images is a message of pictures with every field.
func images() mass.Message {
	m := mass.Images("IMAGE_1", "IMAGE_2")
	m.Images.Recommend, m.Images.Title = "推荐 & 语", "标题"
	m.Images.CommentsOpen, m.Images.FansOnlyComment = true, true
	return m
}

// video is a video with every field.
func video() mass.Message {
	m := mass.Video("VIDEO")
	m.Video.Title, m.Video.Description = "标题", "描述"
	return m
}

func card() mass.Message {
	m := mass.Card("CARD") //nolint:staticcheck // its wire form stays as it is
	m.Card.Ext = `{"code":"1"}`
	return m
}

// TestMessages sends every kind of message and looks at its JSON.
func TestMessages(t *testing.T) {
	opts := []mass.SendOption{mass.WithIgnoreReprint(), mass.WithClientMsgID("send_1")}
	for body, m := range map[string]mass.Message{
		`"msgtype":"mpnews","mpnews":{"media_id":"NEWS"}`:                                    mass.News("NEWS"),
		`"msgtype":"text","text":{"content":"<a> & 文"}`:                                      mass.Text("<a> & 文"),
		`"msgtype":"voice","voice":{"media_id":"VOICE"}`:                                     mass.Voice("VOICE"),
		`"msgtype":"image","images":{"media_ids":["ONE"]}`:                                   mass.Images("ONE"),
		`"msgtype":"mpvideo","mpvideo":{"media_id":"PLAIN"}`:                                 mass.Video("PLAIN"),
		`"msgtype":"mpvideo","mpvideo":{"media_id":"VIDEO","title":"标题","description":"描述"}`: video(),
		`"msgtype":"wxcard","wxcard":{"card_id":"CARD","card_ext":"{\"code\":\"1\"}"}`:       card(),
		`"msgtype":"image","images":{"media_ids":["IMAGE_1","IMAGE_2"],"recommend":"推荐 & 语","title":"标题",
			"need_open_comment":1,"only_fans_can_comment":1}`: images(),
	} {
		rest := `,` + body + `,"send_ignore_reprint":1,"clientmsgid":"send_1"}`
		apitest.Run(t, []apitest.Case{{
			Name: "to all " + string(m.Type),
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return mass.New(oa).SendToAll(ctx, m, opts...)
			},
			Path: "/cgi-bin/message/mass/sendall", Retried: true,
			Body:   `{"filter":{"is_to_all":true}` + rest,
			Answer: `{"errcode":0,"errmsg":"send job submission success","msg_id":34182,"msg_data_id":206227730,"type":"mpnews"}`,
			Want:   &mass.Job{ID: "34182", MsgDataID: "206227730", Type: "mpnews"},
		}, {
			Name: "to a tag " + string(m.Type),
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return mass.New(oa).SendToTag(ctx, 2, m, opts...)
			},
			Path: "/cgi-bin/message/mass/sendall", Retried: true,
			Body:   `{"filter":{"is_to_all":false,"tag_id":2}` + rest,
			Answer: `{"errcode":0,"msg_id":9007199254740993}`,
			Want:   &mass.Job{ID: "9007199254740993"},
		}, {
			Name: "to openids " + string(m.Type),
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return mass.New(oa).SendTo(ctx, []string{"o1", "o2"}, m, opts...)
			},
			Path: "/cgi-bin/message/mass/send", Retried: true,
			Body:   `{"touser":["o1","o2"]` + rest,
			Answer: `{"errcode":0,"errmsg":"ok","msg_id":"34182","msg_data_id":"206227730"}`,
			Want:   &mass.Job{ID: "34182", MsgDataID: "206227730"},
		}})
	}
}

func TestEndpoints(t *testing.T) {
	created := apitest.At(1391857799)
	first := article.Article{
		CoverMediaID: "THUMB", Title: "标题", Content: "<p>内容</p>", Author: "作者", Digest: "摘要",
		SourceURL: "https://example.com/?a=1&b=2", CoverInText: true, CommentsOpen: true, FansOnlyComment: true,
	}
	apitest.Filled(t, first, "Type", "Images", "ProductFooter", "Crop235x1", "Crop1x1", "Crops", "URL", "CoverURL", "Deleted")
	apitest.Filled(t, images(), "News", "Text", "Voice", "Video", "Card", "Image", "Music")
	apitest.Run(t, []apitest.Case{
		{
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return mass.New(oa).Preview(ctx, "oLiLei", mass.Image("IMAGE"))
			},
			Path:   "/cgi-bin/message/mass/preview",
			Body:   `{"touser":"oLiLei","msgtype":"image","image":{"media_id":"IMAGE"}}`,
			Answer: `{"errcode":0,"errmsg":"preview success","msg_id":34182}`,
			Want:   &mass.Job{ID: "34182"},
		}, {
			Name: "preview of music by WeChat id",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return mass.New(oa).PreviewByName(ctx, "lilei", mass.Music("MUSIC"))
			},
			Path: "/cgi-bin/message/mass/preview",
			Body: `{"towxname":"lilei","msgtype":"music","music":{"media_id":"MUSIC"}}`,
			Want: &mass.Job{},
		}, {
			Name: "preview of several pictures",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return mass.New(oa).Preview(ctx, "oLiLei", mass.Images("A", "B"))
			},
			Path: "/cgi-bin/message/mass/preview",
			Body: `{"touser":"oLiLei","msgtype":"image","images":{"media_ids":["A","B"]}}`,
			Want: &mass.Job{},
		}, {
			Name: "preview of a card",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return mass.New(oa).Preview(ctx, "oLiLei", card())
			},
			Path: "/cgi-bin/message/mass/preview",
			Body: `{"touser":"oLiLei","msgtype":"wxcard","wxcard":{"card_id":"CARD","card_ext":"{\"code\":\"1\"}"}}`,
			Want: &mass.Job{},
		}, {
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return mass.New(oa).GetStatus(ctx, "201053012")
			},
			Path: "/cgi-bin/message/mass/get", Retried: true,
			Body:   `{"msg_id":"201053012"}`,
			Answer: `{"msg_id":201053012,"msg_status":"SEND_SUCCESS"}`,
			Want:   &mass.JobStatus{ID: "201053012", Status: mass.SendSuccess},
		}, {
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return nil, mass.New(oa).Delete(ctx, "9007199254740993", 2)
			},
			Path: "/cgi-bin/message/mass/delete",
			Body: `{"msg_id":9007199254740993,"article_idx":2}`,
		}, {
			Name: "delete all articles by URL",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return nil, mass.New(oa).DeleteByURL(ctx, "https://mp.weixin.qq.com/s?a=1&b=2", 0)
			},
			Path: "/cgi-bin/message/mass/delete",
			Body: `{"url":"https://mp.weixin.qq.com/s?a=1&b=2"}`,
		}, {
			Do:   func(ctx context.Context, oa *officialaccount.Client) (any, error) { return mass.New(oa).GetSpeed(ctx) },
			Path: "/cgi-bin/message/mass/speed/get", Retried: true,
			Answer: `{"speed":3,"realspeed":15}`,
			Want:   &mass.Speed{Level: 3, Real: 15},
		}, {
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return nil, mass.New(oa).SetSpeed(ctx, 0)
			},
			Path: "/cgi-bin/message/mass/speed/set", Retried: true,
			Body: `{"speed":0}`,
		}, {
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return mass.New(oa).UploadVideo(ctx, "VIDEO", "标题", "描述")
			},
			Path:   "/cgi-bin/media/uploadvideo",
			Body:   `{"media_id":"VIDEO","title":"标题","description":"描述"}`,
			Answer: `{"type":"video","media_id":"IhdaAQXuvJtGzwwc0abfXnzeezfO0NgPK6AQYShD8RQYMTtfzbLdBIQkQziv2XJc","created_at":1391857799}`,
			Want:   &mass.Uploaded{Type: mass.UploadedVideo, MediaID: "IhdaAQXuvJtGzwwc0abfXnzeezfO0NgPK6AQYShD8RQYMTtfzbLdBIQkQziv2XJc", Created: created},
		}, {
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return mass.New(oa).UploadNews(ctx, first, article.Article{CoverMediaID: "T", Title: "t", Content: "c"})
			},
			Path: "/cgi-bin/media/uploadnews",
			Body: `{"articles":[{"thumb_media_id":"THUMB","title":"标题","content":"<p>内容</p>","author":"作者","digest":"摘要",
				"content_source_url":"https://example.com/?a=1&b=2","show_cover_pic":1,"need_open_comment":1,"only_fans_can_comment":1},
				{"thumb_media_id":"T","title":"t","content":"c","author":"","digest":"","content_source_url":"","need_open_comment":0,"only_fans_can_comment":0}]}`,
			Answer: `{"type":"news","media_id":"CsEf3","created_at":"1391857799"}`,
			Want:   &mass.Uploaded{Type: mass.UploadedNews, MediaID: "CsEf3", Created: created},
		},
	})
}

// TestRandomClientMsgID sends twice without an id: each send has one of its own.
func TestRandomClientMsgID(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"msg_id":1}`))
	service := mass.New(p.Client())
	seen := map[string]bool{}
	for range 2 {
		_, err := service.SendToAll(t.Context(), mass.Text("hello"))
		require.NoError(t, err)
	}
	for _, call := range p.Calls() {
		var body struct {
			ClientMsgID   string `json:"clientmsgid"`
			IgnoreReprint *int   `json:"send_ignore_reprint"`
		}
		require.NoError(t, json.Unmarshal([]byte(call.Body), &body))
		require.Nil(t, body.IgnoreReprint)
		require.NotEmpty(t, body.ClientMsgID)
		require.LessOrEqual(t, len(body.ClientMsgID), 32)
		seen[body.ClientMsgID] = true
	}
	require.Len(t, seen, 2)
}

// TestLostAnswer loses the answer to a send: the client asks again with the same id,
// and what the platform then says means that the send went through.
func TestLostAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := apitest.New(t,
			apitest.Answer{Err: errors.New("connection reset by peer")},
			apitest.JSON(`{"errcode":45065,"errmsg":"clientmsgid exist rid: 62fb9bc8-078c24da-4202f278","msg_id":34182}`))
		job, err := mass.New(p.Client()).SendTo(t.Context(), []string{"o1", "o2"}, mass.News("NEWS"))
		require.NoError(t, err)
		require.Equal(t, &mass.Job{ID: "34182", Repeated: true}, job)
		calls := p.Calls()
		require.Len(t, calls, 2)
		require.Equal(t, calls[0].Body, calls[1].Body)
	})
}

// TestLargestList sends to as many openids as one call takes.
func TestLargestList(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"msg_id":1.0,"msg_data_id":"2.0"}`))
	job, err := mass.New(p.Client()).SendTo(t.Context(), slices.Repeat([]string{"o"}, 10_000), mass.Text("hello"), mass.WithClientMsgID(strings.Repeat("x", 32)))
	require.NoError(t, err)
	require.Equal(t, "1", job.ID)
	require.Empty(t, p.Log())
}

// TestPreviewIsNotRepeated loses the answer to a preview, which has no id.
func TestPreviewIsNotRepeated(t *testing.T) {
	p := apitest.New(t, apitest.Answer{Err: errors.New("connection reset by peer")})
	_, err := mass.New(p.Client()).Preview(t.Context(), "oLiLei", mass.Text("hello"))
	var lost *errcode.TransportError
	require.ErrorAs(t, err, &lost)
	require.Len(t, p.Calls(), 1)
}

func TestPlatformRefuses(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"errcode":45028,"errmsg":"has no masssend quota"}`))
	_, err := mass.New(p.Client()).SendToAll(t.Context(), mass.Text("hello"))
	require.ErrorIs(t, err, errcode.NoMassSendQuota)
	_, err = mass.New(p.Client()).SendTo(t.Context(), []string{"o1", "o2"}, mass.Text("hello"))
	require.ErrorIs(t, err, errcode.ErrMass)
	_, err = mass.New(p.Client()).GetStatus(t.Context(), "1")
	require.ErrorIs(t, err, errcode.NoMassSendQuota)
	_, err = mass.New(p.Client()).GetSpeed(t.Context())
	require.ErrorIs(t, err, errcode.NoMassSendQuota)
	_, err = mass.New(p.Client()).UploadVideo(t.Context(), "1", "", "")
	require.ErrorIs(t, err, errcode.NoMassSendQuota)
}

func TestRefusals(t *testing.T) {
	type call = func(context.Context, *officialaccount.Client) (any, error)
	send := func(m mass.Message) call {
		return func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return mass.New(oa).SendToAll(ctx, m)
		}
	}
	to := func(openIDs ...string) call {
		return func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return mass.New(oa).SendTo(ctx, openIDs, mass.Text("hello"))
		}
	}
	news := func(articles ...article.Article) call {
		return func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return mass.New(oa).UploadNews(ctx, articles...)
		}
	}
	withID := func(id string) call {
		return func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return mass.New(oa).SendTo(ctx, []string{"o1", "o2"}, mass.Text("hello"), mass.WithClientMsgID(id))
		}
	}
	both := mass.Text("hello")
	both.Voice = &mass.Media{MediaID: "V"}
	apitest.Refuses(t, map[string]call{
		"openIDs (touser) has 0 openids, at least 2 are needed":         to(),
		"openIDs (touser) has 1 openids, at least 2 are needed":         to("o1"),
		"openIDs (touser) has 10001 openids, at most 10000 are allowed": to(strings.Split(strings.Repeat("o,", 10_000)+"o", ",")...),
		`Type (msgtype) "" has 0 contents, must have 1`:                 send(mass.Message{}),
		`Type (msgtype) "text" has 2 contents, must have 1`:             send(both),
		`Type (msgtype) is "voice", but the content is Text.Content`:    send(mass.Message{Type: mass.TypeVoice, Text: &mass.TextContent{Content: "x"}}),
		"send: clientmsgid has 33 bytes, at most 32 are allowed":        withID(strings.Repeat("x", 33)),
		"send: clientmsgid has 36 bytes, at most 32 are allowed":        withID("0b2d3c3e-6f0a-4b52-9d55-0f6f0a4b529d"),
		"send: clientmsgid has 0 bytes, at least 1 are needed":          withID(""),
		"Text.Content is empty":                                         send(mass.Text("")),
		"News.MediaID is empty":                                         send(mass.News("")),
		"Voice.MediaID is empty":                                        send(mass.Voice("")),
		"Video.MediaID is empty":                                        send(mass.Video("")),
		"Card.CardID is empty":                                          send(mass.Message{Type: mass.TypeCard, Card: &mass.CardContent{}}),
		"Images.MediaIDs is empty":                                      send(mass.Images()),
		"sendall: Images.MediaIDs is empty":                             send(mass.Images("A", "")),
		"sendall: Type (msgtype) can only be previewed":                 send(mass.Music("M")),
		"previewed; Images sends pictures":                              send(mass.Image("M")),
		"articles has 0 articles, at least 1 are needed":                news(),
		"articles has 9 articles, at most 8 are allowed":                news(make([]article.Article, 9)...),
		"articles[0].CoverMediaID (thumb_media_id) is empty":            news(article.Article{Title: "t", Content: "c"}),
		"articles[0].Title is empty":                                    news(article.Article{CoverMediaID: "t", Content: "c"}),
		"articles[0].Content is empty":                                  news(article.Article{CoverMediaID: "t", Title: "c"}),
		"tagID is negative": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return mass.New(oa).SendToTag(ctx, -1, mass.Text("hello"))
		},
		"openID (touser) is empty": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return mass.New(oa).Preview(ctx, "", mass.Text("hello"))
		},
		"weChatID (towxname) is empty": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return mass.New(oa).PreviewByName(ctx, "", mass.Text("hello"))
		},
		"preview: Text.Content is empty": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return mass.New(oa).Preview(ctx, "oLiLei", mass.Text(""))
		},
		"mass/get: jobID (msg_id) is empty": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return mass.New(oa).GetStatus(ctx, "")
		},
		`jobID (msg_id) is "-1", must be a number`: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return nil, mass.New(oa).Delete(ctx, "-1", 0)
		},
		"index (article_idx) is negative": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return nil, mass.New(oa).Delete(ctx, "1", -1)
		},
		"url is empty": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return nil, mass.New(oa).DeleteByURL(ctx, "", 0)
		},
		"level (speed) is 5, must be 0 to 4": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return nil, mass.New(oa).SetSpeed(ctx, 5)
		},
		"level (speed) is -1, must be 0 to 4": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return nil, mass.New(oa).SetSpeed(ctx, -1)
		},
		"uploadvideo: mediaID is e": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return mass.New(oa).UploadVideo(ctx, "", "", "")
		},
	})
}

func TestWarning(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"msg_id":1}`))
	service := mass.New(p.Client())
	_, err := service.SendToAll(t.Context(), mass.Text(strings.Repeat("x", 2048)), mass.WithClientMsgID(strings.Repeat("x", 32)))
	require.NoError(t, err)
	require.Empty(t, p.Log())
	_, err = service.SendToAll(t.Context(), mass.Text(strings.Repeat("x", 2049)))
	require.NoError(t, err)
	_, err = service.Preview(t.Context(), "oLiLei", mass.Text(strings.Repeat("x", 2050)))
	require.NoError(t, err)
	require.Contains(t, p.Log(), "bytes=2049 limit=2048")
	require.Contains(t, p.Log(), "bytes=2050 limit=2048")
}

func Example() {
	p := apitest.Example(apitest.JSON(`{"errcode":0,"errmsg":"send job submission success","msg_id":34182,"msg_data_id":206227730}`))
	service := mass.New(p.Client())

	job, err := service.SendToTag(context.Background(), 2, mass.News("DRAFT_MEDIA_ID"), mass.WithClientMsgID("newsletter-2026-11"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("job", job.ID, "article", job.MsgDataID)
	fmt.Println(p.Calls()[0].Body)
	// Output:
	// job 34182 article 206227730
	// {"filter":{"is_to_all":false,"tag_id":2},"msgtype":"mpnews","mpnews":{"media_id":"DRAFT_MEDIA_ID"},"clientmsgid":"newsletter-2026-11"}
}

// A picture of an article that was not uploaded is dropped by the platform: the client
// sends the articles and logs a warning.
func TestUploadNewsWarnsOfForeignPictures(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"type": "news", "media_id": "M"}`))
	_, err := mass.New(p.Client()).UploadNews(t.Context(), article.Article{
		CoverMediaID: "T", Title: "t", Content: `<img src="https://example.com/x.png"><img src="https://mmbiz.qpic.cn/y">`,
	})
	require.NoError(t, err)
	require.Contains(t, p.Log(), "https://example.com/x.png")
	require.NotContains(t, p.Log(), "qpic.cn")
}
