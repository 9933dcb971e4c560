package officialaccount_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

func TestSwitch(t *testing.T) {
	for text, want := range map[string]officialaccount.IntBool{
		"1": true, "0": false, "true": true, "false": false, `"1"`: true, `"0"`: false, `"true"`: true, `""`: false, "null": false,
	} {
		got := !want
		require.NoError(t, json.Unmarshal([]byte(text), &got), text)
		if text != "null" {
			require.Equal(t, want, got, text)
		}
	}
	var s officialaccount.IntBool
	for _, text := range []string{"2", `"yes"`, "{}", "[1]", "-1"} {
		require.Error(t, json.Unmarshal([]byte(text), &s), text)
	}
	both, err := json.Marshal([]officialaccount.IntBool{true, false})
	require.NoError(t, err)
	require.Equal(t, "[1,0]", string(both))
}
