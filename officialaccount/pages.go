package officialaccount

import (
	"context"
	"iter"
	"reflect"
	"slices"
)

// Pages returns the items of a paged endpoint as a sequence. It calls fetch with start,
// then with the cursor that fetch returned. The cursor is a value such as next_openid;
// see [Offsets] for offsets.
//
// The sequence ends after an empty page, after a cursor that was used before, and
// before a page that equals the previous one. If several pages repeat in turn although
// the cursors differ, it ends after a few repetitions. So a faulty answer cannot make
// it endless. It also ends after an error. To end the sequence after a page, fetch
// returns the cursor that it received.
func Pages[C comparable, T any](ctx context.Context, start C, fetch func(ctx context.Context, cursor C) (items []T, next C, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		used := map[C]bool{}
		var previous, marked []T // marked is the last page whose number is a power of two
		for cursor, n := start, 1; !used[cursor]; n++ {
			used[cursor] = true
			items, next, err := fetch(ctx, cursor)
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			if len(items) == 0 || reflect.DeepEqual(items, previous) || reflect.DeepEqual(items, marked) {
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			cursor, previous = next, slices.Clone(items) // fetch may reuse its slice
			if n&(n-1) == 0 {
				marked = previous
			}
		}
	}
}

// Offsets is [Pages] for an endpoint whose cursor is the number of items before the
// page. If total, the number of all items, is not 0, the sequence also ends after total
// items.
func Offsets[T any](ctx context.Context, fetch func(ctx context.Context, offset int) (items []T, total int, err error)) iter.Seq2[T, error] {
	return Pages(ctx, 0, func(ctx context.Context, offset int) ([]T, int, error) {
		items, total, err := fetch(ctx, offset)
		next := offset + len(items)
		if total > 0 && next >= total {
			next = offset
		}
		return items, next, err
	})
}
