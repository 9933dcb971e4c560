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

// How often [Stable] refreshes by force. The platform allows 20 a day, 30 seconds
// apart at least.
const (
	MaxForced     = 20 // in 24 hours
	ForcedSpacing = 10 * time.Minute

	forcedMemory = 24 * time.Hour
)

// ledger counts the forced refreshes of all who use its store.
type ledger struct {
	store store.Store
	key   string
}

// forcedRefresh is an entry of the ledger.
type forcedRefresh struct {
	At    int64  `json:"at"`    // Unix milliseconds
	Token string `json:"token"` // fingerprint of the rejected token
}

// enter books a forced refresh because of stale, or says why there is to be none.
// It is booked before it is made, so that a process that dies has not had one free.
func (l ledger) enter(ctx context.Context, stale Token) error {
	for {
		raw, found, err := l.store.Get(ctx, l.key)
		if err != nil {
			return fmt.Errorf("counting forced refreshes: %w", err)
		}
		var past []forcedRefresh
		if found && json.Unmarshal(raw, &past) != nil {
			return fmt.Errorf("counting forced refreshes: no count under key %q", l.key)
		}
		next, err := book(past, fingerprint(stale), time.Now())
		if err != nil {
			return err
		}
		done, err := l.write(ctx, raw, found, next)
		if err != nil {
			return fmt.Errorf("counting forced refreshes: %w", err)
		}
		if done {
			return nil
		}
	}
}

func (l ledger) write(ctx context.Context, old []byte, found bool, next []forcedRefresh) (bool, error) {
	raw, err := json.Marshal(next)
	if err != nil {
		return false, err
	}
	if found {
		return l.store.CompareAndSwap(ctx, l.key, old, raw, forcedMemory)
	}
	return l.store.SetIfAbsent(ctx, l.key, raw, forcedMemory)
}

// book adds a forced refresh to those of the last day, if the rules allow it.
func book(past []forcedRefresh, token string, now time.Time) ([]forcedRefresh, error) {
	past = slices.DeleteFunc(past, func(f forcedRefresh) bool {
		return now.Sub(time.UnixMilli(f.At)) >= forcedMemory
	})
	if len(past) >= MaxForced {
		return nil, errors.New("20 times in 24 hours is the limit")
	}
	for _, f := range past {
		if f.Token == token {
			return nil, errors.New("already done for this token")
		}
		if now.Sub(time.UnixMilli(f.At)) < ForcedSpacing {
			return nil, errors.New("done less than 10 minutes ago")
		}
	}
	return append(past, forcedRefresh{now.UnixMilli(), token}), nil
}

// fingerprint stands for a token where it need only be told from others.
func fingerprint(t Token) string {
	sum := sha256.Sum256([]byte("wechat token\x00" + t.Value()))
	return hex.EncodeToString(sum[:12])
}
