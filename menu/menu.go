package menu

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service calls the menu endpoints for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// Menus are the menus of an account that were created through the API.
type Menus struct {
	Default     Menu              `json:"menu"`
	Conditional []ConditionalMenu `json:"conditionalmenu,omitempty"` // newest first
}

// Menu is the default menu.
type Menu struct {
	Buttons []Button `json:"button"`
	ID      string   `json:"menuid,omitempty"` // only while there are conditional menus
}

// Create creates the default menu, or replaces it. A menu has 1 to 3 buttons; each must
// keep the limits of [Button], otherwise the error is an errcode.LimitError.
//
// Errors of the platform: errcode.InvalidMediaID for unknown material,
// errcode.ArticleIDInvalid for an unknown article, errcode.InvalidButtonURLDomain for a
// page of a domain that it does not accept, errcode.TooManyMenus after 1000 changes in a
// day, errcode.APIUnauthorized without the permission.
//
// POST /cgi-bin/menu/create (创建自定义菜单)
func (s *Service) Create(ctx context.Context, buttons ...Button) error {
	const path = "/cgi-bin/menu/create"
	warnings, err := check(path, buttons)
	if err != nil {
		return err
	}
	body := struct {
		Buttons []Button `json:"button"`
	}{buttons}
	return s.oa.Post(ctx, path, body, nil, warnings...)
}

// Get returns the default menu and the conditional menus that were created through the
// API. [Service.GetCurrent] also knows menus that were created on the console. The error
// is errcode.MenuNotFound if there is no menu.
//
// A rule that names its tag by the older field group_id has it in both fields.
//
// GET /cgi-bin/menu/get (获取自定义菜单配置)
func (s *Service) Get(ctx context.Context) (*Menus, error) {
	var menus Menus
	if err := s.oa.Get(ctx, "/cgi-bin/menu/get", nil, &menus); err != nil {
		return nil, err
	}
	menus.Default.Buttons = trim(menus.Default.Buttons)
	for i := range menus.Conditional {
		menus.Conditional[i].normalize()
	}
	return &menus, nil
}

// Delete removes the default menu and all conditional menus. The account has 1000 calls a
// day.
//
// GET /cgi-bin/menu/delete (删除自定义菜单)
func (s *Service) Delete(ctx context.Context) error {
	return s.oa.Get(ctx, "/cgi-bin/menu/delete", nil, nil)
}
