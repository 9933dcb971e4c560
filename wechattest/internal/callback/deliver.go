package callback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
)

// Delivery is a wechattest.Delivery, which documents its fields.
type Delivery struct {
	Try, Instance int
	Time          time.Time
	Duration      time.Duration

	Method, URL      string
	Sent             http.Header
	Request, Message []byte
	Status           int
	Header           http.Header
	Answer           []byte
	Lost             bool
	Err              error

	Exchange int64
}

// The errors of a delivery without a usable answer.
var (
	ErrUnreachable = errors.New("the bot does not accept the connection or breaks it")
	ErrTimeout     = errors.New("the bot did not answer in time")
	ErrCut         = errors.New("the connection was cut on the platform's side")
	ErrLost        = errors.New("the answer was lost on its way")
	ErrStatus      = errors.New("the bot did not answer with HTTP 200")
	ErrTooLarge    = errors.New("the bot's answer is too large")
	ErrNoBot       = errors.New("wechattest: the account has no bot: call Platform.Bot or Platform.BotURL first")
	ErrClosed      = errors.New("the platform is closed")
)

// maxAnswer bounds a bot's answer; the longest reply has a few kilobytes.
const maxAnswer = 1 << 20

// Post sends one request unchanged. It does not check the answer and does not repeat
// the request. The query is added to the callback URL.
func (b *Bot) Post(query url.Values, body []byte) Delivery {
	return b.send(1, http.MethodPost, signed{query: query, body: body})
}

// send makes one delivery.
func (b *Bot) send(try int, method string, out signed) Delivery {
	index, fault := b.next(try)
	acc := b.env.Account()
	d := Delivery{Try: try, Instance: index, Time: time.Now(), Method: method, Sent: out.header, Request: out.body, Message: out.clear, Exchange: out.exchange}
	if index < 0 || index >= len(b.instances) {
		d.Err = fmt.Errorf("%w: the balancer chose instance %d of %d", ErrUnreachable, index, len(b.instances))
	} else {
		in := b.instances[index]
		if d.URL, d.Err = in.address(acc, out); d.Err == nil {
			b.env.exchange(in.transport, acc.Timeout, fault, &d)
		}
	}
	d.Duration = time.Since(d.Time)
	b.env.Delivered(d)
	logDelivery(acc.Logger, d)
	return d
}

// address returns the URL of a request to the instance.
func (in *instance) address(acc *account.Account, out signed) (string, error) {
	u, err := url.Parse(strings.ReplaceAll(in.url, "$APPID$", acc.AppID))
	if err != nil {
		return "", fmt.Errorf("%w: callback URL: %w", ErrUnreachable, err)
	}
	if out.notice && acc.NoticePath != "" {
		u.Path, u.RawPath = acc.NoticePath, ""
	}
	query := out.query.Encode()
	if u.RawQuery != "" {
		query = u.RawQuery + "&" + query
	}
	u.RawQuery = query
	return u.String(), nil
}

// exchange sends d and sets its answer.
func (env Env) exchange(transport http.RoundTripper, timeout time.Duration, fault DeliveryFault, d *Delivery) {
	limit, reason := timeout, ErrTimeout
	if fault.CutAfter > 0 && fault.CutAfter < timeout {
		limit, reason = fault.CutAfter, ErrCut
	}
	ctx, cancel := context.WithTimeoutCause(env.Ctx, limit, reason)
	defer cancel()
	err := roundTrip(ctx, transport, d)
	switch {
	case env.Ctx.Err() != nil:
		d.Err = ErrClosed // even if there is an answer, since closing ends the bot's handlers as well
	case err == nil:
	case errors.Is(err, ErrTooLarge):
		d.Err = err
	case ctx.Err() != nil:
		d.Err = fmt.Errorf("%w (%v)", context.Cause(ctx), limit)
	default:
		d.Err = fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if err == nil && fault.LoseAnswer {
		d.Lost, d.Err = true, ErrLost
	}
	if d.Lost || errors.Is(d.Err, ErrCut) {
		_ = env.pause(timeout - time.Since(d.Time)) // the platform continues to wait
	}
}

func roundTrip(ctx context.Context, transport http.RoundTripper, d *Delivery) error {
	req, err := http.NewRequestWithContext(ctx, d.Method, d.URL, bytes.NewReader(d.Request))
	if err != nil {
		return err
	}
	maps.Copy(req.Header, d.Sent)
	req.Header.Set("User-Agent", "Mozilla/4.0")
	if d.Method == http.MethodPost {
		req.Header.Set("Content-Type", contentType(d.Request))
	}
	resp, err := transport.RoundTrip(req) // a redirect is not followed
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	d.Status, d.Header = resp.StatusCode, resp.Header
	d.Answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if len(d.Answer) > maxAnswer {
		d.Answer = d.Answer[:maxAnswer]
		return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, maxAnswer)
	}
	return err
}

func contentType(body []byte) string {
	if isJSON(body) {
		return "application/json"
	}
	return "text/xml"
}

// deliver sends an envelope until there is an answer or no delivery is left. It returns
// all deliveries, and the error of the last one if none was answered.
func (b *Bot) deliver(set *account.Account, e envelope) ([]Delivery, error) {
	var done []Delivery
	out := sign(set, e, time.Now())
	exchange := b.env.Exchanges.Add(1)
	for try := 1; ; try++ {
		out.exchange = exchange
		d := b.send(try, http.MethodPost, out)
		done = append(done, d)
		err := d.Failure()
		if err == nil || errors.Is(err, ErrClosed) || errors.Is(err, ErrTooLarge) || try == set.Deliveries {
			return done, err
		}
		if err := b.env.pause(set.Gap); err != nil {
			return done, err
		}
		if set.FreshRepeats {
			out = sign(set, e, time.Now())
		}
	}
}

// Failure returns why the platform repeats the message after the delivery, or nil if it
// does not.
func (d Delivery) Failure() error {
	switch {
	case d.Err != nil:
		return d.Err
	case d.Status != http.StatusOK:
		return fmt.Errorf("%w: HTTP %d, body %s", ErrStatus, d.Status, excerpt(d.Answer))
	}
	return nil
}

func logDelivery(logger *slog.Logger, d Delivery) {
	log := logger.With("try", d.Try, "instance", d.Instance, "took", d.Duration.String())
	switch err := d.Failure(); {
	case err != nil:
		log.Warn("callback failed", "method", d.Method, "error", err)
	default:
		log.Debug("callback answered", "method", d.Method, "bytes", len(d.Answer))
	}
}

// pause waits for d. It returns ErrClosed if the platform is closed before.
func (env Env) pause(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-env.Ctx.Done():
		return ErrClosed
	}
}

// Send delivers a message with its repeats, and checks the answer. The reply is never
// nil.
func (b *Bot) Send(acc *account.Account, m Message) (*Reply, error) {
	deliveries, err := b.deliver(acc, newEnvelope(acc, m))
	reply := &Reply{}
	if err == nil {
		reply, err = judge(acc, m, deliveries[len(deliveries)-1].Answer)
	}
	reply.Deliveries = deliveries
	return reply, err
}
