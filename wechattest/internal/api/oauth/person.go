package oauth

import (
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// profile is what a website may read only with the user's consent.
type profile struct{ nickname, headImage string }

// SetProfile sets the user's nickname and picture, which a website can read only by
// web authorization (网页授权).
func (a *Area) SetProfile(u *server.User, nickname, avatarURL string) {
	a.s.Lock()
	defer a.s.Unlock()
	a.profiles[u.OpenID] = profile{nickname, avatarURL}
}

// SetSnapshot sets whether the user opens pages as snapshots (快照页): then a website gets
// a virtual user by snsapi_userinfo, marked by is_snapshotuser.
func (a *Area) SetSnapshot(u *server.User, on bool) {
	a.s.Lock()
	defer a.s.Unlock()
	a.snapshots[u.OpenID] = on
}

// ChangePassword ends the user's authorizations, as the platform does after a change of
// the password: calls with the tokens get 42007, and the user is asked again.
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
