package markdown

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
)

// Text renders a Markdown source as the content of a text message, see the package
// comment. It has no limit of length; message.SplitText splits the result.
func Text(source string, opts ...Option) string {
	t := textRenderer{document: parse(source), options: newOptions(opts)}
	return t.disarm(strings.TrimSpace(t.blocks(t.root, "\n\n")))
}

type textRenderer struct {
	document
	options
	depth  int  // of lists and quotations
	inLink bool // links do not nest
}

// maxDepth is the number of levels that are indented.
const maxDepth = 6

// blocks renders the blocks of a container.
func (t *textRenderer) blocks(n ast.Node, separator string) string {
	var all []string
	for c := range children(n) {
		if s := t.block(c); s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, separator)
}

func (t *textRenderer) block(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Heading:
		if title := oneLine(t.inlines(n)); title != "" {
			return "【" + title + "】"
		}
		return ""
	case *ast.ThematicBreak:
		return "────────"
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		return plain(t.lines(n))
	case *formulaBlock:
		return plain(readable(t.lines(n)))
	case *ast.HTMLBlock:
		source := t.lines(n)
		if n.HasClosure() {
			source += "\n" + string(n.ClosureLine.Value(t.source))
		}
		return strings.TrimSpace(plain(stripTags(source)))
	case *ast.Blockquote:
		return t.indented("│ ", "│ ", t.nested(n, "\n"))
	case *ast.List:
		return t.list(n)
	case *east.Table:
		return t.table(n)
	case *ast.Paragraph, *ast.TextBlock:
		return strings.TrimSpace(t.inlines(n))
	case *ast.LinkReferenceDefinition:
		return ""
	default:
		return t.blocks(n, "\n")
	}
}

func (t *textRenderer) nested(n ast.Node, separator string) string {
	t.depth++
	defer func() { t.depth-- }()
	return t.blocks(n, separator)
}

// indented writes a block behind a mark; its other lines get an indentation.
func (t *textRenderer) indented(mark, indentation, s string) string {
	if t.depth >= maxDepth {
		return s
	}
	return mark + strings.ReplaceAll(s, "\n", "\n"+indentation)
}

func (t *textRenderer) list(list *ast.List) string {
	var items []string
	number := list.Start
	for item := range children(list) {
		mark := "• "
		if list.IsOrdered() {
			mark = strconv.Itoa(number) + ". "
			number++
		}
		if _, ok := firstInline(item).(*east.TaskCheckBox); ok {
			mark = ""
		}
		items = append(items, strings.TrimRight(t.indented(mark, "  ", t.nested(item, "\n")), " "))
	}
	return strings.Join(items, "\n")
}

// firstInline returns the first node inside the first block of an item.
func firstInline(item ast.Node) ast.Node {
	if first := item.FirstChild(); first != nil {
		return first.FirstChild()
	}
	return nil
}

// table renders each row as an item, because columns cannot be aligned.
func (t *textRenderer) table(table *east.Table) string {
	var items []string
	all := rows(table)
	header := make([]string, len(all[0]))
	for i, cell := range all[0] {
		header[i] = oneLine(t.inlines(cell))
	}
	for _, row := range all[1:] {
		var lines []string
		for i, cell := range row {
			content := oneLine(t.inlines(cell))
			switch {
			case content == "":
			case i >= len(header) || header[i] == "":
				lines = append(lines, content)
			default:
				lines = append(lines, header[i]+colon(header[i])+content)
			}
		}
		if len(lines) > 0 {
			items = append(items, "• "+strings.Join(lines, "\n  "))
		}
	}
	if len(items) == 0 {
		return strings.Join(header, " | ")
	}
	return strings.Join(items, "\n")
}

// colon returns the colon that suits the script of a text.
func colon(s string) string {
	if strings.IndexFunc(s, isHan) >= 0 {
		return "："
	}
	return ": "
}

func (t *textRenderer) inlines(n ast.Node) string {
	var b strings.Builder
	for c := range children(n) {
		t.inline(&b, c)
	}
	return b.String()
}

func (t *textRenderer) inline(b *strings.Builder, n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		b.WriteString(plain(t.text(n)))
		if n.SoftLineBreak() || n.HardLineBreak() {
			b.WriteByte('\n')
		}
	case *ast.String:
		b.WriteString(plain(string(n.Value)))
	case *ast.CodeSpan:
		b.WriteString(plain(t.code(n)))
	case *formula:
		b.WriteString(plain(readable(n.tex)))
	case *ast.RawHTML:
		b.WriteString(plain(stripTags(t.markup(n))))
	case *east.Strikethrough:
		b.WriteString("~~" + t.inlines(n) + "~~") // without the marks it would say the opposite
	case *east.TaskCheckBox:
		if n.IsChecked {
			b.WriteString("☑ ")
		} else {
			b.WriteString("☐ ")
		}
	case *ast.Image:
		b.WriteString(t.link(n.Destination, "["+textOr(t.linkText(n), "图片")+"]"))
	case *ast.Link:
		b.WriteString(t.link(n.Destination, t.linkText(n)))
	case *ast.AutoLink:
		label := plain(string(n.Label(t.source)))
		if n.AutoLinkType == ast.AutoLinkURL {
			label = t.link(n.URL(t.source), label)
		}
		b.WriteString(label)
	default:
		b.WriteString(t.inlines(n))
	}
}

// linkText returns the text of a link or picture, which has no links itself.
func (t *textRenderer) linkText(n ast.Node) string {
	outer := t.inLink
	t.inLink = true
	defer func() { t.inLink = outer }()
	return oneLine(t.inlines(n))
}

func (t *textRenderer) link(destination []byte, text string) string {
	address, ok := t.address(destination)
	if !ok || t.inLink {
		return text
	}
	if text == "" || misleads(text, address) {
		text = address
	}
	return `<a href="` + address + `">` + text + `</a>`
}

func textOr(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// plain makes a text that WeChat shows as it is.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '<':
			return '＜'
		case r == '\n', r == '\t':
			return r
		case r < ' ', r == 0x7F, r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, s)
	return reference.ReplaceAllString(s, "＆$1")
}

// reference is a character reference.
var reference = regexp.MustCompile(`&(#?\w{1,32};)`)

// stripTags removes the tags of HTML that only form a text, and comments. A line break
// stays one. Others, such as the <int> of vector<int>, are not HTML and stay.
func stripTags(s string) string {
	s = lineBreak.ReplaceAllString(s, "\n")
	return formatting.ReplaceAllString(s, "")
}

var (
	lineBreak  = regexp.MustCompile(`(?i)<br\s*/?>`)
	formatting = regexp.MustCompile(`(?is)<!--.*?-->|</?(?:a|abbr|b|big|blockquote|center|code|dd|del|details|div|dl|dt|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre|q|s|section|small|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul)(?:\s[^<>]*)?/?>`)
)
