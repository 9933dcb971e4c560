// Package menu manages the custom menu (自定义菜单) at the bottom of an Official Account's
// chat: the default menu, and conditional menus (个性化菜单) for some of the followers.
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
// A menu has one to three buttons; each does something or is a [Submenu] of one to five
// buttons. A [Button] can also be written as a struct; the functions above set the fields
// that its type requires. Create checks every button first: what the platform would
// refuse is an errcode.LimitError that names the button and the limit.
//
// A press reaches the bot as an event of package message: ClickEvent with the button's
// key, ViewEvent with its URL, and one event type for each of the scan, picture and
// location types.
//
// A new menu replaces the old one. Clients refresh it at most every five minutes, when a
// user enters the chat or the account's profile. To see it at once, unfollow the account
// and follow it again.
//
// # Conditional menus
//
// [Service.AddConditional] creates a menu for the followers that a [MatchRule] selects; a
// default menu must exist. Of several menus that match, the newest is shown.
// [Service.TryMatch] returns what one follower sees. An account can create and delete
// 2000 conditional menus a day and test 20,000 times. [Service.Delete] removes the default
// menu and all conditional menus.
//
// # Menus as code
//
// A menu can be kept as a file next to the code. [Parse] reads it; its error has the line
// and the path of a mistake. [Service.Diff] compares it with the menus of the account and returns a
// [Plan], which prints as a unified diff; [Service.Apply] carries it out, and sends nothing
// if the menus are equal.
//
//	wanted, err := menu.Parse(file)
//	…
//	plan, err := menus.Diff(ctx, wanted)
//	…
//	fmt.Print(plan)
//	for _, warning := range plan.Warnings { // what cannot be undone
//		fmt.Println(warning)
//	}
//	err = menus.Apply(ctx, plan)
//
// [Menus.Format] writes the file from the menus that [Service.Get] returns. The command
// cmd/wechat does the same on the command line, and reads YAML too.
//
// # Menus created on the console
//
// [Service.Get] knows only menus that were created through this API.
// [Service.GetCurrent] returns the menu that users see, wherever it was created. Its
// buttons have other fields, see [CurrentButton].
package menu
