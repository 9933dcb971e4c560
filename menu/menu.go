package menu

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service calls the menu endpoints for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// Menus are the menus of an account that were made through the API.
type Menus struct {
	Default     Menu              `json:"menu"`
	Conditional []ConditionalMenu `json:"conditionalmenu,omitempty"` // newest first, if there are any
}

// Menu is the default menu.
type Menu struct {
	Buttons []Button `json:"button"`
	ID      string   `json:"menuid,omitempty"` // only while there are conditional menus
}

// Create makes the default menu (创建自定义菜单), in place of the one before it.
//
// It takes 1 to 3 buttons with what [Button] says of them, and refuses others with
// an [errcode.LimitError] before anything is sent. The platform refuses with
// errcode.InvalidMediaID for unknown material, errcode.InvalidButtonURLDomain for a page
// whose domain it does not accept, errcode.TooManyMenus after too many changes
// (1000 a day), errcode.APIUnauthorized without the permission.
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

// Get reads the default menu and the conditional ones, as far as they were made
// through the API. While there is none the error is errcode.MenuNotFound.
//
// A leaf comes without sub-buttons; a condition that names its tag by the older
// field group_id has it in both fields.
//
// GET /cgi-bin/menu/get (获取自定义菜单配置)
func (s *Service) Get(ctx context.Context) (*Menus, error) {
	var menus Menus
	if err := s.oa.Get(ctx, "/cgi-bin/menu/get", nil, &menus); err != nil {
		return nil, err
	}
	menus.Default.Buttons = trim(menus.Default.Buttons)
	for i := range menus.Conditional {
		menus.Conditional[i].tidy()
	}
	return &menus, nil
}

// Delete removes the default menu and every conditional menu. The platform allows
// 1000 a day.
//
// GET /cgi-bin/menu/delete (删除自定义菜单)
func (s *Service) Delete(ctx context.Context) error {
	return s.oa.Get(ctx, "/cgi-bin/menu/delete", nil, nil)
}
