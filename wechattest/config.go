package wechattest

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/host"
)

// Mode is the form of callbacks, as set in the server settings of the console
// (消息加解密方式).
type Mode int

// The modes.
const (
	// Auto is [Safe] for an account with an EncodingAESKey, and [Plain] for one
	// without. It is the zero value.
	Auto Mode = iota
	// Plain sends messages unencrypted (明文模式).
	Plain
	// Compat sends the message both unencrypted and encrypted in one body (兼容模式); the
	// bot may answer in either form.
	Compat
	// Safe sends only the encrypted message and requires an encrypted answer (安全模式).
	Safe
	// Component relays the account's messages to a third-party platform
	// (第三方平台): always encrypted, for the component's app id.
	Component
	// CloudHosting posts messages to a container of WeChat's cloud hosting (微信云托管):
	// unsigned and unencrypted, with the headers x-wx-source, x-wx-openid and
	// x-wx-appid.
	CloudHosting
)

// String returns the mode's name in this package.
func (m Mode) String() string { return account.Mode(m).String() }

// ParseMode returns the mode with a name, as [Mode.String] returns it; case is ignored.
func ParseMode(name string) (Mode, error) {
	for mode := Auto; mode <= CloudHosting; mode++ {
		if strings.EqualFold(name, mode.String()) {
			return mode, nil
		}
	}
	return 0, fmt.Errorf("wechattest: unknown mode %q: use auto, plain, compat, safe, component or cloudhosting", name)
}

// Defaults of [Config]. They are invented and public: no real account has them.
const (
	DefaultAppID          = "wx5a1d7e92c04b6f38"
	DefaultSecret         = "7c0e5b1f9a3d42688e1fb6d09c75a234"
	DefaultOriginalID     = "gh_4b8d02e6a7f1"
	DefaultToken          = "localplatform"
	DefaultEncodingAESKey = "q3Zt8LrW5vKx2BnYcJ7mHdS4fGp9UeAi6ToQ1RwXyEG" // its two discarded bits are not zero, as in many real keys
	DefaultComponentAppID = "wx9c3e60d8b5f2a714"
)

// Config describes an account and the behavior of the platform. The zero value is an
// account in plain mode, with the defaults above and without an AES key.
//
// It prints without secret, token and AES key.
type Config struct {
	AppID          string // 开发者 ID; DefaultAppID if empty
	Secret         string // AppSecret; DefaultSecret if empty
	SecretFrozen   bool   // the AppSecret is frozen: the token endpoints answer 40243
	OriginalID     string // 原始 ID (gh_…), the account's name in messages; DefaultOriginalID if empty
	Token          string // 令牌 of the callback; DefaultToken if empty
	EncodingAESKey string // 消息加解密密钥; DefaultEncodingAESKey if empty in a mode that encrypts
	Mode           Mode   // Auto if zero
	// URL is the base URL of the API if the platform is served over the network. If
	// empty, only clients of [Platform.Client] can use the API.
	URL            string
	ComponentAppID string // receiver of encrypted messages in mode Component; DefaultComponentAppID if empty

	// CallbackPath is the path of the callback URL of a bot in memory, /wechat if
	// empty. $APPID$ in it is replaced by the app id.
	CallbackPath string
	// NoticePath is the path of a third-party platform's authorization URL (授权事件接收 URL)
	// on the same server. If empty, it is the callback URL.
	NoticePath string

	// Timeout is how long the platform waits for an answer before it closes the
	// connection. Zero means 5 seconds.
	Timeout time.Duration
	// Deliveries is the maximum number of deliveries of a message, including the first.
	// A message is delivered again without an answer in time with HTTP 200. Zero means
	// 3; 1 means no repeats.
	Deliveries int
	// Gap is the pause between a failed delivery and the next. If it is zero, a silent
	// bot receives a message at 0, 5 and 10 seconds.
	Gap time.Duration
	// FreshRepeats makes a new timestamp, nonce and signature for each repeat. The
	// platform does not document what it does; by default a repeat is an identical
	// request.
	FreshRepeats bool
	// JSON sends callbacks as JSON (数据格式 JSON), which some accounts can choose. A Raw
	// message keeps its form. The answer must have the same form as the message. A
	// third-party platform receives only XML.
	JSON bool

	// TokenLife is the life of an access token. Zero means 7200 seconds.
	TokenLife time.Duration
	// StrictTokens accepts only the newest token of each token endpoint. By default a
	// replaced token remains valid for 5 minutes.
	StrictTokens bool
	// AllowedIPs is the IP allow-list of the API (IP 白名单), for calls with the secret or
	// an access token: addresses or CIDR blocks. Other callers get 40164. If empty,
	// every caller is allowed.
	AllowedIPs []string

	// Logger receives what the platform does and why it refuses calls. If nil, nothing
	// is logged, or [New] uses the log of the test.
	Logger *slog.Logger
}

