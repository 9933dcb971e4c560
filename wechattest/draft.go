package wechattest

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// drafts is the account's draft box (草稿箱), oldest change first.
type drafts struct {
	list     []*draft
	products map[string]bool   // ids of goods that can be put into articles
	keys     map[string]string // product_key of goods, by key
}

// draft is one draft of one or several articles.
type draft struct {
	id               string
	articles         []draftArticle
	created, updated time.Time
}

// draftArticle is an article (图文消息) or a picture post (图片消息) of a draft.
type draftArticle struct {
	Type               string     `json:"article_type,omitempty"`
	Title              string     `json:"title"`
	Author             string     `json:"author"`
	Digest             string     `json:"digest"`
	Content            string     `json:"content"`
	ContentSourceURL   string     `json:"content_source_url"`
	ThumbMediaID       string     `json:"thumb_media_id"`
	ShowCoverPic       number     `json:"show_cover_pic"`
	NeedOpenComment    number     `json:"need_open_comment"`
	OnlyFansCanComment number     `json:"only_fans_can_comment"`
	Crop235            string     `json:"pic_crop_235_1,omitempty"`
	Crop11             string     `json:"pic_crop_1_1,omitempty"`
	Images             *imageInfo `json:"image_info,omitempty"`
	Cover              *coverInfo `json:"cover_info,omitempty"`
	Product            *struct {
		Footer struct {
			Key string `json:"product_key"`
		} `json:"footer_product_info"`
	} `json:"product_info,omitempty"`

	// In answers only.
	URL      string `json:"url"`
	ThumbURL string `json:"thumb_url"`
}

type imageInfo struct {
	List []struct {
		MediaID string `json:"image_media_id"`
	} `json:"image_list"`
}

type coverInfo struct {
	Crops []struct {
		Ratio string `json:"ratio"`
		X1    string `json:"x1"`
		Y1    string `json:"y1"`
		X2    string `json:"x2"`
		Y2    string `json:"y2"`
	} `json:"crop_percent_list"`
}

// The limits of articles.
const (
	maxArticleTitle  = 64  // characters; 32 on the current page, and up to 64 are taken
	maxArticleAuthor = 16  // characters
	maxArticleDigest = 128 // characters; 120 in other documents
	cutDigest        = 54  // characters taken from the content without a digest
	maxSourceURL     = 1 << 10
	maxDraftPage     = 20
	maxGoods         = 50 // in a picture post
	maxPostPictures  = 20 // of a picture post
)

func draftEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/draft/add", body: jsonBody, daily: 1000, handle: addDraft},
		{method: http.MethodPost, path: "/cgi-bin/draft/get", body: jsonBody, daily: 500, handle: getDraft},
		{method: http.MethodPost, path: "/cgi-bin/draft/delete", body: jsonBody, daily: 1000, handle: deleteDraft},
		{method: http.MethodPost, path: "/cgi-bin/draft/update", body: jsonBody, daily: 1000, handle: updateDraft},
		{method: http.MethodGet, path: "/cgi-bin/draft/count", daily: 1000, handle: countDrafts},
		{method: http.MethodPost, path: "/cgi-bin/draft/batchget", body: jsonBody, daily: 1000, handle: listDrafts},
		{method: http.MethodPost, path: "/channels/ec/service/product/getcardinfo", body: jsonBody, handle: getProductCard},
	}
}

func (d *drafts) find(id string) *draft {
	for _, one := range d.list {
		if one.id == id {
			return one
		}
	}
	return nil
}

// draftArticles is how many articles the draft with that media_id has; 0 without one.
func (p *Platform) draftArticles(mediaID string) int {
	if d := p.areas.drafts.find(mediaID); d != nil {
		return len(d.articles)
	}
	return 0
}

// consumeDraft removes a draft that has been sent or published.
func (p *Platform) consumeDraft(mediaID string) {
	if d := p.areas.drafts.find(mediaID); d != nil {
		p.areas.drafts.list = without(p.areas.drafts.list, d)
	}
}

