package wechattest

import (
	"slices"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Hooks are functions that a platform calls. Those that are nil are not called.
//
// The functions must not block. OnReceive is called while the platform is locked: it
// must not call the platform.
type Hooks struct {
	OnSend     func(m Message)                          // a message to the bot, with sender and time
	OnReceive  func(openID string, r Received)          // a message that reached a user
	OnResult   func(m Message, reply *Reply, err error) // the result of [User.Send]
	OnDelivery func(d Delivery)                         // one request to the bot
	OnCall     func(c Call)                             // one call of the API, after its answer
}

// Observe adds hooks, until stop is called.
func (p *Platform) Observe(h Hooks) (stop func()) {
	p.watching.Lock()
	defer p.watching.Unlock()
	added := &h
	p.hooks = append(slices.Clone(p.hooks), added)
	return func() {
		p.watching.Lock()
		defer p.watching.Unlock()
		p.hooks = slices.DeleteFunc(slices.Clone(p.hooks), func(h *Hooks) bool { return h == added })
	}
}

// watchers returns the current hooks.
func (p *Platform) watchers() []*Hooks {
	p.watching.Lock()
	defer p.watching.Unlock()
	return p.hooks
}

// observe connects the hooks to the server and records the deliveries.
func (p *Platform) observe() {
	h := &p.server.Hooks
	h.OnItsWay = func(m callback.Message) {
		for _, o := range p.watchers() {
			if o.OnSend != nil {
				o.OnSend(publicMessage(m))
			}
		}
	}
	h.Received = func(openid string, r server.Received) {
		for _, o := range p.watchers() {
			if o.OnReceive != nil {
				o.OnReceive(openid, publicReceived(r))
			}
		}
	}
	h.Judged = func(m callback.Message, reply *callback.Reply, err error) {
		for _, o := range p.watchers() {
			if o.OnResult != nil {
				o.OnResult(publicMessage(m), publicReply(reply), err)
			}
		}
	}
	h.Delivered = func(d callback.Delivery) {
		p.deliveries.Add(Delivery(d), len(d.Request)+len(d.Answer)+512)
		for _, o := range p.watchers() {
			if o.OnDelivery != nil {
				o.OnDelivery(Delivery(d))
			}
		}
	}
	h.Called = func(r server.Record) {
		for _, o := range p.watchers() {
			if o.OnCall != nil {
				o.OnCall(Call(r))
			}
		}
	}
}
