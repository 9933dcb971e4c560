package message_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
)

// says answers with its name.
func says[M message.Message](name string) func(context.Context, M) (message.Reply, error) {
	return func(context.Context, M) (message.Reply, error) { return message.TextReply(name), nil }
}

// contentOf is the text that h answers body with, or success.
func contentOf(t *testing.T, h *message.Handler, body string) string {
	t.Helper()
	w := serve(h, plainPlatform.send(body))
	require.Equal(t, 200, w.Code)
	if w.Body.String() == "success" {
		return "success"
	}
	return decodeAnswer(t, w.Body.Bytes()).Content
}

func TestRouting(t *testing.T) {
	h := newHandler(t, plainConfig())
	message.On(h, says[*message.ClickEvent]("exact key"), message.EventKey("a", "b"))
	message.On(h, says[*message.ClickEvent]("key prefix"), message.EventKeyPrefix("order_"))
	message.On(h, says[*message.ClickEvent]("later, never reached"), message.EventKey("a"))
	message.On(h, says[*message.Text]("two matchers"), message.ContentEquals("help"), message.Sender("o1", testUser))
	message.On(h, says[*message.Text]("other sender"), message.ContentEquals("help"), message.Sender("o1"))
	message.On(h, says[*message.Text]("regexp"), message.ContentRegexp(regexp.MustCompile(`^\d+$`)))
	message.On(h, says[*message.Text]("custom"), func(m message.Message) bool { return strings.HasSuffix(m.(*message.Text).Content, "!") })
	message.On(h, says[*message.Text]("wrong kind of matcher"), message.EventKey("", "a"))
	message.On(h, says[*message.SubscribeEvent]("by code"), message.EventKeyPrefix("qrscene_"))
	message.On(h, says[*message.SubscribeEvent]("other ways"))
	message.On(h, says[*message.Unknown]("hologram"), message.MsgType("hologram"))
	message.On(h, says[*message.Unknown]("new event"), message.Event("Brand_New"))

	for _, tc := range []struct{ body, want string }{
		{eventXML("CLICK", "a"), "exact key"},
		{eventXML("click", "b"), "exact key"},
		{eventXML("Click", "order_7"), "key prefix"},
		{eventXML("CLICK", "order"), "success"},
		{eventXML("VIEW", "a"), "success"},
		{textXML(" help\n"), "two matchers"},
		{textXML("helper"), "success"},
		{textXML("2024"), "regexp"},
		{textXML("hey!"), "custom"},
		{eventXML("subscribe", "qrscene_x"), "by code"},
		{eventXML("SUBSCRIBE", ""), "other ways"},
		{eventXML("subscribe", "last_trade_no_1"), "other ways"},
		{strings.Replace(textXML("x"), "[text]", "[hologram]", 1), "hologram"},
		{eventXML("brand_new", ""), "new event"},
		{eventXML("else_new", ""), "success"},
	} {
		require.Equal(t, tc.want, contentOf(t, h, tc.body), tc.body)
	}
}

func TestDefault(t *testing.T) {
	h := echo(newHandler(t, plainConfig()))
	h.HandleDefault(says[message.Message]("replaced"))
	h.HandleDefault(func(_ context.Context, m message.Message) (message.Reply, error) {
		return message.TextReply(fmt.Sprintf("%T", m)), nil
	})
	require.Equal(t, "hi", contentOf(t, h, textXML("hi")))
	require.Equal(t, "*message.ClickEvent", contentOf(t, h, eventXML("CLICK", "")))
	require.Equal(t, "*message.Unknown", contentOf(t, h, eventXML("x", "")))
}

func TestUse(t *testing.T) {
	h := echo(newHandler(t, plainConfig()))
	var trace []string
	step := func(name string) func(message.HandlerFunc) message.HandlerFunc {
		return func(next message.HandlerFunc) message.HandlerFunc {
			return func(ctx context.Context, m message.Message) (message.Reply, error) {
				trace = append(trace, name+" in")
				reply, err := next(ctx, m)
				trace = append(trace, name+" out")
				return reply, err
			}
		}
	}
	h.Use(step("first"), step("second"))
	h.Use(step("third"))
	require.Equal(t, "x", contentOf(t, h, textXML("x")))
	require.Equal(t, []string{"first in", "second in", "third in", "third out", "second out", "first out"}, trace)

	trace = nil
	require.Equal(t, "success", contentOf(t, h, eventXML("x", "")))
	require.Len(t, trace, 6, "what nothing takes goes through middleware too")
}

// A function that could never run panics when it is registered, and says which other one
// takes its messages.
func TestOnUnreachable(t *testing.T) {
	h := newHandler(t, plainConfig())
	message.On(h, says[*message.Text]("boss"), message.Sender("oBoss"))
	message.On(h, says[*message.Text]("rest"))
	message.On(h, says[*message.ClickEvent]("click")) // another type
	for _, matchers := range [][]message.Matcher{nil, {message.ContentEquals("hi")}} {
		func() {
			defer func() {
				t.Helper()
				require.Regexp(t, `^message\.On: this function for \*message\.Text would never run: the one registered at \S+/route_test\.go:\d+ has no matcher and takes every message of the type; register it last, or register one function that calls both$`, recover())
			}()
			message.On(h, says[*message.Text]("never"), matchers...)
		}()
	}
	require.Equal(t, "rest", contentOf(t, h, textXML("hi")), "a refused function changes nothing")
	require.Equal(t, "click", contentOf(t, h, eventXML("CLICK", "")))
}

// ofOurs embeds a message, but is not a message of this package.
type ofOurs struct{ *message.Text }

func TestOnPanics(t *testing.T) {
	panics := func(want string, f func(h *message.Handler)) {
		t.Helper()
		h := newHandler(t, plainConfig())
		defer func() {
			t.Helper()
			require.Contains(t, fmt.Sprint(recover()), want)
		}()
		f(h)
	}
	panics("no message has the type message.Message", func(h *message.Handler) { message.On(h, says[message.Message]("")) })
	panics("no message has the type *message.Header", func(h *message.Handler) { message.On(h, says[*message.Header]("")) })
	panics("no message has the type *message.EventHeader", func(h *message.Handler) { message.On(h, says[*message.EventHeader]("")) })
	panics("no message has the type *message.NoticeHeader", func(h *message.Handler) { message.On(h, says[*message.NoticeHeader]("")) })
	panics("no message has the type message_test.ofOurs", func(h *message.Handler) { message.On(h, says[ofOurs]("")) })
	panics("no message has the type *message_test.ofOurs", func(h *message.Handler) { message.On(h, says[*ofOurs]("")) })
	panics("nil function for *message.Text", func(h *message.Handler) { message.On[*message.Text](h, nil) })
	panics("nil matcher for *message.Text", func(h *message.Handler) { message.On(h, says[*message.Text](""), nil) })
	panics("nil middleware", func(h *message.Handler) { h.Use(nil) })
	for name, register := range map[string]func(h *message.Handler){
		"On":      func(h *message.Handler) { message.On(h, says[*message.Text]("")) },
		"Use":     func(h *message.Handler) { h.Use(func(next message.HandlerFunc) message.HandlerFunc { return next }) },
		"Default": func(h *message.Handler) { h.HandleDefault(says[message.Message]("")) },
	} {
		panics(name+" after the handler has begun to serve", func(h *message.Handler) {
			serve(h, plainPlatform.send(textXML("x")))
			register(h)
		})
	}
}
