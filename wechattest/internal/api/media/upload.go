package media

import (
	"slices"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// fileRule is the rule for files of a kind.
type fileRule struct {
	maxSize    int
	extensions []string
}

// temporaryRule returns the rule for temporary files, or error 40004 for an unknown
// kind.
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
func (r fileRule) check(f *server.Upload) error {
	switch {
	case len(f.Content) == 0:
		return server.Fail(44001)
	case !slices.Contains(r.extensions, f.Extension()):
		return server.Fail(40005)
	case len(f.Content) > r.maxSize:
		return server.Fail(45001)
	case seconds(f) > 60:
		return server.Fail(45007)
	}
	return nil
}

// uploadMedia is POST /cgi-bin/media/upload.
func (a *Area) uploadMedia(c *server.Call) (any, error) {
	kind := c.Query.Get("type")
	rule, err := temporaryRule(kind)
	if err != nil {
		return nil, err
	}
	up, err := c.Upload("media")
	if err != nil {
		return nil, err
	}
	if err := rule.check(up); err != nil {
		return nil, err
	}
	m := &File{Kind: kind, Name: up.Name, Content: up.Content, Created: c.Now()}
	a.Add(m)
	key := "media_id"
	if kind == "thumb" {
		key = "thumb_media_id"
	}
	return server.Object{"type": kind, key: m.ID, "created_at": m.Created.Unix(), "item": []any{}}, nil
}

// uploadArticleImage is POST /cgi-bin/media/uploadimg, a picture inside an article.
func (a *Area) uploadArticleImage(c *server.Call) (any, error) {
	up, err := c.Upload("media")
	switch {
	case err != nil:
		return nil, err
	case len(up.Content) == 0:
		return nil, server.Fail(44001)
	case !slices.Contains([]string{".jpg", ".jpeg", ".png"}, up.Extension()):
		return nil, server.Fail(40005)
	case len(up.Content) >= 1<<20:
		return nil, server.Fail(40009)
	}
	m := &File{Kind: "article image", Name: up.Name, Content: up.Content, Permanent: true, Created: c.Now()}
	a.Add(m)
	return server.Object{"url": a.FileURL(c, m)}, nil
}
