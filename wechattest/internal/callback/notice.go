package callback

import (
	"time"
)

// Notice is what the platform tells a third-party platform (第三方平台) at its
// authorization URL, always encrypted. See [Bot.Notify].
type Notice struct {
	InfoType   string
	Elements   []Element
	CreateTime time.Time // zero: now
	Raw        []byte    // the notice as it stands
}

// ComponentVerifyTicket brings the ticket that the platform sends every ten minutes.
func ComponentVerifyTicket(ticket string) Notice {
	return Notice{InfoType: "component_verify_ticket", Elements: []Element{CDATA("ComponentVerifyTicket", ticket)}}
}

// Authorization is a notice about an authorisation that has a code.
func Authorization(infoType, authorizerAppID, code string, codeExpires time.Time, preAuthCode string) Notice {
	return Notice{InfoType: infoType, Elements: []Element{
		CDATA("AuthorizerAppid", authorizerAppID), CDATA("AuthorizationCode", code),
		Number("AuthorizationCodeExpiredTime", codeExpires.Unix()), CDATA("PreAuthCode", preAuthCode),
	}}
}

// Unauthorized tells that an account withdrew its authorisation (取消授权).
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
