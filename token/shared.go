package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/store"
)

const (
	defaultLease = 20 * time.Second
	minLease     = 2 * time.Second

	// directPause is the pause between two fetches without the store, while the store
	// fails.
	directPause = time.Minute

	// storeTimeout bounds one operation of the store.
	storeTimeout = 3 * time.Second
)

// polling sets the pauses between two reads of the store while another process fetches
// the token.
var polling = backoff.Policy{First: 25 * time.Millisecond, Max: 250 * time.Millisecond}

// SharedConfig is the configuration of [Shared]. Its zero value is useful for a
// source that is [Keyed].
type SharedConfig struct {
	// Key is the key of the token in the store; its lock has ":lock" appended. If empty,
	// it is the Key of the source. [Key] makes one for other sources.
	Key string

	// Lease is how long one process may keep the others waiting, at least 2 seconds. A
	// fetch may take half of it. If zero, it is 20 seconds.
	Lease time.Duration

	// Logger receives failed refreshes and failures of the store. If nil, nothing is
	// logged.
	Logger *slog.Logger
}

// shared is what Shared returns.
type shared struct {
	store store.Store
	src   Source
	key   string
	lease time.Duration
	log   *slog.Logger

	direct chan struct{} // held while this process asks the source without the store

	mu       sync.Mutex
	last     secretRecord // the last usable token, for when the store fails
	unmarked Token        // rejected while the store failed
	directAt time.Time    // when the source was last asked without the store
}

// secretRecord holds a record behind a func, so that package fmt cannot print it.
type secretRecord func() record

func (r secretRecord) get() record {
	if r == nil {
		return record{}
	}
	return r()
}

// Shared returns a source that makes all processes with the same store and key use one
// token. A process that finds the token missing or near its expiry takes a lock with a
// lease, reads the store again, asks src within half the lease, and stores the answer
// only if the store still holds what was read under the lock. So a process that was
// paused in between never overwrites a newer token; it uses that token. The other
// processes use the stored token. If there is none, they wait.
//
// Invalidate marks a token as rejected in the store, for all processes, if it is still
// the stored one. If the platform also rejects the next two tokens, Invalidate returns
// [ErrStillRejected] until a pause has passed, which grows from a second up to 4
// minutes.
//
// A failing store is not treated as an empty one. A store that panics, or reports a
// lock that no process holds, counts as failing too. While the store fails, each
// process returns the last good token that it knows. When that token has expired or was
// rejected, the process asks src itself, at most once a minute.
//
// The token is stored as plain text; store.Sealed encrypts it. Tokens without an expiry
// are returned without being shared. The clocks of the machines should agree to within
// seconds.
func Shared(st store.Store, src Source, cfg SharedConfig) (Invalidator, error) {
	if c, ok := src.(*Cache); ok {
		src = c.src // a Cache in front of the source would hide the stored token
	}
	if keyed, ok := src.(Keyed); ok && cfg.Key == "" {
		cfg.Key = keyed.Key()
	}
	if cfg.Lease == 0 {
		cfg.Lease = defaultLease
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case st == nil:
		return nil, errors.New("token: Shared needs a store")
	case src == nil:
		return nil, errors.New("token: Shared needs a source")
	case cfg.Lease < minLease:
		return nil, fmt.Errorf("token: SharedConfig.Lease is %v, less than %v", cfg.Lease, minLease)
	case cfg.Key == "":
		return nil, errors.New("token: SharedConfig.Key is empty, and the source has no key of its own")
	}
	return &shared{
		store: guarded{st}, src: src, key: cfg.Key, lease: cfg.Lease, log: cfg.Logger,
		direct: make(chan struct{}, 1),
	}, nil
}

// Key returns the key of the token in the store.
func (s *shared) Key() string { return s.key }

// Token implements Source.
func (s *shared) Token(ctx context.Context) (Token, error) {
	began, vacant := time.Now(), 0
	for attempts := 1; ; attempts++ {
		at, err := s.readMarked(ctx)
		if err != nil {
			return s.withoutStore(ctx, err)
		}
		if at.rec.good() && !at.rec.due() {
			return s.use(at.rec), nil
		}
		lock, held, err := s.tryLock(ctx)
		switch {
		case lock != nil:
			if tok, done, err := s.refresh(ctx, lock); done {
				return tok, err
			}
		case at.rec.good():
			return s.use(at.rec), nil // another process refreshes it, or the store fails
		case err != nil:
			return s.withoutStore(ctx, err)
		case held:
			vacant = 0
		default:
			vacant++
		}
		if vacant == 3 || time.Since(began) > s.lease*3/2 {
			return s.withoutStore(ctx, errors.New("the lock cannot be acquired, and no process refreshes the token"))
		}
		if err := polling.Wait(ctx, attempts); err != nil {
			return Token{}, err
		}
	}
}

// refresh fetches the token under lock. If it returns done == false, the caller must
// start again: the lease has ended, or another process has stored an unusable token.
func (s *shared) refresh(ctx context.Context, lock *store.Lock) (tok Token, done bool, err error) {
	defer s.release(ctx, lock)
	leased, cancel := lock.Context(ctx)
	defer cancel()
	at, err := s.read(leased)
	switch {
	case err != nil && leased.Err() != nil && ctx.Err() == nil:
		return Token{}, false, nil // the lease has ended
	case err != nil:
		tok, err = s.withoutStore(ctx, err)
		return tok, true, err
	case at.rec.good() && !at.rec.due():
		return s.use(at.rec), true, nil
	}
	tok, err = s.fetch(leased, at.rec)
	switch {
	case err != nil && leased.Err() != nil && ctx.Err() == nil:
		return s.useStored(ctx)
	case err != nil:
		return s.keepOld(ctx, at, err)
	case tok.Expiry().IsZero():
		return tok, true, nil
	}
	return s.publish(ctx, at, tok)
}

