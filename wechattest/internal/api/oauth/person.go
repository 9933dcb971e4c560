package oauth

import (
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// profile is what a website may read only with the user's consent.
type profile struct{ nickname, headImage string }

// SetProfile implements User.SetProfile.
func (a *Area) SetProfile(u *server.User, nickname, avatarURL string) {
	a.s.Lock()
	defer a.s.Unlock()
	a.profiles[u.OpenID] = profile{nickname, avatarURL}
}

// SetSnapshot implements User.SetSnapshot.
func (a *Area) SetSnapshot(u *server.User, on bool) {
	a.s.Lock()
	defer a.s.Unlock()
	a.snapshots[u.OpenID] = on
}

// ChangePassword implements User.ChangePassword.
func (a *Area) ChangePassword(u *server.User) {
	a.s.Lock()
	defer a.s.Unlock()
	delete(a.consents, u.OpenID)
	for _, tokens := range []grants{a.access, a.refresh} {
		for _, t := range tokens.issued {
			t.spent = t.spent || t.user == u
		}
	}
}
