package message

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Events of cards and vouchers (卡券事件). Card codes are strings, since they may begin
// with 0.

// CardPassCheckEvent is sent when a card passes its review (卡券通过审核, Event
// card_pass_check).
type CardPassCheckEvent struct {
	EventHeader
	CardID       string
	RefuseReason string // empty
}

func (m *CardPassCheckEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.RefuseReason = e.Text("RefuseReason")
}

// CardNotPassCheckEvent is sent when a card fails its review (卡券未通过审核, Event
// card_not_pass_check).
type CardNotPassCheckEvent struct {
	EventHeader
	CardID       string
	RefuseReason string
}

func (m *CardNotPassCheckEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.RefuseReason = e.Text("RefuseReason")
}

// UserGetCardEvent is sent when a user takes a card (用户领取卡券, Event
// user_get_card).
type UserGetCardEvent struct {
	EventHeader
	CardID              string
	UserCardCode        string
	IsGiveByFriend      bool   // the card is the gift of a friend
	FriendUserName      string // openid of that friend
	OldUserCardCode     string // code that the card had before, when the friend owned it
	IsRestoreMemberCard bool   // the user restored a deleted membership card
	IsRecommendByFriend bool   // a friend recommended the card
	OuterID             string // number of the channel; replaced by OuterStr
	OuterStr            string // channel
	UnionID             string // may be empty
}

func (m *UserGetCardEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
	m.IsGiveByFriend = e.Bool("IsGiveByFriend")
	m.FriendUserName = e.ID("FriendUserName")
	m.OldUserCardCode = e.ID("OldUserCardCode")
	m.IsRestoreMemberCard = e.Bool("IsRestoreMemberCard")
	m.IsRecommendByFriend = e.Bool("IsRecommendByFriend")
	m.OuterID = e.ID("OuterId")
	m.OuterStr = e.ID("OuterStr")
	m.UnionID = e.ID("UnionId")
}

// UserGiftingCardEvent is sent when a user gives a card away (用户转赠卡券, Event
// user_gifting_card).
type UserGiftingCardEvent struct {
	EventHeader
	CardID         string
	UserCardCode   string
	FriendUserName string // openid of the receiver
	IsReturnBack   bool   // nobody took the card, and it was returned to the giver
	IsChatRoom     bool   // the card was sent to a group
}

func (m *UserGiftingCardEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
	m.FriendUserName = e.ID("FriendUserName")
	m.IsReturnBack = e.Bool("IsReturnBack")
	m.IsChatRoom = e.Bool("IsChatRoom")
}

// UserDelCardEvent is sent when a user deletes a card (用户删除卡券, Event
// user_del_card).
type UserDelCardEvent struct {
	EventHeader
	CardID       string
	UserCardCode string
}

func (m *UserDelCardEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
}

// UserConsumeCardEvent is sent when a card is redeemed (卡券被核销, Event
// user_consume_card).
type UserConsumeCardEvent struct {
	EventHeader
	CardID        string
	UserCardCode  string
	ConsumeSource ConsumeSource
	LocationID    string // store, may be empty
	LocationName  string // store, may be empty
	StaffOpenID   string // of the employee who redeemed it; may be empty
	VerifyCode    string // entered by the user on self-service redemption (自助核销)
	RemarkAmount  string // amount entered by the user on self-service redemption
	OuterID       string // number of the channel; replaced by OuterStr
	OuterStr      string // channel
}

func (m *UserConsumeCardEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
	m.ConsumeSource = ConsumeSource(e.ID("ConsumeSource"))
	m.LocationID = e.ID("LocationId")
	m.LocationName = e.Text("LocationName")
	m.StaffOpenID = e.ID("StaffOpenId")
	m.VerifyCode = e.ID("VerifyCode")
	m.RemarkAmount = e.ID("RemarkAmount")
	m.OuterID = e.ID("OuterId")
	m.OuterStr = e.ID("OuterStr")
}

// ConsumeSource is the way in which a card was redeemed.
type ConsumeSource string

// The ways to redeem a card.
const (
	ConsumeFromAPI          ConsumeSource = "FROM_API"           // API 核销
	ConsumeFromMP           ConsumeSource = "FROM_MP"            // 公众平台核销
	ConsumeFromMobileHelper ConsumeSource = "FROM_MOBILE_HELPER" // 卡券商户助手核销
)

// UserPayFromPayCellEvent is sent when a user pays through a card
// (微信买单, Event user_pay_from_pay_cell).
type UserPayFromPayCellEvent struct {
	EventHeader
	CardID       string
	UserCardCode string
	TransID      string // of the payment
	LocationID   string // store, may be empty
	LocationName string // store, may be empty
	Fee          int64  // amount paid, in fen (分, a hundredth of a yuan)
	OriginalFee  int64  // amount before the discount, in fen
}

func (m *UserPayFromPayCellEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
	m.TransID = e.ID("TransId")
	m.LocationID = e.ID("LocationId")
	m.LocationName = e.Text("LocationName")
	m.Fee = e.Int("Fee")
	m.OriginalFee = e.Int("OriginalFee")
}

// UserViewCardEvent is sent when a user opens a membership card
// (用户查看会员卡, Event user_view_card).
type UserViewCardEvent struct {
	EventHeader
	CardID       string
	UserCardCode string
	OuterID      string // number of the channel; replaced by OuterStr
	OuterStr     string // channel
}

