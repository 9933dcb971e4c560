package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// batch is the data of one event of the stream.
type batch struct {
	Reset      bool           `json:"reset,omitempty"` // a new window: discard everything
	Chat       []chatLine     `json:"chat,omitempty"`
	Deliveries []shownDeliver `json:"deliveries,omitempty"`
	Verdicts   []judgment     `json:"verdicts,omitempty"`
	Calls      []shownCall    `json:"calls,omitempty"`
	State      *pageState     `json:"state,omitempty"`
}

// events serves the stream of server-sent events of the page.
func (g *Page) events(w http.ResponseWriter, r *http.Request) {
	woken, ok := g.subscribe()
	if !ok {
		http.Error(w, errWindows.Error(), http.StatusServiceUnavailable)
		return
	}
	defer g.unsubscribe(woken)
	w.Header().Set("Content-Type", "text/event-stream")
	follow := follower{page: g}
	tick := time.NewTicker(time.Second) // for changes without a record, such as used faults and jobs of Go code
	defer tick.Stop()
	for idle := 0; ; {
		switch b, news := follow.next(); {
		case news:
			idle = 0
			if sendEvent(w, b) != nil || !wait(r.Context(), eventGap) {
				return
			}
		case idle >= 15:
			idle = 0
			if sendEvent(w, nil) != nil {
				return
			}
		}
		select {
		case <-woken:
		case <-tick.C:
			idle++
		case <-r.Context().Done():
			return
		}
	}
}

// sendEvent writes one event, or for nil a comment that keeps the connection alive.
func sendEvent(w http.ResponseWriter, b *batch) error {
	line := []byte(": alive\n\n")
	if b != nil {
		data, err := json.Marshal(b)
		if err != nil {
			return err
		}
		line = slices.Concat([]byte("data: "), data, []byte("\n\n"))
	}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(10 * time.Second)) // for a window that hangs; not every server supports it
	if _, err := w.Write(line); err != nil {
		return err
	}
	return control.Flush()
}

// wait waits for d, and returns false if ctx ends before.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// follower holds what one window has received.
type follower struct {
	page                              *Page
	begun                             bool
	chat, deliveries, verdicts, calls int
	state                             []byte
}

// next returns what the window has not received yet.
func (f *follower) next() (*batch, bool) {
	g := f.page
	b := &batch{Reset: !f.begun}
	var deliveries []wechattest.Delivery
	var calls []wechattest.Call
	b.Chat, f.chat = g.chat.After(f.chat, pageBacklog)
	deliveries, f.deliveries = g.deliveries.After(f.deliveries, pageBacklog)
	b.Verdicts, f.verdicts = g.verdicts.After(f.verdicts, pageBacklog)
	calls, f.calls = g.calls.After(f.calls, pageBacklog)
	cfg := g.platform.Config()
	for _, d := range deliveries {
		b.Deliveries = append(b.Deliveries, showDelivery(d, cfg))
	}
	for _, c := range calls {
		b.Calls = append(b.Calls, showCall(c))
	}
	state := g.state()
	if text, err := json.Marshal(state); err == nil && !bytes.Equal(text, f.state) {
		f.state, b.State = text, state
	}
	f.begun = true
	news := b.Reset || b.State != nil || len(b.Chat)+len(b.Deliveries)+len(b.Verdicts)+len(b.Calls) > 0
	return b, news
}

var errWindows = errors.New("too many windows of this page are open, or commands that receive messages are waiting")

func (g *Page) subscribe() (chan struct{}, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.subscribers) >= maxSubscribers {
		return nil, false
	}
	woken := make(chan struct{}, 1)
	g.subscribers[woken] = struct{}{}
	return woken, true
}

func (g *Page) unsubscribe(woken chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.subscribers, woken)
}

// wake notifies every window of a change. It never blocks.
func (g *Page) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for woken := range g.subscribers {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
}
