package posts

import (
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// ReplacePictures replaces the addresses of the pictures (<img src> and <img data-src>)
// in the HTML of an article.
func ReplacePictures(content string, replace func(src string) string) string {
	return pictureTag.ReplaceAllStringFunc(content, func(tag string) string {
		var b strings.Builder
		end := 0
		for _, at := range attribute.FindAllStringSubmatchIndex(tag, -1) {
			name := strings.ToLower(tag[at[2]:at[3]])
			if at[4] < 0 || name != "src" && name != "data-src" {
				continue
			}
			src := html.UnescapeString(strings.TrimSpace(strings.Trim(tag[at[4]:at[5]], `"'`)))
			if to := replace(src); to != src {
				b.WriteString(tag[end:at[4]] + `"` + html.EscapeString(to) + `"`)
				end = at[5]
			}
		}
		return b.String() + tag[end:]
	})
}

var (
	pictureTag = regexp.MustCompile(`(?i)<img(?:[\s/](?:"[^"]*"|'[^']*'|[^>"'])*)?>`)
	attribute  = regexp.MustCompile(`([^\s=>"'/]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+))?`)
)

// Foreign returns the addresses of the pictures in the HTML of an article that the
// platform drops, because it does not store them.
func Foreign(content string) []string {
	var foreign []string
	ReplacePictures(content, func(src string) string {
		if !stored(src) {
			foreign = append(foreign, src)
		}
		return src
	})
	return foreign
}

// stored reports whether an address is one where the platform stores pictures. A test
// platform has them on loopback or below the reserved domain test.
func stored(src string) bool {
	u, err := url.Parse(src)
	if err != nil || u.Host == "" {
		return false
	}
	host := "." + strings.ToLower(u.Hostname())
	for _, domain := range []string{".qpic.cn", ".qlogo.cn", ".qq.com", ".localhost", ".127.0.0.1", ".::1", ".test"} {
		if strings.HasSuffix(host, domain) {
			return true
		}
	}
	return false
}

// WarnForeign returns a warning for each picture of an article that the platform drops.
func WarnForeign(field, content string) []officialaccount.CallOption {
	var warnings []officialaccount.CallOption
	for _, src := range Foreign(content) {
		warnings = append(warnings, officialaccount.WithWarning("the platform drops a picture that was not uploaded to it", "field", field, "src", src[:min(len(src), 200)]))
	}
	return warnings
}
