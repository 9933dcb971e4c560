package wechattest

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// medium is a file that the platform keeps (素材), for three days or for good.
type medium struct {
	id        string
	kind      string // image, voice, video, thumb; news for articles
	name      string
	content   []byte
	permanent bool
	created   time.Time
	updated   time.Time

	title, introduction string        // of a permanent video
	articles            []NewsArticle // of a permanent news material
}

// mediaLibrary is all files of the account, and those of users' messages.
type mediaLibrary struct {
	items   map[string]*medium
	order   []*medium // oldest first
	sweepAt int       // how many files are kept before the expired ones are let go of
}

// mediaLife is how long temporary media are kept.
const mediaLife = 3 * 24 * time.Hour

// find returns a file; nil if there is none, or if its time is over.
func (l *mediaLibrary) find(id string, now time.Time) *medium {
	m := l.items[id]
	if m == nil || m.expired(now) {
		return nil
	}
	return m
}

func (m *medium) expired(now time.Time) bool {
	return !m.permanent && !now.Before(m.created.Add(mediaLife))
}

// add keeps a file under a new id, and lets go of what has expired.
func (l *mediaLibrary) add(m *medium) {
	m.id, m.updated = rand.Text()+"_"+rand.Text(), m.created
	if l.items == nil {
		l.items = map[string]*medium{}
	}
	if len(l.order) >= l.sweepAt {
		l.sweep(m.created)
	}
	l.items[m.id] = m
	l.order = append(l.order, m)
}

func (l *mediaLibrary) sweep(now time.Time) {
	l.order = slices.DeleteFunc(l.order, func(old *medium) bool {
		if old.expired(now) {
			delete(l.items, old.id)
		}
		return old.expired(now)
	})
	l.sweepAt = 2*len(l.order) + 64
}

func (l *mediaLibrary) remove(m *medium) {
	delete(l.items, m.id)
	l.order = slices.DeleteFunc(l.order, func(one *medium) bool { return one == m })
}

// ofKind lists the permanent files of a kind, newest first.
func (l *mediaLibrary) ofKind(kind string) []*medium {
	var found []*medium
	for _, m := range slices.Backward(l.order) {
		if m.permanent && m.kind == kind {
			found = append(found, m)
		}
	}
	return found
}

func mediaEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/media/upload", body: anyBody, daily: 100_000, handle: uploadMedia},
		{method: http.MethodGet, path: "/cgi-bin/media/get", daily: 200_000, handle: getMedia},
		{method: http.MethodGet, path: "/cgi-bin/media/get/jssdk", handle: getVoice},
		{method: http.MethodPost, path: "/cgi-bin/media/uploadimg", body: anyBody, handle: uploadArticleImage},
		{method: http.MethodGet, path: filePath, credential: noCredential, page: true, handle: getFile},
	}
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
	return fileRule{}, fail(40004)
}

// check checks a file against the rule.
func (r fileRule) check(f *uploaded) error {
	switch {
	case len(f.content) == 0:
		return fail(44001)
	case !slices.Contains(r.extensions, f.extension()):
		return fail(40005)
	case len(f.content) > r.maxSize:
		return fail(45001)
	case f.seconds() > 60:
		return fail(45007)
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
func (c *call) upload() (*uploaded, error) {
	_, params, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" || c.request.ContentLength < 0 {
		return nil, fail(41005)
	}
	up := &uploaded{form: map[string]string{}}
	form := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fail(41005)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, fail(41005)
		}
		if part.FileName() == "" {
			up.form[part.FormName()] = string(content)
		} else if part.FormName() == "media" {
			up.name, up.content = part.FileName(), content
		}
	}
	if up.name == "" {
		return nil, fail(41005)
	}
	return up, nil
}

func (f *uploaded) extension() string { return strings.ToLower(path.Ext(f.name)) }

// uploadMedia is POST /cgi-bin/media/upload.
func uploadMedia(c *call) (any, error) {
	kind := c.query.Get("type")
	rule, err := temporaryRule(kind)
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
	m := &medium{kind: kind, name: up.name, content: up.content, created: c.now()}
	c.media.add(m)
	key := "media_id"
	if kind == "thumb" {
		key = "thumb_media_id"
	}
	return object{"type": kind, key: m.id, "created_at": m.created.Unix(), "item": []any{}}, nil
}

// getMedia is GET /cgi-bin/media/get: a file, or for a video its link.
func getMedia(c *call) (any, error) {
	m := c.media.find(c.query.Get("media_id"), c.now())
	if m == nil || m.permanent {
		return nil, fail(40007)
	}
	if m.kind == "video" {
		return object{"video_url": c.fileURL(m)}, nil
	}
	return m.attachment(), nil
}

