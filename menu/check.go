package menu

import (
	"fmt"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Limits of a menu. The platform's documents agree on those that are enforced here;
// of the others the client only warns.
const (
	maxButtons   = 3
	maxSub       = 5
	maxName      = 16   // bytes
	maxKey       = 128  // bytes
	doubtSubName = 60   // bytes; 40 in older documents
	doubtURL     = 1024 // bytes; 256 in older documents
)

// needs names the field without which a button of a type does nothing.
var needs = map[ButtonType]func(Button) (field, value string){
	Click:              key,
	ScanCodePush:       key,
	ScanCodeWait:       key,
	PicSysPhoto:        key,
	PicPhotoOrAlbum:    key,
	PicWeixin:          key,
	LocationSelect:     key,
	View:               func(b Button) (string, string) { return "url", b.URL },
	Media:              func(b Button) (string, string) { return "media_id", b.MediaID },
	ViewLimited:        func(b Button) (string, string) { return "media_id", b.MediaID },
	Article:            func(b Button) (string, string) { return "article_id", b.ArticleID },
	ArticleViewLimited: func(b Button) (string, string) { return "article_id", b.ArticleID },
}

func key(b Button) (field, value string) { return "key", b.Key }

// check refuses buttons that the platform would surely refuse, and returns a warning
// for each that it might refuse.
func check(path string, buttons []Button) ([]officialaccount.CallOption, error) {
	c := checker{path: path}
	err := c.top(buttons)
	return c.warnings, err
}

// checker checks the buttons of one menu.
type checker struct {
	path     string
	warnings []officialaccount.CallOption
}

func (c *checker) warn(msg string, args ...any) {
	c.warnings = append(c.warnings, officialaccount.WithWarning(msg, args...))
}

func (c *checker) top(buttons []Button) error {
	if err := limit.Check(c.path, "button", "buttons", len(buttons), 1, maxButtons); err != nil {
		return err
	}
	for i, b := range buttons {
		field := fmt.Sprintf("button[%d]", i)
		if err := limit.Check(c.path, field+".name", "bytes", len(b.Name), 1, maxName); err != nil {
			return err
		}
		if b.Type == "" && len(b.Sub) > 0 {
			if err := c.sub(field, b.Sub); err != nil {
				return err
			}
			continue
		}
		if err := c.leaf(field, b); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) sub(parent string, buttons []Button) error {
	if err := limit.Check(c.path, parent+".sub_button", "buttons", len(buttons), 1, maxSub); err != nil {
		return err
	}
	for i, b := range buttons {
		field := fmt.Sprintf("%s.sub_button[%d]", parent, i)
		if b.Name == "" {
			return limit.Check(c.path, field+".name", "bytes", 0, 1, doubtSubName)
		}
		if len(b.Name) > doubtSubName {
			c.warn("the name of a sub-button is long", "field", field, "bytes", len(b.Name), "limit", doubtSubName)
		}
		if err := c.leaf(field, b); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) leaf(field string, b Button) error {
	if len(b.Sub) > 0 {
		return limit.Rule(c.path, field, "has a type or a parent, so it cannot have sub-buttons")
	}
	if b.Type == "" {
		return limit.Rule(c.path, field+".type", "is empty, and the button has no sub-buttons")
	}
	if err := limit.Check(c.path, field+".key", "bytes", len(b.Key), 0, maxKey); err != nil {
		return err
	}
	if len(b.URL) > doubtURL {
		c.warn("the url of a button is long", "field", field, "bytes", len(b.URL), "limit", doubtURL)
	}
	if b.Type == MiniProgram {
		return c.miniProgram(field, b)
	}
	need, known := needs[b.Type]
	if !known {
		c.warn("the type of a button is unknown", "field", field, "type", b.Type)
		return nil
	}
	if name, value := need(b); value == "" {
		return limit.Rule(c.path, field+"."+name, "is empty, which type "+string(b.Type)+" needs")
	}
	return nil
}

func (c *checker) miniProgram(field string, b Button) error {
	for _, f := range []struct{ name, value string }{{"appid", b.AppID}, {"pagepath", b.PagePath}, {"url", b.URL}} {
		if f.value == "" {
			return limit.Rule(c.path, field+"."+f.name, "is empty, which type miniprogram needs")
		}
	}
	return nil
}
