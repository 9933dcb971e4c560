// Package tokensoak holds the soak test of package token: four operating-system
// processes under load that share one account, once through a Redis and once
// through nothing but the platform's stable endpoint, while processes are killed
// and paused, tokens are revoked and the Redis is lost.
//
// It runs for about forty seconds with WECHAT_SOAK=1 set, and needs redis-server.
package tokensoak
