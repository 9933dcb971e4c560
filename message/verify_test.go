package message_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
)

func newVerifier(t *testing.T, c message.Config) *message.Verifier {
	t.Helper()
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	v, err := message.NewVerifier(c)
	require.NoError(t, err)
	return v
}

// What one process verifies another one answers, in each mode and format, with the
// token and the key that the message came with.
func TestVerifyHereAnswerThere(t *testing.T) {
	const jsonText = `{"ToUserName":"gh_712c1e3d601f","FromUserName":"oUser","CreateTime":1735707398,"MsgType":"text","Content":"hello","MsgId":1}`
	rotated := safeConfig()
	rotated.PreviousTokens, rotated.PreviousAESKeys = []string{oldToken}, []string{oldKey}
	for name, c := range map[string]struct {
		config message.Config
		from   platform
		json   bool
	}{
		"plain XML":   {plainConfig(), plainPlatform, false},
		"plain JSON":  {plainConfig(), plainPlatform, true},
		"sealed XML":  {rotated, safePlatform, false},
		"sealed JSON": {rotated, safePlatform, true},
		"old key":     {rotated, platform{token: testToken, appID: testAppID, key: oldKey}, false},
		"old token":   {rotated, platform{token: oldToken, appID: testAppID, key: testKey}, true},
	} {
		t.Run(name, func(t *testing.T) {
			here, there := newVerifier(t, c.config), newVerifier(t, c.config)
			body := textXML("hello")
			if c.json {
				body = jsonText
			}
			r := c.from.send(body)
			if c.from.key != "" {
				encrypted := c.from.seal(t, body)
				envelope := envelopeOf(encrypted)
				if c.json {
					envelope = fmt.Appendf(nil, `{"Encrypt":%q}`, encrypted)
				}
				r = request(c.from.query(encrypted), envelope)
			}
			verified, err := here.Verify(r)
			require.NoError(t, err)
			require.Equal(t, body, string(verified.Body))
			parcel, err := json.Marshal(verified) // on its way to the other process
			require.NoError(t, err)
			require.NotContains(t, string(parcel), testToken)

			var arrived message.Verified
			require.NoError(t, json.Unmarshal(parcel, &arrived))
			m, err := message.Parse(arrived.Body)
			require.NoError(t, err)
			head := message.HeaderOf(m)
			answer, err := message.Encode(message.TextReply("hi"), head.FromUserName, head.ToUserName, head.Format)
			require.NoError(t, err)
			sealed, err := there.Seal(arrived.Envelope, answer)
			require.NoError(t, err)
			if c.from.key != "" {
				require.NotContains(t, string(sealed), head.FromUserName)
				if c.json {
					sealed = c.from.unsealJSON(t, sealed)
				} else {
					sealed = c.from.unseal(t, sealed)
				}
			}
			if c.json {
				require.Equal(t, "hi", decodeJSONAnswer(t, sealed).Content)
			} else {
				require.Equal(t, "hi", decodeAnswer(t, sealed).Content)
			}
			bare, err := there.Seal(arrived.Envelope, []byte("success"))
			require.NoError(t, err)
			require.Equal(t, "success", string(bare))

			strange := arrived.Envelope
			strange.Encrypted, strange.Token = true, 5
			_, err = there.Seal(strange, answer)
			require.ErrorContains(t, err, "no such token or key")
			strange.Token, strange.Key = 0, 5
			_, err = there.Seal(strange, answer)
			require.ErrorContains(t, err, "no such token or key")
			strange.Format = 9
			_, err = there.Seal(strange, answer)
			require.ErrorContains(t, err, "unknown format")
		})
	}
}

