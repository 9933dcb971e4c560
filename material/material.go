package material

import (
	"context"
	"iter"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service calls the media endpoints for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// Type is the type of a media file.
type Type string

// The types of media.
const (
	Image Type = "image" // picture (图片)
	Voice Type = "voice" // voice, at most 60 seconds (语音)
	Video Type = "video" // video (视频)
	Thumb Type = "thumb" // thumbnail of a video or a piece of music (缩略图)
	News  Type = "news"  // articles (图文); permanent materials only, for reading only
)

// Delete removes a permanent material, also one that was made on the console. Temporary
// media cannot be deleted. The error is errcode.InvalidMediaID if there is no such
// material.
//
// POST /cgi-bin/material/del_material (删除永久素材)
func (s *Service) Delete(ctx context.Context, mediaID string) error {
	const path = "/cgi-bin/material/del_material"
	if err := limit.Required(path, "mediaID", mediaID); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, materialID{mediaID}, nil)
}

// materialID is the body of the calls that name one material.
type materialID struct {
	MediaID string `json:"media_id"`
}

// Counts are the numbers of permanent materials by type.
type Counts struct {
	Voice int `json:"voice_count"`
	Video int `json:"video_count"`
	Image int `json:"image_count"`
	News  int `json:"news_count"`
}

// Count returns the numbers of permanent materials, including those made on the
// console.
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
	Total int    `json:"total_count"` // of this type, on all pages
	Items []Item `json:"item"`
}

// Item is a permanent material in a list: a file with name and URL, or articles.
type Item struct {
	MediaID string                    `json:"media_id"`
	Updated officialaccount.Timestamp `json:"update_time"`
	Name    string                    `json:"name,omitempty"`   // file name; not for News
	URL     string                    `json:"url,omitempty"`    // of the file; not for News
	News    article.Post              `json:"content,omitzero"` // only for News
}

// maxCount is the largest page of a list.
const maxCount = 20

// List returns a page of permanent materials of a type (Image, Voice, Video or News),
// newest first: count of them, 1 to 20, after the first offset. [Service.All] returns
// the materials of all pages.
//
// POST /cgi-bin/material/batchget_material (获取永久素材列表)
func (s *Service) List(ctx context.Context, t Type, offset, count int) (*Page, error) {
	const path = "/cgi-bin/material/batchget_material"
	if t != Image && t != Voice && t != Video && t != News {
		return nil, limit.Rule(path, "type", "must be image, voice, video or news")
	}
	if offset < 0 {
		return nil, limit.Rule(path, "offset", "is negative")
	}
	if err := limit.Check(path, "count", "items", count, 1, maxCount); err != nil {
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
	if t == News {
		for i := range page.Items {
			page.Items[i].News.ID = page.Items[i].MediaID
		}
	}
	return &page, nil
}

// All returns all permanent materials of a type. It requests each page when the loop
// reaches it. An error is the last thing it yields. Materials that are added or deleted
// during the loop may be returned twice or missed.
//
// POST /cgi-bin/material/batchget_material (获取永久素材列表)
func (s *Service) All(ctx context.Context, t Type) iter.Seq2[Item, error] {
	return officialaccount.Offsets(ctx, func(ctx context.Context, offset int) ([]Item, int, error) {
		page, err := s.List(ctx, t, offset, maxCount)
		if err != nil {
			return nil, 0, err
		}
		return page.Items, page.Total, nil
	})
}
