package main

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

// Where links lead that are not pages of the site.
const (
	sourceTree = "https://" + pages.Module + "/tree/main/"
	sourceFile = "https://" + pages.Module + "/blob/main/"
	reference  = "https://pkg.go.dev/"
)

// render returns the HTML of a page.
func (s *site) render(sh *sheet) (template.HTML, error) {
	if err := s.rewrite(sh); err != nil {
		return "", err
	}
	md := pages.Markdown()
	md.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(blocks{}, 1)))
	var out bytes.Buffer
	if err := md.Renderer().Render(&out, sh.source, sh.tree); err != nil {
		return "", err
	}
	text := strings.NewReplacer("<table>", `<div class="table"><table>`, "</table>", "</table></div>").Replace(out.String())
	return template.HTML(text), nil
}

// rewrite makes the links of a page those of the site, and removes the link to the other
// language, which the header has.
func (s *site) rewrite(sh *sheet) error {
	var remove []ast.Node
	err := ast.Walk(sh.tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			if alone := n.Parent().ChildCount() == 1 && n.Parent().Kind() == ast.KindParagraph; alone && s.translation(sh, string(n.Destination)) {
				remove = append(remove, n.Parent())
			}
			to, err := s.link(sh, string(n.Destination))
			if err != nil {
				return ast.WalkStop, err
			}
			n.Destination = []byte(to)
		case *ast.Image:
			file := path.Join(path.Dir(sh.File), string(n.Destination))
			s.pictures[file] = true
			n.Destination = []byte(up(sh.Lang) + "images/" + path.Base(file))
		}
		return ast.WalkContinue, nil
	})
	for _, n := range remove {
		n.Parent().RemoveChild(n.Parent(), n)
	}
	return err
}

// up returns the way from the pages of a language to the root of the site.
func up(lang pages.Lang) string { return strings.Repeat("../", strings.Count(folder(lang), "/")) }

// translation reports whether a link leads to the same page in the other language.
func (s *site) translation(sh *sheet, link string) bool {
	target := s.files[path.Join(path.Dir(sh.File), link)]
	return target != nil && target.Name == sh.Name && target.Lang != sh.Lang
}

// link returns the address on the site of what a link in the tree leads to.
func (s *site) link(sh *sheet, link string) (string, error) {
	if strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "#") || strings.HasPrefix(link, "mailto:") {
		return link, nil
	}
	name, anchor, _ := strings.Cut(link, "#")
	if anchor != "" {
		anchor = "#" + anchor
	}
	name = path.Join(path.Dir(sh.File), name)
	if target := s.files[name]; target != nil {
		if one := s.sheet(sh.Lang, target.Name); one.File == target.File { // the same text in both languages
			target = one
		}
		if target.Lang == sh.Lang {
			return target.Address + anchor, nil
		}
		return up(sh.Lang) + folder(target.Lang) + target.Address + anchor, nil
	}
	for _, m := range s.packages {
		for _, p := range m.packages {
			if p.Dir == name && m.Released() {
				return reference + p.Path, nil
			}
		}
	}
	info, err := os.Stat(filepath.Join(s.root, filepath.FromSlash(name)))
	switch {
	case err != nil:
		return "", fmt.Errorf("link %s: %w", link, err)
	case info.IsDir():
		return sourceTree + name, nil
	}
	return sourceFile + name + anchor, nil
}

// blocks renders the nodes that need more than the usual HTML.
type blocks struct{}

// RegisterFuncs implements [renderer.NodeRenderer].
func (b blocks) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, b.fence)
	r.Register(ast.KindHeading, b.heading)
	r.Register(ast.KindHTMLBlock, b.htmlBlock)
	r.Register(ast.KindRawHTML, b.rawHTML)
}

func (blocks) heading(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	h := n.(*ast.Heading)
	if entering {
		fmt.Fprintf(w, "<h%d id=\"%s\">", h.Level, template.HTMLEscapeString(idOf(h)))
		return ast.WalkContinue, nil
	}
	if h.Level > 1 {
		fmt.Fprintf(w, " <a class=\"anchor\" href=\"#%s\" aria-hidden=\"true\" tabindex=\"-1\">#</a>", template.HTMLEscapeString(idOf(h)))
	}
	fmt.Fprintf(w, "</h%d>\n", h.Level)
	return ast.WalkContinue, nil
}

func idOf(h *ast.Heading) string {
	id, _ := h.AttributeString("id")
	text, _ := id.([]byte)
	return string(text)
}

// htmlBlock leaves out comments, which mark fences. The pages have no other HTML.
func (blocks) htmlBlock(_ util.BufWriter, source []byte, n ast.Node, _ bool) (ast.WalkStatus, error) {
	text := strings.TrimSpace(string(n.(*ast.HTMLBlock).Lines().Value(source)))
	if !strings.HasPrefix(text, "<!--") {
		return ast.WalkStop, fmt.Errorf("HTML: %s", text)
	}
	return ast.WalkSkipChildren, nil
}

func (blocks) rawHTML(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	text := string(n.(*ast.RawHTML).Segments.Value(source))
	if text != "<br>" {
		return ast.WalkStop, fmt.Errorf("HTML: %s", text)
	}
	if entering {
		_, _ = w.WriteString(text)
	}
	return ast.WalkSkipChildren, nil
}

func (blocks) fence(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	f := n.(*ast.FencedCodeBlock)
	lang, text := string(f.Language(source)), string(f.Lines().Value(source))
	fmt.Fprintf(w, "<pre class=\"code\" data-lang=\"%s\"><code>", template.HTMLEscapeString(lang))
	if err := highlight(w, lang, text); err != nil {
		return ast.WalkStop, err
	}
	_, err := w.WriteString("</code></pre>\n")
	return ast.WalkSkipChildren, err
}

func highlight(w io.Writer, lang, text string) error {
	if lang == "sh" {
		lang = "bash"
	}
	lexer := lexers.Get(lang)
	if lexer == nil || lang == "text" {
		_, err := io.WriteString(w, template.HTMLEscapeString(text))
		return err
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, text)
	if err != nil {
		return err
	}
	return html.New(html.WithClasses(true), html.PreventSurroundingPre(true)).Format(w, styles.Fallback, tokens)
}
