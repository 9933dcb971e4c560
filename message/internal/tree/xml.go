package tree

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

const (
	bom        = "\uFEFF"
	cdataStart = "<![CDATA["
	cdataEnd   = "]]>"
)

// ReadXML reads an XML document, removing first what [Clean] removes.
//
// It accepts every document that a strict parser accepts. It is lenient where a
// stray character would lose the whole message: an unknown entity or a bare "&"
// stays as it is. White space around CDATA sections is not part of a text.
// Comments, processing instructions and attributes are skipped. A document type
// declaration is an error, so no entity is ever defined or fetched. A name
// includes its prefix; name spaces are ignored.
func (t *Tree) ReadXML(doc []byte) error {
	if err := t.reset(doc, XML); err != nil {
		return err
	}
	t.doc = bytes.TrimPrefix(Clean(doc), []byte(bom))
	r := xmlReader{Tree: t, current: -1}
	if err := r.read(); err != nil {
		t.nodes = t.nodes[:0]
		return fmt.Errorf("XML: %w", err)
	}
	return nil
}

// xmlReader walks once over the document.
type xmlReader struct {
	*Tree
	pos     int             // next byte of doc
	current int32           // element whose content is being read, -1 outside the root
	depth   int             // number of open elements
	last    [MaxDepth]int32 // at each depth, the sibling read before; 0 for none
}

func (r *xmlReader) syntax(what string) error {
	return fmt.Errorf("%w: %s at byte %d", ErrSyntax, what, r.pos)
}

func (r *xmlReader) read() error {
	for {
		if r.peek() != '<' {
			tag := bytes.IndexByte(r.doc[r.pos:], '<')
			if tag < 0 {
				return r.end()
			}
			if err := r.charData(r.pos, r.pos+tag); err != nil {
				return err
			}
			r.pos += tag
		}
		if err := r.markup(); err != nil {
			return err
		}
	}
}

// end judges the document when no further "<" follows.
func (r *xmlReader) end() error {
	switch {
	case len(r.nodes) == 0:
		return r.syntax("no element")
	case r.depth > 0:
		return r.syntax("document cut off")
	}
	return r.charData(r.pos, len(r.doc))
}

// markup reads the markup that starts at pos.
func (r *xmlReader) markup() error {
	if r.pos+1 == len(r.doc) {
		return r.syntax("document cut off")
	}
	switch r.doc[r.pos+1] {
	case '/':
		return r.endTag()
	case '!':
		return r.declaration()
	case '?':
		return r.skip("<?", "?>")
	}
	return r.startTag()
}

func (r *xmlReader) declaration() error {
	rest := r.doc[r.pos:]
	switch {
	case bytes.HasPrefix(rest, []byte(cdataStart)):
		return r.cdata()
	case bytes.HasPrefix(rest, []byte("<!--")):
		return r.skip("<!--", "-->")
	}
	return fmt.Errorf("%w: at byte %d", ErrDoctype, r.pos)
}

// skip passes over everything from open, which stands at pos, to the next end.
func (r *xmlReader) skip(open, end string) error {
	n := bytes.Index(r.doc[r.pos+len(open):], []byte(end))
	if n < 0 {
		return r.syntax("document cut off")
	}
	r.pos += len(open) + n + len(end)
	return nil
}

func (r *xmlReader) cdata() error {
	from := r.pos + len(cdataStart)
	n := bytes.Index(r.doc[from:], []byte(cdataEnd))
	if n < 0 {
		return r.syntax("document cut off")
	}
	if r.current < 0 {
		return r.syntax("text outside the root element")
	}
	if e := &r.nodes[r.current]; !e.cdata && !e.children {
		e.cdata = true
		if isBlank(r.bytes(e.text)) {
			e.text = span{}
		}
	}
	r.text(from, from+n, false)
	r.pos = from + n + len(cdataEnd)
	return nil
}

// charData reads doc[from:to], which stands between two tags.
func (r *xmlReader) charData(from, to int) error {
	text := r.doc[from:to]
	if r.current < 0 {
		if len(bytes.TrimSpace(text)) > 0 {
			return r.syntax("text outside the root element")
		}
		return nil
	}
	if r.nodes[r.current].cdata && isBlank(text) {
		return nil
	}
	r.text(from, to, bytes.IndexByte(text, '&') >= 0)
	return nil
}

// isBlank reports whether a text is white space in the sense of XML.
func isBlank(text []byte) bool {
	for _, b := range text {
		if b != ' ' && b != '\n' && b != '\t' {
			return false
		}
	}
	return true
}

// text appends doc[from:to] to the text of the current element. A text of one piece
// without references stays in doc. Others are put together at the end of the arena,
// to which nothing else is added before the element ends.
func (r *xmlReader) text(from, to int, references bool) {
	n := &r.nodes[r.current]
	if n.children || from == to {
		return
	}
	if n.text.from == n.text.to && !references {
		n.text = span{from: int32(from), to: int32(to)}
		return
	}
	if !n.text.inArena {
		start := int32(len(r.arena))
		r.arena = append(r.arena, r.bytes(n.text)...)
		n.text = span{from: start, inArena: true}
	}
	if references {
		r.arena = appendUnescaped(r.arena, r.doc[from:to])
	} else {
		r.arena = append(r.arena, r.doc[from:to]...)
	}
	n.text.to = int32(len(r.arena))
}

