package mass

import (
	"context"
	"fmt"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/internal/posts"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// UploadedType is the kind of an [Uploaded].
type UploadedType string

// The kinds of media ids for mass sends.
const (
	UploadedNews  UploadedType = "news"
	UploadedVideo UploadedType = "video"
)

// Uploaded is a media id for mass sends.
type Uploaded struct {
	Type    UploadedType              `json:"type"`
	MediaID string                    `json:"media_id"`
	Created officialaccount.Timestamp `json:"created_at"`
}

// UploadVideo converts a video, temporary or permanent, into one that can be sent with
// [Video]. Users see the title and the description; both may be empty.
//
// POST /cgi-bin/media/uploadvideo (上传群发视频素材)
func (s *Service) UploadVideo(ctx context.Context, mediaID, title, description string) (*Uploaded, error) {
	const path = "/cgi-bin/media/uploadvideo"
	if err := limit.Required(path, "mediaID", mediaID); err != nil {
		return nil, err
	}
	return s.upload(ctx, path, VideoContent{mediaID, title, description})
}

// UploadNews makes a media id of 1 to 8 articles, for [News]. A different number, or an
// article without title, content or cover, is an [errcode.LimitError].
//
// Deprecated: the platform has replaced this call by drafts. Use package draft.
//
// POST /cgi-bin/media/uploadnews (上传图文消息素材)
func (s *Service) UploadNews(ctx context.Context, articles ...article.Article) (*Uploaded, error) {
	const path = "/cgi-bin/media/uploadnews"
	if err := limit.Check(path, "articles", "articles", len(articles), 1, 8); err != nil {
		return nil, err
	}
	var body struct {
		Articles []article.Article `json:"articles"`
	}
	var warnings []officialaccount.CallOption
	for i, a := range articles {
		field := fmt.Sprintf("articles[%d].", i)
		if err := limit.Required(path, field+"CoverMediaID (thumb_media_id)", a.CoverMediaID, field+"Title", a.Title, field+"Content", a.Content); err != nil {
			return nil, err
		}
		out := posts.Request(a)
		out.CoverInText = a.CoverInText
		body.Articles = append(body.Articles, out)
		warnings = append(warnings, posts.WarnForeign(fmt.Sprintf("articles[%d]", i), a.Content)...)
	}
	return s.upload(ctx, path, body, warnings...)
}

func (s *Service) upload(ctx context.Context, path string, body any, opts ...officialaccount.CallOption) (*Uploaded, error) {
	var uploaded Uploaded
	if err := s.oa.Post(ctx, path, body, &uploaded, opts...); err != nil {
		return nil, err
	}
	return &uploaded, nil
}
