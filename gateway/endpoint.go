package gateway

import "strings"

// credential is the kind of credential that an endpoint needs and the proxy adds.
type credential int

const (
	appToken    credential = iota // access_token
	appSecret                     // appid and secret, in the query
	appSecretV2                   // appid and appsecret, in the body or the query
	refreshing                    // appid; the caller sends the user's refresh_token
	userToken                     // nothing: the caller sends the user's access_token
	issued                        // nothing: the proxy answers itself
	open                          // nothing: the endpoint needs no credential
	unserved                      // a component token, which the proxy does not have
)

const (
	tokenPath       = "/cgi-bin/token"        // 获取接口调用凭据
	stableTokenPath = "/cgi-bin/stable_token" // 获取稳定版接口调用凭据
	qrcodePath      = "/cgi-bin/showqrcode"   // 通过ticket换取二维码
	ridPath         = "/cgi-bin/openapi/rid/get"
)

// endpoints are the paths that need a credential other than an access_token.
var endpoints = map[string]credential{
	"/sns/oauth2/access_token":  appSecret,
	"/sns/oauth2/refresh_token": refreshing,
	"/sns/userinfo":             userToken,
	"/sns/auth":                 userToken,
	"/cgi-bin/clear_quota/v2":   appSecretV2,
	tokenPath:                   issued,
	stableTokenPath:             issued,
	qrcodePath:                  open,
}

// wants returns the credential that the endpoint of a path needs. The platform may
// ignore the case of a path, so a path in endpoints is not served in another case.
func wants(path string) credential {
	lower := strings.ToLower(path)
	c, special := endpoints[lower]
	switch {
	case special && path == lower:
		return c
	case special, pattern("/cgi-bin/component/*").matches(lower), pattern("/sns/oauth2/*").matches(lower):
		return unserved
	}
	return appToken
}

// secretName returns the parameter for the secret, in which a caller sends the key. It
// is empty for kinds without a secret.
func (c credential) secretName() string {
	switch c {
	case appSecret, issued:
		return "secret"
	case appSecretV2:
		return "appsecret"
	}
	return ""
}

// needsAppID reports whether the endpoint has a parameter appid that the proxy sets.
func (c credential) needsAppID() bool {
	return c == appSecret || c == appSecretV2 || c == refreshing || c == issued
}
