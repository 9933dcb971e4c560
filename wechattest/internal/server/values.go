package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
)

// Number is a whole number in a request, quoted or not.
type Number int64

// UnmarshalJSON decodes 5 and "5".
func (n *Number) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	value, err := strconv.ParseInt(string(bytes.Trim(text, `"`)), 10, 64)
	*n = Number(value)
	return err
}

// Flag is 0 or 1 in a request, quoted or not, or false or true.
type Flag bool

// UnmarshalJSON implements json.Unmarshaler.
func (f *Flag) UnmarshalJSON(text []byte) error {
	switch string(bytes.Trim(text, `"`)) {
	case "1", "true":
		*f = true
	case "0", "false", "null", "":
		*f = false
	default:
		return errors.New("not a switch")
	}
	return nil
}

// Scalar is a string or a number in a request.
type Scalar string

// UnmarshalJSON decodes "5" and 5.
func (s *Scalar) UnmarshalJSON(text []byte) error {
	var plain string
	var digits json.Number
	if json.Unmarshal(text, &plain) == nil {
		*s = Scalar(plain)
		return nil
	}
	if err := json.Unmarshal(text, &digits); err != nil {
		return err
	}
	*s = Scalar(digits)
	return nil
}

// CheckJSON returns an error for a body that is empty, not JSON, or contains escapes.
func CheckJSON(body []byte) error {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return Fail(44002)
	case !json.Valid(body):
		return Fail(47001)
	case hasEscape(body):
		return Fail(47002)
	}
	return nil
}

// Int returns the scalar as a whole number, or 0 if it is not one.
func (s Scalar) Int() int64 {
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Present returns an error with a code if one of the values is empty.
func Present(code int, values ...string) error {
	if slices.Contains(values, "") {
		return Fail(code)
	}
	return nil
}

// Find returns the first match in a list, or nil.
func Find[T any](list []*T, match func(*T) bool) *T {
	if i := slices.IndexFunc(list, match); i >= 0 {
		return list[i]
	}
	return nil
}

// Page returns at most count elements of a list from an offset on. Neither is negative.
func Page[T any](list []T, offset, count Number) []T {
	list = list[min(int(offset), len(list)):]
	return list[:min(int(count), len(list))]
}

// Without returns a copy of a list without the elements that equal gone.
func Without[T comparable](list []T, gone T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return v == gone })
}
