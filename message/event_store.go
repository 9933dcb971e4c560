package message

import "github.com/seed-f21aa8d8/wechat/message/internal/tree"

// Events of stores (门店、门店小程序) and of shop guides (导购).

// PoiCheckNotifyEvent tells the outcome of a store's review (门店审核事件, Event
// poi_check_notify).
type PoiCheckNotifyEvent struct {
	EventHeader
	UniqID string // the merchant's own id of the store (sid)
	PoiID  string // the platform's id of the store
	Result PoiResult
	Msg    string // why it failed
}

func (m *PoiCheckNotifyEvent) decode(e tree.Element) {
	m.UniqID = e.ID("UniqId")
	m.PoiID = e.ID("PoiId")
	m.Result = PoiResult(e.ID("Result"))
	if m.Msg = e.Text("Msg"); m.Msg == "" {
		m.Msg = e.Text("msg")
	}
}

// PoiResult is the outcome of a store's review.
type PoiResult string

// The outcomes of a store's review.
const (
	PoiSucceeded PoiResult = "succ"
	PoiFailed    PoiResult = "fail"
)

// ApplyMerchantAuditInfoEvent tells the outcome of a merchant's application
// (门店小程序审核事件, Event apply_merchant_audit_info).
type ApplyMerchantAuditInfoEvent struct {
	EventHeader
	AuditID string
	Status  int
	Reason  string // why it failed
}

func (m *ApplyMerchantAuditInfoEvent) decode(e tree.Element) {
	m.AuditID = e.ID("audit_id")
	m.Status = int(e.Int("status"))
	m.Reason = e.Text("reason")
}

// CreateMapPoiAuditInfoEvent tells the outcome of adding a place to the map
// (在腾讯地图中创建门店的审核结果, Event create_map_poi_audit_info). Sources differ
// on whether Status 0 or 1 is a pass.
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

// AddStoreAuditInfoEvent tells the outcome of adding a store (创建门店审核事件,
// Event add_store_audit_info).
type AddStoreAuditInfoEvent struct {
	EventHeader
	AuditID   string
	Status    int
	Reason    string // why it failed
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

// ModifyStoreAuditInfoEvent tells the outcome of changing a store's pictures
// (修改门店图片审核事件, Event modify_store_audit_info).
type ModifyStoreAuditInfoEvent struct {
	EventHeader
	AuditID string
	Status  int
	Reason  string // why it failed
}

func (m *ModifyStoreAuditInfoEvent) decode(e tree.Element) {
	m.AuditID = e.ID("audit_id")
	m.Status = int(e.Int("status"))
	m.Reason = e.Text("reason")
}

// GuideInviteResultEvent tells how somebody answered the invitation to be a shop
// guide (导购邀请结果, Event guide_invite_result_event). One of the two ids is set.
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

// GuideQRCodeScanEvent says that a user scanned the code of a shop guide
// (用户扫描导购二维码, Event guide_qrcode_scan_event). One of the guide's two ids
// is set.
type GuideQRCodeScanEvent struct {
	EventHeader
	GuideAccount string // WeChat name
	GuideOpenID  string
	OpenID       string // of the user
	Action       int
	QRCodeInfo   string // that the code carries
}

func (m *GuideQRCodeScanEvent) decode(e tree.Element) {
	info := e.Child("GuideScanEvent")
	m.GuideAccount = info.ID("qrcode_guide_account")
	m.GuideOpenID = info.ID("qrcode_guide_openid")
	m.OpenID = info.ID("openid")
	m.Action = int(info.Int("action"))
	m.QRCodeInfo = info.Text("qrcode_info")
}
