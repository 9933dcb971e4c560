package wechattest

import (
	"slices"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// Message is what the platform delivers to a bot: a user's message, or an
// event. The functions of this package build every documented one; [Typed] and
// [Event] build the rest from elements, [Raw] from bytes.
type Message struct {
	Type       string    // MsgType
	Event      string    // name of the event, when Type is event
	Elements   []Element // what stands between the common head and MsgId
	ID         int64     // MsgId; zero: the platform gives the next one. Events have none
	CreateTime time.Time // zero: now
	From       string    // FromUserName; empty: the user who sends it
	Raw        []byte    // the message as it stands; the other fields then only tell its kind
}

// With returns the message with more elements, such as MsgDataId and Idx of a
// message written from an article.
func (m Message) With(elements ...Element) Message {
	m.Elements = append(slices.Clip(m.Elements), elements...)
	return m
}

// Typed is a message of any type, such as one the platform invents tomorrow.
func Typed(msgType string, elements ...Element) Message {
	return Message{Type: msgType, Elements: elements}
}

// Text is a text message (文本消息).
func Text(content string) Message { return Typed("text", CDATA("Content", content)) }

// MenuReply is the text message of a user who picked an item of a
// customer-service menu message (msgmenu).
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

// VoiceRecognised is a voice message of an account with speech recognition on (语音识别).
func VoiceRecognised(mediaID, format, recognition string) Message {
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

// Raw is a message given as its XML or JSON, which goes out byte for byte
// (encrypted, where the mode asks for it, in an envelope of the same form). Elements,
// sender, type and event are read from it where it can be read.
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
