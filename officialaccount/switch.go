package officialaccount

import (
	"bytes"
	"fmt"
)

// Switch is a choice that travels as 1 or 0. It reads true and false, and quoted
// values, as well.
type Switch bool

// UnmarshalJSON reads 0, 1, false, true, these in quotes, "" and null.
func (s *Switch) UnmarshalJSON(b []byte) error {
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
func (s Switch) MarshalJSON() ([]byte, error) {
	if s {
		return []byte("1"), nil
	}
	return []byte("0"), nil
}
