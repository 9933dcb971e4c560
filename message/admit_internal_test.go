package message

import (
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

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

// Nonces take no more memory than two generations, whatever comes.
func TestNoncesAreBounded(t *testing.T) {
	const most = 1000
	n, now := newNonces(nil), time.Now()
	n.max = most
	for i := range 3 * most {
		known, _ := n.remember([3]string{"wx", "1735707398", strconv.Itoa(i)}, [2]string{"1"}, now)
		require.False(t, known)
		if len(n.recent) > most || len(n.previous) > most {
			t.Fatalf("%d and %d nonces", len(n.recent), len(n.previous))
		}
	}
	known, same := n.remember([3]string{"wx", "1735707398", strconv.Itoa(3*most - 1)}, [2]string{"1"}, now)
	require.True(t, known)
	require.True(t, same)
	known, same = n.remember([3]string{"wx", "1735707398", strconv.Itoa(2*most + 1)}, [2]string{"2"}, now)
	require.True(t, known, "the generation before counts as well")
	require.False(t, same)
}
