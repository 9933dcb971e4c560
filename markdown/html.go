package markdown

import (
	"fmt"
	"html"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// Article is the result of [ParseArticle]: a Markdown source as an article (图文消息).
type Article struct {
	// Title is the text of the heading of level 1 that the source begins with. It is
	// not part of HTML: WeChat shows the title of an article above it. It is empty if
	// the source begins with something else.
	Title string

	// HTML is the content of the article.
	HTML string
}

// WithStyle sets the inline style of an element of an article, such as
// WithStyle("h2", "font-size:18px;color:#07c160"). The elements are p, h1 to h6,
// strong, em, del, a, sup, code, pre, blockquote, ul, ol, li, table, th, td, hr, img and
// span (the title of a picture); an empty style removes the
// attribute. Other elements and [Text] ignore it.
func WithStyle(element, css string) Option {
	return func(o *options) {
		if o.style == nil {
			o.style = styles()
		}
		o.style[element] = css
	}
}

// styles returns the styles of the elements. They are short: an article has fewer than
// 20,000 characters, with its markup.
func styles() map[string]string {
	const heading = "margin:24px 0 12px;font-weight:bold;line-height:1.4;"
	s := map[string]string{
		"p":          "margin:0 0 16px;line-height:1.75;",
		"h1":         heading + "font-size:22px;",
		"h2":         heading + "font-size:20px;",
		"h3":         heading + "font-size:18px;",
		"h4":         heading + "font-size:16px;",
		"strong":     "font-weight:bold;",
		"em":         "font-style:italic;",
		"del":        "text-decoration:line-through;",
		"a":          "color:#576b95;text-decoration:none;",
		"sup":        "color:#888;font-size:12px;",
		"code":       "padding:2px 4px;background:#f6f6f6;color:#c7254e;font-family:monospace;",
		"pre":        "margin:0 0 16px;padding:12px;background:#f6f6f6;font:14px/1.5 monospace;overflow-x:auto;white-space:nowrap;",
		"blockquote": "margin:0 0 16px;padding:8px 12px;border-left:3px solid #ddd;color:#666;",
		"ul":         "margin:0 0 16px;padding-left:24px;line-height:1.75;list-style:disc;",
		"ol":         "margin:0 0 16px;padding-left:24px;line-height:1.75;list-style:decimal;",
		"table":      "margin:0 0 16px;border-collapse:collapse;width:100%;",
		"th":         "padding:6px 8px;border:1px solid #ddd;background:#f6f6f6;text-align:left;",
		"td":         "padding:6px 8px;border:1px solid #ddd;",
		"hr":         "margin:24px 0;border:0;border-top:1px solid #ddd;",
		"img":        "max-width:100%;",
		"span":       "display:block;color:#888;font-size:14px;text-align:center;",
	}
	s["h5"], s["h6"] = s["h4"], s["h4"]
	return s
}

// ParseArticle renders a Markdown source as the content of an article: HTML whose
// elements have inline styles, because WeChat removes style sheets.
//
// Pictures keep the address that the source has, whether a file name or an http or https
// address: <img src="pictures/tea.png">. WeChat drops them unless they are uploaded
// first. Package publish does that.
//
// WeChat shows only links to mp.weixin.qq.com in articles. The text of another link gets
// a number, and a list of the addresses (参考链接) ends the article.
func ParseArticle(source string, opts ...Option) Article {
	h := htmlRenderer{document: parse(source), options: newOptions(opts)}
	if h.style == nil {
		h.style = styles()
	}
	h.style = maps.Clone(h.style)
	var a Article
	if first, ok := firstBlock(h.root).(*ast.Heading); ok && first.Level == 1 {
		t := textRenderer{document: h.document, inLink: true}
		a.Title = oneLine(t.inlines(first))
		h.root.RemoveChild(h.root, first)
	}
	h.blocks(h.root)
	h.references()
	a.HTML = h.b.String()
	return a
}

// firstBlock returns the first block that is shown.
func firstBlock(root ast.Node) ast.Node {
	for n := range children(root) {
		if _, hidden := n.(*ast.LinkReferenceDefinition); !hidden {
			return n
		}
	}
	return nil
}

type htmlRenderer struct {
	document
	options
	b      strings.Builder
	inLink bool
	links  []string // addresses of the list at the end
}

// tag opens an element. Attributes are names and values.
func (h *htmlRenderer) tag(element string, attributes ...string) {
	h.b.WriteString("<" + element)
	for i := 0; i < len(attributes); i += 2 {
		h.b.WriteString(" " + attributes[i] + `="` + html.EscapeString(attributes[i+1]) + `"`)
	}
	if css := h.style[element]; css != "" {
		h.b.WriteString(` style="` + html.EscapeString(css) + `"`)
	}
	h.b.WriteString(">")
}

// element writes an element and what content writes into it.
func (h *htmlRenderer) element(name string, content func()) {
	h.tag(name)
	content()
	h.b.WriteString("</" + name + ">")
}

func (h *htmlRenderer) escape(s string) { h.b.WriteString(html.EscapeString(s)) }

// escapeLines writes a text whose lines and spaces are kept. WeChat collapses those of
// pre.
func (h *htmlRenderer) escapeLines(s string) {
	s = strings.ReplaceAll(html.EscapeString(s), "\t", "    ")
	h.b.WriteString(strings.NewReplacer("\n", "<br>", " ", "&nbsp;").Replace(s))
}

func (h *htmlRenderer) blocks(n ast.Node) {
	for c := range children(n) {
		h.block(c)
	}
}

func (h *htmlRenderer) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		h.element(fmt.Sprintf("h%d", n.Level), func() { h.inlines(n) })
	case *ast.ThematicBreak:
		h.tag("hr")
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		h.element("pre", func() { h.escapeLines(h.lines(n)) })
	case *formulaBlock:
		h.element("p", func() { h.formula(h.lines(n)) })
	case *ast.HTMLBlock:
		source := h.lines(n)
		if n.HasClosure() {
			source += "\n" + string(n.ClosureLine.Value(h.source))
		}
		if s := strings.TrimSpace(stripTags(source)); s != "" {
			h.element("p", func() { h.withBreaks(s) })
		}
	case *ast.Blockquote:
		h.element("blockquote", func() { h.blocks(n) })
	case *ast.List:
		h.list(n)
	case *east.Table:
		h.table(n)
	case *ast.Paragraph:
		h.element("p", func() { h.inlines(n) })
	case *ast.TextBlock:
		h.inlines(n)
	case *ast.LinkReferenceDefinition:
	default:
		h.blocks(n)
	}
}

