// Package limit checks requests against the documented limits of the platform.
package limit

import "github.com/seed-f21aa8d8/wechat/errcode"

// Check returns an [*errcode.LimitError] unless given lies between min and max:
//
//	err := limit.Check(path, "touser", "openids", len(users), 2, 10000)
func Check(op, field, unit string, given, min, max int) error {
	if given >= min && given <= max {
		return nil
	}
	return &errcode.LimitError{Op: op, Field: field, Unit: unit, Given: given, Min: min, Max: max}
}

// Rule returns an [*errcode.LimitError] for a rule that does not count anything. The
// text of the rule continues the sentence that the field begins:
//
//	return limit.Rule(path, "kf_account", "must have the form prefix@account")
func Rule(op, field, rule string) error {
	return &errcode.LimitError{Op: op, Field: field, Rule: rule}
}
