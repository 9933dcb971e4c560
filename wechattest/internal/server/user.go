package server

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// User is a WeChat user, and what the platform knows of them towards the account.
type User struct {
	OpenID    string
	Following bool
	Followed  time.Time // when the user last began to follow
	Scene     string    // the way by which the user came: ADD_SCENE_…
	QRScene   string    // of the parametric QR code that the user came by
	Remark    string
	Tags      []int     // in the order in which they were given
	Blocked   time.Time // since when on the blacklist; zero is never
	UnionID   string
	Received  []Received
}

// HasTag reports whether the user bears a tag.
func (u *User) HasTag(id int) bool { return slices.Contains(u.Tags, id) }

// follow notes how a user came to follow, by the event that tells the bot.
func (u *User) follow(m callback.Message, now time.Time) {
	u.Following = true
	u.Followed, u.Scene, u.QRScene = now, "ADD_SCENE_SEARCH", ""
	for _, e := range m.Elements {
		if scene, ok := strings.CutPrefix(e.Value, "qrscene_"); ok && e.Name == "EventKey" {
			u.Scene, u.QRScene = "ADD_SCENE_QR_CODE", scene
		}
	}
}

// Meet returns the user with that openid. The first call makes the user, who follows the
// account. The lock is held, as in all functions of this file but Send.
func (s *Server) Meet(openid string) *User {
	if u := s.Users[openid]; u != nil {
		return u
	}
	u := &User{OpenID: openid}
	u.follow(callback.Message{}, s.Now())
	s.Users[openid] = u
	return u
}

// Strange is Meet for a user who does not follow if this call makes them.
func (s *Server) Strange(openid string) *User {
	if u := s.Users[openid]; u != nil {
		return u
	}
	u := s.Meet(openid)
	u.Following = false
	return u
}

// DefaultVisitor is the user whose browser opens the platform's pages until another
// sits down in front of it.
const DefaultVisitor = "oVisitor"

// Visiting is the user in front of the browser.
func (s *Server) Visiting() *User { return s.Strange(cmp.Or(s.Visitor, DefaultVisitor)) }

// OpenIDs are the users that have something, in the order in which the platform
// lists them.
func (s *Server) OpenIDs(has func(*User) bool) []string {
	var ids []string
	for _, u := range s.UserList() {
		if has(u) {
			ids = append(ids, u.OpenID)
		}
	}
	return ids
}

// Via is the way by which a message reached a user.
type Via string

// Received is a message that a user received from the account.
type Received struct {
	callback.Shown
	At   time.Time // platform time
	Via  Via
	File string // name of the file under MediaID; empty if the platform has none
	Raw  []byte // the reply in clear, or the JSON of the call
}

// maxReceived bounds what a user's chat keeps.
const maxReceived = 2000

// Receive shows a user a message.
func (s *Server) Receive(u *User, shown callback.Shown, via Via, raw []byte) {
	r := Received{Shown: shown, At: s.Now(), Via: via, Raw: raw}
	for _, lookUp := range s.Hooks.LookUp {
		lookUp(&r)
	}
	if len(u.Received) == maxReceived {
		u.Received = append(u.Received[:0], u.Received[maxReceived/4:]...)
	}
	u.Received = append(u.Received, r)
	if s.Hooks.Received != nil {
		s.Hooks.Received(u.OpenID, r)
	}
}

// FilePath is where the platform in memory serves what the real one has on hosts of
// its own: pictures of articles, videos.
const FilePath = "/wechattest/file"

// FileURL is the address of a file for a user's phone; empty without a media id.
func (s *Server) FileURL(mediaID string) string {
	if mediaID == "" {
		return ""
	}
	return s.Account.URL + FilePath + "?id=" + url.QueryEscape(mediaID)
}

// Stamp gives a message what only the platform can: sender, time, id.
func (s *Server) Stamp(u *User, m callback.Message) callback.Message {
	if m.From == "" {
		m.From = u.OpenID
	}
	if m.CreateTime.IsZero() {
		m.CreateTime = time.Now()
	}
	if m.ID == 0 && !m.IsEvent() {
		m.ID = s.NextID()
	}
	return m
}

