package storetest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/storetest"
)

// brokenStores each break one rule; part is the subtest that must notice.
var brokenStores = []struct {
	name, part string
	wrap       func(store.Store) store.Store
}{
	{"MissIsAnError", "Miss", func(s store.Store) store.Store { return missIsAnError{s} }},
	{"DeleteOfNothingIsAnError", "Miss", func(s store.Store) store.Store { return deleteOfNothingIsAnError{s} }},
	{"SetKeepsTheFirst", "Replace", func(s store.Store) store.Store { return setKeepsTheFirst{s} }},
	{"DeleteDoesNothing", "Delete", func(s store.Store) store.Store { return deleteDoesNothing{s} }},
	{"DeleteTakesABranch", "Delete", func(s store.Store) store.Store { return deleteTakesABranch{s, map[string]bool{}} }},
	{"DeletedStaysTaken", "Delete", func(s store.Store) store.Store { return takenForEver{s, map[string]bool{}} }},
	{"SetIfAbsentReplaces", "SetIfAbsent", func(s store.Store) store.Store { return setIfAbsentReplaces{s} }},
	{"SetIfAbsentAgreesWithItself", "SetIfAbsent", func(s store.Store) store.Store { return setIfAbsentAgreesWithItself{s} }},
	{"SwapWithoutComparing", "CompareAndSwap", func(s store.Store) store.Store { return swapWithoutComparing{s} }},
	{"SwapToTheSameFails", "CompareAndSwap", func(s store.Store) store.Store { return swapToTheSameFails{s} }},
	{"SwapIgnoresCase", "CompareAndSwap", func(s store.Store) store.Store { return swapIgnoresCase{s} }},
	{"SwapRevives", "CompareAndSwap", func(s store.Store) store.Store { return &remembers{Store: s, last: map[string][]byte{}} }},
	{"DeleteWithoutComparing", "CompareAndDelete", func(s store.Store) store.Store { return deleteWithoutComparing{s} }},
	{"DeleteReportsNothing", "CompareAndDelete", func(s store.Store) store.Store { return deleteReportsNothing{s} }},
	{"DeletesAgain", "CompareAndDelete", func(s store.Store) store.Store { return &remembers{Store: s, last: map[string][]byte{}} }},
	{"EmptyIsAbsent", "EmptyValue", func(s store.Store) store.Store { return emptyIsAbsent{s} }},
	{"AbsentIsEmpty", "EmptyValue", func(s store.Store) store.Store { return absentIsEmpty{s} }},
	{"ValuesAreText", "BinaryValue", func(s store.Store) store.Store { return valuesAre{s, text} }},
	{"ValuesEndAtZero", "BinaryValue", func(s store.Store) store.Store { return valuesAre{s, untilZero} }},
	{"ValuesAreTrimmed", "BinaryValue", func(s store.Store) store.Store { return valuesAre{s, trimmed} }},
	{"ValuesAreCut", "BigValue", func(s store.Store) store.Store { return valuesAre{s, cut} }},
	{"SwapComparesABeginning", "BigValue", func(s store.Store) store.Store { return comparesABeginning{s, "CompareAndSwap"} }},
	{"DeleteComparesABeginning", "BigValue", func(s store.Store) store.Store { return comparesABeginning{s, "CompareAndDelete"} }},
	{"KeysIgnoreCase", "ExactKeys", func(s store.Store) store.Store { return keysAre{s, strings.ToLower} }},
	{"KeysAreTrimmed", "ExactKeys", func(s store.Store) store.Store { return keysAre{s, strings.TrimSpace} }},
	{"KeysAreCut", "ExactKeys", func(s store.Store) store.Store { return keysAre{s, cutKey} }},
	{"FewKeys", "ManyKeys", func(store.Store) store.Store { return store.NewMemorySize(100) }},
	{"KeepsSlices", "OwnSlices", func(store.Store) store.Store { return &naive{values: map[string][]byte{}} }},
	{"GivesItsOwnSlices", "OwnSlices", func(s store.Store) store.Store { return givesItsOwnSlices{s, map[string][]byte{}} }},
	{"SpoilsSlices", "OwnSlices", func(s store.Store) store.Store { return spoilsSlices{s} }},
	{"NegativeMeansForever", "NegativeTTL", func(s store.Store) store.Store { return ttlsAre{s, negativeIsForever} }},
	{"NegativeMeansZeroLength", "NegativeTTL", func(s store.Store) store.Store { return ttlsAre{s, negativeIsTiny} }},
	{"NegativeSetIfAbsent", "NegativeTTL", func(s store.Store) store.Store { return setIfAbsentBounds{s} }},
	{"NegativeSwap", "NegativeTTL", func(s store.Store) store.Store { return swapBounds{s} }},
	{"NothingExpires", "Expiry", func(s store.Store) store.Store { return ttlsAre{s, forever} }},
	{"ZeroMeansADefault", "Expiry", func(s store.Store) store.Store { return ttlsAre{s, zeroIsDefault} }},
	{"ShortMeansForever", "Expiry", func(s store.Store) store.Store { return ttlsAre{s, wholeMilliseconds} }},
	{"ExpiresEarly", "Expiry", func(s store.Store) store.Store { return ttlsAre{s, early} }},
	{"ExpiresLate", "Expiry", func(s store.Store) store.Store { return ttlsAre{s, late} }},
	{"LongOverflows", "Expiry", func(s store.Store) store.Store { return ttlsAre{s, overflow} }},
	{"SwapIgnoresTTL", "Expiry", func(s store.Store) store.Store { return swapIgnoresTTL{s} }},
	{"FailedSetIfAbsentRenews", "Expiry", func(s store.Store) store.Store { return failedSetIfAbsentRenews{s} }},
	{"FailedSwapRenews", "Expiry", func(s store.Store) store.Store { return failedSwapRenews{s} }},
	{"ExpiredStaysForWrites", "Expiry", func(s store.Store) store.Store { return newExpiredStays(s) }},
	{"NeverStaysNever", "Expiry", func(s store.Store) store.Store { return neverStaysNever{s, map[string]bool{}} }},
	{"SwapRevivesExpired", "Expiry", func(s store.Store) store.Store { return &remembers{Store: s, last: map[string][]byte{}} }},
	{"ExpiredStaysTaken", "Expiry", func(s store.Store) store.Store { return takenForEver{s, map[string]bool{}} }},
	{"ContextIgnoredByGet", "Context", func(s store.Store) store.Store { return contextIgnored{s, "Get"} }},
	{"ContextIgnoredBySet", "Context", func(s store.Store) store.Store { return contextIgnored{s, "Set"} }},
	{"ContextIgnoredBySetIfAbsent", "Context", func(s store.Store) store.Store { return contextIgnored{s, "SetIfAbsent"} }},
	{"ContextIgnoredBySwap", "Context", func(s store.Store) store.Store { return contextIgnored{s, "CompareAndSwap"} }},
	{"ContextIgnoredByCompareAndDelete", "Context", func(s store.Store) store.Store { return contextIgnored{s, "CompareAndDelete"} }},
	{"ContextIgnoredByDelete", "Context", func(s store.Store) store.Store { return contextIgnored{s, "Delete"} }},
	{"CarriedOutAllTheSame", "Context", func(s store.Store) store.Store { return carriedOutAllTheSame{s} }},
	{"FailureIsAMiss", "Context", func(s store.Store) store.Store { return failureIsAMiss{s} }},
	{"SetIfAbsentInTwoSteps", "OneWinner", func(s store.Store) store.Store { return setIfAbsentInTwoSteps{s} }},
	{"ExpiredReplacedInTwoSteps", "OneWinner", func(s store.Store) store.Store { return &expiredReplacedInTwoSteps{Store: s, used: map[string]bool{}} }},
	{"DeleteInTwoSteps", "OneWinner", func(s store.Store) store.Store { return deleteInTwoSteps{s} }},
	{"SwapInTwoSteps", "OneWinner", func(s store.Store) store.Store { return swapInTwoSteps{s} }},
	{"SwapInTwoStepsCounting", "NoLostUpdate", func(s store.Store) store.Store { return swapInTwoSteps{s} }},
	{"SetIfAbsentInTwoStepsLocking", "Lock", func(s store.Store) store.Store { return setIfAbsentInTwoSteps{s} }},
	{"DeleteWithoutComparingLocking", "Lock", func(s store.Store) store.Store { return deleteWithoutComparing{s} }},
	{"SwapToTheSameFailsLocking", "Lock", func(s store.Store) store.Store { return swapToTheSameFails{s} }},
}

