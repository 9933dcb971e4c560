package message

import "github.com/seed-f21aa8d8/wechat/message/internal/tree"

// The messages of users (接收普通消息), by MsgType.

// Text is a text message (文本消息, MsgType text).
type Text struct {
	Header
	Content string // as typed: white space and line feeds are kept

	// MenuID is the id of the entry that the user clicked in a menu message of
	// customer service (客服菜单消息, bizmsgmenuid); empty for typed text.
	MenuID string
}

func (m *Text) decode(e tree.Element) {
	m.Content = e.Text("Content")
	m.MenuID = e.ID("bizmsgmenuid")
}

// Image is a picture (图片消息, MsgType image).
type Image struct {
	Header
	PicURL  string // of the picture on the platform's servers
	MediaID string // temporary media id, to fetch the picture within three days
}

func (m *Image) decode(e tree.Element) {
	m.PicURL = e.ID("PicUrl")
	m.MediaID = e.ID("MediaId")
}

// Voice is a voice message (语音消息, MsgType voice).
type Voice struct {
	Header
	MediaID     string // temporary media id; 8 kHz when Format is amr
	MediaID16K  string // of the same recording at 16 kHz; may be empty
	Format      string // amr, speex
	Recognition string // recognized text, if speech recognition is on; else empty
}

func (m *Voice) decode(e tree.Element) {
	m.MediaID = e.ID("MediaId")
	m.MediaID16K = e.ID("MediaId16K")
	m.Format = e.ID("Format")
	m.Recognition = e.Text("Recognition")
}

// Video is a video (视频消息, MsgType video).
type Video struct {
	Header
	MediaID      string // temporary media id
	ThumbMediaID string // temporary media id of the thumbnail
}

func (m *Video) decode(e tree.Element) {
	m.MediaID = e.ID("MediaId")
	m.ThumbMediaID = e.ID("ThumbMediaId")
}

// ShortVideo is a short video (小视频消息, MsgType shortvideo).
type ShortVideo struct {
	Header
	MediaID      string // temporary media id
	ThumbMediaID string // temporary media id of the thumbnail
}

func (m *ShortVideo) decode(e tree.Element) {
	m.MediaID = e.ID("MediaId")
	m.ThumbMediaID = e.ID("ThumbMediaId")
}

// Location is a place that a user sent (地理位置消息, MsgType location). The position
// that WeChat reports by itself is a [LocationEvent].
type Location struct {
	Header
	Latitude  float64 // degrees, north positive (Location_X)
	Longitude float64 // degrees, east positive (Location_Y)
	Scale     float64 // zoom of the map
	Label     string  // address
}

func (m *Location) decode(e tree.Element) {
	m.Latitude = e.Float("Location_X")
	m.Longitude = e.Float("Location_Y")
	m.Scale = e.Float("Scale")
	m.Label = e.Text("Label")
}

// Link is a shared link (链接消息, MsgType link).
type Link struct {
	Header
	Title       string
	Description string // may be empty
	URL         string
}

func (m *Link) decode(e tree.Element) {
	m.Title = e.Text("Title")
	m.Description = e.Text("Description")
	m.URL = e.ID("Url")
}

// File is a file (文件消息, MsgType file). The platform does not document it. It has
// no media id, so the content cannot be downloaded.
type File struct {
	Header
	Title       string // file name
	Description string // may be empty
	FileKey     string
	MD5         string // of the content, in hex
	Size        int64  // bytes
}

func (m *File) decode(e tree.Element) {
	m.Title = e.Text("Title")
	m.Description = e.Text("Description")
	m.FileKey = e.ID("FileKey")
	m.MD5 = e.ID("FileMd5")
	m.Size = e.Int("FileTotalLen")
}

// MiniProgramPage is a card of a mini program (小程序卡片, MsgType miniprogrampage).
// The platform documents it for the customer service of mini programs only.
type MiniProgramPage struct {
	Header
	Title        string
	AppID        string // of the mini program
	PagePath     string
	ThumbURL     string
	ThumbMediaID string // temporary media id of the cover
}

func (m *MiniProgramPage) decode(e tree.Element) {
	m.Title = e.Text("Title")
	m.AppID = e.ID("AppId")
	m.PagePath = e.ID("PagePath")
	m.ThumbURL = e.ID("ThumbUrl")
	m.ThumbMediaID = e.ID("ThumbMediaId")
}
