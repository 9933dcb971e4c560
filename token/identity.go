package token

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Kind names a sort of credential.
type Kind string

// The kinds that are known here; others are free to be used.
const (
	AccessToken Kind = "access_token"            // of Classic, 接口调用凭据
	StableToken Kind = "stable_access_token"     // of Stable, 稳定版接口调用凭据
	JSAPITicket Kind = "jsapi_ticket"            // for the JS-SDK, 网页签名用
	CardTicket  Kind = "wx_card_ticket"          // for card signatures, 卡券
	Component   Kind = "component_access_token"  // of a third-party platform, 第三方平台接口调用凭据
	Authorizer  Kind = "authorizer_access_token" // of an account that authorised one, 授权方接口调用凭据
)

// Identity says what a token is for, so that [Shared] keeps every one under a key
// of its own.
type Identity struct {
	AppID       string
	Kind        Kind
	Fingerprint string // of the secret: a new secret is a new key
}

// NewIdentity makes an Identity. Of the secret it keeps a fingerprint that does not
// lead back to it; an empty secret has none.
func NewIdentity(appID, secret string, kind Kind) Identity {
	id := Identity{AppID: appID, Kind: kind}
	if secret != "" {
		sum := sha256.Sum256([]byte(appID + "\x00" + secret))
		id.Fingerprint = hex.EncodeToString(sum[:8])
	}
	return id
}

// Key is the key under which [Shared] keeps the token unless told otherwise:
// "wechat:token:" and the three parts.
func (id Identity) Key() string {
	return fmt.Sprintf("wechat:token:%s:%s:%s", id.Kind, id.AppID, id.Fingerprint)
}

// Identified is a Source that knows its Identity, as those of [Stable] and
// [Classic] do.
type Identified interface {
	Source
	Identity() Identity
}
