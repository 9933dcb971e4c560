package markdown_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/markdown"
)

// bare parses an article and removes the styles.
func bare(source string) string {
	return regexp.MustCompile(` style="[^"]*"`).ReplaceAllString(markdown.ParseArticle(source).HTML, "")
}

func TestParseArticle(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"nothing", "", ""},
		{"title", "# A *b* [c](https://example.com)\n\ntext", "<p>text</p>"},
		{"headings", "text\n\n# A\n\n###### B", "<p>text</p><h1>A</h1><h6>B</h6>"},
		{"inline", "*a* **b** ~~c~~ `d<e` x<br>y  \nz", "<p><em>a</em> <strong>b</strong> <del>c</del> <code>d&lt;e</code> x<br>y<br>z</p>"},
		{"lists", "- a\n- [x] b\n\n3. c\n\n   d", "<ul><li>a</li><li>☑ b</li></ul><ol start=\"3\"><li><p>c</p><p>d</p></li></ol>"},
		{"table", "|a|b|\n|-|-|\n|1|2|", "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"},
		{"code", "```go\nif a {\n\tb()\n}\n```", "<pre>if&nbsp;a&nbsp;{<br>&nbsp;&nbsp;&nbsp;&nbsp;b()<br>}</pre>"},
		{"quotation and rule", "> a\n\n---", "<blockquote><p>a</p></blockquote><hr>"},
		{"formula", "$x^2$\n\n$$\na \\\\ b\n$$", "<p><em>x²</em></p><p><em>a <br> b</em></p>"},
		{"pictures", "![a \"b\"](pictures/a%20b.png 'T')![](https://example.com/x.png?a=1&b=2)![e](data:image/png;base64,x)",
			`<p><img src="pictures/a%20b.png" alt="a &#34;b&#34;"><span>T</span><img src="https://example.com/x.png?a=1&amp;b=2" alt="">e</p>`},
		{"links", "[a](https://example.com/?a=1&b=2) [b](https://mp.weixin.qq.com/s/x) <https://example.com/?a=1&b=2> [c](javascript:x) a@example.com [d](https://mp.weixin.qq.com.evil.example/)",
			`<p>a<sup>[1]</sup> <a href="https://mp.weixin.qq.com/s/x">b</a> https://example.com/?a=1&amp;b=2<sup>[1]</sup> c a@example.com d<sup>[2]</sup></p>` +
				`<h4>参考链接</h4><p>[1] https://example.com/?a=1&amp;b=2</p><p>[2] https://mp.weixin.qq.com.evil.example/</p>`},
		{"HTML", "a <b onclick=\"x\">b</b> <iframe src=x></iframe>\n\n<style>p{}</style>\n\n<div onclick='x'>c</div>",
			"<p>a b &lt;iframe src=x&gt;&lt;/iframe&gt;</p><p>&lt;style&gt;p{}&lt;/style&gt;</p><p>c</p>"},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, bare(c.source)) })
	}
	require.Equal(t, "A b c", markdown.ParseArticle("# A *b* [c](https://example.com)\n\ntext").Title)
	require.Equal(t, "A", markdown.ParseArticle("[x]: https://example.com\n\n# A").Title)
	require.Empty(t, markdown.ParseArticle("## A").Title)
}

func TestWithStyle(t *testing.T) {
	a := markdown.ParseArticle("a **b**", markdown.WithStyle("p", `font-family:"x"`), markdown.WithStyle("strong", ""))
	require.Equal(t, `<p style="font-family:&#34;x&#34;">a <strong>b</strong></p>`, a.HTML)
}

// articleTag are the tags that an article may have.
var articleTag = regexp.MustCompile(`</?(?:p|h[1-6]|strong|em|del|sup|code|pre|blockquote|ul|ol|li|table|tr|th|td|span)(?: start="-?\d+")?(?: style="[^"<>]*")?>|</a>|<br>|<hr style="[^"<>]*">` +
	`|<a href="https?://mp\.weixin\.qq\.com/[^"<>]*" style="[^"<>]*">|<img src="[^"<>]*" alt="[^"<>]*" style="[^"<>]*">`)

func FuzzParseArticle(f *testing.F) {
	for _, seed := range []string{document, "![a](javascript:x)", "<script>x</script>", "[a](http://mp.weixin.qq.com/\"x)", "# a\n# b", "0. a", "<img src=x onerror=y>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		a := markdown.ParseArticle(source)
		require.True(t, utf8.ValidString(a.HTML))
		require.NotContains(t, articleTag.ReplaceAllString(a.HTML, ""), "<")
		require.NotRegexp(t, `(?i)src="\s*(?:javascript|data|vbscript):`, a.HTML)
		require.NotContains(t, a.Title, "\n")
	})
}

func ExampleParseArticle() {
	article := markdown.ParseArticle("# Tea\n\nOur ![leaves](pictures/tea.png)\n", markdown.WithStyle("p", ""), markdown.WithStyle("img", "width:100%"))
	fmt.Println(article.Title)
	fmt.Println(strings.TrimSpace(article.HTML))
	// Output:
	// Tea
	// <p>Our <img src="pictures/tea.png" alt="leaves" style="width:100%"></p>
}
