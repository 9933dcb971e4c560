package message_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
)

// A handler answers every request, signed or not, with a valid HTTP response, and runs
// no message that was refused.
func FuzzHandler(f *testing.F) {
	const plain, sealed, get = 0, 1, 2
	for _, fixture := range fixtures(f) {
		f.Add(plain, "", true, fixture.body(f))
		if fixture.Result != "reject" {
			f.Add(sealed, "", true, fixture.opened(f))
		}
	}
	f.Add(sealed, "signature=%zz&nonce=;&timestamp=1", false, []byte(`<xml><Encrypt/><Encrypt/></xml>`))
	f.Add(get, "echostr=<script>", true, []byte{})
	f.Add(plain, "", true, []byte(textJSON("hi")))
	f.Add(sealed, "", true, []byte("\uFEFF"+textJSON("h\ti")))
	f.Add(plain, "timestamp=9223372036854775807", true, []byte(`{"Encrypt":[]}`))

	f.Fuzz(func(t *testing.T, mode int, extra string, signed bool, body []byte) {
		ran := 0
		var format message.Format
		handle := func(_ context.Context, m message.Message) (message.Reply, error) {
			ran++
			format = message.HeaderOf(m).Format
			return message.TextReply("to " + message.HeaderOf(m).FromUserName + "]]>"), nil
		}
		p, config, method := plainPlatform, plainConfig(), http.MethodPost
		q := p.query(nil)
		switch mode {
		case sealed:
			p, config = safePlatform, safeConfig()
			encrypted := p.seal(t, string(body))
			q, body = p.query(encrypted), envelopeOf(encrypted)
		case get:
			method = http.MethodGet
			q.Set("echostr", "echo")
		}
		if !signed {
			q = url.Values{"timestamp": {p.timestamp()}, "nonce": {"1"}, "signature": {"x"}, "msg_signature": {"x"}}
		}
		r := httptest.NewRequest(method, "/", bytes.NewReader(body))
		r.URL.RawQuery = q.Encode() + "&" + extra
		h := newHandler(t, config)
		h.HandleDefault(handle)
		w := serve(h, r)
		switch {
		case w.Code != http.StatusOK:
			require.True(t, 400 <= w.Code && w.Code < 500, w.Code)
			require.Empty(t, w.Body.Bytes())
			require.Zero(t, ran)
		case !signed:
			t.Fatal("let in without a signature")
		case method == http.MethodGet:
			require.Equal(t, "echo", w.Body.String())
			require.Zero(t, ran)
		default:
			require.Equal(t, 1, ran)
			answer := w.Body.Bytes()
			if string(answer) == "success" { // nobody to answer
				return
			}
			if mode == sealed {
				answer = p.unseal(t, answer)
			}
			if format == message.JSON {
				a := decodeJSONAnswer(t, answer)
				require.Equal(t, "to "+a.ToUserName+"]]>", a.Content)
				return
			}
			var a struct{ ToUserName, Content string }
			require.NoError(t, xml.Unmarshal(answer, &a))
			require.Equal(t, "to "+a.ToUserName+"]]>", a.Content)
		}
	})
}
