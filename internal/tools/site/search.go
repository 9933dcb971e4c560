package main

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// entry is a section of a page in the search index.
type entry struct {
	Title   string `json:"t"`
	Heading string `json:"h,omitempty"`
	Address string `json:"a"`
	Text    string `json:"x"`
	List    bool   `json:"l,omitempty"` // of a page that only lists things, which is found last
}

// entries returns the sections of a page. A section ends at the next heading.
func entries(sh *sheet) (list []entry) {
	lists := slices.Contains([]string{"docs/README", "packages", "endpoints", "CHANGELOG"}, sh.Name)
	now := entry{Title: sh.Title, Address: sh.Address, List: lists}
	var text strings.Builder
	end := func() {
		now.Text = strings.Join(strings.Fields(text.String()), " ")
		if now.Text != "" || now.Heading != "" {
			list = append(list, now)
		}
		text.Reset()
	}
	for n := sh.tree.FirstChild(); n != nil; n = n.NextSibling() {
		h, ok := n.(*ast.Heading)
		switch {
		case !ok:
			text.WriteString(plain(n, sh.source) + " ")
		case h.Level > 1:
			end()
			now = entry{Title: sh.Title, Heading: plain(h, sh.source), Address: sh.Address + "#" + idOf(h), List: lists}
		}
	}
	end()
	return list
}

// plain returns the text of a node without markup.
func plain(n ast.Node, source []byte) string {
	var out strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			if n.Type() == ast.TypeBlock {
				out.WriteByte(' ')
			}
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			out.Write(n.Segment.Value(source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				out.WriteByte(' ')
			}
		case *ast.String:
			out.Write(n.Value)
		case *ast.RawHTML:
			out.WriteByte(' ')
		case *ast.FencedCodeBlock:
			out.Write(n.Lines().Value(source))
		case *ast.CodeBlock:
			out.Write(n.Lines().Value(source))
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(out.String())
}

// writeIndex writes the index as a script, which also a page opened as a file can load.
func writeIndex(name string, list []entry) error {
	var out bytes.Buffer
	out.WriteString("searchIndex(")
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(list); err != nil {
		return err
	}
	return os.WriteFile(name, append(bytes.TrimSpace(out.Bytes()), ")\n"...), 0o644)
}
