package wechattest

import (
	"slices"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Observer receives the events of a platform. Functions that are nil are not called.
//
// The functions must not block. Received is called while the platform is locked: it
// must not call the platform.
type Observer struct {
	Sent      func(m Message)                          // a message to the bot, with sender and time
	Received  func(openid string, r Received)          // a message that reached a user
	Judged    func(m Message, reply *Reply, err error) // the result of [User.Send]
	Delivered func(d Delivery)                         // one request to the bot
	Called    func(c Call)                             // one call of the API, after its answer
}

// Observe adds an observer, until stop is called.
func (p *Platform) Observe(o Observer) (stop func()) {
	p.watching.Lock()
	defer p.watching.Unlock()
	added := &o
	p.observers = append(slices.Clone(p.observers), added)
	return func() {
		p.watching.Lock()
		defer p.watching.Unlock()
		p.observers = slices.DeleteFunc(slices.Clone(p.observers), func(o *Observer) bool { return o == added })
	}
}

// watchers returns the current observers.
func (p *Platform) watchers() []*Observer {
	p.watching.Lock()
	defer p.watching.Unlock()
	return p.observers
}

// observe connects the observers to the server and records the deliveries.
func (p *Platform) observe() {
	h := &p.server.Hooks
	h.OnItsWay = func(m callback.Message) {
		for _, o := range p.watchers() {
			if o.Sent != nil {
				o.Sent(publicMessage(m))
			}
		}
	}
	h.Received = func(openid string, r server.Received) {
		for _, o := range p.watchers() {
			if o.Received != nil {
				o.Received(openid, publicReceived(r))
			}
		}
	}
	h.Judged = func(m callback.Message, reply *callback.Reply, err error) {
		for _, o := range p.watchers() {
			if o.Judged != nil {
				o.Judged(publicMessage(m), publicReply(reply), err)
			}
		}
	}
	h.Delivered = func(d callback.Delivery) {
		p.deliveries.Add(Delivery(d), len(d.Request)+len(d.Answer)+512)
		for _, o := range p.watchers() {
			if o.Delivered != nil {
				o.Delivered(Delivery(d))
			}
		}
	}
	h.Called = func(r server.Record) {
		for _, o := range p.watchers() {
			if o.Called != nil {
				o.Called(Call(r))
			}
		}
	}
}
