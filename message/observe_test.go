package message_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// notebook is an observer that notes everything, and gives each delivery a number in
// its context.
type notebook struct {
	mu    sync.Mutex
	n     int
	lines []string
}

type deliveryNumber struct{}

func (o *notebook) note(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, fmt.Sprintf(format, args...))
}

func (o *notebook) ObserveDelivery(ctx context.Context, d message.Delivery) (context.Context, func(message.DeliveryResult)) {
	o.mu.Lock()
	o.n++
	ctx = context.WithValue(ctx, deliveryNumber{}, o.n)
	o.mu.Unlock()
	n := o.NameDelivery(ctx)
	return ctx, func(r message.DeliveryResult) {
		line := fmt.Sprintf("delivery %s %s: %s %d", n, d.Method, r.Outcome, r.Status)
		if r.Reason != "" {
			line += " " + string(r.Reason)
		}
		if r.Message != nil {
			line += fmt.Sprintf(" %T encrypted=%t", r.Message, r.Encrypted)
		}
		if r.Repeat {
			line += " repeat of " + r.First
		}
		o.note("%s after %v", line, r.Duration)
	}
}

func (o *notebook) NameDelivery(ctx context.Context) string {
	return fmt.Sprint(ctx.Value(deliveryNumber{}))
}

func (o *notebook) ObserveHandling(ctx context.Context, m message.Message) (context.Context, func(message.HandlingResult)) {
	return context.WithValue(ctx, handlerKey{}, "handler of "+o.NameDelivery(ctx)), func(r message.HandlingResult) {
		o.note("handled %T of delivery %s: late=%t err=%v after %v", m, o.NameDelivery(ctx), r.Late, r.Err, r.Duration)
	}
}

type handlerKey struct{}

func (o *notebook) ObserveLateReply(ctx context.Context, m message.Message) (context.Context, func(message.LateResult)) {
	return ctx, func(r message.LateResult) {
		o.note("late reply to %T of delivery %s: %v after %v", m, o.NameDelivery(ctx), r.Err, r.Duration)
	}
}

// taken returns the lines so far.
func (o *notebook) taken() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := o.lines
	o.lines = nil
	return lines
}

// withoutTime cuts the durations off.
func withoutTime(lines []string) []string {
	for i, line := range lines {
		lines[i], _, _ = strings.Cut(line, " after ")
	}
	return lines
}

