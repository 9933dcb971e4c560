// Package menu is the custom menu (自定义菜单) at the foot of an Official Account's
// chat: the default menu, conditional menus (个性化菜单) for some of the followers,
// and a look at the menu in force.
//
//	menus := menu.New(oa)
//	err := menus.Create(ctx,
//		menu.ClickButton("今日歌曲", "V1001_TODAY_MUSIC"),
//		menu.Submenu("菜单",
//			menu.ViewButton("搜索", "https://www.example.com/"),
//			menu.MiniProgramButton("小程序", "wx286b93c14bbf93aa", "pages/lunar/index", "https://www.example.com/"),
//		),
//	)
//
// A menu has one to three buttons; each is a leaf that does something or a
// [Submenu] of one to five leaves. A [Button] may be written as a struct too; the
// functions above only make sure that it has what its type needs. Create looks at
// every button before it sends anything: what the platform would surely refuse is
// an [errcode.LimitError] that names the button and the limit.
//
// A click reaches the bot as an event of package message: ClickEvent with the
// button's key, ViewEvent with its URL, and one for each of the scan, picture and
// location types.
//
// A new menu replaces the old one. Clients fetch it at most every five minutes,
// when a user enters the chat or the account's profile; to see it at once, unfollow
// and follow again.
//
// # Conditional menus
//
// [Service.AddConditional] adds a menu for the followers that a [MatchRule] names;
// a default menu must exist first. Of several that match the newest wins.
// [Service.TryMatch] tells what one follower sees. [Service.Delete] removes the
// default menu and all conditional ones.
//
// # Menus made on the console
//
// [Service.Get] knows only menus made through this API. [Service.Current] reads the
// menu in force wherever it was made; its buttons are of another shape, hence
// [CurrentButton].
package menu
