package gateway

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// pattern is a path, or a path that ends in "/*" for everything below it.
type pattern string

func parsePattern(s string) (pattern, error) {
	fixed := strings.TrimSuffix(s, "/*")
	if fixed == "" && s == "/*" || checkPath(fixed) == nil {
		return pattern(s), nil
	}
	return "", fmt.Errorf("%q is neither a path such as /cgi-bin/menu/get nor a pattern such as /cgi-bin/menu/*", s)
}

func parsePatterns(list []string) ([]pattern, error) {
	var out []pattern
	for _, s := range list {
		p, err := parsePattern(s)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// matches reports whether the pattern covers the path. It is case-sensitive.
func (p pattern) matches(path string) bool {
	if below, ok := strings.CutSuffix(string(p), "*"); ok {
		return strings.HasPrefix(path, below)
	}
	return path == string(p)
}

// matchesFold is matches without case, for paths that are refused or counted.
func (p pattern) matchesFold(path string) bool {
	if below, ok := strings.CutSuffix(string(p), "*"); ok {
		return len(path) >= len(below) && strings.EqualFold(path[:len(below)], below)
	}
	return strings.EqualFold(path, string(p))
}

var (
	errPathForm = errors.New("the path is not in its plain form: no escapes, no empty segments, no segments that end in a dot, no slash at the end")
	errAbsolute = errors.New("the request line has more than a path and a query")
)

// plainPath returns the path of a request if it is unambiguous. All paths of the
// platform consist of letters, digits, "-", "_" and ".". An escape is a second way to
// write a path, so it is refused even if it is harmless.
func plainPath(u *url.URL) (string, error) {
	if u.Scheme != "" || u.Host != "" || u.Opaque != "" || u.User != nil {
		return "", errAbsolute
	}
	if u.RawPath != "" {
		return "", errPathForm
	}
	return u.Path, checkPath(u.Path)
}

// checkPath returns an error if path is not in its plain form.
func checkPath(path string) error {
	if len(path) < 2 || len(path) > 256 || path[0] != '/' || strings.Contains(path, "..") {
		return errPathForm
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		if segment == "" || segment[len(segment)-1] == '.' {
			return errPathForm
		}
	}
	for i := range len(path) {
		if c := path[i]; !plainByte(c) && c != '/' {
			return errPathForm
		}
	}
	return nil
}

func plainByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
}

// splitAccount splits an app id from the beginning of a path such as
// "/wx0123456789abcdef/cgi-bin/menu/get", if known reports that it is one.
func splitAccount(path string, known func(string) bool) (appID, rest string) {
	first, rest, found := strings.Cut(path[1:], "/")
	if !found || !known(first) {
		return "", path
	}
	return first, "/" + rest
}
