package callback

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
)

// flat removes the wrapping that three events have only in XML: in JSON their List is a
// top-level member.
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

// appendJSON appends elements as a JSON object: a bare number as a number, other values
// as strings, and repeated names as an array.
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
	_ = enc.Encode(s) // encoding a string to a bytes.Buffer never fails
	return append(dst, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// isJSON reports whether a body begins as a JSON object.
func isJSON(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
}

// parseJSON parses a JSON object to elements, sorted by name, as the inverse of
// appendJSON; the last of two members with the same name is used.
func parseJSON(body []byte) (Element, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil {
		return Element{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Element{}, errors.New("more than one JSON object")
	}
	return Group("xml", jsonElements(object)...), nil
}

func jsonElements(object map[string]any) []Element {
	var elements []Element
	for _, name := range slices.Sorted(maps.Keys(object)) {
		values, several := object[name].([]any)
		if !several {
			values = []any{object[name]}
		}
		for _, value := range values {
			elements = append(elements, jsonElement(name, value))
		}
	}
	return elements
}

func jsonElement(name string, value any) Element {
	switch value := value.(type) {
	case string:
		return CDATA(name, value)
	case map[string]any:
		return Group(name, jsonElements(value)...)
	}
	literal, _ := json.Marshal(value) // decoded JSON can be encoded again
	return Element{Name: name, Value: string(literal), Bare: true}
}

// replaceMember replaces the string old in a top-level member of a JSON object by text.
// Nested members and other bytes are not changed.
func replaceMember(object []byte, name, old, text string) []byte {
	var out []byte
	done := 0
	dec := json.NewDecoder(bytes.NewReader(object))
	_, _ = dec.Token() // the brace; the object has been parsed before
	for dec.More() {
		key, _ := dec.Token()
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return object
		}
		var held string
		if key == name && json.Unmarshal(value, &held) == nil && held == old {
			end := int(dec.InputOffset())
			out = appendString(append(out, object[done:end-len(value)]...), text)
			done = end
		}
	}
	return append(out, object[done:]...)
}
