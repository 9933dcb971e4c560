package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
)

// text is an encoded body in a reused buffer.
type text struct {
	buf     bytes.Buffer
	encoder *json.Encoder
}

var texts = sync.Pool{New: func() any {
	t := &text{}
	t.encoder = json.NewEncoder(&t.buf)
	t.encoder.SetEscapeHTML(false)
	return t
}}

// encode writes v as JSON without \u escapes: the platform refuses them, and shows
// those of & < > to its users.
func encode(v any) (*text, error) {
	t := texts.Get().(*text)
	if v == nil {
		t.buf.WriteString("{}")
		return t, nil
	}
	if err := t.encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("the body cannot be encoded: %w", err) // the encoder may be unusable now
	}
	return t, nil
}

// bytes returns the JSON without the line break of the encoder.
func (t *text) bytes() []byte { return literal(bytes.TrimSuffix(t.buf.Bytes(), []byte("\n"))) }

// free returns the buffer to the pool. The bytes must not be used afterwards.
func (t *text) free() {
	if t.buf.Cap() <= 64<<10 {
		t.buf.Reset()
		texts.Put(t)
	}
}

// literal replaces, in place, the escapes that the encoder writes even without HTML
// escaping: U+2028, U+2029 and U+FFFD.
func literal(b []byte) []byte {
	if !bytes.Contains(b, []byte(`\u`)) {
		return b
	}
	i := bytes.IndexByte(b, '\\') // from the first escape on, with care for pairs such as \\
	out := b[:i]
	for i < len(b) {
		if b[i] != '\\' {
			out = append(out, b[i])
			i++
			continue
		}
		switch string(b[i:min(i+6, len(b))]) {
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