// check refuses an article that the platform does not take.
func (c *call) checkDraftArticle(a draftArticle) error {
	content := utf8.RuneCountInString(a.Content)
	switch {
	case a.Title == "" || utf8.RuneCountInString(a.Title) > maxArticleTitle:
		return failf(45003, "title size out of limit")
	case utf8.RuneCountInString(a.Author) > maxArticleAuthor:
		return failf(45110, "author size out of limit")
	case utf8.RuneCountInString(a.Digest) > maxArticleDigest:
		return failf(45004, "description size out of limit")
	case content == 0 || content >= 20_000 || len(a.Content) >= 1<<20:
		return failf(45166, "invalid content")
	case len(a.ContentSourceURL) > maxSourceURL:
		return failf(41039, "invalid content_source_url")
	case a.Product != nil && c.areas.drafts.keys[a.Product.Footer.Key] == "":
		return failf(53405, "invalid product_key")
	}
	return c.checkPictures(a)
}

// checkPictures checks that an article's pictures are permanent materials.
func (c *call) checkPictures(a draftArticle) error {
	switch a.Type {
	case "", "news":
		return c.checkPicture(a.ThumbMediaID)
	case "newspic":
		if a.Images == nil || len(a.Images.List) == 0 {
			return fail(40007)
		}
		if len(a.Images.List) > maxPostPictures {
			return failf(45166, "invalid image_list size")
		}
		if strings.Count(a.Content, goodsTag) > maxGoods {
			return failf(45166, "invalid content")
		}
		for _, image := range a.Images.List {
			if err := c.checkPicture(image.MediaID); err != nil {
				return err
			}
		}
		return nil
	}
	return failf(40097, "invalid article_type")
}

func (c *call) checkPicture(mediaID string) error {
	m := c.media.find(mediaID, c.now())
	if m == nil || !m.permanent || m.kind != "image" && m.kind != "thumb" {
		return fail(40007)
	}
	return nil
}

var markup = regexp.MustCompile(`<[^>]*>`)

// finish fills in what the platform itself writes into an article.
func (c *call) finishArticle(a draftArticle, draftID string, index int, alone bool) draftArticle {
	if a.Type == "" {
		a.Type = "news"
	}
	if a.Digest == "" && alone && a.Type == "news" {
		text := []rune(strings.TrimSpace(markup.ReplaceAllString(a.Content, "")))
		a.Digest = string(text[:min(cutDigest, len(text))])
	}
	a.URL = fmt.Sprintf("http://mp.weixin.qq.com/s?__biz=local&tempkey=%s&idx=%d", draftID, index+1)
	a.ThumbURL = ""
	cover := a.ThumbMediaID
	if a.Type == "newspic" {
		cover = a.Images.List[0].MediaID
	}
	if m := c.media.find(cover, c.now()); m != nil {
		a.ThumbURL = c.fileURL(m)
	}
	return a
}

