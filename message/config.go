package message

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
	"github.com/seed-f21aa8d8/wechat/store"
)

// Config configures the [Handler] of one account. It prints without its secrets.
type Config struct {
	// Token is the token (令牌) entered in the console. Required, except with
	// InsecureCloudHosting.
	Token string

	// AppID is the app id of the account. A third-party platform uses its own app id,
	// also for the messages of its tenants. Required with EncodingAESKey.
	AppID string

	// EncodingAESKey is the message key (消息加解密密钥) shown in the console, 43 characters.
	// If set, the handler accepts only encrypted messages (安全模式, or the encrypted half
	// of 兼容模式). If empty, it accepts only plain messages (明文模式).
	//
	// A plain message is not protected: its signature does not cover the body.
	EncodingAESKey string

	// PreviousTokens and PreviousAESKeys are accepted in addition to the current ones.
	// Set them after a change in the console, while the platform may still use the old
	// ones. A message that came with an old one is answered with it.
	PreviousTokens  []string
	PreviousAESKeys []string

	// InsecureAllowPlaintext accepts plain messages although there is a key. Use it
	// only while an account changes from plaintext mode to safe mode: anybody who sees
	// a signed request before this handler does can then send a message with any
	// content.
	InsecureAllowPlaintext bool

	// InsecureCloudHosting serves an account on WeChat's cloud hosting (微信云托管),
	// whose pushes are neither signed nor encrypted. Token and EncodingAESKey must be
	// empty then. See [CloudHosting].
	InsecureCloudHosting CloudHosting

	// Logger receives refused requests with the reason, at most one line a second for
	// each reason, and failed answers. Every line has the attribute appid if AppID is
	// set. Logger never receives a key, a token or a valid signature. If nil, it is what
	// [slog.Default] returns when the handler is made. Use slog.New(slog.DiscardHandler)
	// to log nothing.
	Logger *slog.Logger

	// OnError receives every message whose handling failed, and every reply that could
	// not be sent. It runs before the answer is written and before the sender's next
	// message begins, so it should be quick.
	OnError func(context.Context, *HandlingError)

	// Observer observes deliveries, handlers and late replies, for metrics and tracing.
	// It may be nil; [JoinObservers] joins several.
	Observer Observer

	// Accept may refuse a message that has passed all other checks, for example because
	// its ToUserName does not belong to the path of the request. If it returns an error,
	// the request is answered with 403, the error is logged, and the message is not
	// remembered, so another delivery of it may still be accepted. The delivery waits for
	// it, so it must be quick. If nil, all messages are accepted.
	Accept func(context.Context, Message) error

	// Deadline is how long a message may wait for its handler, counted from its first
	// delivery. If the handler has not returned by then, the deliveries are answered
	// with success. The handler continues in its own goroutine, and its reply goes to
	// LateReply. Zero means 4.5 seconds; the platform waits five.
	Deadline time.Duration

	// HoldForRetries uses the platform's repeats, for accounts that cannot send
	// customer-service messages. A delivery is not answered until the reply is ready.
	// The platform then delivers the message again, so a handler has up to 14 seconds
	// instead of Deadline. After that a delivery is answered with success.
	//
	// The platform counts every delivery without an answer as a failure, and warns the
	// account's administrators when there are many. If the [http.Server] has a
	// WriteTimeout, it must be long enough, such as 20 seconds.
	HoldForRetries bool

	// LateReply sends replies that were not ready when their message was answered,
	// replies for which no further delivery came, and the parts of a long text that
	// follow the first. The Service of package customerservice sends them as
	// customer-service messages; [KeptReplies] keeps them for accounts that cannot send
	// any. If nil, OnError receives these replies with [ErrNoLateReply].
	LateReply LateReplier

	// Interim returns the reply that the user reads at the deadline, such as
	// TextReply("正在思考…"), or nil for none. LateReply sends the reply of the handler
	// later, at least a second after the deadline. So the user reads the reply of Interim
	// first, even if the answer to the first delivery is lost: the platform repeats the
	// message after five seconds, and the answer to the repeat has the reply of Interim.
	// With a Deadline of less than four seconds, or if the answer to the repeat is lost
	// too, the reply of Interim may come second. Interim is called for each delivery,
	// before the handler, so it must be quick. If nil, the deliveries are answered with
	// success.
	Interim func(Message) Reply

	// WorkTimeout is how long a handler may take before its context ends and the
	// message is given up with [ErrWorkTimeout]. Zero means a minute.
	WorkTimeout time.Duration

	// MaxRunning is how many messages may run or wait for an earlier message of their
	// sender. Above it a new message is answered with 503, and the platform repeats it.
	// Zero means 10,000.
	MaxRunning int

	// MaxPerSender is how many messages of one sender may run or wait, so that one
	// sender cannot use up MaxRunning. Above it a delivery is answered with 503, and
	// OnError receives the message with [ErrSenderBusy]. Each time that a sender
	// reaches the bound, one line is logged. Zero means 100.
	MaxPerSender int

	// Unordered runs messages of one sender concurrently. Otherwise each message waits
	// until the one before it has been handled, in the order in which this process
	// received them.
	Unordered bool

	// Store is shared by the processes behind one address. A message that the platform
	// repeats to another process then runs once, every delivery gets the same answer, and
	// a used signature is refused by all processes, also after a restart. If a process
	// dies before it has answered a message, another one runs the message again at the
	// next delivery. If it dies after it has answered success, the message is lost. While
	// the store fails, each process recognizes only its own repeats and signatures, and
	// logs that. If nil, each process remembers messages and signatures in its own
	// memory.
	//
	// That memory is bounded. Outcomes are kept for a minute, but only the latest 130,000
	// and at most 128 MiB of replies. Above 4,000 replies of 2 KB a second they are kept
	// for less than the 15 seconds in which the platform repeats. Signatures are kept
	// while their timestamps are acceptable, for at most ten minutes, but only the latest
	// 1.3 million (about 40 MB). That is enough for 2,000 messages a second with any
	// timestamps, and for 4,000 a second if the clocks are right. Above that, requests
	// with older timestamps are refused.
	Store store.Store

	// Key returns the key of a message. Deliveries with the same key are one message.
	// An empty key disables deduplication for that message, but a signature still
	// starts only one run. If nil, the key consists of account, sender and MsgID. For a
	// message without MsgID it consists of account, sender, time, event and a hash of
	// the decrypted body; [KeyOf] returns such a key.
	Key func(Message) string
}

