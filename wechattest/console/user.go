package console

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// user returns the user of a command.
func (g *Page) user(openid string) (*wechattest.User, error) {
	if err := checkOpenID(openid); err != nil {
		return nil, err
	}
	return g.platform.User(openid), nil
}

func checkOpenID(openid string) error {
	bad := func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '-')
	}
	if openid == "" || len(openid) > 64 || strings.ContainsFunc(openid, bad) || openid == system {
		return fmt.Errorf("%q is not an openid: letters, digits, _ and -, at most 64", openid)
	}
	return nil
}

// addUser adds a user who does not follow yet.
func (g *Page) addUser(openid string) error {
	if err := checkOpenID(openid); err != nil {
		return err
	}
	g.platform.Stranger(openid)
	return nil
}

// send sends messages of a user, one after another.
func (g *Page) send(in command, messages ...wechattest.Message) (outcome, error) {
	u, err := g.user(in.User)
	if err != nil {
		return outcome{}, err
	}
	if g.platform.CallbackURLs() == nil {
		return outcome{}, errors.New(explain(wechattest.ErrNoBot, wechattest.Delivery{}, wechattest.Config{}).EN)
	}
	return g.perform(in, func() (replies []*wechattest.Reply, err error) {
		for _, m := range messages {
			reply, _ := u.Send(m) // the error is part of the result
			replies = append(replies, reply)
		}
		return replies, nil
	})
}

// perform runs a function that sends messages, in the background unless the command waits.
func (g *Page) perform(in command, f func() ([]*wechattest.Reply, error)) (out outcome, err error) {
	if !in.Wait {
		return outcome{}, g.start(func() { _, _ = f() })
	}
	done := make(chan struct{})
	started := g.start(func() {
		defer close(done)
		var replies []*wechattest.Reply
		if replies, err = f(); err != nil {
			return
		}
		out.Results = g.resultsOf(replies)
	})
	if started != nil {
		return outcome{}, started
	}
	<-done
	return out, err
}

// resultsOf returns the results of messages in their order.
func (g *Page) resultsOf(replies []*wechattest.Reply) (results []judgment) {
	for _, r := range replies {
		if len(r.Deliveries) == 0 {
			continue // the platform was closed
		}
		exchange := r.Deliveries[0].Exchange
		results = append(results, g.verdicts.List(func(v judgment) bool { return v.Exchange == exchange })...)
	}
	return results
}

// one is the result of a function that sends one message. Its error counts only if
// nothing was delivered: otherwise the result has it.
func one(reply *wechattest.Reply, err error) ([]*wechattest.Reply, error) {
	if reply == nil || len(reply.Deliveries) == 0 {
		return nil, err
	}
	return []*wechattest.Reply{reply}, nil
}

// scan is a user's scan of a QR code.
func (g *Page) scan(in command) (outcome, error) {
	u, err := g.user(in.User)
	if err != nil {
		return outcome{}, err
	}
	scene, ticket := in.Scene, ""
	if in.Code != "" {
		codes := g.platform.QRCodes()
		i := slices.IndexFunc(codes, func(c wechattest.QRCode) bool { return in.Code == c.Ticket || in.Code == c.URL })
		if i < 0 {
			return outcome{}, wechattest.ErrQRCode
		}
		scene, ticket = codes[i].Scene, codes[i].Ticket
	}
	if scene == "" {
		return outcome{}, errors.New("a scan needs a QR code or a scene")
	}
	if u.Following() {
		return g.send(in, wechattest.Scan(scene, ticket))
	}
	return g.send(in, wechattest.SubscribeByScan(scene, ticket))
}

// popup is a user's answer to a subscription popup.
func (g *Page) popup(in command) (outcome, error) {
	u, err := g.user(in.User)
	if err != nil {
		return outcome{}, err
	}
	if in.What != "accept" && in.What != "reject" || in.Template == "" {
		return outcome{}, errors.New("an answer to a popup needs a template, and accept or reject")
	}
	return g.perform(in, func() ([]*wechattest.Reply, error) {
		return one(u.AnswerPopup(wechattest.Consent{TemplateID: in.Template, Status: in.What, Scene: 1}))
	})
}
