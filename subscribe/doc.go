// Package subscribe sends subscription notices (订阅通知) and keeps their templates:
// the "Subscription Notification" chapter of the platform's documents (订阅通知).
//
// A subscription notice reaches a user who asked for it on a page or in an article:
// once per consent (一次性订阅), or again and again for public services (长期订阅).
// The choices of the users arrive as the events subscribe_msg_popup_event and
// subscribe_msg_change_event, and what became of a notice as
// subscribe_msg_sent_event; package message has a type for each.
//
//	notices := subscribe.New(oa)
//	err := notices.Send(ctx, subscribe.Message{
//		To:         openID,
//		TemplateID: "TEMPLATE_ID",
//		Page:       "https://example.com/orders/42",
//		Data: subscribe.Data{
//			"thing1": {Value: "Order 42"},
//			"time2":  {Value: "2026-11-21 20:00"},
//		},
//	})
//
// # Templates
//
// A template is put together from the public library: [Service.Categories] are the
// account's service categories (类目), [Service.Titles] the public templates of a
// category, [Service.Keywords] the gaps that one of them may have. [Service.Add]
// makes a template of the account out of a title and two to five keywords,
// [Service.List] shows what there is, [Service.Delete] removes one.
package subscribe

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service sends subscription notices for one account. It holds nothing but the client.
type Service struct{ oa *officialaccount.Client }

// New returns the subscription notices of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
