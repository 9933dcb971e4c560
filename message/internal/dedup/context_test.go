package dedup_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
)

// TestContextEnds: the context of a work ends with it, and so do the contexts
// derived from it, even if they are first used later.
func TestContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		var unasked, asked, derived context.Context
		for _, key := range []string{"unasked", "asked"} {
			deliver(e, key, &job{name: key, note: note, run: func(ctx context.Context) dedup.Content {
				if key == "unasked" {
					unasked = ctx
					return nil
				}
				asked = ctx
				require.NotNil(t, ctx.Done())
				require.NoError(t, ctx.Err())
				var cancel context.CancelFunc
				derived, cancel = context.WithTimeout(ctx, time.Hour)
				t.Cleanup(cancel) // the parent's end must do
				require.NoError(t, derived.Err())
				return nil
			}})
		}
		for _, ctx := range []context.Context{unasked, asked, derived} {
			require.ErrorIs(t, ctx.Err(), context.Canceled)
			<-ctx.Done()
			require.Equal(t, context.Canceled, context.Cause(ctx))
			late, cancel := context.WithCancel(ctx)
			require.ErrorIs(t, late.Err(), context.Canceled)
			cancel()
		}
		shutdown(t, e)
	})
}