func TestVerifierRefuses(t *testing.T) {
	c := safeConfig()
	shared := store.NewMemory()
	c.Store = shared
	v, other := newVerifier(t, c), newVerifier(t, c)
	for want, r := range map[message.Reason]*http.Request{
		message.ReasonSignature: platform{token: "x", appID: testAppID, key: testKey}.sendSealed(t, textXML("x")),
		message.ReasonDecrypt:   platform{token: testToken, appID: testAppID, key: strings.Repeat("k", 43)}.sendSealed(t, textXML("x")),
		message.ReasonPlaintext: safePlatform.send(textXML("x")),
		message.ReasonTimestamp: platform{token: testToken, appID: testAppID, key: testKey, at: time.Now().Add(-time.Hour)}.sendSealed(t, textXML("x")),
		message.ReasonEmpty:     request(safePlatform.query([]byte{}), nil),
	} {
		verified, err := v.Verify(r)
		require.Nil(t, verified)
		var refused *message.RefusedError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, want, refused.Reason)
		require.GreaterOrEqual(t, refused.Status, 400)
		require.NotEmpty(t, refused.Check)
		require.NotContains(t, err.Error(), testToken)
	}
	_, err := newVerifier(t, plainConfig()).Verify(plainPlatform.send("not a message"))
	require.ErrorContains(t, err, "refused: body is not a message: not a message of the platform: ")
	// The same request passes again, since repeats are the program's; another message
	// with its signature does not, here and in another process.
	p := safePlatform
	p.nonce = "42"
	p.at = time.Now()
	same := textXML("same")
	for _, v := range []*message.Verifier{v, v, other} {
		verified, err := v.Verify(p.sendSealed(t, same)) // sealed again each time
		require.NoError(t, err)
		require.Equal(t, same, string(verified.Body))
	}
	for _, v := range []*message.Verifier{v, other} {
		_, err := v.Verify(p.sendSealed(t, textXML("other")))
		var refused *message.RefusedError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, message.ReasonNonce, refused.Reason)
	}
}

func TestVerifierURL(t *testing.T) {
	v := newVerifier(t, plainConfig())
	echo, err := v.VerifyURL(plainPlatform.verify("12345"))
	require.NoError(t, err)
	require.Equal(t, "12345", echo)
	_, err = v.VerifyURL(platform{token: "x"}.verify("12345"))
	require.ErrorContains(t, err, "signature does not match")
	_, err = message.NewVerifier(message.Config{})
	require.ErrorContains(t, err, "Token is empty")
}

func TestVerifierInCloudHosting(t *testing.T) {
	v := newVerifier(t, message.Config{InsecureCloudHosting: message.CloudHostingPublic})
	verified, err := v.Verify(httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"action":"CheckContainerPath"}`)))
	require.NoError(t, err)
	require.True(t, verified.PathCheck)
	require.Nil(t, verified.Body)
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(textXML("x")))
	_, err = v.Verify(r.Clone(t.Context()))
	require.ErrorContains(t, err, "x-wx-source")
	r = httptest.NewRequest(http.MethodPost, "/", strings.NewReader(textXML("x")))
	r.Header.Set("x-wx-source", "wx_client")
	verified, err = v.Verify(r)
	require.NoError(t, err)
	require.False(t, verified.Envelope.Encrypted)
}

func TestVerifierIsRedacted(t *testing.T) {
	v := newVerifier(t, safeConfig())
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb, v)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	require.NoError(t, json.NewEncoder(&out).Encode(v))
	require.Contains(t, out.String(), testAppID)
	require.NotContains(t, out.String(), testToken)
	require.NotContains(t, out.String(), testKey)
	require.Equal(t, `message.Verifier{AppID: "`+testAppID+`", tokens: 1, keys: 1}`, fmt.Sprint(v))
	require.Equal(t, "<nil>", fmt.Sprint((*message.Verifier)(nil)))
}

// A verified body is the caller's: further requests do not change it.
func TestVerifiedBodyIsKept(t *testing.T) {
	v, text := newVerifier(t, plainConfig()), textXML("first")
	first, err := v.Verify(plainPlatform.send(text))
	require.NoError(t, err)
	for range 10 {
		_, err := v.Verify(plainPlatform.send(textXML("other")))
		require.NoError(t, err)
	}
	require.Equal(t, text, string(first.Body))
}
