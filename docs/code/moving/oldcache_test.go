package moving

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"
	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/credential"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/token/tokentest"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const (
	appID  = "wx0123456789abcdef"
	secret = "0123456789abcdef0123456789abcdef"
)

func newRedis(t *testing.T) (*miniredis.Miniredis, *redis.Client) {
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true, MaxRetries: -1})
	t.Cleanup(func() { require.NoError(t, rdb.Close()) })
	return server, rdb
}

var inRedis = map[string]struct {
	text   string
	source func(*redis.Client) token.Source
}{
	"silenceper":        {"the token", func(rdb *redis.Client) token.Source { return silenceperRedis(rdb, appID, false) }},
	"silenceper stable": {"the token", func(rdb *redis.Client) token.Source { return silenceperRedis(rdb, appID, true) }},
	"PowerWeChat":       {`{"access_token": "the token", "expires_in": 7200}`, func(rdb *redis.Client) token.Source { return powerWeChatRedis(rdb, appID, secret) }},
	"WxJava":            {"the token", func(rdb *redis.Client) token.Source { return wxJavaRedis(rdb, "wx", appID) }},
}

func TestSources(t *testing.T) {
	for name, kept := range inRedis {
		t.Run(name, func(t *testing.T) {
			server, rdb := newRedis(t)
			source := kept.source(rdb).(redisToken)
			_, err := source.Token(t.Context())
			require.ErrorContains(t, err, "no token at "+source.key)

			require.NoError(t, server.Set(source.key, kept.text))
			got, err := source.Token(t.Context())
			require.NoError(t, err)
			require.Equal(t, "the token", got.Value())
			require.Zero(t, got.Expiry(), "a key without an end")

			server.SetTTL(source.key, time.Hour)
			got, err = source.Token(t.Context())
			require.NoError(t, err)
			require.WithinDuration(t, time.Now().Add(time.Hour+source.margin), got.Expiry(), 20*time.Second)

			server.Close()
			_, err = source.Token(t.Context())
			require.ErrorContains(t, err, "token of the other program")
		})
	}
}

func TestPowerWeChatNotAToken(t *testing.T) {
	server, rdb := newRedis(t)
	source := powerWeChatRedis(rdb, "testappid", "testsecret").(redisToken)
	require.Equal(t, "powerwechat.access_token.4ed6a2e3bfccdf98beb48489b94cf486", source.key)
	for _, text := range []string{"{", "{}", `"text"`} {
		require.NoError(t, server.Set(source.key, text))
		_, err := source.Token(t.Context())
		require.ErrorContains(t, err, "is not a token")
		require.NotContains(t, err.Error(), "text")
	}
}

// What silenceper/wechat itself keeps in Redis and in memcached is what the sources read.
func TestReadsWhatSilenceperKeeps(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	useForSilenceper(t, p.Client())
	server, rdb := newRedis(t)
	address := fakeMemcached(t)
	mc := memcache.New(address)
	for name, kept := range map[string]struct {
		cache  cache.Cache
		source func(stable bool) token.Source
	}{
		"Redis":     {cache.NewRedis(t.Context(), &cache.RedisOpts{Host: server.Addr()}), func(stable bool) token.Source { return silenceperRedis(rdb, p.Config().AppID, stable) }},
		"memcached": {cache.NewMemcache(address), func(stable bool) token.Source { return silenceperMemcached(mc, p.Config().AppID, stable) }},
	} {
		for _, stable := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stable %v", name, stable), func(t *testing.T) {
				source := kept.source(stable)
				_, err := source.Token(t.Context())
				require.ErrorContains(t, err, "has not fetched one")

				make := credential.NewDefaultAccessToken
				early := 1500 * time.Second
				if stable {
					make, early = credential.NewStableAccessToken, 300*time.Second
				}
				want, err := make(p.Config().AppID, p.Config().Secret, credential.CacheKeyOfficialAccountPrefix, kept.cache).GetAccessToken()
				require.NoError(t, err)
				got, err := source.Token(t.Context())
				require.NoError(t, err)
				require.Equal(t, want, got.Value())
				if name == "Redis" {
					require.WithinDuration(t, time.Now().Add(2*time.Hour-early+4*time.Minute), got.Expiry(), 20*time.Second)
				} else {
					require.Zero(t, got.Expiry())
				}
			})
		}
	}
}

func TestMemcachedSource(t *testing.T) {
	mc := memcache.New(fakeMemcached(t))
	source := silenceperMemcached(mc, appID, false)
	require.NoError(t, mc.Set(&memcache.Item{Key: silenceperKey(appID, false), Value: []byte(`"the token"`)}))
	tokentest.Run(t, func(*testing.T) token.Source { return source })

	for _, text := range []string{`{}`, `""`, `text`} {
		require.NoError(t, mc.Set(&memcache.Item{Key: silenceperKey(appID, false), Value: []byte(text)}))
		_, err := source.Token(t.Context())
		require.ErrorContains(t, err, "is not a token")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := source.Token(ended)
	require.ErrorIs(t, err, context.Canceled)

	gone := silenceperMemcached(memcache.New("127.0.0.1:1"), appID, false)
	_, err = gone.Token(t.Context())
	require.ErrorContains(t, err, "token of the other program")
}

// fakeMemcached serves the commands get and set of memcached's text protocol, and returns
// its address.
func fakeMemcached(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var (
		mu   sync.Mutex
		kept = map[string]string{}
		done sync.WaitGroup
	)
	serve := func(conn net.Conn) {
		defer conn.Close()
		in := bufio.NewScanner(conn)
		for in.Scan() {
			words := strings.Fields(in.Text())
			mu.Lock()
			switch words[0] {
			case "set":
				in.Scan()
				kept[words[1]] = in.Text()
				fmt.Fprint(conn, "STORED\r\n")
			case "get", "gets":
				if value, ok := kept[words[1]]; ok {
					fmt.Fprintf(conn, "VALUE %s 0 %d 1\r\n%s\r\n", words[1], len(value), value)
				}
				fmt.Fprint(conn, "END\r\n")
			default:
				fmt.Fprint(conn, "ERROR\r\n")
			}
			mu.Unlock()
		}
	}
	var open []net.Conn
	done.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			done.Go(func() { serve(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, conn := range open {
			conn.Close()
		}
		mu.Unlock()
		done.Wait()
	})
	return listener.Addr().String()
}
