package token

import (
	"context"
	"errors"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
)

// Source returns the token that is valid now.
//
// An implementation is safe for concurrent use and obeys ctx. It returns a token that
// has not expired, or an error and no token. tokentest.Run checks these rules.
type Source interface {
	Token(ctx context.Context) (Token, error)
}

// Invalidator is a Source that can replace a token which the platform has rejected.
// [Reuse], [Shared] and [Remote] return Invalidators and pass each rejection on to
// the source behind them.
type Invalidator interface {
	Source

	// Invalidate drops stale if it is still the token in use; if it has been replaced
	// already, Invalidate does nothing. The next call of Token returns another token,
	// if the source can get one. If Invalidate knows that it cannot, it returns
	// [ErrStillRejected].
	Invalidate(ctx context.Context, stale Token) error
}

// SourceFunc is a function used as a Source, for example for a ticket:
//
//	token.SourceFunc(func(ctx context.Context) (token.Token, error) {
//		var answer struct {
//			Ticket    string `json:"ticket"`
//			ExpiresIn int64  `json:"expires_in"`
//		}
//		asked := time.Now() // count the life from before the request
//		if err := oa.Get(ctx, "/cgi-bin/ticket/getticket", query, &answer); err != nil {
//			return token.Token{}, err
//		}
//		return token.New(answer.Ticket, asked.Add(time.Duration(answer.ExpiresIn)*time.Second)), nil
//	})
type SourceFunc func(ctx context.Context) (Token, error)

// Token calls f.
func (f SourceFunc) Token(ctx context.Context) (Token, error) { return f(ctx) }

// Static returns a source of one value that never changes, for a token that another
// program refreshes, or for a test. After the platform has rejected it, calls fail with
// [ErrStillRejected].
func Static(value string) Source {
	return constant{Token{&content{value: secret.New(value), fixed: true}}}
}

// None returns the source for programs on WeChat's cloud hosting (云托管, 云调用),
// where the platform authenticates a call by its origin. [Token.IsNone] of its Token
// is true, and a client then adds no access_token.
func None() Source {
	return constant{Token{&content{none: true, fixed: true}}}
}

// constant is a source of one token.
type constant struct{ tok Token }

func (c constant) Token(context.Context) (Token, error) { return c.tok, c.tok.check() }

// Errors of sources, in addition to those of the platform (*errcode.Error).
var (
	// ErrStillRejected means that the platform rejected a token and that no other one
	// is available. Either the source returned the same token again, or the platform
	// also rejected the replacement and the pause before the next one has not passed.
	// This error never comes with a token.
	ErrStillRejected = errors.New("token: the platform rejected the token and no other one is available yet")

	// ErrExpired means that a source returned an expired token.
	ErrExpired = errors.New("token: the source returned an expired token")

	// ErrEmpty means that a source returned an empty token without an error.
	ErrEmpty = errors.New("token: the source returned an empty token")

	// ErrTimeout means that a source did not return within the timeout of a fetch.
	ErrTimeout = errors.New("token: the source did not answer in time")

	// ErrPanic means that a source panicked or ended its goroutine. The error shows the
	// value of the panic only if it is a runtime error, since it may contain the token.
	// The log has the stack.
	ErrPanic = errors.New("token: the source panicked or ended its goroutine")
)
