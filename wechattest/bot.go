package wechattest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// Bot is the server at the account's callback URL (服务器地址): a handler in memory, several
// handlers behind one address, or addresses on the network.
type Bot struct{ bot *callback.Bot }

// Bot makes handlers the account's bot, over an in-memory listener. Several handlers
// are instances of one bot behind one address: they receive the deliveries, including
// repeats, in turn, or as chosen by [Bot.Balance].
//
// An account has one callback URL: a second call replaces the bot, whose
// connections are closed. Bot panics without a handler.
func (p *Platform) Bot(handlers ...http.Handler) *Bot { return &Bot{p.server.SetBot(handlers, nil)} }

// BotURL makes the server at url the account's bot, over TCP; several URLs are several
// instances. $APPID$ in a URL is replaced by the account's app id, as on a third-party
// platform.
func (p *Platform) BotURL(urls ...string) *Bot { return &Bot{p.server.SetBot(nil, urls)} }

// CallbackURLs returns the addresses of the bot's instances, or nil without a bot.
func (p *Platform) CallbackURLs() []string {
	if bot := p.bot(); bot != nil {
		return bot.URLs()
	}
	return nil
}

func (p *Platform) bot() *callback.Bot {
	p.server.Lock()
	defer p.server.Unlock()
	return p.server.Bot
}

// Verify calls [Bot.Verify] for the account's bot.
func (p *Platform) Verify() error {
	if bot := p.bot(); bot != nil {
		return bot.Verify()
	}
	return ErrNoBot
}

// Format prints the addresses of the bot for every verb.
func (b Bot) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "wechattest.Bot{%s}", strings.Join(b.bot.URLs(), ", "))
}

// Balance sets the function that chooses the instance of each delivery. choose receives
// the number of the delivery (the first of a message is 1) and returns an index of the
// handlers or URLs. If choose is nil, the instances are used in turn.
func (b *Bot) Balance(choose func(delivery int) int) { b.bot.Balance(choose) }

// Stop stops instance i as if its process had died: its connections break and new ones
// are refused. Goroutines of its handler continue.
func (b *Bot) Stop(i int) { b.bot.Stop(i) }

// Start starts instance i again.
func (b *Bot) Start(i int) { b.bot.Start(i) }

// DeliveryFault is a network failure during a delivery.
type DeliveryFault struct {
	// LoseAnswer discards the answer after it was read in full. The platform repeats
	// the message after the timeout.
	LoseAnswer bool
	// CutAfter, if positive, breaks the connection after that time. The platform
	// repeats the message after the timeout.
	CutAfter time.Duration
}

// FailNext makes the next deliveries fail, one for each argument.
func (b *Bot) FailNext(faults ...DeliveryFault) {
	for _, m := range faults {
		b.bot.FailNext(callback.DeliveryFault(m))
	}
}

// FailNext calls [Bot.FailNext] for the account's bot.
func (p *Platform) FailNext(faults ...DeliveryFault) error {
	bot := p.bot()
	if bot == nil {
		return ErrNoBot
	}
	(&Bot{bot}).FailNext(faults...)
	return nil
}

// Post sends one request unchanged. It does not check the answer and does not repeat
// the request. It is for recorded traffic and malformed requests. The query is added to
// the callback URL.
func (b *Bot) Post(query url.Values, body []byte) Delivery { return Delivery(b.bot.Post(query, body)) }

// Verify checks the callback URL as the console does when it is saved: it sends one GET
// with signature, timestamp, nonce and echostr, and the bot must answer exactly
// echostr. In mode [CloudHosting] it is a POST with the action CheckContainerPath, and
// the bot must answer success or an empty body.
func (b *Bot) Verify() error { return b.bot.Verify() }

// Notify delivers a notice to the third-party platform's authorization URL, and repeats
// it if necessary. The answer must be success. The account must be in mode [Component],
// since notices are encrypted for the component.
func (b *Bot) Notify(n Notice) error { return b.bot.Notify(n.internal()) }

// Delivery is one request of the platform to a bot, and its result.
type Delivery struct {
	Try      int // 1 for the first of a message, 2 for its first repeat
	Instance int // index of the handler or URL
	Time     time.Time
	Duration time.Duration

	Method  string
	URL     string      // with query
	Sent    http.Header // headers that the mode adds; nil except in mode CloudHosting
	Request []byte      // body sent
	Message []byte      // the decrypted message
	Status  int         // 0 without an answer
	Header  http.Header // of the answer
	Answer  []byte      // body of the answer; may be incomplete
	Lost    bool        // the answer was discarded because of a [DeliveryFault]
	Err     error       // the reason without an answer: ErrTimeout, ErrCut or ErrUnreachable

	Exchange int64 // the same for all deliveries of a message; zero for other requests
}

// Refused reports whether the bot refused a forged request: with a status other than
// 2xx, a broken connection, or an empty answer.
func (d Delivery) Refused() bool {
	return d.Err != nil || d.Status < 200 || d.Status > 299 || len(bytes.TrimSpace(d.Answer)) == 0
}

// Failure returns why the platform repeats the message after this delivery, or nil if
// it does not.
func (d Delivery) Failure() error { return callback.Delivery(d).Failure() }

// The errors of a delivery, of a verification and of a notice.
var (
	ErrUnreachable  = callback.ErrUnreachable  // the bot does not accept the connection or breaks it
	ErrTimeout      = callback.ErrTimeout      // the bot did not answer in time
	ErrCut          = callback.ErrCut          // the connection was cut on the platform's side
	ErrLost         = callback.ErrLost         // the answer was lost on its way
	ErrStatus       = callback.ErrStatus       // the bot did not answer with HTTP 200
	ErrTooLarge     = callback.ErrTooLarge     // the bot's answer is too large
	ErrVerification = callback.ErrVerification // the bot's answer to the verification is wrong
	ErrNotice       = callback.ErrNotice       // the bot did not answer the notice with success
	ErrNoBot        = callback.ErrNoBot        // the account has no bot
)

// Deliveries returns the platform's requests to the bot, oldest first. The platform
// keeps the newest ones, up to 20,000 and 64 MiB.
func (p *Platform) Deliveries() []Delivery {
	return p.deliveries.List(func(Delivery) bool { return true })
}
