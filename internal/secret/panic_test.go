package secret_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/secret/secrettest"
)

// recovered returns the error for the panic of f.
func recovered(f func()) (err *secret.PanicError) {
	defer func() { err = secret.Panic(recover()) }()
	f()
	return nil
}

func TestPanicShowsNoValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		f    func()
	}{
		{"a value of type string", func() { panic(value) }},
		{"a value of type secret_test.config", func() { panic(config{Secret: value}) }},
		{"a value of type *fmt.wrapError", func() { panic(fmt.Errorf("%s: %w", value, errors.ErrUnsupported)) }},
	} {
		err := recovered(c.f)
		require.EqualError(t, err, c.text)
		require.NoError(t, errors.Unwrap(err))
		secrettest.Hides(t, c.text, err, value)
	}
}

func TestPanicShowsRuntimeErrors(t *testing.T) {
	t.Parallel()
	var m map[string]int
	err := recovered(func() { m["x"] = 1 })
	require.EqualError(t, err, "assignment to entry in nil map")
	var bug runtime.Error
	require.ErrorAs(t, err, &bug)
}

func TestAttrs(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	logger.LogAttrs(t.Context(), slog.LevelInfo, "a", secret.Attrs(errors.ErrUnsupported)...)
	require.Contains(t, log.String(), `msg=a error="unsupported operation"`)
	require.NotContains(t, log.String(), "stack=")
	log.Reset()
	err := fmt.Errorf("the store: %w", recovered(func() { panic(value) }))
	logger.LogAttrs(t.Context(), slog.LevelInfo, "b", secret.Attrs(err)...)
	require.Regexp(t, `error="the store: a value of type string" stack="goroutine .*TestAttrs`, log.String())
	require.NotContains(t, log.String(), value)
}
