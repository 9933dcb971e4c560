package message

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Events of products that the platform has withdrawn: the shop (微信小店), beacons
// (摇一摇周边), Wi-Fi (微信连Wi-Fi) and scanned goods (微信扫一扫商品).

// MerchantOrderEvent is sent when an order is paid (订单付款通知, Event merchant_order).
type MerchantOrderEvent struct {
	EventHeader
	OrderID     string
	OrderStatus int
	ProductID   string
	SKUInfo     string
}

func (m *MerchantOrderEvent) decode(e tree.Element) {
	m.OrderID = e.ID("OrderId")
	m.OrderStatus = int(e.Int("OrderStatus"))
	m.ProductID = e.ID("ProductId")
	m.SKUInfo = e.ID("SkuInfo")
}

// ShakeAroundUserShakeEvent is sent when a user shakes the phone near a beacon
// (摇一摇事件通知, Event ShakearoundUserShake).
type ShakeAroundUserShakeEvent struct {
	EventHeader
	Chosen Beacon   // shown to the user
	Around []Beacon // others nearby
}

func (m *ShakeAroundUserShakeEvent) decode(e tree.Element) {
	m.Chosen = decodeBeacon(e.Child("ChosenBeacon"))
	for beacon := range e.List("AroundBeacons", "AroundBeacon") {
		m.Around = append(m.Around, decodeBeacon(beacon))
	}
}

// Beacon is a Bluetooth device that phones detect.
type Beacon struct {
	UUID     string
	Major    int
	Minor    int
	Distance float64 // meters
}

func decodeBeacon(e tree.Element) Beacon {
	return Beacon{
		UUID:     e.ID("Uuid"),
		Major:    int(e.Int("Major")),
		Minor:    int(e.Int("Minor")),
		Distance: e.Float("Distance"),
	}
}

// WifiConnectedEvent is sent when a user joins the network of a store (连网后下发消息,
// Event WifiConnected).
type WifiConnectedEvent struct {
	EventHeader
	ConnectTime time.Time
	ExpireTime  time.Time // always zero
	VendorID    string
	PlaceID     string // store
	DeviceNo    string // access point
}

func (m *WifiConnectedEvent) decode(e tree.Element) {
	m.ConnectTime = e.Time("ConnectTime")
	m.ExpireTime = e.Time("ExpireTime")
	m.VendorID = e.ID("VendorId")
	m.PlaceID = e.ID("PlaceId")
	m.DeviceNo = e.ID("DeviceNo")
}

// UserScanProductEvent is sent when a user opens the page of a product
// (打开商品主页事件, Event user_scan_product).
type UserScanProductEvent struct {
	EventHeader
	Product  Product
	Country  string
	Province string
	City     string
	Sex      Sex
	Scene    ProductScene
	ExtInfo  string // set by the merchant, may be empty
}

func (m *UserScanProductEvent) decode(e tree.Element) {
	m.Product = decodeProduct(e)
	m.Country = e.ID("Country")
	m.Province = e.ID("Province")
	m.City = e.ID("City")
	m.Sex = Sex(e.Int("Sex"))
	m.Scene = ProductScene(e.Int("Scene"))
	m.ExtInfo = e.Text("ExtInfo")
}

// Product is the code of a product.
type Product struct {
	Standard string // ean13, ean8, qrcode, …
	Code     string
}

func decodeProduct(e tree.Element) Product {
	return Product{Standard: e.ID("KeyStandard"), Code: e.ID("KeyStr")}
}

// Sex is the sex in the profile of a user.
type Sex int

// The sexes in a profile.
const (
	SexUnknown Sex = 0
	SexMale    Sex = 1
	SexFemale  Sex = 2
)

// ProductScene is the way in which a user opens the page of a product.
type ProductScene int

// The ways to open the page of a product.
const (
	ProductScanned ProductScene = 1
	ProductOther   ProductScene = 2
)

// UserScanProductEnterSessionEvent is sent when a user goes from the page of a
// product to the conversation (进入公众号事件, Event user_scan_product_enter_session).
type UserScanProductEnterSessionEvent struct {
	EventHeader
	Product Product
	ExtInfo string // set by the merchant, may be empty
}

func (m *UserScanProductEnterSessionEvent) decode(e tree.Element) {
	m.Product = decodeProduct(e)
	m.ExtInfo = e.Text("ExtInfo")
}

// UserScanProductAsyncEvent reports the region where a user scanned a product
// (地理位置信息异步推送, Event user_scan_product_async).
type UserScanProductAsyncEvent struct {
	EventHeader
	Product    Product
	ExtInfo    string // set by the merchant, may be empty
	RegionCode string // 地区码
}

func (m *UserScanProductAsyncEvent) decode(e tree.Element) {
	m.Product = decodeProduct(e)
	m.ExtInfo = e.Text("ExtInfo")
	m.RegionCode = e.ID("RegionCode")
}

// UserScanProductVerifyActionEvent reports the result of the review of a product
// (商品审核结果推送, Event user_scan_product_verify_action).
type UserScanProductVerifyActionEvent struct {
	EventHeader
	Product   Product
	Result    ProductResult
	ReasonMsg string // reason of a failure
}

func (m *UserScanProductVerifyActionEvent) decode(e tree.Element) {
	m.Product = decodeProduct(e)
	m.Result = ProductResult(e.ID("Result"))
	m.ReasonMsg = e.Text("ReasonMsg")
}

// ProductResult is the result of the review of a product.
type ProductResult string

// The results of the review of a product.
const (
	ProductVerified ProductResult = "verify_ok"
	ProductRefused  ProductResult = "verify_not_pass"
)
