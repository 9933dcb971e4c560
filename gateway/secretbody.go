package gateway

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// maxSecretBody is the maximum size in bytes of a body with app id and secret. It is
// read before the caller is known.
const maxSecretBody = 4 << 10

// readSecretBody reads app id and key from the body, for /cgi-bin/stable_token and
// /cgi-bin/clear_quota/v2. The latter also accepts them in the query.
func readSecretBody(w http.ResponseWriter, x *exchange) *refusal {
	switch {
	case x.path == stableTokenPath && x.in.Method != http.MethodPost:
		return refuse(http.StatusOK, MethodNotAllowed, errcode.RequirePost, "use POST")
	case x.path == stableTokenPath:
	case x.cred != appSecretV2 || x.in.Method != http.MethodPost:
		return nil
	case x.secret != "": // in the query: the body is passed on unchanged
		return nil
	}
	raw, err := smallBody(w, x.in, maxSecretBody)
	if err != nil {
		return badRequest("the body is too large or incomplete")
	}
	var in struct {
		AppID     string `json:"appid"`
		Secret    string `json:"secret"`
		AppSecret string `json:"appsecret"`
	}
	if x.cred == appSecretV2 {
		x.secretInBody, x.body = true, &body{}
		if len(bytes.TrimSpace(raw)) == 0 {
			return nil // the key is in the header
		}
	}
	switch {
	case json.Unmarshal(raw, &in) != nil:
		return badRequest("the body must be a JSON object with appid and " + x.cred.secretName())
	case x.secret != "" || x.appID != "" && in.AppID != "":
		return badRequest("appid and secret belong in the body, not in the query")
	case x.cred == appSecretV2:
		in.Secret = in.AppSecret
	}
	x.secret = in.Secret
	if in.AppID != "" {
		x.appID = in.AppID
	}
	return nil
}

// secretBody returns the body with app id and secret for the platform.
func (x *exchange) secretBody() *body {
	return newBody(encode(map[string]string{"appid": x.account.appID, x.cred.secretName(): x.account.secret.Value()}))
}

// issue answers a request for a token with a pass.
func (p *Proxy) issue(w http.ResponseWriter, who caller) *refusal {
	w.Header().Set("Cache-Control", "no-store")
	err := writeJSON(w, http.StatusOK, accessToken{
		Token: p.passes.grant(who.account.appID, who.key, time.Now()), ExpiresIn: int64(passLife / time.Second),
	})
	if err != nil {
		return refuse(statusCallerGone, CallerGone, busy, "the caller closed the connection").because(err)
	}
	return nil
}

// accessToken is the platform's answer to a request for a token.
type accessToken struct {
	Token     string `json:"access_token"`
	ExpiresIn int64  `json:"expires_in"` // seconds
}
