package wire

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// coerce rewrites valid JSON whose kinds do not fit t, so that encoding/json can decode
// it:
//
//	number              → string    its digits; 3e9 and 3000000000.0 as "3000000000"
//	number, or quoted   → number    "" is 0; 1.0 and 1e0 are whole numbers
//	number, or quoted   → bool      0 and "" are false, every other whole number is true
//	true, false         → number    1 and 0; as a string "true" and "false"
//	"" or []            → object    the zero value
//	"", {}, {"item":{}} → array     no elements
//	{"item":…}          → array     what item holds
//	anything else       → array     of that one element
//	quoted JSON         → object or array
//
// Everything else is copied. A value that cannot be converted is a [*errcode.ValueError].
func coerce(doc []byte, t reflect.Type) ([]byte, error) {
	c := &coercer{src: doc, dst: make([]byte, 0, len(doc)+len(doc)/8), fields: map[reflect.Type]map[string]field{}, decoders: map[reflect.Type]decoder{}}
	if err := c.value(t); err != nil {
		return nil, err
	}
	return c.dst, nil
}

// coercer reads src, which is valid JSON, once and writes dst.
type coercer struct {
	src      []byte
	pos      int
	dst      []byte
	fields   map[reflect.Type]map[string]field
	decoders map[reflect.Type]decoder
	path     []step // path to the value at pos
	nested   int    // nesting depth of quoted JSON
}

// step is a step on the way to a value: the key of an object, with its quotes, or an
// index.
type step struct {
	key   []byte
	index int
}

// where returns the place of the value, such as "item[3].update_time".
func (c *coercer) where() string {
	var b strings.Builder
	for _, s := range c.path {
		if s.key == nil {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(textOf(s.key))
	}
	return b.String()
}

// below copies the value at pos, one level deeper, so that it fits t.
func (c *coercer) below(s step, t reflect.Type) error {
	c.path = append(c.path, s)
	err := c.value(t)
	c.path = c.path[:len(c.path)-1]
	return err
}

// textOf returns the text of a JSON string.
func textOf(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // it is valid
	return s
}

// raw returns the value at pos and moves past it.
func (c *coercer) raw() []byte {
	c.pos = blank(c.src, c.pos)
	end, _ := skip(c.src, c.pos)
	value := c.src[c.pos:end]
	c.pos = end
	return value
}

// peek returns the first character of the value at pos.
func (c *coercer) peek() byte {
	c.pos = blank(c.src, c.pos)
	return c.src[c.pos]
}

func (c *coercer) put(s ...byte) { c.dst = append(c.dst, s...) }

func (c *coercer) null() { c.dst = append(c.dst, "null"...) }

// unfit returns the error for a value that does not fit t.
func (c *coercer) unfit(value []byte, t reflect.Type) error {
	got := veil(string(bytes.ToValidUTF8(value, []byte("\uFFFD"))))
	if n := len(c.path); n > 0 && c.path[n-1].key != nil {
		if member := string(c.path[n-1].key) + `:""`; veil(member) != member {
			got = cut
		}
	}
	if len(got) > 60 {
		got = strings.ToValidUTF8(got[:60], "") + "…"
	}
	return &errcode.ValueError{Path: c.where(), Want: t.String(), Got: got}
}

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	numberType      = reflect.TypeFor[json.Number]()
)

// value copies the value at pos so that it fits t.
func (c *coercer) value(t reflect.Type) error {
	for ; ; t = t.Elem() {
		switch c.decodes(t) {
		case decodesJSON:
			return c.custom(t)
		case decodesText:
			c.put(c.raw()...)
			return nil
		}
		if t.Kind() != reflect.Pointer {
			break
		}
	}
	if c.peek() == 'n' { // null
		c.put(c.raw()...)
		return nil
	}
	switch t.Kind() {
	case reflect.Interface:
		c.put(c.raw()...)
		return nil
	case reflect.Struct, reflect.Map:
		return c.object(t)
	case reflect.Slice, reflect.Array:
		return c.array(t)
	}
	return c.scalar(t)
}

// decoder tells how a type decodes itself.
type decoder uint8

const (
	decodesNothing decoder = iota
	decodesJSON            // json.Unmarshaler
	decodesText            // encoding.TextUnmarshaler
)

// decodes returns how t decodes itself.
func (c *coercer) decodes(t reflect.Type) decoder {
	d, known := c.decoders[t]
	if !known {
		switch p := reflect.PointerTo(t); {
		case p.Implements(unmarshaler):
			d = decodesJSON
		case p.Implements(textUnmarshaler):
			d = decodesText
		}
		c.decoders[t] = d
	}
	return d
}

// custom copies a value for a type that decodes itself, after a trial of its method.
func (c *coercer) custom(t reflect.Type) error {
	value := c.raw()
	if err := json.Unmarshal(value, reflect.New(t).Interface()); err != nil {
		return c.unfit(value, t)
	}
	c.put(value...)
	return nil
}

