package message

import (
	"strings"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Events of following, scanning and positions (关注、扫码、上报地理位置).

// SubscribeEvent says that a user follows the account (关注事件, Event subscribe).
type SubscribeEvent struct {
	EventHeader        // EventKey is empty, or says where the user came from; see Scene
	Ticket      string // of the QR code, when the user came by one with a scene
}

func (m *SubscribeEvent) decode(e tree.Element) { m.Ticket = e.ID("Ticket") }

// Scene returns the scene of the QR code (带参数二维码) by which the user came to
// follow, without the prefix qrscene_ of EventKey. ok is false when the user came
// otherwise, such as after a payment (last_trade_no_…) or by a name card.
func (m *SubscribeEvent) Scene() (scene string, ok bool) {
	return strings.CutPrefix(m.EventKey, "qrscene_")
}

// UnsubscribeEvent says that a user no longer follows (取消关注事件, Event
// unsubscribe). No reply reaches that user.
type UnsubscribeEvent struct{ EventHeader }

// ScanEvent says that a follower scanned a QR code with a scene (扫描带参数二维码事件,
// Event SCAN). EventKey is the scene. Who does not follow yet makes a
// [SubscribeEvent] instead.
type ScanEvent struct {
	EventHeader
	Ticket string // of the QR code
}

func (m *ScanEvent) decode(e tree.Element) { m.Ticket = e.ID("Ticket") }

// LocationEvent is the position of a user who allows the account to know it
// (上报地理位置事件, Event LOCATION). A place that a user sends is a [Location].
type LocationEvent struct {
	EventHeader
	Latitude  float64 // degrees, north positive
	Longitude float64 // degrees, east positive
	Precision float64 // metres
}

func (m *LocationEvent) decode(e tree.Element) {
	m.Latitude = e.Float("Latitude")
	m.Longitude = e.Float("Longitude")
	m.Precision = e.Float("Precision")
}

// EnterEvent says that a user opened the conversation (Event ENTER). The
// platform no longer documents it.
type EnterEvent struct{ EventHeader }
