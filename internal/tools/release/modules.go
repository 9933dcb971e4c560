package main

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
)

// Module is a module of the repository.
type Module struct {
	Path     string // such as github.com/seed-f21aa8d8/wechat/gateway
	Dir      string // folder below the root of the tree, with slashes; "" is the root
	Requires []string
}

// Tag returns the tag of a version of the module: v0.1.0, or gateway/v0.1.0.
func (m Module) Tag(version string) string { return path.Join(m.Dir, version) }

// released returns the modules of a tree that users import or install: those of go.work
// without the examples. A module stands behind those that it requires.
func released(tree string) ([]Module, error) {
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
		if dir == "examples" {
			continue
		}
		mod, err := readMod(filepath.Join(tree, dir, "go.mod"))
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
	return sorted(modules)
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

func readMod(name string) (*modfile.File, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(name, text, nil)
}
