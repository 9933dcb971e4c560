package oauth

import (
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// portrait is what only a user's consent tells.
type portrait struct{ nickname, headImage string }

// SetPortrait gives the user the nickname and the picture that a website learns by
// web authorization (网页授权), and by nothing else.
func (a *Area) SetPortrait(u *server.User, nickname, headImageURL string) {
	a.s.Lock()
	defer a.s.Unlock()
	if a.portraits == nil {
		a.portraits = map[string]portrait{}
	}
	a.portraits[u.OpenID] = portrait{nickname, headImageURL}
}

// SetSnapshot has the user open pages as snapshots (快照页), or no longer: what a
// website learns by snsapi_userinfo is then of a virtual user, marked by
// is_snapshotuser.
func (a *Area) SetSnapshot(u *server.User, on bool) {
	a.s.Lock()
	defer a.s.Unlock()
	if a.snapshots == nil {
		a.snapshots = map[string]bool{}
	}
	a.snapshots[u.OpenID] = on
}

// ChangePassword ends the user's authorizations, as the platform does when a user
// changes the password: the tokens get 42007, and the user is asked again.
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
