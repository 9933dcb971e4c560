package media

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

var (
	script  = regexp.MustCompile(`(?is)<script\b.*?(?:</script\s*>|$)`)
	picture = regexp.MustCompile(`(?i)<img(?:[\s/](?:"[^"]*"|'[^']*'|[^>"'])*)?>`)
	source  = regexp.MustCompile(`(?i)\ssrc\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+)`)
)

// Filter removes scripts and pictures of other hosts from the HTML of an article, as
// the platform does.
func (a *Area) Filter(content string, now time.Time) string {
	content = script.ReplaceAllString(content, "")
	return picture.ReplaceAllStringFunc(content, func(tag string) string {
		src := source.FindStringSubmatch(tag)
		if src == nil || !a.stores(html.UnescapeString(strings.Trim(src[1], `"' `)), now) {
			return ""
		}
		return tag
	})
}

// stores reports whether an address is that of a picture on this or the real platform.
func (a *Area) stores(address string, now time.Time) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if u.Path == server.FilePath {
		return a.Find(u.Query().Get("id"), now) != nil
	}
	return strings.HasSuffix("."+u.Hostname(), ".qpic.cn")
}
