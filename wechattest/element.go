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

// CDATA returns an element with its text in a CDATA section, as the platform writes
// nearly every string.
func CDATA(name, value string) Element { return Element{Name: name, Value: value} }

// Number returns an element with a whole number.
func Number(name string, n int64) Element {
	return Element{Name: name, Value: strconv.FormatInt(n, 10), Bare: true}
}

// Decimal returns an element with a number with six decimals, as the platform writes
// coordinates.
func Decimal(name string, f float64) Element {
	return Element{Name: name, Value: callback.Decimal(name, f).Value, Bare: true}
}

// Group returns an element with child elements.
func Group(name string, children ...Element) Element {
	return Element{Name: name, Children: children}
}

// Fields returns the entries of a map as elements, sorted by name, for an event with
// only strings.
func Fields(fields map[string]string) []Element {
	var elements []Element
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		elements = append(elements, CDATA(name, fields[name]))
	}
	return elements
}

// String returns the element as XML. Values are not changed, except that ]]> in a CDATA
// value is split: the platform passes on what users type, including characters that XML
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
