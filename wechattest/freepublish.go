package wechattest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// publications is what the account has published, oldest first.
type publications struct {
	list []*publication
	next []verdict // how the publications to come will end
}

// publication is one publication of a draft (发布), from its submission on.
type publication struct {
	id, dataID       int64
	status           int
	articleID        string
	articles         []publishedArticle
	failed           []int // positions from 1
	created, updated time.Time
}

// publishedArticle is an article as the platform answers it.
type publishedArticle struct {
	Title              string `json:"title"`
	Author             string `json:"author"`
	Digest             string `json:"digest"`
	Content            string `json:"content"`
	ContentSourceURL   string `json:"content_source_url"`
	ThumbMediaID       string `json:"thumb_media_id"`
	ThumbURL           string `json:"thumb_url"`
	ShowCoverPic       number `json:"show_cover_pic"`
	NeedOpenComment    number `json:"need_open_comment"`
	OnlyFansCanComment number `json:"only_fans_can_comment"`
	URL                string `json:"url"`
	Deleted            bool   `json:"is_deleted"`
}

// verdict is what the platform's review decides on a publication.
type verdict struct {
	status int
	failed []int
}

// PublishStatus is where a publication stands (发布状态).
type PublishStatus int

// The states of a publication.
const (
	Published          PublishStatus = 0 // 成功
	Publishing         PublishStatus = 1 // 发布中
	OriginalityFailed  PublishStatus = 2 // 原创失败
	PublishFailed      PublishStatus = 3 // 常规失败
	PublishRefused     PublishStatus = 4 // 平台审核不通过
	PublishedDeleted   PublishStatus = 5 // 成功后用户删除所有文章
	PublishedForbidden PublishStatus = 6 // 成功后系统封禁所有文章
)

const publishTakes = 300 * time.Millisecond // real time

func freepublishEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/freepublish/submit", body: jsonBody, daily: 100, handle: submitPublication},
		{method: http.MethodPost, path: "/cgi-bin/freepublish/get", body: jsonBody, daily: 100, handle: getPublication},
		{method: http.MethodPost, path: "/cgi-bin/freepublish/delete", body: jsonBody, daily: 10, handle: deletePublished},
		{method: http.MethodPost, path: "/cgi-bin/freepublish/getarticle", body: jsonBody, daily: 100, handle: getPublished},
		{method: http.MethodPost, path: "/cgi-bin/freepublish/batchget", body: jsonBody, daily: 100, handle: listPublished},
	}
}

// submitPublication is POST /cgi-bin/freepublish/submit. The outcome reaches the bot
// as PUBLISHJOBFINISH.
func submitPublication(c *call) (any, error) {
	d, err := c.draft()
	if err != nil {
		return nil, err
	}
	job := &publication{
		id: c.nextID(), dataID: c.nextID(), status: int(Publishing),
		created: c.now(), updated: c.now(),
	}
	s := &c.areas.publications
	var end verdict
	if len(s.next) > 0 {
		end, s.next = s.next[0], s.next[1:]
	}
	s.list = append(s.list, job)
	p, articles := c.Platform, slices.Clone(d.articles)
	p.later(publishTakes, func() { p.concludePublication(job, d.id, articles, end) })
	return object{
		"errcode": 0, "errmsg": "ok",
		"publish_id": job.id, "msg_data_id": job.dataID,
	}, nil
}

// concludePublication ends a publication and tells the bot.
func (p *Platform) concludePublication(job *publication, draftID string, articles []draftArticle, end verdict) {
	p.mu.Lock()
	job.status, job.failed, job.updated = end.status, end.failed, p.now()
	var urls []string
	if end.status == int(Published) {
		job.articleID = rand.Text() + "_" + rand.Text()
		p.consumeDraft(draftID)
		p.areas.comments.publish(job.dataID, len(articles))
		for i, a := range articles {
			url := fmt.Sprintf("http://mp.weixin.qq.com/s?__biz=local&mid=%d&idx=%d", job.dataID, i+1)
			urls = append(urls, url)
			job.articles = append(job.articles, a.published(url))
			p.areas.comments.articles[articleKey{job.dataID, i}].open = a.NeedOpenComment == 1
		}
	}
	event := PublishJobFinish(job.id, job.status, job.articleID, urls, job.failed...)
	bot := p.bot
	p.mu.Unlock()
	if bot == nil {
		return
	}
	if _, err := p.Send(event); err != nil {
		p.log().Error("the bot did not take the result of a publication", "publish_id", job.id, "error", err)
	}
}

