package menu

// ButtonType is the action of a button.
type ButtonType string

// The types of buttons. Click and the scan, picture and location types send an event
// with the key of the button.
const (
	Click              ButtonType = "click"                // sends a click event (点击推事件)
	View               ButtonType = "view"                 // opens a page (跳转URL)
	MiniProgram        ButtonType = "miniprogram"          // opens a mini program (小程序)
	ScanCodePush       ButtonType = "scancode_push"        // scans a code, shows the result, sends it (扫码推事件)
	ScanCodeWait       ButtonType = "scancode_waitmsg"     // scans a code and waits for the bot's answer (扫码带提示)
	PicSysPhoto        ButtonType = "pic_sysphoto"         // takes a photo and sends it (系统拍照发图)
	PicPhotoOrAlbum    ButtonType = "pic_photo_or_album"   // takes or picks photos and sends them (拍照或者相册发图)
	PicWeixin          ButtonType = "pic_weixin"           // picks photos from WeChat's album and sends them (微信相册发图)
	LocationSelect     ButtonType = "location_select"      // picks a place and sends it (发送位置)
	Media              ButtonType = "media_id"             // sends the user a permanent material (下发消息)
	ViewLimited        ButtonType = "view_limited"         // retired form of ArticleViewLimited (跳转图文消息)
	Article            ButtonType = "article_id"           // sends the user a published article as a card (下发图文)
	ArticleViewLimited ButtonType = "article_view_limited" // opens a published article
)

// Button is a button of a menu. A button with sub-buttons has only a name in addition to
// them; every other button has a type and the fields that its type requires.
type Button struct {
	Type ButtonType `json:"type,omitempty"`

	// Name is the title, at most 16 bytes; of a sub-button 60. Clients show 4 Chinese
	// characters; of a sub-button 8.
	Name      string   `json:"name"`
	Key       string   `json:"key,omitempty"`        // EventKey of the event, at most 128 bytes: Click and the scan, picture and location types
	URL       string   `json:"url,omitempty"`        // page: View, and MiniProgram for clients without mini programs. Above 1024 bytes the client logs a warning
	MediaID   string   `json:"media_id,omitempty"`   // permanent material: Media, ViewLimited
	ArticleID string   `json:"article_id,omitempty"` // published article: Article, ArticleViewLimited
	AppID     string   `json:"appid,omitempty"`      // mini program linked to the account: MiniProgram
	PagePath  string   `json:"pagepath,omitempty"`   // page in it: MiniProgram
	Sub       []Button `json:"sub_button,omitempty"` // 1 to 5 buttons without sub-buttons (二级菜单)
}

// Submenu makes a button that opens a list of 1 to 5 buttons (二级菜单). They cannot have
// sub-buttons.
func Submenu(name string, buttons ...Button) Button { return Button{Name: name, Sub: buttons} }

// ClickButton makes a button that sends a click event with key to the bot (点击推事件).
func ClickButton(name, key string) Button { return Button{Type: Click, Name: name, Key: key} }

// ViewButton makes a button that opens the page at url (跳转URL).
func ViewButton(name, url string) Button { return Button{Type: View, Name: name, URL: url} }

// MiniProgramButton makes a button that opens a page of a mini program that is linked to
// the account (跳转小程序). Clients without mini programs open url instead.
func MiniProgramButton(name, appID, pagePath, url string) Button {
	return Button{Type: MiniProgram, Name: name, AppID: appID, PagePath: pagePath, URL: url}
}

// ScanCodePushButton makes a button that scans a code, shows its content (or opens it, if
// it is a URL) and sends it to the bot with key (扫码推事件).
func ScanCodePushButton(name, key string) Button {
	return Button{Type: ScanCodePush, Name: name, Key: key}
}

// ScanCodeWaitButton makes a button that scans a code, sends its content to the bot with
// key, and shows "receiving" until the bot answers (扫码推事件且弹出“消息接收中”提示框).
func ScanCodeWaitButton(name, key string) Button {
	return Button{Type: ScanCodeWait, Name: name, Key: key}
}

// PicSysPhotoButton makes a button that takes a photo (弹出系统拍照发图). The bot receives
// an event with key, then the image message.
func PicSysPhotoButton(name, key string) Button {
	return Button{Type: PicSysPhoto, Name: name, Key: key}
}

// PicPhotoOrAlbumButton makes a button that takes photos or picks them from the phone's
// album (弹出拍照或者相册发图). The bot receives an event with key, then the image messages.
func PicPhotoOrAlbumButton(name, key string) Button {
	return Button{Type: PicPhotoOrAlbum, Name: name, Key: key}
}

// PicWeixinButton makes a button that picks photos from WeChat's album
// (弹出微信相册发图器). The bot receives an event with key, then the image messages.
func PicWeixinButton(name, key string) Button { return Button{Type: PicWeixin, Name: name, Key: key} }

// LocationSelectButton makes a button that picks a place (弹出地理位置选择器). The bot
// receives an event with key, then the location message.
func LocationSelectButton(name, key string) Button {
	return Button{Type: LocationSelect, Name: name, Key: key}
}

// MediaButton makes a button that sends the user a permanent material, by its media id
// (下发消息). The bot receives no event.
func MediaButton(name, mediaID string) Button {
	return Button{Type: Media, Name: name, MediaID: mediaID}
}

// ViewLimitedButton makes a button that opens an article that is a permanent material
// (跳转图文消息).
//
// Deprecated: the platform has retired this type. Use [ArticleViewLimitedButton].
func ViewLimitedButton(name, mediaID string) Button {
	return Button{Type: ViewLimited, Name: name, MediaID: mediaID}
}

// ArticleButton makes a button that sends the user a published article as a card, by the
// article id of package freepublish (下发图文卡片).
func ArticleButton(name, articleID string) Button {
	return Button{Type: Article, Name: name, ArticleID: articleID}
}

// ArticleViewLimitedButton makes a button that opens a published article, by the article
// id of package freepublish (跳转已发布的图文).
func ArticleViewLimitedButton(name, articleID string) Button {
	return Button{Type: ArticleViewLimited, Name: name, ArticleID: articleID}
}

// trim replaces empty lists of sub-buttons, which the platform adds, by nil.
func trim(buttons []Button) []Button {
	if len(buttons) == 0 {
		return nil
	}
	for i := range buttons {
		buttons[i].Sub = trim(buttons[i].Sub)
	}
	return buttons
}
