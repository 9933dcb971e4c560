package moving

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/token"
)

// redisToken is a token.Source that reads the token that another program keeps in Redis.
type redisToken struct {
	rdb    redis.UniversalClient // with ContextTimeoutEnabled
	key    string
	margin time.Duration                     // the token is valid for at least this much longer than its key
	decode func(text string) (string, error) // nil: the text is the token
}

func (s redisToken) Token(ctx context.Context) (token.Token, error) {
	now := time.Now()
	pipe := s.rdb.TxPipeline() // value and life in one reading
	text, left := pipe.Get(ctx, s.key), pipe.PTTL(ctx, s.key)
	if _, err := pipe.Exec(ctx); errors.Is(err, redis.Nil) {
		return token.Token{}, fmt.Errorf("no token at %s: the other program has not fetched one", s.key)
	} else if err != nil {
		return token.Token{}, fmt.Errorf("token of the other program: %w", err)
	}
	value := text.Val()
	if s.decode != nil {
		var err error
		if value, err = s.decode(value); err != nil {
			return token.Token{}, fmt.Errorf("the value of %s is not a token", s.key)
		}
	}
	if left.Val() < 0 { // a key without an end: ask before every call
		return token.New(value, time.Time{}), nil
	}
	return token.New(value, now.Add(left.Val()+s.margin)), nil
}

// silenceperRedis reads the token of silenceper/wechat v2 with cache.NewRedis. Its key
// ends 25 minutes before the token (5 with UseStableAK), and a token that was replaced is
// accepted for about 5 more minutes.
func silenceperRedis(rdb redis.UniversalClient, appID string, stable bool) token.Source {
	return redisToken{rdb: rdb, key: silenceperKey(appID, stable), margin: 4 * time.Minute}
}

func silenceperKey(appID string, stable bool) string {
	if stable { // config.Config{UseStableAK: true}
		return "gowechat_officialaccount__stable_access_token_" + appID
	}
	return "gowechat_officialaccount__access_token_" + appID // two underscores
}

// memcachedToken is a token.Source that reads the token that silenceper/wechat v2 keeps
// in memcached, with cache.NewMemcache: a JSON string.
type memcachedToken struct {
	mc  *memcache.Client
	key string
}

func silenceperMemcached(mc *memcache.Client, appID string, stable bool) token.Source {
	return memcachedToken{mc, silenceperKey(appID, stable)}
}

func (s memcachedToken) Token(ctx context.Context) (token.Token, error) {
	if err := ctx.Err(); err != nil {
		return token.Token{}, err
	}
	item, err := s.mc.Get(s.key) // takes no context; mc.Timeout bounds it
	if errors.Is(err, memcache.ErrCacheMiss) {
		return token.Token{}, fmt.Errorf("no token at %s: the other program has not fetched one", s.key)
	} else if err != nil {
		return token.Token{}, fmt.Errorf("token of the other program: %w", err)
	}
	var value string
	if json.Unmarshal(item.Value, &value) != nil || value == "" {
		return token.Token{}, fmt.Errorf("the value of %s is not a token", s.key)
	}
	return token.New(value, time.Time{}), nil // memcached does not tell the life of a key: ask before every call
}

// powerWeChatRedis reads the token of PowerWeChat v3 with kernel.NewRedisClient: a JSON
// object, whose key lives as long as the token.
func powerWeChatRedis(rdb redis.UniversalClient, appID, secret string) token.Source {
	sum := md5.Sum([]byte(appID + secret))
	return redisToken{rdb: rdb, key: "powerwechat.access_token." + hex.EncodeToString(sum[:]), decode: func(text string) (string, error) {
		var kept struct {
			Value string `json:"access_token"`
		}
		err := json.Unmarshal([]byte(text), &kept)
		if kept.Value == "" {
			err = errors.Join(err, errors.New("no access_token"))
		}
		return kept.Value, err
	}}
}

// wxJavaRedis reads the token of WxJava with WxMpRedisConfigImpl, which was made with
// that prefix. Its key ends 200 seconds before the token.
func wxJavaRedis(rdb redis.UniversalClient, prefix, appID string) token.Source {
	return redisToken{rdb: rdb, key: prefix + ":access_token:" + appID, margin: 3 * time.Minute}
}