const inChild = "STORETEST_BROKEN_CHILD"

// TestBroken runs the suite over every broken store in a child process, where it
// must fail, and in the part that looks at the broken rule.
func TestBroken(t *testing.T) {
	if os.Getenv(inChild) != "" {
		for _, b := range brokenStores {
			t.Run(b.name, func(t *testing.T) {
				storetest.RunInBubble(t, func(t *testing.T) store.Store {
					if !strings.HasSuffix(t.Name(), "/"+b.part) {
						t.SkipNow() // no other part need notice
					}
					return b.wrap(store.NewMemory())
				})
			})
		}
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$", "-test.v", "-test.timeout=2m")
	child.Env = append(os.Environ(), inChild+"=1")
	output, err := child.CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); !failed {
		t.Fatalf("the suite passed over broken stores: %v\n%s", err, output)
	}
	for _, b := range brokenStores {
		want := fmt.Sprintf("--- FAIL: TestBroken/%s/%s ", b.name, b.part)
		if !bytes.Contains(output, []byte(want)) {
			t.Errorf("no line %q", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", output)
	}
}

type missIsAnError struct{ store.Store }

func (s missIsAnError) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, found, err := s.Store.Get(ctx, key)
	if err == nil && !found {
		err = errors.New("no such key")
	}
	return value, found, err
}

type deleteOfNothingIsAnError struct{ store.Store }

func (s deleteOfNothingIsAnError) Delete(ctx context.Context, key string) error {
	if _, found, _ := s.Get(ctx, key); !found {
		return errors.New("no such key")
	}
	return s.Store.Delete(ctx, key)
}

type setKeepsTheFirst struct{ store.Store }

func (s setKeepsTheFirst) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	_, err := s.SetIfAbsent(ctx, key, value, ttl)
	return err
}

