package menu

import (
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// buttonCodes are the errcodes of one level of a menu.
type buttonCodes struct{ kind, name, key, url, domain, mediaID int }

const (
	maxTopName = 16 // bytes
	maxSubName = 60
	maxKey     = 128
)

// checkMenu checks buttons as the platform does, and sets missing fields.
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

// checkButton checks a button without a second level.
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
	if u, err := server.ParseAddress(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return server.Fail(codes.domain)
	}
	return nil
}

// idle reports whether a button, or one below it, has no action.
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
			if u, err := server.ParseAddress(one.URL); err == nil && u.Host != "" {
				hosts[strings.ToLower(u.Hostname())] = true
			}
		}
	}
	return len(hosts)
}
