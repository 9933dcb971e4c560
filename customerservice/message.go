package customerservice

import (
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// Message is what [Service.Send] can send. The types of this package are all there are.
type Message interface {
	// put writes the message into the body of the request, and says what it lacks.
	put(b *body) error
}

// sendPath is the endpoint of every message.
const sendPath = "/cgi-bin/message/custom/send"

// body is the request. Beside the common fields one is set: that of the message's kind.
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
	Business Business   `json:"businessid,omitempty"`

	doubt string // what the platform may refuse
}

type textContent struct {
	Content string `json:"content"`
}

type articles struct {
	Articles [1]Article `json:"articles"`
}

type agent struct {
	Account From `json:"kf_account"`
}

type aiContext struct {
	Generated int `json:"is_ai_msg"`
}

// Text is a text message (文本消息). It may hold links, as in
//
//	<a href="https://example.com">text</a>
//
// and links to a mini program, with the attributes data-miniprogram-appid and
// data-miniprogram-path beside href.
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
	ThumbMediaID string `json:"thumb_media_id,omitempty"` // of its picture; required by the documents, and sent without it, with a warning, where there is none
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

// Article is one article that opens a page of yours (图文消息, 点击跳转到外链). A message
// has exactly one.
type Article struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`    // opens on a tap
	PicURL      string `json:"picurl,omitempty"` // JPG or PNG, best 640×320
}

// NewsMaterial is a news material of the older kind (图文消息, 点击跳转到图文消息页面), which
// the draft box is replacing.
type NewsMaterial struct {
	MediaID string `json:"media_id"`
}

// Published is a published article (已发布的图文消息).
type Published struct {
	ArticleID string `json:"article_id"` // as a publication gave it
}

// Menu is a question with answers to tap (菜单消息). A tapped answer comes to the
// callback as a text message with its ID as menu id, and counts as a menu click:
// three messages within a minute may follow it.
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

// Link is a link with a picture (图文链接). It belongs to mini programs: one page of the
// documents names it for accounts too, but the platform is known to refuse it
// there. It is sent with a warning in the log.
type Link struct {
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
	ThumbURL    string `json:"thumb_url,omitempty"`
}

func (m Text) put(b *body) error {
	b.Type, b.Text = "text", &textContent{string(m)}
	return limit.Required(sendPath, "text.content", string(m))
}

func (m Image) put(b *body) error {
	b.Type, b.Image = "image", &m
	return limit.Required(sendPath, "image.media_id", m.MediaID)
}

func (m Voice) put(b *body) error {
	b.Type, b.Voice = "voice", &m
	return limit.Required(sendPath, "voice.media_id", m.MediaID)
}

func (m Video) put(b *body) error {
	b.Type, b.Video = "video", &m
	if m.ThumbMediaID == "" {
		b.doubt = "video has no thumb_media_id"
	}
	return limit.Required(sendPath, "video.media_id", m.MediaID)
}

func (m Music) put(b *body) error {
	b.Type, b.Music = "music", &m
	return limit.Required(sendPath, "music.musicurl", m.URL, "music.thumb_media_id", m.ThumbMediaID)
}

func (m Article) put(b *body) error {
	b.Type, b.News = "news", &articles{[1]Article{m}}
	return limit.Required(sendPath, "news.articles[0]", m.Title+m.Description+m.URL+m.PicURL)
}

func (m NewsMaterial) put(b *body) error {
	b.Type, b.NewsMaterial = "mpnews", &m
	return limit.Required(sendPath, "mpnews.media_id", m.MediaID)
}

func (m Published) put(b *body) error {
	b.Type, b.Published = "mpnewsarticle", &m
	return limit.Required(sendPath, "mpnewsarticle.article_id", m.ArticleID)
}

func (m Menu) put(b *body) error {
	b.Type, b.Menu = "msgmenu", &m
	if len(m.Items) == 0 {
		return limit.Rule(sendPath, "msgmenu.list", "is empty")
	}
	for i, item := range m.Items {
		field := "msgmenu.list[" + strconv.Itoa(i) + "]"
		if err := limit.Required(sendPath, field+".id", item.ID, field+".content", item.Content); err != nil {
			return err
		}
	}
	return nil
}

func (m Card) put(b *body) error {
	b.Type, b.Card = "wxcard", &m
	return limit.Required(sendPath, "wxcard.card_id", m.CardID)
}

func (m MiniProgramPage) put(b *body) error {
	b.Type, b.MiniProgramPage = "miniprogrampage", &m
	return limit.Required(sendPath,
		"miniprogrampage.title", m.Title, "miniprogrampage.appid", m.AppID,
		"miniprogrampage.pagepath", m.PagePath, "miniprogrampage.thumb_media_id", m.ThumbMediaID)
}

func (m Link) put(b *body) error {
	b.Type, b.Link, b.doubt = "link", &m, "messages of type link belong to mini programs"
	return nil
}