type deleteDoesNothing struct{ store.Store }

func (s deleteDoesNothing) Delete(ctx context.Context, _ string) error { return ctx.Err() }

type setIfAbsentReplaces struct{ store.Store }

func (s setIfAbsentReplaces) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	stored, err := s.Store.SetIfAbsent(ctx, key, value, ttl)
	if err == nil && !stored {
		err = s.Set(ctx, key, value, ttl)
	}
	return stored, err
}

type setIfAbsentAgreesWithItself struct{ store.Store }

func (s setIfAbsentAgreesWithItself) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	stored, err := s.Store.SetIfAbsent(ctx, key, value, ttl)
	if err == nil && !stored {
		now, _, _ := s.Get(ctx, key)
		stored = bytes.Equal(now, value)
	}
	return stored, err
}

type swapWithoutComparing struct{ store.Store }

func (s swapWithoutComparing) CompareAndSwap(ctx context.Context, key string, _, new []byte, ttl time.Duration) (bool, error) {
	old, found, err := s.Get(ctx, key)
	if err != nil || !found {
		return false, err
	}
	return s.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

type swapToTheSameFails struct{ store.Store }

func (s swapToTheSameFails) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	swapped, err := s.Store.CompareAndSwap(ctx, key, old, new, ttl)
	return swapped && !bytes.Equal(old, new), err
}

type swapIgnoresCase struct{ store.Store }

func (s swapIgnoresCase) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	now, found, err := s.Get(ctx, key)
	if err != nil || !found || !bytes.EqualFold(now, old) {
		return false, err
	}
	return s.Store.CompareAndSwap(ctx, key, now, new, ttl)
}

type deleteWithoutComparing struct{ store.Store }

func (s deleteWithoutComparing) CompareAndDelete(ctx context.Context, key string, _ []byte) (bool, error) {
	old, found, err := s.Get(ctx, key)
	if err != nil || !found {
		return false, err
	}
	return s.Store.CompareAndDelete(ctx, key, old)
}

type deleteReportsNothing struct{ store.Store }

func (s deleteReportsNothing) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	_, err := s.Store.CompareAndDelete(ctx, key, old)
	return false, err
}

type emptyIsAbsent struct{ store.Store }

func (s emptyIsAbsent) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, _, err := s.Store.Get(ctx, key)
	return value, len(value) > 0, err
}

type absentIsEmpty struct{ store.Store }

func (s absentIsEmpty) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	if len(old) == 0 {
		if stored, err := s.SetIfAbsent(ctx, key, new, ttl); err != nil || stored {
			return stored, err
		}
	}
	return s.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

// valuesAre changes every value on its way in.
type valuesAre struct {
	store.Store
	change func([]byte) []byte
}

func (s valuesAre) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.Store.Set(ctx, key, s.change(value), ttl)
}

func (s valuesAre) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	return s.Store.SetIfAbsent(ctx, key, s.change(value), ttl)
}

func (s valuesAre) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	return s.Store.CompareAndSwap(ctx, key, s.change(old), s.change(new), ttl)
}

