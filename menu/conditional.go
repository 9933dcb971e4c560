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

func (m *ConditionalMenu) tidy() {
	m.Buttons = trim(m.Buttons)
	if m.Rule.TagID == "" {
		m.Rule.TagID = m.Rule.GroupID
	}
}

// Platform is the kind of a follower's client (客户端版本).
type Platform string

// The kinds of clients.
const (
	IOS     Platform = "1"
	Android Platform = "2"
	Others  Platform = "3"
)

// MatchRule says who sees a conditional menu (菜单匹配规则): who meets every
// condition that is set.
//
// The conditions by sex, country, province, city and language are withdrawn: menus
// that have one no longer match anyone. They are here because old menus have them.
type MatchRule struct {
	TagID    string   `json:"tag_id,omitempty"`               // id of a user tag (用户标签); of a user with several the newest counts
	Client   Platform `json:"client_platform_type,omitempty"` // kind of client
	Sex      string   `json:"sex,omitempty"`                  // withdrawn: 1 male, 2 female
	Country  string   `json:"country,omitempty"`              // withdrawn
	Province string   `json:"province,omitempty"`             // withdrawn
	City     string   `json:"city,omitempty"`                 // withdrawn
	Language string   `json:"language,omitempty"`             // withdrawn
	GroupID  string   `json:"group_id,omitempty"`             // older name of TagID, in answers
}

// withdrawn reports whether the rule has a condition that matches nobody any more.
func (r MatchRule) withdrawn() bool {
	return r.Sex != "" || r.Country != "" || r.Province != "" || r.City != "" || r.Language != ""
}

// AddConditional adds a menu for the followers that rule names, and returns its id.
// A default menu must exist (else errcode.DefaultMenuMissing).
//
// Buttons are held to the same limits as with [Service.Create], and the rule needs at least
// one condition: an [errcode.LimitError] otherwise. Further refusals:
// errcode.ConditionalMenuCountLimit, errcode.ConditionalMenuUnsupported and
// errcode.ConditionalMenuSwitchOff where the account may not use them, and
// errcode.MenuDomainLimit when the buttons lead to more than three domains outside. The platform
// allows about 2000 a day.
//
// POST /cgi-bin/menu/addconditional (创建个性化菜单)
func (s *Service) AddConditional(ctx context.Context, rule MatchRule, buttons ...Button) (id string, err error) {
	const path = "/cgi-bin/menu/addconditional"
	warnings, err := check(path, buttons)
	if err != nil {
		return "", err
	}
	if rule == (MatchRule{}) {
		return "", limit.Rule(path, "matchrule", "is empty: set at least one condition")
	}
	if rule.withdrawn() {
		warnings = append(warnings, officialaccount.WithWarning("a conditional menu by sex, region or language matches nobody any more"))
	}
	body := struct {
		Buttons []Button  `json:"button"`
		Rule    MatchRule `json:"matchrule"`
	}{buttons, rule}
	var answer struct {
		ID string `json:"menuid"`
	}
	if err := s.oa.Post(ctx, path, body, &answer, warnings...); err != nil {
		return "", err
	}
	return answer.ID, nil
}

// DeleteConditional removes one conditional menu. The error is
// errcode.ConditionalMenuNotFound if there is none with that id. The platform allows about 2000 a day.
//
// POST /cgi-bin/menu/delconditional (删除个性化菜单)
func (s *Service) DeleteConditional(ctx context.Context, id string) error {
	const path = "/cgi-bin/menu/delconditional"
	if id == "" {
		return limit.Rule(path, "menuid", "is empty")
	}
	body := struct {
		ID string `json:"menuid"`
	}{id}
	return s.oa.Post(ctx, path, body, nil)
}

// TryMatch returns the buttons that a follower sees, by openid or WeChat id (微信号).
// The error is errcode.MenuUserNotFound if there is no such user. The platform allows 20 000 a day.
//
// POST /cgi-bin/menu/trymatch (测试个性化菜单匹配结果)
func (s *Service) TryMatch(ctx context.Context, user string) ([]Button, error) {
	const path = "/cgi-bin/menu/trymatch"
	if user == "" {
		return nil, limit.Rule(path, "user_id", "is empty")
	}
	body := struct {
		User string `json:"user_id"`
	}{user}
	var answer struct {
		Buttons []Button `json:"button"`
		Menu    Menu     `json:"menu"` // where the buttons have been seen too
	}
	if err := s.oa.Post(ctx, path, body, &answer, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	if len(answer.Buttons) == 0 {
		answer.Buttons = answer.Menu.Buttons
	}
	return trim(answer.Buttons), nil
}
