// Package mass sends one message to many followers (群发): to all of them, to those
// with a tag, or to a list of openids.
//
//	job, err := mass.New(oa).SendToAll(ctx, mass.News(draftMediaID), mass.Options{})
//
// A send is a job: the call returns as soon as the platform has queued it, and the
// outcome reaches the bot later as message.MassSendJobFinishEvent, with the numbers
// of receivers. [Service.Status] asks for the state of a job, [Service.Delete]
// withdraws an article or video that was sent, [Service.Preview] shows a message to
// one user first.
//
// # Who may send how often
//
// Mass sends need a verified account. A subscription account has one job a day; of a
// service account every user receives up to four messages a month. The API takes 60
// calls a minute and 100 a day. Where API protection is switched on, a send to all
// waits up to 30 minutes for an administrator, errcode.AdminConfirmRunning meanwhile.
//
// # Never twice
//
// Every send carries a clientmsgid, by which the platform recognises it for 24 hours:
// the one in [Options], or a random one. So a send whose answer was lost on the way is
// made again by the client like a read; if the platform says that it knows the id
// (errcode.ClientMsgIDExists), the send went through, and [Job].Repeated says so. Use
// an id of your own to be as safe across restarts of your program.
package mass
