package oauth

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// Sessions stores the sessions of visitors, for a site that has sessions of its own, such
// as those of a web framework. It must be safe for concurrent use. A [Visitor] can be stored
// as JSON.
type Sessions interface {
	// Begin begins a session for the visitor. It must be a new session with a new id,
	// even if the request has one. The grant is for sites that keep its tokens. If it
	// returns an error, the login fails with it.
	Begin(w http.ResponseWriter, r *http.Request, v Visitor, g *Grant) error

	// Visitor returns the visitor of the session, and whether there is one. The visitor
	// must have the Scope that Begin received. Without it the visitor counts as one with
	// Base, so Login.RequireUserInfo asks for consent again at every visit.
	Visitor(r *http.Request) (Visitor, bool)

	// End ends the session, if there is one.
	End(w http.ResponseWriter, r *http.Request) error
}

// sealedSessions stores the visitor in an encrypted cookie.
type sealedSessions struct {
	cookies
	boxes []cipher.AEAD // the first one seals
	owner []byte        // binds a cookie to the Login's name and account
	life  time.Duration
}

// sealedVisitor is the content of the cookie.
type sealedVisitor struct {
	Visitor
	Until int64 `json:"until"` // seconds since 1970
}

// maxCookie is the maximum size of a value in bytes: browsers store 4096 bytes with
// name and attributes.
const maxCookie = 4000

var errCookieSize = errors.New("oauth: the visitor's profile does not fit into a cookie: set LoginConfig.Sessions")

func newSealedSessions(box cookies, appID string, c LoginConfig) (*sealedSessions, error) {
	s := &sealedSessions{cookies: box, owner: []byte(box.name + " " + appID), life: c.SessionLife}
	keys, err := derive(c.Keys, "wechat oauth session")
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		sealer, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		s.boxes = append(s.boxes, sealer)
	}
	return s, nil
}

func (s *sealedSessions) Begin(w http.ResponseWriter, _ *http.Request, v Visitor, _ *Grant) error {
	plain, err := json.Marshal(sealedVisitor{v, time.Now().Add(s.life).Unix()})
	if err != nil {
		return err
	}
	value := base64.RawURLEncoding.EncodeToString(s.boxes[0].Seal(nil, nil, plain, s.owner))
	if len(value) > maxCookie {
		return errCookieSize
	}
	s.set(w, s.called("_session"), value, s.life)
	return nil
}

func (s *sealedSessions) Visitor(r *http.Request) (Visitor, bool) {
	c, err := r.Cookie(s.called("_session"))
	if err != nil {
		return Visitor{}, false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return Visitor{}, false
	}
	for _, box := range s.boxes {
		plain, err := box.Open(nil, nil, sealed, s.owner)
		if err != nil {
			continue
		}
		var v sealedVisitor
		err = json.Unmarshal(plain, &v)
		return v.Visitor, err == nil && time.Now().Unix() < v.Until
	}
	return Visitor{}, false
}

func (s *sealedSessions) End(w http.ResponseWriter, _ *http.Request) error {
	s.drop(w, s.called("_session"))
	return nil
}
