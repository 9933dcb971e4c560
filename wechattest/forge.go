package wechattest

import (
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// Forgery is a kind of forged request. A bot must refuse all of them. See [User.Forge]
// and [Bot.ForgeVerify].
type Forgery int

// The forgeries. Those with "encrypted modes" need mode Compat, Safe or Component.
const (
	WrongSignature      Forgery = iota // every signature is wrong
	MissingSignature                   // no signature at all
	WrongMsgSignature                  // signature is right, msg_signature wrong (encrypted modes)
	MissingMsgSignature                // signature is right, msg_signature absent (encrypted modes)
	WrongToken                         // signed with another token
	StaleTimestamp                     // ten minutes old, with the right signature
	FutureTimestamp                    // ten minutes in the future, with the right signature
	ReplayedNonce                      // timestamp and nonce of a message just delivered, with another message
	PlaintextBody                      // unencrypted, with the right signature, to a bot with an AES key (encrypted modes)
	WrongKey                           // encrypted with another AES key, with the right signature (encrypted modes)
	WrongAppID                         // encrypted for another account, with the right signature (encrypted modes)
	SwappedBody                        // ciphertext of another message under this one's msg_signature (encrypted modes)
	TwoEncrypts                        // a foreign Encrypt before the genuine one (encrypted modes)
	DocumentType                       // an XML document type that declares an entity
	OversizedBody                      // 2 MiB, with the right signature
	MissingSource                      // without the header x-wx-source, as from a public network (mode [CloudHosting])
)

// String describes the forgery.
func (f Forgery) String() string { return callback.Forgery(f).String() }

// Forgeries returns all forgeries of messages in a mode.
func Forgeries(m Mode) []Forgery {
	var all []Forgery
	for _, f := range callback.Forgeries(account.Mode(m)) {
		all = append(all, Forgery(f))
	}
	return all
}

// Forge sends one forged request with a message of the user, without a repeat. The bot
// must refuse it: [Delivery.Refused] is then true. ReplayedNonce first delivers a
// genuine text message.
//
// It returns an error if the account's mode does not have the forgery, or if there is
// no bot.
func (u *User) Forge(f Forgery, m Message) (*Delivery, error) {
	s := u.platform.server
	s.Lock()
	bot, forged, genuine := s.Bot, s.Stamp(u.user, m.internal()), s.Stamp(u.user, Text("genuine").internal())
	s.Unlock()
	if bot == nil {
		return &Delivery{}, ErrNoBot
	}
	d, err := bot.Forge(callback.Forgery(f), forged, genuine)
	return (*Delivery)(&d), err
}

// ForgeVerify sends a forged verification of the callback URL. It can forge the
// signature, the token and the timestamp.
func (b *Bot) ForgeVerify(f Forgery) (*Delivery, error) {
	d, err := b.bot.ForgeVerify(callback.Forgery(f))
	return (*Delivery)(&d), err
}
