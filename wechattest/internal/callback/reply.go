package callback

import (
	"errors"
)

// FaultNotice is what a user reads when the bot gave no answer, or none that
// the platform understands.
const FaultNotice = "该公众号提供的服务出现故障，请稍后再试"

// ReplyType is the MsgType of a passive reply (被动回复消息).
type ReplyType string

// The types of a passive reply. None is an answer without a message: success,
// or a body of zero bytes.
const (
	ReplyNone     ReplyType = ""
	ReplyText     ReplyType = "text"
	ReplyImage    ReplyType = "image"
	ReplyVoice    ReplyType = "voice"
	ReplyVideo    ReplyType = "video"
	ReplyMusic    ReplyType = "music"
	ReplyNews     ReplyType = "news"
	ReplyTransfer ReplyType = "transfer_customer_service" // the message goes to an agent
)

// Article is one article of a news message.
type Article struct {
	Title, Description, PicURL, URL string
}

// Shown is a message as it arrives at a user. Which fields are set depends on
// its type.
type Shown struct {
	Type         ReplyType
	Content      string // text
	MediaID      string // image, voice, video
	Title        string // video, music
	Description  string // video, music
	MusicURL     string
	HQMusicURL   string
	ThumbMediaID string    // music, video sent by customer service
	Articles     []Article // news, cut to what is shown
	KfAccount    string    // transfer: the agent, if one was named
}

// Reply is what became of a message that the platform delivered.
type Reply struct {
	Shown             // what the user saw, unless Fault or Unseen
	Fault      bool   // the user saw FaultNotice instead
	Unseen     bool   // nobody sees the answer: the user has left, or the event came from no user
	Cut        int    // articles beyond the limit, which the platform did not show
	Encrypted  bool   // the answer came encrypted
	XML        []byte // the answer in clear, XML or JSON; nil when the bot sent none
	Deliveries []Delivery
}

// MaxText is how many bytes a text holds, in a passive reply as in a customer-service
// message.
const MaxText = 2048

// Why the platform cannot use an answer. The error of [User.Send] is one of
// these, with the particulars in its text.
var (
	ErrNotXML       = errors.New("the reply is not XML as the platform reads it")
	ErrNotJSON      = errors.New("the reply to a JSON message is not JSON as the platform reads it")
	ErrTooLong      = errors.New("the text of the reply is too long")
	ErrNotEncrypted = errors.New("the reply is in clear, the mode wants it encrypted")
	ErrEncrypted    = errors.New("the reply is encrypted, the account is in plain mode")
	ErrEnvelope     = errors.New("the encrypted reply does not open")
	ErrAddress      = errors.New("the reply does not swap the addresses of the message")
	ErrReplyType    = errors.New("the reply has a MsgType that the platform does not know")
	ErrIncomplete   = errors.New("the reply lacks what its type requires")
	ErrTransfer     = errors.New("a transfer to customer service answers an event; only a user's message can be transferred")
)
