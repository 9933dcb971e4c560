// Package limit checks requests against the documented limits of the platform, before
// they are sent.
package limit

import (
	"strings"
	"unicode"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// Check returns an [*errcode.LimitError] unless given is between min and max:
//
//	err := limit.Check(path, "openIDs (touser)", "openids", len(users), 2, 10000)
func Check(op, field, unit string, given, min, max int) error {
	if given >= min && given <= max {
		return nil
	}
	return &errcode.LimitError{Op: op, Field: field, Unit: unit, Given: given, Min: min, Max: max}
}

// Rule returns an [*errcode.LimitError] for a rule that is not about a number. The text
// of the rule follows the name of the field:
//
//	return limit.Rule(path, "account (kf_account)", "must have the form prefix@account")
func Rule(op, field, rule string) error {
	return &errcode.LimitError{Op: op, Field: field, Rule: rule}
}

// Required returns an [*errcode.LimitError] for the first value without a visible
// character. Names and values alternate. A name is that of the Go field or parameter, with
// the platform's name in brackets if it is another:
//
//	err := limit.Required(path, "To (touser)", m.To, "TemplateID", m.TemplateID)
func Required(op string, pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if strings.TrimFunc(pairs[i+1], invisible) == "" {
			return Rule(op, pairs[i], "is empty")
		}
	}
	return nil
}

// invisible reports whether a character is white space, a control character or a zero-width
// one.
func invisible(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }
