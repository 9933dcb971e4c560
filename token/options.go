package token

import (
	"log/slog"
	"time"
)

// ReuseOption is an option of [Reuse].
type ReuseOption interface{ reuse(*Cache) }

// SharedOption is an option of [Shared].
type SharedOption interface{ shared(*shared) }

// RemoteOption is an option of [Remote].
type RemoteOption interface{ remote(*remote) }

type (
	reuseOption  func(*Cache)
	sharedOption func(*shared)
	remoteOption func(*remote)
)

func (o reuseOption) reuse(c *Cache)    { o(c) }
func (o sharedOption) shared(s *shared) { o(s) }
func (o remoteOption) remote(r *remote) { o(r) }

// WithTimeout bounds one fetch, 45 seconds if not given. A source behind [Shared]
// may have to wait for another process's lease, so keep it above twice the lease.
func WithTimeout(d time.Duration) ReuseOption {
	return reuseOption(func(c *Cache) {
		if d > 0 {
			c.timeout = d
		}
	})
}

// WithObserver reports every fetch to o, for metrics.
func WithObserver(o Observer) ReuseOption {
	return reuseOption(func(c *Cache) { c.observe = o })
}

// WithIdentity tells [Shared] what the tokens of its source are for, when the
// source does not say so itself.
func WithIdentity(id Identity) SharedOption {
	return sharedOption(func(s *shared) { s.id = id })
}

// WithKey lets key name the place of the token in the store. [Identity.Key] does
// so otherwise. The lock has the same name with ":lock" behind it.
func WithKey(key func(Identity) string) SharedOption {
	return sharedOption(func(s *shared) {
		if key != nil {
			s.keyOf = key
		}
	})
}

// WithLease bounds the time for which one process may keep the others waiting,
// [DefaultLease] if not given, at least 2 seconds. A fetch may take half of it.
func WithLease(d time.Duration) SharedOption {
	return sharedOption(func(s *shared) { s.lease = d })
}

// Logging is what [WithLogger] returns: an option of [Reuse] and of [Shared].
type Logging struct{ log *slog.Logger }

// WithLogger writes failures to log: those of early refreshes, which no caller
// sees, and of a store that cannot be reached. Nothing is logged without it.
func WithLogger(log *slog.Logger) Logging { return Logging{log} }

func (l Logging) reuse(c *Cache) {
	if l.log != nil {
		c.log = l.log
	}
}

func (l Logging) shared(s *shared) {
	if l.log != nil {
		s.log = l.log
	}
}
