package officialaccount

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// PausedError is a call that the quota guard did not send, because the platform
// refused the path for its daily quota a short time ago. It matches
// errcode.ErrQuota and errcode.DailyQuotaReached.
type PausedError struct {
	Path  string    // the endpoint
	Until time.Time // when the next call may probe; in the past while a probe is under way
}

func (e *PausedError) Error() string {
	return "wechat: " + e.Path + ": not sent, since the daily quota of this path was used up; next try at " + e.Until.Format(time.RFC3339)
}

// Is matches what the platform's own refusal matches.
func (e *PausedError) Is(target error) bool {
	return target == errcode.DailyQuotaReached || target == errcode.ErrQuota
}

// How long the quota guard pauses a path: at first, and at most.
const (
	minQuotaPause = time.Minute
	maxQuotaPause = 10 * time.Minute
)

// guard pauses paths whose daily quota is used up.
type guard struct {
	mu    sync.Mutex
	paths map[string]*quotaPause
}

// quotaPause is the pause of one path. After its end one call probes.
type quotaPause struct {
	length  time.Duration
	until   time.Time
	probing bool
}

// guarded makes a call if its path is not paused, and learns from its outcome.
func (g *guard) guarded(ctx context.Context, k *call, do func(context.Context, *call) error) error {
	path := wire.Op(k.Path)
	if clearsQuota(path) || k.credential == noCredential {
		err := do(ctx, k)
		if err == nil && clearsQuota(path) {
			g.clear()
		}
		return err
	}
	if err := g.enter(path, k); err != nil {
		return err
	}
	err := errUnfinished
	defer func() { g.leave(path, k, err) }()
	err = do(ctx, k)
	return err
}

// errUnfinished is the outcome of a call that panicked.
var errUnfinished = errors.New("unfinished")

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

// enter lets a call through, or refuses it.
func (g *guard) enter(path string, k *call) error {
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

// leave takes in how a call ended that was let through.
func (g *guard) leave(path string, k *call, err error) {
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
	default: // the probe learned nothing: the next call probes
		p.probing = false
	}
}

// answered reports whether err, or its absence, is the platform's word on the call.
func answered(err error) bool {
	var refusal *errcode.Error
	return err == nil || errors.As(err, &refusal) && refusal.Code != errcode.SystemBusy
}
