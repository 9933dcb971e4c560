package main

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/markdown"
	"github.com/seed-f21aa8d8/wechat/publish"
)

// readPost reads a Markdown file. Its front matter may have author, digest, cover and
// source; the title is the heading that it begins with. Pictures are relative to the
// file.
func readPost(files fs.FS, name string) (publish.Post, error) {
	source, err := fs.ReadFile(files, name)
	if err != nil {
		return publish.Post{}, err
	}
	front, body, err := cutFront(string(source))
	if err != nil {
		return publish.Post{}, fmt.Errorf("%s: %w", name, err)
	}
	parsed := markdown.ParseArticle(body)
	if parsed.Title == "" {
		return publish.Post{}, fmt.Errorf("%s: does not begin with a heading such as # Title", name)
	}
	if files, err = fs.Sub(files, path.Dir(name)); err != nil {
		return publish.Post{}, err
	}
	return publish.Post{Name: name, Files: files, Articles: []publish.Article{{
		Article: article.Article{
			Title: parsed.Title, Content: parsed.HTML,
			Author: front["author"], Digest: front["digest"], SourceURL: front["source"],
		},
		Cover: front["cover"],
	}}}, nil
}

// cutFront divides a source into the "name: value" lines of its front matter and the
// rest.
func cutFront(source string) (front map[string]string, body string, err error) {
	front = map[string]string{}
	source = strings.ReplaceAll(source, "\r\n", "\n")
	rest, ok := strings.CutPrefix(source, "---\n")
	if !ok {
		return front, source, nil
	}
	lines, body, ok := strings.Cut(rest, "\n---\n")
	if !ok {
		return nil, "", fmt.Errorf("the front matter has no end")
	}
	for line := range strings.Lines(lines) {
		key, value, ok := strings.Cut(line, ":")
		switch key = strings.TrimSpace(key); {
		case strings.TrimSpace(line) == "":
		case !ok || key != "author" && key != "digest" && key != "cover" && key != "source":
			return nil, "", fmt.Errorf("front matter: %q: want author, digest, cover or source", strings.TrimSpace(line))
		default:
			front[key] = strings.TrimSpace(value)
		}
	}
	return front, body, nil
}