// ViaReply is the way of a passive reply.
const ViaReply Via = "reply"

// Send has the account's bot answer a message of a user, and shows the user the
// answer.
func (s *Server) Send(u *User, m callback.Message) (*callback.Reply, error) {
	return s.SendAs(u, m, func(acc *accountAndBot) error { return nil })
}

// Relay is Send for an account that has authorised the third-party platform.
func (s *Server) Relay(u *User, m callback.Message, appID, originalID string) (*callback.Reply, error) {
	return s.SendAs(u, m, func(to *accountAndBot) error {
		if !to.Account.Mode.Encrypted() || to.Account.Receiver() == to.Account.AppID {
			return fmt.Errorf("wechattest: a relayed message needs Config.Mode Component, the account is in mode %v", to.Account.Mode)
		}
		to.Account, to.Bot = to.Account.As(appID, originalID), to.Bot.Of(appID)
		return nil
	})
}

// SendAs sends a message to whom the function address chooses.
func (s *Server) SendAs(u *User, m callback.Message, address func(*accountAndBot) error) (*callback.Reply, error) {
	if u.OpenID == "" && m.From == "" {
		return &callback.Reply{}, errors.New("wechattest: the user has no openid")
	}
	s.Lock()
	to := &accountAndBot{s.Account, s.Bot}
	if to.Bot == nil {
		s.Unlock()
		return &callback.Reply{}, callback.ErrNoBot
	}
	if err := address(to); err != nil {
		s.Unlock()
		return &callback.Reply{}, err
	}
	m = s.Stamp(u, m)
	s.interact(u, m)
	s.Unlock()
	if s.Hooks.OnItsWay != nil {
		s.Hooks.OnItsWay(m)
	}
	reply, err := to.Bot.Send(to.Account, m)
	s.conclude(u, m, reply, err)
	if s.Hooks.Judged != nil {
		s.Hooks.Judged(m, reply, err)
	}
	if err != nil {
		return reply, fmt.Errorf("wechattest: %s: %w", verdict(reply), err)
	}
	return reply, nil
}

// interact changes the state that the message changes.
func (s *Server) interact(u *User, m callback.Message) {
	switch {
	case m.Is("subscribe"):
		u.follow(m, s.Now())
	case m.Is("unsubscribe"):
		u.Following = false
	}
	for _, sent := range s.Hooks.Sent {
		sent(u, m)
	}
}

// conclude decides what the user saw.
func (s *Server) conclude(u *User, m callback.Message, r *callback.Reply, err error) {
	r.Unseen = m.Is("unsubscribe") || m.From == callback.SystemSender
	r.Fault = err != nil && !r.Unseen && !errors.Is(err, callback.ErrTransfer) && !errors.Is(err, callback.ErrClosed)
	s.Lock()
	defer s.Unlock()
	log := s.Account.Logger.With("openid", u.OpenID, "type", m.Type, "event", m.Event)
	if err != nil {
		log.Error(verdict(r), "error", err)
	}
	if r.Cut > 0 {
		log.Warn("news reply cut", "articles", len(r.Articles)+r.Cut, "shown", len(r.Articles))
	}
	if err == nil && !r.Unseen && r.Type != callback.ReplyNone && r.Type != callback.ReplyTransfer {
		s.Receive(u, r.Shown, ViaReply, r.XML)
	}
	for _, answered := range s.Hooks.Answered {
		answered(u, m, r, err)
	}
}

func verdict(r *callback.Reply) string {
	if r.Fault {
		return "the user sees " + callback.FaultNotice
	}
	return "the user sees nothing"
}

// Tell sends the bot an event that comes from no user, such as the result of a job. An
// account without a bot does not hear it. The lock is not held.
func (s *Server) Tell(m callback.Message) {
	s.Lock()
	bot, sender := s.Bot, s.Meet(m.From)
	s.Unlock()
	if bot != nil {
		_, _ = s.Send(sender, m) // what goes wrong is in the log and in Deliveries
	}
}
