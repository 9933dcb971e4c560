// Package subscribe sends subscription notices (订阅通知) and manages their templates:
// the "Subscription Notification" chapter of the platform's documents (订阅通知).
//
// A subscription notice reaches a user who has allowed it on a page or in an article:
// one notice per consent (一次性订阅), or any number for public services (长期订阅).
// The choices of users arrive as the events subscribe_msg_popup_event and
// subscribe_msg_change_event. The outcome of a notice arrives as
// subscribe_msg_sent_event. Package message has a type for each.
//
//	notices := subscribe.New(oa)
//	id, err := notices.Send(ctx, subscribe.Message{
//		To:         openID,
//		TemplateID: "TEMPLATE_ID",
//		URL:        "https://example.com/orders/42",
//		Data: notice.Data{
//			"thing1": {Value: "Order 42"},
//			"time2":  {Value: "2026-11-21 20:00"},
//		},
//	})
//
// # Templates
//
// Templates come from the public library. [Service.ListCategories] lists the account's
// service categories (类目), [Service.ListTitles] the public templates of a category,
// [Service.ListKeywords] the keywords that one of them offers. [Service.Add] adds a
// template to the account, made from a title and two to five keywords, [Service.List]
// lists the account's templates, [Service.Delete] deletes one.
package subscribe

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service sends subscription notices for one account. It is one pointer, cheap to make.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
