package posts_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/posts"
)

func TestReplacePictures(t *testing.T) {
	for content, want := range map[string]string{
		"":                                      "",
		`<p>src="a"</p>`:                        `<p>src="a"</p>`,
		`<img src="a"><IMG alt=x SRC='b' />`:    `<img src="A"><IMG alt=x SRC="B" />`,
		`<img src=a>`:                           `<img src="A">`,
		`<img alt=" src='x'>" data-src = "b" >`: `<img alt=" src='x'>" data-src = "B" >`,
		`<img
src=" c?d=1&amp;e "
>`: `<img
src="C?D=1&amp;E"
>`,
		`<image src="a"><img><img src><img src=""><img src="a`: `<image src="a"><img><img src><img src=""><img src="a`,
	} {
		require.Equal(t, want, posts.ReplacePictures(content, strings.ToUpper), content)
		require.Equal(t, content, posts.ReplacePictures(content, func(s string) string { return s }))
	}
}

func TestForeign(t *testing.T) {
	require.Equal(t, []string{"a.png", "https://example.com/b.png", "https://qpic.cn.example/c.png", "data:image/png;base64,AAAA", "//example.com/d"},
		posts.Foreign(`<img src="a.png"><img src="https://example.com/b.png"><img src="https://qpic.cn.example/c.png"><img src="data:image/png;base64,AAAA"><img src="//example.com/d">`+
			`<img src="https://mmbiz.qpic.cn/mmbiz_png/x/0?wx_fmt=png"><img src="http://127.0.0.1:8080/wechattest/file?id=1"><img src="https://api.wechat.test/x"><img src="//mmbiz.qpic.cn/x">`))
}

func FuzzReplacePictures(f *testing.F) {
	f.Add(`<p>a</p><img src="b" data-src=c alt='>'><img`)
	f.Fuzz(func(t *testing.T, content string) {
		require.Equal(t, content, posts.ReplacePictures(content, func(s string) string { return s }))
		replaced := posts.ReplacePictures(content, func(string) string { return "https://mmbiz.qpic.cn/x" })
		require.Empty(t, posts.Foreign(replaced))
	})
}
