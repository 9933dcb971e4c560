package customerservice

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/message"
)

// ErrNotConvertible is wrapped by the error of [Service.LateReply] for a reply that
// cannot be sent as a customer-service message.
var ErrNotConvertible = errors.New("customerservice: the reply cannot be sent as a customer-service message")

// LateReply sends a reply that missed the five seconds of its callback to the user
// who wrote m:
//
//	h, err := message.NewHandler(message.Config{ …, LateReply: customerservice.New(oa) })
//
// A text of more than 2,048 bytes is split by message.SplitText and sent as up to five
// messages in order, the maximum after a message of the user. If that is not enough,
// LateReply returns an error and sends nothing.
// A message.LongTextReply or a message.StreamReply is split by the handler, which passes
// the pieces one by one.
//
// The platform counts the five messages over all answers after the last message of the
// user, and those of human agents and other programs too. So LateReply does not count:
// when the limit is reached, the error is errcode.TooManyReplies (45047), and
// message.Config.OnError receives the text that was not sent.
//
// An image, voice or video reply, a music reply with an address, and a news reply with
// one article become a message of that kind. A video is sent without a picture, since
// the reply has no field for it. A transfer that names an agent creates a session with
// the agent. For every other reply the error is [ErrNotConvertible]: two or more
// articles, music without an address, a transfer without an agent.
//
// A nil reply sends nothing. The errors are those of [Service.Send] and
// [Service.CreateSession].
//
// POST /cgi-bin/message/custom/send (发送客服消息)
func (s *Service) LateReply(ctx context.Context, m message.Message, r message.Reply) error {
	r = value(r)
	if r == nil {
		return nil
	}
	openID := message.HeaderOf(m).FromUserName
	if t, ok := r.(message.TransferReply); ok && t.KfAccount != "" {
		return s.CreateSession(ctx, t.KfAccount, openID)
	}
	switch t := r.(type) {
	case message.TextReply:
		return s.lateText(ctx, openID, string(t))
	case message.LongTextReply:
		return s.lateText(ctx, openID, string(t))
	}
	late, err := convert(r)
	if err != nil {
		return err
	}
	return s.Send(ctx, openID, late)
}

// maxPieces is the maximum number of messages after a message of the user.
const maxPieces = 5

// lateText sends a text in as many messages as it needs.
func (s *Service) lateText(ctx context.Context, openID, text string) error {
	pieces := message.SplitText(text)
	if err := limit.Check(sendPath, "text (text.content)", "messages after it is split", len(pieces), 1, maxPieces); err != nil {
		return err
	}
	for i, piece := range pieces {
		if err := s.Send(ctx, openID, Text(piece)); err != nil {
			return fmt.Errorf("message %d of %d: %w", i+1, len(pieces), err)
		}
	}
	return nil
}

// convert returns the customer-service message of a reply.
func convert(r message.Reply) (Message, error) {
	switch r := r.(type) {
	case message.ImageReply:
		return Image{MediaID: r.MediaID}, nil
	case message.VoiceReply:
		return Voice{MediaID: r.MediaID}, nil
	case message.VideoReply:
		return Video{MediaID: r.MediaID, Title: r.Title, Description: r.Description}, nil
	case message.MusicReply:
		return convertMusic(r)
	case message.NewsReply:
		if len(r) != 1 {
			return nil, fmt.Errorf("%w: it has %d articles instead of one", ErrNotConvertible, len(r))
		}
		return Article{Title: r[0].Title, Description: r[0].Description, URL: r[0].URL, PicURL: r[0].PicURL}, nil
	case message.TransferReply:
		return nil, fmt.Errorf("%w: the transfer names no agent", ErrNotConvertible)
	}
	return nil, fmt.Errorf("%w: %T", ErrNotConvertible, r)
}

func convertMusic(r message.MusicReply) (Message, error) {
	if r.URL == "" {
		r.URL = r.HQURL
	}
	if r.URL == "" {
		return nil, fmt.Errorf("%w: the music has no address", ErrNotConvertible)
	}
	return Music{Title: r.Title, Description: r.Description, URL: r.URL, HQURL: r.HQURL, ThumbMediaID: r.ThumbMediaID}, nil
}

// value returns the reply that a pointer points to, or nil for a nil pointer.
func value(r message.Reply) message.Reply {
	v := reflect.ValueOf(r)
	if v.Kind() != reflect.Pointer {
		return r
	}
	if v.IsNil() {
		return nil
	}
	return v.Elem().Interface().(message.Reply)
}
