package markdown_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/markdown"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"nothing", "", ""},
		{"spaces", " \n\t\n", ""},
		{"paragraphs", "a\nb\n\n\nc  \nd\\\ne", "a\nb\n\nc\nd\ne"},
		{"headings", "# One\n\n### Two *b*\n\nThree\n===\n\n#", "【One】\n\n【Two b】\n\n【Three】"},
		{"emphasis", "*a* **b** ***c*** __d__ _e_ snake_case_name", "a b c d e snake_case_name"},
		{"emphasis in Chinese", "**注意：**请看**“强调”**的字，价格*（约）*为5", "注意：请看“强调”的字，价格（约）为5"},
		{"asterisks that are none", "2 * 3 * 4, a ** b", "2 * 3 * 4, a ** b"},
		{"strikethrough", "~~100~~ 80", "~~100~~ 80"},
		{"rule", "a\n\n---\n\nb", "a\n\n────────\n\nb"},
		{"quotation of quotations", strings.Repeat(">", 100) + "a", "a"},
		{"quotation", "> a\n> b\n>\n> c", "│ a\n│ b\n│ c"},

		{"list", "- a\n* b\n\n- c\n\n  more", "• a\n\n• b\n\n• c\n  more"},
		{"numbered list", "3. a\n4. b\n   - c\n     - d", "3. a\n4. b\n  • c\n    • d"},
		{"tasks", "- [x] a\n- [ ] b", "☑ a\n☐ b"},
		{"empty item", "- \n- b", "•\n• b"},

		{"table", "| 套餐 | Price |\n|:--|--:|\n| **基础** | `1|0` |\n| 高级 \\| x | |", "• 套餐：基础\n  Price: `1\n• 套餐：高级 | x"},
		{"table without rows", "| a | b |\n|---|---|", "a | b"},
		{"table without header", "| | |\n|---|---|\n| x | y<br>z |", "• x\n  y z"},

		{"code", "Run `a  <b>` now.\n\n```go\nif a < b {\n\tx()\n\n}\n```\n\n    old\n      style", "Run a  ＜b> now.\n\nif a ＜ b {\n\tx()\n\n}\n\nold\n  style"},
		{"open fence", "a\n```\ncode **x**", "a\n\ncode **x**"},

		{"link", "[a *b*](https://example.com/x?a=1&b=2 'title')", `<a href="https://example.com/x?a=1&b=2">a b</a>`},
		{"link by reference", "[a][1]\n\n[1]: http://example.com", `<a href="http://example.com">a</a>`},
		{"autolinks", "<https://go.dev> <a@example.com> see https://example.com/x.", `<a href="https://go.dev">https://go.dev</a> a@example.com see <a href="https://example.com/x">https://example.com/x</a>.`},
		{"www", "www.example.com", `<a href="http://www.example.com">www.example.com</a>`},
		{"link without text", "[](https://example.com/)", `<a href="https://example.com/">https://example.com/</a>`},
		{"link over lines", "[a\nb](https://example.com)", `<a href="https://example.com">a b</a>`},
		{"link in a heading", "# [a](https://example.com)", `【<a href="https://example.com">a</a>】`},
		{"other schemes", "[a](javascript:alert(1)) [b](weixin://bizmsgmenu?msgmenucontent=x) [c](data:text/html,x) [d](/rel) [e](//host/x) [f](https:///x) [g](http:x) <tel:1>", "a b c d e f g tel:1"},
		{"user in address", "[a](https://bank.example@evil.example/)", "a"},
		{"quotes in address", `[a](<https://example.com/"onclick='x'\\>)`, `<a href="https://example.com/%22onclick=%27x%27%5C">a</a>`},
		{"address over lines", "[a](<https://example.com/\nx>)", "[a](＜https://example.com/\nx>)"},
		{"misleading text", "[https://bank.com/login](https://evil.example/) [www.go.dev](https://go.dev) [见bank.cn](https://evil.example/)",
			`<a href="https://evil.example/">https://evil.example/</a> <a href="https://go.dev">www.go.dev</a> <a href="https://evil.example/">https://evil.example/</a>`},
		{"picture", "![a tea](https://example.com/a.png) ![](https://example.com/b.png) ![c](c.png)", `<a href="https://example.com/a.png">[a tea]</a> <a href="https://example.com/b.png">[图片]</a> [c]`},
		{"picture in a link", "[![a](https://example.com/a.png)](https://example.com)", `<a href="https://example.com">[a]</a>`},

		{"HTML", "a<br>b <b>c</b> <a href=\"https://evil.example\">d</a> vector<int> <!-- e -->", "a\nb c d vector＜int>"},
		{"HTML block", "<div>\n<script>alert(1)</script>\n</div>", "＜script>alert(1)＜/script>"},
		{"HTML block with an end", "<script>\nx\n</script>\n\n<!-- y\n-->", "＜script>\nx\n＜/script>"},
		{"unfinished tag", `<a href="https://evil.example`, `＜a href="https://evil.example`},
		{"references", `&lt;a href="https://evil.example"&gt; &amp;lt;a&amp;#62; \&lt; & &x R&D; &#60;`, `＜a href="https://evil.example"> ＆lt;a＆#62; ＆lt; & &x R＆D; ＜`},
		{"tag across nodes", "<*a* href=\"https://evil.example\">x</a>", `＜a href="https://evil.example">x`},
		{"control characters", "a\x00b\x01c\x7f\xff", "a�bc�"},

		{"formulas", `$E=mc^2$, \(x_1 \le \alpha\), $$\frac{a+b}{2}$$`, "E=mc², x₁ ≤ α, (a+b)/2"},
		{"formula block", "Thus\n$$\n\\sum_{i=1}^{n} x_i\n- 1 \\neq \\sqrt[3]{x}\n$$\nend", "Thus\n\n∑ᵢ₌₁ⁿ xᵢ\n- 1 ≠ ³√x\n\nend"},
		{"formula in brackets", "\\[\na*b*c < 1\n\\]", "a*b*c ＜ 1"},
		{"open formula", "$$\nx^2", "x²"},
		{"unknown TeX", `$\foo{x} \begin{cases} a & b \\ c \end{cases} x^{ab} y^k$`, "\\foox a b \n c x^(ab) y^k"},
		{"prices", "$5 and $6, $ 7 $ 3$, 4$", "$5 and $6, $ 7 $ 3$, 4$"},
		{"escaped dollars", `\$a\$`, "$a$"},
		{"deep TeX", "$" + strings.Repeat("{", 100) + "x$", strings.Repeat("{", 68) + "x"},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, markdown.Text(c.source)) })
	}
}

