// Package wechattest is the WeChat platform in memory, as an Official Account
// (公众号, 服务号) sees it: it calls a bot as the platform does, and answers the
// API as api.weixin.qq.com does. With it a bot is tried, and tested, without an
// account, a public domain or an allow-listed address.
//
// It is written from the platform's rules, not from this module's own client
// and handler, and it judges any bot and any client, in any language.
//
// # A bot under test
//
// Three lines suffice; the bot is any http.Handler:
//
//	p := wechattest.New(t, wechattest.Config{})
//	p.Bot(handler)
//	reply, err := p.User("oLiLei").Text("hello")
//
// The reply is what the user saw, the error why the platform could not use the
// bot's answer. [Config] holds the account with working defaults; configure the
// bot with [Platform.Config]'s Token, AppID and EncodingAESKey, and choose the
// mode (消息加解密方式) there: [Plain], [Compat], [Safe], [Component] or [CloudHosting].
// Without a mode the account is in plain mode, or in safe mode if it has an AES key.
//
// [User.Send] delivers every kind of message and event: [Text], [Image],
// [Click], [Subscribe] and so on, [Event] for the events without a function of
// their own, [Raw] for recorded XML byte for byte. [Bot.Verify] is the check of
// the callback URL, [Bot.Notify] a notice to a third-party platform (第三方平台).
//
// # Five seconds, three times
//
// The platform waits five seconds for an answer, drops the connection and
// delivers again, three times in all; then the user reads [FaultNotice].
// Patience, number, gap and whether a repeat has a nonce of its own are
// settings of [Config]. [Reply].Deliveries shows each request with its time and
// answer. [Bot.Mishap] loses answers and cuts connections on the way.
//
// Several handlers given to [Platform.Bot] are instances behind one address:
// deliveries go to them in turn, or as [Bot.Balance] chooses; [Bot.Stop] kills one.
//
// # Forged requests
//
// [User.Forge] sends what a bot must refuse, each [Forgery] different from a
// genuine request in one thing: a false or missing signature, a stale timestamp,
// a replayed nonce, clear text to an encrypting bot, a foreign key. Range over
// [Forgeries] to try all that a mode has.
//
// # A client under test
//
// [Platform.Client] is an *http.Client whose requests reach the platform in
// memory, whatever host they name; [Platform.URL] is the base URL for it. As an
// http.Handler the platform serves a client over the network:
//
//	srv := httptest.NewServer(p)
//
// Tokens have their real life: two hours, five minutes of overlap when one is
// replaced (none with StrictTokens), 40001 when superseded, 42001 when expired.
// [Platform.RevokeTokens] and [Platform.ExpireTokens] end them early. Quotas are
// those of a new account, by the day of China; [Platform.SetQuota] changes them.
// [Platform.Inject] makes calls fail: slow, with any errcode, with a gateway's
// page, cut, truncated, endless, redirected.
//
// The platform's pages are served as well: web authorization (网页授权), QR login and
// the consent to a one-time subscription. Whoever opens them is the user of
// [User.Browse]; [User.Authorize] and [User.ConsentOnce] need no browser at all.
//
// Afterwards ask: [Platform.Calls] and [Platform.Count] for what the API
// received, [Platform.Messages] for what reached a user, [Platform.TokenRequests],
// [Platform.Elsewhere] for requests that left the platform.
//
// An endpoint that is not modelled answers 48001, as for a missing permission,
// and the log says so. Such are the reports about cards and the older ones about articles
// (图文), which the platform no longer maintains.
//
// # Statistics
//
// The statistics (数据统计) count what happened: who followed and left by an event, the
// messages of users, the deliveries to the bot, and the articles that users read with
// [User.ReadArticle]. A user whom [Platform.User] makes without an event has always followed. A
// report has only days that are over, and its numbers are there at 08:00 in China on the
// day after, by the platform's time; before that the answer is 61503. Where readers left an
// article is not modelled.
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
// /nontax/micropay. The columns of a bill are this platform's own. Third parties are not
// notified: notifyinconsistentorder, mocknotification and mockqueryfee send nothing. Orders
// stay open until they are paid, and a refund is done at once. A fiscal receipt is in the
// wallet as an invoice is.
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
// [Platform.SetRecognitionOfURL], [Platform.SetSpeech] and [Platform.SetTranslation] set the
// answers of /cv/ocr/…, /cv/img/… and /cgi-bin/media/voice/…, which have valid defaults. An
// address of a picture is not fetched. [Platform.AnswerLink] is the administrator of a mini
// program, [Platform.MiniProgramOf] a user who scans an ordinary QR code; the verification
// file of a jump rule is not looked for, nor is a limit of calls a second kept.
// [Platform.SetAdIncome] sets what /publisher/stat reports.
//
// # Time
//
// Inside a testing/synctest bubble everything runs on the bubble's clock, as all
// connections are in memory: make the platform inside the bubble. Elsewhere
// [Platform.Advance] moves the platform's own clock, for tokens, quotas and reply
// windows; callbacks always carry the real time.
//
// A handler that waits for the end of a request's context must read the body
// first, as net/http notices a peer that is gone only then.
//
// # A page for people
//
// Package console serves the platform with a page: a chat as users see it, and the
// developer's console. The program cmd/wechat-emulator runs it on a developer's
// machine. A bot's test does not link it.
//
// # Recorded traffic
//
// [Platform.Record] writes callbacks and calls as JSON lines, [ReadRecorded] reads
// them, and [Platform.Replay] delivers the messages to a bot again, of another
// account or in another mode, as XML or JSON as they were recorded.
//
// # Leaks
//
// [New] fails the test at its end if a handler of the bot has not returned, or a
// response body of the API was never closed. In a program, [Open] and
// [Platform.Close] do the same with errors.
package wechattest
