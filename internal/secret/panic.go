package secret

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
)

// PanicError is the error for a panic in a function that may know a credential: a token
// source, a store, a limiter or an HTTP transport. The value of such a panic may contain
// the credential. So the text is that of the value only if it is an error of the runtime,
// and otherwise the type of the value. The value itself is not kept.
type PanicError struct {
	text  string
	cause error // the value, if it is an error of the runtime
	stack string
}

// Panic returns the error for value, which recover has returned. It is called by the
// deferred function, so that the stack is that of the panic.
func Panic(value any) *PanicError {
	e := &PanicError{text: fmt.Sprintf("a value of type %T", value), stack: string(debug.Stack())}
	if err, ok := value.(runtime.Error); ok {
		e.text, e.cause = err.Error(), err
	}
	return e
}

// Error says what the function panicked with.
func (e *PanicError) Error() string { return e.text }

// Unwrap returns the value of the panic if it is an error of the runtime, else nil.
func (e *PanicError) Unwrap() error { return e.cause }

// Attrs returns the attributes with which err is logged: the error, and the stack of a
// [PanicError].
func Attrs(err error) []slog.Attr {
	attrs := []slog.Attr{slog.Any("error", err)}
	if p, ok := errors.AsType[*PanicError](err); ok {
		attrs = append(attrs, slog.String("stack", p.stack))
	}
	return attrs
}
