package errcode

import (
	"errors"
	"fmt"
)

// ErrLimit matches every [*LimitError].
var ErrLimit = errors.New("request exceeds a limit of the platform")

// LimitError reports a request that the platform would refuse. It is returned before
// anything is sent.
type LimitError struct {
	Op string // path of the endpoint, such as "/cgi-bin/menu/create"

	// Field is the Go field or parameter that is wrong. If the platform has another name
	// for it, that name follows in brackets: "To (touser)". In a menu it is the place in the
	// menu's JSON, such as "button[2].name".
	Field string

	Unit  string // what is counted, such as "bytes", "characters" or "items"
	Given int    // how many there are
	Min   int    // how many there must be
	Max   int    // how many there may be
	Rule  string // the rule in words, if nothing is counted
}

func (e *LimitError) Error() string {
	s := "wechat: " + e.Op + ": " + e.Field
	switch {
	case e.Rule != "":
		return s + " " + e.Rule
	case e.Given > e.Max:
		return s + fmt.Sprintf(" has %d %s, at most %d are allowed", e.Given, e.Unit, e.Max)
	}
	return s + fmt.Sprintf(" has %d %s, at least %d are needed", e.Given, e.Unit, e.Min)
}

// Is reports whether target is [ErrLimit].
func (e *LimitError) Is(target error) bool { return target == ErrLimit }
