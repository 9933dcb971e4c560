package broadcast_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
)

// What may happen after an error of the first send to the first of two receivers.
type reaction string

const (
	again reaction = "is tried again after a pause"
	stops reaction = "ends the run"
)

// reactionTo sends to two receivers, of which the first fails once with err, and returns
// the outcome or the reaction. A run that ends is called again and must finish.
func reactionTo(t *testing.T, err error) (got reaction) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var tries attempts
		var seen results
		c := broadcast.Config{Name: "table", Store: store.NewMemory(), Concurrency: 1, OnResult: seen.add}
		receivers := []string{"first", "second"}
		began := time.Now()
		var firstAgain time.Time
		send := func(_ context.Context, receiver string) (string, error) {
			n := tries.next(receiver)
			if receiver == "first" && n == 1 {
				return "", err
			}
			if receiver == "first" {
				firstAgain = time.Now()
			}
			return "id-" + receiver, nil
		}
		_, failure := broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(receivers)), send)
		switch {
		case failure != nil:
			require.ErrorIs(t, failure, err)
			require.Empty(t, seen.all, "nothing is settled")
			_, failure = broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(receivers)), send)
			require.NoError(t, failure)
			require.Equal(t, broadcast.Sent, seen.one(t, "first").Outcome)
			got = stops
		case tries.count["first"] == 2:
			require.Equal(t, broadcast.Sent, seen.one(t, "first").Outcome)
			require.True(t, firstAgain.After(began), "after a pause")
			got = again
		default:
			require.Equal(t, 1, tries.count["first"])
			r := seen.one(t, "first")
			require.Equal(t, err, r.Err)
			var e *errcode.Error
			if errors.As(err, &e) {
				require.Equal(t, e.Code, r.Code)
			}
			got = reaction(r.Outcome)
		}
		require.Equal(t, broadcast.Sent, seen.one(t, "second").Outcome)
		require.Equal(t, "id-second", seen.one(t, "second").MsgID)
	})
	return got
}

// Every code of the table has a reaction, and only where nothing was sent is the receiver
// tried again.
func TestEveryCode(t *testing.T) {
	own := map[errcode.Code]reaction{
		40003: reaction(broadcast.UnknownReceiver), 46004: reaction(broadcast.UnknownReceiver),
		43004: reaction(broadcast.NotFollower),
		43101: reaction(broadcast.Refused), 43107: reaction(broadcast.Refused), 43006: reaction(broadcast.Refused),
		43007: reaction(broadcast.Refused), 43019: reaction(broadcast.Refused), 48002: reaction(broadcast.Refused),
		45015: reaction(broadcast.WindowClosed), 45047: reaction(broadcast.WindowClosed), 45037: reaction(broadcast.WindowClosed),
		45009: again, 45011: again, 45040: again, 45061: again, 45093: again, 45104: again, 45501: again, 45102: again,
		40001: again, 40014: again, 42001: again, 43108: again,
		errcode.InvalidTemplateIDSize: stops, 40037: stops, 40176: stops, 48011: stops, 43116: stops, 43102: stops, 45087: stops,
	}
	groups := map[errcode.Category]reaction{
		errcode.ErrBusy: reaction(broadcast.Ambiguous),
		errcode.ErrAuth: stops, errcode.ErrPermission: stops, errcode.ErrIPRefused: stops, errcode.ErrComponent: stops,
	}
	count := 0
	for _, group := range []errcode.Category{
		errcode.ErrBusy, errcode.ErrAuth, errcode.ErrPermission, errcode.ErrParam, errcode.ErrQuota, errcode.ErrSecurity,
		errcode.ErrOAuth, errcode.ErrComponent, errcode.ErrMedia, errcode.ErrUser, errcode.ErrTemplate, errcode.ErrMenu,
		errcode.ErrMass, errcode.ErrCustomerService, errcode.ErrCard, errcode.ErrInvoice, errcode.ErrStore, errcode.ErrComment,
		errcode.ErrPublish, errcode.ErrAccount, errcode.ErrGuide, errcode.ErrOCR, errcode.ErrDevice,
	} {
		for _, code := range group.Codes() {
			count++
			want, ok := own[code]
			if !ok {
				want, ok = groups[group]
			}
			if !ok && errcode.ErrIPRefused.Has(code) {
				want, ok = stops, true
			}
			if !ok {
				want = reaction(broadcast.Failed)
			}
			require.Equal(t, want, reactionTo(t, refusal(code)), "%d %s", code, group)
		}
	}
	require.Greater(t, count, 500)
}

func TestOtherErrors(t *testing.T) {
	cut := errors.New("connection reset")
	for name, c := range map[string]struct {
		err  error
		want reaction
	}{
		"no connection":             {&errcode.TransportError{Op: sendPath, Err: cut}, again},
		"cut":                       {&errcode.TransportError{Op: sendPath, Sent: true, Err: cut}, reaction(broadcast.Ambiguous)},
		"cut while fetching token":  {&errcode.TransportError{Op: "/cgi-bin/stable_token", Sent: true, Err: cut}, again},
		"page of a gateway":         {&errcode.ResponseError{Op: sendPath, Status: 502, Err: errcode.ErrStatus}, reaction(broadcast.Ambiguous)},
		"page for the token":        {&errcode.ResponseError{Op: "/cgi-bin/token", Status: 502, Err: errcode.ErrStatus}, again},
		"busy while fetching token": {&errcode.Error{Code: -1, Op: "/cgi-bin/stable_token", Status: 200}, again},
		"refusal with HTTP 500":     {&errcode.Error{Code: 47001, Op: sendPath, Status: 500}, reaction(broadcast.Ambiguous)},
		"wrong AppSecret":           {&errcode.Error{Code: 40001, Op: "/cgi-bin/stable_token", Status: 200}, stops},
		"paused by the client":      {&officialaccount.PausedError{Path: sendPath}, again},
		"limit of the platform":     {&errcode.LimitError{Op: sendPath, Field: "data"}, reaction(broadcast.Failed)},
		"unknown":                   {errors.New("something"), reaction(broadcast.Ambiguous)},
		"deadline":                  {context.DeadlineExceeded, reaction(broadcast.Ambiguous)},
		"not sent":                  {fmt.Errorf("%w: the database is down", broadcast.ErrNotSent), again},
		"skipped":                   {fmt.Errorf("%w: no order", broadcast.ErrSkip), reaction(broadcast.Skipped)},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, reactionTo(t, c.err)) })
	}
}

// Somebody else may be sending to the same user for longer.
func TestConcurrentSendToOneUserEndsFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries attempts
		var seen results
		_, err := broadcast.Run(t.Context(), broadcast.Config{OnResult: seen.add}, broadcast.Each(slices.Values(ids(3))), func(_ context.Context, receiver string) (string, error) {
			if tries.next(receiver); receiver == "o00001" {
				return "", refusal(errcode.ConcurrentSendToUser)
			}
			return "", nil
		})
		require.NoError(t, err)
		require.Equal(t, broadcast.Failed, seen.one(t, "o00001").Outcome)
		require.Equal(t, map[string]int{"o00000": 1, "o00001": 5, "o00002": 1}, tries.count)
	})
}
