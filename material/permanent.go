package material

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Added is a permanent material that was added.
type Added struct {
	MediaID string `json:"media_id"`
	URL     string `json:"url,omitempty"` // of pictures; good on pages of Tencent's domains only
}

// Add uploads a permanent material of type Image, Voice or Thumb. Videos are added
// with [Service.AddVideo].
//
// The name needs an extension: bmp, png, jpeg, jpg or gif for Image, mp3, wma, wav or
// amr for Voice, jpg for Thumb. A voice may have 2 MiB (and 60 seconds), a thumbnail
// 64 KiB; more is an [errcode.LimitError]. Of pictures above 10 MiB the log
// warns. The platform refuses with errcode.InvalidFileType, errcode.InvalidFileSize or
// errcode.MediaTooLarge what it does not take.
//
// POST /cgi-bin/material/add_material (上传永久素材)
func (s *Service) Add(ctx context.Context, t Type, name string, r io.Reader) (*Added, error) {
	if t == Video {
		return nil, limit.Rule(addPath, "description", "is missing: a video is added with AddVideo")
	}
	return s.add(ctx, t, officialaccount.Upload{Name: name, Body: r})
}

// AddVideo uploads a permanent video (mp4, up to 10 MiB) with the title and the
// introduction that users see.
//
// POST /cgi-bin/material/add_material (上传永久素材)
func (s *Service) AddVideo(ctx context.Context, name, title, introduction string, r io.Reader) (*Added, error) {
	if title == "" {
		return nil, limit.Rule(addPath, "description.title", "is empty")
	}
	description, err := describe(title, introduction)
	if err != nil {
		return nil, fmt.Errorf("wechat: %s: description: %w", addPath, err)
	}
	form := []officialaccount.FormField{{Name: "description", Value: description}}
	return s.add(ctx, Video, officialaccount.Upload{Name: name, Body: r, Form: form})
}

const addPath = "/cgi-bin/material/add_material"

func (s *Service) add(ctx context.Context, t Type, up officialaccount.Upload) (*Added, error) {
	opts, err := check(addPath, permanent, t, &up)
	if err != nil {
		return nil, err
	}
	query := struct {
		Type Type `url:"type"`
	}{t}
	var added Added
	if err := s.oa.Upload(ctx, addPath, up, &added, append(opts, officialaccount.WithQuery(query))...); err != nil {
		return nil, err
	}
	return &added, nil
}

// describe is the form field that goes with a video.
func describe(title, introduction string) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(struct {
		Title        string `json:"title"`
		Introduction string `json:"introduction"`
	}{title, introduction})
	return strings.TrimSuffix(b.String(), "\n"), err
}

// UploadArticleImage uploads a picture for the text of an article and returns its
// URL, which may stand there. It needs no media id and does not count as a material.
//
// The picture is jpg or png and under 1 MiB; more is an [errcode.LimitError].
// The platform refuses with errcode.InvalidFileType or errcode.InvalidImageSize what it
// does not take.
//
// POST /cgi-bin/media/uploadimg (上传图文消息内的图片获取URL)
func (s *Service) UploadArticleImage(ctx context.Context, name string, r io.Reader) (url string, err error) {
	const path = "/cgi-bin/media/uploadimg"
	up := officialaccount.Upload{Name: name, Body: r}
	opts, err := check(path, inArticle, Image, &up)
	if err != nil {
		return "", err
	}
	var answer struct {
		URL string `json:"url"`
	}
	if err := s.oa.Upload(ctx, path, up, &answer, opts...); err != nil {
		return "", err
	}
	return answer.URL, nil
}

// Content is a permanent material: one of the three is set.
type Content struct {
	File  *officialaccount.File // picture, voice or thumbnail; the caller closes it
	Video *VideoContent         // video
	News  *NewsItems            // articles
}

// VideoContent describes a permanent video.
type VideoContent struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"down_url"` // where the file is: [officialaccount.Client.Download] fetches it
}

// NewsItems are the articles of one material.
type NewsItems struct {
	Articles []NewsItem                `json:"news_item"`
	Created  officialaccount.Timestamp `json:"create_time,omitzero"`
	Updated  officialaccount.Timestamp `json:"update_time,omitzero"`
}

// NewsItem is an article (图文素材).
type NewsItem struct {
	Title            string `json:"title"`
	Author           string `json:"author,omitempty"`
	Digest           string `json:"digest,omitempty"` // of material with one article only
	Content          string `json:"content"`          // HTML
	ContentSourceURL string `json:"content_source_url,omitempty"`
	ThumbMediaID     string `json:"thumb_media_id"`      // cover
	ThumbURL         string `json:"thumb_url,omitempty"` // cover; in lists only
	ShowCover        bool   `json:"show_cover_pic,omitempty"`
	URL              string `json:"url,omitempty"`                   // the article's page
	CommentsOpen     bool   `json:"need_open_comment,omitempty"`     // in older answers
	FansOnlyComment  bool   `json:"only_fans_can_comment,omitempty"` // in older answers
}

// Get reads a permanent material. It is a file, which the caller closes, or a
// description, see [Content]. The error is errcode.InvalidMediaID if there is no such
// material.
//
// POST /cgi-bin/material/get_material (获取永久素材)
func (s *Service) Get(ctx context.Context, mediaID string) (*Content, error) {
	const path = "/cgi-bin/material/get_material"
	body, err := mediaBody(path, mediaID)
	if err != nil {
		return nil, err
	}
	file, err := s.oa.Download(ctx, path, officialaccount.WithBody(body), officialaccount.WithRetry())
	if err != nil {
		return nil, err
	}
	if !file.IsJSON() {
		return &Content{File: file}, nil
	}
	var answer struct {
		VideoContent
		NewsItems
	}
	if err := file.JSON(&answer); err != nil {
		return nil, err
	}
	if answer.URL != "" {
		return &Content{Video: &answer.VideoContent}, nil
	}
	return &Content{News: &answer.NewsItems}, nil
}
