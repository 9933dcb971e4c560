package gate

import (
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// parseQuery does by hand what net/url does, but for empty values.
func FuzzParseQuery(f *testing.F) {
	for _, raw := range []string{
		"", "signature=a&timestamp=1&nonce=2&openid=o&encrypt_type=aes&msg_signature=b", "echostr=a+b%20%E4%B8%AD&echostr=second",
		"nonce=%zz&nonce=1", "non%63e=1", "timestamp=1;nonce=2", "=&&nonce", "nonce=a=b", "nonce=&nonce=1", "signature=%&signature=%3B",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		want, _ := url.ParseQuery(raw)
		got := parseQuery(raw)
		for name, value := range map[string]string{
			"signature": got.signature, "msg_signature": got.msgSignature, "timestamp": got.timestamp, "nonce": got.nonce, "echostr": got.echo,
		} {
			filled := slices.DeleteFunc(want[name], func(v string) bool { return v == "" })
			if len(filled) == 0 {
				filled = []string{""}
			}
			require.Equal(t, filled[0], value, name)
		}
	})
}
