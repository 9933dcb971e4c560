package limits

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/comment"
	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/datacube"
	"github.com/seed-f21aa8d8/wechat/draft"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/mass"
	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/qrcode"
	"github.com/seed-f21aa8d8/wechat/subscribe"
	"github.com/seed-f21aa8d8/wechat/template"
	"github.com/seed-f21aa8d8/wechat/user"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

var update = flag.Bool("update", false, "write the tables of the pages")

// refused is a row of the table of limits that are checked before a call. probe makes the
// request with n of what is counted.
type refused struct {
	en, zh string
	max    int
	unit   string // bytes, characters or days; or the Chinese counting word, which English does without
	probe  func(ctx context.Context, oa *officialaccount.Client, n int) error
}

func text(n int) string { return strings.Repeat("a", n) }

func openIDs(n int) (ids []string) {
	for i := range n {
		ids = append(ids, "o"+strconv.Itoa(i))
	}
	return ids
}

func buttons(n int) (b []menu.Button) {
	for range n {
		b = append(b, menu.ClickButton("a", "k"))
	}
	return b
}

func news(change func(*article.Article)) article.Article {
	a := article.Article{Title: "t", Content: "c", CoverMediaID: "m"}
	change(&a)
	return a
}

func draftOf(change func(a *article.Article, n int)) func(context.Context, *officialaccount.Client, int) error {
	return func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := draft.New(oa).Add(ctx, news(func(a *article.Article) { change(a, n) }))
		return err
	}
}

func upload(t material.Type, name string) func(context.Context, *officialaccount.Client, int) error {
	return func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := material.New(oa).Upload(ctx, t, name, bytes.NewReader(make([]byte, n)))
		return err
	}
}

var limits = []refused{
	{"passive reply: text", "被动回复的文本", 2048, "bytes", func(_ context.Context, _ *officialaccount.Client, n int) error {
		_, err := message.Encode(message.TextReply(text(n)), "oLiLei", "gh_1", message.XML)
		return err
	}},
	{"customer-service message: text", "客服消息的文本", 2048, "bytes", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		return customerservice.New(oa).Send(ctx, "oLiLei", customerservice.Text(text(n)))
	}},
	{"menu: buttons", "一级菜单个数", 3, "个", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		return menu.New(oa).Create(ctx, buttons(n)...)
	}},
	{"menu: buttons of a submenu", "二级菜单个数", 5, "个", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		return menu.New(oa).Create(ctx, menu.Submenu("a", buttons(n)...))
	}},
	{"menu: name of a button", "一级菜单名称", 16, "bytes", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		return menu.New(oa).Create(ctx, menu.ClickButton(text(n), "k"))
	}},
	{"menu: name of a button of a submenu", "二级菜单名称", 60, "bytes", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		return menu.New(oa).Create(ctx, menu.Submenu("a", menu.ClickButton(text(n), "k")))
	}},
	{"menu: key", "菜单 key", 128, "bytes", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		return menu.New(oa).Create(ctx, menu.ClickButton("a", text(n)))
	}},
	{"article: title", "图文标题", 64, "characters", draftOf(func(a *article.Article, n int) { a.Title = text(n) })},
	{"article: author", "图文作者", 16, "characters", draftOf(func(a *article.Article, n int) { a.Author = text(n) })},
	{"article: content", "图文正文", 19_999, "characters", draftOf(func(a *article.Article, n int) { a.Content = text(n) })},
	{"article: address of “read the original”", "“阅读原文”链接", 1024, "bytes", draftOf(func(a *article.Article, n int) { a.SourceURL = text(n) })},
	{"picture post: pictures", "图片消息的图片数", 20, "张", draftOf(func(a *article.Article, n int) {
		a.Type = article.Pictures
		for range n {
			a.Images = append(a.Images, "m")
		}
	})},
	{"mass send: openids", "群发的 openid 数", 10_000, "个", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := mass.New(oa).SendTo(ctx, openIDs(n), mass.Text("a"))
		return err
	}},
	{"mass send: clientmsgid", "群发的 clientmsgid", 32, "bytes", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := mass.New(oa).SendTo(ctx, openIDs(2), mass.Text("a"), mass.WithClientMsgID(text(n)))
		return err
	}},
	{"media: voice", "语音素材", 2 << 20, "bytes", upload(material.Voice, "a.mp3")},
	{"media: video", "视频素材", 10 << 20, "bytes", upload(material.Video, "a.mp4")},
	{"media: thumb", "缩略图", 64 << 10, "bytes", upload(material.Thumb, "a.jpg")},
	{"media: picture inside an article", "图文内的图片", 1<<20 - 1, "bytes", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := material.New(oa).UploadArticleImage(ctx, "a.png", bytes.NewReader(make([]byte, n)))
		return err
	}},
	{"materials of a page", "素材列表每页", 20, "个", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := material.New(oa).List(ctx, material.Image, 0, n)
		return err
	}},
	{"comments of a page", "留言列表每页", 49, "条", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := comment.New(oa).List(ctx, comment.Article{MsgDataID: "1"}, comment.AnyType, 0, n)
		return err
	}},
	{"tag: name", "标签名", 30, "characters", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := user.New(oa).CreateTag(ctx, text(n))
		return err
	}},
	{"tag: users of a call", "每次打标签的用户数", 50, "个", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		return user.New(oa).Tag(ctx, 100, openIDs(n)...)
	}},
	{"blacklist: users of a call", "每次拉黑的用户数", 20, "个", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		return user.New(oa).Block(ctx, openIDs(n)...)
	}},
	{"remark of a user", "用户备注", 29, "bytes", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		return user.New(oa).UpdateRemark(ctx, "oLiLei", text(n))
	}},
	{"QR code: scene as a text", "二维码的字符串场景值", 64, "characters", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := qrcode.New(oa).CreatePermanent(ctx, qrcode.Text(text(n)))
		return err
	}},
	{"QR code: scene as a number, permanent", "永久二维码的整数场景值", 100_000, "", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := qrcode.New(oa).CreatePermanent(ctx, qrcode.Number(int64(n)))
		return err
	}},
	{"QR code: life of a temporary one", "临时二维码有效期", 30, "days", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := qrcode.New(oa).CreateTemporary(ctx, qrcode.Text("a"), time.Duration(n)*24*time.Hour)
		return err
	}},
	{"short key: data", "短 key 的数据", 4096, "bytes", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := qrcode.New(oa).GenShortKey(ctx, text(n), 0)
		return err
	}},
	{"subscription notice: keywords of a template", "订阅通知模板的关键词数", 5, "个", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		t := subscribe.NewTemplate{TitleID: "1", Scene: "a"}
		for i := range n {
			t.Keywords = append(t.Keywords, strconv.Itoa(i+1))
		}
		_, err := subscribe.New(oa).Add(ctx, t)
		return err
	}},
	{"one-time subscription: title", "一次性订阅的标题", 15, "characters", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		m := template.OneTimeMessage{To: "oLiLei", TemplateID: "t", Scene: "1", Title: text(n)}
		m.Data.Content.Value = "a"
		return template.New(oa).SendOneTime(ctx, m)
	}},
	{"one-time subscription: text", "一次性订阅的正文", 200, "characters", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		m := template.OneTimeMessage{To: "oLiLei", TemplateID: "t", Scene: "1", Title: "a"}
		m.Data.Content.Value = text(n)
		return template.New(oa).SendOneTime(ctx, m)
	}},
	{"web authorization: state", "网页授权的 state", 128, "bytes", func(_ context.Context, oa *officialaccount.Client, n int) error {
		_, err := oauth.New(oa).AuthorizeURL(oauth.AuthRequest{RedirectURL: "https://example.com/", State: text(n)})
		return err
	}},
	{"customer-service records of a page", "客服聊天记录每页", 10_000, "条", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := customerservice.New(oa).ListRecords(ctx, customerservice.RecordQuery{Start: time.Now().Add(-time.Hour), End: time.Now(), Count: n})
		return err
	}},
	{"statistics: new and lost followers", "用户增减数据的跨度", 7, "days", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := datacube.New(oa).GetUserSummary(ctx, datacube.LastDays(n))
		return err
	}},
}