func (m *UserViewCardEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
	m.OuterID = e.ID("OuterId")
	m.OuterStr = e.ID("OuterStr")
}

// UserEnterSessionFromCardEvent is sent when a user opens the conversation from a
// card (从卡券进入公众号会话, Event user_enter_session_from_card).
type UserEnterSessionFromCardEvent struct {
	EventHeader
	CardID       string
	UserCardCode string
}

func (m *UserEnterSessionFromCardEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
}

// UpdateMemberCardEvent is sent when the contents of a membership card change
// (会员卡内容更新, Event update_member_card).
type UpdateMemberCardEvent struct {
	EventHeader
	CardID        string
	UserCardCode  string
	ModifyBonus   int64 // change in points; negative if points were spent
	ModifyBalance int64 // change of the balance in fen (分); negative if money was spent
}

func (m *UpdateMemberCardEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
	m.ModifyBonus = e.Int("ModifyBonus")
	m.ModifyBalance = e.Int("ModifyBalance")
}

// CardSKURemindEvent warns that the stock of a card is low (库存报警, Event
// card_sku_remind).
type CardSKURemindEvent struct {
	EventHeader
	CardID string
	Detail string // text of the warning
}

func (m *CardSKURemindEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.Detail = e.Text("Detail")
}

// CardPayOrderEvent reports an order of coins, which pay for cards (券点流水详情, Event
// card_pay_order).
type CardPayOrderEvent struct {
	EventHeader
	OrderID             string
	Status              string    // ORDER_STATUS_…
	CreateOrderTime     time.Time // time of the order
	PayFinishTime       time.Time // time of the payment; zero if not paid
	Desc                string
	FreeCoinCount       int64  // free coins (券点)
	PayCoinCount        int64  // bought coins
	RefundFreeCoinCount int64  // free coins refunded
	RefundPayCoinCount  int64  // bought coins refunded
	OrderType           string // ORDER_TYPE_…
	Memo                string
	ReceiptInfo         string // invoice
}

func (m *CardPayOrderEvent) decode(e tree.Element) {
	m.OrderID = e.ID("OrderId")
	m.Status = e.ID("Status")
	m.CreateOrderTime = e.Time("CreateOrderTime")
	m.PayFinishTime = e.Time("PayFinishTime")
	m.Desc = e.Text("Desc")
	m.FreeCoinCount = e.Int("FreeCoinCount")
	m.PayCoinCount = e.Int("PayCoinCount")
	m.RefundFreeCoinCount = e.Int("RefundFreeCoinCount")
	m.RefundPayCoinCount = e.Int("RefundPayCoinCount")
	m.OrderType = e.ID("OrderType")
	m.Memo = e.Text("Memo")
	m.ReceiptInfo = e.Text("ReceiptInfo")
}

// SubmitMemberCardUserInfoEvent is sent when a user submits the form of a
// membership card (会员卡激活, Event submit_membercard_user_info).
type SubmitMemberCardUserInfoEvent struct {
	EventHeader
	CardID       string
	UserCardCode string
}

func (m *SubmitMemberCardUserInfoEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
}

// CardMerchantCheckResultEvent reports the result of the review of a sub-merchant
// (子商户审核, Event card_merchant_check_result).
type CardMerchantCheckResultEvent struct {
	EventHeader
	MerchantID string
	Passed     bool
	Reason     string // reason of a refusal
}

func (m *CardMerchantCheckResultEvent) decode(e tree.Element) {
	m.MerchantID = e.ID("MerchantId")
	m.Passed = e.Bool("IsPass")
	m.Reason = e.Text("Reason")
}

// GiftCardPayDoneEvent is sent when a user has paid for a gift card (用户购买礼品卡付款成功,
// Event giftcard_pay_done).
type GiftCardPayDoneEvent struct {
	EventHeader
	PageID  string // of the shelf
	OrderID string
}

func (m *GiftCardPayDoneEvent) decode(e tree.Element) {
	m.PageID = e.ID("PageId")
	m.OrderID = e.ID("OrderId")
}

// GiftCardSendToFriendEvent is sent when a user gives a gift card away
// (用户购买后赠送, Event giftcard_send_to_friend).
type GiftCardSendToFriendEvent struct {
	EventHeader
	PageID       string // of the shelf
	OrderID      string
	IsChatRoom   bool // the card was sent to a group
	IsReturnBack bool // nobody took the card in time, and it was returned to the giver
}

func (m *GiftCardSendToFriendEvent) decode(e tree.Element) {
	m.PageID = e.ID("PageId")
	m.OrderID = e.ID("OrderId")
	m.IsChatRoom = e.Bool("IsChatRoom")
	m.IsReturnBack = e.Bool("IsReturnBack")
}

// GiftCardUserAcceptEvent is sent when a user takes a gift card (用户领取礼品卡成功,
// Event giftcard_user_accept).
type GiftCardUserAcceptEvent struct {
	EventHeader
	PageID     string // of the shelf
	OrderID    string
	IsChatRoom bool // the card was sent to a group
}

func (m *GiftCardUserAcceptEvent) decode(e tree.Element) {
	m.PageID = e.ID("PageId")
	m.OrderID = e.ID("OrderId")
	m.IsChatRoom = e.Bool("IsChatRoom")
}
