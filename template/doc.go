// Package template sends template messages (模板消息) and keeps the templates of
// an account: the "Template Message" chapter of the platform's documents
// (模板消息, 基础消息与订阅通知). Verified service accounts may use it.
//
// # Sending
//
// A template is a text with gaps such as {{thing1.DATA}}; the platform's users see
// it in the chat with the account. [Service.Send] fills the gaps:
//
//	templates := template.New(oa)
//	id, err := templates.Send(ctx, template.Message{
//		To:         openID,
//		TemplateID: "TEMPLATE_ID",
//		URL:        "https://example.com/orders/42",
//		Data: template.Data{
//			"thing1": {Value: "Order 42"},
//			"time2":  {Value: "2026-11-21 20:00"},
//		},
//	})
//
// The id means that the platform took the message. What became of it arrives as
// the event TEMPLATESENDJOBFINISH, in package message TemplateSendJobFinishEvent.
//
// # Templates of the account
//
// [Service.Add] takes a template out of the public library, [Service.List] shows
// what the account has (25 at most), [Service.Delete] removes one. New accounts get
// templates by their service category; [Service.SetIndustry] and
// [Service.Industries] matter to accounts with templates of the older scheme.
// [Service.Blocked] tells which messages the platform held back.
//
// # One-time subscription
//
// A user who is no follower can allow one message on a page of WeChat (一次性订阅消息):
// send the browser to [Service.ConsentURL], read what comes back with
// [ParseConsent], and use the consent up with [Service.SendOneTime].
package template

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service sends template messages for one account. It holds nothing but the client.
type Service struct{ oa *officialaccount.Client }

// New returns the template messages of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
