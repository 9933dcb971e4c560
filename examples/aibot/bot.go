package main

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/markdown"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
)

// config is what a bot is made of.
type config struct {
	account  Account
	model    *model
	store    store.Store
	service  *customerservice.Service // nil: late answers are kept
	deadline time.Duration            // zero: the usual one
	onError  func(context.Context, *message.HandlingError)
}

// What a bot remembers of a conversation: enough to follow it, and not more than a
// model reads at once.
const (
	memoryTurns = 20       // questions and answers
	memoryBytes = 16 << 10 // of their texts
	memoryFor   = time.Hour
)

// conversation is what was said, the oldest first.
type conversation struct{ Turns []turn }

// add adds turns and forgets the oldest above the bounds.
func (c *conversation) add(turns ...turn) {
	c.Turns = append(c.Turns, turns...)
	size := 0
	for i := len(c.Turns) - 1; i >= 0; i-- {
		size += len(c.Turns[i].Text)
		if size > memoryBytes || len(c.Turns)-i > memoryTurns {
			c.Turns = c.Turns[i+1:]
			return
		}
	}
}

// ai answers messages with a model.
type ai struct {
	model  *model
	memory *message.State[conversation]
}

// newBot returns the bot.
func newBot(c config) (*message.Handler, error) {
	hc := message.Config{
		Token:          c.account.Token,
		AppID:          c.account.AppID,
		EncodingAESKey: c.account.EncodingAESKey, // empty: plaintext mode
		Store:          c.store,
		Deadline:       c.deadline,
		Logger:         slog.Default(),
		OnError:        c.onError,
	}
	var kept *message.KeptReplies
	if c.service != nil {
		hc.LateReply = c.service
		hc.Interim = thinking("正在思考…")
	} else {
		kept = message.NewKeptReplies(c.store, memoryFor, "\n（回复“继续”看下文）")
		hc.LateReply = kept
		hc.Interim = thinking("正在思考，请稍后回复“继续”。")
	}
	bot, err := message.NewHandler(hc)
	if err != nil {
		return nil, err
	}
	if c.service != nil {
		bot.Use(c.service.WhileTyping)
	} else {
		message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
			reply, err := kept.Next(ctx, m)
			if reply == nil && err == nil {
				reply = message.TextReply("没有更多了。")
			}
			return reply, err
		}, message.ContentEquals("继续"))
	}
	a := &ai{c.model, message.NewState[conversation](c.store, "conversation", memoryFor)}
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return a.answer(ctx, m, turn{Role: user, Text: m.Content})
	})
	message.On(bot, func(ctx context.Context, m *message.Voice) (message.Reply, error) {
		if m.Recognition == "" {
			return message.TextReply("没有听清，请打字。"), nil
		}
		return a.answer(ctx, m, turn{Role: user, Text: m.Recognition})
	})
	message.On(bot, func(ctx context.Context, m *message.Image) (message.Reply, error) {
		return a.answer(ctx, m, turn{Role: user, Text: "这张图片里有什么？", Picture: m.PicURL})
	})
	return bot, nil
}

// thinking is the interim text of an answer, for messages and not for events.
func thinking(text string) func(message.Message) message.Reply {
	return func(m message.Message) message.Reply {
		if message.HeaderOf(m).MsgType == "event" {
			return nil
		}
		return message.TextReply(text)
	}
}

// answer asks the model. The model sees only the conversation with this user. It has no
// tools, and its prompt contains no key or secret, so no user can make it reveal one.
func (a *ai) answer(ctx context.Context, m message.Message, question turn) (message.Reply, error) {
	said, _, err := a.memory.Get(ctx, m)
	if err != nil {
		return nil, err
	}
	said.add(question)
	return message.StreamReply(func(yield func(string, error) bool) {
		var whole strings.Builder
		var shown rendered
		for token, err := range a.model.stream(ctx, said.Turns) {
			if err != nil {
				yield("\n（模型没有答完，请再问一次。）", nil)
				yield("", err)
				return
			}
			whole.WriteString(token)
			if !yield(shown.add(token), nil) {
				return
			}
		}
		if !yield(shown.end(), nil) {
			return
		}
		if _, err := a.memory.Update(ctx, m, func(c *conversation) error {
			c.add(question, turn{Role: assistant, Text: whole.String()})
			return nil
		}); err != nil {
			yield("", err)
		}
	}), nil
}

// rendered is Markdown on its way to text.
type rendered struct {
	source string // that is not finished
	gap    string // between what was finished and what follows
}

// add adds a token, and returns the text that it finishes.
func (r *rendered) add(token string) string {
	r.source += token
	if !strings.Contains(token, "\n") {
		return "" // nothing is finished before the end of a line
	}
	text, rest := markdown.Prefix(r.source, links)
	if text == "" {
		return ""
	}
	text = r.gap + text
	ended := strings.TrimSuffix(r.source, rest)
	lines := len(ended) - len(strings.TrimRight(ended, "\n")) + len(rest) - len(strings.TrimLeft(rest, "\n"))
	r.gap = strings.Repeat("\n", min(lines, 2))
	r.source = rest
	return text
}

// end returns the text of the rest.
func (r *rendered) end() string {
	text := markdown.Text(r.source, links)
	if text == "" {
		return ""
	}
	return r.gap + text
}

// links lets an answer link to these hosts only, over https: a text that the model read
// could make it write a link that carries the conversation elsewhere.
var links = markdown.WithLinks(func(u *url.URL) bool {
	return u.Scheme == "https" && u.User == nil && slices.Contains([]string{"mp.weixin.qq.com", "developers.weixin.qq.com"}, u.Host)
})
