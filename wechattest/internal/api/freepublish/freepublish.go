// Package freepublish models publications (发布).
package freepublish

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/comment"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/draft"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// publication is one publication of a draft (发布).
type publication struct {
	owner            server.Owner
	id, dataID       int64
	status           int
	articleID        string
	articles         []publishedArticle
	failed           []int // positions from 1
	created, updated time.Time
}

// publishedArticle is an article in the platform's answer.
type publishedArticle struct {
	draft.Text
	Deleted bool `json:"is_deleted"`
}

// verdict is the result of the platform's review of a publication.
type verdict struct {
	status int
	failed []int
}

// The statuses that are used here.
const (
	published  = 0
	publishing = 1
	deleted    = 5
)

const publishTakes = 300 * time.Millisecond // real time

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s        *server.Server
	drafts   *draft.Area
	comments *comment.Area
	list     []*publication // oldest first
	next     []verdict      // the results of the next publications
}

// Register adds the area to the server.
func Register(s *server.Server, drafts *draft.Area, comments *comment.Area) *Area {
	a := &Area{s: s, drafts: drafts, comments: comments}
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/freepublish/submit", Daily: 100, Handle: server.JSON(a.submitPublication)},
		{Method: http.MethodPost, Path: "/cgi-bin/freepublish/get", Daily: 100, Handle: server.JSON(a.getPublication)},
		{Method: http.MethodPost, Path: "/cgi-bin/freepublish/delete", Daily: 10, Handle: server.JSON(a.deletePublished)},
		{Method: http.MethodPost, Path: "/cgi-bin/freepublish/getarticle", Daily: 100, Handle: server.JSON(a.getPublished)},
		{Method: http.MethodPost, Path: "/cgi-bin/freepublish/batchget", Daily: 100, Handle: server.JSON(a.listPublished)},
	}...)
	return a
}

// submitPublication is POST /cgi-bin/freepublish/submit. The outcome reaches the bot
// as PUBLISHJOBFINISH.
func (a *Area) submitPublication(c *server.Call, in struct {
	MediaID string `json:"media_id"`
}) (any, error) {
	articles := a.drafts.Articles(in.MediaID)
	if articles == nil {
		return nil, server.Fail(40007)
	}
	job := &publication{
		owner: c.Owner, id: c.NextID(), dataID: c.NextID(), status: publishing,
		created: c.Now(), updated: c.Now(),
	}
	var end verdict
	if len(a.next) > 0 {
		end, a.next = a.next[0], a.next[1:]
	}
	a.list = append(a.list, job)
	c.Later(publishTakes, func() { a.conclude(job, in.MediaID, articles, end) })
	return server.OK{"publish_id": job.id, "msg_data_id": job.dataID}, nil
}

// conclude ends a publication and sends the event.
func (a *Area) conclude(job *publication, draftID string, articles []draft.Article, end verdict) {
	a.s.Lock()
	job.status, job.failed, job.updated = end.status, end.failed, a.s.Now()
	var urls []string
	if end.status == published {
		job.articleID = rand.Text() + "_" + rand.Text()
		a.drafts.Consume(draftID)
		p := server.Publication{DataID: job.dataID}
		for _, one := range articles {
			p.Titles = append(p.Titles, one.Title)
		}
		a.s.Publish(p)
		for i, one := range articles {
			url := p.URL(i)
			urls = append(urls, url)
			one.URL = url
			job.articles = append(job.articles, publishedArticle{Text: one.Text})
			if one.NeedOpenComment == 1 {
				a.comments.Open(job.dataID, i)
			}
		}
	}
	event := callback.PublishJobFinish(strconv.FormatInt(job.id, 10), job.status, job.articleID, urls, job.failed...)
	a.s.Unlock()
	a.s.Tell(job.owner, event)
}

// getPublication is POST /cgi-bin/freepublish/get; publish_id comes as text or as a number.
func (a *Area) getPublication(c *server.Call, in struct {
	ID server.Scalar `json:"publish_id"`
}) (any, error) {
	job := a.byID(in.ID.Int())
	if job == nil {
		return nil, server.Failf(40002, "invalid args")
	}
	answer := server.Object{"publish_id": job.id, "publish_status": job.status}
	if job.status == published {
		items := []server.Object{}
		for i, a := range job.articles {
			items = append(items, server.Object{"idx": i + 1, "article_url": a.URL})
		}
		answer["article_id"] = job.articleID
		answer["article_detail"] = server.Object{"count": len(items), "item": items}
	}
	if len(job.failed) > 0 {
		answer["fail_idx"] = job.failed
	}
	return answer, nil
}

func (a *Area) byID(id int64) *publication {
	return server.Find(a.list, func(job *publication) bool { return job.id == id })
}

// visible returns the publications that still have an article.
func (a *Area) visible() []*publication {
	var left []*publication
	for _, job := range a.list {
		if job.status == published {
			left = append(left, job)
		}
	}
	return left
}

// find returns the publication with an article_id.
func (a *Area) find(articleID string) (*publication, error) {
	for _, job := range a.visible() {
		if job.articleID == articleID {
			return job, nil
		}
	}
	return nil, server.Fail(53600)
}

// deletePublished is POST /cgi-bin/freepublish/delete: one article, by its position
// from 1, or all of them.
func (a *Area) deletePublished(c *server.Call, in struct {
	ArticleID string        `json:"article_id"`
	Index     server.Number `json:"index"`
}) (any, error) {
	job, err := a.find(in.ArticleID)
	if err != nil {
		return nil, err
	}
	if in.Index < 0 || int(in.Index) > len(job.articles) {
		return nil, server.Failf(40114, "invalid index value")
	}
	left := 0
	for i := range job.articles {
		one := &job.articles[i]
		one.Deleted = one.Deleted || in.Index == 0 || int(in.Index) == i+1
		if !one.Deleted {
			left++
		}
	}
	if job.updated = c.Now(); left == 0 {
		job.status = deleted
	}
	return nil, nil
}

func (p *publication) content(noContent bool) server.Object {
	articles := slices.Clone(p.articles)
	for i := range articles {
		if noContent {
			articles[i].Content = ""
		}
	}
	return server.Object{"news_item": articles, "create_time": p.created.Unix(), "update_time": p.updated.Unix()}
}

// getPublished is POST /cgi-bin/freepublish/getarticle.
func (a *Area) getPublished(c *server.Call, in struct {
	ArticleID string `json:"article_id"`
}) (any, error) {
	job, err := a.find(in.ArticleID)
	if err != nil {
		return nil, err
	}
	return job.content(false), nil
}

// listPublished is POST /cgi-bin/freepublish/batchget. Its times are only in content,
// as observed on the real platform.
func (a *Area) listPublished(c *server.Call, in draft.Page) (any, error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	all, items := a.visible(), []server.Object{}
	for _, job := range draft.PageOf(in, all) {
		items = append(items, server.Object{"article_id": job.articleID, "content": job.content(bool(in.NoContent))})
	}
	return server.Object{"total_count": len(all), "item_count": len(items), "item": items}, nil
}

// End sets the result of the next submitted publication.
func (a *Area) End(status int, failed ...int) {
	a.s.Lock()
	defer a.s.Unlock()
	a.next = append(a.next, verdict{status, failed})
}