// TestTextIsBounded parses sources that could take much time, stack or memory.
func TestTextIsBounded(t *testing.T) {
	for _, unit := range []string{">", "- ", "- > ", "1. ", "* a\n", "[", "![", "*a **b ", "`", "$", "\\[", "<", "&#", "|a", "- [", "{", "^", "~~"} {
		source := strings.Repeat(unit, 5_000/len(unit))
		require.Less(t, len(markdown.Text(source)), 10*len(source), "%q", unit)
		markdown.ParseArticle(source)
		markdown.Prefix(source)
	}
}

func TestWithLinks(t *testing.T) {
	ours := markdown.WithLinks(func(u *url.URL) bool { return u.Hostname() == "example.com" })
	for source, want := range map[string]string{
		"[a](https://example.com/x)":                          `<a href="https://example.com/x">a</a>`,
		"[a](https://evil.example/?q=secret)":                 "a",
		"see https://evil.example/x and https://example.com.": `see https：//evil．example/x and <a href="https://example.com">https://example.com</a>.`,
		"`https://evil.example`, `https://example.com`":       "https：//evil．example, https://example.com",
		"www.evil.example":                                    "www．evil．example",
		"HTTPS://evil.example":                                "HTTPS：//evil．example",
		"见https://evil.example。好":                             "见https：//evil．example。好",
		"[https://evil.example](https://example.com)":         `<a href="https://example.com">https://example.com</a>`,
		"![a](https://evil.example/?q=secret)":                "[a]",
	} {
		require.Equal(t, want, markdown.Text(source, ours), source)
	}
}

var ownTag = regexp.MustCompile(`<a href="https?://[!#-;=?-~]+">([^<]*)</a>`)

// FuzzText checks that no source makes a tag of its own.
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		document, "**a：**b", "[a](https://x \"<\")", "<a href=x>", "$\\lt a$", "&lt;a", "|<a|b|\n|-|-|\n|\\<|`<`|", "\\[<a\\]", "- [x] <", "![<](http://a/<)", "<http://a/%22>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		got := markdown.Text(source)
		require.True(t, utf8.ValidString(got))
		require.NotContains(t, ownTag.ReplaceAllString(got, "$1"), "<")
		for _, c := range got {
			require.False(t, c < ' ' && c != '\n' && c != '\t', "%q", c)
		}
		refused := markdown.Text(source, markdown.WithLinks(func(*url.URL) bool { return false }))
		require.NotContains(t, refused, "<")
		require.NotRegexp(t, `(?i)https?://[a-z0-9]`, refused)
	})
}

const document = `# 报告

**结论：**可以。见 [文档](https://example.com/a_(b))，或 https://go.dev 。价格 $5，公式 $x^2$。第二句！

1. 一
2. 二
   - 甲
   - 乙

| 套餐 | 价格 |
|---|---|
| 基础 | 10 |

` + "```go\nif a < b {\n\n\treturn\n}\n```" + `
接着：

$$
\sum x_i

+ 1
$$

> 引用
> 两行

English sentence one. And *two*? Yes.
`

// Example turns the answer of a language model into a text message.
func Example() {
	fmt.Println(markdown.Text("## 结果\n\n- **快**：见 [说明](https://example.com/doc)\n- `a<b`，面积 $\\pi r^2$\n"))
	// Output:
	// 【结果】
	//
	// • 快：见 <a href="https://example.com/doc">说明</a>
	// • a＜b，面积 π r²
}
