package markdown

import (
	"bufio"
	"bytes"
	stdhtml "html"
	"iter"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// document is a parsed source.
type document struct {
	source []byte
	root   ast.Node
}

func parse(source string) document {
	b := []byte(tooDeep.ReplaceAllString(strings.ToValidUTF8(source, "\uFFFD"), ""))
	blocks := append(parser.DefaultBlockParsers(), util.Prioritized(mathBlockParser{}, 650))
	inlines := append(parser.DefaultInlineParsers(),
		util.Prioritized(mathParser{}, 90),
		util.Prioritized(emphasisParser{}, 450), // before the one of CommonMark
		util.Prioritized(extension.NewStrikethroughParser(), 500),
		util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
		util.Prioritized(extension.NewLinkifyParser(), 999),
	)
	paragraphs := append(parser.DefaultParagraphTransformers(), util.Prioritized(extension.NewTableParagraphTransformer(), 200))
	p := parser.NewParser(
		parser.WithBlockParsers(blocks...),
		parser.WithInlineParsers(inlines...),
		parser.WithParagraphTransformers(paragraphs...),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
	return document{b, p.Parse(text.NewReader(b))}
}

// tooDeep is the start of a line that opens 64 quotations or lists, one in another. The
// time of the parser is quadratic in their number.
var tooDeep = regexp.MustCompile(`(?m)^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])[ \t])){64,}`)

// text returns the text of a node, with escapes and character references resolved.
func (d document) text(n *ast.Text) string {
	if n.IsRaw() {
		return string(n.Value(d.source))
	}
	return resolve(n.Value(d.source))
}

// resolve resolves backslash escapes and character references.
func resolve(source []byte) string {
	var b bytes.Buffer
	w := bufio.NewWriter(&b)
	html.DefaultWriter.Write(w, source)
	_ = w.Flush() // a bytes.Buffer does not fail
	return stdhtml.UnescapeString(b.String())
}

// lines returns the source of a block whose content is not Markdown.
func (d document) lines(n ast.Node) string {
	var b strings.Builder
	for _, line := range n.Lines().Sliced(0, n.Lines().Len()) {
		b.Write(line.Value(d.source))
	}
	return strings.TrimRight(b.String(), "\n")
}

// code returns the content of a code span.
func (d document) code(n ast.Node) string {
	var b strings.Builder
	for c := range children(n) {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Value(d.source))
		}
	}
	return strings.ReplaceAll(b.String(), "\n", " ")
}

// markup returns the source of HTML inside a paragraph.
func (d document) markup(n *ast.RawHTML) string {
	return string(n.Segments.Value(d.source))
}

func children(n ast.Node) iter.Seq[ast.Node] {
	return func(yield func(ast.Node) bool) {
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			if !yield(c) {
				return
			}
		}
	}
}

// rows returns the cells of a table: first those of the header.
func rows(table *east.Table) [][]ast.Node {
	var all [][]ast.Node
	for row := range children(table) {
		var cells []ast.Node
		for cell := range children(row) {
			cells = append(cells, cell)
		}
		all = append(all, cells)
	}
	return all
}
