// Package wechattest is the WeChat platform in memory, for one Official Account (公众号,
// 服务号): it calls a bot as the platform does, and answers API calls as api.weixin.qq.com
// does. You can try and test a bot without an account, a public domain or an
// allow-listed address.
//
// It implements the platform's rules independently of this module's client and handler,
// so it tests any bot and any client, in any language.
//
// # A bot under test
//
// Three lines are enough; the bot is any http.Handler:
//
//	p := wechattest.New(t, wechattest.Config{})
//	p.Bot(handler)
//	reply, err := p.User("oLiLei").Text("hello")
//
// The reply is what the user saw. The error tells why the platform could not use the
// bot's answer. [Config] describes the account and has working defaults; configure the
// bot with Token, AppID and EncodingAESKey of [Platform.Config]. The mode (消息加解密方式) is
// [Plain], [Compat], [Safe], [Component] or [CloudHosting]; by default the account is
// in plain mode, or in safe mode if it has an AES key.
//
// [User.Send] delivers every kind of message and event: [Text], [Image], [Click],
// [Subscribe] and so on, [Event] for events without a function, and [Raw] for unchanged
// recorded XML. [Bot.Verify] checks the callback URL, [Bot.Notify] sends a notice to a
// third-party platform (第三方平台).
//
// # The deadline and repeated deliveries
//
// The platform waits five seconds for an answer, closes the connection and delivers the
// message again, up to three times in all; then the user reads [FaultNotice]. Timeout,
// number, pauses and nonces of the deliveries are set in [Config]. [Reply].Deliveries
// has each request with its time and answer. [Bot.FailNext] discards answers and cuts
// connections.
//
// Several handlers in a call of [Platform.Bot] are instances behind one address: they
// receive the deliveries in turn, or as chosen by [Bot.Balance]; [Bot.Stop] stops one.
//
// # Forged requests
//
// [User.Forge] sends requests that a bot must refuse. Each [Forgery] differs from a
// genuine request in one point: a wrong or missing signature, an old timestamp, a
// replayed nonce, plain text to a bot with encryption, another key. Range over
// [Forgeries] to try all forgeries of a mode.
//
// # A client under test
//
// [Platform.Client] is an *http.Client whose requests reach the platform in memory, for
// every host; [Platform.URL] is the base URL for it. As an http.Handler the platform
// serves clients over the network:
//
//	srv := httptest.NewServer(p)
//
// Tokens behave as on the real platform: they expire after two hours (42001), and a
// replaced token remains valid for five minutes (then 40001), or not at all with
// StrictTokens. [Platform.RevokeTokens] and [Platform.ExpireTokens] end them early.
// Quotas are those of a new account, per day in China; [Platform.SetQuota] changes
// them. [Platform.Inject] makes calls fail: slow, with any errcode, with an error page,
// cut, truncated, endless, redirected.
//
// The platform's pages are served too: web authorization (网页授权), QR login and the
// consent to a one-time subscription. The visitor of these pages is the user of
// [User.Browse]; [User.Authorize] and [User.ConsentOnce] do not need a browser.
//
// [Platform.Calls] and [Platform.Count] return the calls of the API,
// [Platform.Messages] what a user received, [Platform.TokenRequests] the number of
// token requests, [Platform.CallsElsewhere] requests to other hosts.
//
// An endpoint that is not implemented answers 48001, as for a missing permission, with
// an errmsg that says so, and the log has a line about it. [Platform.Inject] with
// [Answer] gives it an answer. Examples are the reports about cards and the older ones
// about articles (图文), which the platform no longer maintains.
//
// # Statistics
//
// The statistics (数据统计) count what happened: who followed and left by an event, the
// messages of users, the deliveries to the bot, and the articles that users read with
// [User.ReadArticle]. A user whom [Platform.User] makes without an event counts as a
// follower from the beginning. A report has only days that are over, and its numbers are there at 08:00 in
// China on the day after, by the platform's time; before that the answer is 61503. The
// places where readers left an article are not modeled.
//
// # Invoices
//
// The account is merchant, billing platform and reimburser of electronic invoices (电子发票)
// at once. [User.AuthorizeInvoice] is what a user does on the authorization page,
// [User.Invoices] the wallet, [User.ChooseInvoiceTitle] and [User.ShowInvoiceTitle] the
// user's titles. An invoice of 统一开票接口 is ready at once and has no PDF file. A title
// that a user should keep (getusertitleurl) is not stored.
//
// Non-tax payments (非税缴费) are for the notices of [Platform.AddPaymentNotice] or for
// numbers of the bot's own. [User.PayNontax] pays an order, [User.PaymentCode] is for
// /nontax/micropay. The columns of a statement are not those of the real platform. Third
// parties are not notified: notifyinconsistentorder, mocknotification and mockqueryfee
// send nothing. Orders stay open until they are paid, and a refund is done at once.
// [User.Invoices] returns fiscal receipts too.
//
// # Marketing codes and the medical assistant
//
// An application for marketing codes (一物一码) is finished at once. Its file has a line for
// each code, with index, code and URL, and is not encrypted. [User.ScanMarketingCode] scans
// one. A message of the medical assistant (就医助手) is in [Platform.Messages]; its data are not
// checked.
//
// # Recognition, mini programs, advertising
//
// The platform recognizes nothing itself: [Platform.SetRecognition],
// [Platform.SetRecognitionOfURL], [Platform.SetSpeech] and [Platform.SetTranslation]
// set the answers of /cv/ocr/…, /cv/img/… and /cgi-bin/media/voice/…, which have valid
// defaults. An address of a picture is not fetched. [Platform.AnswerLink] acts as the
// administrator of a mini program, [Platform.MiniProgramOf] tells what an ordinary QR
// code opens; the verification file of a jump rule is not fetched, and limits per
// second are not enforced. [Platform.SetAdIncome] sets what /publisher/stat reports.
//
// # Time
//
// Inside a testing/synctest bubble everything uses the bubble's clock, since all
// connections are in memory: create the platform inside the bubble. Outside a bubble,
// [Platform.Advance] moves the platform's own clock, for tokens, quotas and reply
// windows; callbacks always carry the real time.
//
// A handler that waits for the end of a request's context must read the body first,
// since net/http notices a closed connection only then.
//
// # A page for people
//
// Package console serves the platform with a web page: a chat as users see it, and the
// developer's console. The program cmd/wechat-emulator runs it on a developer's
// machine.
//
// # Recorded traffic
//
// [Platform.Record] writes callbacks and calls as JSON lines, [ReadRecorded] reads
// them, and [Platform.Replay] delivers the messages again, also to the bot of another
// account or in another mode.
//
// # Leaks
//
// At the end of the test, [New] makes it fail if a handler of the bot has not returned,
// or if a response body of the API was not closed. In a program, use [Open];
// [Platform.Close] then returns an error.
package wechattest
