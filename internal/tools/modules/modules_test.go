package modules

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReleased(t *testing.T) {
	modules, err := Released("../../..")
	require.NoError(t, err)
	place := map[string]int{}
	for i, m := range modules {
		place[m.Dir] = i
		require.NotContains(t, m.Path, "examples")
		require.NotContains(t, m.Path, "internal")
	}
	require.Equal(t, 0, place[""], "the root requires none of the others")
	require.Less(t, place["store/redisstore"], place["gateway"])
	require.Equal(t, "gateway/v0.1.0", modules[place["gateway"]].Tag("v0.1.0"))
	require.Equal(t, "v0.1.0", modules[0].Tag("v0.1.0"))
}

func TestSortedRefusesACircle(t *testing.T) {
	_, err := sorted([]Module{{Path: "a", Requires: []string{"b"}}, {Path: "b", Requires: []string{"a"}}})
	require.ErrorContains(t, err, "circle")
}
