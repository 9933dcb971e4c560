package token

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
)

// replacements spaces the fetches that replace rejected tokens. The first replacement
// is immediate. If the platform rejects the new token too, the second replacement is
// also immediate, and then a pause begins: 1 second at first, then twice as long each
// time, up to 4 minutes. If every call of an account is rejected, that is less than 40
// fetches an hour.
var replacements = backoff.Policy{First: time.Second, Max: 4 * time.Minute}

// lasting returns how long a token of that life must stay valid before its rejection
// starts a new series: a tenth of its life, but at most 10 minutes. A life of 0 is
// unknown.
func lasting(life time.Duration) time.Duration {
	if life <= 0 {
		return 10 * time.Minute
	}
	return min(life/10, 10*time.Minute)
}

// rejections counts tokens that the platform rejected one after another. The zero value
// counts zero. [Cache] keeps one for its process, [Shared] one for all processes.
type rejections struct {
	Count int       `json:"count"`
	Until time.Time `json:"until"` // no token is replaced before that time
}

// pausing reports whether the next replacement has to wait.
func (r rejections) pausing(now time.Time) bool {
	wait := r.Until.Sub(now)
	return wait > 0 && wait <= replacements.Max // a longer pause comes from another machine's clock
}

// next returns r after the replacement of a token of that life.
func (r rejections) next(now time.Time, life time.Duration) rejections {
	if now.Sub(r.Until) > lasting(life) {
		r.Count = 0
	}
	r.Count, r.Until = min(max(r.Count, 0)+1, 1000), now
	if r.Count > 1 {
		r.Until = now.Add(replacements.Pause(r.Count - 1))
	}
	return r
}
