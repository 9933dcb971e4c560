package draft

import (
	"context"
	"fmt"
	"iter"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// maxDrafts is how many drafts one call lists.
const maxDrafts = 20

// Draft is a draft as the platform keeps it.
type Draft struct {
	MediaID  string
	Articles []Article
	Created  officialaccount.Timestamp // zero where the answer does not tell
	Updated  officialaccount.Timestamp
}

// content is the articles of a draft as answers hold them.
type content struct {
	Items   []wire                    `json:"news_item"`
	Created officialaccount.Timestamp `json:"create_time"`
	Updated officialaccount.Timestamp `json:"update_time"`
}

func (c content) draft(mediaID string) Draft {
	d := Draft{MediaID: mediaID, Created: c.Created, Updated: c.Updated}
	for _, w := range c.Items {
		d.Articles = append(d.Articles, w.incoming())
	}
	return d
}

// Add keeps a new draft of these articles, in this order, and returns its media id
// (新建草稿). More than 8 articles are sent with a warning in the log: the limit is not
// in the platform's own documents.
//
// Errors: errcode.InvalidMediaID for a cover or picture that is not the account's
// permanent material, TitleTooLong, DescriptionTooLong, InvalidContent,
// APIUnauthorized.
//
// POST /cgi-bin/draft/add (新建草稿)
func (s *Service) Add(ctx context.Context, articles ...Article) (mediaID string, err error) {
	const path = "/cgi-bin/draft/add"
	if err := limit.Check(path, "articles", "articles", len(articles), 1, len(articles)); err != nil {
		return "", err
	}
	var opts []officialaccount.CallOption
	var in struct {
		Articles []wire `json:"articles"`
	}
	for i, a := range articles {
		warnings, err := a.check(path, fmt.Sprintf("articles[%d]", i))
		if err != nil {
			return "", err
		}
		opts = append(opts, warnings...)
		in.Articles = append(in.Articles, a.outgoing())
	}
	if len(articles) > 8 {
		opts = append(opts, officialaccount.WithWarning("there may be too many articles: 8 are said to be allowed", "articles", len(articles)))
	}
	var out struct {
		MediaID string `json:"media_id"`
	}
	err = s.oa.Post(ctx, path, in, &out, opts...)
	return out.MediaID, err
}

// Update replaces one article of a draft, counted from 0 (更新草稿). The rest stays.
//
// Errors: those of [Service.Add], and errcode.InvalidIndex for an index that the draft does not have.
//
// POST /cgi-bin/draft/update (更新草稿)
func (s *Service) Update(ctx context.Context, mediaID string, index int, a Article) error {
	const path = "/cgi-bin/draft/update"
	if err := checkID(path, mediaID); err != nil {
		return err
	}
	if index < 0 {
		return limit.Rule(path, "index", "is below 0")
	}
	opts, err := a.check(path, "articles")
	if err != nil {
		return err
	}
	in := struct {
		MediaID string `json:"media_id"`
		Index   int    `json:"index"`
		Article wire   `json:"articles"` // one, although the name is of many
	}{mediaID, index, a.outgoing()}
	return s.oa.Post(ctx, path, in, nil, append(opts, officialaccount.WithRetry())...)
}

// Get returns a draft (获取草稿).
//
// Errors: errcode.InvalidMediaID.
//
// POST /cgi-bin/draft/get (获取草稿详情)
func (s *Service) Get(ctx context.Context, mediaID string) (Draft, error) {
	const path = "/cgi-bin/draft/get"
	if err := checkID(path, mediaID); err != nil {
		return Draft{}, err
	}
	var out content
	if err := s.oa.Post(ctx, path, idBody{mediaID}, &out, officialaccount.WithRetry()); err != nil {
		return Draft{}, err
	}
	return out.draft(mediaID), nil
}

// Delete removes a draft (删除草稿). There is no way back.
//
// Errors: errcode.InvalidMediaID.
//
// POST /cgi-bin/draft/delete (删除草稿)
func (s *Service) Delete(ctx context.Context, mediaID string) error {
	const path = "/cgi-bin/draft/delete"
	if err := checkID(path, mediaID); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, idBody{mediaID}, nil)
}

// Count returns how many drafts there are (获取草稿的总数).
//
// GET /cgi-bin/draft/count (获取草稿的总数)
func (s *Service) Count(ctx context.Context) (int, error) {
	var out struct {
		Total int `json:"total_count"`
	}
	err := s.oa.Get(ctx, "/cgi-bin/draft/count", nil, &out)
	return out.Total, err
}

// Page is a page of drafts.
type Page struct {
	Total  int // of all pages
	Drafts []Draft
}

// List returns a page of drafts (获取草稿列表): count of them, 1 to 20, after the first
// offset. Without content the articles come without theirs, which is faster.
// [Service.All] returns them all.
//
// POST /cgi-bin/draft/batchget (获取草稿列表)
func (s *Service) List(ctx context.Context, offset, count int, withContent bool) (Page, error) {
	const path = "/cgi-bin/draft/batchget"
	if offset < 0 {
		return Page{}, limit.Rule(path, "offset", "is below 0")
	}
	if err := limit.Check(path, "count", "drafts", count, 1, maxDrafts); err != nil {
		return Page{}, err
	}
	in := struct {
		Offset    int                     `json:"offset"`
		Count     int                     `json:"count"`
		NoContent officialaccount.IntBool `json:"no_content,omitempty"`
	}{offset, count, officialaccount.IntBool(!withContent)}
	var out struct {
		Total int `json:"total_count"`
		Items []struct {
			MediaID string                    `json:"media_id"`
			Content content                   `json:"content"`
			Updated officialaccount.Timestamp `json:"update_time"`
		} `json:"item"`
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return Page{}, err
	}
	page := Page{Total: out.Total}
	for _, item := range out.Items {
		d := item.Content.draft(item.MediaID)
		if !item.Updated.IsZero() {
			d.Updated = item.Updated
		}
		page.Drafts = append(page.Drafts, d)
	}
	return page, nil
}

// All returns all drafts. It asks for a page when it gets there, and yields an
// error last.
//
// POST /cgi-bin/draft/batchget (获取草稿列表)
func (s *Service) All(ctx context.Context, withContent bool) iter.Seq2[Draft, error] {
	return officialaccount.Offsets(ctx, func(ctx context.Context, offset int) ([]Draft, int, error) {
		page, err := s.List(ctx, offset, maxDrafts, withContent)
		return page.Drafts, page.Total, err
	})
}

type idBody struct {
	MediaID string `json:"media_id"`
}

func checkID(path, mediaID string) error {
	if mediaID == "" {
		return limit.Rule(path, "media_id", "is empty")
	}
	return nil
}
