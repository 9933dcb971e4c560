package officialaccount

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// PausedError is a call that the quota guard did not send, because the platform
// refused the path for its daily quota a short time ago. It matches
// errcode.ErrQuota and errcode.DailyQuotaReached.
type PausedError struct {
	Path  string    // the endpoint
	Until time.Time // when the next call may probe
}

func (e *PausedError) Error() string {
	return "wechat: " + e.Path + ": not sent: the daily quota was used up; next try at " + e.Until.Format(time.RFC3339)
}

// Is matches what the platform's own refusal matches.
func (e *PausedError) Is(target error) bool {
	return target == errcode.DailyQuotaReached || target == errcode.ErrQuota
}

type guard struct{}

func newGuard() *guard { return &guard{} }
