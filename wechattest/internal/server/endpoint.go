package server

import (
	"net/http"
)

// Endpoint is one row of the table of the API.
type Endpoint struct {
	Method     string // GET or POST
	AlsoBy     string // a second verb that the platform takes; empty for none
	Path       string // /cgi-bin/…
	Credential Credential
	Body       BodyKind
	Page       bool // a page for a browser, which faults on all paths pass over
	Daily      int  // calls a day of a new account; zero is no limit
	Exhausted  int  // errcode of a call above Daily; 45009 when zero
	Minutely   int  // calls a minute; zero is no limit
	Handle     Handler
}

// Handler answers a call, under the server's lock: it reads and changes state freely
// and must not block. What it returns is the JSON answer, or an *Attachment; nil is
// errcode 0. What [Fail] makes is the platform's error. Events that a call causes are
// sent with [Call.Event].
type Handler func(*Call) (any, error)

// JSON is a handler whose body is read into a T before.
func JSON[T any](handle func(*Call, T) (any, error)) Handler {
	return func(c *Call) (any, error) {
		var in T
		if err := c.Bind(&in); err != nil {
			return nil, err
		}
		return handle(c, in)
	}
}

// Credential is what an endpoint asks of its caller before anything else.
type Credential int

// The credentials.
const (
	AccessToken Credential = iota // query parameter access_token
	AppSecret                     // the handler checks appid and secret itself
	NoCredential
)

// BodyKind is what the platform makes of a request's body.
type BodyKind int

// The kinds of bodies.
const (
	NoBody      BodyKind = iota // not read
	JSONBody                    // 44002 when empty, 47001 when it is not JSON, 47002 when it holds \u escapes
	EscapedBody                 // JSONBody that may hold \u escapes
	AnyBody                     // the handler reads Call.Body, for uploads
)

// admit makes the checks of an endpoint in the platform's order: verb,
// credential, quota, body.
func (e Endpoint) admit(c *Call) error {
	if c.Request.Method != e.Method && c.Request.Method != e.AlsoBy {
		if e.Method == http.MethodGet {
			return Fail(43001)
		}
		return Fail(43002)
	}
	if e.Credential == AccessToken {
		if !c.Account.Allows(c.From) {
			return NotAllowed(c.From)
		}
		if err := c.Tokens.check(c); err != nil {
			return err
		}
	}
	if err := c.Quotas.use(e, c.Now()); err != nil {
		return err
	}
	switch {
	case c.Request.Method == http.MethodGet:
		return nil
	case e.Body == JSONBody:
		return CheckJSON(c.Body)
	case e.Body == EscapedBody:
		if err := CheckJSON(c.Body); err != nil && AsError(err).Code != 47002 {
			return err
		}
	}
	return nil
}
