package message_test

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// fakeStore keeps everything for ever, and fails when told to.
type fakeStore struct {
	mu     sync.Mutex
	values map[string][]byte
	err    error
}

var _ store.Store = (*fakeStore)(nil)

func newFakeStore() *fakeStore { return &fakeStore{values: map[string][]byte{}} }

func (s *fakeStore) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *fakeStore) Get(_ context.Context, key string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, found := s.values[key]
	return bytes.Clone(value), found, s.err
}

func (s *fakeStore) Set(_ context.Context, key string, value []byte, _ time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = bytes.Clone(value)
	return s.err
}

func (s *fakeStore) SetIfAbsent(_ context.Context, key string, value []byte, _ time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.values[key]; found || s.err != nil {
		return false, s.err
	}
	s.values[key] = bytes.Clone(value)
	return true, nil
}

func (s *fakeStore) CompareAndSwap(_ context.Context, key string, old, new []byte, _ time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value, found := s.values[key]; !found || !bytes.Equal(value, old) || s.err != nil {
		return false, s.err
	}
	s.values[key] = bytes.Clone(new)
	return true, nil
}

func (s *fakeStore) CompareAndDelete(_ context.Context, key string, old []byte) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value, found := s.values[key]; !found || !bytes.Equal(value, old) || s.err != nil {
		return false, s.err
	}
	delete(s.values, key)
	return true, nil
}

func (s *fakeStore) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, key)
	return s.err
}
