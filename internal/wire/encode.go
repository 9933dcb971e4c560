package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// encode writes v as JSON in which every character stands for itself: the
// platform refuses \u escapes, and shows those of & < > to its users.
func encode(v any) ([]byte, error) {
	if v == nil {
		return []byte("{}"), nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("the body cannot be encoded: %w", err)
	}
	return literal(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// literal undoes, in place, the escapes that the encoder writes even without
// HTML escaping: U+2028, U+2029 and U+FFFD.
func literal(b []byte) []byte {
	i := bytes.Index(b, []byte(`\u`))
	if i < 0 {
		return b
	}
	i = bytes.IndexByte(b, '\\') // in step with pairs such as \\
	out := b[:i]
	for i < len(b) {
		if b[i] != '\\' {
			out = append(out, b[i])
			i++
			continue
		}
		switch escape := b[i:min(i+6, len(b))]; string(escape) {
		case `\u2028`:
			out, i = append(out, "\u2028"...), i+6
		case `\u2029`:
			out, i = append(out, "\u2029"...), i+6
		case `\ufffd`:
			out, i = append(out, "\ufffd"...), i+6
		default:
			out, i = append(out, b[i:i+2]...), i+2
		}
	}
	return out
}
