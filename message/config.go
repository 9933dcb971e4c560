package message

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/store"
)

// Config says which account a [Handler] serves. It prints without its secrets.
type Config struct {
	// Token is the token (令牌) entered in the console. Required.
	Token string

	// AppID is the app id of the account; for a third-party platform its own, for
	// the messages of its tenants too. Required with EncodingAESKey.
	AppID string

	// EncodingAESKey is the message key (消息加解密密钥) shown in the console, 43
	// characters. With it the handler takes encrypted messages only (安全模式, or
	// the encrypted half of 兼容模式); empty, it takes plain ones only (明文模式).
	//
	// A plain message is not protected: its signature does not cover the body.
	EncodingAESKey string

	// PreviousTokens and PreviousAESKeys are accepted beside the current ones while
	// the platform may still use them, after a change in the console. What came
	// with an old one is answered with it.
	PreviousTokens  []string
	PreviousAESKeys []string

	// InsecureAllowPlaintext takes plain messages although there is a key, while
	// an account goes from plaintext mode to safe mode. Meanwhile anybody who once
	// saw a signed request can send messages of any content for five minutes.
	InsecureAllowPlaintext bool

	// Nonces remembers which message came with which nonce, so that a signature
	// that was overheard cannot carry another one. Several processes behind one
	// address share it through a store of their own. Nil keeps it in memory, the
	// latest 260 000 and more; a store that fails is logged and done without.
	Nonces store.Store

	// Logger gets what was refused and why, at most a line a second for each
	// reason, and what went wrong with an answer. It never gets a key, a token or
	// a right signature. Nil is silent.
	Logger *slog.Logger

	// OnError is told of every message whose handling failed, or whose reply could
	// not be sent: nothing is lost without it. It runs before the answer is written,
	// so it should be quick.
	OnError func(context.Context, *Error)

	// Deadline is how long after the first sight of a message its deliveries are
	// answered with success, if the handler has not returned by then. The handler
	// goes on, and its reply goes to LateReply. Zero means 4.5 seconds; the platform
	// waits for five.
	//
	// The handler runs in the goroutine that serves its first delivery, so that
	// ServeHTTP returns when both are done, while at the deadline the answer is
	// written and the connection closed. It has a goroutine of its own where that
	// cannot be: with HTTP/2, with a [http.ResponseWriter] that can be neither
	// hijacked nor flushed, with HoldForRetries or Store, and after an earlier
	// message of its sender.
	Deadline time.Duration

	// HoldForRetries makes use of the platform's repeats, for accounts that cannot
	// send customer-service messages: a delivery is left without an answer until
	// the reply is ready, and the platform brings the message again, so that a
	// handler has up to 14 seconds instead of Deadline. Only after these is a
	// delivery answered with success.
	//
	// The platform counts every delivery without an answer as a failure, and warns
	// the account's administrators when there are many. The WriteTimeout of the
	// [http.Server], if it has one, must leave the time: 20 seconds will do.
	HoldForRetries bool

	// LateReply sends replies that were ready only after their message had been
	// answered with success, or that no delivery has come to take. The Service of
	// package customerservice does it. Nil reports them to OnError as [ErrNoLateReply].
	LateReply LateReplier

	// WorkTimeout is how long a handler may take before its context ends and the
	// message is given up with [ErrWorkTimeout]. Zero means a minute.
	WorkTimeout time.Duration

	// MaxRunning is how many messages may be at work at a time, those that wait for
	// their sender's turn included; beyond it a new one is turned away with 503,
	// and the platform repeats it. Zero means 10 000.
	MaxRunning int

	// Unordered lets messages of one sender run side by side. Otherwise each waits
	// for the one before, in the order in which this process got them.
	Unordered bool

	// Store is shared by the processes behind one address, so that a message which
	// the platform repeats to another one still runs once, and every delivery gets
	// the same answer. A process that dies before it answered leaves its messages
	// to the others, which run them again; what it was still working on after it had
	// answered success is lost with it. When the store fails, each process knows its
	// own repeats only, and a line in the log says so. Nil is for a single process,
	// and remembers in memory.
	//
	// An outcome is kept for a minute: in memory, where it counts, for the latest
	// 130 000 messages and 32 MiB of replies; older ones go first.
	Store store.Store

	// Key names a message: deliveries of one key are one message, an empty key is
	// none's. Nil means account, sender and MsgID, and for a message without id
	// account, sender, time, event and a hash of the body after decryption.
	Key func(Message) string
}

// Error is what went wrong with one message.
type Error struct {
	Message Message
	Reply   Reply // that was lost, nil when there was none
	Err     error // from the handler or LateReply, a [*PanicError], one that wraps [ErrReply], or an Err… of this package
}

// Error says what went wrong, and with which kind of message.
func (e *Error) Error() string { return nameOf(e.Message) + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// PanicError is a panic in a handler, in middleware or in LateReply, or a call of
// [runtime.Goexit] there.
type PanicError struct {
	Value any    // that panic was called with; nil for Goexit
	Stack []byte // of the goroutine that panicked
}

// Error says what panic was called with.
func (e *PanicError) Error() string {
	if e.Value == nil {
		return "runtime.Goexit"
	}
	return fmt.Sprintf("panic: %v", e.Value)
}

// Unwrap returns Value when it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// check says what is wrong with c, and returns its keys.
func (c *Config) check() (crypto.Keyring, error) {
	if c.Token == "" {
		return nil, errors.New("message: Config.Token is empty: anybody could sign for it")
	}
	for i, token := range append([]string{c.Token}, c.PreviousTokens...) {
		if token == "" {
			return nil, fmt.Errorf("message: Config.PreviousTokens[%d] is empty: anybody could sign for it", i-1)
		}
		if strings.TrimSpace(token) != token {
			return nil, errors.New("message: a token has white space around it")
		}
	}
	if err := c.checkOnce(); err != nil {
		return nil, err
	}
	if c.EncodingAESKey == "" {
		switch {
		case len(c.PreviousAESKeys) > 0:
			return nil, errors.New("message: Config.PreviousAESKeys without EncodingAESKey")
		case c.InsecureAllowPlaintext:
			return nil, errors.New("message: Config.InsecureAllowPlaintext without EncodingAESKey: plaintext is all that is taken then")
		}
		return nil, nil
	}
	if c.AppID == "" {
		return nil, errors.New("message: Config.EncodingAESKey without AppID: an encrypted message names its account")
	}
	return c.keyring()
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

// Format prints the configuration without tokens and keys, for every verb.
func (c Config) Format(f fmt.State, _ rune) { io.WriteString(f, c.redacted()) }

// LogValue is what slog records: the configuration without tokens and keys.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.redacted()) }

// MarshalText is what JSON and the like record: the configuration without tokens
// and keys. It is not meant to be read back.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.redacted()), nil }

func (c Config) redacted() string {
	return fmt.Sprintf("message.Config{AppID: %q, tokens: %d, keys: %d, InsecureAllowPlaintext: %t}",
		c.AppID, count(c.Token, c.PreviousTokens), count(c.EncodingAESKey, c.PreviousAESKeys), c.InsecureAllowPlaintext)
}

func count(current string, previous []string) int {
	if current == "" {
		return len(previous)
	}
	return 1 + len(previous)
}
