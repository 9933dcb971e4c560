package officialaccount

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// PausedError reports a call that was not sent because of Config.QuotaGuard: the
// platform recently refused the path because its daily quota was used up. It matches
// errcode.ErrQuota and errcode.DailyQuotaReached.
type PausedError struct {
	Path  string    // the endpoint
	Until time.Time // when the next call is sent as a probe; in the past while a probe is in progress
}

func (e *PausedError) Error() string {
	return "wechat: " + e.Path + ": not sent: the daily quota of this path was used up; the next call is sent at " + e.Until.Format(time.RFC3339)
}

// Is reports whether target is errcode.DailyQuotaReached or a group of that code.
func (e *PausedError) Is(target error) bool {
	return target == errcode.DailyQuotaReached || target == errcode.ErrQuota
}

// The first and the longest pause of a path.
const (
	minQuotaPause = time.Minute
	maxQuotaPause = 10 * time.Minute
)

// guard pauses the paths whose daily quota is used up.
type guard struct {
	mu    sync.Mutex
	paths map[string]*quotaPause
}

// quotaPause is the pause of one path. When it is over, one call is sent as a probe;
// until its result the path stays paused for the others.
type quotaPause struct {
	length  time.Duration
	until   time.Time
	probing bool
}

// run makes the call, unless its path is paused, and updates the pause.
func (g *guard) run(ctx context.Context, k *call, do func(context.Context, *call) error) error {
	path := wire.Op(k.Path)
	if clearsQuota(path) || k.credential == noCredential {
		err := do(ctx, k)
		if err == nil && clearsQuota(path) {
			g.clear()
		}
		return err
	}
	if err := g.begin(path, k); err != nil {
		return err
	}
	err := errUnfinished
	defer func() { g.finish(path, k, err) }()
	err = do(ctx, k)
	return err
}

func clearsQuota(path string) bool {
	switch path {
	case "/cgi-bin/clear_quota", "/cgi-bin/clear_quota/v2", "/cgi-bin/openapi/quota/clear":
		return true
	}
	return false
}

// clear ends every pause.
func (g *guard) clear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.paths)
}

// begin returns an error if the call must not be sent.
func (g *guard) begin(path string, k *call) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.paths[path]
	if p == nil {
		return nil
	}
	if p.probing || time.Now().Before(p.until) {
		k.paused = true
		return &PausedError{path, p.until}
	}
	p.probing, k.probe = true, true
	return nil
}

// finish updates the pause of a path after a call that was sent. If the path is paused
// already, only the probe changes the pause.
func (g *guard) finish(path string, k *call, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.paths[path]
	refused := errors.Is(err, errcode.DailyQuotaReached)
	switch {
	case refused && p == nil:
		g.paths[path] = &quotaPause{length: minQuotaPause, until: time.Now().Add(minQuotaPause)}
	case p == nil || !k.probe:
	case refused:
		p.probing = false
		p.length = min(2*p.length, maxQuotaPause)
		p.until = time.Now().Add(p.length)
	case answered(err):
		delete(g.paths, path)
	default: // the probe got no answer from the platform: the next call is the probe
		p.probing = false
	}
}

// answered reports whether the platform accepted or refused the call itself.
func answered(err error) bool {
	var refusal *errcode.Error
	return err == nil || errors.As(err, &refusal) && refusal.Code != errcode.SystemBusy
}
