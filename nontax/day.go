package nontax

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Day is a day in China (UTC+8), written as YYYYMMDD. The zero Day means "no day". It
// is written as "", or left out with the tag option omitzero; "", 0 and null are read
// as the zero Day.
type Day struct{ time.Time }

const dateLayout = "20060102"

func china() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }

// NewDay returns the day in China at the time t.
func NewDay(t time.Time) Day {
	year, month, day := t.In(china()).Date()
	return Day{time.Date(year, month, day, 0, 0, 0, 0, china())}
}

// MarshalJSON writes the day as text.
func (d Day) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte(`""`), nil
	}
	return []byte(d.In(china()).Format(`"` + dateLayout + `"`)), nil
}

// UnmarshalJSON reads a day as text or as a number.
func (d *Day) UnmarshalJSON(value []byte) error {
	text := string(value)
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(value, &text); err != nil {
			return err
		}
	}
	switch text = strings.TrimSuffix(text, ".0"); text {
	case "null":
		return nil
	case "", "0":
		*d = Day{}
		return nil
	}
	day, err := time.ParseInLocation(dateLayout, text, china())
	if err != nil {
		return fmt.Errorf("%.40q is not a day of the form YYYYMMDD", text)
	}
	d.Time = day
	return nil
}