func (s valuesAre) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	return s.Store.CompareAndDelete(ctx, key, s.change(old))
}

func text(b []byte) []byte      { return bytes.ToValidUTF8(b, []byte("\ufffd")) }
func untilZero(b []byte) []byte { b, _, _ = bytes.Cut(b, []byte{0}); return b }
func trimmed(b []byte) []byte   { return bytes.TrimRight(b, " ") }
func cut(b []byte) []byte       { return b[:min(len(b), 1<<16-1)] }

// keysAre changes every key.
type keysAre struct {
	store.Store
	change func(string) string
}

func (s keysAre) Get(ctx context.Context, key string) ([]byte, bool, error) {
	return s.Store.Get(ctx, s.change(key))
}

func (s keysAre) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.Store.Set(ctx, s.change(key), value, ttl)
}

func (s keysAre) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	return s.Store.SetIfAbsent(ctx, s.change(key), value, ttl)
}

func (s keysAre) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	return s.Store.CompareAndSwap(ctx, s.change(key), old, new, ttl)
}

func (s keysAre) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	return s.Store.CompareAndDelete(ctx, s.change(key), old)
}

func (s keysAre) Delete(ctx context.Context, key string) error {
	return s.Store.Delete(ctx, s.change(key))
}

func cutKey(key string) string { return key[:min(len(key), 255)] }

// naive is a map and a lock: it keeps what it is given and gives what it keeps.
type naive struct {
	mu     sync.Mutex
	values map[string][]byte
}

func (s *naive) Get(_ context.Context, key string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, found := s.values[key]
	return value, found, nil
}

func (s *naive) Set(_ context.Context, key string, value []byte, _ time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = value
	return nil
}

func (s *naive) SetIfAbsent(_ context.Context, key string, value []byte, _ time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.values[key]; found {
		return false, nil
	}
	s.values[key] = value
	return true, nil
}

func (s *naive) CompareAndSwap(_ context.Context, key string, old, new []byte, _ time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value, found := s.values[key]; !found || !bytes.Equal(value, old) {
		return false, nil
	}
	s.values[key] = new
	return true, nil
}

func (s *naive) CompareAndDelete(_ context.Context, key string, old []byte) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value, found := s.values[key]; !found || !bytes.Equal(value, old) {
		return false, nil
	}
	delete(s.values, key)
	return true, nil
}

func (s *naive) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, key)
	return nil
}

// spoilsSlices uses its arguments as scratch space.
type spoilsSlices struct{ store.Store }

func (s spoilsSlices) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	defer clear(old)
	return s.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

// ttlsAre changes every ttl.
type ttlsAre struct {
	store.Store
	change func(time.Duration) time.Duration
}

func (s ttlsAre) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.Store.Set(ctx, key, value, s.change(ttl))
}

func (s ttlsAre) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	return s.Store.SetIfAbsent(ctx, key, value, s.change(ttl))
}

func (s ttlsAre) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	return s.Store.CompareAndSwap(ctx, key, old, new, s.change(ttl))
}

func negativeIsForever(ttl time.Duration) time.Duration { return max(ttl, 0) }
func negativeIsTiny(ttl time.Duration) time.Duration {
	if ttl < 0 {
		return 1
	}
	return ttl
}
func forever(ttl time.Duration) time.Duration { return min(ttl, 0) }
func zeroIsDefault(ttl time.Duration) time.Duration {
	if ttl == 0 {
		return 100 * time.Millisecond
	}
	return ttl
}
func wholeMilliseconds(ttl time.Duration) time.Duration { return ttl.Truncate(time.Millisecond) }
func early(ttl time.Duration) time.Duration             { return ttl / 4 }
func late(ttl time.Duration) time.Duration              { return 8 * (ttl % time.Hour) }
func overflow(ttl time.Duration) time.Duration {
	if ttl == math.MaxInt64 {
		return 1
	}
	return ttl
}

type swapIgnoresTTL struct{ store.Store }

func (s swapIgnoresTTL) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	return s.Store.CompareAndSwap(ctx, key, old, new, min(ttl, 0))
}

type failedSetIfAbsentRenews struct{ store.Store }

func (s failedSetIfAbsentRenews) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	stored, err := s.Store.SetIfAbsent(ctx, key, value, ttl)
	if err == nil && !stored {
		now, _, _ := s.Get(ctx, key)
		_, err = s.CompareAndSwap(ctx, key, now, now, ttl)
	}
	return stored, err
}

