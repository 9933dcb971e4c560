package server

import "net/http"

// Endpoint is one row of the table of the API.
type Endpoint struct {
	Method     string // GET or POST
	AlsoBy     string // a second method that the platform accepts; may be empty
	Path       string // /cgi-bin/…
	Credential Credential
	Body       BodyKind // of a POST
	Page       bool     // a page for a browser; faults without a path do not affect it
	Daily      int      // calls a day of a new account; zero means no limit
	Exhausted  int      // errcode of a call above Daily; 45009 when zero
	Minutely   int      // calls a minute; zero means no limit
	Handle     Handler
}

// Handler answers a call, under the server's lock: it can read and change state and
// must not block. It returns an [Object], an [OK] or an *Attachment; nil is an empty OK.
// Errors of [Fail] become the platform's errors. Events that a call causes are sent
// with [Call.Event].
type Handler func(*Call) (any, error)

// JSON returns a handler for a body that is decoded into a T.
func JSON[T any](handle func(*Call, T) (any, error)) Handler {
	return func(c *Call) (any, error) {
		var in T
		if err := c.Bind(&in); err != nil {
			return nil, err
		}
		return handle(c, in)
	}
}

// Credential is the kind of credential that an endpoint needs.
type Credential int

// The credentials.
const (
	AccessToken Credential = iota // query parameter access_token
	AppSecret                     // the handler checks appid and secret itself
	NoCredential
)

// BodyKind is the kind of a request's body.
type BodyKind int

// The kinds of bodies.
const (
	JSONBody    BodyKind = iota // 44002 when empty, 47001 when it is not JSON, 47002 when it holds \u escapes
	EscapedBody                 // JSONBody that may contain \u escapes
	AnyBody                     // not checked: an upload, a form, or no body at all
)

// precheck checks a call in the platform's order: method, credential, quota, body.
func (e Endpoint) precheck(c *Call) error {
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
