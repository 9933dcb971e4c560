package message

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

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
	// not be sent. It runs before the answer is written, so it should be quick.
	OnError func(context.Context, *Error)
}

// Error is what went wrong with one message.
type Error struct {
	Message Message
	Reply   Reply // that was lost, nil when there was none
	Err     error // from the handler, a [*PanicError], or one that wraps [ErrReply]
}

// Error says what went wrong, and with which kind of message.
func (e *Error) Error() string { return nameOf(e.Message) + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// PanicError is a panic in a handler or middleware.
type PanicError struct {
	Value any    // that panic was called with
	Stack []byte // of the goroutine that panicked
}

// Error says what panic was called with.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

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
