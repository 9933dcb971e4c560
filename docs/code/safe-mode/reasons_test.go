package safemode

import (
	"bytes"
	"log/slog"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// The table of the page names the reasons as the log has them.
func TestReasonsOfThePage(t *testing.T) {
	account := wechattest.Config{Mode: wechattest.Safe, Deliveries: 1, EncodingAESKey: newAESKey()}
	var log bytes.Buffer
	for _, wrong := range []func(p *wechattest.Config, c *message.Config){
		func(_ *wechattest.Config, c *message.Config) { c.Token = "another" },
		func(p *wechattest.Config, _ *message.Config) { p.Mode = wechattest.Plain },
		func(_ *wechattest.Config, c *message.Config) { c.EncodingAESKey = "" },
		func(_ *wechattest.Config, c *message.Config) { c.EncodingAESKey = newAESKey() },
		func(_ *wechattest.Config, c *message.Config) { c.AppID = wechattest.DefaultComponentAppID },
	} {
		ofPlatform := account
		config := message.Config{
			Token: wechattest.DefaultToken, AppID: wechattest.DefaultAppID, EncodingAESKey: account.EncodingAESKey,
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
		}
		wrong(&ofPlatform, &config)
		p := wechattest.New(t, ofPlatform)
		bot, err := message.NewHandler(config)
		require.NoError(t, err)
		p.Bot(bot)
		_ = p.Verify() // fails with another token
		_, err = p.User("oLiLei").Text("hello")
		require.ErrorIs(t, err, wechattest.ErrStatus)
	}
	p := wechattest.New(t, account)
	bot, err := message.NewHandler(message.Config{
		Token: wechattest.DefaultToken, AppID: wechattest.DefaultAppID, EncodingAESKey: account.EncodingAESKey,
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	require.NoError(t, err)
	p.Bot(bot)
	_, err = p.User("oLiLei").Forge(wechattest.StaleTimestamp, wechattest.Text("hello"))
	require.NoError(t, err)

	reasons := regexp.MustCompile(`detail="([^"]+)"`).FindAllStringSubmatch(log.String(), -1)
	require.GreaterOrEqual(t, len(reasons), 7)
	for _, name := range []string{"safe-mode.md", "safe-mode.zh-CN.md"} {
		page, err := os.ReadFile("../../" + name)
		require.NoError(t, err)
		for _, reason := range reasons {
			require.Contains(t, string(page), "| "+reason[1]+" |", name)
		}
	}
}
