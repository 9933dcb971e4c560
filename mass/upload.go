package mass

import (
	"context"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Uploaded is a medium made for mass sends.
type Uploaded struct {
	Type    string                    `json:"type"` // "news" or "video"
	MediaID string                    `json:"media_id"`
	Created officialaccount.Timestamp `json:"created_at"`
}

// UploadVideo makes of a video, temporary or permanent, one that can be sent with
// [Video], with the title and description that users see; both may be empty.
//
// POST /cgi-bin/media/uploadvideo (上传群发视频素材)
func (s *Service) UploadVideo(ctx context.Context, mediaID, title, description string) (*Uploaded, error) {
	const path = "/cgi-bin/media/uploadvideo"
	if mediaID == "" {
		return nil, limit.Rule(path, "media_id", "is empty")
	}
	body := VideoContent{mediaID, title, description}
	return s.upload(ctx, path, body)
}

// Article is an article for [Service.UploadNews].
type Article struct {
	ThumbMediaID     string                  `json:"thumb_media_id"` // cover
	Title            string                  `json:"title"`
	Content          string                  `json:"content"` // HTML; pictures by the URLs of material.UploadArticleImage
	Author           string                  `json:"author,omitempty"`
	Digest           string                  `json:"digest,omitempty"`
	ContentSourceURL string                  `json:"content_source_url,omitempty"` // original (阅读原文)
	ShowCover        officialaccount.IntBool `json:"show_cover_pic,omitempty"`
	CommentsOpen     officialaccount.IntBool `json:"need_open_comment,omitempty"`
	FansOnlyComment  officialaccount.IntBool `json:"only_fans_can_comment,omitempty"`
}

// UploadNews makes a medium of 1 to 8 articles, to be sent with [News]. More, or an
// article without title, content or cover, are an [errcode.LimitError].
//
// Deprecated: the platform has replaced this call by drafts; use package draft.
//
// POST /cgi-bin/media/uploadnews (上传图文消息素材)
func (s *Service) UploadNews(ctx context.Context, articles ...Article) (*Uploaded, error) {
	const path = "/cgi-bin/media/uploadnews"
	if err := limit.Check(path, "articles", "articles", len(articles), 1, 8); err != nil {
		return nil, err
	}
	for i, a := range articles {
		if err := a.check(path, i); err != nil {
			return nil, err
		}
	}
	body := struct {
		Articles []Article `json:"articles"`
	}{articles}
	return s.upload(ctx, path, body)
}

// check finds out whether article i has what it needs.
func (a Article) check(path string, i int) error {
	for _, f := range []struct{ name, value string }{
		{"thumb_media_id", a.ThumbMediaID}, {"title", a.Title}, {"content", a.Content},
	} {
		if f.value == "" {
			return limit.Rule(path, "articles["+strconv.Itoa(i)+"]."+f.name, "is empty")
		}
	}
	return nil
}

func (s *Service) upload(ctx context.Context, path string, body any) (*Uploaded, error) {
	var uploaded Uploaded
	if err := s.oa.Post(ctx, path, body, &uploaded); err != nil {
		return nil, err
	}
	return &uploaded, nil
}
