package menu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// deployed are the menus of an account.
type deployed struct {
	menus *Menus // canonical
	lost  []string
	off   bool // the menu is switched off on the console
}

// deployed reads the menus. Menu/get has no answer for a menu of the console.
func (s *Service) deployed(ctx context.Context) (deployed, error) {
	menus, err := s.Get(ctx)
	if errors.Is(err, errcode.MenuNotFound) {
		menus, err = &Menus{}, nil
	}
	if err != nil {
		return deployed{}, err
	}
	seen, err := s.GetCurrent(ctx)
	if err != nil {
		return deployed{}, err
	}
	buttons, lost := seen.Menu.convert()
	if len(lost) > 0 || len(menus.Default.Buttons) == 0 && len(buttons) > 0 {
		menus.Default.Buttons = buttons
	}
	return deployed{menus.canonical(), lost, !seen.Enabled && len(menus.Default.Buttons) > 0}, nil
}

// convert returns the buttons of the menu that followers see, and those of the console that
// the API cannot create, by name and type.
func (m CurrentMenu) convert() (buttons []Button, lost []string) {
	for _, c := range m.Buttons {
		b := Button{Name: c.Name}
		if len(c.Sub.Buttons) > 0 {
			below, lostBelow := CurrentMenu{c.Sub.Buttons}.convert()
			b.Sub, lost = below, append(lost, lostBelow...)
			buttons = append(buttons, b)
			continue
		}
		b = Button{Type: c.Type, Name: c.Name, Key: c.Key, URL: c.URL, MediaID: c.MediaID, ArticleID: c.ArticleID, AppID: c.AppID, PagePath: c.PagePath}
		if _, known := b.required(""); !known && b.Type != "" {
			lost = append(lost, fmt.Sprintf("%q (%s)", c.Name, c.Type))
		}
		buttons = append(buttons, b)
	}
	return buttons, lost
}

// same reports whether two states have the same menus with the same ids.
func (m *Menus) same(other *Menus) bool {
	return bytes.Equal(m.Format(), other.Format()) && slices.EqualFunc(m.Conditional, other.Conditional, func(a, b ConditionalMenu) bool { return a.ID == b.ID })
}
