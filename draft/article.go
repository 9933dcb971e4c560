package draft

import (
	"fmt"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Type is the kind of an article.
type Type string

// The kinds of articles.
const (
	News     Type = "news"    // 图文消息; what an article is when it does not say
	Pictures Type = "newspic" // 图片消息
)

// Article is an article of a draft. What the platform adds by itself, URL and
// CoverURL, is not sent.
type Article struct {
	Type    Type   `json:"article_type,omitempty"` // News when empty
	Title   string `json:"title"`                  // 1 to 32 characters
	Author  string `json:"author,omitempty"`       // at most 16 characters
	Digest  string `json:"digest,omitempty"`       // of a draft with a single news article; the documents allow 128 characters, or 120. Empty: the first 54 of the content
	Content string `json:"content"`                // News: HTML, under 20 000 characters and 1 MB. Pictures: plain text

	SourceURL     string `json:"content_source_url,omitempty"` // behind "read the original" (阅读原文), at most 1 KiB
	CoverMediaID  string `json:"thumb_media_id,omitempty"`     // permanent material; News needs it
	ProductFooter string `json:"-"`                            // product_key of a card under the article, from ProductCard

	CommentsOpen    officialaccount.IntBool `json:"need_open_comment,omitempty"`     // lets readers comment
	FansOnlyComment officialaccount.IntBool `json:"only_fans_can_comment,omitempty"` // lets only followers comment

	Crop235x1 string   `json:"pic_crop_235_1,omitempty"` // part of the cover shown at 2.35:1, as "X1_Y1_X2_Y2" in fractions
	Crop1x1   string   `json:"pic_crop_1_1,omitempty"`   // the same at 1:1
	Crops     []Crop   `json:"-"`                        // the same at any ratio
	Images    []string `json:"-"`                        // Pictures: permanent material, 1 to 20; the first is the cover

	URL         string                  `json:"-"` // temporary preview; in answers only
	CoverURL    string                  `json:"-"` // in answers only
	CoverInText officialaccount.IntBool `json:"-"` // show_cover_pic, which old articles still have; in answers only
}

// Crop is the part of the cover that is shown at a ratio.
type Crop struct {
	Ratio string `json:"ratio"` // News: "2.35_1" or "1_1"; Pictures: "1_1", "16_9" or "2.35_1"

	// Fractions of width and height: "0" to "1", with at most 6 decimals.
	X1 string `json:"x1"`
	Y1 string `json:"y1"`
	X2 string `json:"x2"`
	Y2 string `json:"y2"`
}

// article is Article without its methods, for what encoding/json can do alone.
type article Article

// wire is an article as it travels.
type wire struct {
	article
	Images   *images   `json:"image_info,omitempty"`
	Cover    *cover    `json:"cover_info,omitempty"`
	Products *products `json:"product_info,omitempty"`
	answered
}

// answered is what only answers have.
type answered struct {
	URL         string                  `json:"url,omitempty"`
	CoverURL    string                  `json:"thumb_url,omitempty"`
	CoverInText officialaccount.IntBool `json:"show_cover_pic,omitempty"`
}

type images struct {
	List []image `json:"image_list"`
}

type image struct {
	MediaID string `json:"image_media_id"`
}

type cover struct {
	Crops []Crop `json:"crop_percent_list"`
}

type products struct {
	Footer struct {
		Key string `json:"product_key"`
	} `json:"footer_product_info"`
}

// outgoing is the article as it is sent.
func (a Article) outgoing() wire {
	w := wire{article: article(a)}
	if len(a.Images) > 0 {
		w.Images = &images{}
		for _, id := range a.Images {
			w.Images.List = append(w.Images.List, image{id})
		}
	}
	if len(a.Crops) > 0 {
		w.Cover = &cover{a.Crops}
	}
	if a.ProductFooter != "" {
		w.Products = &products{}
		w.Products.Footer.Key = a.ProductFooter
	}
	return w
}

// incoming is the article that an answer holds.
func (w wire) incoming() Article {
	a := Article(w.article)
	a.URL, a.CoverURL, a.CoverInText = w.answered.URL, w.answered.CoverURL, w.answered.CoverInText
	if w.Images != nil {
		for _, i := range w.Images.List {
			a.Images = append(a.Images, i.MediaID)
		}
	}
	if w.Cover != nil {
		a.Crops = w.Cover.Crops
	}
	if w.Products != nil {
		a.ProductFooter = w.Products.Footer.Key
	}
	return a
}

// check refuses an article that breaks a sure limit of the platform, and returns a
// warning for each doubtful one.
func (a Article) check(path, field string) (warnings []officialaccount.CallOption, err error) {
	count := func(name, unit string, given, min, max int) error {
		return limit.Check(path, field+"."+name, unit, given, min, max)
	}
	for _, err := range []error{
		count("title", "characters", utf8.RuneCountInString(a.Title), 1, 32),
		count("author", "characters", utf8.RuneCountInString(a.Author), 0, 16),
		count("digest", "characters", utf8.RuneCountInString(a.Digest), 0, 128),
		count("content", "characters", utf8.RuneCountInString(a.Content), 1, 19_999),
		count("content", "bytes", len(a.Content), 1, 1<<20),
		count("content_source_url", "bytes", len(a.SourceURL), 0, 1<<10),
		a.checkKind(path, field),
	} {
		if err != nil {
			return nil, err
		}
	}
	if n := utf8.RuneCountInString(a.Digest); n > 120 {
		warnings = append(warnings, officialaccount.WithWarning("digest may be too long: the documents allow 120 characters, or 128", "field", field, "characters", n))
	}
	if n := len(a.Images); n > 20 {
		warnings = append(warnings, officialaccount.WithWarning("there may be too many pictures: the documents allow 20", "field", field, "pictures", n))
	}
	return warnings, nil
}

func (a Article) checkKind(path, field string) error {
	switch a.Type {
	case News, "":
		if a.CoverMediaID == "" {
			return limit.Rule(path, field+".thumb_media_id", "is empty: news needs a cover")
		}
	case Pictures:
		if len(a.Images) == 0 {
			return limit.Rule(path, field+".image_info", "has no picture: a picture post needs one")
		}
	default:
		return limit.Rule(path, field+".article_type", fmt.Sprintf("is %q, neither news nor newspic", string(a.Type)))
	}
	return nil
}
