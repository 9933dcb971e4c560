package message

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Events of the account's verification (微信认证事件) and of the users' consent
// (授权用户信息变更).

// QualificationVerifySuccessEvent says that the qualification was verified
// (资质认证成功, Event qualification_verify_success).
type QualificationVerifySuccessEvent struct {
	EventHeader
	ExpiredTime time.Time // valid until
}

func (m *QualificationVerifySuccessEvent) decode(e tree.Element) {
	m.ExpiredTime = e.Time("ExpiredTime")
}

// QualificationVerifyFailEvent says that verifying the qualification failed
// (资质认证失败, Event qualification_verify_fail).
type QualificationVerifyFailEvent struct {
	EventHeader
	FailTime   time.Time
	FailReason string
}

func (m *QualificationVerifyFailEvent) decode(e tree.Element) {
	m.FailTime = e.Time("FailTime")
	m.FailReason = e.Text("FailReason")
}

// NamingVerifySuccessEvent says that the name was verified (名称认证成功, Event
// naming_verify_success). The account is verified from then on.
type NamingVerifySuccessEvent struct {
	EventHeader
	ExpiredTime time.Time // valid until
}

func (m *NamingVerifySuccessEvent) decode(e tree.Element) { m.ExpiredTime = e.Time("ExpiredTime") }

// NamingVerifyFailEvent says that verifying the name failed (名称认证失败, Event
// naming_verify_fail).
type NamingVerifyFailEvent struct {
	EventHeader
	FailTime   time.Time
	FailReason string
}

func (m *NamingVerifyFailEvent) decode(e tree.Element) {
	m.FailTime = e.Time("FailTime")
	m.FailReason = e.Text("FailReason")
}

// AnnualRenewEvent says that the yearly verification is due (年审通知, Event
// annual_renew).
type AnnualRenewEvent struct {
	EventHeader
	ExpiredTime time.Time // valid until
}

func (m *AnnualRenewEvent) decode(e tree.Element) { m.ExpiredTime = e.Time("ExpiredTime") }

// VerifyExpiredEvent says that the verification has run out (认证过期失效通知,
// Event verify_expired).
type VerifyExpiredEvent struct {
	EventHeader
	ExpiredTime time.Time // expired since
}

func (m *VerifyExpiredEvent) decode(e tree.Element) { m.ExpiredTime = e.Time("ExpiredTime") }

// UserInfoModifiedEvent says that a user changed the personal data that the
// account may know (授权用户资料变更, Event user_info_modified). FromUserName is a
// system account; the user is OpenID.
type UserInfoModifiedEvent struct {
	EventHeader
	Authorization
}

func (m *UserInfoModifiedEvent) decode(e tree.Element) { m.Authorization = decodeAuthorization(e) }

// UserAuthorizationRevokeEvent says that a user withdrew consent
// (授权用户资料撤回, Event user_authorization_revoke): the data must be deleted.
// FromUserName is a system account; the user is OpenID.
type UserAuthorizationRevokeEvent struct {
	EventHeader
	Authorization
}

func (m *UserAuthorizationRevokeEvent) decode(e tree.Element) {
	m.Authorization = decodeAuthorization(e)
}

// UserAuthorizationCancellationEvent says that a user closed the WeChat account
// (授权用户完成注销, Event user_authorization_cancellation): the data must be
// deleted. FromUserName is a system account; the user is OpenID.
type UserAuthorizationCancellationEvent struct {
	EventHeader
	Authorization
}

func (m *UserAuthorizationCancellationEvent) decode(e tree.Element) {
	m.Authorization = decodeAuthorization(e)
}

// Authorization is whose consent an event is about, and for what.
type Authorization struct {
	OpenID     string     // the user
	UnionID    string     // may be empty
	AppID      string     // the account, app or site the consent was given to
	RevokeInfo RevokeInfo // empty unless consent was withdrawn
}

// RevokeInfo is what a user no longer consents to.
type RevokeInfo string

// What a user may withdraw consent to.
const (
	RevokeAddress    RevokeInfo = "201" // 地址
	RevokeInvoice    RevokeInfo = "202" // 发票信息
	RevokeCard       RevokeInfo = "203" // 卡券信息
	RevokeMicrophone RevokeInfo = "204" // 麦克风
	RevokeProfile    RevokeInfo = "205" // 昵称和头像
	RevokeLocation   RevokeInfo = "206" // 位置信息
	RevokeMedia      RevokeInfo = "207" // 选中的图片或视频
	RevokeAll        RevokeInfo = "301" // everything, for apps and sites
)

// decodeAuthorization accepts both spellings: apps and sites receive openid and appid.
func decodeAuthorization(e tree.Element) Authorization {
	return Authorization{
		OpenID:     e.FirstID("OpenID", "openid"),
		UnionID:    e.FirstID("UnionID", "unionid"),
		AppID:      e.FirstID("AppID", "appid"),
		RevokeInfo: RevokeInfo(e.ID("RevokeInfo")),
	}
}
