package main

import (
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/user"
)

const batchSize = 100 // profiles of one call

// export adds a row for each follower that has none. The rows are the checkpoint: a run
// that is started again reads them first, so no store is needed.
func export(ctx context.Context, users *user.Service, t *table, onProgress func(broadcast.Progress)) error {
	p, err := broadcast.RunFunc(ctx, broadcast.Config{
		Concurrency:  4,
		RepeatWithin: math.MaxInt64, // reading twice does no harm
		OnProgress:   onProgress,
	}, missing(users.All(ctx), t.have), func(batch []user.ProfileQuery) string {
		return batch[0].OpenID
	}, func(ctx context.Context, batch []user.ProfileQuery) (string, error) {
		profiles, err := users.GetProfiles(ctx, batch)
		if err != nil {
			return "", err
		}
		return "", t.add(profiles)
	})
	switch {
	case err != nil:
		return err
	case t.broken() != nil:
		return t.broken()
	case p.Outcomes[broadcast.Sent] != p.Done:
		return fmt.Errorf("%d of %d calls failed", p.Done-p.Outcomes[broadcast.Sent], p.Done)
	}
	return nil
}

// missing groups the followers without a row.
func missing(followers iter.Seq2[string, error], have map[string]bool) iter.Seq2[[]user.ProfileQuery, error] {
	return func(yield func([]user.ProfileQuery, error) bool) {
		var batch []user.ProfileQuery
		for openID, err := range followers {
			if err != nil {
				yield(nil, err)
				return
			}
			if have[openID] {
				continue
			}
			if batch = append(batch, user.ProfileQuery{OpenID: openID}); len(batch) == batchSize {
				if !yield(batch, nil) {
					return
				}
				batch = nil
			}
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}
