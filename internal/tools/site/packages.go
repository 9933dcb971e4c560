package main

import (
	"fmt"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

// module is a module of the workspace.
type module struct {
	path, dir string
	released  bool // users can import or install it
	packages  []pkg
}

// pkg is a package or a program.
type pkg struct {
	path, dir, synopsis string
	program             bool
}

// listPackages returns the packages of the modules of go.work, in its order.
func listPackages(root string) ([]module, error) {
	text, err := os.ReadFile(filepath.Join(root, "go.work"))
	if err != nil {
		return nil, err
	}
	work, err := modfile.ParseWork("go.work", text, nil)
	if err != nil {
		return nil, err
	}
	var list []module
	for _, use := range work.Use {
		dir := path.Clean(use.Path)
		m := module{path: path.Join(pages.Module, dir), dir: dir, released: dir != "examples"}
		if err := m.read(root); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

func (m *module) read(root string) error {
	top := filepath.Join(root, filepath.FromSlash(m.dir))
	return filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if n := d.Name(); name != top && (n == "internal" || n == "testdata" || n == "node_modules" || strings.HasPrefix(n, ".") || isModule(name)) {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		p := pkg{path: path.Join(pages.Module, rel), dir: rel}
		found, err := p.read(name)
		if found {
			m.packages = append(m.packages, p)
		}
		return err
	})
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// read reads the comment of the package in a folder.
func (p *pkg) read(dir string) (found bool, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return false, err
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			return false, err
		}
		found = true
		p.program = file.Name.Name == "main"
		if file.Doc != nil {
			p.synopsis = new(doc.Package).Synopsis(file.Doc.Text())
		}
	}
	return found, nil
}

// packagesPage returns the page of all packages as Markdown.
func packagesPage(modules []module, w words) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", w.Packages, w.PackagesIntro)
	for _, m := range modules {
		fmt.Fprintf(&b, "\n## %s\n", strings.TrimPrefix(m.path, path.Dir(pages.Module)+"/"))
		if m.released {
			fmt.Fprintf(&b, "\n```\n%s\n```\n", m.path)
		}
		fmt.Fprintf(&b, "\n| %s | |\n|---|---|\n", w.Package)
		for _, p := range m.packages {
			address := reference + p.path
			if !m.released {
				address = sourceTree + p.dir
			}
			name := strings.TrimPrefix(strings.TrimPrefix(p.path, pages.Module), "/")
			if name == "" {
				name = "wechat"
			}
			fmt.Fprintf(&b, "| [%s](%s) | %s |\n", name, address, strings.NewReplacer("|", `\|`, "<", `\<`, "*", `\*`, "_", `\_`).Replace(p.synopsis))
		}
	}
	return b.String()
}
