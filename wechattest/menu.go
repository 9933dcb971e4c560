package wechattest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
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

// ClientPlatform is the kind of phone on which a user has WeChat, by which
// conditional menus choose.
type ClientPlatform int

// The kinds of phones.
const (
	IOS           ClientPlatform = 1
	Android       ClientPlatform = 2
	OtherPlatform ClientPlatform = 3
)

// menus is the account's menus: the default one and conditional ones (个性化菜单),
// oldest first.
type menus struct {
	buttons     []Button
	id          int64
	conditional []conditionalMenu
	lastID      int64
	phones      map[string]ClientPlatform // by openid
}

type conditionalMenu struct {
	id      int64
	buttons []Button
	rule    matchRule
}

// matchRule says who sees a conditional menu. Numbers come as numbers or as text.
type matchRule struct {
	TagID    scalar `json:"tag_id,omitempty"`
	GroupID  scalar `json:"group_id,omitempty"` // older name of tag_id
	Platform number `json:"client_platform_type,omitempty"`

	// withdrawn: a menu with one of them matches nobody
	Sex      scalar `json:"sex,omitempty"`
	Country  string `json:"country,omitempty"`
	Province string `json:"province,omitempty"`
	City     string `json:"city,omitempty"`
	Language string `json:"language,omitempty"`
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

func menuEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodPost, path: "/cgi-bin/menu/create", body: anyBody, daily: 1000, handle: createMenu},
		{method: http.MethodGet, path: "/cgi-bin/menu/get", daily: 10_000, handle: getMenu},
		{method: http.MethodGet, path: "/cgi-bin/menu/delete", daily: 1000, handle: deleteMenu},
		{method: http.MethodPost, path: "/cgi-bin/menu/addconditional", body: anyBody, daily: 2000, handle: addConditionalMenu},
		{method: http.MethodPost, path: "/cgi-bin/menu/delconditional", body: jsonBody, daily: 2000, handle: deleteConditionalMenu},
		{method: http.MethodPost, path: "/cgi-bin/menu/trymatch", body: jsonBody, daily: 20_000, handle: tryMatchMenu},
		{method: http.MethodGet, path: "/cgi-bin/get_current_selfmenu_info", handle: getSelfMenu},
	}
}

// bindMenu is bind for menus, where escaped characters have a code of their own.
func (c *call) bindMenu(v any) error {
	if err := checkJSON(c.body); err != nil {
		if asAPIError(err).Code == 47002 {
			return fail(40033)
		}
		return err
	}
	return c.bind(v)
}

// createMenu is POST /cgi-bin/menu/create.
func createMenu(c *call) (any, error) {
	var in struct {
		Buttons []Button `json:"button"`
	}
	if err := c.bindMenu(&in); err != nil {
		return nil, err
	}
	if err := c.checkMenu(in.Buttons); err != nil {
		return nil, err
	}
	c.menus.buttons, c.menus.id = in.Buttons, c.menus.nextID()
	return nil, nil
}

func (m *menus) nextID() int64 {
	if m.lastID == 0 {
		m.lastID = 208_379_532
	}
	m.lastID++
	return m.lastID
}

// getMenu is GET /cgi-bin/menu/get.
func getMenu(c *call) (any, error) {
	m := &c.menus
	if m.buttons == nil {
		return nil, fail(46003)
	}
	menu := object{"button": m.buttons}
	answer := object{"menu": menu}
	if len(m.conditional) > 0 {
		menu["menuid"] = m.id
		var list []object
		for _, one := range slices.Backward(m.conditional) {
			list = append(list, object{"button": one.buttons, "matchrule": one.rule, "menuid": one.id})
		}
		answer["conditionalmenu"] = list
	}
	return answer, nil
}

// deleteMenu is GET /cgi-bin/menu/delete.
func deleteMenu(c *call) (any, error) {
	c.menus.buttons, c.menus.conditional = nil, nil
	return nil, nil
}

// addConditionalMenu is POST /cgi-bin/menu/addconditional.
func addConditionalMenu(c *call) (any, error) {
	var in struct {
		Buttons []Button  `json:"button"`
		Rule    matchRule `json:"matchrule"`
	}
	if err := c.bindMenu(&in); err != nil {
		return nil, err
	}
	switch {
	case c.menus.buttons == nil:
		return nil, fail(65303)
	case len(in.Buttons) == 0:
		return nil, fail(65307)
	case !in.Rule.live() && in.Rule.withdrawn():
		return nil, fail(65320)
	case !in.Rule.live():
		return nil, fail(65304)
	case slices.ContainsFunc(in.Buttons, Button.idle):
		return nil, fail(65308)
	case domains(in.Buttons) > 3:
		return nil, fail(65316)
	}
	if err := c.checkMenu(in.Buttons); err != nil {
		return nil, err
	}
	id := c.menus.nextID()
	c.menus.conditional = append(c.menus.conditional, conditionalMenu{id, in.Buttons, in.Rule})
	return object{"menuid": strconv.FormatInt(id, 10)}, nil
}

