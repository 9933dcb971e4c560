package component

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/token"
)

// visit is the content of the signed cookie of a visitor of the authorization page.
type visit struct {
	state       string // random; returns in the query of the redirect
	preAuthCode string // the visitor's code, also in the link
	expiry      time.Time
}

// visitLife bounds a visit whose code has no expiry.
const visitLife = 10 * time.Minute

// minVisit is the minimum remaining time of a link that is offered again.
const minVisit = 2 * time.Minute

// visitGrace is how long after the expiry of the code a visitor may still return: the
// platform's page may have been opened just before.
const visitGrace = time.Hour

func newVisit(code token.Token) visit {
	expiry := code.Expiry()
	if time.Until(expiry) <= 0 {
		expiry = time.Now().Add(visitLife)
	}
	return visit{state: rand.Text(), preAuthCode: code.Value(), expiry: expiry}
}

// is compares the state of a query in constant time.
func (v visit) is(state string) bool {
	return subtle.ConstantTimeCompare([]byte(v.state), []byte(state)) == 1
}

// visitCookie returns the name of the cookie. Over https its prefix makes browsers
// refuse a cookie that another host of the domain sets.
func visitCookie(https bool) string {
	if https {
		return "__Host-wechat_component"
	}
	return "wechat_component"
}

// signVisit returns the value of the cookie: state, expiry, code and signature.
func (p *Platform) signVisit(name string, v visit) string {
	body := v.state + "." + strconv.FormatInt(v.expiry.Unix(), 10) + "." + base64.RawURLEncoding.EncodeToString([]byte(v.preAuthCode))
	return body + "." + base64.RawURLEncoding.EncodeToString(p.visitMAC(name, body))
}

// fresh reports whether the visitor's link can be offered again.
func (v visit) fresh() bool { return time.Until(v.expiry) > minVisit }

// readVisit verifies the cookie and reads it.
func (p *Platform) readVisit(r *http.Request, name string) (visit, bool) {
	cookie, err := r.Cookie(name)
	if err != nil {
		return visit{}, false
	}
	i := strings.LastIndexByte(cookie.Value, '.')
	if i < 0 {
		return visit{}, false
	}
	body := cookie.Value[:i]
	mac, err := base64.RawURLEncoding.Strict().DecodeString(cookie.Value[i+1:])
	if err != nil || !hmac.Equal(mac, p.visitMAC(name, body)) {
		return visit{}, false
	}
	part := strings.Split(body, ".")
	if len(part) != 3 {
		return visit{}, false
	}
	expiry, ok := parseUnix(part[1])
	code, err := base64.RawURLEncoding.DecodeString(part[2])
	if !ok || err != nil || time.Since(expiry) > visitGrace {
		return visit{}, false
	}
	return visit{state: part[0], preAuthCode: string(code), expiry: expiry}, true
}

// visitMAC signs a cookie with a key derived from the secret, so that all processes of
// the platform have the same key.
func (p *Platform) visitMAC(name, body string) []byte {
	key := hmac.New(sha256.New, []byte(p.secret()))
	key.Write([]byte("wechat component cookie 1"))
	mac := hmac.New(sha256.New, key.Sum(nil))
	mac.Write([]byte(name + "=" + body))
	return mac.Sum(nil)
}

// parseUnix reads Unix seconds.
func parseUnix(s string) (time.Time, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(n, 0), err == nil
}
