// Package message receives what the platform sends to an account's callback URL
// (接收消息与事件推送), and answers it (被动回复用户消息).
//
// A [Handler] is an [http.Handler]. It lets in what the platform signed, decodes
// it into a Go type, calls the function registered for that type, and writes the
// reply as the platform wants it:
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
// # What is let in
//
// The configuration says how a request is checked, never the request. With an
// EncodingAESKey only its encrypted half counts (安全模式、兼容模式): msg_signature is
// checked, then the one Encrypt element is opened, then the app id in it is compared.
// Without a key only the plain half counts (明文模式). Its signature keeps strangers out,
// but not somebody who can read the traffic: prefer safe mode.
//
// Signatures are compared in constant time and are good for five minutes. A signature
// is used once: the first message that came with it is the only one that may, and it
// is handled once, however often the request is sent again. A body is at most 1 MiB
// and has to arrive within five seconds; bodies that are not verified yet hold 32 MiB
// at most, whoever sends them. A peer that is refused gets a status and no reason. The
// reason goes to [Config.Logger], with what to check: the token, the key, the app id,
// the clock. [Handler.Stats] counts refusals by [Reason].
//
// A program with a server or a queue of its own checks requests with a [Verifier],
// reads them with [Parse] and answers with [Encode] and [Verifier.Seal].
//
// On WeChat's cloud hosting (微信云托管) nothing is signed: see
// [Config.InsecureCloudHosting].
//
// To change the token or the key in the console, set the old ones as
// PreviousTokens and PreviousAESKeys for a while.
//
// # Who answers
//
// [On] registers a function for one type of message; matchers such as [EventKey],
// [ContentEquals] or [Sender] narrow it, and the first that matches answers.
// [Handler.HandleDefault] takes the rest, [Handler.Use] wraps everything. Register all
// of it before the handler serves.
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
// A function returns a [Reply], such as [TextReply], [ImageReply] or [NewsReply],
// or nil to say nothing. The answer has the format of the push, XML or JSON, and is
// encrypted with the key of the message. A text that may be too long for one reply is a
// [LongTextReply], and the text of a language model, as it arrives, a [StreamReply]: the
// rest follows by [Config.LateReply]. [SplitText] splits a text and sends nothing.
//
// Errors and panics are logged, go to [Config.OnError], and are answered with
// success: anything else would make the platform repeat the message and then show
// the user a failure.
//
// # Five seconds, once
//
// The platform waits five seconds, then delivers a message again, three times in all.
// Here it runs once, whatever is repeated. Each delivery waits in the goroutine that
// serves it; the function runs in another one. If it takes longer than
// [Config.Deadline], the delivery is answered with success, or with the text of
// [Config.Interim], the function continues, and its reply is sent by
// [Config.LateReply]. An account that cannot send customer-service messages keeps it
// for the user's next message: [KeptReplies]. Messages of one sender run in order.
// [Handler.Shutdown] waits for what is still running. What a bot has to remember
// between two messages of a user is a [State].
package message
