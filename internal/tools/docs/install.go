package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

var assignment = regexp.MustCompile(`^[A-Z_]+=\S*$`)

// installs returns what is wrong with the lines of an install fence: a command that is not
// known, or a package or program that is not in the tree. A package of another module is
// in order if a go.mod of the tree requires that module.
func (g generator) installs(p pages.Page, f pages.Fence) (faults []string) {
	n := f.Line
	for line := range strings.Lines(f.Body) {
		n++
		if err := g.install(line); err != nil {
			faults = append(faults, fmt.Sprintf("%s:%d: %v", p.File, n, err))
		}
	}
	return faults
}

func (g generator) install(line string) error {
	line, _, _ = strings.Cut(" "+line, " #")
	words := strings.Fields(line)
	for len(words) > 0 && assignment.MatchString(words[0]) {
		words = words[1:]
	}
	if len(words) == 0 {
		return nil
	}
	command := strings.Join(words[:min(2, len(words))], " ")
	switch {
	case command == "go get", command == "go install", command == "go run":
	case command == "go test", command == "go mod", command == "git clone", words[0] == "mkdir", words[0] == "cd":
		return nil
	default:
		return fmt.Errorf("%q is not a command of an install fence: go get, go install, go run, go test, go mod, git clone, mkdir, cd", command)
	}
	paths := slices.DeleteFunc(words[2:], func(w string) bool { return w[0] == '-' })
	if command == "go run" {
		paths = paths[:min(1, len(paths))] // the rest are arguments of the program
	}
	if len(paths) == 0 {
		return fmt.Errorf("%q names nothing", command)
	}
	for _, path := range paths {
		if err := g.installable(command, path); err != nil {
			return err
		}
	}
	return nil
}

func (g generator) installable(command, path string) error {
	name, version, hasVersion := strings.Cut(path, "@")
	if command == "go install" && !hasVersion && !strings.HasPrefix(name, ".") {
		return fmt.Errorf("go install %s needs a version outside of a module", path)
	}
	if hasVersion && version == "" {
		return fmt.Errorf("%s has an empty version", path)
	}
	dir, ok := strings.CutPrefix(name, ".")
	if !ok {
		dir, ok = strings.CutPrefix(name, pages.Module)
	}
	if !ok || dir != "" && dir[0] != '/' {
		return g.required(name)
	}
	files, err := filepath.Glob(filepath.Join(g.root, filepath.FromSlash(dir), "*.go"))
	if err != nil {
		return err
	}
	isMain, isPackage := false, false
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		isPackage = true
		isMain = isMain || packageMain.Match(text)
	}
	_, err = os.Stat(filepath.Join(g.root, filepath.FromSlash(dir), "go.mod"))
	switch {
	case !isPackage && err != nil:
		return fmt.Errorf("%s is not a package of the tree", name)
	case command != "go get" && !isMain:
		return fmt.Errorf("%s is not a program", name)
	}
	return nil
}

var packageMain = regexp.MustCompile(`(?m)^package main\b`)

// required reports an error unless a go.mod of the tree requires the module of a package.
func (g generator) required(name string) error {
	for _, pattern := range []string{"go.mod", "*/go.mod", "*/*/go.mod"} {
		files, err := filepath.Glob(filepath.Join(g.root, pattern))
		if err != nil {
			return err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			for line := range strings.Lines(string(text)) {
				words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
				if len(words) >= 2 && strings.HasPrefix(words[1], "v") && (name == words[0] || strings.HasPrefix(name, words[0]+"/")) {
					return nil
				}
			}
		}
	}
	return fmt.Errorf("no go.mod of the tree requires the module of %s", name)
}