type failedSwapRenews struct{ store.Store }

func (s failedSwapRenews) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	swapped, err := s.Store.CompareAndSwap(ctx, key, old, new, ttl)
	if err == nil && !swapped {
		now, _, _ := s.Get(ctx, key)
		_, err = s.Store.CompareAndSwap(ctx, key, now, now, ttl)
	}
	return swapped, err
}

// expiredStays hides expired entries from Get only.
type expiredStays struct {
	store.Store             // keeps everything for ever
	live        store.Store // forgets in time
}

func newExpiredStays(live store.Store) store.Store {
	return expiredStays{Store: store.NewMemory(), live: live}
}

func (s expiredStays) Get(ctx context.Context, key string) ([]byte, bool, error) {
	return s.live.Get(ctx, key)
}

func (s expiredStays) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return errors.Join(s.Store.Set(ctx, key, value, min(ttl, 0)), s.live.Set(ctx, key, value, ttl))
}

func (s expiredStays) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	stored, err := s.Store.SetIfAbsent(ctx, key, value, min(ttl, 0))
	if stored {
		err = s.live.Set(ctx, key, value, ttl)
	}
	return stored, err
}

func (s expiredStays) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	swapped, err := s.Store.CompareAndSwap(ctx, key, old, new, min(ttl, 0))
	if swapped {
		err = s.live.Set(ctx, key, new, ttl)
	}
	return swapped, err
}

func (s expiredStays) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	deleted, err := s.Store.CompareAndDelete(ctx, key, old)
	if deleted {
		err = s.live.Delete(ctx, key)
	}
	return deleted, err
}

func (s expiredStays) Delete(ctx context.Context, key string) error {
	return errors.Join(s.Store.Delete(ctx, key), s.live.Delete(ctx, key))
}

// contextIgnored is a store of which one method ignores its context.
type contextIgnored struct {
	store.Store
	method string
}

func (s contextIgnored) ctx(ctx context.Context, method string) context.Context {
	if method == s.method {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

func (s contextIgnored) Get(ctx context.Context, key string) ([]byte, bool, error) {
	return s.Store.Get(s.ctx(ctx, "Get"), key)
}

func (s contextIgnored) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.Store.Set(s.ctx(ctx, "Set"), key, value, ttl)
}

func (s contextIgnored) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	return s.Store.SetIfAbsent(s.ctx(ctx, "SetIfAbsent"), key, value, ttl)
}

func (s contextIgnored) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	return s.Store.CompareAndSwap(s.ctx(ctx, "CompareAndSwap"), key, old, new, ttl)
}

func (s contextIgnored) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	return s.Store.CompareAndDelete(s.ctx(ctx, "CompareAndDelete"), key, old)
}

func (s contextIgnored) Delete(ctx context.Context, key string) error {
	return s.Store.Delete(s.ctx(ctx, "Delete"), key)
}

// carriedOutAllTheSame returns the error of the context after it has written.
type carriedOutAllTheSame struct{ store.Store }

func (s carriedOutAllTheSame) Delete(ctx context.Context, key string) error {
	return errors.Join(s.Store.Delete(context.WithoutCancel(ctx), key), ctx.Err())
}

// deleteTakesABranch deletes every key with the same beginning up to the last colon.
type deleteTakesABranch struct {
	store.Store
	keys map[string]bool
}

func (s deleteTakesABranch) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	s.keys[key] = true
	return s.Store.Set(ctx, key, value, ttl)
}

func (s deleteTakesABranch) Delete(ctx context.Context, key string) error {
	branch := key[:strings.LastIndexByte(key, ':')+1]
	for other := range s.keys {
		if strings.HasPrefix(other, branch) {
			if err := s.Store.Delete(ctx, other); err != nil {
				return err
			}
		}
	}
	return s.Store.Delete(ctx, key)
}

// takenForEver lets SetIfAbsent succeed only if the key was never written.
type takenForEver struct {
	store.Store
	used map[string]bool
}

func (s takenForEver) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	s.used[key] = true
	return s.Store.Set(ctx, key, value, ttl)
}

func (s takenForEver) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if s.used[key] {
		return false, ctx.Err()
	}
	s.used[key] = true
	return s.Store.SetIfAbsent(ctx, key, value, ttl)
}

// remembers compares with what it had under a key, also when nothing is there any more.
type remembers struct {
	store.Store
	last map[string][]byte
}

func (s *remembers) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	s.last[key] = value
	return s.Store.Set(ctx, key, value, ttl)
}

