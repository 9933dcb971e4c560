package wechattest

import (
	"maps"
	"slices"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// Element is one XML element of a message: a value, or children.
type Element struct {
	Name     string
	Value    string
	Bare     bool // write the value without CDATA, as the platform writes most numbers
	Children []Element
}

// CDATA is an element whose text stands in a CDATA section, as the platform
// writes nearly every string.
func CDATA(name, value string) Element { return Element{Name: name, Value: value} }

// Number is an element that holds a bare whole number.
func Number(name string, n int64) Element {
	return Element{Name: name, Value: strconv.FormatInt(n, 10), Bare: true}
}

// Decimal is an element that holds a bare number with six decimals, as the
// platform writes coordinates.
func Decimal(name string, f float64) Element {
	return Element{Name: name, Value: callback.Decimal(name, f).Value, Bare: true}
}

// Group is an element that holds other elements.
func Group(name string, children ...Element) Element {
	return Element{Name: name, Children: children}
}

// Fields turns a map into elements, sorted by name: the short way to write an
// event of which only flat strings matter.
func Fields(fields map[string]string) []Element {
	var elements []Element
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		elements = append(elements, CDATA(name, fields[name]))
	}
	return elements
}

// String is the element as XML. Values are written as they are, with ]]> of a CDATA
// value split: the platform passes on what users type, including characters that XML
// forbids.
func (e Element) String() string { return e.internal().String() }

func (e Element) internal() callback.Element {
	return callback.Element{Name: e.Name, Value: e.Value, Bare: e.Bare, Children: internalElements(e.Children)}
}

func internalElements(list []Element) []callback.Element {
	var all []callback.Element
	for _, e := range list {
		all = append(all, e.internal())
	}
	return all
}

func publicElements(list []callback.Element) []Element {
	var all []Element
	for _, e := range list {
		all = append(all, Element{e.Name, e.Value, e.Bare, publicElements(e.Children)})
	}
	return all
}
