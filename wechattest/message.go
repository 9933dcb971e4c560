package wechattest

import (
	"slices"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// Message is a message for a bot: a user's message, or an event. Functions of this
// package return the documented ones; [Typed] and [Event] make others from elements,
// and [Raw] from bytes.
type Message struct {
	Type       string    // MsgType
	Event      string    // name of the event, when Type is event
	Elements   []Element // the elements between the common ones and MsgId
	ID         string    // MsgId; empty: the next one. Events have none
	CreateTime time.Time // zero: now
	From       string    // FromUserName; empty: the sending user
	Raw        []byte    // the whole message; the other fields then only describe it
}

// With returns the message with additional elements, such as MsgDataId and Idx of a
// message from an article.
func (m Message) With(elements ...Element) Message {
	m.Elements = append(slices.Clip(m.Elements), elements...)
	return m
}

// Typed returns a message of any type.
func Typed(msgType string, elements ...Element) Message {
	return Message{Type: msgType, Elements: elements}
}

// Text is a text message (文本消息).
func Text(content string) Message { return Typed("text", CDATA("Content", content)) }

// MenuReply is the text message of a user who chose an item of a customer-service menu
// message (msgmenu).
func MenuReply(content, menuItemID string) Message {
	return Text(content).With(Element{Name: "bizmsgmenuid", Value: menuItemID, Bare: true})
}

// Image is a picture message (图片消息).
func Image(picURL, mediaID string) Message {
	return Typed("image", CDATA("PicUrl", picURL), CDATA("MediaId", mediaID))
}

// Voice is a voice message (语音消息); format is amr or speex.
func Voice(mediaID, format string) Message {
	return Typed("voice", CDATA("MediaId", mediaID), CDATA("Format", format))
}

// VoiceRecognized is a voice message of an account with speech recognition (语音识别).
func VoiceRecognized(mediaID, format, recognition string) Message {
	return Voice(mediaID, format).With(CDATA("Recognition", recognition))
}

// Video is a video message (视频消息).
func Video(mediaID, thumbMediaID string) Message {
	return Typed("video", CDATA("MediaId", mediaID), CDATA("ThumbMediaId", thumbMediaID))
}

// ShortVideo is a short video message (小视频消息).
func ShortVideo(mediaID, thumbMediaID string) Message {
	return Typed("shortvideo", CDATA("MediaId", mediaID), CDATA("ThumbMediaId", thumbMediaID))
}

// Location is a message with a place (地理位置消息): latitude and longitude in
// degrees, the scale of the map, and its label.
func Location(latitude, longitude float64, scale int, label string) Message {
	return Typed("location", Decimal("Location_X", latitude), Decimal("Location_Y", longitude),
		Number("Scale", int64(scale)), CDATA("Label", label))
}

// Link is a link message (链接消息).
func Link(title, description, url string) Message {
	return Typed("link", CDATA("Title", title), CDATA("Description", description), CDATA("Url", url))
}

// File is a file message (文件消息): md5 is 32 hex digits, size in bytes.
func File(title, description, key, md5 string, size int64) Message {
	return Typed("file", CDATA("Title", title), CDATA("Description", description),
		CDATA("FileKey", key), CDATA("FileMd5", md5), Number("FileTotalLen", size))
}

// MiniProgramPage is a mini-program card (小程序卡片消息).
func MiniProgramPage(title, appID, pagePath, thumbURL, thumbMediaID string) Message {
	return Typed("miniprogrampage", CDATA("Title", title), CDATA("AppId", appID), CDATA("PagePath", pagePath),
		CDATA("ThumbUrl", thumbURL), CDATA("ThumbMediaId", thumbMediaID))
}

// Raw returns a message with the given XML or JSON, which is sent unchanged (in modes
// with encryption, encrypted in an envelope of the same form). Elements, sender, type
// and event are parsed from it if possible.
func Raw(body []byte) Message { return publicMessage(callback.Raw(body)) }

func publicMessage(m callback.Message) Message {
	return Message{m.Type, m.Event, publicElements(m.Elements), m.ID, m.CreateTime, m.From, m.Raw}
}

func (m Message) internal() callback.Message {
	return callback.Message{
		Type: m.Type, Event: m.Event, Elements: internalElements(m.Elements),
		ID: m.ID, CreateTime: m.CreateTime, From: m.From, Raw: m.Raw,
	}
}
