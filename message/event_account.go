package message

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Events of the verification of the account (微信认证事件) and of the consent of users
// (授权用户信息变更).

// QualificationVerifySuccessEvent is sent when the qualification is verified
// (资质认证成功, Event qualification_verify_success).
type QualificationVerifySuccessEvent struct {
	EventHeader
	ExpiredTime time.Time // valid until
}

func (m *QualificationVerifySuccessEvent) decode(e tree.Element) {
	m.ExpiredTime = e.Time("ExpiredTime")
}

// QualificationVerifyFailEvent is sent when the verification of the qualification
// fails (资质认证失败, Event qualification_verify_fail).
type QualificationVerifyFailEvent struct {
	EventHeader
	FailTime   time.Time
	FailReason string
}

func (m *QualificationVerifyFailEvent) decode(e tree.Element) {
	m.FailTime = e.Time("FailTime")
	m.FailReason = e.Text("FailReason")
}

// NamingVerifySuccessEvent is sent when the name is verified (名称认证成功, Event
// naming_verify_success). From then on the account is verified.
type NamingVerifySuccessEvent struct {
	EventHeader
	ExpiredTime time.Time // valid until
}

func (m *NamingVerifySuccessEvent) decode(e tree.Element) { m.ExpiredTime = e.Time("ExpiredTime") }

// NamingVerifyFailEvent is sent when the verification of the name fails
// (名称认证失败, Event naming_verify_fail).
type NamingVerifyFailEvent struct {
	EventHeader
	FailTime   time.Time
	FailReason string
}

func (m *NamingVerifyFailEvent) decode(e tree.Element) {
	m.FailTime = e.Time("FailTime")
	m.FailReason = e.Text("FailReason")
}

// AnnualRenewEvent is sent when the yearly verification is due (年审通知, Event
// annual_renew).
type AnnualRenewEvent struct {
	EventHeader
	ExpiredTime time.Time // valid until
}

func (m *AnnualRenewEvent) decode(e tree.Element) { m.ExpiredTime = e.Time("ExpiredTime") }

// VerifyExpiredEvent is sent when the verification has expired (认证过期失效通知,
// Event verify_expired).
type VerifyExpiredEvent struct {
	EventHeader
	ExpiredTime time.Time // expired since
}

func (m *VerifyExpiredEvent) decode(e tree.Element) { m.ExpiredTime = e.Time("ExpiredTime") }

// UserInfoModifiedEvent is sent when a user changes personal data that the account is
// allowed to read (授权用户资料变更, Event user_info_modified). FromUserName is a system
// account; OpenID is the user.
type UserInfoModifiedEvent struct {
	EventHeader
	Authorization
}

func (m *UserInfoModifiedEvent) decode(e tree.Element) { m.Authorization = decodeAuthorization(e) }

// UserAuthorizationRevokeEvent is sent when a user withdraws consent
// (授权用户资料撤回, Event user_authorization_revoke). The Official Account must then
// delete the data. FromUserName is a system account; OpenID is the user.
type UserAuthorizationRevokeEvent struct {
	EventHeader
	Authorization
}

func (m *UserAuthorizationRevokeEvent) decode(e tree.Element) {
	m.Authorization = decodeAuthorization(e)
}

// UserAuthorizationCancellationEvent is sent when a user has deleted their WeChat account
// (授权用户完成注销, Event user_authorization_cancellation). The Official Account must then
// delete the data. FromUserName is a system account; OpenID is the user.
type UserAuthorizationCancellationEvent struct {
	EventHeader
	Authorization
}

func (m *UserAuthorizationCancellationEvent) decode(e tree.Element) {
	m.Authorization = decodeAuthorization(e)
}

// Authorization is the consent of a user.
type Authorization struct {
	OpenID     string     // of the user
	UnionID    string     // of the user; may be empty
	AppID      string     // of the account, app or site that has the consent
	RevokeInfo RevokeInfo // data for which the consent was withdrawn; else empty
}

// RevokeInfo is a kind of data for which a user withdraws consent.
type RevokeInfo string

// The kinds of data for which a user can withdraw consent.
const (
	RevokeAddress    RevokeInfo = "201" // 地址
	RevokeInvoice    RevokeInfo = "202" // 发票信息
	RevokeCard       RevokeInfo = "203" // 卡券信息
	RevokeMicrophone RevokeInfo = "204" // 麦克风
	RevokeProfile    RevokeInfo = "205" // 昵称和头像
	RevokeLocation   RevokeInfo = "206" // 位置信息
	RevokeMedia      RevokeInfo = "207" // 选中的图片或视频
	RevokeAll        RevokeInfo = "301" // all data, for apps and sites
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
