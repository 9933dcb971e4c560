package draft

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Article is an article (图文消息) or a picture post (图片消息) of a draft.
type Article struct {
	Type string `json:"article_type,omitempty"`
	Text
	Crop235 string     `json:"pic_crop_235_1,omitempty"`
	Crop11  string     `json:"pic_crop_1_1,omitempty"`
	Images  *imageInfo `json:"image_info,omitempty"`
	Cover   *coverInfo `json:"cover_info,omitempty"`
	Product *struct {
		Footer struct {
			Key string `json:"product_key"`
		} `json:"footer_product_info"`
	} `json:"product_info,omitempty"`
}

// Text is the part of an article that a publication has too.
type Text struct {
	Title              string        `json:"title"`
	Author             string        `json:"author"`
	Digest             string        `json:"digest"`
	Content            string        `json:"content"`
	ContentSourceURL   string        `json:"content_source_url"`
	ThumbMediaID       string        `json:"thumb_media_id"`
	ShowCoverPic       server.Number `json:"show_cover_pic"`
	NeedOpenComment    server.Number `json:"need_open_comment"`
	OnlyFansCanComment server.Number `json:"only_fans_can_comment"`

	// In answers only.
	URL      string `json:"url"`
	ThumbURL string `json:"thumb_url"`
}

type imageInfo struct {
	List []struct {
		MediaID string `json:"image_media_id"`
	} `json:"image_list"`
}

type coverInfo struct {
	Crops []struct {
		Ratio string `json:"ratio"`
		X1    string `json:"x1"`
		Y1    string `json:"y1"`
		X2    string `json:"x2"`
		Y2    string `json:"y2"`
	} `json:"crop_percent_list"`
}

// checkArticle returns an error for an article that the platform refuses.
func (a *Area) checkArticle(c *server.Call, one Article) error {
	content := utf8.RuneCountInString(one.Content)
	switch {
	case one.Title == "" || utf8.RuneCountInString(one.Title) > maxArticleTitle:
		return server.Failf(45003, "title size out of limit")
	case utf8.RuneCountInString(one.Author) > maxArticleAuthor:
		return server.Failf(45110, "author size out of limit")
	case utf8.RuneCountInString(one.Digest) > maxArticleDigest:
		return server.Failf(45004, "description size out of limit")
	case content == 0 || content >= 20_000 || len(one.Content) >= 1<<20:
		return server.Failf(45166, "invalid content")
	case len(one.ContentSourceURL) > maxSourceURL:
		return server.Failf(41039, "invalid content_source_url")
	case one.Product != nil && a.keys[one.Product.Footer.Key] == "":
		return server.Failf(53405, "invalid product_key")
	}
	return a.checkPictures(c, one)
}

// checkPictures checks that an article's pictures are permanent materials.
func (a *Area) checkPictures(c *server.Call, one Article) error {
	switch one.Type {
	case "", "news":
		return a.checkPicture(c, one.ThumbMediaID)
	case "newspic":
		if one.Images == nil || len(one.Images.List) == 0 {
			return server.Fail(40007)
		}
		if len(one.Images.List) > maxPostPictures {
			return server.Failf(45166, "invalid image_list size")
		}
		if strings.Count(one.Content, goodsTag) > maxGoods {
			return server.Failf(45166, "invalid content")
		}
		for _, image := range one.Images.List {
			if err := a.checkPicture(c, image.MediaID); err != nil {
				return err
			}
		}
		return nil
	}
	return server.Failf(40097, "invalid article_type")
}

func (a *Area) checkPicture(c *server.Call, mediaID string) error {
	m := a.media.Find(mediaID, c.Now())
	if m == nil || !m.Permanent || m.Kind != "image" && m.Kind != "thumb" {
		return server.Fail(40007)
	}
	return nil
}

var markup = regexp.MustCompile(`<[^>]*>`)

// finish sets the fields of an article that the platform sets.
func (a *Area) finish(c *server.Call, one Article, draftID string, index int, alone bool) Article {
	if one.Type == "" {
		one.Type = "news"
	}
	if one.Type == "news" {
		one.Content = a.media.Filter(one.Content, c.Now())
	}
	if one.Digest == "" && alone && one.Type == "news" {
		text := []rune(strings.TrimSpace(markup.ReplaceAllString(one.Content, "")))
		one.Digest = string(text[:min(cutDigest, len(text))])
	}
	one.URL = fmt.Sprintf("http://mp.weixin.qq.com/s?__biz=local&tempkey=%s&idx=%d", draftID, index+1)
	one.ThumbURL = ""
	cover := one.ThumbMediaID
	if one.Type == "newspic" {
		cover = one.Images.List[0].MediaID
	}
	if m := a.media.Find(cover, c.Now()); m != nil {
		one.ThumbURL = a.media.FileURL(c, m)
	}
	return one
}
