// Package localtest connects the tests of services with the local platform.
package localtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// Client returns a client of the account of p.
func Client(t testing.TB, p *wechattest.Platform) *officialaccount.Client {
	t.Helper()
	account := p.Config()
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: account.AppID, Secret: account.Secret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	require.NoError(t, err)
	return oa
}

// Bot returns a handler that receives the callbacks of p.
func Bot(t testing.TB, p *wechattest.Platform) *message.Handler {
	t.Helper()
	account := p.Config()
	bot, err := message.NewHandler(message.Config{
		Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey,
	})
	require.NoError(t, err)
	p.Bot(bot)
	return bot
}
