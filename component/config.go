package component

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
)

// Config configures a third-party platform (第三方平台). AppID, Secret, Token and
// EncodingAESKey are shown in its details in the console of the open platform
// (微信开放平台). A Config prints without its secrets.
type Config struct {
	AppID  string // component_appid
	Secret string // component_appsecret

	Token          string // 消息校验 Token
	EncodingAESKey string // 消息加解密 Key, 43 characters

	// PreviousTokens and PreviousAESKeys are also accepted. Set them after a change in
	// the console, while the platform may still use the old ones.
	PreviousTokens  []string
	PreviousAESKeys []string

	// Store keeps tickets, tokens and the accounts' refresh tokens. It must be durable,
	// such as store/sqlstore, since an account may have to authorize again when its
	// refresh token is lost. New refuses a [store.Memory]. It also refuses a
	// [store.Sealed], which hides the kind of the store under it: set Store to that
	// store and SealKeys to the keys.
	Store store.Store

	// SealKeys encrypt everything in Store; see [store.NewSealed]. Each key is 32 random
	// bytes. The first key seals, and all keys open.
	SealKeys [][]byte

	// InsecureMemory keeps everything in this process, for trials and tests. After a
	// restart no account is known. Store must be nil, and SealKeys are not used.
	InsecureMemory bool

	// HTTPClient, BaseURL, Logger and Limiter apply to the client of the platform itself
	// and to the client of every account; see [officialaccount.Config]. If HTTPClient is
	// nil, all clients share one transport.
	HTTPClient *http.Client
	BaseURL    string
	Logger     *slog.Logger
	Limiter    officialaccount.Limiter

	// Observer returns the observer of the client of appID, which is an account or the
	// platform itself. It is called once for each client. If nil, calls are not observed.
	Observer func(appID string) officialaccount.Observer

	// MessageObserver observes the messages of all accounts and the notices of the
	// platform; see [message.Config]. It may be nil.
	MessageObserver message.Observer

	// MaxRefreshing is the maximum number of accounts whose tokens are fetched at the
	// same time; the others wait. Zero means 32.
	MaxRefreshing int

	// MaxPreAuthCodes is the maximum number of pre-authorization codes that
	// [Platform.AuthorizePage] fetches in a minute. Above it a new visitor gets 503.
	// Zero means 60.
	MaxPreAuthCodes int

	// OnError receives every message and notice whose handling failed; see
	// [message.Config].
	OnError func(context.Context, *message.HandlingError)

	// LateReply returns what sends the late replies of an account, such as
	//
	//	func(oa *officialaccount.Client) message.LateReplier { return customerservice.New(oa) }
	//
	// If nil, late replies go to OnError.
	LateReply func(oa *officialaccount.Client) message.LateReplier

	// Deadline, WorkTimeout, MaxRunning and Unordered apply to the messages of all
	// accounts; see [message.Config]. CallbackStore is its Store; several processes
	// behind one address must share it. It keeps entries for minutes and may be a cache
	// such as store/redisstore.
	Deadline      time.Duration
	WorkTimeout   time.Duration
	MaxRunning    int
	Unordered     bool
	CallbackStore store.Store
}

const (
	defaultRefreshing   = 32
	defaultPreAuthCodes = 60
)

// check reports the mistakes that message.NewHandler does not find.
func (c *Config) check() error {
	switch {
	case c.AppID == "" || c.Secret == "":
		return errors.New("component: Config needs AppID and Secret, those of the third-party platform itself")
	case c.EncodingAESKey == "":
		return errors.New("component: Config.EncodingAESKey is empty: all messages to a third-party platform are encrypted")
	case c.MaxRefreshing < 0:
		return fmt.Errorf("component: Config.MaxRefreshing is negative: %d", c.MaxRefreshing)
	case c.MaxPreAuthCodes < 0:
		return fmt.Errorf("component: Config.MaxPreAuthCodes is negative: %d", c.MaxPreAuthCodes)
	}
	return nil
}

// sealed returns the store for everything that is kept.
func (c *Config) sealed() (store.Store, error) {
	_, memory := c.Store.(*store.Memory)
	_, sealed := c.Store.(*store.Sealed)
	switch {
	case c.InsecureMemory && c.Store != nil:
		return nil, errors.New("component: Config has both Store and InsecureMemory")
	case c.InsecureMemory:
		return store.NewMemory(), nil
	case c.Store == nil:
		return nil, errors.New("component: Config.Store is nil: refresh tokens must survive a restart; use store/sqlstore, or InsecureMemory for a trial")
	case memory:
		return nil, errors.New("component: Config.Store is in memory: refresh tokens must survive a restart; use store/sqlstore, or InsecureMemory for a trial")
	case sealed:
		return nil, errors.New("component: Config.Store is sealed already: set Store to the store under it, and SealKeys to its keys")
	case len(c.SealKeys) == 0:
		return nil, errors.New("component: Config.SealKeys is empty: refresh tokens are never stored as plain text")
	}
	s, err := store.NewSealed(c.Store, c.SealKeys...)
	if err != nil {
		return nil, fmt.Errorf("component: Config.SealKeys: %w", err)
	}
	return s, nil
}

// observer returns the observer of the client of appID, or nil.
func (c *Config) observer(appID string) officialaccount.Observer {
	if c.Observer == nil {
		return nil
	}
	return c.Observer(appID)
}

// client returns the common HTTP client of all accounts.
func (c *Config) client() *http.Client {
	if c.HTTPClient != nil {
		return c.HTTPClient
	}
	hc := wire.NewHTTPClient()
	hc.Timeout = 30 * time.Second
	return hc
}

// handler returns the common configuration of both handlers.
func (c *Config) handler() message.Config {
	return message.Config{
		Token: c.Token, AppID: c.AppID, EncodingAESKey: c.EncodingAESKey,
		PreviousTokens: c.PreviousTokens, PreviousAESKeys: c.PreviousAESKeys,
		Logger: c.Logger, OnError: c.OnError, Store: c.CallbackStore, Observer: c.MessageObserver,
	}
}

// Format implements fmt.Formatter. It hides the secrets.
func (c Config) Format(f fmt.State, _ rune) {
	io.WriteString(f, secret.Describe(c, "AppID", "BaseURL", "InsecureMemory"))
}

// MarshalText implements encoding.TextMarshaler. It hides the secrets.
func (c Config) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }
