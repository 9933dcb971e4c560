package gate

import (
	"log/slog"
	"net/http"
)

// Reason is why a request is refused, in a word that metrics can use.
type Reason string

// The reasons.
const (
	Parameter Reason = "parameter" // a parameter is missing
	Timestamp Reason = "timestamp" // not a number, or too far from this machine's clock
	Signature Reason = "signature" // does not match
	Nonce     Reason = "nonce"     // came with another message before
	Plaintext Reason = "plaintext" // not encrypted, although there is a key
	NoKey     Reason = "no_key"    // encrypted, and there is no key
	Decrypt   Reason = "decrypt"   // cannot be decrypted
	AppID     Reason = "app_id"    // encrypted for another app id
	Forged    Reason = "forged"    // more than one Encrypt element
	Source    Reason = "source"    // without x-wx-source
	Empty     Reason = "empty"     // no body
	Malformed Reason = "malformed" // the body is not a message, or was cut off
	TooLarge  Reason = "too_large" // the body is over 1 MiB
	TooSlow   Reason = "too_slow"  // the body did not arrive in time
	Memory    Reason = "memory"    // unverified bodies hold too much memory
	Unwanted  Reason = "unwanted"  // Config.Accept returned an error
)

// Refusal says why a request is refused: the status is for the peer, the rest for the
// log.
type Refusal struct {
	Status int
	Reason Reason
	Text   string
	Hint   string // what to check
	Attrs  []slog.Attr
}

func forbidden(reason Reason, text, hint string, attrs ...slog.Attr) *Refusal {
	return &Refusal{Status: http.StatusForbidden, Reason: reason, Text: text, Hint: hint, Attrs: attrs}
}

func missing(parameter string) *Refusal {
	return forbidden(Parameter, "parameter "+parameter+" is missing", "the request does not come from the platform, or a proxy drops the query")
}

func malformed(err error) *Refusal {
	return &Refusal{
		Status: http.StatusBadRequest, Reason: Malformed, Text: "body is not a message",
		Hint:  "the request does not come from the platform, or a proxy changes the body",
		Attrs: []slog.Attr{slog.String("error", err.Error())},
	}
}

func empty() *Refusal {
	return &Refusal{
		Status: http.StatusBadRequest, Reason: Empty, Text: "body is empty",
		Hint: "a middleware has probably read it: it must put the bytes back into Request.Body",
	}
}

func tooLarge() *Refusal {
	return &Refusal{
		Status: http.StatusRequestEntityTooLarge, Reason: TooLarge, Text: "body is too large",
		Hint: "the request does not come from the platform", Attrs: []slog.Attr{slog.Int("allowed", maxBody)},
	}
}

// Unaccepted is the refusal of a genuine message that the program does not want.
func Unaccepted(err error) *Refusal {
	return forbidden(Unwanted, "message is not accepted", "Config.Accept refused it", slog.String("error", err.Error()))
}

// Replayed is the refusal of a signature that came with another message.
func Replayed() *Refusal {
	return forbidden(Nonce, "nonce came with another message before",
		"somebody sent a captured signature with another message, or a test tool sends a fixed nonce; use safe mode (安全模式) and https")
}
