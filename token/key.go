package token

import (
	"crypto/sha256"
	"encoding/hex"
)

// Kind names a kind of credential. Other values than those below may be used.
type Kind string

// The kinds of this module.
const (
	AccessToken Kind = "access_token"            // of Classic, 接口调用凭据
	StableToken Kind = "stable_access_token"     // of Stable, 稳定版接口调用凭据
	JSAPITicket Kind = "jsapi_ticket"            // for the JS-SDK, 网页签名用
	CardTicket  Kind = "wx_card_ticket"          // for card signatures, 卡券
	Component   Kind = "component_access_token"  // of a third-party platform, 第三方平台接口调用凭据
	Authorizer  Kind = "authorizer_access_token" // of an account that authorized one, 授权方接口调用凭据
)

// Keyed is a Source that knows the key under which [Shared] stores its token. The
// sources of [Stable] and [Classic] and those of package jssdk are Keyed.
type Keyed interface {
	Source
	Key() string
}

// Key returns a key for [Shared] that differs for every account, kind and secret. It is
// "wechat:token:" followed by kind, appID and a fingerprint of secret, from which the
// secret cannot be computed. The fingerprint of an empty secret is empty.
func Key(appID, secret string, kind Kind) string {
	key := "wechat:token:" + string(kind) + ":" + appID + ":"
	if secret == "" {
		return key
	}
	sum := sha256.Sum256([]byte(appID + "\x00" + secret))
	return key + hex.EncodeToString(sum[:8])
}
