package message

import (
	"strings"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Events of following, scanning and positions (关注、扫码、上报地理位置).

// SubscribeEvent is sent when a user follows the account (关注事件, Event subscribe).
type SubscribeEvent struct {
	EventHeader

	// Scene is the scene of the QR code (带参数二维码) that the user scanned to follow, as
	// in [ScanEvent]: EventKey without its prefix qrscene_. It is empty if the user
	// followed in another way, such as after a payment (EventKey last_trade_no_…).
	Scene string

	Ticket string // of the QR code; empty without one
}

func (m *SubscribeEvent) decode(e tree.Element) {
	m.Ticket = e.ID("Ticket")
	if scene, ok := strings.CutPrefix(m.EventKey, "qrscene_"); ok {
		m.Scene = scene
	}
}

// UnsubscribeEvent is sent when a user stops following (取消关注事件, Event
// unsubscribe). A reply does not reach that user.
type UnsubscribeEvent struct{ EventHeader }

// ScanEvent is sent when a follower scans a QR code with a scene (扫描带参数二维码事件,
// Event SCAN). For a user who does not follow yet, a [SubscribeEvent] is sent instead.
type ScanEvent struct {
	EventHeader
	Scene  string // of the QR code, as in [SubscribeEvent]; EventKey is the same
	Ticket string // of the QR code
}

func (m *ScanEvent) decode(e tree.Element) { m.Scene, m.Ticket = m.EventKey, e.ID("Ticket") }

// LocationEvent reports the position of a user who has agreed to that
// (上报地理位置事件, Event LOCATION). A place that a user sends is a [Location].
type LocationEvent struct {
	EventHeader
	Latitude  float64 // degrees, north positive
	Longitude float64 // degrees, east positive
	Precision float64 // meters
}

func (m *LocationEvent) decode(e tree.Element) {
	m.Latitude = e.Float("Latitude")
	m.Longitude = e.Float("Longitude")
	m.Precision = e.Float("Precision")
}

// EnterEvent is sent when a user opens the conversation (Event ENTER). The platform
// no longer documents it.
type EnterEvent struct{ EventHeader }