func TestObserver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book, bot := &notebook{}, &slowBot{}
		c := bot.config()
		c.Observer = book
		h := newHandler(t, c)
		message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
			require.Equal(t, "handler of "+book.NameDelivery(ctx), ctx.Value(handlerKey{}))
			switch m.Content {
			case "slow":
				time.Sleep(8 * time.Second)
			case "hang":
				time.Sleep(2 * time.Minute)
			case "panic":
				panic("no")
			case "error":
				return nil, errors.New("no")
			case "nothing":
				return nil, nil
			case "too long":
				return message.TextReply(strings.Repeat("0123456789", 300)), nil
			case "long":
				return message.LongTextReply(strings.Repeat("0123456789", 300)), nil
			}
			return message.TextReply("hello"), nil
		})
		p := wechattest.New(t, wechattest.Config{EncodingAESKey: wechattest.DefaultEncodingAESKey})
		instance := p.Bot(h)
		require.NoError(t, instance.Verify())
		require.Equal(t, []string{"delivery 1 GET: verified 200 after 0s"}, book.taken())

		text := "*message.Text encrypted=true"
		for _, test := range []struct {
			content string
			want    []string
		}{
			{"hello", []string{
				"handled *message.Text of delivery %d: late=false err=<nil> after 0s",
				"delivery %d POST: reply 200 " + text + " after 0s",
			}},
			{"nothing", []string{
				"handled *message.Text of delivery %d: late=false err=<nil> after 0s",
				"delivery %d POST: success 200 " + text + " after 0s",
			}},
			{"error", []string{
				"handled *message.Text of delivery %d: late=false err=no after 0s",
				"delivery %d POST: success 200 " + text + " after 0s",
			}},
			{"panic", []string{
				"handled *message.Text of delivery %d: late=false err=panic: no after 0s",
				"delivery %d POST: success 200 " + text + " after 0s",
			}},
			{"too long", []string{
				"handled *message.Text of delivery %d: late=false err=reply cannot be sent: the text has 3000 bytes, the limit is 2048: answer with a LongTextReply, or split it with SplitText after 0s",
				"delivery %d POST: success 200 " + text + " after 0s",
			}},
			{"long", []string{
				"handled *message.Text of delivery %d: late=false err=<nil> after 0s",
				"delivery %d POST: reply 200 " + text + " after 0s",
				"late reply to *message.Text of delivery %d: <nil> after 0s",
			}},
			{"slow", []string{
				"delivery %d POST: success 200 " + text + " after 4.5s",
				"handled *message.Text of delivery %d: late=true err=<nil> after 8s",
				"late reply to *message.Text of delivery %d: <nil> after 0s",
			}},
			{"hang", []string{
				"delivery %d POST: success 200 " + text + " after 4.5s",
				"handled *message.Text of delivery %d: late=true err=" + message.ErrWorkTimeout.Error() + " after 1m0s",
			}},
		} {
			_, err := p.User("oLiLei").Text(test.content)
			require.NoError(t, err)
			time.Sleep(3 * time.Minute)
			var want []string
			for _, line := range test.want {
				want = append(want, fmt.Sprintf(line, book.n))
			}
			require.Equal(t, want, book.taken(), test.content)
		}
		require.NoError(t, h.Shutdown(t.Context()))
	})
}

func TestObserverOfRefusals(t *testing.T) {
	book := &notebook{}
	c := plainConfig()
	c.Observer = book
	c.Accept = func(_ context.Context, m message.Message) error {
		if m.(*message.Text).Content == "panic" {
			panic("no")
		}
		return errors.New("not wanted")
	}
	h := newHandler(t, c)
	var lines []string
	for _, r := range []*http.Request{
		plainPlatform.send(textXML("unwanted")),
		request(nil, []byte("<xml/>")),
		httptest.NewRequest(http.MethodPut, "/", nil),
	} {
		serve(h, r)
		lines = append(lines, withoutTime(book.taken())...)
	}
	require.Panics(t, func() { serve(h, plainPlatform.send(textXML("panic"))) })
	require.Equal(t, []string{
		"delivery 1 POST: refused 403 unwanted *message.Text encrypted=false",
		"delivery 2 POST: refused 403 parameter",
		"delivery 3 PUT: refused 405 method",
		"delivery 4 POST: panic 500",
	}, append(lines, withoutTime(book.taken())...))
}

// A repeat names the delivery that started the message, in another process too.
func TestObserverOfRepeats(t *testing.T) {
	for _, instances := range []int{1, 2} {
		t.Run(fmt.Sprint(instances), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				book, bot := &notebook{}, &slowBot{takes: 8 * time.Second}
				c := bot.config()
				c.Observer, c.HoldForRetries, c.Store = message.JoinObservers(book), true, store.NewMemory()
				var all []http.Handler
				for range instances {
					all = append(all, bot.instance(t, c))
				}
				p := wechattest.New(t, wechattest.Config{EncodingAESKey: wechattest.DefaultEncodingAESKey})
				p.Bot(all...)
				reply, err := p.User("oLiLei").Text("hello")
				require.NoError(t, err)
				require.Equal(t, "re: hello", reply.Content)
				time.Sleep(time.Minute)
				lines := book.taken()
				require.Len(t, lines, 3)
				require.Contains(t, lines[0], "delivery 1 POST: dropped 504 *message.Text encrypted=true after ")
				require.Contains(t, lines[1], "handled *message.Text of delivery 1: late=false err=<nil> after ")
				require.Contains(t, lines[2], "delivery 2 POST: reply 200 *message.Text encrypted=true repeat of 1 after ")
				for _, h := range all {
					require.NoError(t, h.(*message.Handler).Shutdown(t.Context()))
				}
			})
		})
	}
}

