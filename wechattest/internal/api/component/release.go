package component

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// releaseCheck is an account that checks a third-party platform before its release.
type releaseCheck struct{ appID, userName string }

// releaseChecks are the official accounts of the five sets.
func releaseChecks() []releaseCheck {
	return []releaseCheck{
		{"wx570bc396a51b8ff8", "gh_3c884a361561"},
		{"wx9252c5e0bb1836fc", "gh_c0f28a78b318"},
		{"wx8e1097c5bc82cde9", "gh_3f222ed8d140"},
		{"wx14550af28c71a144", "gh_26128078e9ab"},
		{"wxa35b9c23cfe664eb", "gh_2b3713f184a6"},
	}
}

// CheckRelease implements Platform.CheckRelease.
func (a *Area) CheckRelease(set int) error {
	checks := releaseChecks()
	if set < 1 || set > len(checks) {
		return fmt.Errorf("wechattest: there is no set %d of the release check", set)
	}
	if err := a.PushTicket(); err != nil {
		return fmt.Errorf("wechattest: release check, ticket: %w", err)
	}
	t, _ := a.Grant(checks[set-1].appID)
	openid := "oCheck" + rand.Text()[:10]
	if err := a.checkText(t, openid); err != nil {
		return fmt.Errorf("wechattest: release check, text: %w", err)
	}
	if err := a.checkCode(t, openid); err != nil {
		return fmt.Errorf("wechattest: release check, code: %w", err)
	}
	return nil
}

func (a *Area) checkText(t *Tenant, openid string) error {
	const content = "TESTCOMPONENT_MSG_TYPE_TEXT"
	reply, err := a.Relay(t, openid, text(content))
	if err == nil && reply.Content != content+"_callback" {
		err = fmt.Errorf("the answer is %q", reply.Content)
	}
	return err
}

// checkCode sends a code and waits for the message which shows that the code was
// exchanged.
func (a *Area) checkCode(t *Tenant, openid string) error {
	a.s.Lock()
	code := a.newGrantCode(t.appID)
	a.s.Unlock()
	reply, err := a.Relay(t, openid, text("QUERY_AUTH_CODE:"+code))
	if err != nil {
		return err
	}
	if answer := reply.Deliveries[len(reply.Deliveries)-1].Answer; len(answer) != 0 {
		return fmt.Errorf("the answer must be empty, but is %q", answer)
	}
	arrived := callback.WaitFor(func() bool {
		a.s.Lock()
		defer a.s.Unlock()
		return slices.ContainsFunc(a.s.Meet(openid).Received, func(m server.Received) bool { return m.Content == code+"_from_api" })
	})
	if !arrived {
		return errors.New("no customer-service message with the code arrived within ten seconds")
	}
	return nil
}

func text(content string) callback.Message {
	return callback.Message{Type: "text", Elements: []callback.Element{callback.CDATA("Content", content)}}
}
