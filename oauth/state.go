package oauth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// cookies are the cookies of one Login. With TLS their names begin with __Host-, so that a
// browser accepts them from this host only, and over TLS only.
type cookies struct {
	name   string
	secure bool
}

func (c cookies) called(suffix string) string {
	if c.secure {
		return "__Host-" + c.name + suffix
	}
	return c.name + suffix
}

// set writes a cookie that scripts and other sites cannot use. The browser sends it when
// WeChat sends the visitor back. A life below 0 deletes it.
func (c cookies) set(w http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second),
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// drop deletes a cookie.
func (c cookies) drop(w http.ResponseWriter, name string) { c.set(w, name, "", -time.Second) }

// states are the pending logins. Each has a signed cookie of its own, with the page to
// return to, in the browser that began it. So a login that began in another browser
// cannot be finished in this one, and two tabs do not disturb each other.
type states struct {
	cookies
	keys [][]byte
}

// maxStates is the maximum number of pending logins of a browser. One more deletes them
// all.
const maxStates = 8

func (s *states) cookie(state string) string { return s.called("_state_" + state) }

// pending is a login that waits for its visitor.
type pending struct {
	scope Scope
	page  string // to return to
}

// keep stores a new pending login.
func (s *states) keep(w http.ResponseWriter, r *http.Request, state string, login pending) {
	var old []string
	for _, c := range r.Cookies() {
		if strings.HasPrefix(c.Name, s.cookie("")) {
			old = append(old, c.Name)
		}
	}
	if len(old) >= maxStates {
		for _, name := range old {
			s.drop(w, name)
		}
	}
	text := strconv.FormatInt(time.Now().Add(loginTakes).Unix(), 10) + " " + string(login.scope) + " " + localPage(login.page)
	value := base64.RawURLEncoding.EncodeToString(append(s.sign(s.keys[0], state, text), text...))
	s.set(w, s.cookie(state), value, loginTakes)
}

// redeem returns the pending login of a state and deletes it. ok is false if this
// browser has no such login.
func (s *states) redeem(w http.ResponseWriter, r *http.Request, state string) (login pending, ok bool) {
	if len(state) > maxState || strings.Trim(state, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" || state == "" {
		return pending{}, false
	}
	c, err := r.Cookie(s.cookie(state))
	if err != nil {
		return pending{}, false
	}
	s.drop(w, c.Name)
	value, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(value) < sha256.Size {
		return pending{}, false
	}
	text := string(value[sha256.Size:])
	until, rest, _ := strings.Cut(text, " ")
	scope, page, _ := strings.Cut(rest, " ")
	seconds, err := strconv.ParseInt(until, 10, 64)
	if !s.signed(value[:sha256.Size], state, text) || err != nil || time.Now().Unix() >= seconds {
		return pending{}, false
	}
	return pending{Scope(scope), localPage(page)}, true
}

// sign returns the signature of a state and the text of its cookie. A state has no
// blank, so the first blank ends it.
func (s *states) sign(key []byte, state, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(s.name + " " + state + " " + text))
	return mac.Sum(nil)
}

// signed compares sum with the signatures of all keys, in constant time.
func (s *states) signed(sum []byte, state, text string) bool {
	good := false
	for _, key := range s.keys {
		good = hmac.Equal(sum, s.sign(key, state, text)) || good
	}
	return good
}

// maxPage is the maximum length of an address to return to: browsers limit cookies to 4
// KiB.
const maxPage = 2000

// localPage returns page if every browser treats it as a page of this site, and the
// site's home page otherwise.
func localPage(page string) string {
	const first = "/"
	if len(page) > maxPage || !strings.HasPrefix(page, "/") || strings.HasPrefix(page, "//") {
		return first
	}
	if strings.ContainsFunc(page, func(c rune) bool { return c <= ' ' || c == '\\' || c >= 0x7f }) {
		return first
	}
	if u, err := url.Parse(page); err != nil || u.Host != "" || u.Scheme != "" {
		return first
	}
	return page
}
