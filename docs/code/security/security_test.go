package security

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// startBot starts a bot in safe mode on a local platform.
func startBot(t *testing.T) (*wechattest.Platform, *message.Handler) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	c := p.Config()
	bot, err := newBot(c.Token, c.AppID, c.EncodingAESKey, store.NewMemory())
	require.NoError(t, err)
	p.Bot(bot)
	return p, bot
}

// No forged request gets in.
func TestForgeries(t *testing.T) {
	p, _ := startBot(t)
	for _, f := range wechattest.Forgeries(wechattest.Safe) {
		delivery, err := p.User("oMallory").Forge(f, wechattest.Text("transfer everything"))
		require.NoError(t, err, f)
		require.True(t, delivery.Refused(), f)
	}
}

// A signature is used once, even if another process received it.
func TestReplayAcrossProcesses(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	c := p.Config()
	st := store.NewMemory()
	runs := 0
	var bots []http.Handler
	for range 2 {
		bot, err := newBot(c.Token, c.AppID, c.EncodingAESKey, st)
		require.NoError(t, err)
		bots = append(bots, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			runs++
			bot.ServeHTTP(w, r)
		}))
	}
	p.Bot(bots...)
	delivery, err := p.User("oMallory").Forge(wechattest.ReplayedNonce, wechattest.Text("again"))
	require.NoError(t, err)
	require.True(t, delivery.Refused())
	require.Equal(t, 2, runs, "the genuine one and the forged one, in two processes")
}

// Nothing prints a secret.
func TestSecretsDoNotPrint(t *testing.T) {
	const secret = "7c0e5b1f9a3d42688e1fb6d09c75a234"
	config := officialaccount.Config{AppID: "wx0123456789abcdef", Secret: secret}
	oa, err := officialaccount.New(config)
	require.NoError(t, err)
	tok := token.New(secret, time.Now().Add(time.Hour))

	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "config", config, "client", oa, "token", tok)
	fmt.Fprintf(&log, "%v %+v %#v %v", config, config, oa, tok)
	text, err := json.Marshal(config)
	require.NoError(t, err)
	log.Write(text)
	require.NotContains(t, log.String(), secret)
}

func TestOnlyWeChat(t *testing.T) {
	p, bot := startBot(t)
	h := onlyWeChat(localtest.Client(t, p), bot)
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "203.0.113.99:1234"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	require.Equal(t, http.StatusForbidden, w.Code)
}

func TestSeal(t *testing.T) {
	inner := store.NewMemory()
	old, next := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	first, err := seal(inner, old)
	require.NoError(t, err)
	require.NoError(t, first.Set(t.Context(), "k", []byte("refresh token"), 0))
	raw, _, err := inner.Get(t.Context(), "k")
	require.NoError(t, err)
	require.NotContains(t, string(raw), "refresh")
	rotated, err := seal(inner, next, old)
	require.NoError(t, err)
	value, _, err := rotated.Get(t.Context(), "k")
	require.NoError(t, err)
	require.Equal(t, "refresh token", string(value))
	without, err := seal(inner, next)
	require.NoError(t, err)
	_, _, err = without.Get(t.Context(), "k")
	require.ErrorIs(t, err, store.ErrCannotOpen)
}

func TestServer(t *testing.T) {
	p, bot := startBot(t)
	server := httptest.NewUnstartedServer(bot)
	server.Config = newServer(bot)
	server.Start()
	defer server.Close()
	p.BotURL(server.URL)
	require.NoError(t, p.Verify())
	resp, err := http.Post(server.URL, "text/xml", strings.NewReader(strings.Repeat("a", 2<<20)))
	if err == nil {
		require.NotEqual(t, http.StatusOK, resp.StatusCode)
		require.NoError(t, resp.Body.Close())
	}
}
