package message

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
)

// CloudHosting says how a service on WeChat's cloud hosting (微信云托管) can be reached.
// Pushes arrive over the internal network and are not signed, so only the network
// distinguishes them from forgeries. The zero value means that the service is not on
// cloud hosting.
type CloudHosting int

// The ways in which a service on cloud hosting can be reached.
const (
	// CloudHostingPublic is for a service that can be reached from the public network.
	// A request must have the header x-wx-source, which the platform's entry removes
	// from public requests.
	CloudHostingPublic CloudHosting = 1

	// CloudHostingPrivate is for a service that cannot be reached from the public
	// network. Every request is accepted: if the service can be reached after all,
	// anybody can send it messages.
	CloudHostingPrivate CloudHosting = 2
)

// CloudCall holds the headers that cloud hosting adds to a request. It prints without
// AccessToken.
type CloudCall struct {
	Source  string // x-wx-source
	OpenID  string // x-wx-openid, of the user
	AppID   string // x-wx-appid, of the account
	UnionID string // x-wx-unionid

	// AccessToken is x-wx-cloudbase-access-token. An API call with it as the query
	// parameter cloudbase_access_token is made for the account that received the
	// message.
	AccessToken string
}

// CloudCallFromContext returns the headers that cloud hosting added to the request of
// the message being handled. It reports false without [Config.InsecureCloudHosting].
func CloudCallFromContext(ctx context.Context) (CloudCall, bool) {
	call, ok := ctx.Value(cloudKey{}).(CloudCall)
	return call, ok
}

type cloudKey struct{}

// withCloudCall returns ctx with the headers of cloud hosting.
func withCloudCall(ctx context.Context, header http.Header) context.Context {
	return context.WithValue(ctx, cloudKey{}, CloudCall{
		Source:      header.Get("X-Wx-Source"),
		OpenID:      header.Get("X-Wx-Openid"),
		AppID:       header.Get("X-Wx-Appid"),
		UnionID:     header.Get("X-Wx-Unionid"),
		AccessToken: header.Get("X-Wx-Cloudbase-Access-Token"),
	})
}

// Format implements fmt.Formatter. It hides the token.
func (c CloudCall) Format(f fmt.State, _ rune) {
	io.WriteString(f, secret.Describe(c, "Source", "OpenID", "AppID", "UnionID"))
}

// MarshalText implements encoding.TextMarshaler. It hides the token.
func (c CloudCall) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }
