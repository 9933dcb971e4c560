package mass

import (
	"fmt"
	"slices"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// MsgType is the kind of a message.
type MsgType string

// The kinds of messages. TypeMusic goes into a preview only.
const (
	TypeNews  MsgType = "mpnews"  // articles (图文消息)
	TypeText  MsgType = "text"    // text (文本)
	TypeVoice MsgType = "voice"   // voice (语音)
	TypeImage MsgType = "image"   // pictures (图片)
	TypeVideo MsgType = "mpvideo" // video (视频)
	TypeCard  MsgType = "wxcard"  // card (卡券); withdrawn
	TypeMusic MsgType = "music"   // music (音乐)
)

// Message is what is sent: the type, and the one content that belongs to it. The
// functions [News], [Text], [Voice], [Images], [Video], [Card], [Image] and [Music]
// make one.
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

// Media is a content that is nothing but a medium.
type Media struct {
	MediaID string `json:"media_id"`
}

// TextContent is the content of a text.
type TextContent struct {
	Content string `json:"content"`
}

// ImagesContent is one picture or several.
type ImagesContent struct {
	MediaIDs        []string                `json:"media_ids"`
	Recommend       string                  `json:"recommend,omitempty"`             // text above the pictures (推荐语)
	Title           string                  `json:"title,omitempty"`                 // title, where the account has that field
	CommentsOpen    officialaccount.IntBool `json:"need_open_comment,omitempty"`     // lets readers comment
	FansOnlyComment officialaccount.IntBool `json:"only_fans_can_comment,omitempty"` // lets only followers comment
}

// VideoContent is a video.
type VideoContent struct {
	MediaID     string `json:"media_id"`              // from [Service.UploadVideo], or a permanent material
	Title       string `json:"title,omitempty"`       // to openids only
	Description string `json:"description,omitempty"` // to openids only
}

// CardContent is a card.
type CardContent struct {
	CardID string `json:"card_id"`
	Ext    string `json:"card_ext,omitempty"` // JSON with code, openid, timestamp and signature; previews need it
}

// News is the articles of a draft, by its media id. The draft is gone when the job
// has succeeded.
func News(mediaID string) Message { return Message{Type: TypeNews, News: &Media{mediaID}} }

// Text is a text.
func Text(content string) Message { return Message{Type: TypeText, Text: &TextContent{content}} }

// Voice is a voice, by its media id.
func Voice(mediaID string) Message { return Message{Type: TypeVoice, Voice: &Media{mediaID}} }

// Images is one picture or several, by their media ids. The fields of
// [ImagesContent] that the function leaves out can be set afterwards.
func Images(mediaIDs ...string) Message {
	return Message{Type: TypeImage, Images: &ImagesContent{MediaIDs: mediaIDs}}
}

// Video is a video, by the media id that [Service.UploadVideo] gave or by that of a
// permanent material. The title and description of [VideoContent] can be set
// afterwards; they show in sends to openids.
func Video(mediaID string) Message {
	return Message{Type: TypeVideo, Video: &VideoContent{MediaID: mediaID}}
}

// Card is a card, by its id.
//
// Deprecated: the platform has withdrawn mass sends of cards; it answers
// errcode 45113.
func Card(cardID string) Message { return Message{Type: TypeCard, Card: &CardContent{CardID: cardID}} }

// Image is a single picture, for a preview; [Images] is what is sent.
func Image(mediaID string) Message { return Message{Type: TypeImage, Image: &Media{mediaID}} }

// Music is a piece of music, for a preview only.
func Music(mediaID string) Message { return Message{Type: TypeMusic, Music: &Media{mediaID}} }

// content is one of a message's contents: the id, or the text, that it stands or
// falls with.
type content struct {
	kind  MsgType
	field string
	value string
}

// contents lists the contents that are set.
func (m Message) contents() []content {
	var set []content
	media := func(kind MsgType, field string, c *Media) {
		if c != nil {
			set = append(set, content{kind, field + ".media_id", c.MediaID})
		}
	}
	media(TypeNews, "mpnews", m.News)
	media(TypeVoice, "voice", m.Voice)
	media(TypeImage, "image", m.Image)
	media(TypeMusic, "music", m.Music)
	if m.Text != nil {
		set = append(set, content{TypeText, "text.content", m.Text.Content})
	}
	if m.Images != nil {
		set = append(set, content{TypeImage, "images.media_ids", m.Images.id()})
	}
	if m.Video != nil {
		set = append(set, content{TypeVideo, "mpvideo.media_id", m.Video.MediaID})
	}
	if m.Card != nil {
		set = append(set, content{TypeCard, "wxcard.card_id", m.Card.CardID})
	}
	return set
}

// id is the first media id; "" if there is none, or an empty one among them.
func (c *ImagesContent) id() string {
	if len(c.MediaIDs) == 0 || slices.Contains(c.MediaIDs, "") {
		return ""
	}
	return c.MediaIDs[0]
}

// check finds out whether the message has one content, that of its type, and that
// it is not empty.
func (m Message) check(path string) error {
	set := m.contents()
	if len(set) != 1 {
		return limit.Rule(path, "msgtype", fmt.Sprintf("%q comes with %d contents instead of one", m.Type, len(set)))
	}
	c := set[0]
	if c.kind != m.Type {
		return limit.Rule(path, "msgtype", fmt.Sprintf("is %q, but the content is %s", m.Type, c.field))
	}
	if c.value == "" {
		return limit.Rule(path, c.field, "is empty")
	}
	return nil
}

// checkSend is check for a message that is sent, not only shown in a preview.
func (m Message) checkSend(path string) error {
	if m.Music != nil || m.Image != nil {
		return limit.Rule(path, "msgtype", "is one for previews only; pictures are sent with Images")
	}
	return m.check(path)
}
