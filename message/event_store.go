package message

import "github.com/seed-f21aa8d8/wechat/message/internal/tree"

// Events of stores (门店、门店小程序) and of shop guides (导购).

// PoiCheckNotifyEvent reports the result of the review of a store (门店审核事件, Event
// poi_check_notify).
type PoiCheckNotifyEvent struct {
	EventHeader
	UniqID string // the merchant's own id of the store (sid)
	PoiID  string // the platform's id of the store
	Result PoiResult
	Msg    string // reason of a failure
}

func (m *PoiCheckNotifyEvent) decode(e tree.Element) {
	m.UniqID = e.ID("UniqId")
	m.PoiID = e.ID("PoiId")
	m.Result = PoiResult(e.ID("Result"))
	if m.Msg = e.Text("Msg"); m.Msg == "" {
		m.Msg = e.Text("msg")
	}
}

// PoiResult is the result of the review of a store.
type PoiResult string

// The results of the review of a store.
const (
	PoiSucceeded PoiResult = "succ"
	PoiFailed    PoiResult = "fail"
)

// ApplyMerchantAuditInfoEvent reports the result of a merchant's application
// (门店小程序审核事件, Event apply_merchant_audit_info).
type ApplyMerchantAuditInfoEvent struct {
	EventHeader
	AuditID string
	Status  int
	Reason  string // reason of a failure
}

func (m *ApplyMerchantAuditInfoEvent) decode(e tree.Element) {
	m.AuditID = e.ID("audit_id")
	m.Status = int(e.Int("status"))
	m.Reason = e.Text("reason")
}

// CreateMapPoiAuditInfoEvent reports the result of adding a place to the map
// (在腾讯地图中创建门店的审核结果, Event create_map_poi_audit_info). Public sources
// disagree on whether Status 0 or 1 is success.
type CreateMapPoiAuditInfoEvent struct {
	EventHeader
	AuditID   string
	Status    int
	MapPoiID  string
	Name      string
	Address   string
	Latitude  float64 // degrees, north positive
	Longitude float64 // degrees, east positive
	Remark    string  // of the reviewer (sh_remark)
}

func (m *CreateMapPoiAuditInfoEvent) decode(e tree.Element) {
	m.AuditID = e.ID("audit_id")
	m.Status = int(e.Int("status"))
	m.MapPoiID = e.ID("map_poi_id")
	m.Name = e.Text("name")
	m.Address = e.Text("address")
	m.Latitude = e.Float("latitude")
	m.Longitude = e.Float("longitude")
	m.Remark = e.Text("sh_remark")
}

// AddStoreAuditInfoEvent reports the result of adding a store (创建门店审核事件,
// Event add_store_audit_info).
type AddStoreAuditInfoEvent struct {
	EventHeader
	AuditID   string
	Status    int
	Reason    string // reason of a failure
	IsUpgrade int
	PoiID     string // of the new store
}

func (m *AddStoreAuditInfoEvent) decode(e tree.Element) {
	m.AuditID = e.ID("audit_id")
	m.Status = int(e.Int("status"))
	m.Reason = e.Text("reason")
	m.IsUpgrade = int(e.Int("is_upgrade"))
	m.PoiID = e.ID("poiid")
}

// ModifyStoreAuditInfoEvent reports the result of changing the pictures of a store
// (修改门店图片审核事件, Event modify_store_audit_info).
type ModifyStoreAuditInfoEvent struct {
	EventHeader
	AuditID string
	Status  int
	Reason  string // reason of a failure
}

func (m *ModifyStoreAuditInfoEvent) decode(e tree.Element) {
	m.AuditID = e.ID("audit_id")
	m.Status = int(e.Int("status"))
	m.Reason = e.Text("reason")
}

// GuideInviteResultEvent reports the answer to the invitation of a shop guide
// (导购邀请结果, Event guide_invite_result_event). One of the two ids is set.
type GuideInviteResultEvent struct {
	EventHeader
	GuideAccount string // WeChat name
	GuideOpenID  string
	Result       int // invite_result
}

func (m *GuideInviteResultEvent) decode(e tree.Element) {
	info := e.Child("GuideInviteEvent")
	m.GuideAccount = info.ID("guide_account")
	m.GuideOpenID = info.ID("guide_openid")
	m.Result = int(info.Int("invite_result"))
}

// GuideQRCodeScanEvent is sent when a user scans the QR code of a shop guide
// (用户扫描导购二维码, Event guide_qrcode_scan_event). One of the two ids of the guide
// is set.
type GuideQRCodeScanEvent struct {
	EventHeader
	GuideAccount string // WeChat name
	GuideOpenID  string
	OpenID       string // of the user
	Action       int
	QRCodeInfo   string // content of the QR code
}

func (m *GuideQRCodeScanEvent) decode(e tree.Element) {
	info := e.Child("GuideScanEvent")
	m.GuideAccount = info.ID("qrcode_guide_account")
	m.GuideOpenID = info.ID("qrcode_guide_openid")
	m.OpenID = info.ID("openid")
	m.Action = int(info.Int("action"))
	m.QRCodeInfo = info.Text("qrcode_info")
}
