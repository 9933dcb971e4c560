package message

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// ErrReply is wrapped by the error of a [Reply] that cannot be sent, such as an empty
// text. For such an answer the platform would show the user that the account is out of
// order (该公众号提供的服务出现故障).
var ErrReply = errors.New("reply cannot be sent")

// Reply is the answer to a message in the response to its callback (被动回复用户消息). Only
// types of this package implement it. Use them as values; a pointer is treated as the
// value that it points to. A nil Reply shows the user nothing.
//
// Characters that XML forbids (control characters, bytes that are not UTF-8) are
// removed from every text, in both formats. Everything else is sent as it is, line
// feeds included.
type Reply interface {
	msgType() string
	appendBody(dst []byte, f tree.Format) []byte
	check() error
}

// byValue returns the value of a reply that was given as a pointer. Articles are
// copied, so that the caller can go on using its slice.
func byValue(r Reply) (Reply, error) {
	// By reflection, because a list of the types would link all of them into a bot
	// that answers with one.
	if v := reflect.ValueOf(r); v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, fmt.Errorf("%w: nil %T; return a nil Reply to answer nothing", ErrReply, r)
		}
		r = v.Elem().Interface().(Reply)
	}
	if c, ok := r.(interface{ clone() Reply }); ok {
		return c.clone(), nil
	}
	return r, nil
}

// maxText is the longest text of a reply in bytes of UTF-8.
const maxText = 2048

// TextReply answers with a text (回复文本消息) of 1 to 2,048 bytes of UTF-8, which
// are some 680 Chinese characters. A longer one is an error that wraps [ErrReply]; a
// [LongTextReply] is split.
type TextReply string

func (r TextReply) msgType() string { return "text" }

func (r TextReply) check() error {
	const start = 64 // bytes
	if start < len(r) && len(r) <= maxText && tree.CleanLen(string(r[:start])) > 0 {
		return nil // as most texts: short enough, and not empty, whatever the rest is
	}
	switch n := tree.CleanLen(string(r)); {
	case n == 0:
		return fmt.Errorf("%w: the text is empty", ErrReply)
	case n > maxText:
		return fmt.Errorf("%w: the text has %d bytes, the limit is %d: answer with a LongTextReply, "+
			"or split it with SplitText", ErrReply, n, maxText)
	}
	return nil
}

func (r TextReply) appendBody(dst []byte, f tree.Format) []byte {
	return f.Text(dst, "Content", string(r))
}

// ImageReply answers with a picture (回复图片消息).
type ImageReply struct {
	MediaID string // of a temporary or permanent material
}

func (r ImageReply) msgType() string { return "image" }
func (r ImageReply) check() error    { return required("MediaID", r.MediaID) }

func (r ImageReply) appendBody(dst []byte, f tree.Format) []byte {
	dst = f.OpenObject(dst, "Image")
	dst = f.Text(dst, "MediaId", r.MediaID)
	return f.CloseObject(dst, "Image")
}

// VoiceReply answers with a voice message (回复语音消息).
type VoiceReply struct {
	MediaID string // of a temporary or permanent material
}

func (r VoiceReply) msgType() string { return "voice" }
func (r VoiceReply) check() error    { return required("MediaID", r.MediaID) }

func (r VoiceReply) appendBody(dst []byte, f tree.Format) []byte {
	dst = f.OpenObject(dst, "Voice")
	dst = f.Text(dst, "MediaId", r.MediaID)
	return f.CloseObject(dst, "Voice")
}

// VideoReply answers with a video (回复视频消息).
type VideoReply struct {
	MediaID     string // of a temporary or permanent material
	Title       string // may be empty
	Description string // may be empty
}

func (r VideoReply) msgType() string { return "video" }
func (r VideoReply) check() error    { return required("MediaID", r.MediaID) }

func (r VideoReply) appendBody(dst []byte, f tree.Format) []byte {
	dst = f.OpenObject(dst, "Video")
	dst = f.Text(dst, "MediaId", r.MediaID)
	dst = f.Optional(dst, "Title", r.Title)
	dst = f.Optional(dst, "Description", r.Description)
	return f.CloseObject(dst, "Video")
}

