package gate

import (
	"net/url"
	"strings"
)

// query holds the parameters that count.
type query struct {
	signature    string // over token, timestamp, nonce
	msgSignature string // over these and Encrypt
	timestamp    string
	nonce        string
	echo         string // echostr
}

// parseQuery reads the parameters as net/url does, without making a map of them. Of
// a repeated one the first that is not empty counts. Parameters with invalid escapes
// are ignored.
func parseQuery(raw string) query {
	var q query
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		name, value, _ := strings.Cut(pair, "=")
		if strings.ContainsAny(pair, "%+;") {
			var ok bool
			if name, value, ok = unescape(name, value); !ok {
				continue
			}
		}
		if field := q.field(name); field != nil && *field == "" {
			*field = value
		}
	}
	return q
}

func (q *query) field(name string) *string {
	switch name {
	case "signature":
		return &q.signature
	case "msg_signature":
		return &q.msgSignature
	case "timestamp":
		return &q.timestamp
	case "nonce":
		return &q.nonce
	case "echostr":
		return &q.echo
	}
	return nil
}

func unescape(name, value string) (string, string, bool) {
	if strings.Contains(name, ";") || strings.Contains(value, ";") {
		return "", "", false
	}
	n, err := url.QueryUnescape(name)
	if err != nil {
		return "", "", false
	}
	v, err := url.QueryUnescape(value)
	return n, v, err == nil
}
