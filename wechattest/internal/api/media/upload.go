package media

import (
	"slices"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// fileRule is the rule for files of a kind.
type fileRule struct {
	maxSize    int
	extensions []string
	permanent  []string // extensions that only permanent files may have
}

func fileRules() map[string]fileRule {
	return map[string]fileRule{
		"image": {10 << 20, []string{".png", ".jpeg", ".jpg", ".gif"}, []string{".bmp"}},
		"voice": {2 << 20, []string{".amr", ".mp3"}, []string{".wma", ".wav"}},
		"video": {10 << 20, []string{".mp4"}, nil},
		"thumb": {64 << 10, []string{".jpg", ".jpeg"}, nil},
	}
}

// receive returns the file of a call, which is not stored yet, and the other fields of
// the form.
func receive(c *server.Call, permanent bool) (m *File, form map[string]string, err error) {
	kind := c.Query.Get("type")
	rule, known := fileRules()[kind]
	if !known {
		return nil, nil, server.Fail(40004)
	}
	if permanent {
		rule.extensions = append(rule.extensions, rule.permanent...)
	}
	up, err := c.Upload("media")
	switch {
	case err != nil:
		return nil, nil, err
	case len(up.Content) == 0:
		return nil, nil, server.Fail(44001)
	case !slices.Contains(rule.extensions, up.Extension()):
		return nil, nil, server.Fail(40005)
	case len(up.Content) > rule.maxSize:
		return nil, nil, server.Fail(45001)
	case seconds(up) > 60:
		return nil, nil, server.Fail(45007)
	}
	return &File{Kind: kind, Name: up.Name, Content: up.Content, Permanent: permanent, Created: c.Now()}, up.Form, nil
}

// uploadMedia is POST /cgi-bin/media/upload.
func (a *Area) uploadMedia(c *server.Call) (any, error) {
	m, _, err := receive(c, false)
	if err != nil {
		return nil, err
	}
	a.Add(m)
	key := "media_id"
	if m.Kind == "thumb" {
		key = "thumb_media_id"
	}
	return server.Object{"type": m.Kind, key: m.ID, "created_at": m.Created.Unix(), "item": []any{}}, nil
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