// handlingErrors is an observer that keeps how the handling of each message ended.
type handlingErrors struct {
	notebook
	errs []error
}

func (o *handlingErrors) ObserveHandling(ctx context.Context, _ message.Message) (context.Context, func(message.HandlingResult)) {
	return ctx, func(r message.HandlingResult) { o.errs = append(o.errs, r.Err) }
}

// If LateReply fails in the middle of a stream, the observer receives its error as OnError
// does.
func TestObserverOfAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := errors.New("refused")
		p, o := wechattest.New(t, wechattest.Config{}), &handlingErrors{}
		var lost []*message.HandlingError
		h := newHandler(t, message.Config{
			Token: p.Config().Token, Observer: o,
			OnError:   func(_ context.Context, e *message.HandlingError) { lost = append(lost, e) },
			LateReply: lateFunc(func(context.Context, message.Reply) error { return refused }),
		})
		message.On(h, after(0, streamOf(6*time.Second, "一。", "二。", "三。")))
		p.Bot(h)
		_, err := p.User(openID).Text("?")
		require.NoError(t, err)
		require.NoError(t, h.Shutdown(t.Context()))
		require.Equal(t, []error{refused}, o.errs)
		require.Len(t, lost, 1)
		require.Equal(t, refused, lost[0].Err)
	})
}

// Joined observers see the same; each gets the context of the one before, and ends run
// in the opposite order.
func TestJoinObservers(t *testing.T) {
	first, second := &notebook{}, &notebook{n: 10}
	c := plainConfig()
	c.Observer = message.JoinObservers(first, blindObserver{}, second)
	h := newHandler(t, c)
	serve(h, plainPlatform.send(textXML("hello")))
	require.Equal(t, []string{
		"handled *message.Text of delivery 11: late=false err=<nil>",
		"delivery 11 POST: success 200 *message.Text encrypted=false",
	}, withoutTime(second.taken()))
	require.Len(t, first.taken(), 2)
}

// blindObserver returns nothing, which is allowed.
type blindObserver struct{}

func (blindObserver) ObserveDelivery(context.Context, message.Delivery) (context.Context, func(message.DeliveryResult)) {
	return nil, nil
}

func (blindObserver) ObserveHandling(context.Context, message.Message) (context.Context, func(message.HandlingResult)) {
	return nil, nil
}

func (blindObserver) ObserveLateReply(context.Context, message.Message) (context.Context, func(message.LateResult)) {
	return nil, nil
}

// failingObserver panics at the end of the handling of a message.
type failingObserver struct{ blindObserver }

func (failingObserver) ObserveHandling(ctx context.Context, _ message.Message) (context.Context, func(message.HandlingResult)) {
	return ctx, func(message.HandlingResult) { panic("a bug of the observer") }
}

// A message that is given up is reported, even if the observer panics.
func TestObserverPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		lost := make(chan error, 10)
		h := newHandler(t, message.Config{
			Token: p.Config().Token, Observer: failingObserver{},
			OnError: func(_ context.Context, e *message.HandlingError) { lost <- e.Err },
		})
		message.On(h, func(context.Context, *message.Text) (message.Reply, error) {
			time.Sleep(2 * time.Minute)
			return nil, nil
		})
		p.Bot(h)
		_, err := p.User("oLiLei").Text("hang")
		require.NoError(t, err)
		time.Sleep(3 * time.Minute)
		require.ErrorIs(t, <-lost, message.ErrWorkTimeout)
		require.Zero(t, h.Stats().Running)
	})
}
