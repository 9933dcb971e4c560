package datacube_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/datacube"
)

// FuzzValues reads any value as a date, an hour and a duration: what is read is written and
// read again as the same.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{`"2025-11-03"`, `"2025-11-03 08:00"`, `""`, `null`, `0`, `2300`, `"0900"`, `1.5`, `-1`, `1e300`, `NaN`, `"NaN"`, `"Inf"`, `{}`, `"0001-01-01"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		again(t, text, new(datacube.Day), new(datacube.Day))
		hour := new(datacube.Hour)
		again(t, text, hour, new(datacube.Hour))
		require.True(t, *hour >= 0 && *hour <= 23, "%d", *hour)
		again(t, text, new(datacube.Milliseconds), new(datacube.Milliseconds))
		again(t, text, new(datacube.Minutes), new(datacube.Minutes))
	})
}

func again(t *testing.T, text string, first, second any) {
	t.Helper()
	if json.Unmarshal([]byte(text), first) != nil {
		return
	}
	written, err := json.Marshal(first)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(written, second), "%s", written)
	rewritten, err := json.Marshal(second)
	require.NoError(t, err)
	require.Equal(t, string(written), string(rewritten))
}
