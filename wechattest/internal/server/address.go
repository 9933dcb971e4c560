package server

import (
	"net/url"
	"strings"
)

// ParseAddress parses an address that a client sends. Like a browser it accepts a raw
// percent sign, as in https://example.com/100%, which it escapes.
func ParseAddress(address string) (*url.URL, error) {
	var b strings.Builder
	for i := range len(address) {
		b.WriteByte(address[i])
		if address[i] == '%' && !(i+2 < len(address) && isHex(address[i+1]) && isHex(address[i+2])) {
			b.WriteString("25")
		}
	}
	return url.Parse(b.String())
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