// object copies an object for a struct or a map.
func (c *coercer) object(t reflect.Type) error {
	if c.peek() != '{' {
		value := c.raw()
		if empty(value) {
			c.null()
			return nil
		}
		return c.quoted(value, t)
	}
	var members map[string]field
	if t.Kind() == reflect.Struct {
		members = c.members(t)
	}
	c.put('{')
	c.pos++
	for c.peek() != '}' {
		key := c.raw()
		c.put(key...)
		c.peek()
		c.pos++ // the colon
		c.put(':')
		if err := c.member(t, members, key); err != nil {
			return err
		}
		if c.peek() == ',' {
			c.put(',')
			c.pos++
		}
	}
	c.put('}')
	c.pos++
	return nil
}

// member copies the value of one key.
func (c *coercer) member(t reflect.Type, members map[string]field, key []byte) error {
	if t.Kind() == reflect.Map {
		return c.below(step{key: key}, t.Elem())
	}
	f, known := members[string(key[1:len(key)-1])]
	if !known {
		name := textOf(key)
		for other := range members {
			if strings.EqualFold(other, name) {
				f, known = members[other], true
			}
		}
	}
	switch {
	case !known:
		c.put(c.raw()...)
		return nil
	case f.quoted && f.typ.Kind() != reflect.String:
		c.path = append(c.path, step{key: key})
		err := c.quoteAgain(f.typ)
		c.path = c.path[:len(c.path)-1]
		return err
	}
	return c.below(step{key: key}, f.typ)
}

// quoteAgain copies a number or bool for a field with the tag option string.
func (c *coercer) quoteAgain(t reflect.Type) error {
	start := len(c.dst)
	if err := c.value(t); err != nil {
		return err
	}
	literal := string(c.dst[start:])
	if literal == "null" {
		return nil
	}
	c.dst = strconv.AppendQuote(c.dst[:start], literal)
	return nil
}

// array copies an array for a slice or a Go array.
func (c *coercer) array(t reflect.Type) error {
	if c.peek() != '[' {
		return c.single(t)
	}
	c.put('[')
	c.pos++
	for i := 0; c.peek() != ']'; i++ {
		if err := c.below(step{index: i}, t.Elem()); err != nil {
			return err
		}
		if c.peek() == ',' {
			c.put(',')
			c.pos++
		}
	}
	c.put(']')
	c.pos++
	return nil
}

// single copies a value that is not an array although t is.
func (c *coercer) single(t reflect.Type) error {
	start := c.pos
	value := c.raw()
	switch {
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8: // base64
		if value[0] != '"' {
			return c.unfit(value, t)
		}
		c.put(value...)
		return nil
	case empty(value) || value[0] == '{' && value[blank(value, 1)] == '}':
		c.null()
		return nil
	case value[0] == '"' && c.quoted(value, t) == nil:
		return nil
	}
	end := c.pos
	if c.pos = c.item(start, end, t.Elem()); c.pos > 0 {
		err := c.below(step{key: []byte(`"item"`)}, t)
		c.pos = end
		return err
	}
	c.pos = start
	c.put('[')
	if err := c.below(step{}, t.Elem()); err != nil {
		return err
	}
	c.put(']')
	return nil
}

// item returns the offset of the value of "item" in the object from start to end, if
// the object has no other member and the element type of the array has no such field.
// The platform converts XML lists to JSON and keeps the name of their elements. For any
// other value it returns 0.
func (c *coercer) item(start, end int, element reflect.Type) int {
	key := blank(c.src, start+1)
	if c.src[start] != '{' || !bytes.HasPrefix(c.src[key:end], []byte(`"item"`)) {
		return 0
	}
	for element.Kind() == reflect.Pointer {
		element = element.Elem()
	}
	if element.Kind() == reflect.Struct {
		if _, own := c.members(element)["item"]; own {
			return 0
		}
	}
	colon := blank(c.src, key+len(`"item"`))
	value := blank(c.src, colon+1)
	after, _ := skip(c.src, value)
	if blank(c.src, after) != end-1 {
		return 0
	}
	return value
}

// quoted copies an object or array that was sent as a string.
func (c *coercer) quoted(value []byte, t reflect.Type) error {
	const deep = 4
	if value[0] != '"' || c.nested == deep {
		return c.unfit(value, t)
	}
	doc := trim([]byte(textOf(value)))
	if !json.Valid(doc) || doc[0] != '{' && doc[0] != '[' {
		return c.unfit(value, t)
	}
	inner := &coercer{src: doc, fields: c.fields, decoders: c.decoders, path: c.path, nested: c.nested + 1}
	if err := inner.value(t); err != nil {
		return err
	}
	c.put(inner.dst...)
	return nil
}

// empty reports whether value is "" or [].
func empty(value []byte) bool {
	switch value[0] {
	case '"':
		return len(bytes.TrimSpace(value[1:len(value)-1])) == 0
	case '[':
		return value[blank(value, 1)] == ']'
	}
	return false
}

