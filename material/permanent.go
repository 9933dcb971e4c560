package material

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Added is a permanent material that was added.
type Added struct {
	MediaID string `json:"media_id"`
	URL     string `json:"url,omitempty"` // of a picture; it loads on pages of Tencent's domains only
}

// Add uploads a permanent material of type Image, Voice or Thumb. [Service.AddVideo]
// adds videos.
//
// The name must have an extension: bmp, png, jpeg, jpg or gif for Image, mp3, wma, wav
// or amr for Voice, jpg or jpeg for Thumb. The maximum size is 2 MiB (and 60 seconds)
// for a voice and 64 KiB for a thumbnail; another name or a larger file is an
// errcode.LimitError. Above 10 MiB the client logs a warning for a picture. Errors of
// the platform: errcode.InvalidFileType, errcode.InvalidFileSize, errcode.MediaTooLarge.
//
// POST /cgi-bin/material/add_material (上传永久素材)
func (s *Service) Add(ctx context.Context, t Type, name string, r io.Reader) (*Added, error) {
	if t == Video {
		return nil, limit.Rule(addPath, "type", "is video: use AddVideo, which has the title that a video needs")
	}
	return s.add(ctx, t, officialaccount.Upload{Name: name, Body: r})
}

// AddVideo uploads a permanent video (mp4, at most 10 MiB). Users see the title, which
// is required, and the description (introduction).
//
// POST /cgi-bin/material/add_material (上传永久素材)
func (s *Service) AddVideo(ctx context.Context, name, title, description string, r io.Reader) (*Added, error) {
	if err := limit.Required(addPath, "title", title); err != nil {
		return nil, err
	}
	described, err := describe(title, description)
	if err != nil {
		return nil, fmt.Errorf("wechat: %s: description: %w", addPath, err)
	}
	form := []officialaccount.FormField{{Name: "description", Value: described}}
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

// describe returns the form field description of a video.
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

// UploadArticleImage uploads a picture for the text of an article and returns the URL
// to use in the text. The picture has no media id and does not count as a material.
//
// The picture must be jpg, jpeg or png and under 1 MiB; otherwise the error is an
// errcode.LimitError. Errors of the platform: errcode.InvalidFileType,
// errcode.InvalidImageSize.
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
	err = s.oa.Upload(ctx, path, up, &answer, opts...)
	return answer.URL, err
}

// Content is a permanent material. Exactly one field is set.
type Content struct {
	File  *officialaccount.File // picture, voice or thumbnail; the caller closes it
	Video *VideoContent
	News  *article.Post
}

// VideoContent describes a permanent video.
type VideoContent struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"down_url"` // address of the file, for [officialaccount.Client.Download]
}

// Get returns a permanent material: a file, which the caller closes, or a description,
// see [Content]. The error is errcode.InvalidMediaID if there is no such material.
//
// POST /cgi-bin/material/get_material (获取永久素材)
func (s *Service) Get(ctx context.Context, mediaID string) (*Content, error) {
	const path = "/cgi-bin/material/get_material"
	if err := limit.Required(path, "mediaID", mediaID); err != nil {
		return nil, err
	}
	file, err := s.oa.Download(ctx, path, officialaccount.WithBody(materialID{mediaID}))
	if err != nil {
		return nil, err
	}
	if !file.IsJSON() {
		return &Content{File: file}, nil
	}
	var answer struct {
		VideoContent
		article.Post
	}
	if err := file.JSON(&answer); err != nil {
		return nil, err
	}
	if answer.VideoContent.URL != "" {
		return &Content{Video: &answer.VideoContent}, nil
	}
	answer.ID = mediaID
	return &Content{News: &answer.Post}, nil
}
