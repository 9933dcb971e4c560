package officialaccount

import (
	"errors"
	"fmt"
)

// ErrLimit is what every [*LimitError] matches.
var ErrLimit = errors.New("officialaccount: a limit of the platform is broken")

// LimitError is a request that the platform would surely refuse. It was found
// before anything was sent.
type LimitError struct {
	Op    string // path of the endpoint, such as "/cgi-bin/menu/create"
	Field string // what is wrong, such as "button[2].name"
	Unit  string // what is counted, such as "bytes", "characters" or "items"
	Given int    // how many there are
	Min   int    // how many there must be
	Max   int    // how many there may be
	Rule  string // the rule in words, where it is not a matter of counting
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

// Is matches [ErrLimit].
func (e *LimitError) Is(target error) bool { return target == ErrLimit }

// CheckLimit returns a [*LimitError] unless given lies between min and max:
//
//	err := officialaccount.CheckLimit(path, "touser", "openids", len(users), 2, 10000)
func CheckLimit(op, field, unit string, given, min, max int) error {
	if given >= min && given <= max {
		return nil
	}
	return &LimitError{Op: op, Field: field, Unit: unit, Given: given, Min: min, Max: max}
}

// BreaksRule returns a [*LimitError] for a rule that is not a matter of counting.
// The rule continues the sentence that the field begins:
//
//	return officialaccount.BreaksRule(path, "kf_account", "must have the form prefix@account")
func BreaksRule(op, field, rule string) error {
	return &LimitError{Op: op, Field: field, Rule: rule}
}
