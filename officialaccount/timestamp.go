package officialaccount

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Timestamp is a moment that travels as seconds since 1970 (时间戳). Its zero value
// is "no time": it comes from 0, "", and null, is written as 0, and is left out
// under the tag option omitzero.
type Timestamp struct{ time.Time }

// NewTimestamp makes a Timestamp of t.
func NewTimestamp(t time.Time) Timestamp { return Timestamp{t} }

// UnmarshalJSON reads a number of seconds, quoted or not.
func (t *Timestamp) UnmarshalJSON(b []byte) error {
	s := string(bytes.Trim(b, `" `))
	if s == "" || s == "null" {
		*t = Timestamp{}
		return nil
	}
	sec, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return fmt.Errorf("%.40q is no time in seconds", b)
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