// addDraft is POST /cgi-bin/draft/add.
func addDraft(c *call) (any, error) {
	var in struct {
		Articles []draftArticle `json:"articles"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if len(in.Articles) == 0 {
		return nil, fail(44003)
	}
	d := &draft{id: rand.Text() + "-" + rand.Text(), created: c.now(), updated: c.now()}
	for i, a := range in.Articles {
		if err := c.checkDraftArticle(a); err != nil {
			return nil, err
		}
		d.articles = append(d.articles, c.finishArticle(a, d.id, i, len(in.Articles) == 1))
	}
	c.areas.drafts.list = append(c.areas.drafts.list, d)
	return object{"media_id": d.id, "item": []any{}}, nil
}

// draft reads media_id from the body and finds the draft.
func (c *call) draft() (*draft, error) {
	var in struct {
		MediaID string `json:"media_id"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	d := c.areas.drafts.find(in.MediaID)
	if d == nil {
		return nil, fail(40007)
	}
	return d, nil
}

func (d *draft) content(noContent bool) object {
	articles := slices.Clone(d.articles)
	for i := range articles {
		if noContent {
			articles[i].Content = ""
		}
	}
	return object{"news_item": articles, "create_time": d.created.Unix(), "update_time": d.updated.Unix()}
}

// getDraft is POST /cgi-bin/draft/get.
func getDraft(c *call) (any, error) {
	d, err := c.draft()
	if err != nil {
		return nil, err
	}
	return d.content(false), nil
}

// deleteDraft is POST /cgi-bin/draft/delete.
func deleteDraft(c *call) (any, error) {
	d, err := c.draft()
	if err != nil {
		return nil, err
	}
	c.areas.drafts.list = without(c.areas.drafts.list, d)
	return nil, nil
}

// updateDraft is POST /cgi-bin/draft/update: it puts one article in the place of another.
func updateDraft(c *call) (any, error) {
	var in struct {
		Index   number       `json:"index"`
		Article draftArticle `json:"articles"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	d, err := c.draft()
	if err != nil {
		return nil, err
	}
	if in.Index < 0 || int(in.Index) >= len(d.articles) {
		return nil, failf(40114, "invalid index value")
	}
	if err := c.checkDraftArticle(in.Article); err != nil {
		return nil, err
	}
	d.articles[in.Index] = c.finishArticle(in.Article, d.id, int(in.Index), len(d.articles) == 1)
	d.updated = c.now()
	list := &c.areas.drafts.list
	*list = append(without(*list, d), d)
	return nil, nil
}

// countDrafts is GET /cgi-bin/draft/count.
func countDrafts(c *call) (any, error) {
	return object{"total_count": len(c.areas.drafts.list)}, nil
}

// articlePage is the body of the lists of drafts and publications.
type articlePage struct {
	Offset    number `json:"offset"`
	Count     number `json:"count"`
	NoContent number `json:"no_content"`
}

// check refuses a page that the platform does not give.
func (q articlePage) check() error {
	if q.Offset < 0 || q.Count < 1 || q.Count > maxDraftPage || q.NoContent < 0 || q.NoContent > 1 {
		return fail(40097)
	}
	return nil
}

// pageOf is the part of a list that a page shows, newest first.
func pageOf[T any](q articlePage, list []T) []T {
	newest := slices.Clone(list)
	slices.Reverse(newest)
	newest = newest[min(int(q.Offset), len(newest)):]
	return newest[:min(int(q.Count), len(newest))]
}

// listDrafts is POST /cgi-bin/draft/batchget.
func listDrafts(c *call) (any, error) {
	var in articlePage
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	all, items := c.areas.drafts.list, []object{}
	for _, d := range pageOf(in, all) {
		items = append(items, object{"media_id": d.id, "content": d.content(in.NoContent == 1), "update_time": d.updated.Unix()})
	}
	return object{"total_count": len(all), "item_count": len(items), "item": items}, nil
}

// goodsTag begins the piece of content that shows goods.
const goodsTag = "<mp-common-product"

// footerCard is the kind of card that is named by its key; the others are pieces of
// an article's content.
const footerCard = 3

// getProductCard is POST /channels/ec/service/product/getcardinfo.
func getProductCard(c *call) (any, error) {
	var in struct {
		ProductID string `json:"product_id"`
		Type      string `json:"article_type"`
		Card      number `json:"card_type"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	cards := map[string][]number{"news": {0, 1, 2}, "newspic": {1, 2, 3}}
	switch d := &c.areas.drafts; {
	case !d.products[in.ProductID]:
		return nil, failf(10170001, "invalid product_id")
	case cards[in.Type] == nil:
		return nil, failf(10170002, "invalid article_type")
	case !slices.Contains(cards[in.Type], in.Card):
		return nil, failf(10170003, "invalid card_type")
	case in.Card == footerCard:
		key := rand.Text()
		d.keys[key] = in.ProductID
		return object{"errcode": 0, "errmsg": "ok", "product_key": key}, nil
	}
	dom := fmt.Sprintf(goodsTag+` data-pid="%s" data-type="%d"></mp-common-product>`, in.ProductID, in.Card)
	return object{"errcode": 0, "errmsg": "ok", "DOM": dom}, nil
}

// AddProduct makes goods known that can be put into articles (商品卡片).
func (p *Platform) AddProduct(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := &p.areas.drafts
	if d.products == nil {
		d.products, d.keys = map[string]bool{}, map[string]string{}
	}
	d.products[id] = true
}
