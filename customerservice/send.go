package customerservice

import (
	"context"
	"reflect"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// SendOption changes a message: [WithAgent], [WithAIMark] or [WithBusiness].
type SendOption interface{ applySend(*body) }

// WithAgent sends the message in the name of an agent: prefix@wechat-id-of-the-account.
// The user sees the agent's nickname and avatar.
func WithAgent(account string) SendOption { return withAgent(account) }

type withAgent string

func (a withAgent) applySend(b *body) { b.Agent = &agent{string(a)} }

// WithAIMark shows a gray line under the message. It says that the AI of a third party
// made the content.
func WithAIMark() SendOption { return withAIMark{} }

type withAIMark struct{}

func (withAIMark) applySend(b *body) { b.AI = &aiContext{1} }

// WithBusiness makes a call on behalf of a sub-merchant (子商户), by its id. Ordinary
// accounts have none.
func WithBusiness(id string) BusinessOption { return BusinessOption{id} }

// BusinessOption is the option that [WithBusiness] returns. It is both a
// [SendOption] and an [AccountOption].
type BusinessOption struct{ id string }

func (o BusinessOption) applySend(b *body)        { b.Business = o.id }
func (o BusinessOption) applyAccount(b *business) { b.ID = o.id }

// Send sends a customer-service message (发送客服消息) to a user. The platform does not
// return an id. A failed send is never retried, since the message may have been
// delivered.
//
// Errors: errcode.ReplyWindowClosed if the user was not active recently, TooManyReplies
// if too many were sent, InvalidOpenID, InvalidMediaID, InvalidMessageType,
// UserBlockedMessages, CustomMessageBlocked, APIUnauthorized.
//
// POST /cgi-bin/message/custom/send (发送客服消息)
func (s *Service) Send(ctx context.Context, openID string, m Message, opts ...SendOption) error {
	if m == nil || reflect.ValueOf(m).Kind() == reflect.Pointer && reflect.ValueOf(m).IsNil() {
		return limit.Rule(sendPath, "m", "is nil")
	}
	if err := limit.Required(sendPath, "openID (touser)", openID); err != nil {
		return err
	}
	in := body{To: openID}
	if err := m.put(&in); err != nil {
		return err
	}
	for _, o := range opts {
		o.applySend(&in)
	}
	if in.doubt != "" {
		return s.oa.Post(ctx, sendPath, &in, nil, officialaccount.WithWarning(in.doubt))
	}
	return s.oa.Post(ctx, sendPath, &in, nil)
}

// Typing shows the user that an answer is being written (客服输入状态: 对方正在输入), for
// up to 15 seconds. The user and the account must have exchanged a message in the last
// 30 seconds.
//
// Errors: errcode.TypingNeedsRecentMessage, AlreadyTyping if it is still shown.
//
// POST /cgi-bin/message/custom/typing (客服输入状态)
func (s *Service) Typing(ctx context.Context, openID string) error {
	return s.typing(ctx, openID, "Typing")
}

// CancelTyping ends [Service.Typing].
//
// Errors: errcode.TypingNeedsRecentMessage.
//
// POST /cgi-bin/message/custom/typing (客服输入状态)
func (s *Service) CancelTyping(ctx context.Context, openID string) error {
	return s.typing(ctx, openID, "CancelTyping")
}

func (s *Service) typing(ctx context.Context, openID, command string) error {
	const path = "/cgi-bin/message/custom/typing"
	if err := limit.Required(path, "openID (touser)", openID); err != nil {
		return err
	}
	in := struct {
		To      string `json:"touser"`
		Command string `json:"command"`
	}{openID, command}
	return s.oa.Post(ctx, path, in, nil)
}