// MusicReply answers with music (回复音乐消息).
type MusicReply struct {
	Title        string // may be empty
	Description  string // may be empty
	URL          string // of the music; may be empty
	HQURL        string // of better quality, played on Wi-Fi; may be empty
	ThumbMediaID string // of the thumbnail, an uploaded picture
}

func (r MusicReply) msgType() string { return "music" }
func (r MusicReply) check() error    { return required("ThumbMediaID", r.ThumbMediaID) }

func (r MusicReply) appendBody(dst []byte, f tree.Format) []byte {
	dst = f.OpenObject(dst, "Music")
	dst = f.Optional(dst, "Title", r.Title)
	dst = f.Optional(dst, "Description", r.Description)
	dst = f.Optional(dst, "MusicUrl", r.URL)
	dst = f.Optional(dst, "HQMusicUrl", r.HQURL)
	dst = f.Text(dst, "ThumbMediaId", r.ThumbMediaID)
	return f.CloseObject(dst, "Music")
}

// NewsReply answers with articles (回复图文消息). The platform shows one article in
// answer to a text, image, voice, video, location or link, and eight in answer to
// anything else. The [Handler] drops the articles that are not shown and logs that.
type NewsReply []Article

// Article is one article of a [NewsReply].
type Article struct {
	Title       string
	Description string
	PicURL      string // JPG or PNG, best 360×200 for the first article and 200×200 for others
	URL         string // page that opens on a click
}

func (r NewsReply) clone() Reply    { return slices.Clone(r) }
func (r NewsReply) msgType() string { return "news" }

func (r NewsReply) check() error {
	switch {
	case len(r) == 0:
		return fmt.Errorf("%w: no article", ErrReply)
	case len(r) > maxArticles:
		return fmt.Errorf("%w: %d articles, the limit is %d", ErrReply, len(r), maxArticles)
	}
	return nil
}

func (r NewsReply) appendBody(dst []byte, f tree.Format) []byte {
	dst = f.Int(dst, "ArticleCount", int64(len(r)))
	dst = f.OpenList(dst, "Articles")
	for _, a := range r {
		dst = f.OpenItem(dst)
		dst = f.Text(dst, "Title", a.Title)
		dst = f.Text(dst, "Description", a.Description)
		dst = f.Text(dst, "PicUrl", a.PicURL)
		dst = f.Text(dst, "Url", a.URL)
		dst = f.CloseItem(dst)
	}
	return f.CloseList(dst, "Articles")
}

const maxArticles = 8

// shownArticles returns how many articles the platform shows in answer to m.
func shownArticles(m Message) int {
	switch m.(type) {
	case *Text, *Image, *Voice, *Video, *Location, *Link:
		return 1
	}
	return maxArticles
}

// TransferReply transfers the conversation to customer service (转发消息到客服,
// transfer_customer_service). It answers messages of users, not events.
type TransferReply struct {
	// KfAccount is the agent (name@account) that the conversation is assigned to,
	// even if that agent cannot take it. If empty, any available agent gets it.
	KfAccount string
}

func (r TransferReply) msgType() string { return "transfer_customer_service" }

func (r TransferReply) check() error {
	if r.KfAccount == "" {
		return nil
	}
	return required("KfAccount", r.KfAccount)
}

func (r TransferReply) appendBody(dst []byte, f tree.Format) []byte {
	if r.KfAccount == "" {
		return dst
	}
	dst = f.OpenObject(dst, "TransInfo")
	dst = f.Text(dst, "KfAccount", r.KfAccount)
	return f.CloseObject(dst, "TransInfo")
}

// checkReply reports why r cannot answer m.
func checkReply(m Message, r Reply) error {
	if _, ok := r.(TransferReply); ok && HeaderOf(m).MsgType == "event" {
		return fmt.Errorf("%w: only a message of a user can go to customer service, not an event", ErrReply)
	}
	c := newContent(m, r)
	return c.check()
}

// required reports an id that is empty once the characters that cannot be sent,
// and white space, are removed.
func required(field, value string) error {
	if isBlank(value) {
		return fmt.Errorf("%w: %s is empty", ErrReply, field)
	}
	return nil
}

func isBlank(id string) bool {
	for i := range len(id) {
		if '!' <= id[i] && id[i] <= '~' {
			return false
		}
	}
	return strings.TrimSpace(string(tree.Clean([]byte(id)))) == ""
}
