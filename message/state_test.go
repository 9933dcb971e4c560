package message_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
)

type survey struct {
	Step    int      `json:"step"`
	Answers []string `json:"answers,omitempty"`
}

func from(openid string) message.Message {
	return &message.Text{Header: message.Header{ToUserName: testAccount, FromUserName: openid}}
}

func TestState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		shared := store.NewMemory()
		s := message.NewState[survey](shared, "survey", time.Hour)
		_, found, err := s.Get(ctx, from("a"))
		require.NoError(t, err)
		require.False(t, found)

		got, err := s.Update(ctx, from("a"), func(v *survey) error { v.Step++; v.Answers = append(v.Answers, "tea & <b>"); return nil })
		require.NoError(t, err)
		require.Equal(t, survey{1, []string{"tea & <b>"}}, got)
		got, found, err = s.Get(ctx, from("a"))
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, survey{1, []string{"tea & <b>"}}, got)

		// Another user, another account and another state have their own.
		for _, m := range []message.Message{from("b"), &message.Header{ToUserName: "gh_other", FromUserName: "a"}} {
			_, found, err = s.Get(ctx, m)
			require.NoError(t, err)
			require.False(t, found)
		}
		_, found, err = message.NewState[survey](shared, "other", 0).Get(ctx, from("a"))
		require.NoError(t, err)
		require.False(t, found)

		// The same conversation from elsewhere.
		got, found, err = s.Get(ctx, &message.Header{ToUserName: testAccount, FromUserName: "a"})
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, 1, got.Step)

		require.NoError(t, s.Set(ctx, from("a"), survey{Step: 7}))
		got, err = s.Update(ctx, from("a"), func(v *survey) error { v.Step++; return nil })
		require.NoError(t, err)
		require.Equal(t, survey{Step: 8}, got)

		time.Sleep(59 * time.Minute)
		_, found, _ = s.Get(ctx, from("a"))
		require.True(t, found, "each change starts the time again")
		time.Sleep(time.Minute)
		_, found, _ = s.Get(ctx, from("a"))
		require.False(t, found)

		require.NoError(t, s.Set(ctx, from("a"), survey{}))
		require.NoError(t, s.Delete(ctx, from("a")))
		require.NoError(t, s.Delete(ctx, from("a")))
		_, found, _ = s.Get(ctx, from("a"))
		require.False(t, found)
	})
}

func TestStateUpdatesAreNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := message.NewState[int](store.NewMemory(), "count", 0)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 25 {
					_, err := s.Update(t.Context(), from("a"), func(n *int) error { *n++; return nil })
					for errors.Is(err, message.ErrConflict) {
						_, err = s.Update(t.Context(), from("a"), func(n *int) error { *n++; return nil })
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		n, _, err := s.Get(t.Context(), from("a"))
		require.NoError(t, err)
		require.Equal(t, 100, n)
	})
}

func TestStateConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := message.NewState[int](store.NewMemory(), "count", 0)
		calls := 0
		_, err := s.Update(t.Context(), from("a"), func(n *int) error { // somebody is always faster
			calls++
			return s.Set(t.Context(), from("a"), 1000+calls)
		})
		require.ErrorIs(t, err, message.ErrConflict)
		require.ErrorContains(t, err, "count")
		require.Equal(t, 10, calls)
		n, _, _ := s.Get(t.Context(), from("a"))
		require.Equal(t, 1010, n, "nobody's value was overwritten")

		ctx, cancel := context.WithCancel(t.Context())
		_, err = s.Update(ctx, from("a"), func(*int) error {
			cancel()
			return s.Set(t.Context(), from("a"), 1)
		})
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestStateErrors(t *testing.T) {
	ctx := t.Context()
	broken := newFakeStore()
	s := message.NewState[survey](broken, "survey", 0)
	refused := errors.New("not this")
	got, err := s.Update(ctx, from("a"), func(v *survey) error {
		v.Step = 1
		return refused
	})
	require.Equal(t, refused, err)
	require.Zero(t, got, "an error comes alone")
	_, found, err := s.Get(ctx, from("a"))
	require.NoError(t, err)
	require.False(t, found, "nothing was written")

	for _, call := range []func(m message.Message) error{
		func(m message.Message) error { _, _, err := s.Get(ctx, m); return err },
		func(m message.Message) error { return s.Set(ctx, m, survey{}) },
		func(m message.Message) error { return s.Delete(ctx, m) },
		func(m message.Message) error {
			_, err := s.Update(ctx, m, func(*survey) error { return nil })
			return err
		},
	} {
		require.ErrorContains(t, call(&message.ComponentVerifyTicketNotice{}), "no sender")
		down := errors.New("connection refused")
		broken.fail(down)
		require.ErrorIs(t, call(from("a")), down)
		broken.fail(nil)
	}

	require.NoError(t, message.NewState[string](broken, "survey", 0).Set(ctx, from("a"), "not a survey"))
	_, _, err = s.Get(ctx, from("a"))
	require.ErrorContains(t, err, "does not fit message_test.survey")
	require.Error(t, message.NewState[chan int](broken, "x", 0).Set(ctx, from("a"), nil))

	require.Panics(t, func() { message.NewState[int](nil, "x", 0) })
	require.Panics(t, func() { message.NewState[int](broken, "", 0) })
	require.Panics(t, func() { message.NewState[int](broken, "a:b", 0) })
	require.Panics(t, func() { message.NewState[int](broken, "x", -1) })
}
