package main

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/yuin/goldmark/ast"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

//go:embed assets
var assets embed.FS

// site is the website while it is built.
type site struct {
	root     string
	packages []module
	files    map[string]*sheet // by file of the tree: docs/first-bot.md
	sheets   map[pages.Lang][]*sheet
	groups   map[pages.Lang][]group
	pictures map[string]bool // files of the tree that pages show
}

// sheet is one page of the site.
type sheet struct {
	pages.Page
	Address string // below the folder of the language: first-bot.html
	Title   string
	Label   string // in the navigation
	source  []byte
	tree    ast.Node
}

// group is a part of the navigation.
type group struct {
	Title  string
	Sheets []*sheet
}

// Build writes the site of the tree at root to a folder.
func Build(root, out string) error {
	s := &site{root: root, files: map[string]*sheet{}, sheets: map[pages.Lang][]*sheet{}, groups: map[pages.Lang][]group{}, pictures: map[string]bool{}}
	if err := s.load(); err != nil {
		return err
	}
	for _, lang := range []pages.Lang{pages.English, pages.Chinese} {
		if err := s.navigate(lang); err != nil {
			return err
		}
		if err := s.write(out, lang); err != nil {
			return err
		}
	}
	return s.copyFiles(out)
}

// folder returns the folder of a language within the site, with a slash at its end.
func folder(lang pages.Lang) string {
	if lang == pages.English {
		return ""
	}
	return string(lang) + "/"
}

// single are the files that are written in one language, and are pages of both.
var single = []string{"CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}

// load reads the pages.
func (s *site) load() error {
	list, err := pages.Load(s.root)
	if err != nil {
		return err
	}
	for _, p := range list {
		address := p.Name + ".html"
		switch p.Name {
		case "README":
			address = "index.html"
		case "docs/README":
			address = "pages.html"
		}
		s.add(p, address)
	}
	for _, file := range single {
		text, err := os.ReadFile(filepath.Join(s.root, file))
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(file, ".md")
		for _, lang := range []pages.Lang{pages.Chinese, pages.English} { // links lead to the English one
			s.add(pages.Page{Name: name, Lang: lang, File: file, Text: string(text)}, "project-"+strings.ToLower(name)+".html")
		}
	}
	if s.packages, err = listPackages(s.root); err != nil {
		return err
	}
	for _, lang := range []pages.Lang{pages.English, pages.Chinese} {
		s.add(pages.Page{Name: "packages", Lang: lang, File: "packages:" + string(lang), Text: packagesPage(s.packages, wordsOf(lang))}, "packages.html")
	}
	return nil
}

func (s *site) add(p pages.Page, address string) {
	sh := &sheet{Page: p, Address: address, source: []byte(p.Text)}
	sh.tree = pages.Parse(pages.Markdown(), sh.source)
	sh.Title = p.Name
	if h, ok := sh.tree.FirstChild().(*ast.Heading); ok && h.Level == 1 {
		sh.Title = plain(h, sh.source)
	}
	sh.Label = sh.Title
	if p.Name == "README" {
		sh.Label = wordsOf(p.Lang).Start
	}
	s.files[p.File] = sh
	s.sheets[p.Lang] = append(s.sheets[p.Lang], sh)
}

func (s *site) sheet(lang pages.Lang, name string) *sheet {
	for _, sh := range s.sheets[lang] {
		if sh.Name == name {
			return sh
		}
	}
	return nil
}

// navigate reads the groups of pages from the index, docs/README.md: a heading of the second
// level with a list of links. Every page must be in it once.
func (s *site) navigate(lang pages.Lang) error {
	w := wordsOf(lang)
	index, start := s.sheet(lang, "docs/README"), s.sheet(lang, "README")
	if index == nil {
		return errors.New("there is no docs/README.md")
	}
	groups := []group{{Sheets: []*sheet{start, index}}}
	listed := map[*sheet]bool{start: true, index: true}
	var errs []error
	for n := index.tree.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			if n.Level == 2 {
				groups = append(groups, group{Title: plain(n, index.source)})
			}
		case *ast.List:
			for _, link := range firstLinks(n) {
				to, text := string(link.Destination), plain(link, index.source)
				target := s.files[path.Join("docs", to)]
				if target == nil || target.Lang != lang || listed[target] {
					errs = append(errs, fmt.Errorf("%s: %s is not a page of this language, or is listed twice", index.File, to))
					continue
				}
				if text != target.Title {
					errs = append(errs, fmt.Errorf("%s: the title of %s is %q, not %q", index.File, to, target.Title, text))
				}
				listed[target] = true
				last := &groups[len(groups)-1]
				last.Sheets = append(last.Sheets, target)
			}
		}
	}
	project := group{Title: w.Project}
	for _, name := range []string{"packages", "CHANGELOG", "CONTRIBUTING", "SECURITY"} {
		sh := s.sheet(lang, name)
		listed[sh] = true
		project.Sheets = append(project.Sheets, sh)
	}
	for _, sh := range s.sheets[lang] {
		if !listed[sh] {
			errs = append(errs, fmt.Errorf("%s does not list %s", index.File, sh.File))
		}
	}
	s.groups[lang] = append(groups, project)
	return errors.Join(errs...)
}

