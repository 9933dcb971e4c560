package token

import (
	"context"
	"errors"
)

// Source says which token is good now.
//
// An implementation is safe for concurrent use and obeys ctx. It returns a token
// that has not expired, or an error. tokentest.Run checks all of that.
type Source interface {
	Token(ctx context.Context) (Token, error)
}

// Invalidator is a Source that can be told that the platform has rejected a
// token. [Reuse], [Shared] and [Remote] are Invalidators and pass the word on to
// what lies behind them.
type Invalidator interface {
	Source

	// Invalidate drops stale if, and only if, it is still the token in use; a
	// report about a token that has been replaced in the meantime changes nothing.
	Invalidate(ctx context.Context, stale Token) error
}

// SourceFunc makes a Source of a function, for a ticket for instance:
//
//	token.SourceFunc(func(ctx context.Context) (token.Token, error) {
//		var answer struct {
//			Ticket    string `json:"ticket"`
//			ExpiresIn int64  `json:"expires_in"`
//		}
//		if err := oa.Get(ctx, "/cgi-bin/ticket/getticket", query, &answer); err != nil {
//			return token.Token{}, err
//		}
//		return token.New(answer.Ticket, time.Now().Add(time.Duration(answer.ExpiresIn)*time.Second)), nil
//	})
type SourceFunc func(ctx context.Context) (Token, error)

// Token calls f.
func (f SourceFunc) Token(ctx context.Context) (Token, error) { return f(ctx) }

// Static is a source of one value that never changes, for a token kept fresh by
// somebody else or for a test. It is used until the platform rejects it; then
// there is no other, and [ErrStillRejected] is the answer.
func Static(value string) Source {
	return constant{Token{&secret{reveal: hide(value), fixed: true}}}
}

// None is the source for programs that run on WeChat's cloud hosting (云托管,
// 云调用), where the platform authenticates a call by where it comes from. Its
// Token has [Token.IsNone] true, and a client then adds no access_token.
func None() Source {
	return constant{Token{&secret{reveal: hide(""), none: true, fixed: true}}}
}

// constant is a source of one token.
type constant struct{ tok Token }

func (c constant) Token(context.Context) (Token, error) { return c.tok, c.tok.fault() }

// Errors that a source may return beside those of the platform.
var (
	// ErrStillRejected says that the platform rejected a token and that its source,
	// asked once more, still gives that very token. A Source may return the token
	// beside this error, for those to use who have not reported it.
	ErrStillRejected = errors.New("token: the source still gives the token that the platform rejected")

	// ErrExpired says that a source returned a token whose end has passed.
	ErrExpired = errors.New("token: the source returned an expired token")

	// ErrEmpty says that a source returned no error and no token either.
	ErrEmpty = errors.New("token: the source returned an empty token")

	// ErrTimeout says that a source did not answer within the time of a fetch.
	ErrTimeout = errors.New("token: the source did not answer in time")

	// ErrPanic says that a source panicked or ended its goroutine.
	ErrPanic = errors.New("token: the source panicked or ended its goroutine")
)