// getVoice is GET /cgi-bin/media/get/jssdk, for a voice that the JS-SDK uploaded.
func getVoice(c *call) (any, error) {
	m := c.media.find(c.query.Get("media_id"), c.now())
	if m == nil || m.kind != "voice" {
		return nil, fail(40007)
	}
	return &attachment{
		status: http.StatusOK, contentType: "voice/speex", content: m.content,
		name: strings.TrimSuffix(m.name, path.Ext(m.name)) + ".speex",
	}, nil
}

// uploadArticleImage is POST /cgi-bin/media/uploadimg, a picture inside an article.
func uploadArticleImage(c *call) (any, error) {
	up, err := c.upload()
	switch {
	case err != nil:
		return nil, err
	case len(up.content) == 0:
		return nil, fail(44001)
	case !slices.Contains([]string{".jpg", ".jpeg", ".png"}, up.extension()):
		return nil, fail(40005)
	case len(up.content) >= 1<<20:
		return nil, fail(40009)
	}
	m := &medium{kind: "article image", name: up.name, content: up.content, permanent: true, created: c.now()}
	c.media.add(m)
	return object{"url": c.fileURL(m)}, nil
}

// filePath is where this platform serves what the real one has on hosts of its
// own: pictures of articles, videos.
const filePath = "/wechattest/file"

// fileURL is the address of a file, for whoever asked.
func (c *call) fileURL(m *medium) string {
	base := "https://" + c.request.Host
	if over, known := c.request.Context().Value(overTLS{}).(bool); !known && c.request.TLS == nil || known && !over {
		base = "http://" + c.request.Host
	}
	return base + filePath + "?id=" + url.QueryEscape(m.id)
}

// getFile is GET /wechattest/file.
func getFile(c *call) (any, error) {
	m := c.media.find(c.query.Get("id"), c.now())
	if m == nil {
		return &attachment{status: http.StatusNotFound, contentType: "text/plain"}, nil
	}
	return m.attachment(), nil
}

// attachment is an answer that is no JSON.
type attachment struct {
	status      int
	contentType string
	name        string // file name; may be empty
	content     []byte
	location    string // where a browser is to go; may be empty
}

func (m *medium) attachment() *attachment {
	return &attachment{status: http.StatusOK, contentType: m.contentType(), name: m.name, content: m.content}
}

func (m *medium) contentType() string {
	switch strings.ToLower(path.Ext(m.name)) {
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

func (f *attachment) send(x *exchange) {
	if f.name != "" {
		x.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", f.name))
	}
	if f.location != "" {
		x.w.Header().Set("Location", f.location)
	}
	x.send(f.status, f.contentType, f.content)
}

// AddMedia puts a file among the temporary media (临时素材) and returns its media_id,
// as if a user had sent it: for a message such as [Image] or [Voice] whose file the
// bot is going to get. The kind is image, voice, video or thumb.
func (p *Platform) AddMedia(kind, name string, content []byte) (mediaID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := &medium{kind: kind, name: name, content: slices.Clone(content), created: p.now()}
	p.media.add(m)
	return m.id
}

// AddPicture puts a picture among the temporary media, as [Platform.AddMedia] does, and
// returns its address and its media_id: the arguments of [Image].
func (p *Platform) AddPicture(name string, content []byte) (picURL, mediaID string) {
	id := p.AddMedia("image", name, content)
	return p.URL() + filePath + "?id=" + url.QueryEscape(id), id
}

// SendImage sends the bot a picture (图片消息) whose file it can get, by its media_id
// as well as by its PicUrl.
func (u *User) SendImage(name string, content []byte) (*Reply, error) {
	return u.Send(Image(u.platform.AddPicture(name, content)))
}

// SendVoice sends the bot a voice message (语音消息) whose file it can get; the
// extension of the name, amr or speex, is its format.
func (u *User) SendVoice(name string, content []byte) (*Reply, error) {
	return u.Send(Voice(u.platform.AddMedia("voice", name, content), strings.TrimPrefix(path.Ext(name), ".")))
}

// SendVideo sends the bot a video (视频消息) whose file, and whose picture, it can get.
func (u *User) SendVideo(name string, content, thumb []byte) (*Reply, error) {
	id := u.platform.AddMedia("video", name, content)
	return u.Send(Video(id, u.platform.AddMedia("thumb", "thumb.jpg", thumb)))
}

// Media returns a file that the platform keeps, temporary or permanent.
func (p *Platform) Media(mediaID string) (name string, content []byte, found bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.media.find(mediaID, p.now())
	if m == nil {
		return "", nil, false
	}
	return m.name, slices.Clone(m.content), true
}
