package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBars(t *testing.T) {
	c := chart{Labels: []string{"a", "b"}, Missing: []bool{false, true}, Series: []series{{"up", []int{30, 99}}, {"more", []int{10, 99}}, {"down", []int{-20, 99}}}}
	p := c.Picture()
	require.Equal(t, []string{"20", "0", "20", "40"}, texts(p.Ticks), "below zero too without a sign")
	require.Len(t, p.Bars, 3)
	require.Len(t, p.Gaps, 1)
	first, second, third := p.Bars[0], p.Bars[1], p.Bars[2]
	require.InDelta(t, p.Zero, first.Y+first.H, 0.2)
	require.InDelta(t, first.Y, second.Y+second.H, 0.2, "one stands on the other")
	require.InDelta(t, p.Zero, third.Y, 0.2, "and this hangs")
	require.InDelta(t, first.H, 3*second.H, 0.5)
	require.Equal(t, "a down: 20", third.Tip)
	require.Equal(t, [][][]string{{{"a", "30", "10", "20"}, {"b", "—", "—", "—"}}}, c.Tables())
}

func TestLine(t *testing.T) {
	c := chart{Line: true, Labels: []string{"a", "b", "c"}, Series: []series{{"n", []int{1200, 1350, 1300}}}}
	p := c.Picture()
	require.Equal(t, []string{"1,200", "1,250", "1,300", "1,350"}, texts(p.Ticks))
	require.Len(t, p.Dots, 3)
	require.Less(t, p.Dots[1].Y, p.Dots[0].Y)
	require.Empty(t, p.Bars)
}

func TestChartsOfNothing(t *testing.T) {
	for _, c := range []chart{
		{Labels: []string{"a"}, Series: []series{{"n", []int{0}}}},
		{Labels: []string{"a"}, Missing: []bool{true}, Series: []series{{"n", []int{0}}}},
		{Line: true, Labels: []string{"a"}, Missing: []bool{true}, Series: []series{{"n", []int{0}}}},
		{Line: true, Labels: []string{"a"}, Series: []series{{"n", []int{7}}}},
	} {
		p := c.Picture()
		require.NotEmpty(t, p.Ticks)
		for _, tick := range p.Ticks {
			require.True(t, tick.At >= 0 && tick.At <= height, "%v", tick)
		}
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		require.Equal(t, want, group(n))
	}
}

func texts(ticks []tick) (out []string) {
	for _, tick := range ticks {
		out = append(out, tick.Text)
	}
	return out
}
