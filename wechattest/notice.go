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
	return publicNotice(callback.ComponentVerifyTicket(ticket))
}

// Authorized is the notice that an account authorized the component (授权成功).
func Authorized(authorizerAppID, code string, codeExpires time.Time, preAuthCode string) Notice {
	return publicNotice(callback.Authorization("authorized", authorizerAppID, code, codeExpires, preAuthCode))
}

// UpdateAuthorized is the notice that an account changed its authorization (授权更新).
func UpdateAuthorized(authorizerAppID, code string, codeExpires time.Time, preAuthCode string) Notice {
	return publicNotice(callback.Authorization("updateauthorized", authorizerAppID, code, codeExpires, preAuthCode))
}

// Unauthorized is the notice that an account withdrew its authorization (取消授权).
func Unauthorized(authorizerAppID string) Notice {
	return publicNotice(callback.Unauthorized(authorizerAppID))
}

func publicNotice(n callback.Notice) Notice {
	return Notice{n.InfoType, publicElements(n.Elements), n.CreateTime, n.Raw}
}

func (n Notice) internal() callback.Notice {
	return callback.Notice{InfoType: n.InfoType, Elements: internalElements(n.Elements), CreateTime: n.CreateTime, Raw: n.Raw}
}
