package menu

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Limits of a menu. The documents disagree on the length of a URL and do not say which
// domains count as outside ones, so the client only logs a warning for them.
const (
	maxButtons = 3
	maxSub     = 5
	maxName    = 16   // bytes, of a button of the first level
	maxSubName = 60   // bytes
	maxKey     = 128  // bytes
	doubtURL   = 1024 // bytes; 256 in older documents
	maxDomains = 3    // of a conditional menu
)

// check returns an error if the platform would refuse the buttons, and a warning for each
// that it might refuse.
func check(path string, buttons []Button) (warnings []officialaccount.CallOption, err error) {
	c := checker{path: path}
	err = c.top(buttons)
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
		field, rest := fmt.Sprintf("button[%d]", i), c.leaf
		if b.Type == "" && len(b.Sub) > 0 {
			rest = c.sub
		}
		if err := c.named(field, b, maxName, rest); err != nil {
			return err
		}
	}
	return nil
}

// sub checks a button that opens a submenu.
func (c *checker) sub(parent string, b Button) error {
	if err := limit.Check(c.path, parent+".sub_button", "buttons", len(b.Sub), 1, maxSub); err != nil {
		return err
	}
	for i, leaf := range b.Sub {
		if err := c.named(fmt.Sprintf("%s.sub_button[%d]", parent, i), leaf, maxSubName, c.leaf); err != nil {
			return err
		}
	}
	return nil
}

// domains adds the hosts of the pages that the buttons open to found.
func domains(buttons []Button, found map[string]bool) {
	for _, b := range buttons {
		if host, err := limit.Address("", "", b.URL); err == nil {
			name := (&url.URL{Host: host}).Hostname() // without the port
			found[strings.ToLower(name)] = true
		}
		domains(b.Sub, found)
	}
}

// named checks the name of a button, then the rest.
func (c *checker) named(field string, b Button, max int, rest func(field string, b Button) error) error {
	if err := limit.Check(c.path, field+".name", "bytes", len(b.Name), 1, max); err != nil {
		return err
	}
	return rest(field, b)
}

// leaf checks a button that has a type.
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
	required, known := b.required(field)
	if !known {
		c.warn("the type of a button is unknown", "field", field, "type", b.Type)
	}
	return limit.Required(c.path, required...)
}

// required returns the names and values of the fields that a type of button requires.
func (b Button) required(field string) (pairs []string, known bool) {
	switch b.Type {
	case Click, ScanCodePush, ScanCodeWait, PicSysPhoto, PicPhotoOrAlbum, PicWeixin, LocationSelect:
		return []string{field + ".key", b.Key}, true
	case View:
		return []string{field + ".url", b.URL}, true
	case MiniProgram:
		return []string{field + ".appid", b.AppID, field + ".pagepath", b.PagePath, field + ".url", b.URL}, true
	case Media, ViewLimited:
		return []string{field + ".media_id", b.MediaID}, true
	case Article, ArticleViewLimited:
		return []string{field + ".article_id", b.ArticleID}, true
	}
	return nil, false
}
