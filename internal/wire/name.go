package wire

import (
	"errors"
	"mime"
	"net/http"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the maximum size of a file name in bytes. File systems allow 255, and a
// caller may add to a name.
const maxName = 200

// fileName returns the name of the file as it is sent. It has no directory. Letters of
// every script are kept; characters that a form or a shell could misread become "_".
// The extension tells the platform the type of the file.
func (u *Upload) fileName() (string, error) {
	name := u.Name
	if named, ok := u.Body.(interface{ Name() string }); ok && name == "" {
		name = named.Name()
	}
	name = lastElement(name)
	if name == "" {
		return "", errors.New("an upload needs a file name, whose extension tells the platform the type of the file")
	}
	name = strings.Map(func(c rune) rune {
		switch {
		case c == utf8.RuneError:
			return '_'
		case c > unicode.MaxASCII && unicode.IsPrint(c):
			return c
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_':
			return c
		}
		return '_'
	}, name)
	ext := path.Ext(name)
	if stem := strings.TrimSuffix(name, ext); strings.Trim(stem, "._-") == "" {
		name = "file" + ext
	}
	return shorten(name, 120), nil
}

// fileName returns the file name in a header, made safe for every file system: one path
// element, not a Windows device name, at most [maxName] bytes. It returns "" if the
// header has no file name.
func fileName(h http.Header) string {
	return safe(lastElement(dispositionName(h.Get("Content-Disposition"))))
}

// dispositionName returns the parameter filename of a Content-Disposition. The platform
// also sends it without quotes, in raw UTF-8 and with spaces.
func dispositionName(header string) string {
	if _, params, err := mime.ParseMediaType(header); err == nil {
		return params["filename"]
	}
	const key = "filename="
	for len(header) >= len(key) && !strings.EqualFold(header[:len(key)], key) {
		header = header[1:]
	}
	if len(header) < len(key) {
		return ""
	}
	value := strings.TrimSpace(header[len(key):])
	if quoted, ok := strings.CutPrefix(value, `"`); ok {
		value, _, _ = strings.Cut(quoted, `"`)
		return value
	}
	value, _, _ = strings.Cut(value, ";")
	return value
}

// lastElement returns the part of a path after the last slash or backslash.
func lastElement(name string) string { return name[strings.LastIndexAny(name, `/\`)+1:] }

// safe returns a file name that is valid in every file system, or "".
func safe(name string) string {
	name = strings.Map(func(c rune) rune {
		switch {
		case c == utf8.RuneError || !unicode.IsPrint(c):
			return -1
		case strings.ContainsRune(`<>:"|?*`, c):
			return '_'
		}
		return c
	}, name)
	name = strings.Trim(shorten(strings.TrimSpace(name), maxName), " ")
	name = strings.TrimRight(name, ". ")
	if strings.Trim(name, "._ ") == "" {
		return ""
	}
	if stem, _, _ := strings.Cut(name, "."); device(strings.TrimSpace(stem)) {
		return "_" + name
	}
	return name
}

// device reports whether name, with any extension, is a device on Windows.
func device(name string) bool {
	switch name = strings.ToUpper(name); name {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	port, ok := strings.CutPrefix(name, "COM")
	if !ok {
		port, ok = strings.CutPrefix(name, "LPT")
	}
	return ok && utf8.RuneCountInString(port) == 1 && strings.Contains("0123456789¹²³", port)
}

// shorten truncates a file name to at most size bytes of valid UTF-8. It keeps the
// extension, unless that is itself long.
func shorten(name string, size int) string {
	ext := path.Ext(name)
	if len(ext) > 20 {
		ext = cutAt(ext, 20)
	}
	stem := strings.TrimSuffix(name, path.Ext(name))
	return cutAt(stem, size-len(ext)) + ext
}

// cutAt truncates s to at most size bytes without splitting a character.
func cutAt(s string, size int) string {
	if len(s) <= size {
		return s
	}
	for size > 0 && !utf8.RuneStart(s[size]) {
		size--
	}
	return s[:size]
}