// check returns what is wrong with c, or its keys.
func (c *Config) check() (crypto.Keyring, error) {
	if err := c.checkBounds(); err != nil {
		return nil, err
	}
	if c.InsecureCloudHosting != 0 {
		return nil, c.checkCloudHosting()
	}
	if c.Token == "" {
		return nil, errors.New("message: Config.Token is empty: set the token (令牌) of the console")
	}
	for i, token := range append([]string{c.Token}, c.PreviousTokens...) {
		if token == "" {
			return nil, fmt.Errorf("message: Config.PreviousTokens[%d] is empty: remove it, or set a token", i-1)
		}
		if strings.TrimSpace(token) != token {
			return nil, fmt.Errorf("message: %s has white space around it", tokenField(i))
		}
	}
	if c.EncodingAESKey == "" {
		switch {
		case len(c.PreviousAESKeys) > 0:
			return nil, errors.New("message: Config.PreviousAESKeys without EncodingAESKey: set the current key too")
		case c.InsecureAllowPlaintext:
			return nil, errors.New("message: Config.InsecureAllowPlaintext without EncodingAESKey: remove it, since only plain messages are accepted without a key")
		}
		return nil, nil
	}
	if c.AppID == "" {
		return nil, errors.New("message: Config.EncodingAESKey without AppID: set Config.AppID (开发者ID), since an encrypted message names its account")
	}
	return c.keyring()
}

