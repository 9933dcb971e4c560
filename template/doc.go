// Package template sends template messages (模板消息) and manages the templates of an
// account: the "Template Message" chapter of the platform's documents
// (模板消息, 基础消息与订阅通知). Verified service accounts may use it.
//
// # Sending
//
// A template is a text with keywords such as {{thing1.DATA}}. Users see it in their
// chat with the account. [Service.Send] sends values for the keywords:
//
//	templates := template.New(oa)
//	id, err := templates.Send(ctx, template.Message{
//		To:         openID,
//		TemplateID: "TEMPLATE_ID",
//		URL:        "https://example.com/orders/42",
//		Data: notice.Data{
//			"thing1": {Value: "Order 42"},
//			"time2":  {Value: "2026-11-21 20:00"},
//		},
//	})
//
// An id means that the platform accepted the message. The outcome arrives as the event
// TEMPLATESENDJOBFINISH, TemplateSendJobFinishEvent in package message.
//
// # Templates of the account
//
// [Service.Add] adds a template of the public library to the account, [Service.List]
// lists the account's templates (25 at most), [Service.Delete] deletes one. New
// accounts get templates by their service category. [Service.SetIndustries] and
// [Service.GetIndustries] are for accounts with templates of the older scheme.
// [Service.ListBlocked] lists the messages that the platform blocked.
//
// # One-time subscription
//
// A user who does not follow the account can allow one message on a page of WeChat
// (一次性订阅消息). Send the browser to [Service.ConsentURL], read the answer with
// [ParseConsent], and use the consent with [Service.SendOneTime].
package template

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service sends template messages for one account. It is one pointer, cheap to make.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
