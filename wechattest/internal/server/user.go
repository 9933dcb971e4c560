package server

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// User is a WeChat user and the user's relation to the account.
type User struct {
	OpenID    string
	Following bool
	Followed  time.Time // time of the last follow
	Scene     string    // how the user came to follow: ADD_SCENE_…
	QRScene   string    // of the parametric QR code of the follow
	Remark    string
	Tags      []int     // in the order in which they were added
	Blocked   time.Time // time of blacklisting; zero: not blacklisted
	UnionID   string
	Received  []Received
}

// HasTag reports whether the user has a tag.
func (u *User) HasTag(id int) bool { return slices.Contains(u.Tags, id) }

// follow records how a user came to follow, from the event for the bot.
func (u *User) follow(m callback.Message, now time.Time) {
	u.Following = true
	u.Followed, u.Scene, u.QRScene = now, "ADD_SCENE_SEARCH", ""
	for _, e := range m.Elements {
		if scene, ok := strings.CutPrefix(e.Value, "qrscene_"); ok && e.Name == "EventKey" {
			u.Scene, u.QRScene = "ADD_SCENE_QR_CODE", scene
		}
	}
}

// Meet returns the user with that openid. The first call creates the user, who follows
// the account. The lock is held, as in all functions of this file except Send.
func (s *Server) Meet(openid string) *User {
	if u := s.Users[openid]; u != nil {
		return u
	}
	u := &User{OpenID: openid}
	u.follow(callback.Message{}, s.Now())
	s.Users[openid] = u
	return u
}

// Strange is Meet, but a new user does not follow.
func (s *Server) Strange(openid string) *User {
	if u := s.Users[openid]; u != nil {
		return u
	}
	u := s.Meet(openid)
	u.Following = false
	return u
}

// DefaultVisitor is the browser's user by default.
const DefaultVisitor = "oVisitor"

// Visiting returns the browser's user.
func (s *Server) Visiting() *User { return s.Strange(cmp.Or(s.Visitor, DefaultVisitor)) }

// OpenIDs returns the openids of the selected users, in the platform's order.
func (s *Server) OpenIDs(has func(*User) bool) []string {
	var ids []string
	for _, u := range s.UserList() {
		if has(u) {
			ids = append(ids, u.OpenID)
		}
	}
	return ids
}

// Via tells how a message reached a user.
type Via string

// Received is a message that a user received from the account.
type Received struct {
	callback.Shown
	Time  time.Time // platform time
	AppID string    // of the account that sent it
	Via   Via
	File  string // name of the file under MediaID; empty if the platform has none
	Raw   []byte // the decrypted reply, or the JSON of the call
}

// maxReceived bounds the messages that are kept for a user.
const maxReceived = 2000

// appID returns the app id of an account.
func (s *Server) appID(o Owner) string { return cmp.Or(o.AppID, s.Account.AppID) }

// Receive adds a message from an account to a user's chat.
func (s *Server) Receive(from Owner, u *User, shown callback.Shown, via Via, raw []byte) {
	r := Received{Shown: shown, Time: s.Now(), AppID: s.appID(from), Via: via, Raw: raw}
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

// FilePath is the path for files that the real platform serves on other hosts: pictures
// of articles, videos.
const FilePath = "/wechattest/file"

// FileURL returns the address of a file for a user's phone, or "" without a media id.
func (s *Server) FileURL(mediaID string) string {
	if mediaID == "" {
		return ""
	}
	return s.Account.URL + FilePath + "?id=" + url.QueryEscape(mediaID)
}

// Stamp sets the sender, time and id of a message.
func (s *Server) Stamp(u *User, m callback.Message) callback.Message {
	if m.From == "" {
		m.From = u.OpenID
	}
	if m.CreateTime.IsZero() {
		m.CreateTime = time.Now()
	}
	if m.ID == "" && !m.IsEvent() {
		m.ID = strconv.FormatInt(s.NextID(), 10)
	}
	return m
}

// ViaReply means a passive reply.
const ViaReply Via = "reply"

// Send sends a message of a user to the account's bot, and the answer to the user.
func (s *Server) Send(u *User, m callback.Message) (*callback.Reply, error) {
	return s.Relay(u, m, Owner{})
}

// Relay is Send for an account that has authorized the third-party platform.
func (s *Server) Relay(u *User, m callback.Message, to Owner) (*callback.Reply, error) {
	if u.OpenID == "" && m.From == "" {
		return &callback.Reply{}, errors.New("wechattest: the user has no openid")
	}
	s.Lock()
	acc, bot, err := s.receiver(to)
	if err != nil {
		s.Unlock()
		return &callback.Reply{}, err
	}
	m = s.Stamp(u, m)
	s.interact(u, m)
	s.Unlock()
	if s.Hooks.OnItsWay != nil {
		s.Hooks.OnItsWay(m)
	}
	reply, err := bot.Send(acc, m)
	s.conclude(acc, u, m, reply, err)
	if s.Hooks.Judged != nil {
		s.Hooks.Judged(m, reply, err)
	}
	if err != nil {
		return reply, fmt.Errorf("wechattest: %s: %w", verdict(reply), err)
	}
	return reply, nil
}

// receiver returns the account and the bot for a message to an account.
func (s *Server) receiver(to Owner) (*account.Account, *callback.Bot, error) {
	acc, bot := s.Account, s.Bot
	switch {
	case bot == nil:
		return nil, nil, callback.ErrNoBot
	case to == Owner{}:
		return acc, bot, nil
	case !acc.Mode.Encrypted() || acc.Receiver() == acc.AppID:
		return nil, nil, fmt.Errorf("wechattest: a relayed message needs Config.Mode Component, the account is in mode %v", acc.Mode)
	}
	return acc.As(to.AppID, to.OriginalID), bot.Of(to.AppID), nil
}

// interact makes the changes of state that a message causes.
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

// conclude determines what the user saw.
func (s *Server) conclude(to *account.Account, u *User, m callback.Message, r *callback.Reply, err error) {
	r.Unseen = m.Is("unsubscribe") || m.From == callback.SystemSender
	r.Fault = err != nil && !r.Unseen && !errors.Is(err, callback.ErrTransfer) && !errors.Is(err, callback.ErrClosed)
	s.Lock()
	defer s.Unlock()
	log := s.Account.Logger.With("sender", u.OpenID, "type", m.Type, "event", m.Event)
	if err != nil {
		log.Error(verdict(r), "error", err)
	}
	if r.Cut > 0 {
		log.Warn("news reply cut", "articles", len(r.Articles)+r.Cut, "shown", len(r.Articles))
	}
	if err == nil && !r.Unseen && r.Type != callback.ReplyNone && r.Type != callback.ReplyTransfer {
		s.Receive(Owner{AppID: to.AppID}, u, r.Shown, ViaReply, r.XML)
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

// Tell sends the bot of an account an event that does not come from a user, such as the
// result of a job. Without a bot it does nothing. The lock is not held.
func (s *Server) Tell(to Owner, m callback.Message) {
	s.Lock()
	bot, sender := s.Bot, s.Meet(m.From)
	s.Unlock()
	if bot != nil {
		s.notify(to, sender, m)
	}
}

// notify sends an event to the bot of an account. Only in mode Component can this be
// another account than the platform's own. Errors are in the log and in Deliveries.
func (s *Server) notify(to Owner, sender *User, m callback.Message) {
	if s.Current().Mode != account.Component {
		to = Owner{}
	}
	_, _ = s.Relay(sender, m, to)
}
