// Package media models temporary media and permanent materials (素材).
package media

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// File is a temporary or permanent file (素材).
type File struct {
	ID        string
	Kind      string // image, voice, video, thumb; news for articles
	Name      string
	Content   []byte
	Permanent bool
	Created   time.Time
	updated   time.Time

	Title, Introduction string    // of a permanent video
	Articles            []Article // of a permanent news material
}

// Ref names a file in a message.
type Ref struct {
	MediaID      string `json:"media_id"`
	ThumbMediaID string `json:"thumb_media_id"`
	Title        string `json:"title"`
	Description  string `json:"description"`
}

// mediaLife is how long temporary media are kept.
const mediaLife = 3 * 24 * time.Hour

// Find returns a file, or nil if it does not exist or has expired.
func (a *Area) Find(id string, now time.Time) *File {
	m := a.items[id]
	if m == nil || m.expired(now) {
		return nil
	}
	return m
}

func (m *File) expired(now time.Time) bool {
	return !m.Permanent && !now.Before(m.Created.Add(mediaLife))
}

// Add stores a file under a new id, and deletes expired files.
func (a *Area) Add(m *File) {
	m.ID, m.updated = rand.Text()+"_"+rand.Text(), m.Created
	if len(a.order) >= a.sweepAt {
		a.sweep(m.Created)
	}
	a.items[m.ID] = m
	a.order = append(a.order, m)
}

func (a *Area) sweep(now time.Time) {
	a.order = slices.DeleteFunc(a.order, func(old *File) bool {
		if old.expired(now) {
			delete(a.items, old.ID)
		}
		return old.expired(now)
	})
	a.sweepAt = 2*len(a.order) + 64
}

func (a *Area) remove(m *File) {
	delete(a.items, m.ID)
	a.order = server.Without(a.order, m)
}

// ofKind lists the permanent files of a kind, newest first.
func (a *Area) ofKind(kind string) []*File {
	var found []*File
	for _, m := range slices.Backward(a.order) {
		if m.Permanent && m.Kind == kind {
			found = append(found, m)
		}
	}
	return found
}

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s       *server.Server
	items   map[string]*File
	order   []*File // oldest first
	sweepAt int     // how many files are kept before expired ones are deleted
}

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{s: s, items: map[string]*File{}}
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/media/upload", Body: server.AnyBody, Daily: 100_000, Handle: a.uploadMedia},
		{Method: http.MethodGet, Path: "/cgi-bin/media/get", Daily: 200_000, Handle: a.getMedia},
		{Method: http.MethodGet, Path: "/cgi-bin/media/get/jssdk", Handle: a.getVoice},
		{Method: http.MethodPost, Path: "/cgi-bin/media/uploadimg", Body: server.AnyBody, Handle: a.uploadArticleImage},
		{Method: http.MethodGet, Path: server.FilePath, Credential: server.NoCredential, Page: true, Handle: a.getFile},
	}...)
	s.Handle(a.materialEndpoints()...)
	s.Hooks.LookUp = append(s.Hooks.LookUp, a.lookUp)
	return a
}

// getMedia is GET /cgi-bin/media/get: a file, or for a video its link.
func (a *Area) getMedia(c *server.Call) (any, error) {
	m := a.Find(c.Query.Get("media_id"), c.Now())
	if m == nil || m.Permanent {
		return nil, server.Fail(40007)
	}
	if m.Kind == "video" {
		return server.Object{"video_url": a.FileURL(c, m)}, nil
	}
	return m.attachment(), nil
}

// getVoice is GET /cgi-bin/media/get/jssdk, for a voice that the JS-SDK uploaded.
func (a *Area) getVoice(c *server.Call) (any, error) {
	m := a.Find(c.Query.Get("media_id"), c.Now())
	if m == nil || m.Kind != "voice" {
		return nil, server.Fail(40007)
	}
	return &server.Attachment{
		ContentType: "voice/speex", Content: m.Content,
		Name: strings.TrimSuffix(m.Name, path.Ext(m.Name)) + ".speex",
	}, nil
}

// FileURL returns the address of a file for a caller.
func (a *Area) FileURL(c *server.Call, m *File) string {
	base := "https://" + c.Request.Host
	if over, known := c.OverTLS(); !known && c.Request.TLS == nil || known && !over {
		base = "http://" + c.Request.Host
	}
	return base + server.FilePath + "?id=" + url.QueryEscape(m.ID)
}

// getFile is GET /wechattest/file.
func (a *Area) getFile(c *server.Call) (any, error) {
	m := a.Find(c.Query.Get("id"), c.Now())
	if m == nil {
		return &server.Attachment{Status: http.StatusNotFound, ContentType: "text/plain"}, nil
	}
	return m.attachment(), nil
}

func (m *File) attachment() *server.Attachment {
	return &server.Attachment{ContentType: m.contentType(), Name: m.Name, Content: m.Content}
}

func (m *File) contentType() string {
	switch strings.ToLower(path.Ext(m.Name)) {
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".gif":
		return "image/gif"
	case ".bmp":
		return "image/bmp"
	case ".amr":
		return "voice/amr"
	case ".mp3":
		return "audio/mpeg"
	case ".mp4":
		return "video/mp4"
	}
	return "application/octet-stream"
}

// Put adds a file to the temporary media (临时素材) and returns its media_id. The kind is
// image, voice, video or thumb.
func (a *Area) Put(kind, name string, content []byte) (mediaID string) {
	a.s.Lock()
	defer a.s.Unlock()
	m := &File{Kind: kind, Name: name, Content: slices.Clone(content), Created: a.s.Now()}
	a.Add(m)
	return m.ID
}

// Read returns a temporary or permanent file.
func (a *Area) Read(mediaID string) (name string, content []byte, found bool) {
	a.s.Lock()
	defer a.s.Unlock()
	m := a.Find(mediaID, a.s.Now())
	if m == nil {
		return "", nil, false
	}
	return m.Name, slices.Clone(m.Content), true
}

// lookUp adds the file name and the articles of its media id to a message.
func (a *Area) lookUp(r *server.Received) {
	m := a.Find(r.MediaID, a.s.Now())
	if m == nil {
		return
	}
	r.File = m.Name
	for _, one := range m.Articles {
		r.Articles = append(r.Articles, callback.Article{Title: one.Title, Description: one.Digest, PicURL: a.s.FileURL(one.ThumbMediaID), URL: one.URL})
	}
}
