package customerservice

import (
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// Message is a message that [Service.Send] can send. Only types of this package
// implement it.
type Message interface {
	// put writes the message into the body of the request. The error names a field
	// that is missing or too long.
	put(b *body) error
}

// maxText is the maximum length of a text in bytes of UTF-8.
const maxText = 2048

// sendPath is the endpoint of every message.
const sendPath = "/cgi-bin/message/custom/send"

// body is the request: the common fields, and one field for the kind of message.
type body struct {
	To   string `json:"touser"`
	Type string `json:"msgtype"`

	Text            *textContent     `json:"text,omitempty"`
	Image           *Image           `json:"image,omitempty"`
	Voice           *Voice           `json:"voice,omitempty"`
	Video           *Video           `json:"video,omitempty"`
	Music           *Music           `json:"music,omitempty"`
	News            *articles        `json:"news,omitempty"`
	NewsMaterial    *NewsMaterial    `json:"mpnews,omitempty"`
	Published       *Published       `json:"mpnewsarticle,omitempty"`
	Menu            *Menu            `json:"msgmenu,omitempty"`
	Card            *Card            `json:"wxcard,omitempty"`
	MiniProgramPage *MiniProgramPage `json:"miniprogrampage,omitempty"`
	Link            *Link            `json:"link,omitempty"`

	Agent    *agent     `json:"customservice,omitempty"`
	AI       *aiContext `json:"aimsgcontext,omitempty"`
	Business string     `json:"businessid,omitempty"`

	doubt string // why the platform may refuse the message
}

type textContent struct {
	Content string `json:"content"`
}

type articles struct {
	Articles [1]Article `json:"articles"`
}

type agent struct {
	Account string `json:"kf_account"`
}

type aiContext struct {
	Generated int `json:"is_ai_msg"`
}

// Text is a text message (文本消息) of 1 to 2,048 bytes of UTF-8, about 680 Chinese
// characters. message.SplitText splits a longer text. A text may contain links, such as
//
//	<a href="https://example.com">text</a>
//
// A link to a mini program has the attributes data-miniprogram-appid and
// data-miniprogram-path in addition to href.
type Text string

// Image is a picture (图片消息).
type Image struct {
	MediaID string `json:"media_id"` // of a temporary or permanent material
}

// Voice is a voice message (语音消息).
type Voice struct {
	MediaID string `json:"media_id"` // of a temporary or permanent material
}

// Video is a video (视频消息).
type Video struct {
	MediaID      string `json:"media_id"`                 // of a temporary or permanent material
	ThumbMediaID string `json:"thumb_media_id,omitempty"` // of its picture; the documents require it, so a video without one is sent with a warning in the log
	Title        string `json:"title,omitempty"`
	Description  string `json:"description,omitempty"`
}

// Music is a piece of music (音乐消息).
type Music struct {
	Title        string `json:"title,omitempty"`
	Description  string `json:"description,omitempty"`
	URL          string `json:"musicurl"`
	HQURL        string `json:"hqmusicurl,omitempty"` // of better quality, played on Wi-Fi
	ThumbMediaID string `json:"thumb_media_id"`       // of its picture
}

// Article is an article that opens a web page of yours (图文消息, 点击跳转到外链). A
// message has exactly one.
type Article struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`    // opens on a tap
	PicURL      string `json:"picurl,omitempty"` // JPG or PNG, best 640×320
}

// NewsMaterial is a news material of the older kind (图文消息, 点击跳转到图文消息页面).
// Drafts replace it.
type NewsMaterial struct {
	MediaID string `json:"media_id"`
}

// Published is a published article (已发布的图文消息).
type Published struct {
	ArticleID string `json:"article_id"` // from package freepublish
}

// Menu is a question with answers to tap (菜单消息). When the user taps an answer, the bot
// receives a message.Text whose MenuID is the ID of that [MenuItem]. The tap counts as a
// menu click: the account may send three messages within a minute. Head, Tail and the
// content of an answer have at most 2,048 bytes of UTF-8 each.
type Menu struct {
	Head  string     `json:"head_content,omitempty"`
	Items []MenuItem `json:"list"` // at least one
	Tail  string     `json:"tail_content,omitempty"`
}

// MenuItem is an answer of a [Menu].
type MenuItem struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

// Card is a coupon or card (卡券).
type Card struct {
	CardID string `json:"card_id"`
}

// MiniProgramPage is a page of a mini program (小程序卡片) that is linked to the account.
type MiniProgramPage struct {
	Title        string `json:"title"`
	AppID        string `json:"appid"`
	PagePath     string `json:"pagepath"`
	ThumbMediaID string `json:"thumb_media_id"` // of its picture, about 520×416
}

// Link is a link with a picture (图文链接), a message for mini programs. One page of the
// documents lists it for accounts too, but the platform may refuse it. It is sent with
// a warning in the log.
type Link struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
	ThumbURL    string `json:"thumb_url,omitempty"`
}

func (m Text) put(b *body) error {
	b.Type, b.Text = "text", &textContent{string(m)}
	return checkText("Text", string(m), 1)
}

func checkText(field, text string, least int) error {
	return limit.Check(sendPath, field, "bytes", len(text), least, maxText)
}

func (m Image) put(b *body) error {
	b.Type, b.Image = "image", &m
	return limit.Required(sendPath, "Image.MediaID", m.MediaID)
}

func (m Voice) put(b *body) error {
	b.Type, b.Voice = "voice", &m
	return limit.Required(sendPath, "Voice.MediaID", m.MediaID)
}

func (m Video) put(b *body) error {
	b.Type, b.Video = "video", &m
	if m.ThumbMediaID == "" {
		b.doubt = "video has no thumb_media_id"
	}
	return limit.Required(sendPath, "Video.MediaID", m.MediaID)
}

func (m Music) put(b *body) error {
	b.Type, b.Music = "music", &m
	return limit.Required(sendPath, "Music.URL (musicurl)", m.URL, "Music.ThumbMediaID", m.ThumbMediaID)
}

func (m Article) put(b *body) error {
	b.Type, b.News = "news", &articles{[1]Article{m}}
	return limit.Required(sendPath, "Article", m.Title+m.Description+m.URL+m.PicURL)
}

func (m NewsMaterial) put(b *body) error {
	b.Type, b.NewsMaterial = "mpnews", &m
	return limit.Required(sendPath, "NewsMaterial.MediaID", m.MediaID)
}

func (m Published) put(b *body) error {
	b.Type, b.Published = "mpnewsarticle", &m
	return limit.Required(sendPath, "Published.ArticleID", m.ArticleID)
}

func (m Menu) put(b *body) error {
	b.Type, b.Menu = "msgmenu", &m
	if len(m.Items) == 0 {
		return limit.Rule(sendPath, "Menu.Items (list)", "is empty")
	}
	if err := checkText("Menu.Head (head_content)", m.Head, 0); err != nil {
		return err
	}
	for i, item := range m.Items {
		field := "Menu.Items[" + strconv.Itoa(i) + "]"
		if err := limit.Required(sendPath, field+".ID", item.ID); err != nil {
			return err
		}
		if err := checkText(field+".Content", item.Content, 1); err != nil {
			return err
		}
	}
	return checkText("Menu.Tail (tail_content)", m.Tail, 0)
}

func (m Card) put(b *body) error {
	b.Type, b.Card = "wxcard", &m
	return limit.Required(sendPath, "Card.CardID", m.CardID)
}

func (m MiniProgramPage) put(b *body) error {
	b.Type, b.MiniProgramPage = "miniprogrampage", &m
	return limit.Required(sendPath,
		"MiniProgramPage.Title", m.Title, "MiniProgramPage.AppID", m.AppID,
		"MiniProgramPage.PagePath", m.PagePath, "MiniProgramPage.ThumbMediaID", m.ThumbMediaID)
}

func (m Link) put(b *body) error {
	b.Type, b.Link, b.doubt = "link", &m, "messages of type link belong to mini programs"
	return nil
}
