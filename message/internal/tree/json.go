package tree

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ReadJSON reads a JSON object, removing first what [Clean] removes. The object is
// read as the content of an element called xml, so that a message decodes alike
// from both formats: a member becomes a child element, an array one child for each
// entry, a number its text, and null an empty text.
//
// It is lenient where a strict parser would lose the whole message: a byte order
// mark, and line feeds and tabs inside strings, are accepted.
func (t *Tree) ReadJSON(doc []byte) error {
	if err := t.reset(doc, JSON); err != nil {
		return err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, escapeLines(bytes.TrimPrefix(Clean(doc), []byte(bom)))); err != nil {
		return fmt.Errorf("JSON: %w: %w", ErrSyntax, err)
	}
	r := &jsonReader{Tree: t, rest: compact.Bytes()}
	if r.rest[0] != '{' {
		return fmt.Errorf("JSON: %w: not an object", ErrSyntax)
	}
	if _, err := r.value(r.keep("xml"), -1, 0, 0); err != nil {
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

// jsonReader reads valid JSON without white space between the tokens. A json.Decoder
// would add its decoder by reflection, 100 KB, to every bot.
type jsonReader struct {
	*Tree
	rest []byte // not read yet
}

// value reads one value. It adds it as a child of parent, an array as one child for each
// entry, all called name, and returns the last of them.
func (r *jsonReader) value(name span, parent, last int32, depth int) (int32, error) {
	if depth == MaxDepth {
		return 0, fmt.Errorf("%w: more than %d levels", ErrTooComplex, MaxDepth)
	}
	var err error
	if r.rest[0] == '[' {
		for r.more(']') {
			if last, err = r.value(name, parent, last, depth+1); err != nil {
				return 0, err
			}
		}
		return last, nil
	}
	child, err := r.open(name, parent, last)
	if err != nil {
		return 0, err
	}
	if r.rest[0] != '{' {
		r.nodes[child].text = r.scalar()
		return child, nil
	}
	var member int32
	for r.more('}') {
		name := r.text()
		r.rest = r.rest[1:] // the colon
		if member, err = r.value(name, child, member, depth+1); err != nil {
			return 0, err
		}
	}
	return child, nil
}

// more moves to the next entry of an object or array: past the opening bracket or the
// comma. After the last entry it moves past the closing bracket, end, and returns false.
func (r *jsonReader) more(end byte) bool {
	if r.rest[0] != end {
		r.rest = r.rest[1:]
	}
	if r.rest[0] != end {
		return true
	}
	r.rest = r.rest[1:]
	return false
}

// scalar reads a string, a number, true, false or null.
func (r *jsonReader) scalar() span {
	if r.rest[0] == '"' {
		return r.text()
	}
	end := bytes.IndexAny(r.rest, ",]}")
	literal := r.rest[:end]
	r.rest = r.rest[end:]
	if literal[0] == 'n' {
		return span{}
	}
	return r.keep(plainNumber(string(literal)))
}

// text reads a string.
func (r *jsonReader) text() span {
	from := len(r.arena)
	r.rest = r.rest[1:]
	for r.rest[0] != '"' {
		if r.rest[0] == '\\' {
			r.arena = utf8.AppendRune(r.arena, r.escaped())
			continue
		}
		end := bytes.IndexAny(r.rest, `"\`)
		r.arena = append(r.arena, r.rest[:end]...)
		r.rest = r.rest[end:]
	}
	r.rest = r.rest[1:]
	return r.cleaned(from)
}

// escaped reads an escaped character. Half of a surrogate pair is read as U+FFFD.
func (r *jsonReader) escaped() rune {
	c := r.rest[1]
	if c == 'u' {
		char := r.unit()
		if utf16.IsSurrogate(char) && bytes.HasPrefix(r.rest, []byte(`\u`)) {
			after := r.rest
			if pair := utf16.DecodeRune(char, r.unit()); pair != utf8.RuneError {
				return pair
			}
			r.rest = after
		}
		return char
	}
	r.rest = r.rest[2:]
	if i := strings.IndexByte("bfnrt", c); i >= 0 {
		return rune("\b\f\n\r\t"[i])
	}
	return rune(c)
}

// unit reads one escape of the form \uXXXX.
func (r *jsonReader) unit() rune {
	n, _ := strconv.ParseUint(string(r.rest[2:6]), 16, 16)
	r.rest = r.rest[6:]
	return rune(n)
}

// keep stores text, cleaned, and returns where it is.
func (r *jsonReader) keep(text string) span {
	from := len(r.arena)
	r.arena = append(r.arena, text...)
	return r.cleaned(from)
}

// cleaned cleans what the arena has from an offset on, and returns where it is.
func (r *jsonReader) cleaned(from int) span {
	r.arena = append(r.arena[:from], Clean(r.arena[from:])...)
	return span{from: int32(from), to: int32(len(r.arena)), inArena: true}
}

// plainNumber writes a whole number without point and exponent, such as 1.7e9 or
// 42.0, so that it reads like the numbers of an XML document. Anything else stays as it
// is.
func plainNumber(number string) string {
	if !strings.ContainsAny(number, ".eE") {
		return number
	}
	if n, ok := wholeNumber(number); ok {
		return strconv.FormatInt(n, 10)
	}
	return number
}
