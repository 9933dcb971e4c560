package readme

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestCreateMenu(t *testing.T) {
	_, err := newClient("wx0123456789abcdef", "a secret")
	require.NoError(t, err)

	p := wechattest.New(t, wechattest.Config{})
	cfg := p.Config()
	oa, err := officialaccount.New(officialaccount.Config{AppID: cfg.AppID, Secret: cfg.Secret, BaseURL: p.URL(), HTTPClient: p.Client()})
	require.NoError(t, err)
	require.NoError(t, createMenu(t.Context(), oa))
	require.Equal(t, "Docs", p.Menu()[0].Name)

	end := p.Inject(wechattest.Rule{Path: "/cgi-bin/menu/create", Fault: wechattest.ErrcodeText(40164, "invalid ip 203.0.113.7, not in whitelist")})
	err = createMenu(t.Context(), oa)
	require.ErrorIs(t, err, errcode.IPNotInWhitelist)
	require.ErrorContains(t, err, "add 203.0.113.7")
	end()
	p.Inject(wechattest.Rule{Path: "/cgi-bin/menu/create", Fault: wechattest.Errcode(45009)})
	require.ErrorContains(t, createMenu(t.Context(), oa), "try again tomorrow")
}
