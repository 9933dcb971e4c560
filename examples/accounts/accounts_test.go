package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestDemo(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader(""), &out, true))
	for _, line := range []string{"nobody there, HTTP 404", "refused, HTTP 403", "10 steps, all as expected."} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "FAIL")
	require.NotContains(t, out.String(), wechattest.DefaultSecret)
}

func TestTalk(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader(appIDs[1]+" how are you\nwxnobody hello\n"+appIDs[0]+" hello\n"), &out, false))
	_, talk, _ := strings.Cut(out.String(), "Talk to")
	require.Contains(t, talk, "> "+appIDs[1]+" has 1 followers, and you say: how are you")
	require.Contains(t, talk, "There is no account wxnobody.")
	require.Contains(t, talk, "404")
}

func account(i int) Account {
	return Account{AppID: fmt.Sprintf("wx%016d", i), Secret: "secret", Token: "token"}
}

func TestAddsSideBySide(t *testing.T) {
	r := NewRegistry(client)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() { require.NoError(t, r.Add(account(i))) })
	}
	all.Wait()
	require.Len(t, r.AppIDs(), 20)
}

// A change touches the accounts that it is about, and a wrong one touches none.
func TestSet(t *testing.T) {
	r := NewRegistry(client)
	require.NoError(t, r.Set(account(1), account(2)))
	one, two := r.bots[account(1).AppID], r.bots[account(2).AppID]
	changed := account(2)
	changed.Token = "another"
	require.NoError(t, r.Set(account(1), changed, account(3)))
	require.Same(t, one, r.bots[one.account.AppID])
	require.NotSame(t, two, r.bots[two.account.AppID])
	require.Equal(t, []string{account(1).AppID, account(2).AppID, account(3).AppID}, r.AppIDs())

	bad := account(4)
	bad.EncodingAESKey = "too short"
	for _, set := range [][]Account{{account(5), bad}, {account(5), account(5)}, {{AppID: "wx", Secret: "s"}}} {
		err := r.Set(set...)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "too short")
		require.Len(t, r.AppIDs(), 3)
	}
	require.NoError(t, r.Remove("wxnobody"))
	require.NoError(t, r.Remove(account(1).AppID))
	require.NoError(t, r.Set())
	require.Empty(t, r.AppIDs())
}

// Accounts come and go while callbacks arrive.
func TestChangesUnderLoad(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	cfg := p.Config()
	steady := Account{AppID: cfg.AppID, Secret: cfg.Secret, Token: cfg.Token}
	w := &world{platforms: map[string]*wechattest.Platform{cfg.AppID: p}}
	for i := range 5 {
		w.platforms[account(i).AppID] = p
	}
	r := NewRegistry(w.client)
	require.NoError(t, r.Add(steady))
	p.Bot(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { r.Serve(w, req, cfg.AppID) }))
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for n := range 25 {
				reply, err := p.User(fmt.Sprint("o", i)).Text(fmt.Sprint(n))
				require.NoError(t, err)
				require.Contains(t, reply.Saw(), fmt.Sprint("you say: ", n))
			}
		})
	}
	for n := range 50 {
		require.NoError(t, r.Add(account(n%5)))
		require.NoError(t, r.Remove(account((n+3)%5).AppID))
	}
	all.Wait()
	require.NoError(t, r.Set())
}

func TestServesAccounts(t *testing.T) {
	for name, value := range map[string]string{"WECHAT_TOKEN": "weixin", "WECHAT_APPID": account(1).AppID, "WECHAT_SECRET": "secret", "WECHAT_AES_KEY": ""} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, run(ctx, "127.0.0.1:0", true), "it serves until it is told to end")

	*file = filepath.Join(t.TempDir(), "accounts.json")
	write := func(text string) { require.NoError(t, os.WriteFile(*file, []byte(text), 0o600)) }
	require.Error(t, run(ctx, "127.0.0.1:0", true), "no file")
	for text, want := range map[string]string{
		"[":                  "accounts.json: ",
		`[{"appid": "wx1"}]`: "account 1 needs appid, secret and token",
		`[{"appid": "` + account(1).AppID + `", "secret": "s", "token": "t"}]`: "duplicate account wx",
	} {
		write(text)
		require.ErrorContains(t, run(ctx, "127.0.0.1:0", true), want)
	}
	write(`[{"appid": "` + account(2).AppID + `", "secret": "s", "token": "t", "aes_key": "` + wechattest.DefaultEncodingAESKey + `"}]`)
	require.NoError(t, run(ctx, "127.0.0.1:0", true))
}
