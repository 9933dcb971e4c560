// Package tree reads the body of a callback, XML or JSON, into a small tree of
// elements. The message types decode their fields from it by name. The package also
// writes both formats; see [Format].
//
// It is made for this one kind of document: a root with text elements under it,
// nested a few levels. Both formats become the same tree, so a type is decoded by
// the same few lines whichever the account sends. Nothing here uses reflection,
// and a Tree is reused without allocating.
package tree

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Errors of a document. Every error of this package wraps one of them.
var (
	ErrSyntax     = errors.New("not a well-formed document")
	ErrDoctype    = errors.New("document type declarations are not allowed")
	ErrTooComplex = errors.New("too many or too deeply nested elements")
)

// Bounds of one document. The largest the platform is known to send nests five
// levels and has some hundred elements.
const (
	MaxDepth    = 32
	MaxElements = 10_000
)

// fewElements is the room of a new tree, enough for a text message.
const fewElements = 16

// Tree is one document. The zero value is ready for use; ReadXML and ReadJSON
// replace its content. It keeps a reference to the document.
type Tree struct {
	source []byte // the document as it was read
	format Format // its format
	doc    []byte // cleaned XML document, which contains most names and texts
	whole  string // doc as a string, after Source; else empty
	arena  []byte // names and texts that doc does not contain as they are
	nodes  []node // in document order; nodes[0] is the root
}

// node is one element. It has positions instead of slices, so that the garbage
// collector does not scan a tree.
type node struct {
	name, text span
	next       int32 // following sibling, 0 for none
	parent     int32 // the element around it, -1 for the root
	children   bool  // the first child is the following node
	cdata      bool  // it has a CDATA section
}

// span is a stretch of doc or, when inArena, of arena.
type span struct {
	from, to int32
	inArena  bool
}

func (t *Tree) bytes(s span) []byte {
	if s.inArena {
		return t.arena[s.from:s.to]
	}
	return t.doc[s.from:s.to]
}

// reset makes t empty for a document, keeping its memory.
func (t *Tree) reset(doc []byte, f Format) error {
	*t = Tree{source: doc, format: f, arena: t.arena[:0], nodes: slices.Grow(t.nodes[:0], fewElements)}
	if len(doc) > math.MaxInt32/4 {
		return fmt.Errorf("%w: %d bytes", ErrTooComplex, len(doc))
	}
	return nil
}

// Release drops the document. The tree keeps its own memory, up to a limit, so that
// a pooled Tree can be used again without allocating.
func (t *Tree) Release() {
	const keep = 64 << 10
	t.source, t.doc, t.whole = nil, nil, ""
	if cap(t.arena) > keep {
		t.arena = nil
	}
	if cap(t.nodes) > keep/32 {
		t.nodes = nil
	}
}

// Format returns the format of the document.
func (t *Tree) Format() Format { return t.format }

// Source returns the document as it was read. A text that is more than half of it,
// such as that of a long message, is from now on a part of that string instead of a
// copy. Shorter texts are copied, so that a small string does not keep the whole
// document alive.
func (t *Tree) Source() string {
	source := string(t.source)
	if n := len(t.doc); n > 0 && &t.doc[n-1] == &t.source[len(source)-1] { // nothing was cleaned
		t.whole = source[len(source)-n:]
	}
	return source
}

func (t *Tree) string(s span) string {
	if !s.inArena && int(s.to-s.from) > len(t.whole)/2 && t.whole != "" {
		return t.whole[s.from:s.to]
	}
	return string(t.bytes(s))
}

// open appends an element called name under parent (-1: the root) after its
// sibling previous (0: it is the first), and returns its index.
func (t *Tree) open(name span, parent, previous int32) (int32, error) {
	if len(t.nodes) == MaxElements {
		return 0, fmt.Errorf("%w: more than %d elements", ErrTooComplex, MaxElements)
	}
	i := int32(len(t.nodes))
	t.nodes = append(t.nodes, node{name: name, parent: parent})
	switch {
	case previous > 0:
		t.nodes[previous].next = i
	case parent >= 0:
		t.nodes[parent].children = true
	}
	return i, nil
}

// Root returns the root element.
func (t *Tree) Root() Element {
	if len(t.nodes) == 0 {
		return Element{}
	}
	return Element{t, 0}
}

// Element is one element of a Tree. It is valid until the Tree reads another
// document. The zero Element stands for a missing one: it has no text and no
// children.
type Element struct {
	tree  *Tree
	index int32
}

// Found reports whether the element exists.
func (e Element) Found() bool { return e.tree != nil }

// Name returns the element's name.
func (e Element) Name() string {
	if e.tree == nil {
		return ""
	}
	return string(e.name())
}

func (e Element) name() []byte { return e.tree.bytes(e.tree.nodes[e.index].name) }

// Bytes returns the text of the element. The caller must not modify it, and it is
// valid until the Tree reads another document. The text ends at the first child
// element.
func (e Element) Bytes() []byte {
	if e.tree == nil {
		return nil
	}
	return e.tree.bytes(e.tree.nodes[e.index].text)
}

