package token

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// ClassicConfig is the configuration of [Classic]. It needs AppID and Secret. It
// prints without the secret.
type ClassicConfig struct {
	AppID  string // 开发者ID, begins with wx
	Secret string // AppSecret, 开发者密码

	// HTTPClient carries the requests. Each is bounded by its Timeout or, if that is
	// zero, by 10 seconds. Nil means a client with a transport of its own.
	HTTPClient *http.Client

	// BaseURL is the address of the platform. If empty, it is https://api.weixin.qq.com.
	BaseURL string

	// InsecurePlainHTTP allows a BaseURL with http to another machine. The secret and
	// the tokens then travel unencrypted.
	InsecurePlainHTTP bool
}

// Format implements fmt.Formatter. It hides the secret.
func (c ClassicConfig) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, secret.Describe(c, "AppID", "BaseURL", "InsecurePlainHTTP"))
}

// MarshalText implements encoding.TextMarshaler. It hides the secret.
func (c ClassicConfig) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }

// Classic returns a source of the older kind of tokens.
//
// Each fetch invalidates the previous token of the account after about 5 minutes, even
// if another program uses it. The platform allows 2000 fetches a day. So use it with
// [Shared] if there is more than one process.
//
// GET /cgi-bin/token (获取接口调用凭据)
func Classic(cfg ClassicConfig) (Source, error) {
	a, err := newAccount(account{
		name: "ClassicConfig", kind: AccessToken, appID: cfg.AppID, secret: secret.New(cfg.Secret),
		http: cfg.HTTPClient, baseURL: cfg.BaseURL, insecure: cfg.InsecurePlainHTTP,
	})
	if err != nil {
		return nil, err
	}
	return classic{a}, nil
}

// classic asks for tokens of the older kind.
type classic struct{ *account }

// Token implements Source.
func (c classic) Token(ctx context.Context) (Token, error) {
	return c.fetch(ctx, &wire.Request{
		Method:  http.MethodGet,
		Path:    "/cgi-bin/token",
		Query:   "grant_type=client_credential",
		Secrets: []wire.Param{{Name: "appid", Value: c.appID}, {Name: "secret", Value: c.secret.Value()}},
	})
}
