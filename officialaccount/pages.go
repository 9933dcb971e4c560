package officialaccount

import (
	"context"
	"iter"
)

// Pages turns a paged endpoint into a sequence of its items. It calls fetch with
// start, then with the cursor that fetch returned, and ends after an empty page,
// after an error, which is the last thing it yields, and when fetch returns a
// cursor that was used before. So a fetch that knows that its page is the last one
// returns start, or the cursor that it was given.
//
// The cursor is whatever the endpoint pages by: a next_openid, or an offset.
func Pages[C comparable, T any](ctx context.Context, start C, fetch func(ctx context.Context, cursor C) (items []T, next C, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		used := map[C]bool{}
		for cursor := start; !used[cursor]; {
			used[cursor] = true
			items, next, err := fetch(ctx, cursor)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if len(items) == 0 {
				return
			}
			cursor = next
		}
	}
}
