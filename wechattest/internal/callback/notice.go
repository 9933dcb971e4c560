package callback

import (
	"time"
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

// Authorization is a notice about an authorization that has a code.
func Authorization(infoType, authorizerAppID, code string, codeExpires time.Time, preAuthCode string) Notice {
	return Notice{InfoType: infoType, Elements: []Element{
		CDATA("AuthorizerAppid", authorizerAppID), CDATA("AuthorizationCode", code),
		Number("AuthorizationCodeExpiredTime", codeExpires.Unix()), CDATA("PreAuthCode", preAuthCode),
	}}
}

// Unauthorized is the notice that an account withdrew its authorization (取消授权).
func Unauthorized(authorizerAppID string) Notice {
	return Notice{InfoType: "unauthorized", Elements: []Element{CDATA("AuthorizerAppid", authorizerAppID)}}
}

func (n Notice) body(componentAppID string, asJSON bool) []byte {
	if n.Raw != nil {
		return n.Raw
	}
	head := []Element{CDATA("AppId", componentAppID), Number("CreateTime", n.CreateTime.Unix()), CDATA("InfoType", n.InfoType)}
	return document(append(head, n.Elements...), asJSON)
}
