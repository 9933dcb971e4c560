package mass

import (
	"fmt"
	"slices"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// MsgType is the type of a message.
type MsgType string

// The types of messages. TypeMusic can only be previewed.
const (
	TypeNews  MsgType = "mpnews"  // articles (图文消息)
	TypeText  MsgType = "text"    // text (文本)
	TypeVoice MsgType = "voice"   // voice (语音)
	TypeImage MsgType = "image"   // pictures (图片)
	TypeVideo MsgType = "mpvideo" // video (视频)
	TypeCard  MsgType = "wxcard"  // card (卡券); withdrawn
	TypeMusic MsgType = "music"   // music (音乐)
)

// Message is a message: its type and the one content of that type. [News], [Text],
// [Voice], [Images], [Video], [Card], [Image] and [Music] make one.
type Message struct {
	Type   MsgType        `json:"msgtype"`
	News   *Media         `json:"mpnews,omitempty"`
	Text   *TextContent   `json:"text,omitempty"`
	Voice  *Media         `json:"voice,omitempty"`
	Images *ImagesContent `json:"images,omitempty"`
	Video  *VideoContent  `json:"mpvideo,omitempty"`
	Card   *CardContent   `json:"wxcard,omitempty"`
	Image  *Media         `json:"image,omitempty"` // the single picture of a preview
	Music  *Media         `json:"music,omitempty"` // preview only
}

// Media is content that has only a media id.
type Media struct {
	MediaID string `json:"media_id"`
}

// TextContent is the content of a text.
type TextContent struct {
	Content string `json:"content"` // above 2048 bytes the client logs a warning
}

// ImagesContent is the content of pictures.
type ImagesContent struct {
	MediaIDs        []string                `json:"media_ids"`
	Recommend       string                  `json:"recommend,omitempty"`             // text above the pictures (推荐语)
	Title           string                  `json:"title,omitempty"`                 // title, where the account has that field
	CommentsOpen    officialaccount.IntBool `json:"need_open_comment,omitempty"`     // readers may comment
	FansOnlyComment officialaccount.IntBool `json:"only_fans_can_comment,omitempty"` // only followers may comment
}

// VideoContent is the content of a video.
type VideoContent struct {
	MediaID     string `json:"media_id"`              // from Service.UploadVideo, or a permanent material
	Title       string `json:"title,omitempty"`       // to openids only
	Description string `json:"description,omitempty"` // to openids only
}

// CardContent is the content of a card.
type CardContent struct {
	CardID string `json:"card_id"`
	Ext    string `json:"card_ext,omitempty"` // JSON with code, openid, timestamp and signature; required in previews
}

// News makes a message of the articles of a draft, by its media id. The platform removes
// the draft when the job succeeds.
func News(mediaID string) Message { return Message{Type: TypeNews, News: &Media{mediaID}} }

// Text makes a text message.
func Text(content string) Message { return Message{Type: TypeText, Text: &TextContent{content}} }

// Voice makes a voice message, by media id.
func Voice(mediaID string) Message { return Message{Type: TypeVoice, Voice: &Media{mediaID}} }

// Images makes a message of one picture or several, by their media ids. Set the other
// fields of [ImagesContent] afterwards.
func Images(mediaIDs ...string) Message {
	return Message{Type: TypeImage, Images: &ImagesContent{MediaIDs: mediaIDs}}
}

// Video makes a video message, by the media id that [Service.UploadVideo] returned or
// that of a permanent material. The title and description of [VideoContent] can be set
// afterwards; only sends to openids show them.
func Video(mediaID string) Message {
	return Message{Type: TypeVideo, Video: &VideoContent{MediaID: mediaID}}
}

// Card makes a message with a card.
//
// Deprecated: the platform has withdrawn mass sends of cards; it answers
// errcode.ProductAndCardSendEnded.
func Card(cardID string) Message { return Message{Type: TypeCard, Card: &CardContent{CardID: cardID}} }

// Image makes a message of a single picture, for previews only. Use [Images] to send.
func Image(mediaID string) Message { return Message{Type: TypeImage, Image: &Media{mediaID}} }

// Music makes a message with a piece of music, for previews only.
func Music(mediaID string) Message { return Message{Type: TypeMusic, Music: &Media{mediaID}} }

// content is one content of a message, with the value that it requires.
type content struct {
	kind  MsgType
	field string
	value string
}

// contents returns the contents that are set.
func (m Message) contents() []content {
	var set []content
	media := func(kind MsgType, field string, c *Media) {
		if c != nil {
			set = append(set, content{kind, field + ".MediaID", c.MediaID})
		}
	}
	media(TypeNews, "News", m.News)
	media(TypeVoice, "Voice", m.Voice)
	media(TypeImage, "Image", m.Image)
	media(TypeMusic, "Music", m.Music)
	if m.Text != nil {
		set = append(set, content{TypeText, "Text.Content", m.Text.Content})
	}
	if m.Images != nil {
		set = append(set, content{TypeImage, "Images.MediaIDs", m.Images.id()})
	}
	if m.Video != nil {
		set = append(set, content{TypeVideo, "Video.MediaID", m.Video.MediaID})
	}
	if m.Card != nil {
		set = append(set, content{TypeCard, "Card.CardID", m.Card.CardID})
	}
	return set
}

// id returns the first media id, or "" if the list or one of its ids is empty.
func (c *ImagesContent) id() string {
	if len(c.MediaIDs) == 0 || slices.Contains(c.MediaIDs, "") {
		return ""
	}
	return c.MediaIDs[0]
}

// check returns an error unless the message has exactly one content, that of its type,
// and the content is not empty.
func (m Message) check(path string) error {
	set := m.contents()
	if len(set) != 1 {
		return limit.Rule(path, "Type (msgtype)", fmt.Sprintf("%q has %d contents, must have 1", m.Type, len(set)))
	}
	c := set[0]
	if c.kind != m.Type {
		return limit.Rule(path, "Type (msgtype)", fmt.Sprintf("is %q, but the content is %s", m.Type, c.field))
	}
	return limit.Required(path, c.field, c.value)
}

// doubtText is the length in bytes above which the platform may refuse a text: the limit
// of other messages. The documents of mass sends have none.
const doubtText = 2048

// warnings returns a warning for a text that may be too long.
func (m Message) warnings() []officialaccount.CallOption {
	if m.Text == nil || len(m.Text.Content) <= doubtText {
		return nil
	}
	return []officialaccount.CallOption{
		officialaccount.WithWarning("the text is long", "bytes", len(m.Text.Content), "limit", doubtText),
	}
}

// checkSend is check for a message that is sent, not only previewed.
func (m Message) checkSend(path string) error {
	if m.Music != nil || m.Image != nil {
		return limit.Rule(path, "Type (msgtype)", "can only be previewed; Images sends pictures")
	}
	return m.check(path)
}
