package callback

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
)

// The errors of verification and notices, in addition to those of a delivery.
var (
	ErrVerification = errors.New("the bot's answer to the verification is wrong")
	ErrNotice       = errors.New("the bot did not answer the notice with success")
)

// Verify implements Bot.Verify.
func (b *Bot) Verify() error {
	if set := b.env.Account(); set.Mode == account.CloudHosting {
		return b.checkContainer(set)
	}
	d, echo := b.verify(sign(b.env.Account(), envelope{}, time.Now()))
	if err := d.Failure(); err != nil {
		return fmt.Errorf("wechattest: verification: %w", err)
	}
	if string(d.Answer) != echo {
		return fmt.Errorf("wechattest: %w: sent %q, got %s", ErrVerification, echo, excerpt(d.Answer))
	}
	return nil
}

func (b *Bot) checkContainer(set *account.Account) error {
	out := unsigned(set, envelope{plain: document([]Element{{Name: "action", Value: "CheckContainerPath", Bare: !set.JSON}}, set.JSON)})
	d := b.send(1, http.MethodPost, out)
	if err := d.Failure(); err != nil {
		return fmt.Errorf("wechattest: verification: %w", err)
	}
	if text := string(d.Answer); text != "" && text != "success" {
		return fmt.Errorf("wechattest: %w: %s instead of success", ErrVerification, excerpt(d.Answer))
	}
	return nil
}

func (b *Bot) verify(out signed) (Delivery, string) {
	echo := rand.Text()
	out.body = nil
	out.query.Del("encrypt_type")
	out.query.Del("msg_signature")
	out.query.Set("echostr", echo)
	return b.send(1, http.MethodGet, out), echo
}

// Notify implements Bot.Notify.
func (b *Bot) Notify(n Notice) error {
	set := b.env.Account()
	if set.Mode != account.Component {
		return fmt.Errorf("wechattest: a notice needs Config.Mode Component, but the account is in mode %v", set.Mode)
	}
	if n.CreateTime.IsZero() {
		n.CreateTime = time.Now()
	}
	deliveries, err := b.deliver(set, envelope{
		head:   CDATA("AppId", set.ComponentAppID),
		plain:  n.body(set.ComponentAppID, set.JSON),
		notice: true,
	})
	if err != nil {
		return fmt.Errorf("wechattest: notice %s: %w", n.InfoType, err)
	}
	if answer := deliveries[len(deliveries)-1].Answer; string(answer) != "success" {
		return fmt.Errorf("wechattest: notice %s: %w: %s", n.InfoType, ErrNotice, excerpt(answer))
	}
	return nil
}
