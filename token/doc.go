// Package token keeps the two-hour credentials of the platform: the access_token
// (接口调用凭据) of an account, the jsapi and card tickets, and the tokens of third-party
// platforms (第三方平台).
//
// A [Source] has one method, which returns the token that is valid now. There are
// several sources, and one may wrap another:
//
//   - [Stable] asks the platform for the token that all programs of the account
//     share. officialaccount.New uses it if it is given a secret and no source.
//   - [Classic] asks the older endpoint, where each new token invalidates the one
//     before; use it with [Shared].
//   - [Static] is a token from elsewhere; [None] is for programs on WeChat's own
//     cloud hosting (云托管), where calls carry no token.
//   - [Shared] makes all processes use one token, through a store.Store.
//   - [Remote] asks a central token server (中控服务器).
//   - [SourceFunc] is a function used as a source.
//
// [Reuse] wraps any of them: it keeps the token, refreshes it before it expires,
// fetches once for all waiting callers, and replaces a token that the platform has
// rejected. officialaccount.New wraps every source in it, so a custom source only reads
// a token:
//
//	type central struct{ rdb *redis.Client }
//
//	func (c central) Token(ctx context.Context) (token.Token, error) {
//		v, err := c.rdb.Get(ctx, "wx:access_token").Result()
//		if err != nil {
//			return token.Token{}, err
//		}
//		return token.New(v, time.Time{}), nil // no expiry known: asked every time
//	}
//
// A [Token] never shows its value through fmt, slog or encoding/json.
package token