// tokenField names the field of token i, counted from Token.
func tokenField(i int) string {
	if i == 0 {
		return "Config.Token"
	}
	return fmt.Sprintf("Config.PreviousTokens[%d]", i-1)
}

func (c *Config) checkCloudHosting() error {
	switch {
	case c.InsecureCloudHosting != CloudHostingPublic && c.InsecureCloudHosting != CloudHostingPrivate:
		return fmt.Errorf("message: Config.InsecureCloudHosting of %d: use CloudHostingPublic or CloudHostingPrivate", c.InsecureCloudHosting)
	case c.Token != "" || len(c.PreviousTokens) > 0:
		return errors.New("message: Config.InsecureCloudHosting together with a token: remove the token, since pushes of cloud hosting are not signed")
	case c.EncodingAESKey != "" || len(c.PreviousAESKeys) > 0 || c.InsecureAllowPlaintext:
		return errors.New("message: Config.InsecureCloudHosting together with a key: remove the key, since pushes of cloud hosting are not encrypted")
	}
	return nil
}

// checkBounds returns what is wrong with the times and bounds.
func (c *Config) checkBounds() error {
	deadline := c.Deadline
	if deadline == 0 {
		deadline = dedup.DefaultDeadline
	}
	if c.HoldForRetries {
		deadline = dedup.HoldDeadline
	}
	switch {
	case c.Deadline < 0 || c.Deadline >= platformPatience:
		return fmt.Errorf("message: Config.Deadline of %v: use less than %v, which is how long the platform waits", c.Deadline, platformPatience)
	case c.WorkTimeout < 0 || c.WorkTimeout > 0 && c.WorkTimeout < deadline:
		return fmt.Errorf("message: Config.WorkTimeout of %v: use at least %v, which is how long a message may wait for its answer", c.WorkTimeout, deadline)
	case c.MaxRunning < 0:
		return fmt.Errorf("message: Config.MaxRunning of %d is negative", c.MaxRunning)
	case c.MaxPerSender < 0:
		return fmt.Errorf("message: Config.MaxPerSender of %d is negative", c.MaxPerSender)
	}
	return nil
}

const platformPatience = 5 * time.Second

// logger returns where c logs to, with the account.
func (c *Config) logger() *slog.Logger {
	log := c.Logger
	if log == nil {
		log = slog.Default()
	}
	if c.AppID == "" {
		return log
	}
	return log.With("appid", c.AppID)
}

func (c *Config) keyring() (crypto.Keyring, error) {
	current, err := crypto.NewCipher(c.EncodingAESKey, c.AppID)
	if err != nil {
		return nil, fmt.Errorf("message: Config.EncodingAESKey: %w", err)
	}
	keys := crypto.Keyring{current}
	for i, key := range c.PreviousAESKeys {
		previous, err := crypto.NewCipher(key, c.AppID)
		if err != nil {
			return nil, fmt.Errorf("message: Config.PreviousAESKeys[%d]: %w", i, err)
		}
		keys = append(keys, previous)
	}
	return keys, nil
}

// Format implements fmt.Formatter. It hides tokens and keys.
func (c Config) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "message.Config{AppID: %q, tokens: %d, keys: %d, InsecureAllowPlaintext: %t}",
		c.AppID, count(c.Token, c.PreviousTokens), count(c.EncodingAESKey, c.PreviousAESKeys), c.InsecureAllowPlaintext)
}

// MarshalText implements encoding.TextMarshaler. It hides tokens and keys, so the text
// cannot be read back.
func (c Config) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }

// describe returns what a value of that type, made with c, prints as.
func (c *Config) describe(typeName string) string {
	return fmt.Sprintf("message.%s{AppID: %q, tokens: %d, keys: %d}", typeName, c.AppID,
		count(c.Token, c.PreviousTokens), count(c.EncodingAESKey, c.PreviousAESKeys))
}

func count(current string, previous []string) int {
	if current == "" {
		return len(previous)
	}
	return 1 + len(previous)
}
