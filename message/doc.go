// Package message receives what the platform sends to an account's callback URL
// (接收消息与事件推送), and answers it (被动回复用户消息).
//
// A [Handler] is an [http.Handler]. It accepts requests that the platform has signed,
// decodes each message into a Go type, calls the function registered for that type, and
// writes the reply in the platform's format:
//
//	h, err := message.NewHandler(message.Config{
//		Token:          os.Getenv("WECHAT_TOKEN"),
//		AppID:          os.Getenv("WECHAT_APPID"),
//		EncodingAESKey: os.Getenv("WECHAT_AES_KEY"), // empty: plaintext mode
//	})
//	if err != nil {
//		log.Fatal(err)
//	}
//	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
//		return message.TextReply(m.Content), nil
//	})
//	http.Handle("/wechat", h)
//
// No client of the API is needed for that, and none is linked in. Package
// wechattest calls a handler as the platform does, without an account.
//
// # Which requests are accepted
//
// The configuration alone decides how a request is checked. With an EncodingAESKey the
// Handler reads only the encrypted part of a request (安全模式、兼容模式): it verifies
// msg_signature, decrypts the single Encrypt element, and compares the app id in it.
// Without a key it reads only the plain part (明文模式). The signature of a plain message
// does not cover its content, so somebody who can read the traffic can forge messages:
// prefer safe mode.
//
// Signatures are compared in constant time and are valid for five minutes. Each
// signature belongs to the first message that came with it. That message is handled
// once, however often the request is repeated, and any other message with the signature
// is refused. A body has at most 1 MiB and must arrive within five seconds. All bodies
// that are not verified yet use at most 32 MiB together. A refused peer receives a
// status without a reason. Config.Logger receives the reason and what to check: the
// token, the key, the app id or the clock. Handler.Stats counts refusals by Reason; Config.Observer
// observes deliveries, handlers and late replies, for metrics and tracing.
//
// A program with its own server or queue verifies requests with a [Verifier], reads
// them with [Parse] and answers with [Encode] and [Verifier.Seal].
//
// Pushes to WeChat's cloud hosting (微信云托管) are not signed: see
// [Config.InsecureCloudHosting].
//
// To change the token or the key in the console, set the old ones as
// PreviousTokens and PreviousAESKeys for a while.
//
// # Which function answers
//
// [On] registers a function for one type of message. Matchers such as [EventKey],
// [ContentEquals] or [Sender] restrict it to some messages of the type. The first
// function that matches answers. [Handler.HandleDefault] registers a function for all
// other messages, and [Handler.Use] adds middleware for all messages. Register
// everything before the handler serves.
//
// The types are:
//
//   - messages of users, such as [Text], [Image] and [Location];
//   - events, whose names end in Event, such as [SubscribeEvent], [ClickEvent] and
//     [TemplateSendJobFinishEvent];
//   - notices to a third-party platform (第三方平台), which end in Notice, such as
//     [ComponentVerifyTicketNotice];
//   - [Unknown] for anything without a type here.
//
// Each has a header ([Header], [EventHeader] or [NoticeHeader]). Middleware gets it
// from [HeaderOf]. It contains the message as received, and [Header.Lookup] finds
// the elements for which the type has no field. Ids are strings, times are
// [time.Time], amounts of money are int64 in fen (分). A number that is missing or
// cannot be read is zero.
//
// # Replies
//
// A function returns a [Reply], such as [TextReply], [ImageReply] or [NewsReply], or
// nil for no reply. The answer has the format of the push, XML or JSON, and is
// encrypted with the key of the message. Return a [LongTextReply] for a text that may
// be too long for one reply, and a [StreamReply] for a text that arrives in pieces,
// such as that of a language model. [Config.LateReply] sends what follows the first
// part. [SplitText] only splits a text.
//
// Errors and panics are logged and passed to [Config.OnError]. The platform receives
// success, since it would otherwise repeat the message and then show the user a
// failure.
//
// # The deadline and repeated deliveries
//
// The platform waits five seconds for an answer and delivers a message up to three
// times. The Handler runs the function once for all deliveries. Each delivery waits in
// the goroutine that serves it; the function runs in another goroutine. If the function
// takes longer than [Config.Deadline], the delivery is answered with success, or with
// the text of [Config.Interim]. The function continues, and [Config.LateReply] sends
// its reply. For accounts that cannot send customer-service messages, [KeptReplies]
// keeps the reply for the user's next message. Messages of one sender run in order.
// [Handler.Shutdown] waits until all functions have returned. A [State] stores what a
// bot has to remember between two messages of a user.
package message
