package article

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Type is the kind of an article.
type Type string

// The kinds of articles.
const (
	News     Type = "news"    // 图文消息; the kind of an article without a type
	Pictures Type = "newspic" // 图片消息
)

// Article is an article of a post.
//
// The platform fills in URL, CoverURL, CoverInText and Deleted; the client does not send
// them in drafts. So an article that was read can be changed and sent back.
type Article struct {
	Type Type `json:"article_type,omitempty"` // News if empty

	// Title has 1 to 64 characters. The documents name 32; above it the client logs a
	// warning.
	Title  string `json:"title"`
	Author string `json:"author"` // at most 16 characters

	// Digest is the summary of a post with a single news article. If it is empty, the
	// platform uses the first 54 characters of the content. The documents disagree on
	// the maximum, 120 or 128 characters; above 120 the client logs a warning.
	Digest string `json:"digest"`

	// Content is HTML for News and plain text for Pictures, under 20,000 characters.
	Content   string `json:"content"`
	SourceURL string `json:"content_source_url"` // link "read the original" (阅读原文), at most 1 KiB

	CoverMediaID  string        `json:"thumb_media_id,omitempty"` // permanent material; required for News
	Images        Images        `json:"image_info,omitempty"`     // Pictures: 1 to 20, the first is the cover
	ProductFooter ProductFooter `json:"product_info,omitempty"`   // card under the article

	CommentsOpen    officialaccount.IntBool `json:"need_open_comment"`     // readers may comment
	FansOnlyComment officialaccount.IntBool `json:"only_fans_can_comment"` // only followers may comment

	Crop235x1 string `json:"pic_crop_235_1,omitempty"` // part of the cover shown at 2.35:1, as "X1_Y1_X2_Y2" in fractions
	Crop1x1   string `json:"pic_crop_1_1,omitempty"`   // the same at 1:1
	Crops     Crops  `json:"cover_info,omitempty"`     // the same at any ratio

	URL         string                  `json:"url,omitempty"`            // page of the article; of a draft a temporary preview
	CoverURL    string                  `json:"thumb_url,omitempty"`      // cover
	CoverInText officialaccount.IntBool `json:"show_cover_pic,omitempty"` // the text shows the cover too; old articles have it
	Deleted     bool                    `json:"is_deleted,omitempty"`     // of a publication
}

// Ratio is the ratio of width to height at which a cover is shown.
type Ratio string

// The ratios of covers.
const (
	Ratio235x1 Ratio = "2.35_1"
	Ratio1x1   Ratio = "1_1"
	Ratio16x9  Ratio = "16_9" // Pictures only
)

// Crop is the part of the cover that is shown at a ratio.
type Crop struct {
	Ratio Ratio `json:"ratio"`

	// Fractions of width and height: "0" to "1", with at most 6 decimals.
	X1 string `json:"x1"`
	Y1 string `json:"y1"`
	X2 string `json:"x2"`
	Y2 string `json:"y2"`
}

// Post is one article or several that are published together.
type Post struct {
	ID       string                    `json:"id,omitempty"` // media id of a draft or material, article id of a publication
	Articles []Article                 `json:"news_item"`
	Created  officialaccount.Timestamp `json:"create_time"` // zero if the answer has no time
	Updated  officialaccount.Timestamp `json:"update_time"`
}

// Page is a page of a list of posts.
type Page struct {
	Total int // on all pages
	Posts []Post
}

// Summary is an article in a button of the menu or in an automatic answer that was made
// on the console: what its card shows, and its addresses.
type Summary struct {
	Title     string `json:"title"`
	Author    string `json:"author"`
	Digest    string `json:"digest"`
	ShowCover bool   `json:"show_cover"`
	CoverURL  string `json:"cover_url"`
	URL       string `json:"content_url"` // page of the article
	SourceURL string `json:"source_url"`  // link "read the original" (阅读原文); may be empty
}

// Summaries are the articles of one button or answer.
type Summaries struct {
	Articles []Summary `json:"list"`
}
