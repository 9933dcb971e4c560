package tokens

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/internal/testlog"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/sqlstore"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/token/tokentest"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const callbackIP = "/cgi-bin/getcallbackip"

func stable(p *wechattest.Platform) token.StableConfig {
	return token.StableConfig{AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client()}
}

func client(t *testing.T, p *wechattest.Platform, src token.Source) *officialaccount.Client {
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, TokenSource: src, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	require.NoError(t, err)
	return oa
}

func newRedis(t *testing.T) (*redis.Client, *miniredis.Miniredis) {
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
	t.Cleanup(func() { require.NoError(t, rdb.Close()) })
	return rdb, server
}

func newSQLite(t *testing.T) *sql.DB {
	db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/wechat.db?_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestNewClientSendsNothing(t *testing.T) {
	oa, err := newClient(wechattest.DefaultAppID, wechattest.DefaultSecret)
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprint(oa), wechattest.DefaultSecret)
	_, err = newClient("gh_4b8d02e6a7f1", "secret")
	require.Error(t, err)
}

// Ten processes with the default source: the platform returns one token to all of them.
func Example_stable() {
	p, connect := local()
	defer p.Close()
	for range 10 {
		oa := connect() // as newClient, in a process of its own
		if err := oa.Get(context.Background(), "/cgi-bin/getcallbackip", nil, nil); err != nil {
			panic(err)
		}
	}
	fmt.Println("token requests:", p.TokenRequests(), "tokens:", len(p.Tokens()))
	// Output: token requests: 10 tokens: 1
}

// local returns a local platform and makes clients of it.
func local() (*wechattest.Platform, func() *officialaccount.Client) {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	return p, func() *officialaccount.Client {
		oa, err := officialaccount.New(officialaccount.Config{
			AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client(),
		})
		if err != nil {
			panic(err)
		}
		return oa
	}
}

func TestProcessesShareOverRedis(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	rdb, server := newRedis(t)
	var wait sync.WaitGroup
	for range 10 {
		src, err := shareOverRedis(rdb, stable(p))
		require.NoError(t, err)
		oa := client(t, p, src)
		wait.Go(func() { require.NoError(t, oa.Get(t.Context(), callbackIP, nil, nil)) })
	}
	wait.Wait()
	require.Equal(t, 1, p.TokenRequests())
	require.Contains(t, server.Keys()[0], "wechat:token:stable_access_token:"+wechattest.DefaultAppID)
}

func TestRejectedTokenIsReplacedOnceForAll(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	rdb, _ := newRedis(t)
	var clients []*officialaccount.Client
	for range 3 {
		src, err := shareOverRedis(rdb, stable(p))
		require.NoError(t, err)
		oa := client(t, p, src)
		require.NoError(t, oa.Get(t.Context(), callbackIP, nil, nil))
		clients = append(clients, oa)
	}
	p.RevokeTokens() // another program forced a refresh
	for _, oa := range clients {
		require.NoError(t, oa.Get(t.Context(), callbackIP, nil, nil))
	}
	require.Equal(t, 2, p.TokenRequests())
}

func TestSharedServesTheLastTokenWhileRedisIsDown(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	rdb, server := newRedis(t)
	src, err := shareOverRedis(rdb, stable(p))
	require.NoError(t, err)
	oa := client(t, p, src)
	require.NoError(t, oa.Get(t.Context(), callbackIP, nil, nil))
	server.SetError("LOADING Redis is loading the dataset in memory")
	require.NoError(t, oa.Get(t.Context(), callbackIP, nil, nil))
	require.Equal(t, 1, p.TokenRequests())
}

func TestShareOverSQL(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	db := newSQLite(t)
	for range 3 {
		src, err := shareOverSQL(t.Context(), db, sqlstore.SQLite, bytes.Repeat([]byte{7}, 32), stable(p))
		require.NoError(t, err)
		require.NoError(t, client(t, p, src).Get(t.Context(), callbackIP, nil, nil))
	}
	require.Equal(t, 1, p.TokenRequests())
	var clear int
	require.NoError(t, db.QueryRow(`SELECT count(*) FROM wechat_store WHERE instr(value, ?) > 0`, []byte(p.Tokens()[0].Value)).Scan(&clear))
	require.Zero(t, clear, "the token is encrypted in the table")
}

func TestShareClassic(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{StrictTokens: true})
	st := store.NewMemory()
	account := token.ClassicConfig{AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client()}
	for range 3 {
		src, err := shareClassic(st, account)
		require.NoError(t, err)
		require.NoError(t, client(t, p, src).Get(t.Context(), callbackIP, nil, nil))
	}
	require.Equal(t, 1, p.Count("/cgi-bin/token"))
}

