// Package modules lists the modules of the workspace and their packages.
package modules

import (
	"cmp"
	"fmt"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// Module is a module of the workspace.
type Module struct {
	Path     string // such as github.com/seed-f21aa8d8/wechat/gateway
	Dir      string // folder below the root of the tree, with slashes; "" is the root
	Requires []string
}

// Tag returns the tag of a version of the module: v0.1.0, or gateway/v0.1.0.
func (m Module) Tag(version string) string { return path.Join(m.Dir, version) }

// Released reports whether users import or install the module.
func (m Module) Released() bool { return m.Dir != "examples" }

// Read returns the modules of go.work in its order.
func Read(tree string) ([]Module, error) {
	name := filepath.Join(tree, "go.work")
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	work, err := modfile.ParseWork(name, text, nil)
	if err != nil {
		return nil, err
	}
	var modules []Module
	for _, use := range work.Use {
		dir := path.Clean(use.Path)
		mod, err := ReadMod(filepath.Join(tree, dir, "go.mod"))
		if err != nil {
			return nil, err
		}
		m := Module{Path: mod.Module.Mod.Path}
		if dir != "." {
			m.Dir = dir
		}
		for _, r := range mod.Require {
			m.Requires = append(m.Requires, r.Mod.Path)
		}
		modules = append(modules, m)
	}
	return modules, nil
}

// Released returns the modules that users import or install. A module stands behind
// those that it requires.
func Released(tree string) ([]Module, error) {
	modules, err := Read(tree)
	if err != nil {
		return nil, err
	}
	return sorted(slices.DeleteFunc(modules, func(m Module) bool { return !m.Released() }))
}

// sorted puts every module behind those that it requires.
func sorted(modules []Module) ([]Module, error) {
	slices.SortFunc(modules, func(a, b Module) int { return cmp.Compare(a.Path, b.Path) })
	var done []Module
	for len(modules) > 0 {
		next := slices.IndexFunc(modules, func(m Module) bool {
			return !slices.ContainsFunc(modules, func(o Module) bool { return slices.Contains(m.Requires, o.Path) })
		})
		if next < 0 {
			return nil, fmt.Errorf("the modules require each other in a circle: %v", modules)
		}
		done = append(done, modules[next])
		modules = slices.Delete(modules, next, next+1)
	}
	return done, nil
}

// ReadMod reads a go.mod.
func ReadMod(name string) (*modfile.File, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(name, text, nil)
}

// Package is a package or a program.
type Package struct {
	Path     string
	Dir      string // folder below the root of the tree, with slashes; "." is the root
	Synopsis string // first sentence of its documentation
	Program  bool
}

// Packages returns the packages of the module that others can import, and its programs.
func (m Module) Packages(tree string) (list []Package, err error) {
	top := filepath.Join(tree, m.Dir)
	err = filepath.WalkDir(top, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if n := entry.Name(); name != top && (n == "internal" || n == "testdata" || n == "node_modules" || strings.HasPrefix(n, ".") || isModule(name)) {
			return fs.SkipDir
		}
		below, err := filepath.Rel(top, name)
		if err != nil {
			return err
		}
		below = filepath.ToSlash(below)
		p := Package{Path: path.Join(m.Path, below), Dir: path.Join(".", m.Dir, below)}
		found, err := p.read(name)
		if found {
			list = append(list, p)
		}
		return err
	})
	return list, err
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// read reads the comment of the package in a folder.
func (p *Package) read(dir string) (found bool, err error) {
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
		p.Program = file.Name.Name == "main"
		if file.Doc != nil {
			p.Synopsis = new(doc.Package).Synopsis(file.Doc.Text())
		}
	}
	return found, nil
}
