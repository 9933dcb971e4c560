package wechattest

import (
	"errors"
	"fmt"
	"net/url"
	"time"
)

// User is a WeChat user, known to the account by an openid.
type User struct {
	openID   string
	platform *Platform

	following bool
	profile
	windows  replyWindows
	received []Received
}

// User returns the user with that openid, who is made on the first call and
// follows the account without anybody having told the bot: see [User.Follow].
func (p *Platform) User(openid string) *User {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.meet(openid)
}

// meet is User under the lock.
func (p *Platform) meet(openid string) *User {
	if u := p.users[openid]; u != nil {
		return u
	}
	u := &User{openID: openid, platform: p, following: true}
	u.follow(Subscribe(), p.now())
	p.users[openid] = u
	return u
}

// Stranger returns the user with that openid, who does not follow the account if this
// call makes them known to the platform.
func (p *Platform) Stranger(openid string) *User {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.strange(openid)
}

// strange is Stranger under the lock.
func (p *Platform) strange(openid string) *User {
	if u := p.users[openid]; u != nil {
		return u
	}
	u := p.meet(openid)
	u.following = false
	return u
}

// OpenID is the user's name towards the account.
func (u *User) OpenID() string { return u.openID }

// Text sends a text message to the bot; short for Send(Text(content)).
func (u *User) Text(content string) (*Reply, error) { return u.Send(Text(content)) }

// Click clicks a menu button of type click.
func (u *User) Click(key string) (*Reply, error) { return u.Send(Click(key)) }

// Follow follows the account.
func (u *User) Follow() (*Reply, error) { return u.Send(Subscribe()) }

// Unfollow leaves the account. What the bot answers, nobody sees.
func (u *User) Unfollow() (*Reply, error) { return u.Send(Unsubscribe()) }

// Scan scans a parametric QR code: the event is SCAN for a follower, and the
// follow with its qrscene_ key for anyone else.
func (u *User) Scan(scene, ticket string) (*Reply, error) {
	u.platform.mu.Lock()
	following := u.following
	u.platform.mu.Unlock()
	if following {
		return u.Send(Scan(scene, ticket))
	}
	return u.Send(SubscribeByScan(scene, ticket))
}

// Following reports whether the user follows the account.
func (u *User) Following() bool {
	u.platform.mu.Lock()
	defer u.platform.mu.Unlock()
	return u.following
}

// Send has the platform deliver a message of the user to the bot, with its
// repeats, and returns when it is over: when an answer came, or the last
// delivery had none.
//
// The error says what the bot did wrong: ErrTimeout, ErrUnreachable, ErrStatus
// and the like when no answer came, ErrNotXML, ErrAddress and the like when the
// platform cannot use it. The reply is there all the same, with what the user
// saw and every delivery.
func (u *User) Send(m Message) (*Reply, error) {
	p := u.platform
	if u.openID == "" && m.From == "" {
		return &Reply{}, errors.New("wechattest: the user has no openid")
	}
	p.mu.Lock()
	bot, set := p.bot, p.set
	if bot == nil {
		p.mu.Unlock()
		return &Reply{}, ErrNoBot
	}
	m = u.stamp(m)
	u.interact(m)
	p.mu.Unlock()
	p.observeSent(m)

	deliveries, err := bot.deliver(set, set.envelope(m))
	reply := &Reply{}
	if err == nil {
		reply, err = set.judge(m, deliveries[len(deliveries)-1].Answer)
	}
	reply.Deliveries = deliveries
	u.conclude(m, reply, err)
	p.heard(u, m, reply, err)
	p.observeJudged(m, reply, err)
	if err != nil {
		return reply, fmt.Errorf("wechattest: %s: %w", reply.verdict(), err)
	}
	return reply, nil
}

// Send delivers a message that names its sender, as [User.Send] does for that
// user: a job event, which comes from an account of the system, or a [Raw]
// message. A message without a sender is an error.
func (p *Platform) Send(m Message) (*Reply, error) {
	if m.From == "" {
		return &Reply{}, errors.New("wechattest: the message names no sender: send it with User.Send")
	}
	return p.User(m.From).Send(m)
}

