package menus

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/user"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func open(t *testing.T) (*wechattest.Platform, *officialaccount.Client) {
	p := wechattest.New(t, wechattest.Config{})
	answerButtons(localtest.Bot(t, p))
	return p, localtest.Client(t, p)
}

func TestButtons(t *testing.T) {
	p, oa := open(t)
	require.NoError(t, createMenu(t.Context(), oa))

	reply, err := p.User("oLiLei").Tap("我的", "联系客服")
	require.NoError(t, err)
	require.Contains(t, reply.Content, "客服在线时间")
}

func TestKinds(t *testing.T) {
	p, oa := open(t)
	menus := menu.New(oa)
	require.NoError(t, menus.Create(t.Context(), allKinds()...))
	u := p.User("oLiLei")
	reply, err := u.Send(wechattest.ScanCodeWait("GENUINE", "barcode", "EAN_13,6901234567892"))
	require.NoError(t, err)
	require.Equal(t, "条码 6901234567892 是正品。", reply.Content)
	_, err = u.Send(wechattest.View("https://shop.example.com/sale"))
	require.NoError(t, err)
	reply, err = u.Send(wechattest.Location(31.2, 121.5, 16, "陆家嘴"))
	require.NoError(t, err)
	require.Contains(t, reply.Content, "陆家嘴店")
	require.Len(t, contents("m", "a"), 3)
}

func TestConditional(t *testing.T) {
	p, oa := open(t)
	require.NoError(t, createMenu(t.Context(), oa))
	users := user.New(oa)
	tag, err := users.CreateTag(t.Context(), "会员")
	require.NoError(t, err)
	require.NoError(t, addConditional(t.Context(), oa, tag.ID))
	vip, phone := p.User("oVIP"), p.User("oPhone")
	require.NoError(t, users.Tag(t.Context(), tag.ID, "oVIP"))
	phone.UsePhone(wechattest.IOS)
	require.Equal(t, "会员专享", vip.Menu()[0].Name)
	names, err := whatUserSees(t.Context(), oa, "oPhone")
	require.NoError(t, err)
	require.Equal(t, []string{"下载 App"}, names)
}

func TestDeploy(t *testing.T) {
	p, oa := open(t)
	for range 2 {
		require.NoError(t, deploy(t.Context(), oa))
	}
	require.Equal(t, 1, p.Count("/cgi-bin/menu/create"))
	require.Equal(t, "双十一", p.Menu()[0].Name)

	wanted, err := menu.Parse(menuFile)
	require.NoError(t, err)
	plan, err := menu.New(oa).Diff(t.Context(), wanted)
	require.NoError(t, err)
	require.Empty(t, plan.Steps, "the menus of the account are those of the file")
}
