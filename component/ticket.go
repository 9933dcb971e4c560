package component

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// ticketLife is how long a verify ticket is valid.
const ticketLife = 12 * time.Hour

// ticket is a stored verify ticket (component_verify_ticket).
type ticket struct {
	Value string `json:"ticket"`
	At    int64  `json:"at"` // when the platform created it, in Unix seconds
}

// conflicts has the pauses after a ticket that another process wrote at the same time.
var conflicts = backoff.Policy{First: 10 * time.Millisecond, Max: 250 * time.Millisecond}

func (t *ticket) left() time.Duration { return time.Until(time.Unix(t.At, 0).Add(ticketLife)) }

func (p *Platform) key(rest string) string { return "wechat:component:" + p.oa.AppID() + ":" + rest }

// saveTicket stores a ticket unless the stored one is newer.
func (p *Platform) saveTicket(ctx context.Context, value string, at time.Time) error {
	if at.IsZero() {
		at = time.Now()
	}
	t := &ticket{value, at.Unix()}
	if value == "" || t.left() <= 0 {
		return errors.New("component: verify ticket is empty or older than 12 hours")
	}
	if old := p.ticket.Load(); old == nil || old.At <= t.At {
		p.ticket.Store(t)
	}
	raw, err := json.Marshal(t)
	for attempts := 1; err == nil; attempts++ {
		var done bool
		if done, err = p.putTicket(ctx, t, raw); done || err != nil {
			break
		}
		err = conflicts.Wait(ctx, attempts)
	}
	if err != nil {
		return fmt.Errorf("component: verify ticket not stored: %w", err)
	}
	return nil
}

// putTicket replaces the stored ticket with t. done is false if another process wrote at
// the same time.
func (p *Platform) putTicket(ctx context.Context, t *ticket, raw []byte) (done bool, err error) {
	key := p.key("ticket")
	stored, found, err := p.store.Get(ctx, key)
	if err != nil {
		return false, err
	}
	if !found {
		return p.store.SetIfAbsent(ctx, key, raw, t.left())
	}
	var old ticket
	if json.Unmarshal(stored, &old) == nil && old.At > t.At {
		return true, nil
	}
	return p.store.CompareAndSwap(ctx, key, stored, raw, t.left())
}

// readTicket returns the stored ticket, or the newest of this process if the store fails.
func (p *Platform) readTicket(ctx context.Context) (*ticket, error) {
	own := p.ticket.Load()
	if own != nil && own.left() <= 0 {
		own = nil
	}
	raw, found, err := p.store.Get(ctx, p.key("ticket"))
	var t ticket
	switch {
	case err == nil && found && json.Unmarshal(raw, &t) == nil && t.left() > 0:
		return &t, nil
	case own != nil:
		return own, nil
	case err != nil:
		return nil, fmt.Errorf("component: verify ticket: %w", err)
	}
	return nil, backoff.Immediate(ErrNoTicket) // a ticket can arrive at any time
}

// StartPushTicket asks the platform to push verify tickets (启动票据推送服务). The first
// arrives within ten minutes.
//
// Errors: errcode.InvalidAppID, errcode.InvalidAppSecret.
//
// POST /cgi-bin/component/api_start_push_ticket (启动票据推送服务)
func (p *Platform) StartPushTicket(ctx context.Context) error {
	return p.oa.Post(ctx, "/cgi-bin/component/api_start_push_ticket", struct {
		AppID  string `json:"component_appid"`
		Secret string `json:"component_secret"`
	}{p.oa.AppID(), p.secret()}, nil, officialaccount.WithoutToken(), officialaccount.WithRetry())
}
