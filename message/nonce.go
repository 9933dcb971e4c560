package message

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"hash/maphash"
	"io"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

const (
	// nonceLife is how long a signed timestamp is good for: it may be ahead of our
	// clock by maxSkew, and is taken until it is behind by as much.
	nonceLife = 2 * maxSkew

	// nonceTimeout bounds what a shared store may take of the five seconds.
	nonceTimeout = 500 * time.Millisecond

	// maxNonces bounds each of the two generations in memory, at some ten megabytes.
	maxNonces = 1 << 18
)

// nonces remembers which message came with which timestamp and nonce. These two
// are what a plain message's signature is made of, so whoever has overheard them
// could send any body along; but not once that body has been seen with them.
type nonces struct {
	shared store.Store // nil: this process only
	max    int         // of each generation

	mu       sync.Mutex
	seed     maphash.Seed // both sides are hashed with it, so nobody can aim at a collision
	recent   map[uint64]uint64
	previous map[uint64]uint64 // older than recent, and dropped when that is full or old
	since    time.Time         // beginning of recent
}

func newNonces(shared store.Store) *nonces {
	return &nonces{shared: shared, max: maxNonces, seed: maphash.MakeSeed(), recent: map[uint64]uint64{}, since: time.Now()}
}

// usedForOther reports whether timestamp and nonce came with another message. The
// message is in two parts, whatever stands between them. An error is the store's;
// the answer is then of what this process has seen.
func (n *nonces) usedForOther(ctx context.Context, account, timestamp, nonce string, message [2]string, now time.Time) (bool, error) {
	var err error
	if n.shared != nil {
		var other bool
		if other, err = n.usedElsewhere(ctx, account, timestamp, nonce, message); other {
			return true, nil
		}
	}
	known, same := n.remember([3]string{account, timestamp, nonce}, message, now)
	return known && !same, err
}

// remember notes what came with key, and reports what came before.
func (n *nonces) remember(key [3]string, message [2]string, now time.Time) (known, same bool) {
	k := maphash.Comparable(n.seed, key)
	var h maphash.Hash
	h.SetSeed(n.seed)
	h.WriteString(message[0])
	h.WriteString(message[1])
	sum := h.Sum64()

	n.mu.Lock()
	defer n.mu.Unlock()
	n.rotate(now)
	before, known := n.recent[k]
	if !known {
		before, known = n.previous[k]
	}
	if !known {
		n.recent[k] = sum
	}
	return known, before == sum
}

// rotate starts a new generation when the recent one is full, or so old that the
// previous one is of no use any more.
func (n *nonces) rotate(now time.Time) {
	if len(n.recent) < n.max && now.Sub(n.since) < nonceLife {
		return
	}
	n.previous, n.recent, n.since = n.recent, map[uint64]uint64{}, now
}

// usedElsewhere asks the processes that share the store.
func (n *nonces) usedElsewhere(ctx context.Context, account, timestamp, nonce string, message [2]string) (bool, error) {
	key := fmt.Sprintf("wechat:nonce:%s:%s:%s", account, timestamp, nonce)
	h := sha256.New()
	io.WriteString(h, message[0])
	io.WriteString(h, message[1])
	sum := h.Sum(nil)
	ctx, cancel := context.WithTimeout(ctx, nonceTimeout)
	defer cancel()
	stored, err := n.shared.SetIfAbsent(ctx, key, sum, nonceLife)
	if err != nil || stored {
		return false, err
	}
	before, found, err := n.shared.Get(ctx, key)
	return err == nil && found && !bytes.Equal(before, sum), err
}
