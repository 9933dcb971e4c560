package draft

import (
	"cmp"
	"fmt"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/internal/posts"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Limits of an article. Above a doubtful limit, on which the documents and the platform
// differ, the client only logs a warning.
const (
	maxTitle      = 64      // characters
	doubtTitle    = 32      // characters
	maxAuthor     = 16      // characters
	doubtDigest   = 120     // characters; 128 in other documents
	maxContent    = 19_999  // characters
	maxSourceURL  = 1 << 10 // bytes
	maxImages     = 20
	doubtArticles = 8 // in a draft; not in the platform's own documents
)

// check returns an error if the platform would refuse the article, and a warning for each
// doubtful limit.
func check(path, field string, a article.Article) (warnings []officialaccount.CallOption, err error) {
	count := func(name, unit string, given, min, max int) error {
		return limit.Check(path, field+"."+name, unit, given, min, max)
	}
	warn := func(msg string, args ...any) {
		warnings = append(warnings, officialaccount.WithWarning(msg, append([]any{"field", field}, args...)...))
	}
	title, digest := utf8.RuneCountInString(a.Title), utf8.RuneCountInString(a.Digest)
	if title > doubtTitle {
		warn("the title of an article is long", "characters", title, "limit", doubtTitle)
	}
	if digest > doubtDigest {
		warn("the digest of an article is long", "characters", digest, "limit", doubtDigest)
	}
	if t := cmp.Or(a.Type, article.News); t != article.News && t != article.Pictures {
		warn("the type of an article is unknown", "type", t)
	}
	if cmp.Or(a.Type, article.News) == article.News {
		warnings = append(warnings, posts.WarnForeign(field, a.Content)...)
	}
	return warnings, cmp.Or(
		count("Title", "characters", title, 1, maxTitle),
		count("Author", "characters", utf8.RuneCountInString(a.Author), 0, maxAuthor),
		count("Content", "characters", utf8.RuneCountInString(a.Content), 1, maxContent),
		count("SourceURL (content_source_url)", "bytes", len(a.SourceURL), 0, maxSourceURL),
		checkPictures(path, field, a),
	)
}

// checkPictures checks the cover of news and the pictures of a picture post.
func checkPictures(path, field string, a article.Article) error {
	switch a.Type {
	case article.News, "":
		return limit.Required(path, field+".CoverMediaID (thumb_media_id)", a.CoverMediaID)
	case article.Pictures:
		for i, id := range a.Images {
			if err := limit.Required(path, fmt.Sprintf("%s.Images[%d] (image_media_id)", field, i), id); err != nil {
				return err
			}
		}
		return limit.Check(path, field+".Images (image_list)", "pictures", len(a.Images), 1, maxImages)
	}
	return nil
}
