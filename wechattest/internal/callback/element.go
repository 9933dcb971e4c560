package callback

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Element is one XML element of a message: a value, or children.
type Element struct {
	Name     string
	Value    string
	Bare     bool // write the value without CDATA, as the platform writes most numbers
	Children []Element
}

// CDATA implements wechattest.CDATA.
func CDATA(name, value string) Element { return Element{Name: name, Value: value} }

// Number returns an element with a whole number.
func Number(name string, n int64) Element {
	return Element{Name: name, Value: strconv.FormatInt(n, 10), Bare: true}
}

// ID returns an element whose value is an id, which the platform writes as a number.
func ID(name, id string) Element { return Element{Name: name, Value: id, Bare: true} }

// Decimal implements wechattest.Decimal.
func Decimal(name string, f float64) Element {
	return Element{Name: name, Value: strconv.FormatFloat(f, 'f', 6, 64), Bare: true}
}

// Group returns an element with child elements.
func Group(name string, children ...Element) Element {
	return Element{Name: name, Children: children}
}

// Append appends the element as XML. Values are not changed, except that ]]> in a CDATA
// value is split: the platform passes on what users type, including characters that XML
// forbids.
func (e Element) Append(dst []byte) []byte {
	dst = append(append(append(dst, '<'), e.Name...), '>')
	switch {
	case len(e.Children) > 0:
		dst = append(dst, '\n')
		for _, child := range e.Children {
			dst = append(child.Append(dst), '\n')
		}
	case e.Bare:
		var escaped bytes.Buffer
		_ = xml.EscapeText(&escaped, []byte(e.Value)) // a bytes.Buffer never fails
		dst = append(dst, escaped.Bytes()...)
	default:
		dst = append(dst, "<![CDATA["...)
		dst = append(dst, strings.ReplaceAll(e.Value, "]]>", "]]]]><![CDATA[>")...)
		dst = append(dst, "]]>"...)
	}
	return append(append(append(dst, "</"...), e.Name...), '>')
}

// String returns the element as XML.
func (e Element) String() string { return string(e.Append(nil)) }

// child returns the only child of that name. found is false if there is none; several
// are an error.
func (e Element) child(name string) (found Element, ok bool, err error) {
	for _, c := range e.Children {
		if c.Name != name {
			continue
		}
		if ok {
			return Element{}, false, fmt.Errorf("<%s> occurs twice in <%s>", name, e.Name)
		}
		found, ok = c, true
	}
	return found, ok, nil
}

// text returns the value of the child of that name, or "" if there is none or several.
func (e Element) text(name string) string {
	c, _, _ := e.child(name)
	return c.Value
}

// maxDepth is far more than any valid reply needs.
const maxDepth = 16

// parseXML parses one XML document as the platform parses a reply: one root without a
// document type, surrounded only by white space and a byte order mark.
func parseXML(body []byte) (Element, error) {
	dec := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\uFEFF"))))
	var open []Element
	var root *Element
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Element{}, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if root != nil {
				return Element{}, fmt.Errorf("a second root <%s>", token.Name.Local)
			}
			if len(open) == maxDepth {
				return Element{}, fmt.Errorf("elements nested more than %d deep", maxDepth)
			}
			open = append(open, Element{Name: token.Name.Local})
		case xml.EndElement:
			done := open[len(open)-1]
			open = open[:len(open)-1]
			if len(done.Children) > 0 {
				done.Value = ""
			}
			if len(open) == 0 {
				root = &done
				continue
			}
			parent := &open[len(open)-1]
			parent.Children = append(parent.Children, done)
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].Value += string(token)
			} else if len(bytes.TrimSpace(token)) > 0 {
				if len(token) == len(body) {
					return Element{}, errors.New("no XML element")
				}
				return Element{}, fmt.Errorf("text outside the root: %s", excerpt(token))
			}
		case xml.Directive:
			return Element{}, errors.New("a document type or directive, which the platform does not accept")
		}
	}
	if root == nil {
		return Element{}, errors.New("no XML element")
	}
	return *root, nil
}

// isXML reports whether a body begins as XML.
func isXML(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(body, "\uFEFF \t\r\n"), []byte("<"))
}

// replaceText replaces the value old of the first element of that name by text. Other
// bytes are not changed.
func replaceText(doc []byte, name, old, text string) []byte {
	before, rest, _ := bytes.Cut(doc, []byte("<"+name))
	inside, _, _ := bytes.Cut(rest, []byte("</"))
	i := bytes.LastIndex(inside, []byte(old))
	if i < 0 {
		return doc
	}
	at := len(before) + len("<"+name) + i
	return slices.Concat(doc[:at], []byte(text), doc[at+len(old):])
}

// excerpt returns the quoted beginning of a body for an error.
func excerpt(body []byte) string {
	const limit = 120
	if len(body) > limit {
		return fmt.Sprintf("%q and %d bytes more", body[:limit], len(body)-limit)
	}
	return strconv.Quote(string(body))
}
