package officialaccount_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

func TestIntBool(t *testing.T) {
	for text, want := range map[string]officialaccount.IntBool{
		"1": true, "0": false, "true": true, "false": false, `"1"`: true, `"0"`: false, `"true"`: true, `""`: false, "null": false,
		"2": true, `"2"`: true, "1.0": true, "1e0": true, `"0.0"`: false, "0e5": false, "-1": true,
	} {
		got := !want
		require.NoError(t, json.Unmarshal([]byte(text), &got), text)
		if text != "null" {
			require.Equal(t, want, got, text)
		}
	}
	var s officialaccount.IntBool
	for _, text := range []string{`"yes"`, "{}", "[1]", "0.5"} {
		require.Error(t, json.Unmarshal([]byte(text), &s), text)
	}
	both, err := json.Marshal([]officialaccount.IntBool{true, false})
	require.NoError(t, err)
	require.Equal(t, "[1,0]", string(both))
}
