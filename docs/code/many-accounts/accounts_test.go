package accounts

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// hosts sends the calls of each account to its own local platform.
type hosts map[string]*wechattest.Platform

func (h hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	for _, p := range h {
		return p.Client().Transport.RoundTrip(r)
	}
	return nil, errors.New("no platform")
}

func account(appID string) Account {
	return Account{AppID: appID, Secret: "secret of " + appID, Token: "token", AESKey: wechattest.DefaultEncodingAESKey}
}

// wechat is a local platform for the account.
func wechat(a Account) *wechattest.Platform {
	p, err := wechattest.Open(wechattest.Config{
		AppID: a.AppID, Secret: a.Secret, Token: a.Token, EncodingAESKey: a.AESKey, CallbackPath: "/wechat/$APPID$",
		OriginalID: "gh_" + a.AppID[6:], // accounts differ in it, too
	})
	if err != nil {
		panic(err)
	}
	return p
}

func Example() {
	registry := &Registry{build: builder(http.DefaultClient, store.NewMemory())}
	mux := http.NewServeMux()
	serve(mux, registry)

	tea, books := account("wx00000000000000aa"), account("wx00000000000000bb")
	if err := registry.Set(context.Background(), []Account{tea, books}); err != nil {
		panic(err)
	}
	for _, a := range []Account{tea, books} {
		p := wechat(a)
		p.Bot(mux)
		reply, err := p.User("oLiLei").Text("你好")
		fmt.Println(reply.Content, err)
		_ = p.Close()
	}
	// Output:
	// wx00000000000000aa: 你好 <nil>
	// wx00000000000000bb: 你好 <nil>
}

func TestServeGin(t *testing.T) {
	r := &Registry{build: builder(http.DefaultClient, store.NewMemory())}
	gin.SetMode(gin.TestMode)
	router := gin.New()
	serveGin(router, r)
	a := account("wx00000000000000aa")
	p := wechat(a)
	defer func() { require.NoError(t, p.Close()) }()
	p.Bot(router)
	_, err := p.User("oLiLei").Text("你好")
	require.ErrorIs(t, err, wechattest.ErrStatus, "no account has this id")
	require.NoError(t, r.Set(t.Context(), []Account{a}))
	reply, err := p.User("oLiLei").Text("你好")
	require.NoError(t, err)
	require.Equal(t, a.AppID+": 你好", reply.Content)
}

func TestSet(t *testing.T) {
	r := &Registry{build: builder(http.DefaultClient, store.NewMemory())}
	a, b := account("wx00000000000000aa"), account("wx00000000000000bb")
	require.NoError(t, r.Set(t.Context(), []Account{a, b}))
	kept, gone := r.Bot(a.AppID), r.Bot(b.AppID)

	wrong := account("gh_4b8d02e6a7f1")
	require.ErrorContains(t, r.Set(t.Context(), []Account{a, wrong}), "account gh_4b8d02e6a7f1: ")
	require.ErrorContains(t, r.Set(t.Context(), []Account{a, a}), "listed twice")
	require.Same(t, gone, r.Bot(b.AppID), "nothing has changed")

	require.NoError(t, r.Set(t.Context(), []Account{a}))
	require.Same(t, kept, r.Bot(a.AppID))
	require.Nil(t, r.Bot(b.AppID))

	a.Secret = "another secret"
	require.NoError(t, r.Set(t.Context(), []Account{a}))
	require.NotSame(t, kept, r.Bot(a.AppID))
}

func TestSharesTheTokenOfEachAccount(t *testing.T) {
	a := account("wx00000000000000aa")
	p := wechat(a)
	defer func() { require.NoError(t, p.Close()) }()
	st := store.NewMemory()
	for range 3 { // processes
		r := &Registry{build: builder(&http.Client{Transport: hosts{a.AppID: p}}, st)}
		require.NoError(t, r.Set(t.Context(), []Account{a}))
		require.NoError(t, r.Bot(a.AppID).Client.Get(t.Context(), "/cgi-bin/getcallbackip", nil, nil))
	}
	require.Equal(t, 1, p.TokenRequests())
}

