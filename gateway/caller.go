package gateway

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// caller is the calling business and the account of the call.
type caller struct {
	business *business
	account  *account
	key      KeyHash // the key in the request, if shown is set
	shown    bool    // the request contains a key, not only a token
}

// identify finds the caller by a key in the header, a key as the secret, a pass as the
// access_token, or a user's token that was issued through the gateway. If a request has
// several, they must belong to the same business.
func (p *Proxy) identify(x *exchange, roster *roster, pathApp string) (caller, *refusal) {
	var who caller
	key, header := bearer(x.in)
	switch {
	case header && !who.show(roster, key), x.secret != "" && !who.show(roster, x.secret):
		return who, unauthorized()
	}
	appIDs := []string{pathApp, x.appID}
	if x.params.token != "" && x.cred != userToken {
		appID, refused := p.readPass(roster, &who, x.params.token)
		if refused != nil {
			return who, refused
		}
		appIDs = append(appIDs, appID)
	}
	if who.business == nil && x.ofUser() != "" {
		appID, refused := p.readUserToken(x.in.Context(), roster, &who, x.cred, x.ofUser())
		if refused != nil {
			return who, refused
		}
		appIDs = append(appIDs, appID)
	}
	if who.business == nil {
		return who, unidentified(x.cred)
	}
	return who, who.choose(roster, appIDs)
}

// ofUser returns the user's token that the endpoint needs, or "".
func (x *exchange) ofUser() string {
	switch x.cred {
	case userToken:
		return x.params.token
	case refreshing:
		return x.refresh
	}
	return ""
}

// show records a key. It returns false if no business has it, or if an earlier key
// belongs to another business.
func (who *caller) show(roster *roster, key string) bool {
	b, hash := roster.business(key)
	if b == nil || who.business != nil && who.business != b {
		return false
	}
	who.business, who.key, who.shown = b, hash, true
	return true
}

// readPass records a pass and returns its account. It refuses any other token, such as
// one of the platform.
func (p *Proxy) readPass(roster *roster, who *caller, pass string) (appID string, _ *refusal) {
	appID, finger, err := p.passes.read(pass, time.Now())
	if err != nil {
		if who.shown && !strings.HasPrefix(pass, passPrefix) {
			return "", ownCredential("access_token")
		}
		return "", passRejected(err)
	}
	owner := roster.byFinger[finger]
	switch {
	case owner == nil:
		return "", passRejected(errPassForged)
	case who.business != nil && who.business != owner:
		return "", refuse(http.StatusBadRequest, TokenParameter, errcode.InvalidArgs, "the pass and the key belong to different businesses")
	}
	who.business = owner
	return appID, nil
}

// readUserToken finds the business and the account to which a user's token was issued.
func (p *Proxy) readUserToken(ctx context.Context, roster *roster, who *caller, c credential, value string) (appID string, _ *refusal) {
	g, found, err := p.cfg.Directory.users.find(ctx, c, value)
	if err != nil {
		return "", refuse(http.StatusServiceUnavailable, StoreFailed, busy, "the store of users' tokens failed").because(err)
	}
	if b := roster.byName[g.Business]; found && b != nil {
		who.business = b
		return g.AppID, nil
	}
	return "", unknownUserToken(c)
}

// choose sets the account: the one in the request, or else the only one of the
// business.
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
			return badRequest("this business has several accounts: begin the path with an app id")
		}
		appID = who.business.Accounts[0]
	}
	if !who.business.accounts[appID] || roster.accounts[appID] == nil {
		return refuse(http.StatusForbidden, ForbiddenAccount, errcode.InvalidAppID, "this business has no such account")
	}
	who.account = roster.accounts[appID]
	return nil
}