// scalar copies a value for a string, a bool or a number.
func (c *coercer) scalar(t reflect.Type) error {
	value := c.raw()
	if t.Kind() == reflect.String && t != numberType {
		switch value[0] {
		case '"':
			c.put(value...)
		case '{', '[':
			return c.unfit(value, t)
		case 't', 'f':
			c.dst = strconv.AppendQuote(c.dst, string(value))
		default:
			c.dst = strconv.AppendQuote(c.dst, digits(string(value)))
		}
		return nil
	}
	s := string(value)
	if value[0] == '"' {
		s = strings.TrimSpace(textOf(value))
	}
	literal, ok := literalFor(s, t)
	if !ok {
		return c.unfit(value, t)
	}
	c.dst = append(c.dst, literal...)
	return nil
}

// literalFor returns text as a JSON literal for a bool or number type.
func literalFor(text string, t reflect.Type) (literal string, ok bool) {
	switch t.Kind() {
	case reflect.Bool:
		if text == "" {
			return "false", true
		}
		if number, ok := integer(text); ok {
			return strconv.FormatBool(number != "0"), true
		}
		b, err := strconv.ParseBool(text)
		return strconv.FormatBool(b), err == nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		text, ok = integer(text)
		_, err := strconv.ParseInt(text, 10, t.Bits())
		return text, ok && err == nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		text, ok = integer(text)
		_, err := strconv.ParseUint(text, 10, t.Bits())
		return text, ok && err == nil
	case reflect.Float32, reflect.Float64, reflect.String: // a string is a json.Number
		text, _ = switched(text)
		_, err := strconv.ParseFloat(text, 64)
		return text, json.Valid([]byte(text)) && (err == nil || t == numberType)
	}
	return "", false
}

// Integer decodes a whole number in any notation: as a number or in quotes, as 1, 1.0
// or 1e0, as true or false. "" and null are 0.
func Integer(value []byte) (int64, error) {
	text := string(value)
	switch {
	case text == "null":
		return 0, nil
	case strings.HasPrefix(text, `"`):
		if err := json.Unmarshal(value, &text); err != nil {
			return 0, err
		}
	}
	text, ok := integer(strings.TrimSpace(text))
	if !ok {
		return 0, errors.New("not a whole number")
	}
	return strconv.ParseInt(text, 10, 64)
}

// digits returns the decimal digits of a number that is an id: 3e9 and 3000000000.0
// become 3000000000. Fractions, and numbers outside int64 and uint64, are not changed.
func digits(number string) string {
	if whole, ok := integer(number); ok && len(whole) <= len("18446744073709551615") {
		return whole
	}
	return number
}

// switched returns the number for true, false, null and "".
func switched(text string) (number string, ok bool) {
	switch text {
	case "", "false":
		return "0", true
	case "true":
		return "1", true
	}
	return text, false
}

// integer returns the decimal digits of a whole number in any notation. No digit is
// lost, and the number need not fit any type.
func integer(text string) (digits string, ok bool) {
	if word, ok := switched(text); ok {
		return word, true
	}
	if c := text[0]; c >= '1' && c <= '9' && strings.Trim(text, "0123456789") == "" {
		return text, true
	}
	sign := ""
	text = strings.TrimPrefix(text, "+")
	if rest, found := strings.CutPrefix(text, "-"); found {
		sign, text = "-", rest
	}
	mantissa, exponent := text, 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		e, err := strconv.Atoi(text[i+1:])
		if err != nil || e > 400 || e < -400 {
			return "", false
		}
		mantissa, exponent = text[:i], e
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits = whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	point := len(whole) + exponent
	switch {
	case point <= 0:
		whole, fraction = "", digits
	case point <= len(digits):
		whole, fraction = digits[:point], digits[point:]
	default:
		whole, fraction = digits+strings.Repeat("0", point-len(digits)), ""
	}
	if strings.Trim(fraction, "0") != "" {
		return "", false
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		return "0", true
	}
	return sign + whole, true
}

// field is a struct field as encoding/json sees it.
type field struct {
	typ    reflect.Type
	quoted bool // has the tag option string
}

// members returns the fields of a struct by their JSON names.
func (c *coercer) members(t reflect.Type) map[string]field {
	if m, ok := c.fields[t]; ok {
		return m
	}
	m := map[string]field{}
	c.fields[t] = m
	seen := map[reflect.Type]bool{}
	for level := []reflect.Type{t}; len(level) > 0; {
		var deeper []reflect.Type
		for _, t := range level {
			if !seen[t] {
				seen[t] = true
				deeper = append(deeper, collect(t, m)...)
			}
		}
		level = deeper
	}
	return m
}

// collect adds the fields of t to m, without replacing any, and returns the
// structs embedded in t.
func collect(t reflect.Type, m map[string]field) (embedded []reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case tag == "-":
			continue
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			embedded = append(embedded, inner)
			continue
		case !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		if _, taken := m[name]; !taken {
			m[name] = field{f.Type, strings.Contains(","+options+",", ",string,")}
		}
	}
	return embedded
}
