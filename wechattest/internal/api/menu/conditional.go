package menu

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

type conditionalMenu struct {
	id      int64
	buttons []Button
	rule    matchRule
}

// matchRule selects the users who see a conditional menu. Numbers may be quoted.
type matchRule struct {
	TagID    server.Scalar `json:"tag_id,omitempty"`
	GroupID  server.Scalar `json:"group_id,omitempty"` // older name of tag_id
	Platform server.Number `json:"client_platform_type,omitempty"`

	// no longer supported: a menu with one of them matches no user
	Sex      server.Scalar `json:"sex,omitempty"`
	Country  string        `json:"country,omitempty"`
	Province string        `json:"province,omitempty"`
	City     string        `json:"city,omitempty"`
	Language string        `json:"language,omitempty"`
}

func (r matchRule) withdrawn() bool {
	return string(r.Sex)+r.Country+r.Province+r.City+r.Language != ""
}

func (r matchRule) live() bool {
	return r.tag() != "" || r.Platform != 0
}

func (r matchRule) tag() string {
	return string(cmp.Or(r.TagID, r.GroupID))
}

// addConditionalMenu is POST /cgi-bin/menu/addconditional.
func (a *Area) addConditionalMenu(c *server.Call) (any, error) {
	var in struct {
		Buttons []Button  `json:"button"`
		Rule    matchRule `json:"matchrule"`
	}
	if err := a.bindMenu(c, &in); err != nil {
		return nil, err
	}
	switch {
	case a.buttons == nil:
		return nil, server.Fail(65303)
	case len(in.Buttons) == 0:
		return nil, server.Fail(65307)
	case !in.Rule.live() && in.Rule.withdrawn():
		return nil, server.Fail(65320)
	case !in.Rule.live():
		return nil, server.Fail(65304)
	case slices.ContainsFunc(in.Buttons, Button.idle):
		return nil, server.Fail(65308)
	case domains(in.Buttons) > 3:
		return nil, server.Fail(65316)
	}
	if err := a.checkMenu(c, in.Buttons); err != nil {
		return nil, err
	}
	id := a.nextID()
	a.conditional = append(a.conditional, conditionalMenu{id, in.Buttons, in.Rule})
	return server.Object{"menuid": strconv.FormatInt(id, 10)}, nil
}

// deleteConditionalMenu is POST /cgi-bin/menu/delconditional.
func (a *Area) deleteConditionalMenu(c *server.Call, in struct {
	ID server.Number `json:"menuid"`
}) (any, error) {
	i := slices.IndexFunc(a.conditional, func(m conditionalMenu) bool { return m.id == int64(in.ID) })
	if i < 0 {
		return nil, server.Fail(65301)
	}
	a.conditional = slices.Delete(a.conditional, i, i+1)
	return nil, nil
}

// tryMatchMenu is POST /cgi-bin/menu/trymatch.
func (a *Area) tryMatchMenu(c *server.Call, in struct {
	UserID string `json:"user_id"`
}) (any, error) {
	u := c.Users[in.UserID]
	if u == nil {
		return nil, server.Fail(65302)
	}
	buttons, _ := a.seen(u)
	if buttons == nil {
		return nil, server.Fail(46003)
	}
	return server.Object{"button": buttons}, nil
}

// seen returns the menu that the user sees: the newest conditional menu that matches,
// or the default one.
func (a *Area) seen(u *server.User) (buttons []Button, id int64) {
	for _, one := range slices.Backward(a.conditional) {
		if a.matches(u, one.rule) {
			return one.buttons, one.id
		}
	}
	return a.shown(), a.id
}

func (a *Area) matches(u *server.User, r matchRule) bool {
	if r.withdrawn() {
		return false
	}
	if tag := r.tag(); tag != "" && tag != latestTag(u) {
		return false
	}
	return r.Platform == 0 || r.Platform == server.Number(a.phones[u.OpenID])
}

// latestTag returns the user's newest tag, the only one that is used for menus, or "".
func latestTag(u *server.User) string {
	if len(u.Tags) == 0 {
		return ""
	}
	return strconv.Itoa(u.Tags[len(u.Tags)-1])
}

// UsePhone sets the kind of a user's phone: 1 iOS, 2 Android, 3 others.
func (a *Area) UsePhone(u *server.User, kind int) {
	a.s.Lock()
	defer a.s.Unlock()
	a.phones[u.OpenID] = kind
}
