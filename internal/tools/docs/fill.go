package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

// generator fills fences from the files of a tree.
type generator struct{ root string }

// fill returns the page with all its code and file fences filled.
func (g generator) fill(p pages.Page) (pages.Page, error) {
	fences, err := p.Fences()
	if err != nil {
		return p, err
	}
	bodies := map[int]string{}
	var errs []error
	for _, f := range fences {
		body, ok, err := g.body(f)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %s: %w", p.File, f.Line, f.Marker, err))
		}
		if ok {
			bodies[f.Line] = body
		}
	}
	return p.With(fences, bodies), errors.Join(errs...)
}

// body returns what a fence must hold; ok is false if it is free.
func (g generator) body(f pages.Fence) (body string, ok bool, err error) {
	switch f.Marker.Kind {
	case pages.Code:
		if f.Lang != "go" {
			return "", false, fmt.Errorf("the fence is %q, not go", f.Lang)
		}
		body, err = g.code(strings.Fields(f.Marker.Text))
	case pages.File:
		body, err = g.file(f.Marker.Text)
	default:
		return "", false, nil
	}
	if err == nil && strings.Contains(body, "```") {
		err = errors.New("the text has a fence of its own")
	}
	return body, err == nil, err
}

// code returns the text that the words of a code marker name.
func (g generator) code(words []string) (string, error) {
	if len(words) > 3 || len(words) == 3 && words[2] != "body" {
		return "", errors.New("want FILE, FILE NAME or FILE NAME body")
	}
	name := words[0]
	if !strings.HasPrefix(name, "/") {
		name = "/docs/code/" + name
	}
	text, err := g.file(name)
	if err != nil || len(words) == 1 {
		return text, err
	}
	return declaration(text, words[1], len(words) == 3)
}

// file returns the text of a file; its name begins with a slash, which is the root.
func (g generator) file(name string) (string, error) {
	if !strings.HasPrefix(name, "/") {
		return "", fmt.Errorf("the path %s must begin with /, the root of the tree", name)
	}
	if !filepath.IsLocal(name[1:]) {
		return "", fmt.Errorf("%s is outside the tree", name)
	}
	text, err := os.ReadFile(filepath.Join(g.root, name[1:]))
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(text), "\n") + "\n", nil
}
