package message

import (
	"bytes"
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Events of the menu (自定义菜单事件). EventKey is the key of the button unless said
// otherwise. The platform sends no event when a user opens a sub menu or clicks a
// button of type media_id or view_limited.

// ClickEvent is a click on a button of type click (点击菜单拉取消息, Event CLICK).
type ClickEvent struct{ EventHeader }

// ViewEvent is a click on a button that opens a web page (点击菜单跳转链接, Event
// VIEW). EventKey is the URL.
type ViewEvent struct {
	EventHeader
	MenuID string // of the conditional menu (个性化菜单); empty for the default menu
}

func (m *ViewEvent) decode(e tree.Element) { m.MenuID = e.ID("MenuId") }

// ViewMiniProgramEvent is a click on a button that opens a mini program
// (点击菜单跳转小程序, Event view_miniprogram). EventKey is the path of the page.
type ViewMiniProgramEvent struct {
	EventHeader
	MenuID string // of the conditional menu (个性化菜单); empty for the default menu
}

func (m *ViewMiniProgramEvent) decode(e tree.Element) { m.MenuID = e.ID("MenuId") }

// ScanCodePushEvent is the result of a scan that a button of type scancode_push
// started (扫码推事件, Event scancode_push). WeChat also shows it to the user.
type ScanCodePushEvent struct {
	EventHeader
	Scan ScanResult
}

func (m *ScanCodePushEvent) decode(e tree.Element) { m.Scan = decodeScan(e) }

// ScanCodeWaitEvent is the result of a scan that a button of type scancode_waitmsg
// started (扫码推事件且弹出“消息接收中”提示框, Event scancode_waitmsg). The user waits
// for the reply.
type ScanCodeWaitEvent struct {
	EventHeader
	Scan ScanResult
}

func (m *ScanCodeWaitEvent) decode(e tree.Element) { m.Scan = decodeScan(e) }

// ScanResult is the result of a scan (ScanCodeInfo).
type ScanResult struct {
	Type   ScanType
	Result string // content of the QR code; for a bar code its standard, a comma, and the code
}

// ScanType is the kind of a scanned code.
type ScanType string

// The kinds of scanned codes.
const (
	ScanQRCode  ScanType = "qrcode"
	ScanBarcode ScanType = "barcode"
)

// Barcode returns the standard of a bar code, such as CODE_128, and the code itself.
// ok is false if the user scanned a QR code.
func (s ScanResult) Barcode() (standard, code string, ok bool) {
	if s.Type != ScanBarcode {
		return "", "", false
	}
	return strings.Cut(s.Result, ",")
}

func decodeScan(e tree.Element) ScanResult {
	scan := e.Child("ScanCodeInfo")
	return ScanResult{Type: ScanType(scan.ID("ScanType")), Result: scan.Text("ScanResult")}
}

// PicSysPhotoEvent announces pictures that the user took with the camera
// (弹出系统拍照发图, Event pic_sysphoto).
type PicSysPhotoEvent struct {
	EventHeader
	Pictures Pictures
}

func (m *PicSysPhotoEvent) decode(e tree.Element) { m.Pictures = decodePictures(e) }

// PicPhotoOrAlbumEvent announces pictures that the user took or chose from the album
// (弹出拍照或者相册发图, Event pic_photo_or_album).
type PicPhotoOrAlbumEvent struct {
	EventHeader
	Pictures Pictures
}

func (m *PicPhotoOrAlbumEvent) decode(e tree.Element) { m.Pictures = decodePictures(e) }

// PicWeixinEvent announces pictures that the user chose from WeChat's own album
// (弹出微信相册发图器, Event pic_weixin).
type PicWeixinEvent struct {
	EventHeader
	Pictures Pictures
}

func (m *PicWeixinEvent) decode(e tree.Element) { m.Pictures = decodePictures(e) }

// Pictures describes the pictures of an event (SendPicsInfo). Each of them then
// arrives as an [Image].
type Pictures struct {
	Count  int      // 0 if the user canceled
	MD5Sum []string // of each picture, in hex
}

// decodePictures accepts one PicList with many items, and one PicList for each
// picture; the platform sends both.
func decodePictures(e tree.Element) Pictures {
	info := e.Child("SendPicsInfo")
	pictures := Pictures{Count: int(info.Int("Count"))}
	count := min(max(pictures.Count, 0), 64)
	pictures.MD5Sum = slices.Grow(pictures.MD5Sum, count)
	var all strings.Builder // one piece of memory for all sums, of 32 digits each
	all.Grow(32 * count)
	for item := range info.List("PicList", "item") {
		from := all.Len()
		all.Write(bytes.TrimSpace(item.Child("PicMd5Sum").Bytes()))
		pictures.MD5Sum = append(pictures.MD5Sum, all.String()[from:])
	}
	return pictures
}

// LocationSelectEvent announces a place that the user chose (弹出地理位置选择器, Event
// location_select). The place then arrives as a [Location].
type LocationSelectEvent struct {
	EventHeader
	Latitude  float64 // degrees, north positive (Location_X)
	Longitude float64 // degrees, east positive (Location_Y)
	Scale     float64 // zoom of the map
	Label     string  // address
	PoiName   string  // name of the place in Moments (朋友圈 POI); may be empty
}

func (m *LocationSelectEvent) decode(e tree.Element) {
	info := e.Child("SendLocationInfo")
	m.Latitude = info.Float("Location_X")
	m.Longitude = info.Float("Location_Y")
	m.Scale = info.Float("Scale")
	m.Label = info.Text("Label")
	m.PoiName = info.Text("Poiname")
}