func (r *xmlReader) startTag() error {
	r.pos++
	name, err := r.name()
	if err != nil {
		return err
	}
	if err := r.enter(name); err != nil {
		return err
	}
	for r.peek() != '>' {
		r.space()
		switch r.peek() {
		case '>':
			continue
		case '/':
			r.pos++
			if r.peek() != '>' {
				return r.syntax(`"/" inside a tag`)
			}
			r.pos++
			r.leave()
			return nil
		}
		if err := r.attribute(); err != nil {
			return err
		}
	}
	r.pos++
	return nil
}

func (r *xmlReader) endTag() error {
	r.pos += len("</")
	if r.current >= 0 { // most end tags are just this
		name := r.bytes(r.nodes[r.current].name)
		if rest := r.doc[r.pos:]; len(rest) > len(name) && rest[len(name)] == '>' && bytes.HasPrefix(rest, name) {
			r.pos += len(name) + len(">")
			r.leave()
			return nil
		}
	}
	name, err := r.name()
	if err != nil {
		return err
	}
	if r.current < 0 || !bytes.Equal(r.bytes(name), r.bytes(r.nodes[r.current].name)) {
		return r.syntax("end tag without its start")
	}
	r.space()
	if r.peek() != '>' {
		return r.syntax(`end tag without ">"`)
	}
	r.pos++
	r.leave()
	return nil
}

// enter makes a new element the current one.
func (r *xmlReader) enter(name span) error {
	if r.depth == 0 && len(r.nodes) > 0 {
		return r.syntax("second root element")
	}
	if r.depth == MaxDepth {
		return fmt.Errorf("%w: more than %d levels", ErrTooComplex, MaxDepth)
	}
	i, err := r.open(name, r.current, r.last[r.depth])
	if err != nil {
		return err
	}
	r.last[r.depth] = i
	r.depth++
	if r.depth < MaxDepth {
		r.last[r.depth] = 0
	}
	r.current = i
	return nil
}

// leave ends the current element.
func (r *xmlReader) leave() {
	r.depth--
	r.current = r.nodes[r.current].parent
}

// attribute passes over one name="value".
func (r *xmlReader) attribute() error {
	if _, err := r.name(); err != nil {
		return err
	}
	r.space()
	if r.peek() != '=' {
		return r.syntax("attribute without value")
	}
	r.pos++
	r.space()
	quote := r.peek()
	if quote != '"' && quote != '\'' {
		return r.syntax("attribute value without quotes")
	}
	r.pos++
	n := bytes.IndexByte(r.doc[r.pos:], quote)
	if n < 0 {
		return r.syntax("document cut off")
	}
	r.pos += n + 1
	return nil
}

// name reads the name at pos.
func (r *xmlReader) name() (span, error) {
	from, to := r.pos, r.pos
	for to < len(r.doc) && isNameByte(r.doc[to]) {
		to++
	}
	if from == to || !isNameStart(r.doc[from]) {
		return span{}, r.syntax("name expected")
	}
	r.pos = to
	return span{from: int32(from), to: int32(to)}, nil
}

func isNameStart(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '_' || b == ':' || b >= utf8.RuneSelf
}

func isNameByte(b byte) bool {
	return isNameStart(b) || '0' <= b && b <= '9' || b == '-' || b == '.'
}

func (r *xmlReader) space() {
	for r.pos < len(r.doc) && (r.doc[r.pos] == ' ' || r.doc[r.pos] == '\n' || r.doc[r.pos] == '\t') {
		r.pos++
	}
}

// peek returns the byte at pos, or 0 at the end, since a cleaned document contains
// no zero byte.
func (r *xmlReader) peek() byte {
	if r.pos == len(r.doc) {
		return 0
	}
	return r.doc[r.pos]
}

// appendUnescaped appends text with its references replaced. An "&" without a
// reference stays; a reference to a character that XML forbids is removed.
func appendUnescaped(dst, text []byte) []byte {
	for {
		amp := bytes.IndexByte(text, '&')
		if amp < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:amp]...)
		text = text[amp:]
		r, size := reference(text)
		if size == 0 {
			dst = append(dst, '&')
			text = text[1:]
			continue
		}
		if Allowed(r) {
			dst = utf8.AppendRune(dst, r)
		}
		text = text[size:]
	}
}

// reference reads the reference at the start of text; size is 0 if there is none.
func reference(text []byte) (r rune, size int) {
	end := 1
	for end < len(text) && (text[end] == '#' || isNameByte(text[end])) {
		end++
	}
	if end == len(text) || text[end] != ';' {
		return 0, 0
	}
	name, size := string(text[1:end]), end+1
	switch name {
	case "lt":
		return '<', size
	case "gt":
		return '>', size
	case "amp":
		return '&', size
	case "apos":
		return '\'', size
	case "quot":
		return '"', size
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, 0
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, 0
	}
	if 0xD800 <= n && n < 0xE000 {
		return utf8.RuneError, size // half of a surrogate pair
	}
	return rune(n), size
}
