package wechattest

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// Notice is a message to the authorization URL of a third-party platform (第三方平台),
// always encrypted. See [Bot.Notify].
type Notice struct {
	InfoType   string
	Elements   []Element
	CreateTime time.Time // zero: now
	Raw        []byte    // the whole notice
}

// ComponentVerifyTicket is the notice of a ticket, sent every ten minutes.
func ComponentVerifyTicket(ticket string) Notice {
	return Notice{InfoType: "component_verify_ticket", Elements: []Element{CDATA("ComponentVerifyTicket", ticket)}}
}

// Authorized is the notice that an account authorized the component (授权成功).
func Authorized(authorizerAppID, code string, codeExpires time.Time, preAuthCode string) Notice {
	return authorization("authorized", authorizerAppID, code, codeExpires, preAuthCode)
}

// UpdateAuthorized is the notice that an account changed its authorization (授权更新).
func UpdateAuthorized(authorizerAppID, code string, codeExpires time.Time, preAuthCode string) Notice {
	return authorization("updateauthorized", authorizerAppID, code, codeExpires, preAuthCode)
}

func authorization(infoType, authorizerAppID, code string, codeExpires time.Time, preAuthCode string) Notice {
	return Notice{InfoType: infoType, Elements: []Element{
		CDATA("AuthorizerAppid", authorizerAppID), CDATA("AuthorizationCode", code),
		Number("AuthorizationCodeExpiredTime", codeExpires.Unix()), CDATA("PreAuthCode", preAuthCode),
	}}
}

// Unauthorized is the notice that an account withdrew its authorization (取消授权).
func Unauthorized(authorizerAppID string) Notice {
	return Notice{InfoType: "unauthorized", Elements: []Element{CDATA("AuthorizerAppid", authorizerAppID)}}
}

func (n Notice) internal() callback.Notice {
	return callback.Notice{InfoType: n.InfoType, Elements: internalElements(n.Elements), CreateTime: n.CreateTime, Raw: n.Raw}
}
