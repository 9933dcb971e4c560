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

// Bot is the server behind the account's callback URL (服务器地址): one handler
// in memory, several behind one address, or an address on the network.
type Bot struct{ bot *callback.Bot }

// Bot makes handler the account's bot, over an in-memory listener. Several
// handlers are instances of one bot behind one address: deliveries, repeats
// included, go to them in turn, or as [Bot.Balance] says.
//
// An account has one callback URL: a second call replaces the bot, whose
// connections are closed. Bot panics without a handler.
func (p *Platform) Bot(handlers ...http.Handler) *Bot { return &Bot{p.server.SetBot(handlers, nil)} }

// BotURL makes the server at url the account's bot, over TCP; several URLs are
// several instances. A URL may hold $APPID$, which is replaced by the account's
// app id as on a third-party platform.
func (p *Platform) BotURL(urls ...string) *Bot { return &Bot{p.server.SetBot(nil, urls)} }

// CallbackURLs returns the addresses of the bot's instances; nil without a bot.
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

// Verify checks the callback URL of the account's bot, as [Bot.Verify] does.
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

// Balance chooses the instance of each delivery. choose gets the number of the
// delivery (the first of a message is 1) and returns an index of the handlers or URLs.
// If choose is nil, the instances take turns.
func (b *Bot) Balance(choose func(delivery int) int) { b.bot.Balance(choose) }

// Stop stops instance i as if its process had died: its connections break and new ones
// are refused. Goroutines of its handler keep running.
func (b *Bot) Stop(i int) { b.bot.Stop(i) }

// Start brings instance i back.
func (b *Bot) Start(i int) { b.bot.Start(i) }

// Mishap is a network failure during a delivery.
type Mishap struct {
	// LoseAnswer discards the answer after it was read in full. The platform repeats
	// the message after the timeout.
	LoseAnswer bool
	// CutAfter, when positive, breaks the connection after that time. The platform
	// repeats the message after the timeout.
	CutAfter time.Duration
}

// Mishap lets the next deliveries fail, one for each argument.
func (b *Bot) Mishap(mishaps ...Mishap) {
	for _, m := range mishaps {
		b.bot.Mishap(callback.Mishap(m))
	}
}

// Post sends one request as it is, without judging the answer and without a repeat:
// for recorded traffic, and for requests that a bot must survive. The query is added
// to the callback URL.
func (b *Bot) Post(query url.Values, body []byte) Delivery { return Delivery(b.bot.Post(query, body)) }

// Verify checks the callback URL as the console does when it is saved: a GET
// with signature, timestamp, nonce and echostr, which the bot must echo with
// nothing around it. There is no repeat. In mode [CloudHosting] it is a POST with the
// action CheckContainerPath, which the bot must answer with success or nothing.
func (b *Bot) Verify() error { return b.bot.Verify() }

// Notify delivers a notice to the third-party platform's authorization URL,
// with its repeats. The account must be in mode [Component], since notices are
// encrypted for the component; the answer must be success.
func (b *Bot) Notify(n Notice) error { return b.bot.Notify(n.internal()) }

// Delivery is one request of the platform to a bot, and its outcome.
type Delivery struct {
	Try      int // 1 for the first of a message, 2 for its first repeat
	Instance int // which handler or URL of the bot got it
	At       time.Time
	Took     time.Duration

	Method  string
	URL     string      // with query
	Sent    http.Header // headers that the mode adds; nil except in mode CloudHosting
	Request []byte      // body sent
	Message []byte      // the message in it, in clear
	Status  int         // 0 when no answer came
	Header  http.Header // of the answer
	Answer  []byte      // body of the answer, as far as it came
	Lost    bool        // the answer came and was lost by a [Mishap]
	Err     error       // why there is no answer: ErrTimeout, ErrCut or ErrUnreachable

	Exchange int64 // the deliveries of one message have the same; zero for a request on its own
}

// Refused reports whether the bot turned a forged request away: with a status other
// than 2xx, by breaking the connection, or with an empty answer, as a bot does that
// drops what it does not believe.
func (d Delivery) Refused() bool {
	return d.Err != nil || d.Status < 200 || d.Status > 299 || len(bytes.TrimSpace(d.Answer)) == 0
}

// Failure is the reason why the platform repeats the message after this delivery; nil
// if it does not repeat it.
func (d Delivery) Failure() error { return callback.Delivery(d).Failure() }

// The errors of a delivery, of a verification and of a notice.
var (
	ErrUnreachable  = callback.ErrUnreachable  // the bot does not take the connection or breaks it
	ErrTimeout      = callback.ErrTimeout      // the bot did not answer in time
	ErrCut          = callback.ErrCut          // the connection was cut on the platform's side
	ErrLost         = callback.ErrLost         // the answer was lost on its way
	ErrStatus       = callback.ErrStatus       // the bot did not answer with HTTP 200
	ErrTooLarge     = callback.ErrTooLarge     // the bot's answer is too large
	ErrVerification = callback.ErrVerification // the bot did not answer the verification as it must
	ErrNotice       = callback.ErrNotice       // the bot did not answer the notice with success
	ErrNoBot        = callback.ErrNoBot        // the account has no bot
)

// Deliveries returns the platform's requests to the bot, oldest first. The
// platform keeps up to 20 000 of them and 64 MiB, the newest.
func (p *Platform) Deliveries() []Delivery {
	return p.deliveries.List(func(Delivery) bool { return true })
}
