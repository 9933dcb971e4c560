package wechattest

import (
	"cmp"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// FaultNotice is the text that a user reads if the bot did not answer, or if the
// platform cannot use the answer.
const FaultNotice = "该公众号提供的服务出现故障，请稍后再试"

// ReplyType is the MsgType of a passive reply (被动回复消息).
type ReplyType string

// The types of a passive reply. ReplyNone is an answer without a message: success or an
// empty body.
const (
	ReplyNone     ReplyType = ""
	ReplyText     ReplyType = "text"
	ReplyImage    ReplyType = "image"
	ReplyVoice    ReplyType = "voice"
	ReplyVideo    ReplyType = "video"
	ReplyMusic    ReplyType = "music"
	ReplyNews     ReplyType = "news"
	ReplyTransfer ReplyType = "transfer_customer_service" // transfer to an agent
)

// Article is one article of a news message.
type Article struct {
	Title, Description, PicURL, URL string
}

// Shown is a message as a user sees it. The fields depend on its type.
type Shown struct {
	Type         ReplyType
	Content      string // text
	MediaID      string // image, voice, video
	Title        string // video, music
	Description  string // video, music
	MusicURL     string
	HQMusicURL   string
	ThumbMediaID string    // music, video sent by customer service
	Articles     []Article // news, only the articles that are shown
	KfAccount    string    // transfer: the agent; may be empty
}

// String returns the message in one line: the text itself, or the type and the content
// in brackets.
func (s Shown) String() string {
	switch s.Type {
	case ReplyNone:
		return ""
	case ReplyText:
		return s.Content
	case ReplyMusic:
		return "[music " + s.Title + "]"
	case ReplyNews:
		titles := make([]string, len(s.Articles))
		for i, a := range s.Articles {
			titles[i] = a.Title
		}
		return "[news " + strings.Join(titles, " | ") + "]"
	case ReplyTransfer:
		return strings.TrimSuffix("[transferred to customer service "+s.KfAccount, " ") + "]"
	}
	about := strings.ReplaceAll(cmp.Or(s.MediaID, s.Title, s.Content), "\n", " | ")
	return strings.TrimSuffix("["+string(s.Type)+" "+about, " ") + "]"
}

// Reply is the result of a delivered message.
type Reply struct {
	Shown             // what the user saw, unless Fault or Unseen
	Fault      bool   // the user saw FaultNotice instead
	Unseen     bool   // the answer is not shown: the user has unfollowed, or the event is not from a user
	Cut        int    // number of articles above the limit, which are not shown
	Encrypted  bool   // the answer was encrypted
	XML        []byte // the decrypted answer, XML or JSON; nil without an answer
	Deliveries []Delivery
}

// Saw returns what the user read, in one line: the reply, [FaultNotice], or "".
func (r *Reply) Saw() string {
	switch {
	case r.Fault:
		return FaultNotice
	case r.Unseen:
		return ""
	}
	return r.Shown.String()
}

// The reasons why the platform cannot use an answer. The error of [User.Send] wraps one
// of them and has the details.
var (
	ErrNotXML       = callback.ErrNotXML       // the reply is not XML that the platform accepts
	ErrNotJSON      = callback.ErrNotJSON      // the reply to a JSON message is not JSON
	ErrNotEncrypted = callback.ErrNotEncrypted // the reply is not encrypted, but the mode requires it
	ErrEncrypted    = callback.ErrEncrypted    // the reply is encrypted, but the account is in plain mode
	ErrEnvelope     = callback.ErrEnvelope     // the encrypted reply cannot be decrypted
	ErrAddress      = callback.ErrAddress      // the reply does not swap the addresses of the message
	ErrReplyType    = callback.ErrReplyType    // the MsgType of the reply is unknown
	ErrIncomplete   = callback.ErrIncomplete   // the reply lacks what its type requires
	ErrTooLong      = callback.ErrTooLong      // the text of the reply has more than 2048 bytes
	ErrTransfer     = callback.ErrTransfer     // a transfer to customer service answers an event
)

func publicShown(s callback.Shown) Shown {
	var articles []Article
	for _, a := range s.Articles {
		articles = append(articles, Article(a))
	}
	return Shown{
		Type: ReplyType(s.Type), Content: s.Content, MediaID: s.MediaID, Title: s.Title, Description: s.Description,
		MusicURL: s.MusicURL, HQMusicURL: s.HQMusicURL, ThumbMediaID: s.ThumbMediaID, Articles: articles, KfAccount: s.KfAccount,
	}
}

func publicReply(r *callback.Reply) *Reply {
	var deliveries []Delivery
	for _, d := range r.Deliveries {
		deliveries = append(deliveries, Delivery(d))
	}
	return &Reply{publicShown(r.Shown), r.Fault, r.Unseen, r.Cut, r.Encrypted, r.XML, deliveries}
}