func TestUnknownAccount(t *testing.T) {
	r := &Registry{build: builder(http.DefaultClient, store.NewMemory())}
	mux := http.NewServeMux()
	serve(mux, r)
	p := wechat(account("wx00000000000000aa"))
	defer func() { require.NoError(t, p.Close()) }()
	p.Bot(mux)
	_, err := p.User("oLiLei").Text("你好")
	require.ErrorIs(t, err, wechattest.ErrStatus)
}

func TestTwoHundredAccountsInATable(t *testing.T) {
	db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/accounts.db")
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = db.Exec(`CREATE TABLE wx_account (appid TEXT PRIMARY KEY, secret BLOB, token BLOB, aes_key BLOB, enabled INTEGER)`)
	require.NoError(t, err)
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	require.NoError(t, err)
	box, err := cipher.NewGCMWithRandomNonce(block)
	require.NoError(t, err)
	seal := func(s string) []byte { return box.Seal(nil, nil, []byte(s), nil) }
	open := func(sealed []byte) (string, error) {
		text, err := box.Open(nil, nil, sealed, nil)
		return string(text), err
	}
	for i := range 200 {
		a := account(fmt.Sprintf("wx%016x", i))
		_, err := db.Exec(`INSERT INTO wx_account VALUES (?, ?, ?, ?, 1)`, a.AppID, seal(a.Secret), seal(a.Token), seal(a.AESKey))
		require.NoError(t, err)
	}
	accounts, err := load(t.Context(), db, open)
	require.NoError(t, err)
	require.Len(t, accounts, 200)
	require.Equal(t, account(fmt.Sprintf("wx%016x", 7)), accounts[7])
	r := &Registry{build: builder(http.DefaultClient, store.NewMemory())}
	require.NoError(t, r.Set(t.Context(), accounts))
	require.NotNil(t, r.Bot(fmt.Sprintf("wx%016x", 199)))

	_, err = load(t.Context(), db, func([]byte) (string, error) { return "", errors.New("wrong key") })
	require.EqualError(t, err, "wrong key")
}

func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &Registry{build: builder(http.DefaultClient, store.NewMemory())}
		a, b := account("wx00000000000000aa"), account("wx00000000000000bb")
		answers := [][]Account{{a}, nil, {a, b}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- follow(ctx, r, time.Minute, func(context.Context) ([]Account, error) {
				next := answers[0]
				if answers = answers[1:]; next == nil {
					return nil, errors.New("database down")
				}
				return next, nil
			})
		}()
		synctest.Wait()
		require.Nil(t, r.Bot(b.AppID))
		time.Sleep(90 * time.Second)
		require.NotNil(t, r.Bot(a.AppID), "the database was down, nothing has changed")
		time.Sleep(time.Minute)
		require.NotNil(t, r.Bot(b.AppID))
		cancel()
		require.NoError(t, <-done)
	})
	require.EqualError(t, follow(t.Context(), &Registry{}, time.Minute, func(context.Context) ([]Account, error) {
		return nil, errors.New("database down")
	}), "database down")
}

// A message of one account at the address of another is refused, even with common secrets.
func TestMessageOfAnotherAccount(t *testing.T) {
	a, b := account("wx00000000000000aa"), account("wx00000000000000bb")
	r := &Registry{build: builder(http.DefaultClient, store.NewMemory())}
	require.NoError(t, r.Set(t.Context(), []Account{a, b}))
	mux := http.NewServeMux()
	serve(mux, r)
	p := wechattest.New(t, wechattest.Config{
		AppID: a.AppID, Secret: a.Secret, Token: a.Token, EncodingAESKey: a.AESKey, CallbackPath: "/wechat/" + b.AppID,
	})
	p.Bot(mux)
	reply, err := p.User("oLiLei").Text("你好")
	require.ErrorIs(t, err, wechattest.ErrStatus)
	require.Equal(t, http.StatusForbidden, reply.Deliveries[0].Status)
}
