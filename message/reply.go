package message

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// ErrReply is wrapped by the error of a [Reply] that cannot be sent, such as a
// text of no characters: the platform would show the user that the account is
// out of order (该公众号提供的服务出现故障).
var ErrReply = errors.New("reply cannot be sent")

// Reply answers a message passively (被动回复用户消息), in the response to the
// callback. The types of this package are all there are; each is used as a value,
// and a pointer to one is taken for the value. A nil Reply answers nothing.
//
// What XML forbids, control characters and bytes that are not UTF-8, is dropped
// from every text. Everything else arrives as it is, line feeds included.
type Reply interface {
	msgType() string
	appendBody([]byte) []byte
	check(to Message) error
}

// byValue returns what a pointer to a reply points to, and nothing that its maker
// could still change.
func byValue(r Reply) Reply {
	switch r := r.(type) {
	case *TextReply:
		return *r
	case *ImageReply:
		return *r
	case *VoiceReply:
		return *r
	case *VideoReply:
		return *r
	case *MusicReply:
		return *r
	case *NewsReply:
		return slices.Clone(*r)
	case *TransferReply:
		return *r
	case NewsReply:
		return slices.Clone(r)
	}
	return r
}

// TextReply answers with a text (回复文本消息). It may not be empty.
type TextReply string

func (r TextReply) msgType() string { return "text" }

func (r TextReply) check(Message) error {
	for text := string(r); text != ""; {
		c, size := utf8.DecodeRuneInString(text)
		if tree.Allowed(c) && (c != utf8.RuneError || size > 1) {
			return nil // one character that will be sent
		}
		text = text[size:]
	}
	return fmt.Errorf("%w: the text is empty", ErrReply)
}

func (r TextReply) appendBody(dst []byte) []byte {
	return appendElement(dst, "Content", string(r))
}

// ImageReply answers with a picture (回复图片消息).
type ImageReply struct {
	MediaID string // of a temporary or permanent material
}

func (r ImageReply) msgType() string     { return "image" }
func (r ImageReply) check(Message) error { return required("MediaID", r.MediaID) }

func (r ImageReply) appendBody(dst []byte) []byte {
	dst = append(dst, "<Image>"...)
	dst = appendElement(dst, "MediaId", r.MediaID)
	return append(dst, "</Image>"...)
}

// VoiceReply answers with a voice message (回复语音消息).
type VoiceReply struct {
	MediaID string // of a temporary or permanent material
}

func (r VoiceReply) msgType() string     { return "voice" }
func (r VoiceReply) check(Message) error { return required("MediaID", r.MediaID) }

func (r VoiceReply) appendBody(dst []byte) []byte {
	dst = append(dst, "<Voice>"...)
	dst = appendElement(dst, "MediaId", r.MediaID)
	return append(dst, "</Voice>"...)
}

// VideoReply answers with a video (回复视频消息).
type VideoReply struct {
	MediaID     string // of a temporary or permanent material
	Title       string // may be empty
	Description string // may be empty
}

func (r VideoReply) msgType() string     { return "video" }
func (r VideoReply) check(Message) error { return required("MediaID", r.MediaID) }

func (r VideoReply) appendBody(dst []byte) []byte {
	dst = append(dst, "<Video>"...)
	dst = appendElement(dst, "MediaId", r.MediaID)
	dst = appendOptional(dst, "Title", r.Title)
	dst = appendOptional(dst, "Description", r.Description)
	return append(dst, "</Video>"...)
}

// MusicReply answers with music (回复音乐消息).
type MusicReply struct {
	Title        string // may be empty
	Description  string // may be empty
	URL          string // of the music; may be empty
	HQURL        string // of better quality, played on Wi-Fi; may be empty
	ThumbMediaID string // of the thumbnail, an uploaded picture
}

func (r MusicReply) msgType() string     { return "music" }
func (r MusicReply) check(Message) error { return required("ThumbMediaID", r.ThumbMediaID) }

func (r MusicReply) appendBody(dst []byte) []byte {
	dst = append(dst, "<Music>"...)
	dst = appendOptional(dst, "Title", r.Title)
	dst = appendOptional(dst, "Description", r.Description)
	dst = appendOptional(dst, "MusicUrl", r.URL)
	dst = appendOptional(dst, "HQMusicUrl", r.HQURL)
	dst = appendElement(dst, "ThumbMediaId", r.ThumbMediaID)
	return append(dst, "</Music>"...)
}

// NewsReply answers with articles (回复图文消息). The platform shows one when a text,
// image, voice, video, location or link is answered, else eight; the [Handler]
// cuts longer ones to that, with a line in the log.
type NewsReply []Article

