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

// TokenSource says which access_token is good now; package token has several, and
// any type of yours with the one method will do.
type TokenSource = token.Source

// Config is what a [Client] is made from. It needs AppID and Secret, or a
// TokenSource, or all three; the zero value of everything else is useful.
//
// A Config prints, logs and marshals without its secret. Two things no method can
// prevent: package fmt reads a Config field by field if it lies in an unexported
// field of another struct, and under the verb %p, which go vet refuses. Keep the
// Client instead, which shows nothing anywhere.
type Config struct {
	// AppID is the id of the account (开发者ID), 18 characters that begin with "wx". An id
	// that begins with "gh_" is the original id (原始ID), which New refuses.
	AppID string

	// Secret is the account's AppSecret (开发者密码). Without a TokenSource the
	// client gets its tokens with it. Some endpoints want it themselves; they
	// fail with [ErrNoSecret] where it is empty.
	Secret string

	// TokenSource hands out the access_token. Nil means token.Stable with AppID and
	// Secret, by which any number of processes may use the account at once. New puts
	// token.Reuse around every source, so a source of yours need not keep tokens.
	TokenSource TokenSource

	// HTTPClient sends the requests. Only its Transport and its Timeout are used:
	// CheckRedirect is not, since a request with a credential never follows a redirect,
	// and Jar is not, so no cookies are stored. If nil, the client has a transport of
	// its own with 128 idle connections a host, kept for 30 s, and calls whose context
	// has no deadline time out after 30 s.
	//
	// Uploads and downloads may take longer than the Timeout. They fail when no data
	// moves for that time, or for 30 s if it is zero.
	//
	// The transport sees access_token, and some secrets, in the query of the URL, where
	// the platform wants them. A transport that records URLs, as instrumentation for
	// tracing does, records them too. Use Observer instead, which receives no URL.
	HTTPClient *http.Client

	// BaseURL is the address before every path; empty means https://api.weixin.qq.com.
	// The platform has other access points, such as https://sh.api.weixin.qq.com and
	// https://api2.weixin.qq.com for disaster recovery (接入点).
	//
	// Plain http is refused except to this machine and to http://api.weixin.qq.com, the
	// address inside WeChat's cloud hosting (微信云托管), which needs no token: use it with
	// token.None. A call there that has a credential fails before it is sent.
	BaseURL string

	// InsecurePlainHTTP allows a BaseURL with http to another machine. Tokens and
	// secrets are then sent unencrypted.
	InsecurePlainHTTP bool

	// Logger gets a warning for every request that may break a limit on which the
	// platform's documents disagree, and a line for every replaced token and every
	// retry. Nil means silence.
	Logger *slog.Logger

	// Observer is told of every call after its end, for metrics. Nil means nobody.
	Observer Observer

	// Limiter may hold every request back, or refuse it, before it is sent. Nil
	// means that nothing is held back.
	Limiter Limiter

	// Retry bounds the retries of calls that may be repeated.
	Retry Retry

	// QuotaGuard spares the platform calls that it would refuse: after 45009 (daily
	// quota used up) calls of that path fail at once with a [*PausedError], for a
	// minute at first and up to ten, then one call probes. Clearing the quota through
	// this client ends every pause.
	QuotaGuard bool
}

// check returns an error for a Config that New cannot use.
func (c Config) check() error {
	switch {
	case c.Secret == "" && c.TokenSource == nil:
		return errors.New("officialaccount: Config needs AppID and Secret, or a TokenSource")
	case c.Secret != "" && c.AppID == "":
		return errors.New("officialaccount: Config.AppID is empty")
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

// String returns the configuration without the secret.
func (c Config) String() string {
	return secret.Describe(c, "AppID", "BaseURL", "InsecurePlainHTTP", "QuotaGuard")
}

// Format writes [Config.String] for every verb of package fmt.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// MarshalText returns [Config.String], also for encoding/json and log/slog.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
