package tree

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// Clean returns text without the characters that XML forbids: control characters,
// U+FFFE, U+FFFF and bytes that are not UTF-8. Users can type some of them, and the
// platform passes them on. Line ends become "\n", as XML requires. A text that
// needs no cleaning is returned itself, not copied.
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

// CleanLen returns the length of what [Clean] returns for text.
func CleanLen(text string) int {
	n := 0
	for i := 0; i < len(text); {
		if 0x20 <= text[i] && text[i] < utf8.RuneSelf {
			n++
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if Allowed(r) && (r != utf8.RuneError || size > 1) && !(r == '\n' && i > 0 && text[i-1] == '\r') {
			n += size // "\r\n" counts once
		}
		i += size
	}
	return n
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

// IsClean reports whether Clean would return text unchanged. It reads 32 bytes at
// a time, since it reads every byte of every message.
func IsClean(text []byte) bool {
	const (
		ones = 0x0101010101010101
		high = 0x8080808080808080
	)
	var seen uint64
	rest := text
	for ; len(rest) >= 32; rest = rest[32:] {
		a, b := binary.LittleEndian.Uint64(rest), binary.LittleEndian.Uint64(rest[8:])
		c, d := binary.LittleEndian.Uint64(rest[16:]), binary.LittleEndian.Uint64(rest[24:])
		seen |= a | b | c | d
		low := (a-0x20*ones)&^a | (b-0x20*ones)&^b | (c-0x20*ones)&^c | (d-0x20*ones)&^d
		if low&high != 0 && !printable(rest[:32]) { // a byte below 0x20 is among them
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
