package console

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// The bounds of the command receive.
const (
	defaultPatience = 10 * time.Second
	maxPatience     = 5 * time.Minute
)

// arrival is the answer to the command receive. Its list has one line, in the form of the
// results of the other commands.
type arrival struct {
	Results []chatLine `json:"results"`
}

// receive waits for the next message to a user that is not an answer to one of theirs. It
// returns each message once, in their order.
func (g *Page) receive(ctx context.Context, in command) (arrival, error) {
	patience := time.Duration(in.Seconds * float64(time.Second))
	switch err := checkOpenID(in.User); {
	case err != nil:
		return arrival{}, err
	case in.Seconds < 0 || in.Seconds > maxPatience.Seconds():
		return arrival{}, fmt.Errorf("receive: seconds: want 0 to %v", maxPatience.Seconds())
	case patience == 0:
		patience = defaultPatience
	}
	woken, ok := g.subscribe()
	if !ok {
		return arrival{}, errWindows
	}
	defer g.unsubscribe(woken)
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		if line, ok := g.nextMessage(in.User, in.Via); ok {
			return arrival{[]chatLine{line}}, nil
		}
		select {
		case <-woken:
		case <-timeout.C:
			return arrival{}, fmt.Errorf("receive: %s received no message%s within %v", in.User, by(in.Via), patience)
		case <-ctx.Done():
			return arrival{}, ctx.Err()
		}
	}
}

func by(via wechattest.Via) string {
	if via == "" {
		return ""
	}
	return fmt.Sprintf(" by %q", via)
}

// nextMessage returns the oldest message to a user that it has not returned before.
func (g *Page) nextMessage(user string, via wechattest.Via) (line chatLine, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	waiting := g.chat.List(func(l chatLine) bool {
		return l.returned != nil && !*l.returned && l.User == user && (via == "" || l.Via == via)
	})
	if len(waiting) == 0 {
		return chatLine{}, false
	}
	*waiting[0].returned = true
	return waiting[0], true
}
