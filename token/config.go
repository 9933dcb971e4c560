package token

import (
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
