package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/gate"
	"github.com/seed-f21aa8d8/wechat/message/internal/guard"
	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// Verifier checks requests to a callback URL as a [Handler] does, for a program with
// its own server or queue. [Parse] reads the message of an accepted request, [Encode]
// encodes the answer, and [Verifier.Seal] encrypts it, in this process or in another
// one with the same configuration. A Verifier does not recognize the platform's
// repeats; a program does with [KeyOf].
//
// A Verifier is safe for concurrent use and prints without its secrets.
type Verifier struct {
	gate  *gate.Gate
	store *guard.Store
	shown string
}

// NewVerifier returns a verifier. It uses only the fields of c that concern checks:
// tokens, keys, AppID, the Insecure… settings, Store and Logger.
func NewVerifier(c Config) (*Verifier, error) {
	g, err := newGate(&c)
	if err != nil {
		return nil, err
	}
	return &Verifier{gate: g, store: guard.New(c.Store, c.logger()), shown: c.describe("Verifier")}, nil
}

func newGate(c *Config) (*gate.Gate, error) {
	keys, err := c.check()
	if err != nil {
		return nil, err
	}
	var tokens []string
	if c.Token != "" {
		tokens = append([]string{c.Token}, c.PreviousTokens...)
	}
	return gate.New(gate.Config{
		Tokens: tokens, Keys: keys, AllowPlaintext: c.InsecureAllowPlaintext,
		Hosting: gate.Hosting(c.InsecureCloudHosting), Read: read,
	}), nil
}

// Verified is a request that passed all checks.
type Verified struct {
	Body     []byte   // the message, decrypted, for Parse; nil if PathCheck
	Envelope Envelope // how the answer is sealed

	// PathCheck: cloud hosting asks whether the path is right (CheckContainerPath),
	// and expects success. There is no message.
	PathCheck bool
}

// Envelope is what [Verifier.Seal] needs to know about a request. It holds no secret
// and can be stored or sent to another process.
type Envelope struct {
	Format    Format // of the request and of its answer
	Encrypted bool
	Nonce     string
	Token     int // which token signed the request: 0 is Config.Token, 1 is PreviousTokens[0]
	Key       int // which key opened it: 0 is Config.EncodingAESKey, 1 is PreviousAESKeys[0]
}

// Verify checks a request with a message and reads its body, at most 1 MiB. It compares
// the timestamp with the current time. It sets no read deadline: the server must have
// one. An error is a [*RefusedError].
func (v *Verifier) Verify(r *http.Request) (*Verified, error) {
	now := time.Now()
	letter, refused := v.gate.Verify(r, now)
	if refused != nil {
		return nil, refusedError(refused)
	}
	defer v.gate.Release(letter)
	if v.store != nil {
		foreign, _, _ := gate.Bind(v.store, v.gate.Share(letter, now), now) // a failure is in the log
		if foreign {
			return nil, refusedError(gate.Replayed())
		}
	}
	e := letter.Envelope
	return &Verified{
		Body:      bytes.Clone(letter.Body),
		Envelope:  Envelope{Format: Format(e.Format), Encrypted: e.Sealed, Nonce: e.Nonce, Token: e.Token, Key: e.Key},
		PathCheck: letter.PathCheck,
	}, nil
}

// VerifyURL checks the GET request with which the platform verifies the URL (验证服务器地址),
// and returns the text to answer with. The text may be anything, so send it with the
// content type text/plain. An error is a [*RefusedError].
func (v *Verifier) VerifyURL(r *http.Request) (echo string, err error) {
	echo, refused := v.gate.VerifyURL(r.URL.RawQuery, time.Now())
	if refused != nil {
		return "", refusedError(refused)
	}
	return echo, nil
}

// Seal returns an answer as the platform expects it. If the request was encrypted, the
// answer is encrypted and signed, in the format of the request; otherwise Seal returns
// it unchanged. An empty answer and success are never encrypted. Seal returns an error
// if the envelope names a token or key that the configuration does not have.
func (v *Verifier) Seal(e Envelope, answer []byte) ([]byte, error) {
	if !e.Encrypted || len(answer) == 0 || string(answer) == "success" {
		return answer, nil
	}
	if e.Format != XML && e.Format != JSON {
		return nil, fmt.Errorf("message: unknown format %v", e.Format)
	}
	to := gate.Envelope{Format: tree.Format(e.Format), Sealed: true, Nonce: e.Nonce, Token: e.Token, Key: e.Key}
	if !v.gate.Knows(to) {
		return nil, errors.New("message: the configuration has no such token or key: it differs from that of the process which verified the request")
	}
	return v.gate.AppendSealed(nil, to, answer, time.Now()), nil
}

// Format implements fmt.Formatter. It hides the secrets.
func (v *Verifier) Format(f fmt.State, _ rune) { io.WriteString(f, v.shown) }

// MarshalText implements encoding.TextMarshaler. It hides the secrets.
func (v *Verifier) MarshalText() ([]byte, error) { return fmt.Append(nil, v), nil }
