package tracing

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Attributes of the semantic conventions. They are written here because the package
// semconv has thousands of them.
const (
	keyErrorType     = attribute.Key("error.type")
	keyErrorMessage  = attribute.Key("error.message")
	keyMethod        = attribute.Key("http.request.method")
	keyStatus        = attribute.Key("http.response.status_code")
	keyTemplate      = attribute.Key("url.template")
	keySystem        = attribute.Key("messaging.system")
	keyOperation     = attribute.Key("messaging.operation.name")
	keyOperationType = attribute.Key("messaging.operation.type")
	keyMessageID     = attribute.Key("messaging.message.id")
	keyException     = attribute.Key("exception.type")
	keyStack         = attribute.Key("exception.stacktrace")
)

// Attributes of this module.
const (
	keyAccount  = attribute.Key("wechat.account")
	keyCode     = attribute.Key("wechat.errcode")
	keyCategory = attribute.Key("wechat.errcode.category")
	keyRID      = attribute.Key("wechat.rid")
	keyAttempts = attribute.Key("wechat.call.attempts")
	keyReplayed = attribute.Key("wechat.call.replayed")
	keyNumber   = attribute.Key("wechat.attempt.number")
	keyDuration = attribute.Key("wechat.attempt.duration") // seconds
	keyReason   = attribute.Key("wechat.token.reason")
	keyResult   = attribute.Key("wechat.token.result")
	keyOutcome  = attribute.Key("wechat.callback.outcome")
	keyRefusal  = attribute.Key("wechat.callback.refusal")
	keyMode     = attribute.Key("wechat.callback.mode")
	keyRepeat   = attribute.Key("wechat.callback.repeat")
	keyLate     = attribute.Key("wechat.callback.late")
	keyType     = attribute.Key("wechat.message.type")
	keySender   = attribute.Key("wechat.message.sender")
)

// errorType names a failure in a word: the errcode, the HTTP status, or a kind.
func errorType(err error) string {
	var refusal *errcode.Error
	var answer *errcode.ResponseError
	var transport *errcode.TransportError
	var paused *officialaccount.PausedError
	var panicked *message.PanicError
	switch {
	case errors.As(err, &paused):
		return "paused"
	case errors.As(err, &refusal):
		return strconv.Itoa(int(refusal.Code))
	case errors.As(err, &answer) && answer.Status != 200 && answer.Status != 0:
		return strconv.Itoa(answer.Status)
	case answer != nil:
		return "response"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.As(err, &transport):
		return "transport"
	case errors.As(err, &panicked):
		return "panic"
	case errors.Is(err, message.ErrReply):
		return "reply"
	case errors.Is(err, message.ErrNoLateReply):
		return "no_late_reply"
	case errors.Is(err, message.ErrWorkTimeout):
		return "work_timeout"
	case errors.Is(err, message.ErrLateTimeout):
		return "late_timeout"
	case errors.Is(err, message.ErrShutdown):
		return "shutdown"
	}
	return reflect.TypeOf(err).String()
}

// errorLabels are the attributes of a failure for metrics, none for nil.
func errorLabels(err error) []attribute.KeyValue {
	if err == nil {
		return nil
	}
	labels := []attribute.KeyValue{keyErrorType.String(errorType(err))}
	var refusal *errcode.Error
	if errors.As(err, &refusal) {
		if c := refusal.Code.Category(); c != "" {
			labels = append(labels, keyCategory.String(string(c)))
		}
	}
	return labels
}

// errorAttributes are the attributes of a failure for a span or an event, none for nil.
func (t *Tracer) errorAttributes(err error) []attribute.KeyValue {
	attrs := errorLabels(err)
	var refusal *errcode.Error
	if errors.As(err, &refusal) {
		attrs = append(attrs, keyCode.Int(int(refusal.Code)))
		if refusal.RID != "" {
			attrs = append(attrs, keyRID.String(refusal.RID))
		}
	}
	if err != nil && t.personal {
		attrs = append(attrs, keyErrorMessage.String(err.Error()))
	}
	return attrs
}

// fail sets the attributes and the status of a span that failed; a nil error is not a failure.
func (t *Tracer) fail(span trace.Span, err error) {
	if err == nil {
		return
	}
	span.SetAttributes(t.errorAttributes(err)...)
	text := errorType(err)
	var refusal *errcode.Error
	if errors.As(err, &refusal) {
		text = refusal.Code.Error() // the text of the table, since an errmsg may quote the request
	}
	span.SetStatus(codes.Error, text)
	var panicked *message.PanicError
	if errors.As(err, &panicked) {
		span.AddEvent("exception", trace.WithAttributes(
			keyException.String(fmt.Sprintf("panic(%T)", panicked.Value)), keyStack.String(string(panicked.Stack))))
	}
}
