package wire

import (
	"encoding/json"
	"errors"
)

// unmarshal decodes an answer into out.
func unmarshal(answer []byte, out any) error {
	err := json.Unmarshal(answer, out)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		answer = scour(answer)
		err = json.Unmarshal(answer, out)
	}
	return err
}

// scour makes JSON of text that breaks its rules in the ways the platform does:
// raw control characters inside strings. Line breaks and tabs are escaped, other
// control characters dropped.
func scour(b []byte) []byte {
	out := make([]byte, 0, len(b)+16)
	quoted := false
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '"':
			quoted = !quoted
			out = append(out, c)
		case quoted && c == '\\' && i+1 < len(b) && b[i+1] >= ' ':
			out = append(out, c, b[i+1])
			i++
		case quoted && c == '\n':
			out = append(out, `\n`...)
		case quoted && c == '\r':
			out = append(out, `\r`...)
		case quoted && c == '\t':
			out = append(out, `\t`...)
		case quoted && c < ' ':
		default:
			out = append(out, c)
		}
	}
	return out
}
