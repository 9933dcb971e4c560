package material

import (
	"context"
	"iter"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service calls the media endpoints for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// Type is the kind of a medium.
type Type string

// The kinds of media.
const (
	Image Type = "image" // picture (图片)
	Voice Type = "voice" // voice, up to 60 seconds (语音)
	Video Type = "video" // video (视频)
	Thumb Type = "thumb" // thumbnail of a video or a piece of music (缩略图)
	News  Type = "news"  // articles (图文); only in permanent materials, and only to be read
)

// Delete removes a permanent material, made through the API or on the console.
// Temporary media cannot be deleted. The error is errcode.InvalidMediaID if there is
// no such material.
//
// POST /cgi-bin/material/del_material (删除永久素材)
func (s *Service) Delete(ctx context.Context, mediaID string) error {
	const path = "/cgi-bin/material/del_material"
	body, err := mediaBody(path, mediaID)
	if err != nil {
		return err
	}
	return s.oa.Post(ctx, path, body, nil)
}

// Counts are the numbers of permanent materials by type.
type Counts struct {
	Voice int `json:"voice_count"`
	Video int `json:"video_count"`
	Image int `json:"image_count"`
	News  int `json:"news_count"`
}

// Count returns how many permanent materials the account has, those made on the
// console included.
//
// GET /cgi-bin/material/get_materialcount (获取永久素材总数)
func (s *Service) Count(ctx context.Context) (*Counts, error) {
	var counts Counts
	if err := s.oa.Get(ctx, "/cgi-bin/material/get_materialcount", nil, &counts); err != nil {
		return nil, err
	}
	return &counts, nil
}

// Page is a page of permanent materials.
type Page struct {
	Total int    `json:"total_count"` // of the type in all
	Count int    `json:"item_count"`  // on this page
	Items []Item `json:"item"`
}

// Item is a permanent material in a list: a file with name and URL, or articles.
type Item struct {
	MediaID string                    `json:"media_id"`
	Updated officialaccount.Timestamp `json:"update_time"`
	Name    string                    `json:"name,omitempty"`   // file name; not of News
	URL     string                    `json:"url,omitempty"`    // of the file; not of News
	News    NewsItems                 `json:"content,omitzero"` // of News only
}

// maxPage is the largest page of a list.
const maxPage = 20

// List returns a page of 1 to 20 permanent materials of a type (Image, Voice, Video
// or News), newest first, from offset on. Another count is an
// [errcode.LimitError]. See [Service.All] for all of them.
//
// POST /cgi-bin/material/batchget_material (获取永久素材列表)
func (s *Service) List(ctx context.Context, t Type, offset, count int) (*Page, error) {
	const path = "/cgi-bin/material/batchget_material"
	if t != Image && t != Voice && t != Video && t != News {
		return nil, limit.Rule(path, "type", "is none of image, voice, video, news")
	}
	if offset < 0 {
		return nil, limit.Rule(path, "offset", "is negative")
	}
	if err := limit.Check(path, "count", "items", count, 1, maxPage); err != nil {
		return nil, err
	}
	body := struct {
		Type   Type `json:"type"`
		Offset int  `json:"offset"`
		Count  int  `json:"count"`
	}{t, offset, count}
	var page Page
	if err := s.oa.Post(ctx, path, body, &page, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &page, nil
}

// All walks through all permanent materials of a type, 20 with each call of
// [Service.List]. It ends after the last one, or with the error that stopped it.
// What is added or deleted meanwhile may be met twice or missed.
//
// POST /cgi-bin/material/batchget_material (获取永久素材列表)
func (s *Service) All(ctx context.Context, t Type) iter.Seq2[Item, error] {
	return officialaccount.Offsets(ctx, func(ctx context.Context, offset int) ([]Item, int, error) {
		page, err := s.List(ctx, t, offset, maxPage)
		if err != nil {
			return nil, 0, err
		}
		return page.Items, page.Total, nil
	})
}

// mediaBody is the body of the calls that name one medium.
func mediaBody(path, mediaID string) (any, error) {
	if mediaID == "" {
		return nil, limit.Rule(path, "media_id", "is empty")
	}
	return struct {
		MediaID string `json:"media_id"`
	}{mediaID}, nil
}