func (h *htmlRenderer) list(n *ast.List) {
	name := "ul"
	if n.IsOrdered() {
		name = "ol"
	}
	var start []string
	if n.IsOrdered() && n.Start != 1 {
		start = []string{"start", strconv.Itoa(n.Start)}
	}
	h.tag(name, start...)
	for item := range children(n) {
		h.element("li", func() { h.blocks(item) })
	}
	h.b.WriteString("</" + name + ">")
}

func (h *htmlRenderer) table(n *east.Table) {
	h.element("table", func() {
		for i, row := range rows(n) {
			cell := "td"
			if i == 0 {
				cell = "th"
			}
			h.element("tr", func() {
				for _, c := range row {
					h.element(cell, func() { h.inlines(c) })
				}
			})
		}
	})
}

func (h *htmlRenderer) inlines(n ast.Node) {
	for c := range children(n) {
		h.inline(c)
	}
}

func (h *htmlRenderer) inline(n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		h.escape(h.text(n))
		switch {
		case n.HardLineBreak():
			h.b.WriteString("<br>")
		case n.SoftLineBreak():
			h.b.WriteString("\n")
		}
	case *ast.String:
		h.escape(string(n.Value))
	case *ast.CodeSpan:
		h.element("code", func() { h.escape(h.code(n)) })
	case *formula:
		h.formula(n.tex)
	case *ast.RawHTML:
		h.withBreaks(stripTags(h.markup(n)))
	case *ast.Emphasis:
		name := "em"
		if n.Level == 2 {
			name = "strong"
		}
		h.element(name, func() { h.inlines(n) })
	case *east.Strikethrough:
		h.element("del", func() { h.inlines(n) })
	case *east.TaskCheckBox:
		if n.IsChecked {
			h.b.WriteString("☑ ")
		} else {
			h.b.WriteString("☐ ")
		}
	case *ast.Image:
		h.image(n)
	case *ast.Link:
		h.link(n.Destination, func() { h.inlines(n) })
	case *ast.AutoLink:
		label := func() { h.escape(string(n.Label(h.source))) }
		if n.AutoLinkType == ast.AutoLinkURL {
			h.link(n.URL(h.source), label)
		} else {
			label()
		}
	default:
		h.inlines(n)
	}
}

func (h *htmlRenderer) formula(tex string) { h.element("em", func() { h.withBreaks(readable(tex)) }) }

func (h *htmlRenderer) withBreaks(s string) {
	h.b.WriteString(strings.ReplaceAll(html.EscapeString(s), "\n", "<br>"))
}

func (h *htmlRenderer) image(n *ast.Image) {
	t := textRenderer{document: h.document, inLink: true}
	alt, src := oneLine(t.inlines(n)), resolve(n.Destination)
	if u, err := url.Parse(src); err == nil && u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		h.escape(alt)
		return
	}
	h.tag("img", "src", src, "alt", alt)
	if title := resolve(n.Title); title != "" {
		h.element("span", func() { h.escape(title) })
	}
}

// link writes a link. One that WeChat would remove becomes a text with a number.
func (h *htmlRenderer) link(destination []byte, text func()) {
	address, ok := h.address(destination)
	switch {
	case !ok || h.inLink:
		text()
	case strings.HasPrefix(address, "https://mp.weixin.qq.com/"), strings.HasPrefix(address, "http://mp.weixin.qq.com/"):
		h.tag("a", "href", address)
		h.inLink = true
		text()
		h.inLink = false
		h.b.WriteString("</a>")
	default:
		text()
		h.element("sup", func() { fmt.Fprintf(&h.b, "[%d]", h.number(address)) })
	}
}

// number returns the number of an address in the list at the end.
func (h *htmlRenderer) number(address string) int {
	if i := slices.Index(h.links, address); i >= 0 {
		return i + 1
	}
	h.links = append(h.links, address)
	return len(h.links)
}

func (h *htmlRenderer) references() {
	if len(h.links) == 0 {
		return
	}
	h.element("h4", func() { h.b.WriteString("参考链接") })
	for i, address := range h.links {
		h.element("p", func() { h.escape(fmt.Sprintf("[%d] %s", i+1, address)) })
	}
}