func (a draftArticle) published(url string) publishedArticle {
	return publishedArticle{
		Title: a.Title, Author: a.Author, Digest: a.Digest, Content: a.Content, ContentSourceURL: a.ContentSourceURL,
		ThumbMediaID: a.ThumbMediaID, ThumbURL: a.ThumbURL, ShowCoverPic: a.ShowCoverPic,
		NeedOpenComment: a.NeedOpenComment, OnlyFansCanComment: a.OnlyFansCanComment, URL: url,
	}
}

// getPublication is POST /cgi-bin/freepublish/get; publish_id comes as text or as a number.
func getPublication(c *call) (any, error) {
	var in struct {
		ID scalar `json:"publish_id"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	job := c.areas.publications.byID(in.ID.int())
	if job == nil {
		return nil, failf(40002, "invalid args")
	}
	answer := object{"publish_id": job.id, "publish_status": job.status}
	if job.status == int(Published) {
		items := []object{}
		for i, a := range job.articles {
			items = append(items, object{"idx": i + 1, "article_url": a.URL})
		}
		answer["article_id"] = job.articleID
		answer["article_detail"] = object{"count": len(items), "item": items}
	}
	if len(job.failed) > 0 {
		answer["fail_idx"] = job.failed
	}
	return answer, nil
}

func (s *publications) byID(id int64) *publication {
	for _, job := range s.list {
		if job.id == id {
			return job
		}
	}
	return nil
}

// visible are the publications of which an article is left.
func (s *publications) visible() []*publication {
	var left []*publication
	for _, job := range s.list {
		if job.status == int(Published) {
			left = append(left, job)
		}
	}
	return left
}

// published finds what stands under an article_id.
func (c *call) published(articleID string) (*publication, error) {
	for _, job := range c.areas.publications.visible() {
		if job.articleID == articleID {
			return job, nil
		}
	}
	return nil, fail(53600)
}

// deletePublished is POST /cgi-bin/freepublish/delete: one article, by its place
// from 1, or all of them.
func deletePublished(c *call) (any, error) {
	var in struct {
		ArticleID string `json:"article_id"`
		Index     number `json:"index"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	job, err := c.published(in.ArticleID)
	if err != nil {
		return nil, err
	}
	if in.Index < 0 || int(in.Index) > len(job.articles) {
		return nil, failf(40114, "invalid index value")
	}
	left := 0
	for i := range job.articles {
		a := &job.articles[i]
		a.Deleted = a.Deleted || in.Index == 0 || int(in.Index) == i+1
		if !a.Deleted {
			left++
		}
	}
	if job.updated = c.now(); left == 0 {
		job.status = int(PublishedDeleted)
	}
	return nil, nil
}

func (p *publication) content(noContent bool) object {
	articles := slices.Clone(p.articles)
	for i := range articles {
		if noContent {
			articles[i].Content = ""
		}
	}
	return object{"news_item": articles, "create_time": p.created.Unix(), "update_time": p.updated.Unix()}
}

// getPublished is POST /cgi-bin/freepublish/getarticle.
func getPublished(c *call) (any, error) {
	var in struct {
		ArticleID string `json:"article_id"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	job, err := c.published(in.ArticleID)
	if err != nil {
		return nil, err
	}
	return job.content(false), nil
}

// listPublished is POST /cgi-bin/freepublish/batchget. Its times stand in content
// alone, as they have been seen to.
func listPublished(c *call) (any, error) {
	var in articlePage
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	all, items := c.areas.publications.visible(), []object{}
	for _, job := range pageOf(in, all) {
		items = append(items, object{"article_id": job.articleID, "content": job.content(in.NoContent == 1)})
	}
	return object{"total_count": len(all), "item_count": len(items), "item": items}, nil
}

// EndPublication decides how the next publication that is submitted ends: refused by
// the review, for instance, with the places of the articles in question from 1 on.
// Called again, it decides about the one after. Publications that nobody has decided
// about succeed.
func (p *Platform) EndPublication(status PublishStatus, failed ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.areas.publications.next = append(p.areas.publications.next, verdict{int(status), failed})
}
