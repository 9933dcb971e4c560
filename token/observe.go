package token

import (
	"context"
	"time"
)

// Reason says why a token was fetched.
type Reason string

// The reasons of a [Refresh].
const (
	Cold     Reason = "cold"     // there was no token yet
	Early    Reason = "early"    // the token in use is near its end
	Expired  Reason = "expired"  // the token in use has ended
	Rejected Reason = "rejected" // the platform rejected the token in use
	Unkept   Reason = "unkept"   // the source gives tokens without an expiry, asked for every call
)

// Refresh tells an observer of one finished fetch. It never holds a token's value.
type Refresh struct {
	Reason   Reason
	Duration time.Duration
	Err      error     // nil when a usable token came
	Expiry   time.Time // of the token that came; zero when unknown or on an error
	Same     bool      // the source gave the token that was known already
}

// Observer is told of every fetch after it has ended, in the goroutine of the
// fetch; it should return quickly. ctx carries the values of the call that
// started the fetch, and no deadline of it.
type Observer func(ctx context.Context, r Refresh)
