// Package mass sends one message to many followers (群发): to all of them, to those with a
// tag, or to a list of openids.
//
//	job, err := mass.New(oa).SendToAll(ctx, mass.News(draftMediaID))
//
// A send is a job: the call returns when the platform has queued it. The result is pushed
// later as MassSendJobFinishEvent of package message, with the numbers of receivers.
// [Service.GetStatus] returns the state of a job, [Service.Delete] withdraws an article or
// video that was sent, [Service.Preview] shows a message to one user first.
//
// # Limits
//
// Mass sends require a verified account. A subscription account has one job a day. A user
// of a service account receives at most four messages a month; sends to all on the console
// count too. The API accepts 60 calls a minute. If the account has switched on the
// protection of mass sends (群发保护), an administrator must confirm a send to all within 30
// minutes; until then the platform answers errcode.AdminConfirmRunning.
//
// # No duplicates
//
// Every send has a clientmsgid, by which the platform recognizes a repeated send for 24
// hours: the one of [WithClientMsgID], or a random one. So the client can retry a send
// whose answer was lost. If the platform answers that it knows the id
// (errcode.ClientMsgIDExists), the first attempt was successful, and [Job].Repeated is
// true. Use an id of your own to avoid duplicates across restarts of your program.
package mass
