package callback

import (
	"errors"
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

// Shown is a wechattest.Shown, which documents its fields.
type Shown struct {
	Type                                                                     ReplyType
	Content, MediaID, Title, Description, MusicURL, HQMusicURL, ThumbMediaID string
	Articles                                                                 []Article
	KfAccount                                                                string
}

// Reply is a wechattest.Reply, which documents its fields.
type Reply struct {
	Shown
	Fault, Unseen bool
	Cut           int
	Encrypted     bool
	XML           []byte
	Deliveries    []Delivery
}

// MaxText is the maximum size in bytes of a text, in a passive reply and in a
// customer-service message.
const MaxText = 2048

// The reasons why the platform cannot use an answer.
var (
	ErrNotXML       = errors.New("the reply is not XML that the platform accepts")
	ErrNotJSON      = errors.New("the reply to a JSON message is not JSON that the platform accepts")
	ErrTooLong      = errors.New("the text of the reply is too long")
	ErrNotEncrypted = errors.New("the reply is not encrypted, but the mode requires it")
	ErrEncrypted    = errors.New("the reply is encrypted, but the account is in plain mode")
	ErrEnvelope     = errors.New("the encrypted reply cannot be decrypted")
	ErrAddress      = errors.New("the reply does not swap the addresses of the message")
	ErrReplyType    = errors.New("the MsgType of the reply is unknown")
	ErrIncomplete   = errors.New("the reply lacks what its type requires")
	ErrTransfer     = errors.New("a transfer to customer service answers an event; only a user's message can be transferred")
)