// Article is one entry of a [NewsReply].
type Article struct {
	Title       string
	Description string
	PicURL      string // JPG or PNG, best 360×200 for the first article and 200×200 for others
	URL         string // that opens on a click
}

func (r NewsReply) msgType() string { return "news" }

func (r NewsReply) check(Message) error {
	if len(r) == 0 {
		return fmt.Errorf("%w: no article", ErrReply)
	}
	return nil
}

func (r NewsReply) appendBody(dst []byte) []byte {
	dst = append(dst, "<ArticleCount>"...)
	dst = strconv.AppendInt(dst, int64(len(r)), 10)
	dst = append(dst, "</ArticleCount><Articles>"...)
	for _, a := range r {
		dst = append(dst, "<item>"...)
		dst = appendElement(dst, "Title", a.Title)
		dst = appendElement(dst, "Description", a.Description)
		dst = appendElement(dst, "PicUrl", a.PicURL)
		dst = appendElement(dst, "Url", a.URL)
		dst = append(dst, "</item>"...)
	}
	return append(dst, "</Articles>"...)
}

// maxArticles is how many articles the platform shows in an answer to m.
func maxArticles(m Message) int {
	switch m.(type) {
	case *Text, *Image, *Voice, *Video, *Location, *Link:
		return 1
	}
	return 8
}

// TransferReply hands the conversation to customer service (转发消息到客服,
// transfer_customer_service). It answers messages of users, not events.
type TransferReply struct {
	// KfAccount names the agent, name@account, who gets the conversation even
	// when unable to take it; no other agent is told. Empty: whoever is free.
	KfAccount string
}

func (r TransferReply) msgType() string { return "transfer_customer_service" }

func (r TransferReply) check(to Message) error {
	if to.Head().MsgType == "event" {
		return fmt.Errorf("%w: only a message of a user can go to customer service, not an event", ErrReply)
	}
	return nil
}

func (r TransferReply) appendBody(dst []byte) []byte {
	if r.KfAccount == "" {
		return dst
	}
	dst = append(dst, "<TransInfo>"...)
	dst = appendElement(dst, "KfAccount", r.KfAccount)
	return append(dst, "</TransInfo>"...)
}

func required(field, value string) error {
	if value == "" {
		return fmt.Errorf("%w: %s is empty", ErrReply, field)
	}
	return nil
}

// checkReply says why r cannot answer m.
func checkReply(m Message, r Reply) error {
	if m.Head().FromUserName == "" {
		return fmt.Errorf("%w: there is no user to answer", ErrReply)
	}
	return r.check(m)
}

// content is a reply on its way to a user. It keeps no message alive.
type content struct {
	to, from string
	reply    Reply
}

// Size is about how many bytes are kept with c, and how many Append adds.
func (c *content) Size() int {
	const rest = 320 // of all but the texts that can be long
	switch r := c.reply.(type) {
	case TextReply:
		return rest + len(r)
	case NewsReply:
		n := rest
		for _, a := range r {
			n += 120 + len(a.Title) + len(a.Description) + len(a.PicURL) + len(a.URL)
		}
		return n
	}
	return 2 * rest
}

// Append appends the XML.
func (c *content) Append(dst []byte) []byte {
	dst = append(slices.Grow(dst, c.Size()), "<xml>"...)
	dst = appendElement(dst, "ToUserName", c.to)
	dst = appendElement(dst, "FromUserName", c.from)
	dst = append(dst, "<CreateTime>"...)
	dst = strconv.AppendInt(dst, time.Now().Unix(), 10)
	dst = append(dst, "</CreateTime>"...)
	dst = appendElement(dst, "MsgType", c.reply.msgType())
	dst = c.reply.appendBody(dst)
	return append(dst, "</xml>"...)
}

func appendOptional(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	return appendElement(dst, name, value)
}

// appendElement appends an element with value in a CDATA section.
func appendElement(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, '<'), name...), '>')
	dst = appendCDATA(dst, value)
	return append(append(append(dst, "</"...), name...), '>')
}

// appendCDATA appends value as CDATA, in more than one section where it holds the
// end of one, and without the characters that XML forbids.
func appendCDATA(dst []byte, value string) []byte {
	const start, end = "<![CDATA[", "]]>"
	dst = append(dst, start...)
	from := len(dst)
	dst = append(dst, value...)
	if text := dst[from:]; !tree.IsClean(text) || bytes.Contains(text, []byte(end)) {
		text = bytes.ReplaceAll(tree.Clean(text), []byte(end), []byte("]]"+end+start+">"))
		dst = append(dst[:from], text...)
	}
	return append(dst, end...)
}
