package message

import "github.com/seed-f21aa8d8/wechat/message/internal/tree"

// Messages of the hardware platform (微信硬件平台), which WeChat has withdrawn.

// DeviceText contains data sent by a device (设备消息, MsgType device_text).
type DeviceText struct {
	Header
	DeviceType string // original id of the account to which the device belongs
	DeviceID   string
	Content    string // base64
	SessionID  string
	OpenID     string // of the user
}

func (m *DeviceText) decode(e tree.Element) {
	m.DeviceType = e.ID("DeviceType")
	m.DeviceID = e.ID("DeviceID")
	m.Content = e.ID("Content")
	m.SessionID = e.ID("SessionID")
	m.OpenID = e.ID("OpenID")
}

// DeviceEvent is an event of a device (设备事件, MsgType device_event). It has no
// [EventHeader], since its MsgType is not event.
type DeviceEvent struct {
	Header
	Event      DeviceEventName
	DeviceType string // original id of the account to which the device belongs
	DeviceID   string
	Content    string // base64; may be empty
	SessionID  string // may be empty
	OpType     DeviceOp
	OpenID     string // of the user
}

func (m *DeviceEvent) decode(e tree.Element) {
	m.Event = DeviceEventName(e.ID("Event"))
	m.DeviceType = e.ID("DeviceType")
	m.DeviceID = e.ID("DeviceID")
	m.Content = e.ID("Content")
	m.SessionID = e.ID("SessionID")
	m.OpType = DeviceOp(e.Int("OpType"))
	m.OpenID = e.ID("OpenID")
}

// DeviceEventName is the kind of a [DeviceEvent].
type DeviceEventName string

// The events of a device.
const (
	DeviceBind              DeviceEventName = "bind"               // 绑定设备
	DeviceUnbind            DeviceEventName = "unbind"             // 解绑设备
	DeviceSubscribeStatus   DeviceEventName = "subscribe_status"   // 订阅设备状态
	DeviceUnsubscribeStatus DeviceEventName = "unsubscribe_status" // 退订设备状态
)

// DeviceOp is a request for the status of a device.
type DeviceOp int

// The requests for the status of a device.
const (
	DeviceOpUnsubscribe DeviceOp = 0
	DeviceOpHeartbeat   DeviceOp = 1
	DeviceOpSubscribe   DeviceOp = 2
)

// Hardware is a message of the hardware platform (MsgType hardware).
type Hardware struct {
	Header
	MessageView   string
	MessageAction string
}

func (m *Hardware) decode(e tree.Element) {
	hardware := e.Child("HardWare")
	m.MessageView = hardware.ID("MessageView")
	m.MessageAction = hardware.ID("MessageAction")
}
