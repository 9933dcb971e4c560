// Package menu models menus (自定义菜单).
package menu

import (
	"net/http"
	"slices"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/media"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Button is a button of the account's menu (自定义菜单). A button with a second level has
// only Name and Sub.
type Button struct {
	Name      string   `json:"name"`
	Type      string   `json:"type,omitempty"` // click, view, …
	Key       string   `json:"key,omitempty"`
	URL       string   `json:"url,omitempty"`
	MediaID   string   `json:"media_id,omitempty"`
	ArticleID string   `json:"article_id,omitempty"`
	AppID     string   `json:"appid,omitempty"`
	PagePath  string   `json:"pagepath,omitempty"`
	Value     string   `json:"-"`          // of a button that the console made: its text, media id or URL
	Sub       []Button `json:"sub_button"` // not nil; empty without a second level
}

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s           *server.Server
	media       *media.Area
	buttons     []Button // of the default menu
	console     []Button // of a menu made on the console, in place of the others
	id          int64
	conditional []conditionalMenu // 个性化菜单, oldest first
	lastID      int64
	phones      map[string]int // kinds of phones by openid
}

// Register adds the area to the server.
func Register(s *server.Server, media *media.Area) *Area {
	a := &Area{s: s, media: media, lastID: 208_379_532, phones: map[string]int{}}
	s.Handle([]server.Endpoint{
		{Method: http.MethodPost, Path: "/cgi-bin/menu/create", Body: server.AnyBody, Daily: 1000, Handle: a.createMenu},
		{Method: http.MethodGet, Path: "/cgi-bin/menu/get", Daily: 10_000, Handle: a.getMenu},
		{Method: http.MethodGet, Path: "/cgi-bin/menu/delete", Daily: 1000, Handle: a.deleteMenu},
		{Method: http.MethodPost, Path: "/cgi-bin/menu/addconditional", Body: server.AnyBody, Daily: 2000, Handle: a.addConditionalMenu},
		{Method: http.MethodPost, Path: "/cgi-bin/menu/delconditional", Daily: 2000, Handle: server.JSON(a.deleteConditionalMenu)},
		{Method: http.MethodPost, Path: "/cgi-bin/menu/trymatch", Daily: 20_000, Handle: server.JSON(a.tryMatchMenu)},
		{Method: http.MethodGet, Path: "/cgi-bin/get_current_selfmenu_info", Handle: a.getSelfMenu},
	}...)
	return a
}

// bindMenu is Bind for menus, which have a special code for escaped characters.
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
	a.buttons, a.console, a.id = in.Buttons, nil, a.nextID()
	return nil, nil
}

func (a *Area) nextID() int64 {
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
	a.buttons, a.console, a.conditional = nil, nil, nil
	return nil, nil
}

// MakeOnConsole makes a menu as the console does. It replaces the menus of the API, which
// does not know it: menu/get has no answer for it. Without buttons there is no menu.
func (a *Area) MakeOnConsole(buttons []Button) {
	a.s.Lock()
	defer a.s.Unlock()
	a.buttons, a.console, a.conditional = nil, nil, nil
	if len(buttons) > 0 {
		a.console = copyButtons(buttons)
	}
}

// shown returns the menu that users without a conditional one see.
func (a *Area) shown() []Button {
	if a.console != nil {
		return a.console
	}
	return a.buttons
}

// getSelfMenu is GET /cgi-bin/get_current_selfmenu_info.
func (a *Area) getSelfMenu(c *server.Call) (any, error) {
	if a.shown() == nil {
		return server.Object{"is_menu_open": 0}, nil
	}
	return server.Object{"is_menu_open": 1, "selfmenu_info": server.Object{"button": selfButtons(a.shown())}}, nil
}

// selfButtons returns buttons in the form of this endpoint: with the second level in an
// object.
func selfButtons(buttons []Button) []server.Object {
	var list []server.Object
	for _, b := range buttons {
		o := server.Object{"name": b.Name}
		for key, value := range map[string]string{
			"type": b.Type, "key": b.Key, "url": b.URL, "media_id": b.MediaID,
			"article_id": b.ArticleID, "appid": b.AppID, "pagepath": b.PagePath,
			"value": b.Value,
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

// Default returns the account's default menu, or the one that was made on the console; nil
// without one.
func (a *Area) Default() []Button {
	a.s.Lock()
	defer a.s.Unlock()
	return copyButtons(a.shown())
}

// Seen returns the menu that a user sees, which may be a conditional one, or nil, and
// its id. The id is zero if there are no conditional menus.
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

// Find returns a button with an action by the names of the buttons from the top level
// down.
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

// Via is the value for a material or an article of a menu button.
const Via server.Via = "menu"

// Show shows a user the content of a button.
func (a *Area) Show(u *server.User, b Button) {
	a.s.Lock()
	defer a.s.Unlock()
	shown := callback.Shown{Type: "mpnewsarticle", Content: b.ArticleID}
	if b.Type == "text" {
		shown = callback.Shown{Type: callback.ReplyType(b.Type), Content: b.Value}
	}
	if b.MediaID != "" {
		shown = callback.Shown{Type: "news", MediaID: b.MediaID}
		if m := a.media.Find(b.MediaID, a.s.Now()); m != nil {
			shown.Type = callback.ReplyType(m.Kind)
		}
	}
	a.s.Receive(server.Owner{}, u, shown, Via, nil)
}