// warned are the rows of the table of limits that the documents disagree about: above them
// the client logs a warning and sends the request.
var warned = []refused{
	{"article: title", "图文标题", 32, "characters", draftOf(func(a *article.Article, n int) { a.Title = text(n) })},
	{"article: digest", "图文摘要", 120, "characters", draftOf(func(a *article.Article, n int) { a.Digest = text(n) })},
	{"articles of a draft", "一个草稿的图文数", 8, "篇", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		var articles []article.Article
		for range n {
			articles = append(articles, news(func(*article.Article) {}))
		}
		_, err := draft.New(oa).Add(ctx, articles...)
		return err
	}},
	{"menu: address of a button", "菜单链接", 1024, "bytes", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		const site = "https://example.com/"
		return menu.New(oa).Create(ctx, menu.ViewButton("a", site+text(n-len(site))))
	}},
	{"mass send: text", "群发的文本", 2048, "bytes", func(ctx context.Context, oa *officialaccount.Client, n int) error {
		_, err := mass.New(oa).SendTo(ctx, openIDs(2), mass.Text(text(n)))
		return err
	}},
	{"media: image", "图片素材", 10 << 20, "bytes", upload(material.Image, "a.png")},
}

// quotas are rows of the table of daily quotas.
var quotas = []struct{ method, path, zh string }{
	{"GET", "/cgi-bin/token", "获取接口调用凭据（旧版）"},
	{"POST", "/cgi-bin/stable_token", "获取稳定版接口调用凭据"},
	{"POST", "/cgi-bin/menu/create", "创建自定义菜单"},
	{"GET", "/cgi-bin/user/get", "获取用户列表"},
	{"GET", "/cgi-bin/user/info", "获取用户基本信息"},
	{"POST", "/cgi-bin/message/custom/send", "发送客服消息"},
	{"POST", "/cgi-bin/message/template/send", "发送模板消息"},
	{"POST", "/cgi-bin/message/mass/send", "根据 openid 群发"},
	{"POST", "/cgi-bin/media/upload", "上传临时素材"},
	{"GET", "/cgi-bin/media/get", "获取临时素材"},
	{"POST", "/cgi-bin/qrcode/create", "生成带参数的二维码"},
	{"POST", "/cgi-bin/draft/add", "新增草稿"},
	{"POST", "/cgi-bin/freepublish/submit", "发布草稿"},
}

