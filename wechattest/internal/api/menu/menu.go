// Package menu models menus (自定义菜单).
package menu

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/media"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Button is a button of the account's menu (自定义菜单). A button that opens a second
// level has a name and Sub only.
type Button struct {
	Name      string   `json:"name"`
	Type      string   `json:"type,omitempty"` // click, view, …
	Key       string   `json:"key,omitempty"`
	URL       string   `json:"url,omitempty"`
	MediaID   string   `json:"media_id,omitempty"`
	ArticleID string   `json:"article_id,omitempty"`
	AppID     string   `json:"appid,omitempty"`
	PagePath  string   `json:"pagepath,omitempty"`
	Sub       []Button `json:"sub_button"` // empty, and not nil, on a button without a second level
}

type conditionalMenu struct {
	id      int64
	buttons []Button
	rule    matchRule
}

// matchRule says who sees a conditional menu. Numbers come as numbers or as text.
type matchRule struct {
	TagID    server.Scalar `json:"tag_id,omitempty"`
	GroupID  server.Scalar `json:"group_id,omitempty"` // older name of tag_id
	Platform server.Number `json:"client_platform_type,omitempty"`

	// withdrawn: a menu with one of them matches nobody
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

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s           *server.Server
	media       *media.Area
	buttons     []Button // of the default menu
	id          int64
	conditional []conditionalMenu // 个性化菜单, oldest first
	lastID      int64
	phones      map[string]int // kinds of phones by openid
}

// Register adds the area to the server.
func Register(s *server.Server, media *media.Area) *Area {
	a := &Area{s: s, media: media}
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/menu/create", Body: server.AnyBody, Daily: 1000, Handle: a.createMenu},
		{Method: http.MethodGet, Path: "/cgi-bin/menu/get", Daily: 10_000, Handle: a.getMenu},
		{Method: http.MethodGet, Path: "/cgi-bin/menu/delete", Daily: 1000, Handle: a.deleteMenu},
		{Method: http.MethodPost, Path: "/cgi-bin/menu/addconditional", Body: server.AnyBody, Daily: 2000, Handle: a.addConditionalMenu},
		{Method: http.MethodPost, Path: "/cgi-bin/menu/delconditional", Body: server.JSONBody, Daily: 2000, Handle: server.JSON(a.deleteConditionalMenu)},
		{Method: http.MethodPost, Path: "/cgi-bin/menu/trymatch", Body: server.JSONBody, Daily: 20_000, Handle: server.JSON(a.tryMatchMenu)},
		{Method: http.MethodGet, Path: "/cgi-bin/get_current_selfmenu_info", Handle: a.getSelfMenu},
	}...)
	return a
}

// bindMenu is bind for menus, where escaped characters have a code of their own.
func (a *Area) bindMenu(c *server.Call, v any) error {
	if err := server.CheckJSON(c.Body); err != nil {
		if server.AsError(err).Code == 47002 {
			return server.Fail(40033)
		}
		return err
	}
	return c.Bind(v)
}

// createMenu is POST /cgi-bin/menu/create.
func (a *Area) createMenu(c *server.Call) (any, error) {
	var in struct {
		Buttons []Button `json:"button"`
	}
	if err := a.bindMenu(c, &in); err != nil {
		return nil, err
	}
	if err := a.checkMenu(c, in.Buttons); err != nil {
		return nil, err
	}
	a.buttons, a.id = in.Buttons, a.nextID()
	return nil, nil
}

func (a *Area) nextID() int64 {
	if a.lastID == 0 {
		a.lastID = 208_379_532
	}
	a.lastID++
	return a.lastID
}

// getMenu is GET /cgi-bin/menu/get.
func (a *Area) getMenu(c *server.Call) (any, error) {
	if a.buttons == nil {
		return nil, server.Fail(46003)
	}
	menu := server.Object{"button": a.buttons}
	answer := server.Object{"menu": menu}
	if len(a.conditional) > 0 {
		menu["menuid"] = a.id
		var list []server.Object
		for _, one := range slices.Backward(a.conditional) {
			list = append(list, server.Object{"button": one.buttons, "matchrule": one.rule, "menuid": one.id})
		}
		answer["conditionalmenu"] = list
	}
	return answer, nil
}