// deleteConditionalMenu is POST /cgi-bin/menu/delconditional.
func deleteConditionalMenu(c *call) (any, error) {
	var in struct {
		ID number `json:"menuid"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(c.menus.conditional, func(m conditionalMenu) bool { return m.id == int64(in.ID) })
	if i < 0 {
		return nil, fail(65301)
	}
	c.menus.conditional = slices.Delete(c.menus.conditional, i, i+1)
	return nil, nil
}

// tryMatchMenu is POST /cgi-bin/menu/trymatch.
func tryMatchMenu(c *call) (any, error) {
	var in struct {
		UserID string `json:"user_id"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	u := c.users[in.UserID]
	if u == nil {
		return nil, fail(65302)
	}
	buttons, _ := u.menu()
	if buttons == nil {
		return nil, fail(46003)
	}
	return object{"button": buttons}, nil
}

// menu returns what the user sees: the newest conditional menu that matches, or
// the default one.
func (u *User) menu() (buttons []Button, id int64) {
	m := &u.platform.menus
	for _, one := range slices.Backward(m.conditional) {
		if u.matches(one.rule) {
			return one.buttons, one.id
		}
	}
	return m.buttons, m.id
}

func (u *User) matches(r matchRule) bool {
	if r.withdrawn() {
		return false
	}
	if tag := r.tag(); tag != "" && tag != u.latestTag() {
		return false
	}
	return r.Platform == 0 || r.Platform == number(u.platform.menus.phones[u.openID])
}

// latestTag is the tag that the user got last, which alone counts for menus; empty
// without one.
func (u *User) latestTag() string {
	if len(u.tags) == 0 {
		return ""
	}
	return strconv.Itoa(u.tags[len(u.tags)-1])
}

// getSelfMenu is GET /cgi-bin/get_current_selfmenu_info.
func getSelfMenu(c *call) (any, error) {
	if c.menus.buttons == nil {
		return object{"is_menu_open": 0}, nil
	}
	return object{"is_menu_open": 1, "selfmenu_info": object{"button": selfButtons(c.menus.buttons)}}, nil
}

// selfButtons writes buttons the other way: the second level in an object.
func selfButtons(buttons []Button) []object {
	var list []object
	for _, b := range buttons {
		o := object{"name": b.Name}
		for key, value := range map[string]string{
			"type": b.Type, "key": b.Key, "url": b.URL, "media_id": b.MediaID,
			"article_id": b.ArticleID, "appid": b.AppID, "pagepath": b.PagePath,
		} {
			if value != "" {
				o[key] = value
			}
		}
		if len(b.Sub) > 0 {
			o["sub_button"] = object{"list": selfButtons(b.Sub)}
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
func (c *call) checkMenu(buttons []Button) error {
	if len(buttons) < 1 || len(buttons) > 3 {
		return fail(40016)
	}
	for i := range buttons {
		b := &buttons[i]
		if b.Name == "" || len(b.Name) > maxTopName {
			return fail(40018)
		}
		if len(b.Sub) == 0 {
			if err := c.checkButton(b, buttonCodes{40017, 40018, 40019, 40020, 40055, 40117}); err != nil {
				return err
			}
			continue
		}
		*b = Button{Name: b.Name, Sub: b.Sub}
		if err := c.checkSubButtons(b.Sub); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) checkSubButtons(buttons []Button) error {
	if len(buttons) > 5 {
		return fail(40023)
	}
	for i := range buttons {
		if len(buttons[i].Sub) > 0 {
			return fail(40022)
		}
		if err := c.checkButton(&buttons[i], buttonCodes{40024, 40025, 40026, 40027, 40054, 40118}); err != nil {
			return err
		}
	}
	return nil
}

// checkButton checks a button that does something.
func (c *call) checkButton(b *Button, codes buttonCodes) error {
	b.Sub = []Button{}
	if b.Name == "" || len(b.Name) > maxSubName {
		return fail(codes.name)
	}
	switch b.Type {
	case "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select":
		if b.Key == "" || len(b.Key) > maxKey {
			return fail(codes.key)
		}
	case "view":
		return checkButtonURL(b.URL, codes)
	case "miniprogram":
		if b.AppID == "" {
			return fail(40013)
		}
		return checkButtonURL(b.URL, codes)
	case "media_id", "view_limited":
		if b.MediaID == "" {
			return fail(codes.mediaID)
		}
		if m := c.media.find(b.MediaID, c.now()); m == nil || !m.permanent {
			return fail(40007)
		}
	case "article_id", "article_view_limited":
		if b.ArticleID == "" {
			return fail(53600)
		}
	default:
		return fail(codes.kind)
	}
	return nil
}

func checkButtonURL(address string, codes buttonCodes) error {
	if address == "" {
		return fail(codes.url)
	}
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fail(codes.domain)
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

// Menu returns the account's default menu; nil without one.
func (p *Platform) Menu() []Button {
	p.mu.Lock()
	defer p.mu.Unlock()
	return copyButtons(p.menus.buttons)
}

// Menu returns the menu that the user sees, which may be a conditional one; nil
// without one.
func (u *User) Menu() []Button {
	u.platform.mu.Lock()
	defer u.platform.mu.Unlock()
	buttons, _ := u.menu()
	return copyButtons(buttons)
}

func copyButtons(buttons []Button) []Button {
	list := slices.Clone(buttons)
	for i := range list {
		list[i].Sub = slices.Clone(list[i].Sub)
	}
	return list
}

// UsePhone puts the user on a kind of phone, by which conditional menus may choose.
func (u *User) UsePhone(kind ClientPlatform) {
	u.platform.mu.Lock()
	defer u.platform.mu.Unlock()
	if u.platform.menus.phones == nil {
		u.platform.menus.phones = map[string]ClientPlatform{}
	}
	u.platform.menus.phones[u.openID] = kind
}

// Why [User.Tap] does nothing.
var (
	ErrNoButton   = errors.New("wechattest: the user's menu has no such button")
	ErrNeedsInput = errors.New("wechattest: the button asks the user for something: send its event, such as ScanCodePush, instead")
)

// Tap taps a button of the menu that the user sees, by its names from the top
// level down, and does what it does on a phone: click, view and miniprogram send
// their event to the bot; media_id and view_limited show the user the material, and
// article_id the article, without any event.
//
// A button for scanning, pictures or a place is [ErrNeedsInput], an unknown one
// [ErrNoButton].
func (u *User) Tap(names ...string) (*Reply, error) {
	p := u.platform
	p.mu.Lock()
	buttons, menuID := u.menu()
	b, found := findButton(buttons, names)
	conditional := len(p.menus.conditional) > 0
	p.mu.Unlock()
	if !found {
		return &Reply{}, fmt.Errorf("%w: %s", ErrNoButton, strings.Join(names, " > "))
	}
	switch b.Type {
	case "click":
		return u.Send(Click(b.Key))
	case "view":
		return u.Send(inMenu(View(b.URL), menuID, conditional))
	case "miniprogram":
		return u.Send(inMenu(ViewMiniProgram(b.PagePath), menuID, conditional))
	case "media_id", "view_limited", "article_id", "article_view_limited":
		u.openButton(b)
		return &Reply{}, nil
	}
	return &Reply{}, fmt.Errorf("%w: %s", ErrNeedsInput, b.Type)
}

// inMenu adds the MenuId, which the platform sends where there are conditional menus.
func inMenu(m Message, menuID int64, conditional bool) Message {
	if conditional {
		return m.With(Number("MenuId", menuID))
	}
	return m
}

func findButton(buttons []Button, names []string) (b Button, found bool) {
	if len(names) == 0 {
		return b, false
	}
	i := slices.IndexFunc(buttons, func(b Button) bool { return b.Name == names[0] })
	if i < 0 {
		return b, false
	}
	if len(names) > 1 {
		return findButton(buttons[i].Sub, names[1:])
	}
	return buttons[i], len(buttons[i].Sub) == 0
}

// ViaMenu is a material or an article behind a menu button.
const ViaMenu Via = "menu"

// openButton shows the user what stands behind a button.
func (u *User) openButton(b Button) {
	p := u.platform
	p.mu.Lock()
	defer p.mu.Unlock()
	shown := Shown{Type: "mpnewsarticle", Content: b.ArticleID}
	if b.MediaID != "" {
		shown = Shown{Type: "news", MediaID: b.MediaID}
		if m := p.media.find(b.MediaID, p.now()); m != nil {
			shown.Type = ReplyType(m.kind)
		}
	}
	u.receive(Received{Shown: shown, At: p.now(), Via: ViaMenu})
}
