package customerservice

import "strconv"

// Message is what [Service.Send] can send. The types of this package are all there are.
type Message interface {
	envelope() envelope
}

// envelope is a message on its way.
type envelope struct {
	kind     string   // msgtype, and the key that the content stands under
	content  any      // what stands there
	required []string // names and values that must be there, in pairs
	doubt    string   // what the platform may refuse
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

func (m Text) envelope() envelope {
	return envelope{
		kind:     "text",
		content:  textContent{string(m)},
		required: []string{"text.content", string(m)},
	}
}

type textContent struct {
	Content string `json:"content"`
}

func (m Image) envelope() envelope {
	return envelope{kind: "image", content: m, required: []string{"image.media_id", m.MediaID}}
}

func (m Voice) envelope() envelope {
	return envelope{kind: "voice", content: m, required: []string{"voice.media_id", m.MediaID}}
}

func (m Video) envelope() envelope {
	e := envelope{kind: "video", content: m, required: []string{"video.media_id", m.MediaID}}
	if m.ThumbMediaID == "" {
		e.doubt = "video has no thumb_media_id"
	}
	return e
}

func (m Music) envelope() envelope {
	return envelope{
		kind:     "music",
		content:  m,
		required: []string{"music.musicurl", m.URL, "music.thumb_media_id", m.ThumbMediaID},
	}
}

func (m Article) envelope() envelope {
	return envelope{kind: "news", content: articles{[1]Article{m}}, required: []string{"news.articles[0]", m.Title + m.Description + m.URL + m.PicURL}}
}

type articles struct {
	Articles [1]Article `json:"articles"`
}

func (m NewsMaterial) envelope() envelope {
	return envelope{kind: "mpnews", content: m, required: []string{"mpnews.media_id", m.MediaID}}
}

func (m Published) envelope() envelope {
	return envelope{kind: "mpnewsarticle", content: m, required: []string{"mpnewsarticle.article_id", m.ArticleID}}
}

func (m Menu) envelope() envelope {
	e := envelope{kind: "msgmenu", content: m}
	for i, item := range m.Items {
		field := "msgmenu.list[" + strconv.Itoa(i) + "]"
		e.required = append(e.required, field+".id", item.ID, field+".content", item.Content)
	}
	if len(m.Items) == 0 {
		e.required = []string{"msgmenu.list", ""}
	}
	return e
}

func (m Card) envelope() envelope {
	return envelope{kind: "wxcard", content: m, required: []string{"wxcard.card_id", m.CardID}}
}

func (m MiniProgramPage) envelope() envelope {
	return envelope{
		kind:    "miniprogrampage",
		content: m,
		required: []string{
			"miniprogrampage.title", m.Title, "miniprogrampage.appid", m.AppID,
			"miniprogrampage.pagepath", m.PagePath, "miniprogrampage.thumb_media_id", m.ThumbMediaID,
		},
	}
}

func (m Link) envelope() envelope {
	return envelope{kind: "link", content: m, doubt: "messages of type link belong to mini programs"}
}
