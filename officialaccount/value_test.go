package officialaccount_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-querystring/query"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

func TestTimestamp(t *testing.T) {
	t.Parallel()
	moment := time.Unix(1700000000, 0)
	for in, want := range map[string]time.Time{
		`1700000000`: moment, `"1700000000"`: moment, `" 1700000000 "`: moment, `0`: {}, `"0"`: {}, `""`: {}, `null`: {}, `-1`: time.Unix(-1, 0),
		`1.7e9`: moment, `1700000000.0`: moment, `"1700000000.0"`: moment, `0.0`: {},
	} {
		got := officialaccount.NewTimestamp(time.Unix(5, 0))
		require.NoError(t, json.Unmarshal([]byte(in), &got), in)
		require.True(t, got.Equal(want), in)
		require.Equal(t, want.IsZero(), got.IsZero(), in)
	}
	for _, in := range []string{`"yesterday"`, `1.5`, `true`, `[]`, `{}`, `99999999999999999999`, `"2023-11-14"`} {
		require.Error(t, json.Unmarshal([]byte(in), new(officialaccount.Timestamp)), in)
	}
	type row struct {
		At   officialaccount.Timestamp `json:"at" url:"at"`
		Left officialaccount.Timestamp `json:"left,omitzero" url:"-"`
	}
	b, err := json.Marshal(row{At: officialaccount.NewTimestamp(moment)})
	require.NoError(t, err)
	require.JSONEq(t, `{"at":1700000000}`, string(b))
	b, err = json.Marshal(row{})
	require.NoError(t, err)
	require.JSONEq(t, `{"at":0}`, string(b))
	q, err := query.Values(row{At: officialaccount.NewTimestamp(moment)})
	require.NoError(t, err)
	require.Equal(t, "at=1700000000", q.Encode())
}

