package wechattest

import (
	"encoding/json"
	"net/http"
	"slices"
)

// NewsArticle is an article of a permanent news material (永久图文素材). The platform
// takes no new ones; see [Platform.AddNews].
type NewsArticle struct {
	Title              string `json:"title"`
	Author             string `json:"author"`
	Digest             string `json:"digest"`
	Content            string `json:"content"`
	ContentSourceURL   string `json:"content_source_url"`
	ThumbMediaID       string `json:"thumb_media_id"`
	ThumbURL           string `json:"thumb_url,omitempty"`
	ShowCoverPic       int    `json:"show_cover_pic"`
	URL                string `json:"url"`
	NeedOpenComment    int    `json:"need_open_comment"`
	OnlyFansCanComment int    `json:"only_fans_can_comment"`
}

// How many permanent materials an account has at most.
const (
	maxImages         = 100_000 // with news
	maxOtherMaterials = 1000
)

func materialEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/material/add_material", body: anyBody, handle: addMaterial},
		{method: http.MethodPost, path: "/cgi-bin/material/get_material", body: jsonBody, handle: getMaterial},
		{method: http.MethodPost, path: "/cgi-bin/material/del_material", body: jsonBody, handle: deleteMaterial},
		{method: http.MethodGet, alsoBy: http.MethodPost, path: "/cgi-bin/material/get_materialcount", handle: countMaterial},
		{method: http.MethodPost, path: "/cgi-bin/material/batchget_material", body: jsonBody, handle: listMaterial},
	}
}

// permanentRule is the rule for permanent files; 40004 for an unknown kind.
func permanentRule(kind string) (fileRule, error) {
	rule, err := temporaryRule(kind)
	switch kind {
	case "image":
		rule.extensions = append(rule.extensions, ".bmp")
	case "voice":
		rule.extensions = append(rule.extensions, ".wma", ".wav")
	}
	return rule, err
}

// addMaterial is POST /cgi-bin/material/add_material.
func addMaterial(c *call) (any, error) {
	kind := c.query.Get("type")
	rule, err := permanentRule(kind)
	if err != nil {
		return nil, err
	}
	up, err := c.upload()
	if err != nil {
		return nil, err
	}
	if err := rule.check(up); err != nil {
		return nil, err
	}
	if c.media.full(kind) {
		return nil, fail(45034)
	}
	m := &medium{kind: kind, name: up.name, content: up.content, permanent: true, created: c.now()}
	if kind == "video" {
		if err := m.describe(up.form["description"]); err != nil {
			return nil, err
		}
	}
	c.media.add(m)
	answer := object{"media_id": m.id, "item": []any{}}
	switch kind {
	case "image":
		answer["url"] = c.fileURL(m)
	case "video":
		answer["url"] = ""
	}
	return answer, nil
}

// full reports whether the account has as many materials of a kind as it may.
func (l *mediaLibrary) full(kind string) bool {
	if kind == "image" || kind == "news" {
		return len(l.ofKind("image"))+len(l.ofKind("news")) >= maxImages
	}
	return len(l.ofKind(kind)) >= maxOtherMaterials
}

// describe reads the form field description of a video.
func (m *medium) describe(text string) error {
	var in struct {
		Title        string `json:"title"`
		Introduction string `json:"introduction"`
	}
	if text == "" || json.Unmarshal([]byte(text), &in) != nil {
		return fail(47001)
	}
	if in.Title == "" {
		return fail(40101)
	}
	m.title, m.introduction = in.Title, in.Introduction
	return nil
}

// material reads media_id and finds its permanent material.
func (c *call) material() (*medium, error) {
	var in struct {
		MediaID string `json:"media_id"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	m := c.media.find(in.MediaID, c.now())
	if m == nil || !m.permanent {
		return nil, fail(40007)
	}
	return m, nil
}

// getMaterial is POST /cgi-bin/material/get_material, with its three answers.
func getMaterial(c *call) (any, error) {
	m, err := c.material()
	if err != nil {
		return nil, err
	}
	switch m.kind {
	case "video":
		return object{"title": m.title, "description": m.introduction, "down_url": c.fileURL(m)}, nil
	case "news":
		return m.news(), nil
	}
	return m.attachment(), nil
}

func (m *medium) news() object {
	return object{"news_item": m.articles, "create_time": m.created.Unix(), "update_time": m.updated.Unix()}
}

// deleteMaterial is POST /cgi-bin/material/del_material.
func deleteMaterial(c *call) (any, error) {
	m, err := c.material()
	if err != nil {
		return nil, err
	}
	c.media.remove(m)
	return nil, nil
}

// countMaterial is GET /cgi-bin/material/get_materialcount.
func countMaterial(c *call) (any, error) {
	answer := object{}
	for _, kind := range []string{"voice", "video", "image", "news"} {
		answer[kind+"_count"] = len(c.media.ofKind(kind))
	}
	return answer, nil
}

// listMaterial is POST /cgi-bin/material/batchget_material.
func listMaterial(c *call) (any, error) {
	var in struct {
		Kind   string `json:"type"`
		Offset number `json:"offset"`
		Count  number `json:"count"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains([]string{"image", "video", "voice", "news"}, in.Kind):
		return nil, fail(40004)
	case in.Offset < 0 || in.Count < 1 || in.Count > 20:
		return nil, fail(40097)
	}
	all := c.media.ofKind(in.Kind)
	items := []object{}
	page := all[min(int(in.Offset), len(all)):]
	for _, m := range page[:min(int(in.Count), len(page))] {
		items = append(items, c.listed(m))
	}
	return object{"total_count": len(all), "item_count": len(items), "item": items}, nil
}

func (c *call) listed(m *medium) object {
	item := object{"media_id": m.id, "update_time": m.updated.Unix()}
	if m.kind == "news" {
		item["content"] = m.news()
		return item
	}
	item["name"], item["url"] = m.name, ""
	if m.kind == "image" {
		item["url"] = c.fileURL(m)
	}
	return item
}

// AddNews puts a news material among the permanent materials and returns its
// media_id. The platform has such materials from former years; it offers no call to
// make new ones.
func (p *Platform) AddNews(articles ...NewsArticle) (mediaID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := &medium{kind: "news", permanent: true, created: p.now(), articles: slices.Clone(articles)}
	p.media.add(m)
	return m.id
}
