// Package links checks the links between the Markdown files of the tree.
package links

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

// Report is the result of Check.
type Report struct {
	Files, Local, External int
	Faults                 []string
}

// Check reads every Markdown file below root. Each relative link must lead to a file or
// folder of the tree, and its fragment to a heading. Of an external link only the form is
// checked: https, a host, no space.
func Check(root string) (*Report, error) {
	c := &checker{root: root, anchors: map[string]map[string]bool{}, report: &Report{}}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); name != root && (strings.HasPrefix(n, ".") || n == "node_modules" || n == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".md" {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		return c.file(filepath.ToSlash(rel))
	})
	return c.report, err
}

type checker struct {
	root    string
	anchors map[string]map[string]bool // by file
	report  *Report
}

// lineAnchor is an anchor of a line of code, such as #L12.
var lineAnchor = regexp.MustCompile(`^L\d+(-L\d+)?$`)

func (c *checker) file(name string) error {
	source, err := os.ReadFile(filepath.Join(c.root, name))
	if err != nil {
		return err
	}
	c.report.Files++
	for _, link := range destinations(source) {
		if err := c.link(name, link); err != nil {
			c.report.Faults = append(c.report.Faults, fmt.Sprintf("%s: link %s: %v", name, link, err))
		}
	}
	return nil
}

var attribute = regexp.MustCompile(`(?:src|href)="([^"]*)"`)

// destinations returns the links and pictures of a text, also those of HTML within it.
func destinations(source []byte) (list []string) {
	document := pages.Parse(pages.Markdown(), source)
	html := func(text []byte) {
		for _, found := range attribute.FindAllSubmatch(text, -1) {
			list = append(list, string(found[1]))
		}
	}
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			list = append(list, string(n.Destination))
		case *ast.Image:
			list = append(list, string(n.Destination))
		case *ast.AutoLink:
			list = append(list, string(n.URL(source)))
		case *ast.RawHTML:
			html(n.Segments.Value(source))
		case *ast.HTMLBlock:
			html(n.Lines().Value(source))
		}
		return ast.WalkContinue, nil
	})
	return list
}

func (c *checker) link(from, link string) error {
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return err
	case strings.ContainsAny(link, " \t"):
		return fmt.Errorf("has a space")
	case u.Scheme == "mailto":
		return nil
	case u.Scheme != "" || u.Host != "":
		c.report.External++
		if u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("an external link begins with https://")
		}
		return nil
	case strings.HasPrefix(u.Path, "/"):
		return fmt.Errorf("a link within the tree is relative")
	}
	c.report.Local++
	target := from
	if u.Path != "" {
		target = path.Join(path.Dir(from), u.Path)
	}
	if !filepath.IsLocal(target) {
		return fmt.Errorf("leads out of the tree")
	}
	if _, err := os.Stat(filepath.Join(c.root, target)); err != nil {
		return fmt.Errorf("there is no %s", target)
	}
	switch {
	case u.Fragment == "":
		return nil
	case path.Ext(target) != ".md":
		if !lineAnchor.MatchString(u.Fragment) {
			return fmt.Errorf("%s has no anchors", target)
		}
		return nil
	}
	known, err := c.anchorsOf(target)
	if err == nil && !known[u.Fragment] {
		err = fmt.Errorf("%s has no heading #%s", target, u.Fragment)
	}
	return err
}

func (c *checker) anchorsOf(name string) (map[string]bool, error) {
	if known, ok := c.anchors[name]; ok {
		return known, nil
	}
	source, err := os.ReadFile(filepath.Join(c.root, name))
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	_ = ast.Walk(pages.Parse(pages.Markdown(), source), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			if id, ok := h.AttributeString("id"); ok {
				known[string(id.([]byte))] = true
			}
		}
		return ast.WalkContinue, nil
	})
	c.anchors[name] = known
	return known, nil
}
