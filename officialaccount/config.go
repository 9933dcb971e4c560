package officialaccount

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

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
	// AppID is the account's id (开发者ID), 18 characters beginning with "wx".
	AppID string

	// Secret is the account's AppSecret (开发者密码). Without a TokenSource the
	// client gets its tokens with it. Some endpoints want it themselves; they
	// fail with [ErrNoSecret] where it is empty.
	Secret string

	// TokenSource hands out the access_token. Nil means token.Stable with AppID and
	// Secret, by which any number of processes may use the account at once. New puts
	// token.Reuse around every source, so a source of yours need not keep tokens.
	TokenSource TokenSource

	// HTTPClient carries the calls. Its Transport and Timeout are used; redirects
	// are never followed with a credential, and no cookies are kept. Nil means a
	// transport of the client's own (128 idle connections a host, kept for 30 s), and
	// 30 s for a call whose context has no deadline.
	//
	// Uploads and downloads are not bounded as a whole: they end when nothing moves
	// for the Timeout, or for 30 s if that is zero.
	HTTPClient *http.Client

	// BaseURL is the address before every path; empty means https://api.weixin.qq.com.
	// The platform has other access points, such as https://sh.api.weixin.qq.com and
	// https://api2.weixin.qq.com for disaster recovery (接入点).
	BaseURL string

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

// check finds what New cannot work with.
func (c Config) check() error {
	switch {
	case c.Secret == "" && c.TokenSource == nil:
		return errors.New("officialaccount: Config needs AppID and Secret, or a TokenSource")
	case c.Secret != "" && c.AppID == "":
		return errors.New("officialaccount: Config.AppID is empty")
	case c.BaseURL == "":
		return nil
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return errors.New("officialaccount: Config.BaseURL is not the https or http address of a server")
	}
	return nil
}

// shown is the part of a Config that may be seen.
type shown struct {
	AppID   string
	Secret  string
	BaseURL string
}

func (c Config) shown() shown {
	s := shown{AppID: c.AppID, BaseURL: c.BaseURL}
	if c.Secret != "" {
		s.Secret = "[redacted]"
	}
	return s
}

// String gives the configuration without the secret.
func (c Config) String() string {
	s := c.shown()
	return fmt.Sprintf("officialaccount.Config{AppID:%q Secret:%s BaseURL:%q}", s.AppID, s.Secret, s.BaseURL)
}

// Format keeps the secret out of every verb of package fmt.
func (c Config) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(c.String())) }

// LogValue keeps the secret out of package slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON keeps the secret out of JSON.
func (c Config) MarshalJSON() ([]byte, error) { return json.Marshal(c.shown()) }
