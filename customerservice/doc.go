// Package customerservice writes to users outside a reply (客服消息), and manages
// the agents who answer them (客服): the "Customer Service" chapters of the
// platform's documents (客服消息, 客服管理, 会话控制).
//
// # Messages
//
// An account may write to a user who was active: up to five messages within 48 hours
// after a message of the user, up to three within a minute after a menu click, a
// follow or a scan. Later the platform answers errcode.ReplyWindowClosed, and
// errcode.TooManyReplies beyond the count.
//
//	kf := customerservice.New(oa)
//	err := kf.Send(ctx, openID, customerservice.Text("Your order is on its way."))
//
// The types that implement [Message] are all there is to send: text, pictures, voice,
// video, music, an article, a menu to tap, cards and mini-program pages. [From] sends
// in the name of an agent. [Service.Typing] shows that an answer is being written.
//
// # Late replies
//
// A [Service] is the LateReply of package message: a reply that a handler finishes
// after the five seconds of a callback reaches the user as a customer-service
// message. See [Service.LateReply] for what becomes what.
//
// # Agents, sessions, records
//
// An agent (客服账号) is named prefix@wechat-id-of-the-account. [Service.AddAccount],
// [Service.SetAvatar] and [Service.Invite] make one and bind a person to it;
// [Service.Accounts] and [Service.OnlineAccounts] list them. A session (会话) joins a
// user to an agent: [Service.OpenSession], [Service.CloseSession], [Service.Session],
// [Service.Sessions], and [Service.Waiting] for users whom nobody serves.
// [Service.Records] is what was said. All this wants the customer-service feature
// switched on for the account; else the platform answers errcode.KFNotEnabled.
package customerservice

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service is the customer service of one account. It holds nothing but the client.
type Service struct{ oa *officialaccount.Client }

// New returns the customer service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
