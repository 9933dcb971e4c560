package mass

import (
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/media"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// uploadNews is POST /cgi-bin/media/uploadnews.
func (a *Area) uploadNews(c *server.Call, in struct {
	Articles []media.Article `json:"articles"`
}) (any, error) {
	switch {
	case len(in.Articles) == 0:
		return nil, server.Fail(44003)
	case len(in.Articles) > 8:
		return nil, server.Fail(45008)
	}
	for i, one := range in.Articles {
		if m := a.media.Find(one.ThumbMediaID, c.Now()); m == nil {
			return nil, server.Fail(40007)
		}
		if err := checkArticle(one); err != nil {
			return nil, err
		}
		in.Articles[i].Content = a.media.Filter(one.Content, c.Now())
	}
	return a.keep(c, &media.File{Kind: "news", Articles: in.Articles}), nil
}

func checkArticle(a media.Article) error {
	switch {
	case a.Title == "":
		return server.Fail(40101)
	case a.Content == "":
		return server.Fail(44004)
	case utf8.RuneCountInString(a.Content) >= 20_000 || len(a.Content) >= 1<<20:
		return server.Fail(45002)
	}
	return nil
}

// uploadVideo is POST /cgi-bin/media/uploadvideo.
func (a *Area) uploadVideo(c *server.Call, in struct {
	MediaID     string `json:"media_id"`
	Title       string `json:"title"`
	Description string `json:"description"`
}) (any, error) {
	if err := a.checkMedium(c, in.MediaID, "video"); err != nil {
		return nil, err
	}
	video := a.media.Find(in.MediaID, c.Now())
	answer := a.keep(c, &media.File{Kind: "mpvideo", Name: video.Name, Content: video.Content, Title: in.Title, Introduction: in.Description})
	answer["type"] = "video"
	return answer, nil
}

// keep adds a temporary material and returns the answer with its media_id.
func (a *Area) keep(c *server.Call, m *media.File) server.Object {
	m.Created = c.Now()
	a.media.Add(m)
	return server.Object{"type": m.Kind, "media_id": m.ID, "created_at": m.Created.Unix()}
}