func (s *remembers) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	swapped, err := s.Store.CompareAndSwap(ctx, key, old, new, ttl)
	if err == nil && !swapped && s.missing(ctx, key, old) {
		swapped, err = s.SetIfAbsent(ctx, key, new, ttl)
	}
	if swapped {
		s.last[key] = new
	}
	return swapped, err
}

func (s *remembers) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	deleted, err := s.Store.CompareAndDelete(ctx, key, old)
	return deleted || err == nil && s.missing(ctx, key, old), err
}

func (s *remembers) missing(ctx context.Context, key string, old []byte) bool {
	_, found, err := s.Get(ctx, key)
	last, known := s.last[key]
	return err == nil && !found && known && bytes.Equal(last, old)
}

// comparesABeginning is a store of which one method compares only length and beginning.
type comparesABeginning struct {
	store.Store
	method string
}

func (s comparesABeginning) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	return s.Store.CompareAndSwap(ctx, key, s.old(ctx, "CompareAndSwap", key, old), new, ttl)
}

func (s comparesABeginning) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	return s.Store.CompareAndDelete(ctx, key, s.old(ctx, "CompareAndDelete", key, old))
}

func (s comparesABeginning) old(ctx context.Context, method, key string, old []byte) []byte {
	now, _, _ := s.Get(ctx, key)
	if method == s.method && len(now) == len(old) && bytes.Equal(cut(now), cut(old)) {
		return now
	}
	return old
}

// givesItsOwnSlices gives the same slice to every reader of a value.
type givesItsOwnSlices struct {
	store.Store
	given map[string][]byte
}

func (s givesItsOwnSlices) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if value, known := s.given[key]; known {
		return value, true, ctx.Err()
	}
	value, found, err := s.Store.Get(ctx, key)
	if found {
		s.given[key] = value
	}
	return value, found, err
}

// setIfAbsentBounds and swapBounds take a negative ttl for none.
type setIfAbsentBounds struct{ store.Store }

func (s setIfAbsentBounds) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	return s.Store.SetIfAbsent(ctx, key, value, max(ttl, 0))
}

type swapBounds struct{ store.Store }

func (s swapBounds) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	return s.Store.CompareAndSwap(ctx, key, old, new, max(ttl, 0))
}

// neverStaysNever keeps an entry without an end when Set gives it one.
type neverStaysNever struct {
	store.Store
	never map[string]bool
}

func (s neverStaysNever) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if s.never[key] {
		ttl = 0
	}
	s.never[key] = ttl == 0
	return s.Store.Set(ctx, key, value, ttl)
}

// expiredReplacedInTwoSteps lets SetIfAbsent write over what has expired without
// looking once more.
type expiredReplacedInTwoSteps struct {
	store.Store
	mu   sync.Mutex
	used map[string]bool
}

func (s *expiredReplacedInTwoSteps) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	s.mu.Lock()
	s.used[key] = true
	s.mu.Unlock()
	return s.Store.Set(ctx, key, value, ttl)
}

func (s *expiredReplacedInTwoSteps) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	s.mu.Lock()
	used := s.used[key]
	s.mu.Unlock()
	if used {
		return setIfAbsentInTwoSteps{s.Store}.SetIfAbsent(ctx, key, value, ttl)
	}
	return s.Store.SetIfAbsent(ctx, key, value, ttl)
}

type deleteInTwoSteps struct{ store.Store }

func (s deleteInTwoSteps) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	now, found, err := s.Get(ctx, key)
	if err != nil || !found || !bytes.Equal(now, old) {
		return false, err
	}
	pause()
	return true, s.Delete(ctx, key)
}

type failureIsAMiss struct{ store.Store }

func (s failureIsAMiss) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, found, _ := s.Store.Get(ctx, key)
	return value, found, nil
}

type setIfAbsentInTwoSteps struct{ store.Store }

func (s setIfAbsentInTwoSteps) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if _, found, err := s.Get(ctx, key); err != nil || found {
		return false, err
	}
	pause()
	return true, s.Set(ctx, key, value, ttl)
}

type swapInTwoSteps struct{ store.Store }

func (s swapInTwoSteps) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	now, found, err := s.Get(ctx, key)
	if err != nil || !found || !bytes.Equal(now, old) {
		return false, err
	}
	pause()
	return true, s.Set(ctx, key, new, ttl)
}

// pause gives the others time to come in between two steps.
func pause() {
	runtime.Gosched()
	time.Sleep(20 * time.Millisecond)
}