// deleteMenu is GET /cgi-bin/menu/delete.
func (a *Area) deleteMenu(c *server.Call) (any, error) {
	a.buttons, a.conditional = nil, nil
	return nil, nil
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

// seen returns what the user sees: the newest conditional menu that matches, or
// the default one.
func (a *Area) seen(u *server.User) (buttons []Button, id int64) {
	for _, one := range slices.Backward(a.conditional) {
		if a.matches(u, one.rule) {
			return one.buttons, one.id
		}
	}
	return a.buttons, a.id
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

// latestTag is the tag that the user got last, which alone counts for menus; empty
// without one.
func latestTag(u *server.User) string {
	if len(u.Tags) == 0 {
		return ""
	}
	return strconv.Itoa(u.Tags[len(u.Tags)-1])
}

// getSelfMenu is GET /cgi-bin/get_current_selfmenu_info.
func (a *Area) getSelfMenu(c *server.Call) (any, error) {
	if a.buttons == nil {
		return server.Object{"is_menu_open": 0}, nil
	}
	return server.Object{"is_menu_open": 1, "selfmenu_info": server.Object{"button": selfButtons(a.buttons)}}, nil
}

// selfButtons writes buttons the other way: the second level in an object.
func selfButtons(buttons []Button) []server.Object {
	var list []server.Object
	for _, b := range buttons {
		o := server.Object{"name": b.Name}
		for key, value := range map[string]string{
			"type": b.Type, "key": b.Key, "url": b.URL, "media_id": b.MediaID,
			"article_id": b.ArticleID, "appid": b.AppID, "pagepath": b.PagePath,
		} {
			if value != "" {
				o[key] = value
			}
		}
		if len(b.Sub) > 0 {
			o["sub_button"] = server.Object{"list": selfButtons(b.Sub)}
		}
		list = append(list, o)
	}
	return list
}

// buttonCodes are the errcodes of one level of a menu.
type buttonCodes struct{ kind, name, key, url, domain, mediaID int }

const (
	maxTopName = 16 // bytes
	maxSubName = 60
	maxKey     = 128
)

// checkMenu checks buttons as the platform does, and completes them.
func (a *Area) checkMenu(c *server.Call, buttons []Button) error {
	if len(buttons) < 1 || len(buttons) > 3 {
		return server.Fail(40016)
	}
	for i := range buttons {
		b := &buttons[i]
		if b.Name == "" || len(b.Name) > maxTopName {
			return server.Fail(40018)
		}
		if len(b.Sub) == 0 {
			if err := a.checkButton(c, b, buttonCodes{40017, 40018, 40019, 40020, 40055, 40117}); err != nil {
				return err
			}
			continue
		}
		*b = Button{Name: b.Name, Sub: b.Sub}
		if err := a.checkSubButtons(c, b.Sub); err != nil {
			return err
		}
	}
	return nil
}

func (a *Area) checkSubButtons(c *server.Call, buttons []Button) error {
	if len(buttons) > 5 {
		return server.Fail(40023)
	}
	for i := range buttons {
		if len(buttons[i].Sub) > 0 {
			return server.Fail(40022)
		}
		if err := a.checkButton(c, &buttons[i], buttonCodes{40024, 40025, 40026, 40027, 40054, 40118}); err != nil {
			return err
		}
	}
	return nil
}

// checkButton checks a button that does something.
func (a *Area) checkButton(c *server.Call, b *Button, codes buttonCodes) error {
	b.Sub = []Button{}
	if b.Name == "" || len(b.Name) > maxSubName {
		return server.Fail(codes.name)
	}
	switch b.Type {
	case "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select":
		if b.Key == "" || len(b.Key) > maxKey {
			return server.Fail(codes.key)
		}
	case "view":
		return checkButtonURL(b.URL, codes)
	case "miniprogram":
		if b.AppID == "" {
			return server.Fail(40013)
		}
		return checkButtonURL(b.URL, codes)
	case "media_id", "view_limited":
		if b.MediaID == "" {
			return server.Fail(codes.mediaID)
		}
		if m := a.media.Find(b.MediaID, c.Now()); m == nil || !m.Permanent {
			return server.Fail(40007)
		}
	case "article_id", "article_view_limited":
		if b.ArticleID == "" {
			return server.Fail(53600)
		}
	default:
		return server.Fail(codes.kind)
	}
	return nil
}

func checkButtonURL(address string, codes buttonCodes) error {
	if address == "" {
		return server.Fail(codes.url)
	}
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return server.Fail(codes.domain)
	}
	return nil
}

// idle reports whether a button, or one below it, does nothing.
func (b Button) idle() bool {
	if len(b.Sub) > 0 {
		return slices.ContainsFunc(b.Sub, Button.idle)
	}
	return b.Type == ""
}

// domains counts the hosts that the buttons of a menu link to.
func domains(buttons []Button) int {
	hosts := map[string]bool{}
	for _, b := range buttons {
		for _, one := range append([]Button{b}, b.Sub...) {
			if u, err := url.Parse(one.URL); err == nil && u.Host != "" {
				hosts[strings.ToLower(u.Hostname())] = true
			}
		}
	}
	return len(hosts)
}

// Default returns the account's default menu; nil without one.
func (a *Area) Default() []Button {
	a.s.Lock()
	defer a.s.Unlock()
	return copyButtons(a.buttons)
}

// Seen returns the menu that a user sees, which may be a conditional one, and its id;
// nil without one. The id is zero while there are no conditional menus.
func (a *Area) Seen(u *server.User) (buttons []Button, id int64) {
	a.s.Lock()
	defer a.s.Unlock()
	buttons, id = a.seen(u)
	if len(a.conditional) == 0 {
		id = 0
	}
	return copyButtons(buttons), id
}

func copyButtons(buttons []Button) []Button {
	list := slices.Clone(buttons)
	for i := range list {
		list[i].Sub = slices.Clone(list[i].Sub)
	}
	return list
}

// UsePhone puts a user on a kind of phone: 1 iOS, 2 Android, 3 others.
func (a *Area) UsePhone(u *server.User, kind int) {
	a.s.Lock()
	defer a.s.Unlock()
	if a.phones == nil {
		a.phones = map[string]int{}
	}
	a.phones[u.OpenID] = kind
}

// Find finds a button that does something, by the names from the top level down.
func Find(buttons []Button, names []string) (b Button, found bool) {
	for _, name := range names {
		i := slices.IndexFunc(buttons, func(b Button) bool { return b.Name == name })
		if i < 0 {
			return b, false
		}
		b = buttons[i]
		buttons = b.Sub
	}
	return b, len(names) > 0 && len(b.Sub) == 0
}

// Via is the way of a material or an article behind a menu button.
const Via server.Via = "menu"

// Show shows a user what stands behind a button.
func (a *Area) Show(u *server.User, b Button) {
	a.s.Lock()
	defer a.s.Unlock()
	shown := callback.Shown{Type: "mpnewsarticle", Content: b.ArticleID}
	if b.MediaID != "" {
		shown = callback.Shown{Type: "news", MediaID: b.MediaID}
		if m := a.media.Find(b.MediaID, a.s.Now()); m != nil {
			shown.Type = callback.ReplyType(m.Kind)
		}
	}
	a.s.Receive(u, shown, Via, nil)
}
