package datacube

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Day is a day in China: midnight, UTC+8. It is encoded as 2006-01-02. The zero Day is read
// from "" and null, and written as "".
type Day struct{ time.Time }

// UnmarshalJSON reads a date. A time of day after the date is ignored.
func (d *Day) UnmarshalJSON(value []byte) error {
	date := unquote(value)
	if date == "" {
		*d = Day{}
		return nil
	}
	t, err := time.ParseInLocation(time.DateOnly, date[:min(len(date), len(time.DateOnly))], china())
	if err != nil {
		return unreadable(value, "a date such as 2006-01-02")
	}
	d.Time = t
	return nil
}

// MarshalJSON writes the date.
func (d Day) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte(`""`), nil
	}
	return []byte(`"` + text(dayOf(d.Time)) + `"`), nil
}

// Milliseconds is a duration that is encoded as a number of milliseconds.
type Milliseconds struct{ time.Duration }

// UnmarshalJSON reads a number, quoted or not.
func (m *Milliseconds) UnmarshalJSON(value []byte) error {
	return readDuration(&m.Duration, value, time.Millisecond, "a number of milliseconds")
}

// MarshalJSON writes the milliseconds.
func (m Milliseconds) MarshalJSON() ([]byte, error) {
	return writeDuration(m.Duration, time.Millisecond), nil
}

// Minutes is a duration that is encoded as a number of minutes, with a fraction.
type Minutes struct{ time.Duration }

// UnmarshalJSON reads a number, quoted or not.
func (m *Minutes) UnmarshalJSON(value []byte) error {
	return readDuration(&m.Duration, value, time.Minute, "a number of minutes")
}

// MarshalJSON writes the minutes.
func (m Minutes) MarshalJSON() ([]byte, error) { return writeDuration(m.Duration, time.Minute), nil }

func readDuration(d *time.Duration, value []byte, unit time.Duration, want string) error {
	n, err := number(value)
	if n *= float64(unit); err != nil || !(n >= -1<<63 && n < 1<<63) {
		return unreadable(value, want)
	}
	*d = time.Duration(n)
	return nil
}

func writeDuration(d, unit time.Duration) []byte {
	return strconv.AppendFloat(nil, float64(d)/float64(unit), 'g', -1, 64)
}

// number reads a number, quoted or not. "" and null are 0.
func number(value []byte) (float64, error) {
	digits := unquote(value)
	if digits == "" {
		return 0, nil
	}
	return strconv.ParseFloat(digits, 64)
}

// unquote returns a JSON value without its quotes; null is empty.
func unquote(value []byte) string {
	s := string(value)
	if s == "null" {
		return ""
	}
	return strings.TrimSpace(strings.Trim(s, `"`))
}

func unreadable(value []byte, want string) error { return fmt.Errorf("%.40q is not %s", value, want) }
