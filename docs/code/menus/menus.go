// Package menus has the code of the page about menus.
package menus

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"

	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// createMenu creates the menu of the account, or replaces it.
func createMenu(ctx context.Context, oa *officialaccount.Client) error {
	return menu.New(oa).Create(ctx,
		menu.ViewButton("双十一", "https://shop.example.com/sale"),
		menu.Submenu("我的",
			menu.ViewButton("我的订单", "https://shop.example.com/orders"),
			menu.MiniProgramButton("会员中心", "wx286b93c14bbf93aa", "pages/member/index", "https://shop.example.com/member"),
			menu.ClickButton("联系客服", "AGENT"),
		),
	)
}

// allKinds returns a button of each kind that asks the user for something.
func allKinds() []menu.Button {
	return []menu.Button{
		menu.Submenu("扫码",
			menu.ScanCodePushButton("扫一扫", "SCAN"),      // shows the content, or opens it
			menu.ScanCodeWaitButton("扫码查真伪", "GENUINE"), // waits for the bot's answer
		),
		menu.Submenu("发图",
			menu.PicSysPhotoButton("拍照", "PHOTO"),
			menu.PicPhotoOrAlbumButton("拍照或相册", "PICTURE"),
			menu.PicWeixinButton("微信相册", "ALBUM"),
		),
		menu.LocationSelectButton("附近门店", "NEAR"),
	}
}

// contents returns buttons that show something that the account has: a material by its
// media id, and a published article by its article id.
func contents(mediaID, articleID string) []menu.Button {
	return []menu.Button{
		menu.MediaButton("尺码表", mediaID),                 // sends a picture, voice or video
		menu.ArticleButton("新品", articleID),              // sends the article as a card
		menu.ArticleViewLimitedButton("品牌故事", articleID), // opens the article
	}
}

// answerButtons registers what the bot does when a button is tapped.
func answerButtons(bot *message.Handler) {
	message.On(bot, func(ctx context.Context, e *message.ClickEvent) (message.Reply, error) {
		return message.TextReply("客服在线时间 9:00–21:00，请直接留言。"), nil
	}, message.EventKey("AGENT"))
	message.On(bot, func(ctx context.Context, e *message.ScanCodeWaitEvent) (message.Reply, error) {
		if _, code, ok := e.Scan.Barcode(); ok {
			return message.TextReply("条码 " + code + " 是正品。"), nil
		}
		return message.TextReply("请扫描吊牌上的条码。"), nil
	}, message.EventKey("GENUINE"))
	message.On(bot, func(ctx context.Context, m *message.Location) (message.Reply, error) {
		return message.TextReply(fmt.Sprintf("离您最近的门店：%s店", m.Label)), nil
	})
	message.On(bot, func(ctx context.Context, e *message.ViewEvent) (message.Reply, error) {
		slog.Info("opened from the menu", "url", e.EventKey) // the user does not see a reply
		return nil, nil
	})
}

// addConditional adds a menu for users of iPhones and one for followers with a tag. The
// newest menu that matches a follower is shown.
func addConditional(ctx context.Context, oa *officialaccount.Client, vipTag int) error {
	menus := menu.New(oa)
	_, err := menus.AddConditional(ctx, menu.MatchRule{Client: menu.IOS},
		menu.ViewButton("下载 App", "https://apps.apple.com/cn/app/id42"),
	)
	if err != nil {
		return err
	}
	_, err = menus.AddConditional(ctx, menu.MatchRule{TagID: vipTag},
		menu.ViewButton("会员专享", "https://shop.example.com/vip"),
		menu.ClickButton("专属客服", "AGENT"),
	)
	return err
}

// whatUserSees returns the names of the buttons that a follower sees.
func whatUserSees(ctx context.Context, oa *officialaccount.Client, openID string) (names []string, err error) {
	buttons, err := menu.New(oa).TryMatch(ctx, openID)
	for _, b := range buttons {
		names = append(names, b.Name)
	}
	return names, err
}

//go:embed menu.json
var menuFile []byte

// deploy makes the menus of the account those of the file. It sends nothing if they are
// equal.
func deploy(ctx context.Context, oa *officialaccount.Client) error {
	wanted, err := menu.Parse(menuFile)
	if err != nil {
		return err // with line and path of the mistake
	}
	menus := menu.New(oa)
	plan, err := menus.Diff(ctx, wanted)
	if err != nil {
		return err
	}
	for _, warning := range plan.Warnings {
		slog.Warn("menu", "warning", warning)
	}
	return menus.Apply(ctx, plan)
}
