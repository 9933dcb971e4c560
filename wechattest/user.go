package wechattest

import (
	"errors"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// User is a WeChat user with an openid of the account. It is safe for concurrent use.
type User struct {
	platform *Platform
	user     *server.User
}

// locked runs f under the platform's lock.
func (p *Platform) locked(f func(s *server.Server)) {
	p.server.Lock()
	defer p.server.Unlock()
	f(p.server)
}

// User returns the user with that openid. The first call creates the user, who follows
// the account; the bot receives no event. See [User.Follow].
func (p *Platform) User(openID string) *User {
	u := &User{platform: p}
	p.locked(func(s *server.Server) { u.user = s.Meet(openID) })
	return u
}

// Stranger is [Platform.User] for a user who does not follow the account. An existing
// user is not changed.
func (p *Platform) Stranger(openID string) *User {
	u := &User{platform: p}
	p.locked(func(s *server.Server) { u.user = s.Strange(openID) })
	return u
}

// Users returns all users, sorted by openid.
func (p *Platform) Users() []*User {
	var list []*User
	p.locked(func(s *server.Server) {
		for _, u := range s.UserList() {
			list = append(list, &User{p, u})
		}
	})
	return list
}

// OpenID returns the user's openid.
func (u *User) OpenID() string { return u.user.OpenID }

// Format prints the user's openid for every verb.
func (u User) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "wechattest.User{%s}", u.user.OpenID) }

// Text sends a text message to the bot; short for Send(Text(content)).
func (u *User) Text(content string) (*Reply, error) { return u.Send(Text(content)) }

// Click clicks a menu button of type click.
func (u *User) Click(key string) (*Reply, error) { return u.Send(Click(key)) }

// Follow follows the account.
func (u *User) Follow() (*Reply, error) { return u.Send(Subscribe()) }

// Unfollow unfollows the account. The user does not see the bot's answer.
func (u *User) Unfollow() (*Reply, error) { return u.Send(Unsubscribe()) }

// Scan scans a parametric QR code. The event is SCAN for a follower, and subscribe
// with a qrscene_ key for anyone else.
func (u *User) Scan(scene, ticket string) (*Reply, error) {
	if u.Following() {
		return u.Send(Scan(scene, ticket))
	}
	return u.Send(SubscribeByScan(scene, ticket))
}

// Following reports whether the user follows the account.
func (u *User) Following() (following bool) {
	u.platform.locked(func(*server.Server) { following = u.user.Following })
	return following
}

// Typing reports whether the user sees the account typing.
func (u *User) Typing() bool { return u.platform.customerService.Typing(u.user) }

// SetUnionID sets the user's unionid, for an account that is bound to the Open Platform
// (微信开放平台).
func (u *User) SetUnionID(id string) {
	u.platform.locked(func(*server.Server) { u.user.UnionID = id })
}

// Send delivers a message of the user to the bot, and repeats it if necessary. It
// returns after an answer or after the last delivery.
//
// The error tells what is wrong with the bot: ErrTimeout, ErrUnreachable, ErrStatus and
// so on without an answer; ErrNotXML, ErrAddress and so on if the platform cannot use
// the answer. The reply is never nil: it has what the user saw and all deliveries.
func (u *User) Send(m Message) (*Reply, error) {
	reply, err := u.platform.server.Send(u.user, m.internal())
	return publicReply(reply), err
}

// Send delivers a message with a sender, as [User.Send] does for that user: a job
// event, which comes from a system account, or a [Raw] message. It returns an error for
// a message without a sender.
func (p *Platform) Send(m Message) (*Reply, error) {
	if m.From == "" {
		return &Reply{}, errors.New("wechattest: the message has no sender: send it with User.Send")
	}
	return p.User(m.From).Send(m)
}

// Via tells how a message reached a user.
type Via string

// The values of Via.
const (
	ViaReply           Via = "reply"                 // passive reply
	ViaCustomerService Via = "customer_service"      // message/custom/send, or an agent
	ViaMass            Via = "mass"                  // message/mass/send and sendall
	ViaPreview         Via = "preview"               // message/mass/preview
	ViaTemplate        Via = "template"              // message/template/send
	ViaOneTime         Via = "one_time_subscription" // message/template/subscribe
	ViaMedical         Via = "medical"               // cityservice/sendchannelmsg; the content is the message's data
	ViaSubscribe       Via = "subscribe"             // message/subscribe/bizsend
	ViaMenu            Via = "menu"                  // a material or an article behind a menu button
)

// Received is a message that a user received from the account.
type Received struct {
	Shown
	Time  time.Time // platform time
	AppID string    // of the account that sent it
	Via   Via
	File  string // name of the file under MediaID; empty if the platform has none
	Raw   []byte // the decrypted reply, or the JSON of the call
}

func publicReceived(r server.Received) Received {
	return Received{publicShown(r.Shown), r.Time, r.AppID, Via(r.Via), r.File, r.Raw}
}

// Messages returns what the user received from the account, oldest first: replies and
// pushed messages. At least the newest 1500 are kept.
func (p *Platform) Messages(openID string) []Received {
	var list []Received
	p.locked(func(s *server.Server) {
		if u := s.Users[openID]; u != nil {
			for _, r := range u.Received {
				list = append(list, publicReceived(r))
			}
		}
	})
	return list
}

// Blacklist returns the openids on the account's blacklist (黑名单). Their messages are
// still delivered.
func (p *Platform) Blacklist() []string { return p.users.Blacklist() }

// Migrate moves another account to this one (帐号迁移). openIDs maps the openids of its
// followers there to their openids here, for /cgi-bin/changeopenid.
func (p *Platform) Migrate(fromAppID string, openIDs map[string]string) {
	p.users.Migrate(fromAppID, openIDs)
}
