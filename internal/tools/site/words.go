package main

import "github.com/seed-f21aa8d8/wechat/internal/tools/pages"

// words are the words around the pages.
type words struct {
	Site, Start, Search, Nothing, Menu, Theme, Contents, Previous, Next, Copy, Copied string
	Other, OtherLang                                                                  string // the language to switch to
	Project, Packages, PackagesIntro, Package, Skip                                   string
}

func wordsOf(lang pages.Lang) words {
	if lang == pages.Chinese {
		return words{
			Site: "微信公众号 Go SDK", Start: "开始", Search: "搜索", Nothing: "没有找到", Menu: "目录", Theme: "切换深色与浅色", Contents: "本页内容",
			Previous: "上一页", Next: "下一页", Copy: "复制", Copied: "已复制", Other: "English", OtherLang: string(pages.English),
			Project: "项目", Packages: "全部包", Package: "包", Skip: "跳到正文",
			PackagesIntro: "每个包的用途，取自代码中的说明；完整文档在 pkg.go.dev。",
		}
	}
	return words{
		Site: "Go SDK for WeChat Official Accounts", Start: "Start", Search: "Search", Nothing: "Nothing found", Menu: "Menu", Theme: "Light or dark", Contents: "On this page",
		Previous: "Previous", Next: "Next", Copy: "Copy", Copied: "Copied", Other: "简体中文", OtherLang: string(pages.Chinese),
		Project: "Project", Packages: "All packages", Package: "package", Skip: "Skip to content",
		PackagesIntro: "What each package is for, from its source. The full documentation is on pkg.go.dev.",
	}
}
