package component

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
)

// Config is a third-party platform (第三方平台). AppID, Secret, Token and
// EncodingAESKey stand in its details in the open platform's console. It prints
// without its secrets.
type Config struct {
	AppID  string // component_appid
	Secret string // component_appsecret

	Token          string // 消息校验 Token
	EncodingAESKey string // 消息加解密 Key, 43 characters

	// PreviousTokens and PreviousAESKeys are accepted beside the current ones while
	// the platform may still use them, after a change in the console.
	PreviousTokens  []string
	PreviousAESKeys []string

	// Store keeps tickets, tokens and the accounts' refresh tokens. It must be
	// durable, since a lost refresh token may cost a new authorisation: store/sqlstore,
	// not a cache that may forget. [store.Memory] is refused, and so is a
	// [store.Sealed], which hides what lies under it: its store belongs here, and its
	// keys to SealKeys.
	Store store.Store

	// SealKeys seal everything in Store, see [store.NewSealed]: 32 random bytes each,
	// the first seals and all open.
	SealKeys [][]byte

	// InsecureMemory keeps everything in this process, for trials and tests: after a
	// restart the program knows no account. Store stays nil then, and SealKeys are not
	// needed.
	InsecureMemory bool

	// HTTPClient, BaseURL, Logger and Limiter are used by the clients of the platform
	// itself and of every account; see [officialaccount.Config]. A nil HTTPClient is
	// one transport for them all.
	HTTPClient *http.Client
	BaseURL    string
	Logger     *slog.Logger
	Limiter    officialaccount.Limiter

	// Observer makes what is told of the calls of one client, and of its tokens: of an
	// account's, or of the platform's own, which has the platform's app id. It is called
	// once for each client. Nil tells nobody.
	Observer func(appID string) officialaccount.Observer

	// MaxRefreshing is how many accounts' tokens may be fetched at the same time; the
	// others wait. Zero means 32.
	MaxRefreshing int

	// MaxPreAuthCodes is how many pre-authorisation codes [Platform.AuthorizePage]
	// fetches in a minute. Above it a new visitor gets 503. Zero means 60.
	MaxPreAuthCodes int

	// OnError is told of every message and notice whose handling failed; see
	// [message.Config].
	OnError func(context.Context, *message.Error)

	// LateReply makes what sends the late replies of an account, such as
	//
	//	func(oa *officialaccount.Client) message.LateReplier { return customerservice.New(oa) }
	//
	// Nil reports late replies to OnError.
	LateReply func(oa *officialaccount.Client) message.LateReplier

	// Deadline, WorkTimeout, MaxRunning, Unordered and CallbackStore are what [message.Config]
	// calls Deadline, WorkTimeout, MaxRunning, Unordered and Store, for the messages of
	// all accounts. CallbackStore holds short claims and may well be a cache; several processes
	// behind one address share one.
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

// check says what is wrong with c beside what message.NewHandler finds.
func (c *Config) check() error {
	switch {
	case c.AppID == "" || c.Secret == "":
		return errors.New("component: Config needs AppID and Secret, those of the third-party platform itself")
	case c.EncodingAESKey == "":
		return errors.New("component: Config.EncodingAESKey is empty: everything that a third-party platform gets is encrypted")
	case c.MaxRefreshing < 0:
		return fmt.Errorf("component: Config.MaxRefreshing of %d", c.MaxRefreshing)
	case c.MaxPreAuthCodes < 0:
		return fmt.Errorf("component: Config.MaxPreAuthCodes of %d", c.MaxPreAuthCodes)
	}
	return nil
}

// sealed returns the store in which everything is kept.
func (c *Config) sealed() (store.Store, error) {
	_, memory := c.Store.(*store.Memory)
	_, sealed := c.Store.(*store.Sealed)
	switch {
	case c.InsecureMemory && c.Store != nil:
		return nil, errors.New("component: Config has both Store and InsecureMemory")
	case c.InsecureMemory:
		return store.NewMemory(), nil
	case c.Store == nil:
		return nil, errors.New("component: Config.Store is nil: refresh tokens must survive a restart; take store/sqlstore, or InsecureMemory for a trial")
	case memory:
		return nil, errors.New("component: Config.Store is in memory: refresh tokens must survive a restart; take store/sqlstore, or InsecureMemory for a trial")
	case sealed:
		return nil, errors.New("component: Config.Store is sealed already: give the store under it, and its keys as SealKeys")
	case len(c.SealKeys) == 0:
		return nil, errors.New("component: Config.SealKeys is empty: refresh tokens are never stored in clear")
	}
	s, err := store.NewSealed(c.Store, c.SealKeys...)
	if err != nil {
		return nil, fmt.Errorf("component: Config.SealKeys: %w", err)
	}
	return s, nil
}

// observer is who is told of the client of appID, nil for nobody.
func (c *Config) observer(appID string) officialaccount.Observer {
	if c.Observer == nil {
		return nil
	}
	return c.Observer(appID)
}

// client is the one HTTP client for all accounts.
func (c *Config) client() *http.Client {
	if c.HTTPClient != nil {
		return c.HTTPClient
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 128, IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 10 * time.Second}
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

// handler is what both handlers have in common.
func (c *Config) handler() message.Config {
	return message.Config{
		Token: c.Token, AppID: c.AppID, EncodingAESKey: c.EncodingAESKey,
		PreviousTokens: c.PreviousTokens, PreviousAESKeys: c.PreviousAESKeys,
		Logger: c.Logger, OnError: c.OnError, Store: c.CallbackStore, Nonces: c.CallbackStore,
	}
}

// String gives the configuration without its secrets.
func (c Config) String() string {
	return fmt.Sprintf("component.Config{AppID:%q, InsecureMemory:%t, secrets and keys redacted}", c.AppID, c.InsecureMemory)
}

// Format keeps the secrets out of every verb of package fmt.
func (c Config) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

// LogValue keeps the secrets out of package slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText keeps the secrets out of JSON. It is not meant to be read back.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
