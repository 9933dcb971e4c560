package token

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/store"
)

// Config is what [Stable] and [Classic] need. It prints without the secret.
type Config struct {
	AppID  string // 开发者ID
	Secret string // AppSecret, 开发者密码

	// HTTPClient carries the requests. Nil is a private one that gives each request
	// 10 seconds.
	HTTPClient *http.Client

	// BaseURL is where the platform is: https://api.weixin.qq.com if empty.
	BaseURL string

	// ForceRefresh lets Stable ask for a new token by force when the platform goes on
	// giving one that it has rejected. That ends the token of every other program with
	// the same account at once, and the platform allows 20 a day. Stable does so once
	// for a rejected token, at most every 10 minutes and 20 times in 24 hours.
	ForceRefresh bool

	// Store counts the forced refreshes of all processes. Nil counts those of this
	// process alone.
	Store store.Store
}

// Format writes the configuration without the secret, whatever the verb.
func (c Config) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "token.Config{AppID:%q BaseURL:%q}", c.AppID, c.BaseURL)
}

// LogValue keeps the secret out of slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// MarshalText keeps the secret out of JSON.
func (c Config) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }

// Kind names a sort of credential.
type Kind string

// The kinds that are known here; others are free to be used.
const (
	AccessToken Kind = "access_token"        // of Classic, 接口调用凭据
	StableToken Kind = "stable_access_token" // of Stable, 稳定版接口调用凭据
	JSAPITicket Kind = "jsapi_ticket"        // for the JS-SDK, 网页签名用
	CardTicket  Kind = "wx_card_ticket"      // for card signatures, 卡券
	Component   Kind = "component_access_token"
	Authorizer  Kind = "authorizer_access_token"
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
