package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// maxQuery is the maximum size of a query in bytes.
const maxQuery = 16 << 10

// params are the parameters of a call: those that identify the caller, and the others.
type params struct {
	appID   string // appid, if the endpoint has it
	secret  string // secret or appsecret, if the endpoint has it
	token   string // access_token
	refresh string // refresh_token, if the endpoint has it; it is in rest too
	rest    string // all others as the caller wrote them, encoded
}

// credentialNames are the parameters that a caller may send only to the endpoints that
// have them.
var credentialNames = []string{
	"access_token", "secret", "appsecret", "component_access_token", "authorizer_access_token", "component_appsecret",
}

// readParams splits the query. It refuses a parameter with a credential of the caller's
// own, in any case, and a repeated parameter that identifies the caller.
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
			continue // such an endpoint has no other parameters
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

// place returns where the value of a parameter is stored, or nil if the proxy does not
// need it, and whether the parameter is passed on unchanged.
func (p *params) place(name string, c credential) (into *string, keep bool) {
	switch {
	case name == "access_token" && (c == appToken || c == userToken || c.needsAppID() && c != issued):
		return &p.token, false
	case name == "appid" && c.needsAppID():
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

// isCredential reports whether name, in any case, is the name of a credential.
func isCredential(name string) bool {
	return slices.ContainsFunc(credentialNames, func(c string) bool { return strings.EqualFold(name, c) })
}

// plainName reports whether a parameter's name is unambiguous.
func plainName(name string) bool {
	for i := range len(name) {
		if !plainByte(name[i]) {
			return false
		}
	}
	return name != ""
}

// unescapePair parses "name=value".
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

// pairOf returns a parameter, or "" if the value is empty.
func pairOf(name, value string) string {
	if value == "" {
		return ""
	}
	return name + "=" + url.QueryEscape(value)
}
