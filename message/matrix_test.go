package message_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Only the configuration decides which requests are accepted.
//
//   - Without a key, only signature counts; a body with both halves is read by its
//     plain half, and an encrypted one is refused.
//   - With a key, only msg_signature and the one top-level Encrypt count; two, or
//     none, are refused.
//   - With a key and InsecureAllowPlaintext, a body without Encrypt is let in by
//     its signature; one with Encrypt as if plaintext was not allowed.
//   - encrypt_type is never asked. A body over the bound is refused.

// parameter says whether a request's signature is right, wrong or missing.
type parameter string

// kind says what is in a request's body.
type kind struct {
	name     string
	plain    bool // has the elements of a message
	encrypts int  // number of Encrypt elements
	over     bool // is over the bound
}

var megabyte = strings.Repeat(" ", 1<<20)

var kinds = []kind{
	{name: "plain", plain: true},
	{name: "encrypted", encrypts: 1},
	{name: "both", plain: true, encrypts: 1},
	{name: "two Encrypt", encrypts: 2},
	{name: "plain and two Encrypt", plain: true, encrypts: 2},
	{name: "none"},
	{name: "over the bound", plain: true, over: true},
	{name: "encrypted over the bound", encrypts: 1, over: true},
}

// expect returns the content that is read, empty when the request is refused.
func expect(mode string, signature, msgSignature parameter, k kind) string {
	plain := k.plain && signature == "right"
	sealed := k.encrypts == 1 && msgSignature == "right"
	switch {
	case k.over:
		return ""
	case mode == "no key" && plain:
		return "the plain half"
	case mode == "key" && sealed:
		return "the sealed half"
	case mode == "insecure" && k.encrypts == 0 && plain:
		return "the plain half"
	case mode == "insecure" && sealed:
		return "the sealed half"
	}
	return ""
}

func TestMatrix(t *testing.T) {
	insecure := safeConfig()
	insecure.InsecureAllowPlaintext = true
	handlers := map[string]http.Handler{
		"no key":   echo(newHandler(t, plainConfig())),
		"key":      echo(newHandler(t, safeConfig())),
		"insecure": echo(newHandler(t, insecure)),
	}
	cases, letIn := 0, 0
	for mode, h := range handlers {
		for _, encryptType := range []string{"absent", "raw", "aes", "nonsense"} {
			for _, signature := range []parameter{"right", "wrong", "missing"} {
				for _, msgSignature := range []parameter{"right", "wrong", "missing"} {
					for _, k := range kinds {
						name := fmt.Sprintf("%s/encrypt_type %s/signature %s/msg_signature %s/%s", mode, encryptType, signature, msgSignature, k.name)
						want := expect(mode, signature, msgSignature, k)
						cases++
						if want != "" {
							letIn++
						}
						t.Run(name, func(t *testing.T) {
							w := serve(h, matrixRequest(t, encryptType, signature, msgSignature, k))
							if want == "" {
								require.GreaterOrEqual(t, w.Code, 400)
								require.Less(t, w.Code, 500)
								require.Empty(t, w.Body.String(), "the peer learns the status only")
								return
							}
							require.Equal(t, http.StatusOK, w.Code)
							body := w.Body.Bytes()
							if want == "the sealed half" {
								body = safePlatform.unseal(t, body)
							}
							require.Equal(t, want, decodeAnswer(t, body).Content)
						})
					}
				}
			}
		}
	}
	require.Equal(t, 3*4*3*3*len(kinds), cases)
	require.Equal(t, 4*(3*3)+4*(3*2)+4*(3+3*2), letIn) // no key: 3 bodies, any msg_signature; key: 2 bodies, any signature; both ways
}

func matrixRequest(t *testing.T, encryptType string, signature, msgSignature parameter, k kind) *http.Request {
	t.Helper()
	var body strings.Builder
	var first []byte
	body.WriteString("<xml>")
	if k.plain {
		inner := textXML("the plain half")
		body.WriteString(inner[len("<xml>") : len(inner)-len("</xml>")])
	}
	for i := range k.encrypts {
		encrypted := safePlatform.seal(t, textXML("the sealed half"))
		fmt.Fprintf(&body, "<Encrypt><![CDATA[%s]]></Encrypt>", encrypted)
		if i == 0 {
			first = encrypted
		}
	}
	if k.over {
		body.Grow(len(megabyte) + 100)
		body.WriteString(megabyte)
	}
	body.WriteString("</xml>")
	if k.name == "none" {
		body.Reset()
	}
	if first == nil {
		first = []byte{}
	}

	q := safePlatform.query(first)
	set := func(name string, state parameter) {
		switch state {
		case "wrong":
			q.Set(name, strings.Repeat("0", 40))
		case "missing":
			q.Del(name)
		}
	}
	set("signature", signature)
	set("msg_signature", msgSignature)
	if q.Set("encrypt_type", encryptType); encryptType == "absent" {
		q.Del("encrypt_type")
	}
	return request(q, []byte(body.String()))
}
