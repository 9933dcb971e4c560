// Package broadcast sends a message to many receivers, one call for each: template
// messages (模板消息), subscription notices (订阅通知) and customer-service messages
// (客服消息). A mass send (群发), which is one call for all, is package mass.
//
//	templates := template.New(oa)
//	progress, err := broadcast.Run(ctx, broadcast.Config{
//		Name:     "moving-2026",
//		Store:    kept,
//		OnResult: func(r broadcast.Result) { … },
//	}, user.New(oa).All(ctx), func(ctx context.Context, openID string) (msgID string, err error) {
//		return templates.Send(ctx, template.Message{To: openID, TemplateID: id, Data: data})
//	})
//
// Run reads the receivers one after the other, so memory does not grow with their
// number. Several sends run at a time. The error of a send decides what follows:
//
//   - The platform's answer about the receiver is its [Outcome]: 43004 is [NotFollower],
//     43101 is [Refused], 40003 is [UnknownReceiver].
//   - A quota that is used up (45009, 45011), a rejected token and a failed connection
//     pause all sends. After the pause, one send is tried before the others go on. The
//     receiver is tried again, since nothing was sent to it.
//   - A refusal that concerns all receivers, such as a wrong AppSecret or template, ends
//     Run with that error. Nothing was sent to the receiver.
//   - A request whose answer is missing, and errcode -1 (系统繁忙), may have been carried
//     out. The receiver is [Ambiguous] and is not tried again, unless
//     Config.RepeatWithin says that a repeated send does no harm. The
//     receiver is also Ambiguous if its send returned an error that is not of package
//     errcode. A send function or token source of yours that knows that nothing was sent
//     wraps [ErrNotSent] or [ErrSkip].
//
// # After a crash
//
// With Config.Store, Run stores each receiver before its send, and the result after it.
// Call Run again with the same Config.Name and the same receivers, in any order:
// receivers with a result get that result again, marked [Result.Earlier], and nothing
// is sent to them. A receiver that was stored and has no result is Ambiguous. Receivers
// that are Failed or Skipped are tried again. So each receiver gets the message at most
// once, and OnResult names those that may not have received it.
//
// Several processes may call Run with the same name and the same store. One of them
// sends; the others wait until it ends.
//
// When the context of Run ends, Run begins no further send and finishes those that have
// begun. So a program that cancels it on SIGTERM leaves nothing ambiguous.
//
// # Delivery events
//
// A message that the platform accepted may still fail to be delivered. The platform
// reports the delivery of template messages and subscription notices as events, which
// contain the id that the send returned. A Ledger matches the two, even if the event
// comes before the answer.
package broadcast