func TestAskServer(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	key := gateway.NewKey()
	hash, err := gateway.HashKey(key)
	require.NoError(t, err)
	dir := gateway.NewDirectory(gateway.Config{HTTPClient: p.Client(), BaseURL: p.URL()})
	require.NoError(t, dir.Set(
		[]gateway.Account{{AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret}},
		[]gateway.Business{{Name: "shop", Keys: []gateway.KeyHash{hash}, Accounts: []string{wechattest.DefaultAppID}, Kinds: []token.Kind{token.AccessToken}}},
	))
	tokens, err := gateway.NewTokenServer(gateway.TokenServerConfig{Directory: dir})
	require.NoError(t, err)
	server := httptest.NewServer(http.StripPrefix("/tokens", tokens))
	defer server.Close()

	_, err = askServer(server.URL, wechattest.DefaultAppID, key)
	require.NoError(t, err)
	src, err := token.Remote(token.RemoteConfig{URL: server.URL + "/tokens/" + wechattest.DefaultAppID, Key: key})
	require.NoError(t, err)
	oa := client(t, p, src)
	require.NoError(t, oa.Get(t.Context(), callbackIP, nil, nil))
	p.RevokeTokens()
	require.NoError(t, oa.Get(t.Context(), callbackIP, nil, nil))
	require.Equal(t, 2, p.TokenRequests())
}

// row keeps the token of the account in the table of the other program.
func row(t testing.TB, db *sql.DB, value string) {
	_, err := db.Exec(`CREATE TABLE IF NOT EXISTS wx_token (appid TEXT PRIMARY KEY, value TEXT, expires INTEGER)`)
	require.NoError(t, err)
	_, err = db.Exec(`INSERT INTO wx_token VALUES (?, ?, ?) ON CONFLICT (appid) DO UPDATE SET value = excluded.value`,
		wechattest.DefaultAppID, value, time.Now().Add(2*time.Hour).Unix())
	require.NoError(t, err)
}

func TestCronToken(t *testing.T) {
	db := newSQLite(t)
	row(t, db, "87_abc")
	tokentest.Run(t, func(*testing.T) token.Source {
		return cronToken{db, wechattest.DefaultAppID}
	})
}

func TestRenewedToken(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	db := newSQLite(t)
	row(t, db, p.IssueToken())
	renewals := 0
	src := renewedToken{cronToken{db, wechattest.DefaultAppID}, func(context.Context) error {
		renewals++
		row(t, db, p.IssueToken())
		return nil
	}}
	oa := client(t, p, src)
	require.NoError(t, oa.Get(t.Context(), callbackIP, nil, nil))
	p.RevokeTokens()
	require.NoError(t, oa.Get(t.Context(), callbackIP, nil, nil))
	require.Equal(t, 1, renewals)
	require.NoError(t, src.Invalidate(t.Context(), token.New("an older one", time.Time{})))
	require.Equal(t, 1, renewals, "the row has another token already")
	_, err := cronToken{db, "wx00000000000000aa"}.Token(t.Context())
	require.ErrorIs(t, err, sql.ErrNoRows)
}

func TestOldJSON(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	rdb, server := newRedis(t)
	require.NoError(t, server.Set("old", `{"access_token":"`+p.IssueToken()+`"}`))
	require.NoError(t, client(t, p, oldJSON(rdb, "old")).Get(t.Context(), callbackIP, nil, nil))
	require.NoError(t, server.Set("old", "secret text"))
	_, err := oldJSON(rdb, "old").Token(t.Context())
	require.EqualError(t, err, "redis old has no token")
}

func TestObserved(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	var out testlog.Buffer
	src, err := token.Stable(stable(p))
	require.NoError(t, err)
	oa, err := observed(src, officialaccount.Config{AppID: wechattest.DefaultAppID, BaseURL: p.URL(), HTTPClient: p.Client()}, slog.New(slog.NewTextHandler(&out, nil)))
	require.NoError(t, err)
	require.NoError(t, oa.Get(t.Context(), callbackIP, nil, nil))
	require.Eventually(t, func() bool { return strings.Contains(out.String(), "reason=cold") }, time.Minute, time.Millisecond)
	require.NotContains(t, out.String(), p.Tokens()[0].Value)
}

// A static token that the platform rejects: there is no other one.
func TestStillRejected(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	err := client(t, p, token.Static("an old token")).Get(t.Context(), callbackIP, nil, nil)
	require.ErrorIs(t, err, token.ErrStillRejected)
	src, err := token.Stable(token.StableConfig{AppID: wechattest.DefaultAppID, Secret: "s", ForceRefresh: true, Store: store.NewMemory()})
	require.NoError(t, err)
	require.Implements(t, (*token.Invalidator)(nil), src)
}
