package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ReadJSON reads a JSON object, removing first what [Clean] removes. The object is
// read as the content of an element called xml, so that a message decodes alike
// from both formats: a member becomes a child element, an array one child for each
// entry, a number its text, and null an empty text.
//
// It is lenient where a strict parser would lose the whole message: a byte order
// mark, and line feeds and tabs inside strings, are accepted.
func (t *Tree) ReadJSON(doc []byte) error {
	if err := t.reset(doc); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(escapeLines(bytes.TrimPrefix(Clean(doc), []byte(bom)))))
	d.UseNumber()
	if err := (&jsonReader{Tree: t, tokens: d}).read(); err != nil {
		t.nodes = t.nodes[:0]
		return fmt.Errorf("JSON: %w", err)
	}
	return nil
}

// escapeLines escapes line feeds and tabs inside the strings of a JSON document.
func escapeLines(doc []byte) []byte {
	if bytes.IndexByte(doc, '\n') < 0 && bytes.IndexByte(doc, '\t') < 0 {
		return doc
	}
	escaped := make([]byte, 0, len(doc)+16)
	inString := false
	for i := 0; i < len(doc); i++ {
		switch b := doc[i]; {
		case b == '"':
			inString = !inString
		case inString && b == '\n':
			escaped = append(escaped, `\n`...)
			continue
		case inString && b == '\t':
			escaped = append(escaped, `\t`...)
			continue
		case inString && b == '\\' && i+1 < len(doc):
			escaped = append(escaped, b)
			i++
		}
		escaped = append(escaped, doc[i])
	}
	return escaped
}

type jsonReader struct {
	*Tree
	tokens *json.Decoder
}

func (r *jsonReader) token() (json.Token, error) {
	token, err := r.tokens.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return token, nil
}

func (r *jsonReader) read() error {
	token, err := r.token()
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return fmt.Errorf("%w: not an object", ErrSyntax)
	}
	root, err := r.open(r.keep("xml"), -1, 0)
	if err != nil {
		return err
	}
	if err := r.object(root, 1); err != nil {
		return err
	}
	if _, err := r.tokens.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: data behind the object", ErrSyntax)
	}
	return nil
}

// object reads members up to the closing brace, as children of parent.
func (r *jsonReader) object(parent int32, depth int) error {
	var last int32
	for {
		token, err := r.token()
		if err != nil {
			return err
		}
		name, ok := token.(string)
		if !ok { // the closing brace
			return nil
		}
		if token, err = r.token(); err != nil {
			return err
		}
		if last, err = r.member(name, token, parent, last, depth); err != nil {
			return err
		}
	}
}

// member adds what begins with token as children of parent, all called name,
// and returns the last of them.
func (r *jsonReader) member(name string, token json.Token, parent, last int32, depth int) (int32, error) {
	if depth == MaxDepth {
		return 0, fmt.Errorf("%w: more than %d levels", ErrTooComplex, MaxDepth)
	}
	if token == json.Delim('[') {
		return r.array(name, parent, last, depth)
	}
	child, err := r.open(r.keep(name), parent, last)
	if err != nil {
		return 0, err
	}
	if token == json.Delim('{') {
		return child, r.object(child, depth+1)
	}
	switch value := token.(type) {
	case string:
		r.nodes[child].text = r.keep(value)
	case json.Number:
		r.nodes[child].text = r.keep(plainNumber(value.String()))
	case bool:
		r.nodes[child].text = r.keep(fmt.Sprint(value))
	}
	return child, nil
}

func (r *jsonReader) array(name string, parent, last int32, depth int) (int32, error) {
	for {
		token, err := r.token()
		if err != nil {
			return 0, err
		}
		if token == json.Delim(']') {
			return last, nil
		}
		if last, err = r.member(name, token, parent, last, depth+1); err != nil {
			return 0, err
		}
	}
}

// keep stores text, cleaned, and returns where it is.
func (r *jsonReader) keep(text string) span {
	from := int32(len(r.arena))
	r.arena = append(r.arena, Clean([]byte(text))...)
	return span{from: from, to: int32(len(r.arena)), inArena: true}
}

// plainNumber writes a whole number without point and exponent, such as 1.7e9 or
// 42.0, so that it reads like the numbers of an XML document. Other numbers stay as
// they are.
func plainNumber(number string) string {
	if !strings.ContainsAny(number, ".eE") {
		return number
	}
	if n, ok := wholeNumber(number); ok {
		return strconv.FormatInt(n, 10)
	}
	return number
}
