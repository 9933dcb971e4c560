package wechattest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/menu"
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
	Value     string   `json:"value,omitempty"` // only for a button of the console: its text, media id or URL
	Sub       []Button `json:"sub_button"`      // not nil; empty without a second level
}

// ClientPlatform is the kind of a user's phone, a condition of conditional menus.
type ClientPlatform int

// The kinds of phones.
const (
	IOS           ClientPlatform = 1
	Android       ClientPlatform = 2
	OtherPlatform ClientPlatform = 3
)

// SetConsoleMenu sets a menu as an administrator does on the console (公众平台后台). It
// replaces the menus of the API. Followers see it. In the API,
// get_current_selfmenu_info returns it, menu/get does not, and menu/create replaces it.
// Its buttons may have the type text with a Value, which the API cannot create.
func (p *Platform) SetConsoleMenu(buttons ...Button) { p.menus.MakeOnConsole(internalButtons(buttons)) }

func internalButtons(list []Button) []menu.Button {
	all := make([]menu.Button, len(list))
	for i, b := range list {
		all[i] = menu.Button{
			Name: b.Name, Type: b.Type, Key: b.Key, URL: b.URL, MediaID: b.MediaID, ArticleID: b.ArticleID,
			AppID: b.AppID, PagePath: b.PagePath, Value: b.Value, Sub: internalButtons(b.Sub),
		}
	}
	return all
}

// Menu returns the account's default menu or the menu of the console, or nil without one.
func (p *Platform) Menu() []Button { return publicButtons(p.menus.Default()) }

// Menu returns the menu that the user sees, which may be a conditional one, or nil
// without one.
func (u *User) Menu() []Button {
	buttons, _ := u.platform.menus.Seen(u.user)
	return publicButtons(buttons)
}

func publicButtons(list []menu.Button) []Button {
	if list == nil {
		return nil
	}
	all := make([]Button, len(list))
	for i, b := range list {
		all[i] = Button{b.Name, b.Type, b.Key, b.URL, b.MediaID, b.ArticleID, b.AppID, b.PagePath, b.Value, publicButtons(b.Sub)}
	}
	return all
}

// UsePhone sets the kind of the user's phone, a condition of conditional menus.
func (u *User) UsePhone(kind ClientPlatform) { u.platform.menus.UsePhone(u.user, int(kind)) }

// The errors of [User.Tap].
var (
	ErrNoButton   = errors.New("wechattest: the user's menu has no such button")
	ErrNeedsInput = errors.New("wechattest: the button needs input from the user: send its event, such as ScanCodePush, instead")
)

// Tap taps a button of the menu that the user sees. names are those of the buttons from
// the top level down. A button of type click, view or miniprogram sends its event to the
// bot. The bot receives no event from a button of type media_id or view_limited, which
// shows the user the material, of type article_id, which shows the article, or of type
// text of the console, which shows the text.
//
// The error is [ErrNeedsInput] for a button for scanning, pictures or a place, and
// [ErrNoButton] for an unknown one.
func (u *User) Tap(names ...string) (*Reply, error) {
	buttons, menuID := u.platform.menus.Seen(u.user)
	b, found := menu.Find(buttons, names)
	if !found {
		return &Reply{}, fmt.Errorf("%w: %s", ErrNoButton, strings.Join(names, " > "))
	}
	switch b.Type {
	case "click":
		return u.Send(Click(b.Key))
	case "view":
		return u.Send(inMenu(View(b.URL), menuID))
	case "miniprogram":
		return u.Send(inMenu(ViewMiniProgram(b.PagePath), menuID))
	case "media_id", "view_limited", "article_id", "article_view_limited", "text":
		u.platform.menus.Show(u.user, b)
		return &Reply{}, nil
	}
	return &Reply{}, fmt.Errorf("%w: %s", ErrNeedsInput, b.Type)
}

// inMenu adds the MenuId, which the platform sends if there are conditional menus.
func inMenu(m Message, menuID int64) Message {
	if menuID != 0 {
		return m.With(Number("MenuId", menuID))
	}
	return m
}
