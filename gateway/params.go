package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// maxQuery is the largest query that is read, in bytes.
const maxQuery = 16 << 10

// params are the parameters of a call: those that say who calls, and the others.
type params struct {
	appID   string // appid, where the endpoint takes one
	secret  string // secret or appsecret, where the endpoint takes one
	token   string // access_token
	refresh string // refresh_token, where the endpoint takes one; it is in rest too
	rest    string // all others as the caller wrote them, encoded
}

// credentialNames are the parameters that a caller sends only to the endpoints that
// take them.
var credentialNames = []string{
	"access_token", "secret", "appsecret", "component_access_token", "authorizer_access_token", "component_appsecret",
}

// readParams splits the query. It refuses a parameter that carries a credential of
// the caller's own, in whatever case, and a parameter that says who calls twice.
func readParams(raw string, c credential) (params, *refusal) {
	var p params
	if raw == "" {
		return p, nil
	}
	if len(raw) > maxQuery || strings.ContainsAny(raw, ";\\#") {
		return p, badRequest("the query is too long or cannot be read")
	}
	var rest []string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, ok := unescapePair(pair)
		if !ok || !plainName(name) {
			return p, badRequest("the query cannot be read")
		}
		if c == open && name != "ticket" {
			continue // such an endpoint takes nothing else, and gets nothing else
		}
		into, keep := p.place(name, c)
		switch {
		case into == nil && isCredential(name):
			return p, ownCredential(name)
		case into != nil && (*into != "" || value == ""):
			return p, badRequest("the parameter " + name + " is empty or occurs twice")
		case into != nil:
			*into = value
		}
		if keep {
			rest = append(rest, pair)
		}
	}
	p.rest = strings.Join(rest, "&")
	return p, nil
}

// place returns where the value of a parameter goes, nil if the proxy does not look
// at it, and whether the parameter is passed on as it is.
func (p *params) place(name string, c credential) (into *string, keep bool) {
	switch {
	case name == "access_token" && (c == appToken || c == userToken || c.takesAppID() && c != issued):
		return &p.token, false
	case name == "appid" && c.takesAppID():
		return &p.appID, false
	case c.secretName() != "" && name == c.secretName():
		return &p.secret, false
	case name == "refresh_token" && c == refreshing:
		return &p.refresh, true
	}
	return nil, true
}

func ownCredential(name string) *refusal {
	return refuse(http.StatusBadRequest, TokenParameter, errcode.InvalidArgs,
		"the gateway adds the parameter "+strings.ToLower(name)+"; do not send one of your own")
}

// isCredential reports whether a name, in whatever case, is that of a credential.
func isCredential(name string) bool {
	return slices.ContainsFunc(credentialNames, func(c string) bool { return strings.EqualFold(name, c) })
}

// plainName reports whether a parameter's name can be read in one way only.
func plainName(name string) bool {
	for i := range len(name) {
		if !plainByte(name[i]) {
			return false
		}
	}
	return name != ""
}

// unescapePair reads "name=value".
func unescapePair(pair string) (name, value string, ok bool) {
	name, value, _ = strings.Cut(pair, "=")
	if !strings.ContainsAny(pair, "%+") {
		return name, value, true
	}
	name, err := url.QueryUnescape(name)
	value, valueErr := url.QueryUnescape(value)
	return name, value, err == nil && valueErr == nil
}

// query returns the query of the call to the platform. token is the account's.
func (x *exchange) query(token string) string {
	var own string
	switch x.cred {
	case appToken:
		own = pairOf("access_token", token)
	case userToken:
		own = pairOf("access_token", x.token)
	case refreshing:
		own = pairOf("appid", x.account.appID)
	case appSecret:
		own = x.secretPairs()
	case appSecretV2:
		if !x.secretInBody {
			own = x.secretPairs()
		}
	}
	switch {
	case own == "":
		return x.rest
	case x.rest == "":
		return own
	}
	return own + "&" + x.rest
}

func (x *exchange) secretPairs() string {
	return pairOf("appid", x.account.appID) + "&" + pairOf(x.cred.secretName(), x.account.secret.Value())
}

// pairOf returns a parameter, or nothing if the value is empty.
func pairOf(name, value string) string {
	if value == "" {
		return ""
	}
	return name + "=" + url.QueryEscape(value)
}
