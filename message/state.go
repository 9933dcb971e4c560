package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/store"
)

// ErrConflict means that [State.Update] gave up, because the value was changed by other
// calls during each of its ten attempts.
var ErrConflict = errors.New("message: the state of the conversation was changed by others during each attempt")

// conflicts has the pauses of [State.Update] after a value that others have changed.
var conflicts = backoff.Policy{First: 10 * time.Millisecond, Max: 80 * time.Millisecond}

// State stores what a bot remembers of its conversation with each user between two
// messages, such as the answers given so far. It is a value of type T, which a
// [store.Store] keeps as JSON. With [store.NewMemory] only this process has it; with a
// shared store all processes behind one address have it.
//
// A message identifies the conversation by its account and its sender. Code that has no
// message, such as the handler of a web page, uses a header:
//
//	survey.Get(ctx, &message.Header{ToUserName: "gh_…", FromUserName: openid})
//
// A State is safe for concurrent use.
type State[T any] struct {
	store store.Store
	name  string
	ttl   time.Duration
}

// NewState returns the state with the given name, which distinguishes it from others in
// the same store. The value of a conversation is deleted when it was not changed for as
// long as ttl; zero keeps it forever. NewState panics without a store or a name, and
// on a negative ttl.
func NewState[T any](s store.Store, name string, ttl time.Duration) *State[T] {
	switch {
	case s == nil:
		panic("message: NewState without a store")
	case name == "" || strings.Contains(name, ":"):
		panic(fmt.Sprintf("message: NewState with the name %q: it may not be empty or hold a colon", name))
	case ttl < 0:
		panic(fmt.Sprintf("message: NewState with a ttl of %v", ttl))
	}
	return &State[T]{s, name, ttl}
}

// Get returns the value of the conversation with the sender of m; found is false if
// there is none.
func (s *State[T]) Get(ctx context.Context, m Message) (value T, found bool, err error) {
	key, err := s.key(m)
	if err != nil {
		return value, false, err
	}
	value, raw, err := s.load(ctx, key)
	return value, raw != nil, err
}

// Set stores value, and replaces what was there.
func (s *State[T]) Set(ctx context.Context, m Message, value T) error {
	key, err := s.key(m)
	if err != nil {
		return err
	}
	raw, err := s.encode(value)
	if err != nil {
		return err
	}
	return s.wrap(s.store.Set(ctx, key, raw, s.ttl))
}

// Delete removes the value of the conversation.
func (s *State[T]) Delete(ctx context.Context, m Message) error {
	key, err := s.key(m)
	if err != nil {
		return err
	}
	return s.wrap(s.store.Delete(ctx, key))
}

// Update calls change with the stored value, or with the zero value if there is none,
// stores the result and returns it. If another message has changed the value since it
// was read, in this process or another, change is called again with the newer value,
// so it should have no other effect. After ten attempts the error is [ErrConflict].
//
// If change returns an error, nothing is stored, and Update returns that error.
func (s *State[T]) Update(ctx context.Context, m Message, change func(value *T) error) (T, error) {
	const attempts = 10
	var none T
	key, err := s.key(m)
	if err != nil {
		return none, err
	}
	for attempt := range attempts {
		if attempt > 0 {
			if err := conflicts.Wait(ctx, attempt); err != nil {
				return none, err
			}
		}
		value, old, err := s.load(ctx, key)
		if err != nil {
			return none, err
		}
		if err := change(&value); err != nil {
			return none, err
		}
		written, err := s.replace(ctx, key, old, value)
		if err != nil {
			return none, err
		}
		if written {
			return value, nil
		}
	}
	return none, fmt.Errorf("%w (%s)", ErrConflict, s.name)
}

// replace stores value if the stored bytes are still old; nil means that there are none.
func (s *State[T]) replace(ctx context.Context, key string, old []byte, value T) (written bool, err error) {
	raw, err := s.encode(value)
	if err != nil {
		return false, err
	}
	if old == nil {
		written, err = s.store.SetIfAbsent(ctx, key, raw, s.ttl)
	} else {
		written, err = s.store.CompareAndSwap(ctx, key, old, raw, s.ttl)
	}
	return written, s.wrap(err)
}

// load returns the value and its stored bytes, which are nil if there is no value.
func (s *State[T]) load(ctx context.Context, key string) (value T, raw []byte, err error) {
	raw, found, err := s.store.Get(ctx, key)
	if err != nil || !found {
		return value, nil, s.wrap(err)
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		var none T
		return none, nil, s.wrap(fmt.Errorf("what is stored does not fit %T: %w", none, err))
	}
	return value, raw, nil
}

func (s *State[T]) encode(value T) ([]byte, error) {
	raw, err := json.Marshal(value)
	return raw, s.wrap(err)
}

func (s *State[T]) key(m Message) (string, error) {
	head := HeaderOf(m)
	if head.FromUserName == "" {
		return "", s.wrap(errors.New("the message has no sender"))
	}
	return "wechat:state:" + s.name + ":" + head.ToUserName + ":" + head.FromUserName, nil
}

func (s *State[T]) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("message: state %s: %w", s.name, err)
}