func FuzzTimestamp(f *testing.F) {
	for _, s := range []string{`1700000000`, `"1700000000"`, `""`, `null`, `-9223372036854775808`, `"+5"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var got, again officialaccount.Timestamp
		if json.Unmarshal(in, &got) != nil {
			return
		}
		b, err := json.Marshal(got)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(b, &again))
		require.True(t, got.Equal(again.Time), "%s became %s", in, b)
	})
}

// collect reads a sequence to its end, or to its first error.
func collect[T any](seq iter.Seq2[T, error]) (items []T, err error) {
	for item, e := range seq {
		if e != nil {
			return items, e
		}
		items = append(items, item)
	}
	return items, nil
}

func TestPages(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	type page struct {
		items []int
		next  string
		err   error
	}
	for _, c := range []struct {
		name  string
		pages map[string]page
		want  []int
		calls int
		err   error
	}{
		{"nothing", map[string]page{"": {}}, nil, 1, nil},
		{"one page", map[string]page{"": {items: []int{1, 2}}}, []int{1, 2}, 1, nil},
		{"empty page at the end", map[string]page{"": {[]int{1}, "a", nil}, "a": {nil, "b", nil}}, []int{1}, 2, nil},
		{"cursor of the start at the end", map[string]page{"": {[]int{1}, "a", nil}, "a": {[]int{2}, "", nil}}, []int{1, 2}, 2, nil},
		{"cursor repeats itself", map[string]page{"": {[]int{1}, "a", nil}, "a": {[]int{2}, "a", nil}}, []int{1, 2}, 2, nil},
		{"cursors in a circle", map[string]page{"": {[]int{1}, "a", nil}, "a": {[]int{2}, "b", nil}, "b": {[]int{3}, "a", nil}}, []int{1, 2, 3}, 3, nil},
		{"the same page under other cursors", map[string]page{"": {[]int{1, 2}, "a", nil}, "a": {[]int{1, 2}, "b", nil}, "b": {[]int{1, 2}, "c", nil}}, []int{1, 2}, 2, nil},
		{"error", map[string]page{"": {[]int{1}, "a", nil}, "a": {[]int{2}, "b", broken}}, []int{1}, 2, broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			seq := officialaccount.Pages(t.Context(), "", func(_ context.Context, cursor string) ([]int, string, error) {
				calls++
				p := c.pages[cursor]
				return p.items, p.next, p.err
			})
			for range 2 { // a sequence can be read again
				calls = 0
				items, err := collect(seq)
				require.Equal(t, c.want, items)
				require.Equal(t, c.err, err)
				require.Equal(t, c.calls, calls)
			}
		})
	}
}

func TestPagesByOffsetAndLeavingEarly(t *testing.T) {
	t.Parallel()
	calls := 0
	fetch := func(_ context.Context, offset int) ([]string, int, error) {
		calls++
		return []string{strconv.Itoa(offset), strconv.Itoa(offset + 1)}, offset + 2, nil
	}
	var got []string
	for item, err := range officialaccount.Pages(t.Context(), 0, fetch) {
		require.NoError(t, err)
		if got = append(got, item); len(got) == 3 {
			break
		}
	}
	require.Equal(t, []string{"0", "1", "2"}, got)
	require.Equal(t, 2, calls)
}

func TestOffsets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		pages map[int][]string // by offset
		total int
		want  []string
		calls int
	}{
		{"nothing", nil, 0, nil, 1},
		{"total reached", map[int][]string{0: {"a", "b"}, 2: {"c"}, 3: {"d"}}, 3, []string{"a", "b", "c"}, 2},
		{"no total", map[int][]string{0: {"a", "b"}, 2: {"c"}}, 0, []string{"a", "b", "c"}, 3},
		{"total never reached", map[int][]string{0: {"a"}}, 9, []string{"a"}, 2},
		{"offset ignored", map[int][]string{0: {"a", "b"}, 2: {"a", "b"}, 4: {"a", "b"}}, 0, []string{"a", "b"}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			items, err := collect(officialaccount.Offsets(t.Context(), func(_ context.Context, offset int) ([]string, int, error) {
				calls++
				return c.pages[offset], c.total, nil
			}))
			require.NoError(t, err)
			require.Equal(t, c.want, items)
			require.Equal(t, c.calls, calls)
		})
	}
}

// TestPagesInACycle has a platform that ignores the offset beyond some page, so that
// pages repeat although the offset grows.
func TestPagesInACycle(t *testing.T) {
	t.Parallel()
	for before := range 4 {
		for cycle := 1; cycle <= 9; cycle++ {
			calls := 0
			items, err := collect(officialaccount.Offsets(t.Context(), func(context.Context, int) ([]int, int, error) {
				page := calls
				if calls++; page >= before {
					page = before + (page-before)%cycle
				}
				return []int{page, -page}, 0, nil
			}))
			require.NoError(t, err)
			require.LessOrEqual(t, calls, 2*before+3*cycle+1)
			for page := range before + cycle {
				require.Equal(t, []int{page, -page}, items[2*page:2*page+2], "every page is read")
			}
		}
	}
}

func TestPagesMayReuseTheirSlice(t *testing.T) {
	t.Parallel()
	buffer := make([]int, 1)
	items, err := collect(officialaccount.Pages(t.Context(), 1, func(_ context.Context, cursor int) ([]int, int, error) {
		buffer[0] = cursor
		return buffer, min(cursor+1, 3), nil
	}))
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 3}, items)
}

func TestLimits(t *testing.T) {
	t.Parallel()
	require.NoError(t, limit.Check("/x", "touser", "openids", 2, 2, 10))
	require.NoError(t, limit.Check("/x", "touser", "openids", 10, 2, 10))
	for given, want := range map[int]string{
		1:  "wechat: /x: touser has 1 openids, at least 2 are needed",
		11: "wechat: /x: touser has 11 openids, at most 10 are allowed",
	} {
		err := limit.Check("/x", "touser", "openids", given, 2, 10)
		require.EqualError(t, err, want)
		require.ErrorIs(t, fmt.Errorf("sending: %w", err), errcode.ErrLimit)
		var limit *errcode.LimitError
		require.ErrorAs(t, err, &limit)
		require.Equal(t, errcode.LimitError{Op: "/x", Field: "touser", Unit: "openids", Given: given, Min: 2, Max: 10}, *limit)
	}
	err := limit.Rule("/x", "kf_account", "must have the form prefix@account")
	require.EqualError(t, err, "wechat: /x: kf_account must have the form prefix@account")
	require.ErrorIs(t, err, errcode.ErrLimit)
}
