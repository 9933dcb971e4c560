package cloudhosting

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestBot(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.CloudHosting, JSON: true})
	bot, err := newBot(store.NewMemory())
	require.NoError(t, err)
	p.Bot(newServer(bot))
	require.NoError(t, p.Verify()) // CheckContainerPath

	reply, err := p.User("oLiLei").Text("在吗")
	require.NoError(t, err)
	require.Equal(t, "收到：在吗", reply.Content)

	d, err := p.User("oLiLei").Forge(wechattest.MissingSource, wechattest.Text("from the public network"))
	require.NoError(t, err)
	require.True(t, d.Refused())
}

func TestClients(t *testing.T) {
	for _, make := range []func() error{
		func() error { _, err := newClient(wechattest.DefaultAppID); return err },
		func() error { _, err := withToken(wechattest.DefaultAppID, wechattest.DefaultSecret); return err },
	} {
		require.NoError(t, make())
	}
}
