// Package clients_test runs clients that were written for the real platform, without a
// change, against the local platform and through the gateway.
package clients_test

import (
	"fmt"
	"strings"
	"testing"
)

// step is one thing that a client can do.
type step struct {
	area string
	name string
	do   func() error
}

// run runs the steps in order and logs a table of what works. A step whose name is in
// known fails for the reason given there, and must still do so.
func run(t *testing.T, steps []step, known map[string]string) {
	t.Helper()
	var table strings.Builder
	works := map[string]int{}
	for _, s := range steps {
		name := s.area + "/" + s.name
		err := attempt(s.do)
		reason, expected := known[name]
		switch {
		case err == nil && expected:
			t.Errorf("%s works; take it off the list of what does not", name)
		case err == nil:
			works[s.area]++
		case expected && strings.Contains(err.Error(), reason):
			fmt.Fprintf(&table, "\n%-36s not by this client: %s", name, reason)
		default:
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, s := range steps {
		if n, ok := works[s.area]; ok {
			fmt.Fprintf(&table, "\n%-36s %d calls work", s.area, n)
			delete(works, s.area)
		}
	}
	t.Log(table.String())
}

// attempt turns a panic of a client into an error.
func attempt(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return do()
}

func second[T any](_ T, err error) error { return err }

// expect is an error unless ok.
func expect(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}