func TestRefused(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	oa := localtest.Client(t, p)
	for _, l := range limits {
		err := l.probe(t.Context(), oa, l.max)
		require.False(t, errors.Is(err, errcode.ErrLimit) || errors.Is(err, message.ErrReply), "%s: %d: %v", l.en, l.max, err)
		calls := p.Count("")
		err = l.probe(t.Context(), oa, l.max+1)
		require.True(t, errors.Is(err, errcode.ErrLimit) || errors.Is(err, message.ErrReply), "%s: %d: %v", l.en, l.max+1, err)
		require.Equal(t, calls, p.Count(""), "%s: something was sent", l.en)
		var limit *errcode.LimitError
		if errors.As(err, &limit) && limit.Max > 0 && l.unit != "days" {
			require.Equal(t, l.max, limit.Max, l.en)
		}
	}
}

func TestWarned(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	var log bytes.Buffer
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client(),
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	require.NoError(t, err)
	for _, l := range warned {
		require.NotErrorIs(t, l.probe(t.Context(), oa, l.max), errcode.ErrLimit, l.en)
		require.Empty(t, log.String(), l.en)
		calls := p.Count("")
		require.NotErrorIs(t, l.probe(t.Context(), oa, l.max+1), errcode.ErrLimit, l.en)
		require.Contains(t, log.String(), "limit="+strconv.Itoa(l.max), l.en)
		require.Greater(t, p.Count(""), calls, l.en)
		log.Reset()
	}
}

func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// amount is a number with its unit.
func amount(n int, unit string, chinese bool) string {
	if unit == "bytes" && n >= 1<<16 {
		switch {
		case n%(1<<20) == 0:
			return fmt.Sprintf("%d MiB", n>>20)
		case n%(1<<20) == 1<<20-1 && chinese:
			return fmt.Sprintf("小于 %d MiB", n>>20+1)
		case n%(1<<20) == 1<<20-1:
			return fmt.Sprintf("less than %d MiB", n>>20+1)
		case n%(1<<10) == 0:
			return fmt.Sprintf("%d KiB", n>>10)
		}
	}
	zh, word := map[string]string{"bytes": "字节", "characters": "个字符", "days": "天"}[unit]
	switch {
	case chinese && word:
		unit = zh
	case !chinese && !word:
		unit = ""
	}
	return strings.TrimSpace(grouped(n) + " " + unit)
}

// daily returns the quotas of a new account, as the local platform counts them.
func daily(t *testing.T) map[string]int {
	p := wechattest.New(t, wechattest.Config{})
	web := p.Client()
	token := p.IssueToken()
	for _, q := range quotas {
		r, err := http.NewRequestWithContext(t.Context(), q.method, p.URL()+q.path+"?access_token="+token, strings.NewReader("{}"))
		require.NoError(t, err)
		resp, err := web.Do(r)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	numbers := map[string]int{}
	for _, q := range p.Quotas() {
		numbers[q.Path] = q.Daily
	}
	return numbers
}

// The tables of both pages are those of the code.
func TestTables(t *testing.T) {
	numbers := daily(t)
	for page, chinese := range map[string]bool{"limits.md": false, "limits.zh-CN.md": true} {
		rows := func(limits []refused) string {
			var b strings.Builder
			for _, l := range limits {
				name := l.en
				if chinese {
					name = l.zh
				}
				fmt.Fprintf(&b, "| %s | %s |\n", name, amount(l.max, l.unit, chinese))
			}
			return b.String()
		}
		var perDay strings.Builder
		for _, q := range quotas {
			require.NotZero(t, numbers[q.path], q.path)
			fmt.Fprintf(&perDay, "| `%s` %s | %s |\n", q.path, q.zh, grouped(numbers[q.path]))
		}
		name := filepath.Join("..", "..", page)
		old, err := os.ReadFile(name)
		require.NoError(t, err)
		filled := fill(t, string(old), "refused", rows(limits))
		filled = fill(t, filled, "warned", rows(warned))
		filled = fill(t, filled, "quotas", perDay.String())
		if *update {
			require.NoError(t, os.WriteFile(name, []byte(filled), 0o644))
			continue
		}
		require.Equal(t, string(old), filled, "%s: run the test with -update", page)
	}
}

// fill replaces the rows of the table behind the comment with that name.
func fill(t *testing.T, page, name, rows string) string {
	table := regexp.MustCompile(`(<!-- table: ` + name + ` -->\n\|[^\n]*\|\n\|[-|]*\|\n)(?:\|[^\n]*\n)*`)
	require.True(t, table.MatchString(page), name)
	return table.ReplaceAllStringFunc(page, func(old string) string { return table.FindStringSubmatch(old)[1] + rows })
}
