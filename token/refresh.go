package token

import "time"

// Reason tells why a token was fetched.
type Reason string

// The reasons of a [Refresh].
const (
	Cold     Reason = "cold"     // there was no token yet
	Early    Reason = "early"    // the token in use will expire soon
	Expired  Reason = "expired"  // the token in use has expired
	Rejected Reason = "rejected" // the platform rejected the token in use
	Uncached Reason = "uncached" // the source's tokens have no expiry, so it is asked for every call
)

// Refresh describes one finished fetch. It never holds a token's value.
type Refresh struct {
	Reason   Reason
	Duration time.Duration
	Err      error     // nil if a usable token was returned
	Expiry   time.Time // of the new token; zero if unknown or after an error
	Same     bool      // the source returned the token that was already known
}