// firstLinks returns the first link of each item of a list.
func firstLinks(list *ast.List) (links []*ast.Link) {
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		found := false
		_ = ast.Walk(item, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if link, ok := n.(*ast.Link); ok && entering && !found {
				links = append(links, link)
				found = true
			}
			return ast.WalkContinue, nil
		})
	}
	return links
}

// view is what the template of a page receives.
type view struct {
	*sheet
	Words    words
	Up       string // the way to the root of the site: ../ or empty
	Other    string // the page in the other language
	Content  template.HTML
	Contents []mark
	Groups   []group
	Previous *sheet
	Next     *sheet
	Wide     bool
}

// mark is a heading in the list of a page's contents.
type mark struct{ ID, Title string }

// write renders all pages of a language, and its search index.
func (s *site) write(out string, lang pages.Lang) error {
	layout, err := template.ParseFS(assets, "assets/page.html")
	if err != nil {
		return err
	}
	dir := filepath.Join(out, filepath.FromSlash(folder(lang)))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var order []*sheet
	for _, g := range s.groups[lang] {
		order = append(order, g.Sheets...)
	}
	var found []entry
	for i, sh := range order {
		v := view{sheet: sh, Words: wordsOf(lang), Groups: s.groups[lang], Up: up(lang)}
		v.Other = v.Up + folder(pages.Chinese) + sh.Address
		if lang == pages.Chinese {
			v.Other = v.Up + sh.Address
		}
		if i > 0 {
			v.Previous = order[i-1]
		}
		if i+1 < len(order) {
			v.Next = order[i+1]
		}
		if v.Content, err = s.render(sh); err != nil {
			return fmt.Errorf("%s: %w", sh.File, err)
		}
		v.Contents = contents(sh)
		v.Wide = sh.Name == "endpoints"
		found = append(found, entries(sh)...)
		var text bytes.Buffer
		if err := layout.Execute(&text, v); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, sh.Address), text.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return writeIndex(filepath.Join(dir, "search-index.js"), found)
}

// contents returns the headings of the second level.
func contents(sh *sheet) (list []mark) {
	for n := sh.tree.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok && h.Level == 2 {
			list = append(list, mark{idOf(h), plain(h, sh.source)})
		}
	}
	return list
}

// copyFiles copies the style, the script and the pictures.
func (s *site) copyFiles(out string) error {
	for _, name := range []string{"site.css", "site.js"} {
		text, err := assets.ReadFile("assets/" + name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, name), text, 0o644); err != nil {
			return err
		}
	}
	for name := range s.pictures {
		data, err := os.ReadFile(filepath.Join(s.root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		to := filepath.Join(out, "images", path.Base(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
