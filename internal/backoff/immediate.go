package backoff

import "errors"

// immediate is an error after which no pause is needed.
type immediate struct{ error }

func (e immediate) Unwrap() error { return e.error }

// Immediate marks an error of an attempt that sent no request, so that the next attempt
// need not wait.
func Immediate(err error) error { return immediate{err} }

// IsImmediate reports whether err or an error that it wraps was marked by [Immediate].
func IsImmediate(err error) bool {
	_, marked := errors.AsType[immediate](err)
	return marked
}
