package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/store"
)

// logins are the pending logins and the sessions. Several processes may share them through
// one store.
//
// A login has a secret, which only the browser that began it knows, and a scene, which
// everyone can read in the QR code. The scene is a digest of the secret.
type logins struct{ store store.Store }

// Lifetimes.
const (
	loginLife   = 5 * time.Minute
	sessionLife = 2 * time.Hour
)

// login is the state of a login.
type login struct {
	Step   step   `json:"step"`
	Ticket string `json:"ticket"` // of the QR code
	OpenID string `json:"openid,omitempty"`
}

type step string

const (
	waiting   step = "waiting"   // for a scan
	scanned   step = "scanned"   // and to be confirmed in WeChat
	confirmed step = "confirmed" // the browser may log in
	expired   step = "expired"   // or never begun
)

func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:16])
}

// begin begins a login. makeCode makes the QR code for its scene.
func (l logins) begin(ctx context.Context, makeCode func(scene string) (ticket string, err error)) (secret string, err error) {
	secret = rand.Text()
	ticket, err := makeCode(digest(secret))
	if err != nil {
		return "", err
	}
	value, err := json.Marshal(login{Step: waiting, Ticket: ticket})
	if err != nil {
		return "", err
	}
	return secret, l.store.Set(ctx, loginKey(digest(secret)), value, loginLife)
}

func loginKey(scene string) string { return "login:" + scene }

// find returns a login by its scene, and its value in the store.
func (l logins) find(ctx context.Context, scene string) (login, []byte, error) {
	value, found, err := l.store.Get(ctx, loginKey(scene))
	if err != nil || !found {
		return login{Step: expired}, nil, err
	}
	var one login
	return one, value, json.Unmarshal(value, &one)
}

// advance moves a login from one step to the next. ok is false if it is not at from. Of two
// users who scan the same code, the compare-and-swap lets one win.
func (l logins) advance(ctx context.Context, scene string, from, to step, openID string) (ok bool, err error) {
	one, old, err := l.find(ctx, scene)
	if err != nil || one.Step != from || one.OpenID != "" && one.OpenID != openID {
		return false, err
	}
	one.Step, one.OpenID = to, openID
	value, err := json.Marshal(one)
	if err != nil {
		return false, err
	}
	return l.store.CompareAndSwap(ctx, loginKey(scene), old, value, loginLife)
}

// scan records that a user has scanned the code with the scene.
func (l logins) scan(ctx context.Context, scene, openID string) (ok bool, err error) {
	if ok, err = l.advance(ctx, scene, waiting, scanned, openID); err != nil || !ok {
		return false, err
	}
	return true, l.store.Set(ctx, "asked:"+openID, []byte(scene), loginLife)
}

// confirm records that a user confirms the login that they were asked about last.
func (l logins) confirm(ctx context.Context, openID string) (ok bool, err error) {
	scene, found, err := l.store.Get(ctx, "asked:"+openID)
	if err != nil || !found {
		return false, err
	}
	if err := l.store.Delete(ctx, "asked:"+openID); err != nil {
		return false, err
	}
	return l.advance(ctx, string(scene), scanned, confirmed, openID)
}

// finish turns the confirmed login of a browser into a session, once.
func (l logins) finish(ctx context.Context, secret string) (session string, ok bool, err error) {
	one, value, err := l.find(ctx, digest(secret))
	if err != nil || one.Step != confirmed {
		return "", false, err
	}
	if ok, err = l.store.CompareAndDelete(ctx, loginKey(digest(secret)), value); err != nil || !ok {
		return "", false, err
	}
	session, err = l.openSession(ctx, oauth.Visitor{OpenID: one.OpenID})
	return session, err == nil, err
}

// openSession begins the session of a visitor.
func (l logins) openSession(ctx context.Context, v oauth.Visitor) (session string, err error) {
	value, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	session = rand.Text()
	return session, l.store.Set(ctx, "session:"+digest(session), value, sessionLife)
}

// visitor returns the visitor of a session.
func (l logins) visitor(ctx context.Context, session string) (v oauth.Visitor, ok bool, err error) {
	value, ok, err := l.store.Get(ctx, "session:"+digest(session))
	if err != nil || !ok {
		return oauth.Visitor{}, false, err
	}
	return v, true, json.Unmarshal(value, &v)
}

func (l logins) end(ctx context.Context, session string) error {
	return l.store.Delete(ctx, "session:"+digest(session))
}
