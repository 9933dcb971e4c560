// Package gateway has two servers between the services of a company and the WeChat
// platform. Only the gateway has the AppSecrets, and only its addresses are on the
// platform's IP list (IP白名单).
//
//   - [TokenServer] (中控服务器) returns tokens and tickets of many accounts to many
//     businesses. token.Remote is its client.
//   - [Proxy] (API-Proxy, 接口代理) stands in front of api.weixin.qq.com. Callers send the
//     platform's own paths with their key. The proxy adds the access_token, or the
//     AppSecret if the endpoint needs it.
//
// Both use a [Directory] of the accounts, the businesses, and the permissions of each
// business. Its content can be replaced at runtime. The program
// gateway/cmd/wechat-gateway runs both from a YAML file.
//
// # Calling through the proxy
//
// A client of the platform works unmodified, with the address of the proxy as its base
// URL and its key as the secret:
//
//	oa, err := officialaccount.New(officialaccount.Config{
//		AppID:   "wx0123456789abcdef",
//		Secret:  key, // of the proxy
//		BaseURL: "https://gateway.example.com",
//	})
//
// The client asks for a token and gets a pass: a token of the proxy that is valid for
// two hours, for this account, only at the proxy. Web authorization works too: the
// proxy stores the hashes of the user tokens that /sns/oauth2/access_token and
// /sns/oauth2/refresh_token return, and uses them to identify the caller of
// /sns/userinfo, /sns/auth and /sns/oauth2/refresh_token. Errors of the proxy are HTTP
// 200 with errcode and errmsg, like those of the platform.
//
// A client that can set a header may instead send the key as "Authorization: Bearer
// KEY", or in a base URL of the form https://business:KEY@gateway.example.com. Then it
// does not need a token, and errors of the proxy have an HTTP status:
//
//	curl -H "Authorization: Bearer $KEY" https://gateway.example.com/wx0123456789abcdef/cgi-bin/menu/get
//
// The app id before the path is needed only if the business has several accounts.
// [Business].Refusals sets the form of errors for all calls of a business.
//
// A key that is sent as the secret may be in the query, like the secret itself. So a
// server that terminates TLS in front of the gateway should not log queries.
//
// # Several instances
//
// Any number of instances may run behind one address if they have the same accounts and
// businesses, one store ([Config].Store), a [RedisLimiter] over one Redis, and the same
// [ProxyConfig].PassKey. Then any instance can serve any call.
//
// No token, secret, key or query appears in a log line, an error or a metric.
package gateway
