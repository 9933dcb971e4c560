package broadcast

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
)

// gate holds all sends back during a pause. After the pause it lets one send pass, the
// probe. If the platform answers it, the gate is open again; if not, the next pause
// begins.
type gate struct {
	giveUp time.Duration

	mu       sync.Mutex
	failures int       // in a row; 0: the gate is open
	since    time.Time // the first of them
	until    time.Time // end of the pause
	cause    error
	probing  bool
	changed  chan struct{} // closed at the next change
}

func newGate(giveUp time.Duration) *gate {
	return &gate{giveUp: giveUp, changed: make(chan struct{})}
}

// pass waits until a send may begin. A probe must end with open, shut or leave.
func (g *gate) pass(ctx context.Context) (probe bool, err error) {
	for {
		if err := context.Cause(ctx); err != nil {
			return false, err
		}
		g.mu.Lock()
		wait, changed := time.Until(g.until), g.changed
		switch {
		case g.failures == 0:
			g.mu.Unlock()
			return false, nil
		case wait <= 0 && !g.probing:
			g.probing = true
			g.mu.Unlock()
			return true, nil
		}
		probing := g.probing
		g.mu.Unlock()
		if probing {
			select {
			case <-changed:
			case <-ctx.Done():
			}
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// isOpen reports whether sends may begin that are not a probe.
func (g *gate) isOpen() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failures == 0
}

// leave ends a probe that sent nothing.
func (g *gate) leave(probe bool) { g.change(probe, func() {}) }

// open ends the pause if the send was a probe. It returns whether it did.
func (g *gate) open(probe bool) bool {
	g.change(probe, func() {
		if probe {
			g.failures, g.cause = 0, nil
		}
	})
	return probe
}

// change changes the gate and wakes the sends that wait for it. A probe ends with it.
func (g *gate) change(probe bool, do func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	do()
	if probe {
		g.probing = false
	}
	close(g.changed)
	g.changed = make(chan struct{})
}

// shut begins a pause because of cause. Of the sends that began before a pause, only the
// first failure counts. The error says that there were pauses for too long.
func (g *gate) shut(probe bool, policy backoff.Policy, cause error) (pause time.Duration, err error) {
	g.change(probe, func() {
		if !probe && g.failures > 0 {
			return
		}
		now := time.Now()
		if g.failures == 0 {
			g.since = now
		}
		g.failures++
		g.cause = cause
		pause = policy.Pause(g.failures)
		g.until = now.Add(pause)
		if g.until.Sub(g.since) > g.giveUp {
			err = fmt.Errorf("broadcast: no send has succeeded for %v: %w", now.Sub(g.since).Round(time.Second), cause)
		}
	})
	return pause, err
}

// pause returns the end and the cause of a pause. The time is zero if the gate is open.
func (g *gate) pause() (until time.Time, cause error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failures == 0 {
		return time.Time{}, nil
	}
	return g.until, g.cause
}

// pace spaces the beginnings of sends evenly.
type pace struct {
	gap time.Duration // 0: not at all

	mu   sync.Mutex
	next time.Time
}

func (p *pace) wait(ctx context.Context) error {
	if p.gap <= 0 {
		return nil
	}
	p.mu.Lock()
	now := time.Now()
	slot := p.next
	if slot.Before(now) {
		slot = now
	}
	p.next = slot.Add(p.gap)
	p.mu.Unlock()
	return backoff.Sleep(ctx, slot.Sub(now))
}
