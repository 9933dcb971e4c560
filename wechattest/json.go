package wechattest

import (
	"bytes"
	"encoding/json"
	"strings"
)

// flat undoes the wrapping that three events have in XML only: in JSON their
// List stands at the top.
func flat(elements []Element) []Element {
	var out []Element
	for _, e := range elements {
		if strings.HasPrefix(e.Name, "SubscribeMsg") && strings.HasSuffix(e.Name, "Event") {
			out = append(out, e.Children...)
		} else {
			out = append(out, e)
		}
	}
	return out
}

// appendJSON writes elements as a JSON object: a bare number as a number, all
// else as text, a name that repeats as an array and otherwise as the value alone.
func appendJSON(dst []byte, elements []Element) []byte {
	dst = append(dst, '{')
	done := map[string]bool{}
	for _, e := range elements {
		if done[e.Name] {
			continue
		}
		if len(done) > 0 {
			dst = append(dst, ',')
		}
		done[e.Name] = true
		dst = append(appendString(dst, e.Name), ':')
		dst = appendValues(dst, named(elements, e.Name))
	}
	return append(dst, '}')
}

func named(elements []Element, name string) []Element {
	var same []Element
	for _, e := range elements {
		if e.Name == name {
			same = append(same, e)
		}
	}
	return same
}

func appendValues(dst []byte, values []Element) []byte {
	if len(values) == 1 {
		return values[0].appendValue(dst)
	}
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = v.appendValue(dst)
	}
	return append(dst, ']')
}

func (e Element) appendValue(dst []byte) []byte {
	switch {
	case len(e.Children) > 0:
		return appendJSON(dst, e.Children)
	case e.Bare && json.Valid([]byte(e.Value)):
		return append(dst, e.Value...)
	}
	return appendString(dst, e.Value)
}

func appendString(dst []byte, s string) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string and a bytes.Buffer never fail
	return append(dst, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}
