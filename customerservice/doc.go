// Package customerservice sends messages to users outside of replies (客服消息) and manages
// agents (客服), see the chapters 客服消息, 客服管理 and 会话控制 of the platform's documents.
//
// # Messages
//
// An account may write to a user who was active: up to five messages within 48 hours
// after a message from the user, and up to three within a minute after a menu click, a
// follow or a scan. After that time the error is errcode.ReplyWindowClosed. Above that
// number it is errcode.TooManyReplies.
//
//	kf := customerservice.New(oa)
//	err := kf.Send(ctx, openID, customerservice.Text("Your order is on its way."))
//
// The types that implement [Message] are the kinds of messages: text, pictures, voice,
// video, music, an article, a menu to tap, cards and mini-program pages. [WithAgent]
// sends in the name of an agent. [Service.Typing] shows that an answer is being written.
//
// # Late replies
//
// A Service can be the LateReply of a message.Handler: it sends a reply that was not
// ready within five seconds as a customer-service message, see [Service.LateReply].
// [Service.WhileTyping] is middleware that shows that an answer is being written.
//
// # Agents, sessions, records
//
// An agent (客服账号) is named prefix@wechat-id-of-the-account. [Service.AddAccount],
// [Service.UploadAvatar] and [Service.Invite] make one and bind a person to it.
// [Service.ListAccounts] and [Service.ListOnlineAccounts] list them. A session (会话)
// connects a user to an agent: [Service.CreateSession], [Service.CloseSession],
// [Service.GetSession], [Service.ListSessions], and [Service.ListWaiting] for users
// without an agent. [Service.ListRecords] lists what was said. All these need the
// customer-service feature of the account. Without it the platform answers
// errcode.KFNotEnabled.
package customerservice

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service is the customer service of one account. It is one pointer, cheap to make.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
