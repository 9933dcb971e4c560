package unwrapped

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestSpring(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	account := p.Config()
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: account.AppID, Secret: account.Secret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	require.NoError(t, err)

	remove := p.Inject(wechattest.Rule{
		Path:  "/cgi-bin/garden/get",
		Fault: wechattest.Answer(`{"flower_list":["peony"],"plant_time":1700000000,"is_public":1}`),
	})
	g, err := spring(t.Context(), oa)
	require.NoError(t, err)
	require.Equal(t, []string{"peony"}, g.Flowers)
	require.JSONEq(t, `{"season":"spring"}`, string(p.Calls("/cgi-bin/garden/get")[0].Body))

	remove()
	p.Inject(wechattest.Rule{Path: "/cgi-bin/garden/get", Fault: wechattest.ErrcodeText(98765, "no gardener")})
	_, err = spring(t.Context(), oa)
	require.ErrorIs(t, err, errcode.Code(98765))
	require.Contains(t, explain(err), "errcode 98765: no gardener")
}