// fetch asks the source. If the token of old was rejected, it reports that first.
func (s *shared) fetch(ctx context.Context, old record) (Token, error) {
	ctx, cancel := context.WithTimeout(ctx, s.lease/2)
	defer cancel()
	if inv, ok := s.src.(Invalidator); ok && old.rejected() {
		if err := inv.Invalidate(ctx, old.token()); err != nil {
			s.logError(ctx, slog.LevelWarn, "token: source could not replace the rejected token", err)
		}
	}
	return usable(s.src.Token(ctx))
}

// publish stores tok if the store still holds what was read as at. If another process
// has stored a token since, publish uses that one.
func (s *shared) publish(ctx context.Context, at reading, tok Token) (Token, bool, error) {
	rec := newRecord(tok, at.rec)
	stored, err := s.write(ctx, at, rec)
	switch {
	case err != nil:
		s.logError(ctx, slog.LevelWarn, "token: new token not stored", err)
	case !stored:
		return s.useStored(ctx)
	}
	return s.use(rec), true, nil
}

// useStored returns the token that another process stored first.
func (s *shared) useStored(ctx context.Context) (Token, bool, error) {
	at, err := s.read(ctx)
	if err != nil || !at.rec.good() {
		return Token{}, false, nil // the caller starts again
	}
	return s.use(at.rec), true, nil
}

// keepOld handles a failed fetch: it returns the token read as at, if it is good, or
// one that another process has stored since.
func (s *shared) keepOld(ctx context.Context, at reading, err error) (Token, bool, error) {
	if !at.rec.good() {
		if tok, done, _ := s.useStored(ctx); done {
			return tok, true, nil
		}
		return Token{}, true, err
	}
	s.logError(ctx, slog.LevelWarn, "token: early refresh failed", err)
	asked := at.rec
	asked.Seq++
	asked.Asked = time.Now() // the other processes need not try for a while
	if _, err := s.write(ctx, at, asked); err != nil {
		s.logError(ctx, slog.LevelWarn, "token: failed refresh not recorded", err)
	}
	return s.use(at.rec), true, nil
}

// use remembers rec for a failure of the store, and returns its token.
func (s *shared) use(rec record) Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = func() record { return rec }
	return rec.token()
}

// Invalidate implements Invalidator.
func (s *shared) Invalidate(ctx context.Context, stale Token) error {
	err := s.mark(ctx, stale)
	if errors.Is(err, ErrStillRejected) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := s.last.get(); last.token().Same(stale) {
		last = last.reject()
		s.last = func() record { return last }
	}
	if err != nil {
		s.unmarked = stale
	}
	return err
}

// mark records in the store that stale was rejected, if it is the stored token.
func (s *shared) mark(ctx context.Context, stale Token) error {
	for attempts := 1; ; attempts++ {
		at, err := s.read(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("token: marking the rejected token: %w", err)
		case !at.rec.good() || !at.rec.token().Same(stale):
			return nil // it is not in use
		case at.rec.pausing():
			return ErrStillRejected
		}
		if done, err := s.write(ctx, at, at.rec.reject()); done || err != nil {
			return err
		}
		if err := polling.Wait(ctx, attempts); err != nil {
			return fmt.Errorf("token: marking the rejected token: %w", err)
		}
	}
}

// withoutStore serves this process while the store fails with storeErr.
func (s *shared) withoutStore(ctx context.Context, storeErr error) (Token, error) {
	select {
	case s.direct <- struct{}{}:
		defer func() { <-s.direct }()
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		return Token{}, err
	}
	s.logError(ctx, slog.LevelError, "token: store failed", storeErr)

	s.mu.Lock()
	old, wait := s.last.get(), time.Until(s.directAt.Add(directPause))
	ask := (!old.good() || old.due()) && wait <= 0
	if ask {
		s.directAt = time.Now()
	}
	s.mu.Unlock()

	if ask {
		tok, err := s.fetch(ctx, old)
		switch {
		case err == nil && tok.Expiry().IsZero():
			return tok, nil
		case err == nil:
			return s.use(newRecord(tok, old)), nil
		case !old.good():
			return Token{}, err
		}
	}
	if old.good() {
		return old.token(), nil
	}
	return Token{}, fmt.Errorf("token: store failed, source is asked again in %v: %w", wait.Round(time.Second), storeErr)
}

// Format implements fmt.Formatter. It writes only the key, and neither the store nor the
// source.
func (s *shared) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "token.Shared{Key:%q}", s.key) }

// MarshalText implements encoding.TextMarshaler. It returns what Format writes.
func (s *shared) MarshalText() ([]byte, error) { return fmt.Append(nil, s), nil }

// logError logs an error that the callers do not get.
func (s *shared) logError(ctx context.Context, level slog.Level, msg string, err error) {
	s.log.LogAttrs(ctx, level, msg, append([]slog.Attr{slog.String("key", s.key)}, secret.Attrs(err)...)...)
}
