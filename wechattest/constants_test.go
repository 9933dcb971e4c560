package wechattest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/component"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/customerservice"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/mass"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/medical"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/menu"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/template"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Constants are written out here, so that their values stand in the documentation; they
// are those of the packages behind.
func TestConstantsAgree(t *testing.T) {
	require.Equal(t, server.DefaultClientIP, wechattest.DefaultClientIP)
	require.Equal(t, component.Secret, wechattest.DefaultComponentSecret)
	require.Equal(t, server.DefaultVisitor, wechattest.DefaultVisitor)
	require.Equal(t, callback.FaultNotice, wechattest.FaultNotice)
	for via, other := range map[wechattest.Via]server.Via{
		wechattest.ViaReply: server.ViaReply, wechattest.ViaCustomerService: customerservice.Via, wechattest.ViaMass: mass.ViaMass, wechattest.ViaPreview: mass.ViaPreview,
		wechattest.ViaTemplate: template.ViaTemplate, wechattest.ViaOneTime: template.ViaOneTime, wechattest.ViaSubscribe: template.ViaSubscribe, wechattest.ViaMenu: menu.Via, wechattest.ViaMedical: medical.Via,
	} {
		require.Equal(t, string(other), string(via))
	}
	for m := wechattest.Auto; m <= wechattest.CloudHosting; m++ {
		for _, f := range wechattest.Forgeries(m) {
			require.Equal(t, callback.Forgery(f).String(), f.String())
		}
	}
}
