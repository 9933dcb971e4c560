package pages

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Markdown returns the dialect of the pages: tables as GitHub has them, and headings with
// the anchors that GitHub gives them.
func Markdown() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
	)
}

// Parse returns the tree of a text.
func Parse(md goldmark.Markdown, source []byte) ast.Node {
	return md.Parser().Parse(text.NewReader(source), parser.WithContext(parser.NewContext(parser.WithIDs(&anchors{}))))
}

// anchors makes the anchors of one page.
type anchors struct{ used map[string]int }

// Generate implements [parser.IDs]. It receives the heading as it is written.
func (a *anchors) Generate(value []byte, _ ast.NodeKind) []byte {
	if a.used == nil {
		a.used = map[string]int{}
	}
	slug := Slug(string(value))
	n := a.used[slug]
	a.used[slug]++
	if n > 0 {
		slug = fmt.Sprintf("%s-%d", slug, n)
	}
	return []byte(slug)
}

// Put implements [parser.IDs].
func (a *anchors) Put([]byte) {}

// Slug returns the anchor of a heading: lower case, letters, digits, "-" and "_" stay,
// spaces become "-", everything else goes.
func Slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(heading))
}
