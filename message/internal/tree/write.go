package tree

import (
	"bytes"
	"strconv"
)

// Format is the format of a document. Its methods append parts of a document to
// a buffer, so that the same calls write XML and JSON. Between [Format.Begin] and
// [Format.End] the calls add members of an object, by name.
//
// Texts are cleaned as [Clean] does.
type Format int

// The formats. The zero value is XML.
const (
	XML Format = iota
	JSON
)

// FormatOf returns the format of doc: JSON if a brace comes before any tag.
func FormatOf(doc []byte) Format {
	if i := bytes.IndexAny(doc, "{<"); i >= 0 && doc[i] == '{' {
		return JSON
	}
	return XML
}

// Begin begins a document.
func (f Format) Begin(dst []byte) []byte {
	if f == JSON {
		return append(dst, '{')
	}
	return append(dst, "<xml>"...)
}

// End ends a document.
func (f Format) End(dst []byte) []byte {
	if f == JSON {
		return append(dst, '}')
	}
	return append(dst, "</xml>"...)
}

// Text appends a text.
func (f Format) Text(dst []byte, name, value string) []byte {
	dst = f.OpenText(dst, name)
	if f == JSON {
		dst = appendEscaped(dst, value)
	} else {
		dst = appendCDATA(dst, value)
	}
	return f.CloseText(dst, name)
}

// Optional appends a text, unless it is empty.
func (f Format) Optional(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	return f.Text(dst, name, value)
}

// OpenText begins a text whose value the caller appends. The value must not need
// escaping in either format; base64 and hexadecimal do not.
func (f Format) OpenText(dst []byte, name string) []byte {
	if f == JSON {
		return append(appendMember(dst, name), '"')
	}
	return append(appendTag(dst, "<", name), cdataStart...)
}

// CloseText ends what OpenText began.
func (f Format) CloseText(dst []byte, name string) []byte {
	if f == JSON {
		return append(dst, '"')
	}
	return appendTag(append(dst, cdataEnd...), "</", name)
}

// Int appends a number.
func (f Format) Int(dst []byte, name string, value int64) []byte {
	if f == JSON {
		return strconv.AppendInt(appendMember(dst, name), value, 10)
	}
	return appendTag(strconv.AppendInt(appendTag(dst, "<", name), value, 10), "</", name)
}

// OpenObject begins an object. What is appended next is in it.
func (f Format) OpenObject(dst []byte, name string) []byte {
	if f == JSON {
		return append(appendMember(dst, name), '{')
	}
	return appendTag(dst, "<", name)
}

// CloseObject ends what OpenObject began.
func (f Format) CloseObject(dst []byte, name string) []byte {
	if f == JSON {
		return append(dst, '}')
	}
	return appendTag(dst, "</", name)
}

// OpenList begins a list of objects, each between OpenItem and CloseItem: an
// array in JSON, elements called item in XML.
func (f Format) OpenList(dst []byte, name string) []byte {
	if f == JSON {
		return append(appendMember(dst, name), '[')
	}
	return appendTag(dst, "<", name)
}

// CloseList ends what OpenList began.
func (f Format) CloseList(dst []byte, name string) []byte {
	if f == JSON {
		return append(dst, ']')
	}
	return appendTag(dst, "</", name)
}

// OpenItem begins an entry of a list.
func (f Format) OpenItem(dst []byte) []byte {
	if f == JSON {
		return append(separate(dst), '{')
	}
	return append(dst, "<item>"...)
}

// CloseItem ends what OpenItem began.
func (f Format) CloseItem(dst []byte) []byte {
	if f == JSON {
		return append(dst, '}')
	}
	return append(dst, "</item>"...)
}

func appendTag(dst []byte, open, name string) []byte {
	return append(append(append(dst, open...), name...), '>')
}

// appendCDATA appends value as the content of a CDATA section, which it closes
// and opens again where value holds the end of one.
func appendCDATA(dst []byte, value string) []byte {
	from := len(dst)
	dst = append(dst, value...)
	if text := dst[from:]; !IsClean(text) || bytes.Contains(text, []byte(cdataEnd)) {
		text = bytes.ReplaceAll(Clean(text), []byte(cdataEnd), []byte("]]"+cdataEnd+cdataStart+">"))
		dst = append(dst[:from], text...)
	}
	return dst
}

// appendMember begins a member of a JSON object. Names need no escaping.
func appendMember(dst []byte, name string) []byte {
	dst = append(separate(dst), '"')
	return append(append(dst, name...), `":`...)
}

// separate appends a comma, unless dst ends where an object or a list begins.
func separate(dst []byte) []byte {
	if last := dst[len(dst)-1]; last == '{' || last == '[' {
		return dst
	}
	return append(dst, ',')
}

// appendEscaped appends value as the content of a JSON string. A cleaned text
// holds no control characters but line feeds and tabs.
func appendEscaped(dst []byte, value string) []byte {
	for text := Clean([]byte(value)); len(text) > 0; {
		special := bytes.IndexAny(text, "\"\\\n\t")
		if special < 0 {
			return append(dst, text...)
		}
		dst = append(append(dst, text[:special]...), '\\')
		switch text[special] {
		case '\n':
			dst = append(dst, 'n')
		case '\t':
			dst = append(dst, 't')
		default:
			dst = append(dst, text[special])
		}
		text = text[special+1:]
	}
	return dst
}
