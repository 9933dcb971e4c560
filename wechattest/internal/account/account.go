// Package account holds the settings of the local platform's account.
package account

import (
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/seed-f21aa8d8/wechat/crypto"
)

// Mode is the form of callbacks (消息加解密方式).
type Mode int

// The modes. An Account never has Auto.
const (
	Auto Mode = iota
	Plain
	Compat
	Safe
	Component
	CloudHosting
)

// String returns the mode's name.
func (m Mode) String() string {
	names := [...]string{"Auto", "Plain", "Compat", "Safe", "Component", "CloudHosting"}
	if m < 0 || int(m) >= len(names) {
		return fmt.Sprintf("Mode(%d)", int(m))
	}
	return names[m]
}

// Encrypted reports whether a request in this mode contains Encrypt.
func (m Mode) Encrypted() bool { return m == Compat || m == Safe || m == Component }

// Account is a checked configuration. It is immutable.
type Account struct {
	AppID          string
	Secret         string
	SecretFrozen   bool
	OriginalID     string
	ComponentAppID string
	URL            string // base of the API

	Token          string
	EncodingAESKey string
	Cipher         *crypto.Cipher // nil without a key
	Mode           Mode
	JSON           bool // push format
	CallbackPath   string
	NoticePath     string
	Timeout        time.Duration
	Deliveries     int
	Gap            time.Duration
	FreshRepeats   bool

	TokenLife    time.Duration
	StrictTokens bool
	Allowed      []netip.Prefix // empty allows every caller

	Logger *slog.Logger
}

// Receiver returns the app id at the end of every encrypted frame.
func (a *Account) Receiver() string {
	if a.Mode == Component {
		return a.ComponentAppID
	}
	return a.AppID
}

// Allows reports whether the IP list allows a call from addr.
func (a *Account) Allows(addr netip.Addr) bool {
	if len(a.Allowed) == 0 {
		return true
	}
	for _, prefix := range a.Allowed {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// As returns the account with another app id and original id, for messages that are
// relayed to a third-party platform.
func (a *Account) As(appID, originalID string) *Account {
	other := *a
	other.AppID, other.OriginalID = appID, originalID
	return &other
}
