package officialaccount

import (
	"bytes"
	"fmt"
)

// IntBool is a choice that travels as 1 or 0. It reads true and false, and quoted
// values, as well.
type IntBool bool

// UnmarshalJSON reads 0, 1, false, true, these in quotes, "" and null.
func (s *IntBool) UnmarshalJSON(b []byte) error {
	switch string(bytes.Trim(b, `" `)) {
	case "1", "true":
		*s = true
	case "0", "false", "", "null":
		*s = false
	default:
		return fmt.Errorf("%.40q is neither 0 nor 1", b)
	}
	return nil
}

// MarshalJSON writes 1 or 0.
func (s IntBool) MarshalJSON() ([]byte, error) {
	if s {
		return []byte("1"), nil
	}
	return []byte("0"), nil
}
