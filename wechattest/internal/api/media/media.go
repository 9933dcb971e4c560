// Package media models temporary media and permanent materials (素材).
package media

import (
	"bytes"
	"crypto/rand"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// File is a file that the platform keeps (素材), for three days or for good.
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

// Find returns a file; nil if there is none, or if its time is over.
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

// Add keeps a file under a new id, and lets go of what has expired.
func (a *Area) Add(m *File) {
	m.ID, m.updated = rand.Text()+"_"+rand.Text(), m.Created
	if a.items == nil {
		a.items = map[string]*File{}
	}
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
	a.order = slices.DeleteFunc(a.order, func(one *File) bool { return one == m })
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
	sweepAt int     // how many files are kept before the expired ones are let go of
}

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{s: s}
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

// fileRule is what the platform takes of a kind.
type fileRule struct {
	maxSize    int
	extensions []string
}

// temporaryRule is the rule for temporary files; 40004 for an unknown kind.
func temporaryRule(kind string) (fileRule, error) {
	switch kind {
	case "image":
		return fileRule{10 << 20, []string{".png", ".jpeg", ".jpg", ".gif"}}, nil
	case "voice":
		return fileRule{2 << 20, []string{".amr", ".mp3"}}, nil
	case "video":
		return fileRule{10 << 20, []string{".mp4"}}, nil
	case "thumb":
		return fileRule{64 << 10, []string{".jpg", ".jpeg"}}, nil
	}
	return fileRule{}, server.Fail(40004)
}

// check checks a file against the rule.
func (r fileRule) check(f *uploaded) error {
	switch {
	case len(f.content) == 0:
		return server.Fail(44001)
	case !slices.Contains(r.extensions, f.extension()):
		return server.Fail(40005)
	case len(f.content) > r.maxSize:
		return server.Fail(45001)
	case f.seconds() > 60:
		return server.Fail(45007)
	}
	return nil
}

// uploaded is the file of a multipart form.
type uploaded struct {
	name    string
	content []byte
	form    map[string]string // the other fields
}

// upload reads the form of a request: 41005 where it has no file named media, the
// file has no file name, or the request came without a length.
func (a *Area) upload(c *server.Call) (*uploaded, error) {
	_, params, err := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" || c.Request.ContentLength < 0 {
		return nil, server.Fail(41005)
	}
	up := &uploaded{form: map[string]string{}}
	form := multipart.NewReader(bytes.NewReader(c.Body), params["boundary"])
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, server.Fail(41005)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, server.Fail(41005)
		}
		if part.FileName() == "" {
			up.form[part.FormName()] = string(content)
		} else if part.FormName() == "media" {
			up.name, up.content = part.FileName(), content
		}
	}
	if up.name == "" {
		return nil, server.Fail(41005)
	}
	return up, nil
}

func (f *uploaded) extension() string { return strings.ToLower(path.Ext(f.name)) }

// uploadMedia is POST /cgi-bin/media/upload.
func (a *Area) uploadMedia(c *server.Call) (any, error) {
	kind := c.Query.Get("type")
	rule, err := temporaryRule(kind)
	if err != nil {
		return nil, err
	}
	up, err := a.upload(c)
	if err != nil {
		return nil, err
	}
	if err := rule.check(up); err != nil {
		return nil, err
	}
	m := &File{Kind: kind, Name: up.name, Content: up.content, Created: c.Now()}
	a.Add(m)
	key := "media_id"
	if kind == "thumb" {
		key = "thumb_media_id"
	}
	return server.Object{"type": kind, key: m.ID, "created_at": m.Created.Unix(), "item": []any{}}, nil
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
		Status: http.StatusOK, ContentType: "voice/speex", Content: m.Content,
		Name: strings.TrimSuffix(m.Name, path.Ext(m.Name)) + ".speex",
	}, nil
}

// uploadArticleImage is POST /cgi-bin/media/uploadimg, a picture inside an article.
func (a *Area) uploadArticleImage(c *server.Call) (any, error) {
	up, err := a.upload(c)
	switch {
	case err != nil:
		return nil, err
	case len(up.content) == 0:
		return nil, server.Fail(44001)
	case !slices.Contains([]string{".jpg", ".jpeg", ".png"}, up.extension()):
		return nil, server.Fail(40005)
	case len(up.content) >= 1<<20:
		return nil, server.Fail(40009)
	}
	m := &File{Kind: "article image", Name: up.name, Content: up.content, Permanent: true, Created: c.Now()}
	a.Add(m)
	return server.Object{"url": a.FileURL(c, m)}, nil
}

// FileURL is the address of a file, for whoever asked.
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
	return &server.Attachment{Status: http.StatusOK, ContentType: m.contentType(), Name: m.Name, Content: m.Content}
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

// Put puts a file among the temporary media (临时素材) and returns its media_id,
// as if a user had sent it: for a message such as [Image] or [Voice] whose file the
// bot is going to get. The kind is image, voice, video or thumb.
func (a *Area) Put(kind, name string, content []byte) (mediaID string) {
	a.s.Lock()
	defer a.s.Unlock()
	m := &File{Kind: kind, Name: name, Content: slices.Clone(content), Created: a.s.Now()}
	a.Add(m)
	return m.ID
}

// Read returns a file that the platform keeps, temporary or permanent.
func (a *Area) Read(mediaID string) (name string, content []byte, found bool) {
	a.s.Lock()
	defer a.s.Unlock()
	m := a.Find(mediaID, a.s.Now())
	if m == nil {
		return "", nil, false
	}
	return m.Name, slices.Clone(m.Content), true
}

// lookUp adds to a message the name of the file, and the articles, that it names by
// its media id.
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
