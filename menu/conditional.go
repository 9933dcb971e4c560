package menu

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// ConditionalMenu is a menu for some of the followers (个性化菜单).
type ConditionalMenu struct {
	Buttons []Button  `json:"button"`
	Rule    MatchRule `json:"matchrule"`
	ID      string    `json:"menuid"`
}

// normalize removes empty lists and copies the older name of the tag.
func (m *ConditionalMenu) normalize() {
	m.Buttons = trim(m.Buttons)
	if m.Rule.TagID == 0 {
		m.Rule.TagID = m.Rule.GroupID
	}
}

// ClientPlatform is the kind of a follower's client (客户端版本).
type ClientPlatform string

// The kinds of clients.
const (
	IOS           ClientPlatform = "1"
	Android       ClientPlatform = "2"
	OtherPlatform ClientPlatform = "3"
)

// MatchRule selects the followers who see a conditional menu (菜单匹配规则): those who
// meet every condition that is set. Of several menus that match, the newest is shown.
//
// The conditions by sex, country, province, city and language are withdrawn: a menu that
// has one of them does not match anyone. The fields exist because old menus have them.
type MatchRule struct {
	TagID    int            `json:"tag_id,omitempty,string"`        // user tag (用户标签); the newest of a user's tags counts
	Client   ClientPlatform `json:"client_platform_type,omitempty"` // kind of client
	Sex      string         `json:"sex,omitempty"`                  // withdrawn: "1" male, "2" female
	Country  string         `json:"country,omitempty"`              // withdrawn
	Province string         `json:"province,omitempty"`             // withdrawn
	City     string         `json:"city,omitempty"`                 // withdrawn
	Language string         `json:"language,omitempty"`             // withdrawn
	GroupID  int            `json:"group_id,omitempty,string"`      // older name of TagID, in answers
}

// withdrawn reports whether the rule has a condition that does not match anyone.
func (r MatchRule) withdrawn() bool {
	return r.Sex != "" || r.Country != "" || r.Province != "" || r.City != "" || r.Language != ""
}

// check returns an error if the rule has no condition.
func (r MatchRule) check(path string) error {
	if r == (MatchRule{}) {
		return limit.Rule(path, "matchrule", "is empty: set at least one condition")
	}
	return nil
}

// AddConditional creates a menu for the followers that rule selects, and returns its id.
// The account can create 2000 a day.
//
// The buttons have the limits of [Service.Create], and the rule needs at least one
// condition; otherwise the error is an errcode.LimitError. Errors of the platform:
//   - errcode.DefaultMenuMissing: there is no default menu yet
//   - errcode.MenuDomainLimit: the buttons link to more than 3 outside domains;
//     above 3 domains the client logs a warning
//   - errcode.ConditionalMenuCountLimit: too many conditional menus
//   - errcode.ConditionalMenuUnsupported, errcode.ConditionalMenuSwitchOff: the account
//     cannot use conditional menus
//   - errcode.MenuRuleUsesPrivateData: the rule has a withdrawn condition
//
// POST /cgi-bin/menu/addconditional (创建个性化菜单)
func (s *Service) AddConditional(ctx context.Context, rule MatchRule, buttons ...Button) (id string, err error) {
	const path = "/cgi-bin/menu/addconditional"
	opts, err := check(path, buttons)
	if err != nil {
		return "", err
	}
	if err := rule.check(path); err != nil {
		return "", err
	}
	hosts := map[string]bool{}
	if domains(buttons, hosts); len(hosts) > maxDomains {
		opts = append(opts, officialaccount.WithWarning("a conditional menu links to many domains", "domains", len(hosts), "limit", maxDomains))
	}
	if rule.withdrawn() {
		opts = append(opts, officialaccount.WithWarning("a conditional menu by sex, region or language does not match anyone"))
	}
	body := struct {
		Buttons []Button  `json:"button"`
		Rule    MatchRule `json:"matchrule"`
	}{buttons, rule}
	var answer struct {
		ID string `json:"menuid"`
	}
	err = s.oa.Post(ctx, path, body, &answer, opts...)
	return answer.ID, err
}

// DeleteConditional removes one conditional menu. The account can delete 2000 a day. The
// error is errcode.ConditionalMenuNotFound if there is no such menu.
//
// POST /cgi-bin/menu/delconditional (删除个性化菜单)
func (s *Service) DeleteConditional(ctx context.Context, id string) error {
	const path = "/cgi-bin/menu/delconditional"
	if err := limit.Required(path, "id (menuid)", id); err != nil {
		return err
	}
	body := struct {
		ID string `json:"menuid"`
	}{id}
	return s.oa.Post(ctx, path, body, nil)
}

// TryMatch returns the buttons that a follower sees. The user is an openid or a WeChat id
// (微信号). The account has 20,000 calls a day. The error is errcode.MenuUserNotFound if
// there is no such user.
//
// POST /cgi-bin/menu/trymatch (测试个性化菜单匹配结果)
func (s *Service) TryMatch(ctx context.Context, user string) ([]Button, error) {
	const path = "/cgi-bin/menu/trymatch"
	if err := limit.Required(path, "user (user_id)", user); err != nil {
		return nil, err
	}
	body := struct {
		User string `json:"user_id"`
	}{user}
	var answer struct {
		Buttons []Button `json:"button"`
		Menu    Menu     `json:"menu"` // some answers have the buttons here
	}
	if err := s.oa.Post(ctx, path, body, &answer, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	if len(answer.Buttons) == 0 {
		answer.Buttons = answer.Menu.Buttons
	}
	return trim(answer.Buttons), nil
}
