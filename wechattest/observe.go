package wechattest

import (
	"slices"
)

// Observer receives what happens on a platform, as it happens. Functions that are nil
// are not called.
//
// The functions must not block. Received is called while the platform is locked: it
// must not call the platform.
type Observer struct {
	Sent      func(m Message)                          // a message on its way to the bot, stamped with sender and time
	Received  func(openid string, r Received)          // a message that reached a user
	Judged    func(m Message, reply *Reply, err error) // what [User.Send] returns
	Delivered func(d Delivery)                         // one request to the bot
	Called    func(c Call)                             // one request that the API answered
}

// Observe has an observer receive everything from now on, until stop is called.
func (p *Platform) Observe(o Observer) (stop func()) {
	p.watching.Lock()
	defer p.watching.Unlock()
	added := &o
	p.observers = append(slices.Clone(p.observers), added)
	return func() {
		p.watching.Lock()
		defer p.watching.Unlock()
		p.observers = without(p.observers, added)
	}
}

// watchers are the observers at this moment.
func (p *Platform) watchers() []*Observer {
	p.watching.Lock()
	defer p.watching.Unlock()
	return p.observers
}

func (p *Platform) observeSent(m Message) {
	for _, o := range p.watchers() {
		if o.Sent != nil {
			o.Sent(m)
		}
	}
}

func (p *Platform) observeReceived(openid string, r Received) {
	for _, o := range p.watchers() {
		if o.Received != nil {
			o.Received(openid, r)
		}
	}
}

func (p *Platform) observeJudged(m Message, reply *Reply, err error) {
	for _, o := range p.watchers() {
		if o.Judged != nil {
			o.Judged(m, reply, err)
		}
	}
}

func (p *Platform) observeDelivery(d Delivery) {
	p.deliveries.Add(d, len(d.Request)+len(d.Answer)+512)
	for _, o := range p.watchers() {
		if o.Delivered != nil {
			o.Delivered(d)
		}
	}
}

func (p *Platform) observeCall(c Call) {
	p.calls.Add(c, len(c.Body)+len(c.Answer)+1024)
	for _, o := range p.watchers() {
		if o.Called != nil {
			o.Called(c)
		}
	}
}
