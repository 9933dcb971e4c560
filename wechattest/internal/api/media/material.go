package media

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Article is an article of a permanent news material (永久图文素材).
type Article struct {
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

// The maximum numbers of permanent materials.
const (
	maxImages         = 100_000 // with news
	maxOtherMaterials = 1000
)

func (a *Area) materialEndpoints() []server.Endpoint {
	return []server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/material/add_material", Body: server.AnyBody, Handle: a.addMaterial},
		{Method: http.MethodPost, Path: "/cgi-bin/material/get_material", Handle: a.about(a.getMaterial)},
		{Method: http.MethodPost, Path: "/cgi-bin/material/del_material", Handle: a.about(a.deleteMaterial)},
		{Method: http.MethodGet, AlsoBy: http.MethodPost, Path: "/cgi-bin/material/get_materialcount", Body: server.AnyBody, Handle: a.countMaterial},
		{Method: http.MethodPost, Path: "/cgi-bin/material/batchget_material", Handle: server.JSON(a.listMaterial)},
	}
}

// addMaterial is POST /cgi-bin/material/add_material.
func (a *Area) addMaterial(c *server.Call) (any, error) {
	m, form, err := receive(c, true)
	if err != nil {
		return nil, err
	}
	if a.full(m.Kind) {
		return nil, server.Fail(45034)
	}
	if m.Kind == "video" {
		if err := m.describe(form["description"]); err != nil {
			return nil, err
		}
	}
	a.Add(m)
	answer := server.Object{"media_id": m.ID, "item": []any{}}
	switch m.Kind {
	case "image":
		answer["url"] = a.FileURL(c, m)
	case "video":
		answer["url"] = ""
	}
	return answer, nil
}

// full reports whether the account has the maximum number of materials of a kind.
func (a *Area) full(kind string) bool {
	if kind == "image" || kind == "news" {
		return len(a.ofKind("image"))+len(a.ofKind("news")) >= maxImages
	}
	return len(a.ofKind(kind)) >= maxOtherMaterials
}

// describe parses the form field description of a video.
func (m *File) describe(text string) error {
	var in struct {
		Title        string `json:"title"`
		Introduction string `json:"introduction"`
	}
	if text == "" || json.Unmarshal([]byte(text), &in) != nil {
		return server.Fail(47001)
	}
	if in.Title == "" {
		return server.Fail(40101)
	}
	m.Title, m.Introduction = in.Title, in.Introduction
	return nil
}

// about returns a handler for a call about a permanent material.
func (a *Area) about(handle func(*server.Call, *File) (any, error)) server.Handler {
	return server.JSON(func(c *server.Call, in Ref) (any, error) {
		m := a.Find(in.MediaID, c.Now())
		if m == nil || !m.Permanent {
			return nil, server.Fail(40007)
		}
		return handle(c, m)
	})
}

// getMaterial is POST /cgi-bin/material/get_material, with its three answers.
func (a *Area) getMaterial(c *server.Call, m *File) (any, error) {
	switch m.Kind {
	case "video":
		return server.Object{"title": m.Title, "description": m.Introduction, "down_url": a.FileURL(c, m)}, nil
	case "news":
		return m.news(), nil
	}
	return m.attachment(), nil
}

func (m *File) news() server.Object {
	return server.Object{"news_item": m.Articles, "create_time": m.Created.Unix(), "update_time": m.updated.Unix()}
}

// deleteMaterial is POST /cgi-bin/material/del_material.
func (a *Area) deleteMaterial(_ *server.Call, m *File) (any, error) {
	a.remove(m)
	return nil, nil
}

// countMaterial is GET /cgi-bin/material/get_materialcount.
func (a *Area) countMaterial(c *server.Call) (any, error) {
	answer := server.Object{}
	for _, kind := range []string{"voice", "video", "image", "news"} {
		answer[kind+"_count"] = len(a.ofKind(kind))
	}
	return answer, nil
}

// listMaterial is POST /cgi-bin/material/batchget_material.
func (a *Area) listMaterial(c *server.Call, in struct {
	Kind   string        `json:"type"`
	Offset server.Number `json:"offset"`
	Count  server.Number `json:"count"`
}) (any, error) {
	switch {
	case !slices.Contains([]string{"image", "video", "voice", "news"}, in.Kind):
		return nil, server.Fail(40004)
	case in.Offset < 0 || in.Count < 1 || in.Count > 20:
		return nil, server.Fail(40097)
	}
	all := a.ofKind(in.Kind)
	items := []server.Object{}
	for _, m := range server.Page(all, in.Offset, in.Count) {
		items = append(items, a.listed(c, m))
	}
	return server.Object{"total_count": len(all), "item_count": len(items), "item": items}, nil
}

func (a *Area) listed(c *server.Call, m *File) server.Object {
	item := server.Object{"media_id": m.ID, "update_time": m.updated.Unix()}
	if m.Kind == "news" {
		item["content"] = m.news()
		return item
	}
	item["name"], item["url"] = m.Name, ""
	if m.Kind == "image" {
		item["url"] = a.FileURL(c, m)
	}
	return item
}

// AddNews implements Platform.AddNews.
func (a *Area) AddNews(articles ...Article) (mediaID string) {
	a.s.Lock()
	defer a.s.Unlock()
	m := &File{Kind: "news", Permanent: true, Created: a.s.Now(), Articles: slices.Clone(articles)}
	a.Add(m)
	return m.ID
}
