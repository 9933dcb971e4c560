package wechattest

import (
	"testing"

	"github.com/stretchr/testify/require"

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
	require.Equal(t, server.DefaultClientIP, DefaultClientIP)
	require.Equal(t, component.Secret, DefaultComponentSecret)
	require.Equal(t, server.DefaultVisitor, DefaultVisitor)
	require.Equal(t, callback.FaultNotice, FaultNotice)
	for via, other := range map[Via]server.Via{
		ViaReply: server.ViaReply, ViaCustomerService: customerservice.Via, ViaMass: mass.ViaMass, ViaPreview: mass.ViaPreview,
		ViaTemplate: template.ViaTemplate, ViaOneTime: template.ViaOneTime, ViaSubscribe: template.ViaSubscribe, ViaMenu: menu.Via, ViaMedical: medical.Via,
	} {
		require.Equal(t, string(other), string(via))
	}
	for m := Auto; m <= CloudHosting; m++ {
		for _, f := range Forgeries(m) {
			require.Equal(t, callback.Forgery(f).String(), f.String())
		}
	}
}
