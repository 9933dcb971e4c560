package officialaccount

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/token"
)

// TokenSource returns the access_token that is valid now. Package token has several,
// and you can write your own.
type TokenSource = token.Source

// Config configures a [Client]. AppID and Secret, or a TokenSource, are required; the
// zero value of every other field is useful.
//
// A Config prints, logs and marshals without its secret. The exception is a Config in
// an unexported field of another struct, whose fields package fmt prints. Store the
// Client there, which never shows the secret.
type Config struct {
	// AppID is the id of the account (开发者ID), 18 characters that begin with "wx". An id
	// that begins with "gh_" is the original id (原始ID), which New refuses.
	AppID string

	// Secret is the AppSecret of the account (开发者密码). Without a TokenSource the client
	// fetches its tokens with it. Some endpoints need the secret too; they fail with
	// [ErrNoSecret] if it is empty.
	Secret string

	// TokenSource returns the access_token. If nil, it is token.Stable with AppID and
	// Secret, which works with any number of processes. New wraps every source in
	// token.Reuse, so a custom source need not cache tokens.
	TokenSource TokenSource

	// HTTPClient sends the requests. Only its Transport and its Timeout are used.
	// CheckRedirect is ignored, since a request with a credential never follows a
	// redirect. Jar is ignored, so no cookies are stored. If nil, the client has its
	// own transport with 128 idle connections per host, kept for 30 s, and calls whose
	// context has no deadline time out after 30 s.
	//
	// Uploads and downloads may take longer than the Timeout. They fail if no data
	// moves for that time, or for 30 s if it is zero.
	//
	// The transport sees access_token and some secrets in the query of the URL, as the
	// platform requires. A transport that records URLs, for example for tracing,
	// records them too. Use Observer instead, which receives no query.
	HTTPClient *http.Client

	// BaseURL is the address before every path. If empty, it is
	// https://api.weixin.qq.com. The platform has other access points, such as
	// https://sh.api.weixin.qq.com and https://api2.weixin.qq.com for disaster recovery
	// (接入点).
	//
	// Plain http is allowed only to this machine and to http://api.weixin.qq.com, the
	// address inside WeChat's cloud hosting (微信云托管). Calls there need no token: use
	// token.None. A call with a credential to that address fails before it is sent.
	BaseURL string

	// InsecurePlainHTTP allows a BaseURL with http to another machine. Tokens and
	// secrets are then sent unencrypted.
	InsecurePlainHTTP bool

	// Logger receives a warning for every request that may break a limit on which the
	// platform's documents disagree, and a line for every replaced token and every
	// retry. Every line has the attribute appid. If nil, nothing is logged.
	Logger *slog.Logger

	// Observer observes every call, for metrics and tracing. It may be nil;
	// [JoinObservers] joins several.
	Observer Observer

	// Limiter may delay or refuse every request before it is sent. It may be nil.
	Limiter Limiter

	// Retry bounds the retries.
	Retry Retry

	// QuotaGuard stops calls that the platform would refuse: after 45009 (daily quota
	// used up) calls of that path fail at once with a [*PausedError], for one minute at
	// first and later for up to ten. Then one call is sent as a probe. All pauses end
	// when this client clears the quota (see package openapi).
	QuotaGuard bool
}

// check returns an error for an invalid Config.
func (c Config) check() error {
	switch {
	case c.Secret == "" && c.TokenSource == nil:
		return errors.New("officialaccount: Config needs AppID and Secret, or a TokenSource")
	case c.Secret != "" && c.AppID == "":
		return errors.New("officialaccount: Config.AppID is empty")
	case strings.TrimSpace(c.AppID) != c.AppID:
		return fmt.Errorf("officialaccount: Config.AppID %q has white space around it", c.AppID)
	case strings.TrimSpace(c.Secret) != c.Secret:
		return errors.New("officialaccount: Config.Secret has white space around it")
	case strings.HasPrefix(c.AppID, "gh_"):
		return fmt.Errorf("officialaccount: Config.AppID %q is the original id (原始ID) of an account; its AppID begins with wx", c.AppID)
	}
	if err := wire.CheckBaseURL(c.BaseURL, c.InsecurePlainHTTP || c.cloudHosting()); err != nil {
		return fmt.Errorf("officialaccount: Config.BaseURL: %w", err)
	}
	return nil
}

// cloudHosting reports whether BaseURL is the address inside WeChat's cloud hosting.
func (c Config) cloudHosting() bool {
	return strings.TrimSuffix(c.BaseURL, "/") == "http://api.weixin.qq.com"
}

// Format implements fmt.Formatter. It hides the secret.
func (c Config) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, secret.Describe(c, "AppID", "BaseURL", "InsecurePlainHTTP", "QuotaGuard"))
}

// MarshalText implements encoding.TextMarshaler. It hides the secret.
func (c Config) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }
