package menu

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/article"
)

// Current is the menu that users see, created through the API or on the console.
type Current struct {
	Enabled bool        `json:"is_menu_open"`           // the menu is switched on
	Menu    CurrentMenu `json:"selfmenu_info,omitzero"` // empty without a menu
}

// CurrentMenu is the menu of [Current].
type CurrentMenu struct {
	Buttons []CurrentButton `json:"button"`
}

// The types of buttons that only the console can create.
const (
	ConsoleText  ButtonType = "text"  // sends the text in Value
	ConsoleImage ButtonType = "img"   // sends the picture of media id Value
	ConsolePhoto ButtonType = "photo" // the same
	ConsoleVideo ButtonType = "video" // sends the video at the URL in Value
	ConsoleVoice ButtonType = "voice" // sends the voice of media id Value
	ConsoleNews  ButtonType = "news"  // sends the articles in News
)

// CurrentButton is a button of [CurrentMenu]. Its media ids are temporary: each call
// returns new ones, valid for three days.
type CurrentButton struct {
	Name      string            `json:"name"`
	Type      ButtonType        `json:"type,omitempty"`       // a type of Button, or one of the console; empty with sub-buttons
	Key       string            `json:"key,omitempty"`        // EventKey; only of menus created through the API
	URL       string            `json:"url,omitempty"`        // page of View and MiniProgram
	Value     string            `json:"value,omitempty"`      // content of a button created on the console: text, media id or URL, by type
	News      article.Summaries `json:"news_info,omitzero"`   // articles of ConsoleNews
	AppID     string            `json:"appid,omitempty"`      // mini program
	PagePath  string            `json:"pagepath,omitempty"`   // page in it
	MediaID   string            `json:"media_id,omitempty"`   // of Media and ViewLimited, in some answers
	ArticleID string            `json:"article_id,omitempty"` // of Article and ArticleViewLimited, in some answers
	Sub       CurrentSubmenu    `json:"sub_button,omitzero"`  // sub-buttons
}

// CurrentSubmenu is the list of a button's sub-buttons.
type CurrentSubmenu struct {
	Buttons []CurrentButton `json:"list"`
}

// GetCurrent returns the menu that users see, whether it was created through the API or
// on the console. Unverified accounts can use it too.
//
// GET /cgi-bin/get_current_selfmenu_info (查询自定义菜单信息)
func (s *Service) GetCurrent(ctx context.Context) (*Current, error) {
	var current Current
	if err := s.oa.Get(ctx, "/cgi-bin/get_current_selfmenu_info", nil, &current); err != nil {
		return nil, err
	}
	return &current, nil
}
