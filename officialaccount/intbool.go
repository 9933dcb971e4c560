package officialaccount

import (
	"fmt"

	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// IntBool is a bool that the platform writes as 1 or 0.
type IntBool bool

// UnmarshalJSON reads 0, false, "" and null as false, and true and every other whole
// number as true, quoted or not.
func (b *IntBool) UnmarshalJSON(value []byte) error {
	n, err := wire.Integer(value)
	if err != nil {
		return fmt.Errorf("%.40q is neither 0 nor 1", value)
	}
	*b = n != 0
	return nil
}

// MarshalJSON writes 1 or 0.
func (b IntBool) MarshalJSON() ([]byte, error) {
	if b {
		return []byte("1"), nil
	}
	return []byte("0"), nil
}
