package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// maxQuery is how long a query may be, in bytes.
const maxQuery = 16 << 10

// credential is what an endpoint wants from its caller, and so what the proxy adds.
type credential int

const (
	appToken    credential = iota // access_token
	appSecret                     // appid and secret
	appSecretV2                   // appid and appsecret
	appOnly                       // appid
	userToken                     // the user's own access_token, which stays
	issued                        // nothing: the proxy answers itself
	unserved                      // component tokens, which the proxy has not
)

// wants says what the endpoint of a path wants.
func wants(path string) credential {
	switch path {
	case "/sns/oauth2/access_token":
		return appSecret
	case "/cgi-bin/clear_quota/v2":
		return appSecretV2
	case "/sns/oauth2/refresh_token":
		return appOnly
	case "/sns/userinfo", "/sns/auth":
		return userToken
	case "/cgi-bin/token", "/cgi-bin/stable_token":
		return issued
	}
	if pattern("/cgi-bin/component/*").matchesFold(path) || pattern("/sns/oauth2/*").matchesFold(path) ||
		pattern("/cgi-bin/token").matchesFold(path) || pattern("/cgi-bin/stable_token").matchesFold(path) {
		return unserved
	}
	return appToken
}

// secretName is the parameter in which an endpoint of this kind takes the secret,
// and a caller the key; empty for the others.
func (c credential) secretName() string {
	switch c {
	case appSecret, issued:
		return "secret"
	case appSecretV2:
		return "appsecret"
	}
	return ""
}

// namesAccount reports whether the endpoint takes an appid parameter that the proxy sets.
func (c credential) namesAccount() bool {
	return c == appSecret || c == appSecretV2 || c == appOnly || c == issued
}

// params are the parameters of a call: those that say who calls, and the others.
type params struct {
	appID  string // appid, where the endpoint takes one
	secret string // secret or appsecret, where the endpoint takes one
	token  string // access_token
	rest   string // all others as they were written, encoded
}

// credentialNames are parameters that no caller sends but where the endpoint takes them.
var credentialNames = []string{
	"access_token", "secret", "appsecret", "component_access_token", "authorizer_access_token", "component_appsecret",
}

// readParams takes the query apart. A parameter that carries a credential of its
// own, in whatever spelling, is refused, and so is one that is there twice.
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
		into := p.place(name, c)
		switch {
		case into == nil && isCredential(name):
			return p, refuse(http.StatusBadRequest, TokenParameter, errcode.InvalidArgs, "the parameter "+strings.ToLower(name)+" is added here; a caller sends none")
		case into == nil:
			rest = append(rest, pair)
		case *into != "" || value == "":
			return p, badRequest("the parameter " + name + " is empty or there twice")
		default:
			*into = value
		}
	}
	p.rest = strings.Join(rest, "&")
	return p, nil
}

// place is where the value of a parameter goes, or nil if it is the caller's own affair.
func (p *params) place(name string, c credential) *string {
	switch {
	case name == "access_token" && (c == appToken || c == userToken || c.namesAccount() && c != issued):
		return &p.token
	case name == "appid" && c.namesAccount():
		return &p.appID
	case name != "" && name == c.secretName():
		return &p.secret
	}
	return nil
}

// isCredential reports whether a name, in whatever case, is one of a credential.
func isCredential(name string) bool {
	return slices.ContainsFunc(credentialNames, func(c string) bool { return strings.EqualFold(name, c) })
}

// plainName reports whether a parameter's name has but one reading.
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

// query is the query of the call to the platform.
func (c credential) query(a *account, token string, p params) string {
	var own string
	switch c {
	case appToken:
		own = pairOf("access_token", token)
	case userToken:
		own = pairOf("access_token", p.token)
	case appOnly:
		own = pairOf("appid", a.appID)
	case appSecret, appSecretV2:
		own = pairOf("appid", a.appID) + "&" + pairOf(c.secretName(), a.secret())
	}
	switch {
	case own == "":
		return p.rest
	case p.rest == "":
		return own
	}
	return own + "&" + p.rest
}

// pairOf is a parameter, or nothing if it has no value.
func pairOf(name, value string) string {
	if value == "" {
		return ""
	}
	return name + "=" + url.QueryEscape(value)
}
