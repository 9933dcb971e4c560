package menu_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestFlow makes a menu on the local platform, reads it back, and has a user press
// one of its buttons: the click reaches a bot in safe mode.
func TestFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
		bot := localtest.Bot(t, p)
		message.On(bot, func(_ context.Context, m *message.ClickEvent) (message.Reply, error) {
			return message.TextReply("you pressed " + m.EventKey), nil
		})
		menus := menu.New(localtest.Client(t, p))

		_, err := menus.Get(t.Context())
		require.ErrorIs(t, err, errcode.MenuNotFound)
		_, err = menus.AddConditional(t.Context(), menu.MatchRule{Client: menu.IOS}, menu.ClickButton("x", "X"))
		require.ErrorIs(t, err, errcode.DefaultMenuMissing)

		buttons := []menu.Button{
			menu.ClickButton("今日歌曲", "SONG"),
			menu.Submenu("更多",
				menu.ViewButton("搜索", "https://www.example.com/?a=1&b=2"),
				menu.ScanCodeWaitButton("扫码", "SCAN"),
			),
		}
		require.NoError(t, menus.Create(t.Context(), buttons...))
		got, err := menus.Get(t.Context())
		require.NoError(t, err)
		require.Equal(t, &menu.Menus{Default: menu.Menu{Buttons: buttons}}, got)

		li := p.User("oLiLei")
		reply, err := li.Click("SONG")
		require.NoError(t, err)
		require.Equal(t, "you pressed SONG", reply.Content)

		id, err := menus.AddConditional(t.Context(), menu.MatchRule{Client: menu.IOS}, menu.ClickButton("苹果", "APPLE"))
		require.NoError(t, err)
		got, err = menus.Get(t.Context())
		require.NoError(t, err)
		require.Equal(t, []menu.ConditionalMenu{{
			Buttons: []menu.Button{menu.ClickButton("苹果", "APPLE")}, Rule: menu.MatchRule{Client: menu.IOS}, ID: id,
		}}, got.Conditional)
		seen, err := menus.TryMatch(t.Context(), "oLiLei")
		require.NoError(t, err)
		require.Equal(t, buttons, seen)

		current, err := menus.GetCurrent(t.Context())
		require.NoError(t, err)
		require.True(t, current.Enabled)
		require.Len(t, current.Menu.Buttons, 2)
		require.Equal(t, "https://www.example.com/?a=1&b=2", current.Menu.Buttons[1].Sub.Buttons[0].URL)

		require.NoError(t, menus.DeleteConditional(t.Context(), id))
		require.ErrorIs(t, menus.DeleteConditional(t.Context(), id), errcode.ConditionalMenuNotFound)
		require.NoError(t, menus.Delete(t.Context()))
		_, err = menus.Get(t.Context())
		require.ErrorIs(t, err, errcode.MenuNotFound)
	})
}
