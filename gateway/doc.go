// Package gateway puts two servers between the services of a company and the
// WeChat platform, so that only they know an AppSecret and only their addresses
// stand on the platform's IP list (IP白名单):
//
//   - [TokenServer] (中控服务器) gives tokens and tickets of many accounts to many
//     businesses. token.Remote is its client.
//   - [Proxy] (API-Proxy, 接口代理) stands in front of api.weixin.qq.com. Callers
//     send the platform's own paths with a key of theirs; the proxy adds the
//     access_token, or the AppSecret where an endpoint wants it.
//
// Both read a [Directory]: which accounts there are, which businesses, and what
// each business may do. It can be exchanged while they serve. The program
// gateway/cmd/wechat-gateway is both, made from a YAML file.
//
// # Calling through the proxy
//
// A client needs the proxy's address as base URL and its key in place of the
// secret. It fetches what it takes for a token, which is a pass of the proxy, good
// for two hours and for nothing but the proxy:
//
//	oa, err := officialaccount.New(officialaccount.Config{
//		AppID:   "wx0123456789abcdef",
//		Secret:  key, // of the proxy
//		BaseURL: "https://gateway.example.com",
//	})
//
// Clients in other languages do the same. Whoever can set a header may send the key
// as "Authorization: Bearer KEY" instead, and then no token at all:
//
//	curl -H "Authorization: Bearer $KEY" https://gateway.example.com/wx0123456789abcdef/cgi-bin/menu/get
//
// The app id before the path is needed only for a key that has several accounts.
// Three endpoints leave no room for a pass and so want the header: /sns/userinfo and
// /sns/auth, which take a user's own token, and /sns/oauth2/refresh_token. A base URL
// of the form https://business:KEY@gateway.example.com works as well, and for our
// client a Config.HTTPClient with this transport:
//
//	type bearer string
//
//	func (key bearer) RoundTrip(r *http.Request) (*http.Response, error) {
//		r = r.Clone(r.Context())
//		r.Header.Set("Authorization", "Bearer "+string(key))
//		return http.DefaultTransport.RoundTrip(r)
//	}
//
// A key in place of the secret stands in the query where the platform has the secret
// there, so what ends TLS in front of the gateway should log no queries.
//
// # What runs where
//
// Instances hold nothing that is not also elsewhere. Any number of them may stand
// behind one address if they have the same directory, one store for the tokens
// ([Config].Store), one [Limiter] over Redis and the same [ProxyConfig].PassKey.
//
// No token, secret, key or query appears in a log line, an error or a metric.
package gateway
