package officialaccount

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// Timestamp is a time that the platform writes as seconds since 1970 (时间戳). The zero
// Timestamp means "no time": 0, "" and null decode to it, it is encoded as 0, and the
// tag option omitzero omits it.
type Timestamp struct{ time.Time }

// NewTimestamp returns t as a Timestamp.
func NewTimestamp(t time.Time) Timestamp { return Timestamp{t} }

// UnmarshalJSON reads a whole number of seconds, quoted or not.
func (t *Timestamp) UnmarshalJSON(value []byte) error {
	sec, err := wire.Integer(value)
	if err != nil || string(value) == "true" {
		return fmt.Errorf("%.40q is not a time in seconds", value)
	}
	if *t = (Timestamp{}); sec != 0 {
		t.Time = time.Unix(sec, 0)
	}
	return nil
}

// MarshalJSON writes the seconds.
func (t Timestamp) MarshalJSON() ([]byte, error) { return []byte(t.seconds()), nil }

// EncodeValues writes the seconds into a query.
func (t Timestamp) EncodeValues(key string, v *url.Values) error {
	v.Set(key, t.seconds())
	return nil
}

func (t Timestamp) seconds() string {
	if t.IsZero() {
		return "0"
	}
	return strconv.FormatInt(t.Unix(), 10)
}
