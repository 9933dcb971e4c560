package gateway

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// caller is who calls, and for which account.
type caller struct {
	business *business
	account  *account
	key      KeyHash // set where the key itself was shown
	shown    bool    // the key itself was shown
}

// identify finds the caller by what the request shows: a key in the header, a key
// in place of the secret, a pass in place of the token. Where there are several,
// they must agree.
func (p *Proxy) identify(r *http.Request, roster *roster, pathApp string, c credential, q *params) (caller, *refusal) {
	var who caller
	if key, given := bearer(r); given {
		if !who.show(roster, key) {
			return who, unauthorized()
		}
	}
	if q.secret != "" && !who.show(roster, q.secret) {
		return who, unauthorized()
	}
	appIDs := [...]string{pathApp, q.appID, ""}
	if q.token != "" && c != userToken {
		var refused *refusal
		if appIDs[2], refused = p.readPass(roster, &who, q.token); refused != nil {
			return who, refused
		}
	}
	if who.business == nil {
		return who, unauthorized()
	}
	return who, who.choose(roster, appIDs[:])
}

// show takes a key in, and reports whether it is one, of no other business than
// the keys before.
func (who *caller) show(roster *roster, key string) bool {
	b, hash := roster.business(key)
	if b == nil || who.business != nil && who.business != b {
		return false
	}
	who.business, who.key, who.shown = b, hash, true
	return true
}

// readPass takes a pass in and returns its account. Any other token, such as one of
// the platform, is refused.
func (p *Proxy) readPass(roster *roster, who *caller, pass string) (appID string, _ *refusal) {
	appID, finger, err := p.passes.read(pass, time.Now())
	if err != nil {
		if who.shown && !strings.HasPrefix(pass, passPrefix) {
			return "", refuse(http.StatusBadRequest, TokenParameter, errcode.InvalidArgs, "the parameter access_token is added here; a caller sends none")
		}
		return "", passRejected(err)
	}
	b := roster.fingered(finger)
	switch {
	case b == nil:
		return "", passRejected(errPassForged)
	case who.business != nil && who.business != b:
		return "", refuse(http.StatusBadRequest, TokenParameter, errcode.InvalidArgs, "the pass is another business's")
	}
	who.business = b
	return appID, nil
}

// choose settles the account: the one that the request names, else the only one.
func (who *caller) choose(roster *roster, named []string) *refusal {
	appID := ""
	for _, id := range named {
		if id == "" {
			continue
		}
		if appID != "" && appID != id {
			return badRequest("the request names two accounts")
		}
		appID = id
	}
	if appID == "" {
		if len(who.business.Accounts) != 1 {
			return badRequest("this key has several accounts: begin the path with the app id of one")
		}
		appID = who.business.Accounts[0]
	}
	if !who.business.has(appID) || roster.accounts[appID] == nil {
		return refuse(http.StatusForbidden, ForbiddenAccount, errcode.InvalidAppID, "no such account for this key")
	}
	who.account = roster.accounts[appID]
	return nil
}

// maxTokenRequest is how large the body of a request for a token may be.
const maxTokenRequest = 16 << 10

// readTokenRequest takes app id and key out of the body of a request for a stable
// token. The classic endpoint has them in the query.
func readTokenRequest(w http.ResponseWriter, r *http.Request, path string, q *params) *refusal {
	if path != "/cgi-bin/stable_token" {
		return nil
	}
	if r.Method != http.MethodPost {
		return refuse(http.StatusOK, MethodNotAllowed, errcode.RequirePost, "POST is needed")
	}
	raw, err := smallBody(w, r, maxTokenRequest)
	var in struct {
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
	}
	if err != nil || json.Unmarshal(bytes.TrimSpace(raw), &in) != nil {
		return badRequest("the body is to be JSON with appid and secret")
	}
	if q.secret != "" || q.appID != "" {
		return badRequest("appid and secret belong into the body")
	}
	q.appID, q.secret = in.AppID, in.Secret
	return nil
}

// issue answers a request for a token with a pass.
func (p *Proxy) issue(w http.ResponseWriter, who caller) *refusal {
	if !who.shown {
		return unauthorized()
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	err := json.NewEncoder(w).Encode(map[string]any{
		"access_token": p.passes.grant(who.account.appID, who.key, time.Now()),
		"expires_in":   int(passLife / time.Second),
	})
	if err != nil {
		return refuse(statusCallerGone, CallerGone, busy, "the caller did not wait").because(err)
	}
	return nil
}