// Children yields the elements directly under e, in order.
func (e Element) Children() iter.Seq[Element] {
	return func(yield func(Element) bool) {
		for c := e.first(); c.Found(); c = c.sibling() {
			if !yield(c) {
				return
			}
		}
	}
}

func (e Element) first() Element {
	if e.tree == nil || !e.tree.nodes[e.index].children {
		return Element{}
	}
	return Element{e.tree, e.index + 1}
}

func (e Element) sibling() Element {
	next := e.tree.nodes[e.index].next
	if next == 0 {
		return Element{}
	}
	return Element{e.tree, next}
}

// Child returns the first element called name directly under e. Letter case is
// significant, since some notices have both AppId and appid.
func (e Element) Child(name string) Element {
	for c := e.first(); c.Found(); c = c.sibling() {
		if string(c.name()) == name {
			return c
		}
	}
	return Element{}
}

// All yields the elements called name directly under e, in order.
func (e Element) All(name string) iter.Seq[Element] {
	return func(yield func(Element) bool) {
		for c := range e.Children() {
			if string(c.name()) == name && !yield(c) {
				return
			}
		}
	}
}

// List yields the entries of the list called name, in every form that the platform
// sends. In XML the list is one element whose entries are called entry:
//
//	<ResultList><item>…</item><item>…</item></ResultList>
//
// In JSON it is an object of that form, an array of entries without that name, or
// a single entry. Entries without content are skipped.
func (e Element) List(name, entry string) iter.Seq[Element] {
	return func(yield func(Element) bool) {
		for list := range e.All(name) {
			if !list.entries(entry, yield) {
				return
			}
		}
	}
}

// entries yields the children called entry or item, or e itself if it has none.
func (e Element) entries(entry string, yield func(Element) bool) bool {
	nested := false
	for c := e.first(); c.Found(); c = c.sibling() {
		if name := c.name(); string(name) == entry || string(name) == "item" {
			nested = true
			if !c.entries("item", yield) {
				return false
			}
		}
	}
	if nested || !e.hasContent() {
		return true
	}
	return yield(e)
}

// hasContent reports whether e has a text, or a child apart from the number of entries
// that some lists contain.
func (e Element) hasContent() bool {
	if e.tree.nodes[e.index].children {
		for c := e.first(); c.Found(); c = c.sibling() {
			if !bytes.EqualFold(c.name(), []byte("count")) {
				return true
			}
		}
		return false
	}
	return len(bytes.TrimSpace(e.Bytes())) > 0
}

// Text returns the text of the child called name, with its white space.
func (e Element) Text(name string) string {
	child := e.Child(name)
	if child.tree == nil {
		return ""
	}
	return child.tree.string(child.tree.nodes[child.index].text)
}

// ID returns the text of the child called name without the white space that the
// platform sometimes puts around an identifier.
func (e Element) ID(name string) string { return string(e.trimmed(name)) }

func (e Element) trimmed(name string) []byte { return bytes.TrimSpace(e.Child(name).Bytes()) }

// FirstID returns the first [Element.ID] of names that is not empty, for an
// identifier that the platform spells in more than one way.
func (e Element) FirstID(names ...string) string {
	for _, name := range names {
		if id := e.ID(name); id != "" {
			return id
		}
	}
	return ""
}

// Int returns the number in the child called name, 0 if there is none.
func (e Element) Int(name string) int64 { return parseInt(e.trimmed(name)) }

// Ints returns the numbers in the list called name; see [Element.List].
func (e Element) Ints(name string) []int {
	var numbers []int
	for c := range e.List(name, "item") {
		numbers = append(numbers, int(parseInt(bytes.TrimSpace(c.Bytes()))))
	}
	return numbers
}

func parseInt(text []byte) int64 {
	if len(text) == 0 {
		return 0 // the most frequent case; strconv would allocate an error
	}
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return n
	}
	n, _ := wholeNumber(string(text))
	return n
}

// wholeNumber reads a whole number that is written as a float, such as 1.7e9.
func wholeNumber(text string) (n int64, ok bool) {
	const exact = 1 << 53
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > exact {
		return 0, false
	}
	return int64(f), true
}

// Float returns the decimal number in the child called name, 0 if there is none.
func (e Element) Float(name string) float64 {
	text := e.trimmed(name)
	if len(text) == 0 {
		return 0
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// Bool reports whether the child called name is true, which the platform writes as 1 or
// as true, depending on the event.
func (e Element) Bool(name string) bool {
	text := e.trimmed(name)
	return parseInt(text) == 1 || strings.EqualFold(string(text), "true")
}

// Time returns the time in the child called name, which is in seconds since 1970,
// or in milliseconds if it would otherwise be after the year 5000. It is the zero
// time if there is no number, or 0.
func (e Element) Time(name string) time.Time {
	const year5000 = 95_617_584_000
	switch n := e.Int(name); {
	case n == 0:
		return time.Time{}
	case n > year5000:
		return time.UnixMilli(n)
	default:
		return time.Unix(n, 0)
	}
}
