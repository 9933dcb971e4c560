package token

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// The limits of forced refreshes. The platform allows 20 a day, at least 30 seconds
// apart.
const (
	maxForced     = 20 // within forcedMemory
	forcedSpacing = 10 * time.Minute
	forcedMemory  = 24 * time.Hour
)

// forcedCount counts the forced refreshes of all processes with the same store.
type forcedCount struct {
	store store.Store
	key   string
}

// forcedRefresh is one that was counted.
type forcedRefresh struct {
	At    int64  `json:"at"`    // Unix milliseconds
	Token string `json:"token"` // fingerprint of the rejected token
}

// add counts a forced refresh because of stale, or returns why it is not allowed. The
// count is written before the refresh is made, so that a process that dies in between
// has counted it.
func (c forcedCount) add(ctx context.Context, stale Token) error {
	for attempts := 1; ; attempts++ {
		done, err := c.tryAdd(ctx, stale)
		if done || err != nil {
			return err
		}
		if err := polling.Wait(ctx, attempts); err != nil {
			return fmt.Errorf("counting forced refreshes: %w", err)
		}
	}
}

// tryAdd returns done == false if another process has written the count at the same
// time.
func (c forcedCount) tryAdd(ctx context.Context, stale Token) (done bool, err error) {
	raw, found, err := c.store.Get(ctx, c.key)
	if err != nil {
		return false, fmt.Errorf("counting forced refreshes: %w", err)
	}
	var past []forcedRefresh
	if found && json.Unmarshal(raw, &past) != nil {
		return false, fmt.Errorf("counting forced refreshes: key %q does not hold a count", c.key)
	}
	next, err := countForced(past, fingerprint(stale), time.Now())
	if err != nil {
		return false, err
	}
	encoded, err := json.Marshal(next)
	if err != nil {
		return false, err
	}
	if found {
		done, err = c.store.CompareAndSwap(ctx, c.key, raw, encoded, forcedMemory)
	} else {
		done, err = c.store.SetIfAbsent(ctx, c.key, encoded, forcedMemory)
	}
	if err != nil {
		return false, fmt.Errorf("counting forced refreshes: %w", err)
	}
	return done, nil
}

// countForced adds a forced refresh to those of the last day, if the limits allow it.
func countForced(past []forcedRefresh, token string, now time.Time) ([]forcedRefresh, error) {
	past = slices.DeleteFunc(past, func(f forcedRefresh) bool {
		return now.Sub(time.UnixMilli(f.At)) >= forcedMemory
	})
	if len(past) >= maxForced {
		return nil, errors.New("the limit is 20 in 24 hours")
	}
	for _, f := range past {
		if f.Token == token {
			return nil, errors.New("already done for this token")
		}
		if now.Sub(time.UnixMilli(f.At)) < forcedSpacing {
			return nil, errors.New("the last one was less than 10 minutes ago")
		}
	}
	return append(past, forcedRefresh{now.UnixMilli(), token}), nil
}

// fingerprint identifies a token without revealing it.
func fingerprint(t Token) string {
	sum := sha256.Sum256([]byte("wechat token\x00" + t.Value()))
	return hex.EncodeToString(sum[:12])
}
