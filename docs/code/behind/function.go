package behind

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
)

// request is what a function gets; fill it from the event of your platform.
type request struct {
	Method string
	Query  url.Values
	Body   []byte // decoded, if the event has it in Base64
}

type response struct {
	Status int
	Body   string
}

// function is a bot without an HTTP server.
type function struct {
	verifier *message.Verifier
	shared   store.Store // of all instances, such as Redis
	answer   message.HandlerFunc
}

func newFunction(c message.Config, answer message.HandlerFunc) (*function, error) {
	verifier, err := message.NewVerifier(c) // uses Token, AppID, EncodingAESKey, Store and the like
	if err != nil {
		return nil, err
	}
	return &function{verifier, c.Store, answer}, nil
}

// serve answers one request.
func (f *function) serve(ctx context.Context, in request) response {
	r, err := http.NewRequestWithContext(ctx, in.Method, "/?"+in.Query.Encode(), bytes.NewReader(in.Body))
	if err != nil {
		return response{Status: http.StatusBadRequest}
	}
	if in.Method == http.MethodGet { // the console verifies the URL
		echo, err := f.verifier.VerifyURL(r)
		if err != nil {
			return refuse(err)
		}
		return response{http.StatusOK, echo} // with Content-Type text/plain
	}
	verified, err := f.verifier.Verify(r)
	if err != nil {
		return refuse(err)
	}
	m, err := message.Parse(verified.Body)
	if err != nil {
		return refuse(err)
	}
	return f.reply(ctx, m, verified.Envelope)
}

// reply runs the bot and encodes its answer. A failure is answered with success: an error
// status would make the platform deliver the message again.
func (f *function) reply(ctx context.Context, m message.Message, e message.Envelope) response {
	head := message.HeaderOf(m)
	reply, err := f.once(ctx, m)
	if err != nil {
		slog.Error("message failed", "openid", head.FromUserName, "error", err)
	}
	answer, err := message.Encode(reply, head.FromUserName, head.ToUserName, head.Format)
	if err == nil {
		answer, err = f.verifier.Seal(e, answer)
	}
	if err != nil {
		slog.Error("reply not sent", "openid", head.FromUserName, "error", err)
		return response{http.StatusOK, "success"}
	}
	return response{http.StatusOK, string(answer)}
}

// once runs the bot for the first delivery of a message; repeats get nil.
func (f *function) once(ctx context.Context, m message.Message) (message.Reply, error) {
	first, err := f.shared.SetIfAbsent(ctx, "seen:"+message.KeyOf(m), []byte("1"), time.Minute)
	if err != nil || !first {
		return nil, err
	}
	return f.answer(ctx, m)
}

// refuse logs why a request is refused; the peer gets the status only.
func refuse(err error) response {
	slog.Warn("request refused", "error", err)
	if refused, ok := errors.AsType[*message.RefusedError](err); ok {
		return response{Status: refused.Status}
	}
	return response{Status: http.StatusBadRequest}
}
