package message

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Events of cards and vouchers (卡券事件). A card code may begin with 0: it is text.

// CardPassCheckEvent says that a card passed its review (卡券通过审核, Event
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

// CardNotPassCheckEvent says that a card failed its review (卡券未通过审核, Event
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

// UserGetCardEvent says that a user took a card (用户领取卡券, Event user_get_card).
type UserGetCardEvent struct {
	EventHeader
	CardID              string
	UserCardCode        string
	IsGiveByFriend      bool   // a friend gave it
	FriendUserName      string // openid of that friend
	OldUserCardCode     string // the code it had at that friend
	IsRestoreMemberCard bool   // a deleted membership card came back
	IsRecommendByFriend bool   // a friend recommended it
	OuterID             string // channel it was taken through, as a number; older than OuterStr
	OuterStr            string // channel it was taken through
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

// UserGiftingCardEvent says that a user gives a card away (用户转赠卡券, Event
// user_gifting_card).
type UserGiftingCardEvent struct {
	EventHeader
	CardID         string
	UserCardCode   string
	FriendUserName string // openid of who gets it
	IsReturnBack   bool   // it came back, since nobody took it
	IsChatRoom     bool   // it was given to a group
}

func (m *UserGiftingCardEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
	m.FriendUserName = e.ID("FriendUserName")
	m.IsReturnBack = e.Bool("IsReturnBack")
	m.IsChatRoom = e.Bool("IsChatRoom")
}

// UserDelCardEvent says that a user deleted a card (用户删除卡券, Event user_del_card).
type UserDelCardEvent struct {
	EventHeader
	CardID       string
	UserCardCode string
}

func (m *UserDelCardEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
}

// UserConsumeCardEvent says that a card was redeemed (卡券被核销, Event
// user_consume_card).
type UserConsumeCardEvent struct {
	EventHeader
	CardID        string
	UserCardCode  string
	ConsumeSource ConsumeSource
	LocationID    string // store, may be empty
	LocationName  string // store, may be empty
	StaffOpenID   string // of who redeemed it, when it was a person
	VerifyCode    string // that the user entered, when paying by oneself (自助核销)
	RemarkAmount  string // amount that the user entered, when paying by oneself
	OuterID       string // channel, as a number; older than OuterStr
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

// ConsumeSource is how a card was redeemed.
type ConsumeSource string

// How a card is redeemed.
const (
	ConsumeFromAPI          ConsumeSource = "FROM_API"           // API 核销
	ConsumeFromMP           ConsumeSource = "FROM_MP"            // 公众平台核销
	ConsumeFromMobileHelper ConsumeSource = "FROM_MOBILE_HELPER" // 卡券商户助手核销
)

// UserPayFromPayCellEvent says that a user paid by WeChat with a card
// (微信买单, Event user_pay_from_pay_cell).
type UserPayFromPayCellEvent struct {
	EventHeader
	CardID       string
	UserCardCode string
	TransID      string // of the payment
	LocationID   string // store, may be empty
	LocationName string // store, may be empty
	Fee          int64  // paid, in fen (分, a hundredth of a yuan)
	OriginalFee  int64  // due before the discount, in fen
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

// UserViewCardEvent says that a user looked at a membership card
// (用户查看会员卡, Event user_view_card).
type UserViewCardEvent struct {
	EventHeader
	CardID       string
	UserCardCode string
	OuterID      string // channel, as a number; older than OuterStr
	OuterStr     string // channel
}

func (m *UserViewCardEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
	m.OuterID = e.ID("OuterId")
	m.OuterStr = e.ID("OuterStr")
}

// UserEnterSessionFromCardEvent says that a user opened the conversation from a
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

// UpdateMemberCardEvent says that a membership card's contents changed
// (会员卡内容更新, Event update_member_card).
type UpdateMemberCardEvent struct {
	EventHeader
	CardID        string
	UserCardCode  string
	ModifyBonus   int64 // points gained, or lost when negative
	ModifyBalance int64 // fen (分) gained, or spent when negative
}

func (m *UpdateMemberCardEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.UserCardCode = e.ID("UserCardCode")
	m.ModifyBonus = e.Int("ModifyBonus")
	m.ModifyBalance = e.Int("ModifyBalance")
}

// CardSKURemindEvent warns that few of a card are left (库存报警, Event
// card_sku_remind).
type CardSKURemindEvent struct {
	EventHeader
	CardID string
	Detail string // in words
}

func (m *CardSKURemindEvent) decode(e tree.Element) {
	m.CardID = e.ID("CardId")
	m.Detail = e.Text("Detail")
}

// CardPayOrderEvent is a movement on the account that pays for cards
// (券点流水详情, Event card_pay_order). The counts are coins (券点).
type CardPayOrderEvent struct {
	EventHeader
	OrderID             string
	Status              string    // ORDER_STATUS_…
	CreateOrderTime     time.Time // when the order was made
	PayFinishTime       time.Time // when it was paid; zero when it was not
	Desc                string
	FreeCoinCount       int64  // free coins
	PayCoinCount        int64  // bought coins
	RefundFreeCoinCount int64  // free coins given back
	RefundPayCoinCount  int64  // bought coins given back
	OrderType           string // ORDER_TYPE_…
	Memo                string
	ReceiptInfo         string // of the invoice
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

// SubmitMemberCardUserInfoEvent says that a user filled in the form of a
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

// CardMerchantCheckResultEvent tells the outcome of a sub-merchant's review
// (子商户审核, Event card_merchant_check_result).
type CardMerchantCheckResultEvent struct {
	EventHeader
	MerchantID string
	Passed     bool
	Reason     string // why not
}

func (m *CardMerchantCheckResultEvent) decode(e tree.Element) {
	m.MerchantID = e.ID("MerchantId")
	m.Passed = e.Bool("IsPass")
	m.Reason = e.Text("Reason")
}

// GiftCardPayDoneEvent says that a user bought a gift card (用户购买礼品卡付款成功,
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

// GiftCardSendToFriendEvent says that a user gave a gift card away
// (用户购买后赠送, Event giftcard_send_to_friend).
type GiftCardSendToFriendEvent struct {
	EventHeader
	PageID       string // of the shelf
	OrderID      string
	IsChatRoom   bool // it was given to a group
	IsReturnBack bool // it came back, since nobody took it in time
}

func (m *GiftCardSendToFriendEvent) decode(e tree.Element) {
	m.PageID = e.ID("PageId")
	m.OrderID = e.ID("OrderId")
	m.IsChatRoom = e.Bool("IsChatRoom")
	m.IsReturnBack = e.Bool("IsReturnBack")
}

// GiftCardUserAcceptEvent says that a user took a gift card (用户领取礼品卡成功,
// Event giftcard_user_accept).
type GiftCardUserAcceptEvent struct {
	EventHeader
	PageID     string // of the shelf
	OrderID    string
	IsChatRoom bool // it was given to a group
}

func (m *GiftCardUserAcceptEvent) decode(e tree.Element) {
	m.PageID = e.ID("PageId")
	m.OrderID = e.ID("OrderId")
	m.IsChatRoom = e.Bool("IsChatRoom")
}
