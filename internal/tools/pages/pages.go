// Package pages reads the Markdown pages of the tree: README.md and docs/, each in
// English and in Chinese.
package pages

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Module is the path of the root module.
const Module = "github.com/seed-f21aa8d8/wechat"

// Lang is the language of a page.
type Lang string

// The languages.
const (
	English Lang = "en"
	Chinese Lang = "zh-CN"
)

// Page is one page in one language.
type Page struct {
	Name string // "first-bot", "README" for the start page, "docs/README" for the index
	Lang Lang
	File string // from the root, with slashes: docs/first-bot.zh-CN.md
	Text string
}

// Root returns the root of the tree that the working directory is in.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no folder above the working directory has a go.work")
		}
		dir = up
	}
}

// Load returns all pages, sorted by name, each in English first. A page that is missing
// in one language is an error.
func Load(root string) ([]Page, error) {
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		return nil, err
	}
	files = append(files, filepath.Join(root, "README.md"), filepath.Join(root, "README.zh-CN.md"))
	byName := map[string]map[Lang]Page{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return nil, err
		}
		p := named(filepath.ToSlash(rel))
		p.Text = string(text)
		if byName[p.Name] == nil {
			byName[p.Name] = map[Lang]Page{}
		}
		byName[p.Name][p.Lang] = p
	}
	var list []Page
	var missing []error
	for name, page := range byName {
		for _, lang := range []Lang{English, Chinese} {
			if page[lang].File == "" {
				missing = append(missing, fmt.Errorf("page %s is missing in %s", name, lang))
			}
			list = append(list, page[lang])
		}
	}
	slices.SortFunc(list, func(a, b Page) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(string(a.Lang), string(b.Lang))
	})
	return list, errors.Join(missing...)
}

// named returns the page of a file, without text.
func named(file string) Page {
	p := Page{Lang: English, File: file}
	name := strings.TrimSuffix(file, ".md")
	if rest, ok := strings.CutSuffix(name, "."+string(Chinese)); ok {
		name, p.Lang = rest, Chinese
	}
	p.Name = name
	if path.Base(name) != "README" {
		p.Name = path.Base(name)
	}
	return p
}