// complete sets the defaults and checks the result.
func (c Config) complete() (Config, *account.Account, error) {
	c.AppID = cmp.Or(c.AppID, DefaultAppID)
	c.Secret = cmp.Or(c.Secret, DefaultSecret)
	c.OriginalID = cmp.Or(c.OriginalID, DefaultOriginalID)
	c.Token = cmp.Or(c.Token, DefaultToken)
	if c.Mode == Auto {
		c.Mode = Plain
		if c.EncodingAESKey != "" {
			c.Mode = Safe
		}
	}
	if account.Mode(c.Mode).Encrypted() {
		c.EncodingAESKey = cmp.Or(c.EncodingAESKey, DefaultEncodingAESKey)
	}
	c.ComponentAppID = cmp.Or(c.ComponentAppID, DefaultComponentAppID)
	c.URL = cmp.Or(c.URL, "https://"+host.Memory)
	c.CallbackPath = cmp.Or(c.CallbackPath, "/wechat")
	c.Timeout = cmp.Or(c.Timeout, 5*time.Second)
	c.Deliveries = cmp.Or(c.Deliveries, 3)
	c.TokenLife = cmp.Or(c.TokenLife, 2*time.Hour)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Mode < Plain || c.Mode > CloudHosting {
		return c, nil, fmt.Errorf("wechattest: unknown Config.Mode %v: use Auto, Plain, Compat, Safe, Component or CloudHosting", c.Mode)
	}
	if c.Mode == Component && c.JSON {
		return c, nil, errors.New("wechattest: Config.JSON: a third-party platform receives only XML")
	}
	for _, path := range []string{c.CallbackPath, c.NoticePath} {
		if path != "" && !strings.HasPrefix(path, "/") {
			return c, nil, fmt.Errorf("wechattest: Config: path %q does not begin with a slash", path)
		}
	}
	if c.Timeout < 0 || c.Gap < 0 || c.Deliveries < 0 || c.TokenLife < 0 {
		return c, nil, errors.New("wechattest: Config: Timeout, Gap, Deliveries and TokenLife must not be negative")
	}
	acc := &account.Account{
		AppID: c.AppID, Secret: c.Secret, SecretFrozen: c.SecretFrozen, OriginalID: c.OriginalID, ComponentAppID: c.ComponentAppID,
		URL: c.URL, Token: c.Token, EncodingAESKey: c.EncodingAESKey, Mode: account.Mode(c.Mode), JSON: c.JSON,
		CallbackPath: c.CallbackPath, NoticePath: c.NoticePath, Timeout: c.Timeout, Deliveries: c.Deliveries, Gap: c.Gap,
		FreshRepeats: c.FreshRepeats, TokenLife: c.TokenLife, StrictTokens: c.StrictTokens, Logger: c.Logger,
	}
	if c.EncodingAESKey != "" {
		var err error
		if acc.Cipher, err = crypto.NewCipher(c.EncodingAESKey, acc.Receiver()); err != nil {
			return c, nil, fmt.Errorf("wechattest: Config.EncodingAESKey: %w", err)
		}
	}
	for _, text := range c.AllowedIPs {
		prefix, err := parsePrefix(text)
		if err != nil {
			return c, nil, fmt.Errorf("wechattest: Config.AllowedIPs: %w", err)
		}
		acc.Allowed = append(acc.Allowed, prefix)
	}
	return c, acc, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

// Format implements fmt.Formatter. It hides secret, token and AES key.
func (c Config) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "wechattest.Config{AppID: %s, OriginalID: %s, Mode: %v}", c.AppID, c.OriginalID, c.Mode)
}

// MarshalText implements encoding.TextMarshaler. It hides secret, token and AES key.
func (c Config) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }
