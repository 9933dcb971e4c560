// Package moving has the code of the page "Moving to this module".
package moving

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store/redisstore"
	"github.com/seed-f21aa8d8/wechat/token"
)

func newClient(appID, secret string) (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret})
}

type oldStore struct {
	read func(context.Context) (value string, expiry time.Time, err error)
}

func (s oldStore) Token(ctx context.Context) (token.Token, error) {
	value, expiry, err := s.read(ctx)
	return token.New(value, expiry), err // with a zero expiry the source is asked before every call
}

func newCloudClient(appID string) (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{
		AppID: appID, TokenSource: token.None(), BaseURL: "http://api.weixin.qq.com",
	})
}

func newCloudBot() (*message.Handler, error) {
	return message.NewHandler(message.Config{InsecureCloudHosting: message.CloudHostingPublic})
}

// newSharingClient returns a client whose token is in Redis, for all processes.
func newSharingClient(client *redis.Client, appID, secret string) (*officialaccount.Client, error) {
	stable, err := token.Stable(token.StableConfig{AppID: appID, Secret: secret})
	if err != nil {
		return nil, err
	}
	db, err := redisstore.New(client, redisstore.Config{}) // client with ContextTimeoutEnabled
	if err != nil {
		return nil, err
	}
	shared, err := token.Shared(db, stable, token.SharedConfig{})
	if err != nil {
		return nil, err
	}
	return officialaccount.New(officialaccount.Config{AppID: appID, TokenSource: shared})
}
