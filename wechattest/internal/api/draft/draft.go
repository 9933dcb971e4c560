// Package draft models the draft box (草稿箱).
package draft

import (
	"crypto/rand"
	"net/http"
	"slices"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/media"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// draft is one draft of one or several articles.
type draft struct {
	id               string
	articles         []Article
	created, updated time.Time
}

// The limits of articles.
const (
	maxArticleTitle  = 64  // characters; 32 in the current documents, but up to 64 are accepted
	maxArticleAuthor = 16  // characters
	maxArticleDigest = 128 // characters; 120 in other documents
	cutDigest        = 54  // characters taken from the content without a digest
	maxSourceURL     = 1 << 10
	maxDraftPage     = 20
	maxGoods         = 50 // in a picture post
	maxPostPictures  = 20 // of a picture post
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s        *server.Server
	media    *media.Area
	list     []*draft          // oldest change first
	products map[string]bool   // ids of products that articles can contain
	keys     map[string]string // product_key of goods, by key
}

// Register adds the area to the server.
func Register(s *server.Server, media *media.Area) *Area {
	a := &Area{s: s, media: media, products: map[string]bool{}, keys: map[string]string{}}
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/draft/add", Daily: 1000, Handle: server.JSON(a.addDraft)},
		{Method: http.MethodPost, Path: "/cgi-bin/draft/get", Daily: 500, Handle: a.about(getDraft)},
		{Method: http.MethodPost, Path: "/cgi-bin/draft/delete", Daily: 1000, Handle: a.about(a.deleteDraft)},
		{Method: http.MethodPost, Path: "/cgi-bin/draft/update", Daily: 1000, Handle: a.about(a.updateDraft)},
		{Method: http.MethodGet, Path: "/cgi-bin/draft/count", Daily: 1000, Handle: a.countDrafts},
		{Method: http.MethodPost, Path: "/cgi-bin/draft/batchget", Daily: 1000, Handle: server.JSON(a.listDrafts)},
		{Method: http.MethodPost, Path: "/channels/ec/service/product/getcardinfo", Handle: server.JSON(a.getProductCard)},
	}...)
	s.Hooks.LookUp = append(s.Hooks.LookUp, a.lookUp)
	return a
}

func (a *Area) find(id string) *draft {
	return server.Find(a.list, func(d *draft) bool { return d.id == id })
}

// Articles returns the articles of the draft with that media_id, or nil.
func (a *Area) Articles(mediaID string) []Article {
	if d := a.find(mediaID); d != nil {
		return slices.Clone(d.articles)
	}
	return nil
}

// Consume removes a draft after it was sent or published.
func (a *Area) Consume(mediaID string) {
	if d := a.find(mediaID); d != nil {
		a.list = server.Without(a.list, d)
	}
}

// addDraft is POST /cgi-bin/draft/add.
func (a *Area) addDraft(c *server.Call, in struct {
	Articles []Article `json:"articles"`
}) (any, error) {
	if len(in.Articles) == 0 {
		return nil, server.Fail(44003)
	}
	d := &draft{id: rand.Text() + "-" + rand.Text(), created: c.Now(), updated: c.Now()}
	for i, one := range in.Articles {
		if err := a.checkArticle(c, one); err != nil {
			return nil, err
		}
		d.articles = append(d.articles, a.finish(c, one, d.id, i, len(in.Articles) == 1))
	}
	a.list = append(a.list, d)
	return server.Object{"media_id": d.id, "item": []any{}}, nil
}

// about returns a handler for a call about a draft.
func (a *Area) about(handle func(*server.Call, *draft) (any, error)) server.Handler {
	return server.JSON(func(c *server.Call, in struct {
		MediaID string `json:"media_id"`
	}) (any, error) {
		d := a.find(in.MediaID)
		if d == nil {
			return nil, server.Fail(40007)
		}
		return handle(c, d)
	})
}

func (d *draft) content(noContent bool) server.Object {
	articles := slices.Clone(d.articles)
	for i := range articles {
		if noContent {
			articles[i].Content = ""
		}
	}
	return server.Object{"news_item": articles, "create_time": d.created.Unix(), "update_time": d.updated.Unix()}
}

// getDraft is POST /cgi-bin/draft/get.
func getDraft(_ *server.Call, d *draft) (any, error) { return d.content(false), nil }

// deleteDraft is POST /cgi-bin/draft/delete.
func (a *Area) deleteDraft(_ *server.Call, d *draft) (any, error) {
	a.list = server.Without(a.list, d)
	return nil, nil
}

// updateDraft is POST /cgi-bin/draft/update: it replaces an article.
func (a *Area) updateDraft(c *server.Call, d *draft) (any, error) {
	var in struct {
		Index   server.Number `json:"index"`
		Article Article       `json:"articles"`
	}
	if err := c.Bind(&in); err != nil {
		return nil, err
	}
	if in.Index < 0 || int(in.Index) >= len(d.articles) {
		return nil, server.Failf(40114, "invalid index value")
	}
	if err := a.checkArticle(c, in.Article); err != nil {
		return nil, err
	}
	d.articles[in.Index] = a.finish(c, in.Article, d.id, int(in.Index), len(d.articles) == 1)
	d.updated = c.Now()
	a.list = append(server.Without(a.list, d), d)
	return nil, nil
}

// countDrafts is GET /cgi-bin/draft/count.
func (a *Area) countDrafts(c *server.Call) (any, error) {
	return server.Object{"total_count": len(a.list)}, nil
}

// Page is the body of the lists of drafts and publications.
type Page struct {
	Offset    server.Number `json:"offset"`
	Count     server.Number `json:"count"`
	NoContent server.Flag   `json:"no_content"`
}

// Check returns an error for an invalid page.
func (q Page) Check() error {
	if q.Offset < 0 || q.Count < 1 || q.Count > maxDraftPage {
		return server.Fail(40097)
	}
	return nil
}

// PageOf returns the elements of a page, newest first.
func PageOf[T any](q Page, list []T) []T {
	newest := slices.Clone(list)
	slices.Reverse(newest)
	return server.Page(newest, q.Offset, q.Count)
}

// listDrafts is POST /cgi-bin/draft/batchget.
func (a *Area) listDrafts(c *server.Call, in Page) (any, error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	all, items := a.list, []server.Object{}
	for _, d := range PageOf(in, all) {
		items = append(items, server.Object{"media_id": d.id, "content": d.content(bool(in.NoContent)), "update_time": d.updated.Unix()})
	}
	return server.Object{"total_count": len(all), "item_count": len(items), "item": items}, nil
}

// lookUp adds the articles of its draft to a message.
func (a *Area) lookUp(r *server.Received) {
	for _, one := range a.Articles(r.MediaID) {
		r.Articles = append(r.Articles, callback.Article{Title: one.Title, Description: one.Digest, PicURL: a.s.FileURL(one.ThumbMediaID), URL: one.ContentSourceURL})
	}
}
