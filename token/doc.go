// Package token keeps the two-hour credentials of the platform: the access_token
// (接口调用凭据) of an account, and by the same mechanism the jsapi and card
// tickets and the tokens of third-party platforms (第三方平台).
//
// A [Source] is one method that says which token is good now. The sources here
// are built from one another:
//
//   - [Stable] asks the platform in the way that lets several processes use one
//     account without disturbing each other. It is what officialaccount.New uses
//     when it is given a secret and nothing else.
//   - [Classic] asks the older endpoint, where each new token retires the last
//     one; it wants [Shared] around it.
//   - [Static] is a token from elsewhere; [None] is for programs on WeChat's own
//     cloud hosting (云托管), where calls carry no token at all.
//   - [Shared] makes all processes use one token, through a store.Store.
//   - [Remote] asks a central token server (中控服务器).
//   - [SourceFunc] is any function of yours.
//
// [Reuse] goes around any of them: it keeps the token, refreshes it before it
// ends, fetches once however many callers wait, and replaces a token that the
// platform has rejected. officialaccount.New adds it by itself, so a custom
// source is no more than the reading of a token:
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
