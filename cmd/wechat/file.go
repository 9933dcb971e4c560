package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/seed-f21aa8d8/wechat/menu"
)

// maxFile bounds a file, in bytes.
const maxFile = 1 << 20

// isYAML reports whether a file is YAML, by its name.
func isYAML(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

// formOf returns the function that converts the JSON of menus to the form of a file, by
// its name.
func formOf(name string) func(content []byte) []byte {
	if isYAML(name) {
		return toYAML
	}
	return func(content []byte) []byte { return content }
}

// read reads a file of menus. Its mistakes begin with name and line.
func (p program) read(name string) (*menu.Menus, error) {
	in := p.in
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, failure{mistake, err}
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, failure{mistake, err}
	}
	if len(data) > maxFile {
		return nil, mistakef("%s is larger than %d bytes", name, maxFile)
	}
	if isYAML(name) {
		if data, err = toJSON(data); err != nil {
			return nil, mistakef("%s:%w", name, err)
		}
	}
	menus, err := menu.Parse(data)
	if wrong, ok := errors.AsType[*menu.ParseError](err); ok {
		what := wrong.Path
		if what == "" {
			what = "the file"
		}
		return nil, mistakef("%s:%d: %s %s", name, wrong.Line, what, wrong.Rule)
	}
	return menus, err
}

// toJSON returns YAML as JSON in which every key and value stands on the same line, so
// that the lines of errors are right. Text, numbers and switches become text. The error
// begins with the line.
func toJSON(data []byte) ([]byte, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, errors.New("1: the file is empty")
	} else if err != nil {
		return nil, located(err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); err == nil {
		return nil, fmt.Errorf("%d: the file has a second document; only one is allowed", second.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, located(err)
	}
	w := &jsonWriter{line: 1}
	if err := w.value(doc.Content[0], 0); err != nil {
		return nil, err
	}
	return w.out.Bytes(), nil
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// located moves the line of an error of the YAML parser to the front.
func located(err error) error {
	text := err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("%s: the file is not YAML: %s", m[1], text[len(m[0]):])
	}
	return fmt.Errorf("1: the file is not YAML: %s", strings.TrimPrefix(text, "yaml: "))
}

// jsonWriter writes nodes of YAML as JSON.
type jsonWriter struct {
	out  bytes.Buffer
	line int
}

// maxDepth bounds the levels of a file, also those of an alias that contains itself.
const maxDepth = 20

func (w *jsonWriter) value(n *yaml.Node, depth int) error {
	if depth > maxDepth || w.out.Len() > maxFile {
		return fmt.Errorf("%d: the file is nested too deeply, or its aliases make it too large", w.line)
	}
	for ; w.line < n.Line; w.line++ { // what an alias stands for is above it, and adds no line
		w.out.WriteByte('\n')
	}
	switch n.Kind {
	case yaml.AliasNode:
		return w.value(n.Alias, depth+1)
	case yaml.MappingNode:
		return w.list('{', ',', '}', n.Content, depth)
	case yaml.SequenceNode:
		return w.list('[', ',', ']', n.Content, depth)
	}
	if n.ShortTag() == "!!null" {
		w.out.WriteString("null")
		return nil
	}
	text, err := json.Marshal(n.Value)
	w.out.Write(text)
	return err
}

// list writes the values of a sequence, or the keys and values of a mapping.
func (w *jsonWriter) list(open, between, end byte, content []*yaml.Node, depth int) error {
	w.out.WriteByte(open)
	for i, n := range content {
		isKey := open == '{' && i%2 == 0
		switch {
		case isKey && n.Kind != yaml.ScalarNode:
			return fmt.Errorf("%d: a key must be text", n.Line)
		case open == '{' && !isKey:
			w.out.WriteByte(':')
		case i > 0:
			w.out.WriteByte(between)
		}
		if isKey && n.ShortTag() == "!!null" {
			n = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: n.Value, Line: n.Line}
		}
		if err := w.value(n, depth+1); err != nil {
			return err
		}
	}
	w.out.WriteByte(end)
	return nil
}

// toYAML returns the JSON of a file of menus as YAML.
func toYAML(content []byte) []byte {
	var doc yaml.Node
	_ = yaml.Unmarshal(content, &doc) // the content is that of Format
	plain(&doc)
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	_ = enc.Encode(&doc) // writes to memory
	return out.Bytes()
}

// plain removes the style of JSON.
func plain(n *yaml.Node) {
	n.Style = 0
	for _, one := range n.Content {
		plain(one)
	}
}