func (s *settings) envelope(m Message) envelope {
	return envelope{
		openid: m.From,
		head:   CDATA("ToUserName", s.OriginalID),
		plain:  m.body(s.OriginalID, s.JSON),
	}
}

// stamp gives the message what only the platform can: sender, time, id.
func (u *User) stamp(m Message) Message {
	if m.From == "" {
		m.From = u.openID
	}
	if m.CreateTime.IsZero() {
		m.CreateTime = time.Now()
	}
	if m.ID == 0 && !m.isEvent() {
		u.platform.lastID++
		m.ID = u.platform.lastID
	}
	return m
}

// interact changes the state that the message changes: following, and until
// when the account may write to the user.
func (u *User) interact(m Message) {
	switch {
	case m.is("subscribe"):
		u.following = true
		u.follow(m, u.platform.now())
	case m.is("unsubscribe"):
		u.following = false
	}
	u.windows.open(m, u.platform.now())
}

// conclude settles what the user saw.
func (u *User) conclude(m Message, r *Reply, err error) {
	p := u.platform
	r.Unseen = m.is("unsubscribe") || m.From == systemSender
	r.Fault = err != nil && !r.Unseen && !errors.Is(err, ErrTransfer) && !errors.Is(err, ErrClosed)
	log := p.log().With("openid", u.openID, "type", m.Type, "event", m.Event)
	if err != nil {
		log.Error(r.verdict(), "error", err)
	}
	if r.Cut > 0 {
		log.Warn("news reply cut", "articles", len(r.Articles)+r.Cut, "shown", len(r.Articles))
	}
	if err == nil && !r.Unseen && r.Type != ReplyNone && r.Type != ReplyTransfer {
		p.mu.Lock()
		u.receive(Received{Shown: r.Shown, At: p.now(), Via: ViaReply, Raw: r.XML})
		p.mu.Unlock()
	}
}

func (r *Reply) verdict() string {
	if r.Fault {
		return "the user sees " + FaultNotice
	}
	return "the user sees nothing"
}

// Via is the way by which a message reached a user.
type Via string

// The ways to a user.
const (
	ViaReply           Via = "reply"            // passive reply
	ViaCustomerService Via = "customer_service" // message/custom/send
)

// Received is a message that a user received from the account.
type Received struct {
	Shown
	At   time.Time // platform time
	Via  Via
	File string // name of the file under MediaID; empty if the platform has none
	Raw  []byte // the reply in clear, or the JSON of the call
}

// maxReceived bounds what a user's chat keeps.
const maxReceived = 2000

func (u *User) receive(r Received) {
	if len(u.received) == maxReceived {
		u.received = append(u.received[:0], u.received[maxReceived/4:]...)
	}
	r = u.platform.lookUp(r)
	u.received = append(u.received, r)
	u.platform.observeReceived(u.openID, r)
}

// lookUp adds to a message what it names by its media id: a file, or articles.
func (p *Platform) lookUp(r Received) Received {
	if m := p.media.find(r.MediaID, p.now()); m != nil {
		r.File = m.name
		for _, a := range m.articles {
			r.Articles = append(r.Articles, Article{a.Title, a.Digest, p.pictureURL(a.ThumbMediaID), a.URL})
		}
	}
	if d := p.areas.drafts.find(r.MediaID); d != nil {
		for _, a := range d.articles {
			r.Articles = append(r.Articles, Article{a.Title, a.Digest, p.pictureURL(a.ThumbMediaID), a.ContentSourceURL})
		}
	}
	return r
}

// pictureURL is the address of a picture for the user's phone.
func (p *Platform) pictureURL(mediaID string) string {
	if mediaID == "" {
		return ""
	}
	return p.set.URL + filePath + "?id=" + url.QueryEscape(mediaID)
}

// Messages returns what the user received from the account, oldest first:
// replies and pushed messages. The newest 1500 at least are kept.
func (p *Platform) Messages(openid string) []Received {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.users[openid]
	if u == nil {
		return nil
	}
	return append([]Received(nil), u.received...)
}
