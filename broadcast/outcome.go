package broadcast

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/backoff"
)

// Outcome is the result of the send to one receiver.
type Outcome string

// The outcomes. Sent means that the platform has accepted the message, Ambiguous that
// it may have accepted it. For all other outcomes nothing was sent.
const (
	Sent            Outcome = "sent"
	NotFollower     Outcome = "not a follower"   // 43004: the receiver does not follow the account
	Refused         Outcome = "refused"          // 43101, 43107, 48002 and similar codes: the receiver has not agreed, or does not want messages
	UnknownReceiver Outcome = "unknown receiver" // 40003, 46004: the account has no such user
	WindowClosed    Outcome = "window closed"    // 45015, 45047: customer service may not write to the receiver now
	Skipped         Outcome = "skipped"          // the send function returned an error that matches ErrSkip
	Failed          Outcome = "failed"           // any other refusal of this message; a later run tries again
	Ambiguous       Outcome = "ambiguous"        // the message may have been sent
)

// Errors that a send function returns, alone or wrapped, if it has not called the
// platform.
var (
	// ErrSkip means that the receiver gets no message. The outcome is [Skipped].
	ErrSkip = errors.New("broadcast: receiver skipped")

	// ErrNotSent means that nothing was sent because of a temporary failure, such as a
	// database that is down. All sends pause, and the receiver is tried again.
	ErrNotSent = errors.New("broadcast: nothing was sent")
)

// ErrInterrupted is the error of a receiver for which an earlier run began a send and
// stored no result, since it was killed or its store failed.
var ErrInterrupted = errors.New("broadcast: an earlier run ended during the send")

// Result is the result of the send to one receiver.
type Result struct {
	Receiver string // its key
	Outcome  Outcome
	MsgID    string       // id of the sent message; empty if the platform returned none
	Code     errcode.Code // errcode of a refusal; 0 if there was none
	Err      error        // nil if the message was sent
	Time     time.Time    // when the outcome was known
	Earlier  bool         // the result was stored by an earlier run
}

// verdict is what the error of a send means for the receiver and for the others.
type verdict struct {
	outcome Outcome         // "" if nothing was sent and the receiver may be tried again
	pause   *backoff.Policy // of all sends; nil: no pause
	stop    bool            // the error concerns every receiver
	brief   bool            // the receiver is tried again without a pause of the others, a few times
}

// The pauses of all sends. Each lasts from a half of its policy's length up to the whole.
var (
	busyPause   = backoff.Policy{First: time.Second, Max: time.Minute}
	minutePause = backoff.Policy{First: time.Minute, Max: 2 * time.Minute}
	dailyPause  = backoff.Policy{First: time.Minute, Max: 10 * time.Minute}
)

// outcomes are the codes that concern one receiver.
var outcomes = map[errcode.Code]Outcome{
	errcode.InvalidOpenID:          UnknownReceiver,
	errcode.UserNotFound:           UnknownReceiver,
	errcode.RequireSubscribe:       NotFollower,
	errcode.UserRefusedMessage:     Refused,
	errcode.UserBlockedMessages:    Refused,
	errcode.RequireNotBlocked:      Refused,
	errcode.RequireAuthorization:   Refused,
	errcode.RequireRemoveBlacklist: Refused,
	errcode.SubscribeAbilityBanned: Refused,
	errcode.ReplyWindowClosed:      WindowClosed,
	errcode.TooManyReplies:         WindowClosed,
	errcode.TempSessionClosed:      WindowClosed,
}

var (
	minuteQuota = []errcode.Code{errcode.MinuteQuotaReached, errcode.AppRequestsRejected, errcode.UpdateTooOften}
	dailyQuota  = []errcode.Code{
		errcode.DailyQuotaReached, errcode.MonthlyQuotaReached, errcode.NoMessageQuota,
		errcode.DomainQuotaReached, errcode.APIBlockedTemporarily,
	}

	// forAll are codes outside the categories of forAllGroups that concern every receiver.
	forAll = []errcode.Code{
		errcode.InvalidTemplateID, errcode.InvalidTemplateIDSize, errcode.InvalidTemplate, errcode.TemplateDisabled,
		errcode.TemplateLimitedForAbuse, errcode.NotSubscribeTemplate, errcode.CustomMessageBlocked,
	}
	forAllGroups = []errcode.Category{errcode.ErrAuth, errcode.ErrPermission, errcode.ErrIPRefused, errcode.ErrComponent}
)

// judge decides what the error of a send means.
func judge(err error) verdict {
	switch {
	case err == nil:
		return verdict{outcome: Sent}
	case errors.Is(err, ErrSkip):
		return verdict{outcome: Skipped}
	case errors.Is(err, ErrNotSent):
		return verdict{pause: &busyPause}
	case errors.Is(err, errcode.ErrLimit):
		return verdict{outcome: Failed}
	case errors.Is(err, errcode.DailyQuotaReached): // also the client's own quota guard
		return verdict{pause: &dailyPause}
	}
	var refusal *errcode.Error
	if errors.As(err, &refusal) {
		return judgeRefusal(refusal)
	}
	var transport *errcode.TransportError
	if errors.As(err, &transport) && (!transport.Sent || fetchesToken(transport.Op)) {
		return verdict{pause: &busyPause}
	}
	var answer *errcode.ResponseError
	if errors.As(err, &answer) && fetchesToken(answer.Op) {
		return verdict{pause: &busyPause}
	}
	return verdict{outcome: Ambiguous, pause: &busyPause}
}

func judgeRefusal(e *errcode.Error) verdict {
	if outcome, ok := outcomes[e.Code]; ok {
		return verdict{outcome: outcome}
	}
	is := func(group errcode.Category) bool { return errors.Is(e, group) }
	switch {
	case slices.Contains(minuteQuota, e.Code):
		return verdict{pause: &minutePause}
	case slices.Contains(dailyQuota, e.Code):
		return verdict{pause: &dailyPause}
	case e.Code == errcode.ConcurrentSendToUser:
		return verdict{brief: true}
	case errors.Is(e, errcode.ErrTokenInvalid):
		return verdict{pause: &busyPause}
	case errors.Is(e, errcode.ErrBusy) || e.Status >= 500:
		if fetchesToken(e.Op) {
			return verdict{pause: &busyPause}
		}
		return verdict{outcome: Ambiguous, pause: &busyPause}
	case slices.Contains(forAll, e.Code) || slices.ContainsFunc(forAllGroups, is) || fetchesToken(e.Op):
		return verdict{stop: true}
	}
	return verdict{outcome: Failed}
}

// fetchesToken reports whether op is an endpoint that the client calls for a token,
// before it sends anything.
func fetchesToken(op string) bool {
	for _, path := range []string{"/cgi-bin/stable_token", "/cgi-bin/token", "/cgi-bin/component/api_component_token", "/cgi-bin/component/api_authorizer_token"} {
		if strings.HasSuffix(op, path) {
			return true
		}
	}
	return false
}
