package tree

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// Clean returns text without what XML forbids: control characters, U+FFFE,
// U+FFFF and bytes that are not UTF-8. Users can type some of them, and the
// platform passes them on. Line ends become "\n", as XML wants. Text that needs
// no cleaning is returned itself.
func Clean(text []byte) []byte {
	if IsClean(text) {
		return text
	}
	cleaned := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		if text[i] == '\r' {
			cleaned = append(cleaned, '\n')
			i++
			if i < len(text) && text[i] == '\n' {
				i++
			}
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if Allowed(r) && (r != utf8.RuneError || size > 1) {
			cleaned = append(cleaned, text[i:i+size]...)
		}
		i += size
	}
	return cleaned
}

// Allowed reports whether XML 1.0 allows the character r.
func Allowed(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return true
	case r < 0x20:
		return false
	case r < 0xD800:
		return true
	}
	return 0xE000 <= r && r <= 0xFFFD || 0x10000 <= r && r <= utf8.MaxRune
}

// IsClean reports whether Clean would return text as it is. It looks at eight
// bytes at a time, since this is the one look at every byte of every message.
func IsClean(text []byte) bool {
	const (
		ones = 0x0101010101010101
		high = 0x8080808080808080
	)
	var seen uint64
	rest := text
	for ; len(rest) >= 8; rest = rest[8:] {
		word := binary.LittleEndian.Uint64(rest)
		seen |= word
		if (word-0x20*ones)&^word&high == 0 {
			continue // no byte below 0x20 here
		}
		if !printable(rest[:8]) {
			return false
		}
	}
	if !printable(rest) {
		return false
	}
	for _, b := range rest {
		seen |= uint64(b)
	}
	if seen&high == 0 {
		return true // ASCII
	}
	return utf8.Valid(text) && !bytes.Contains(text, []byte("\uFFFE")) && !bytes.Contains(text, []byte("\uFFFF"))
}

func printable(text []byte) bool {
	for _, b := range text {
		if b < 0x20 && b != '\n' && b != '\t' {
			return false
		}
	}
	return true
}
