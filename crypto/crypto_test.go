package crypto_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/crypto"
)

const (
	aesKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	appID  = "wx2c2769f8efd9abc2"
)

func newCipher(t testing.TB, key, receiver string) *crypto.Cipher {
	t.Helper()
	c, err := crypto.NewCipher(key, receiver)
	require.NoError(t, err)
	return c
}

// The answer was computed with another implementation of SHA-1.
func TestSignature(t *testing.T) {
	const want = "f7984d44943b6f0c6107aafd02d786ab52e99157"
	require.Equal(t, want, crypto.Signature("weixin", "1700000000", "n0nce"))
	require.True(t, crypto.VerifySignature(want, "weixin", "1700000000", "n0nce"))

	for name, sig := range map[string]string{
		"empty":      "",
		"upper case": strings.ToUpper(want),
		"cut":        want[:39],
		"longer":     want + "0",
		"other":      "0" + want[1:],
		"four parts": crypto.MessageSignature("weixin", "1700000000", "n0nce", []byte("x")),
	} {
		require.False(t, crypto.VerifySignature(sig, "weixin", "1700000000", "n0nce"), name)
	}
}

func TestEmptyTokenVerifiesNothing(t *testing.T) {
	require.False(t, crypto.VerifySignature(crypto.Signature("", "1", "2"), "", "1", "2"))
	sig := crypto.MessageSignature("", "1", "2", []byte("e"))
	require.False(t, crypto.VerifyMessageSignature(sig, "", "1", "2", []byte("e")))
}

func TestMessageSignatureOfNothingIsThreeParts(t *testing.T) {
	require.Equal(t, crypto.Signature("t", "1", "2"), crypto.MessageSignature("t", "1", "2", nil))
	require.Equal(t, crypto.Signature("t", "1", "2"), crypto.MessageSignature("t", "1", "2", []byte{}))
}

func TestSignatureOfLongParts(t *testing.T) {
	long := strings.Repeat("x", 5000)
	got := crypto.MessageSignature(long, long, long, []byte("e"))
	require.True(t, crypto.VerifyMessageSignature(got, long, long, long, []byte("e")))
	require.Equal(t, got, string(crypto.AppendMessageSignature(nil, long, long, long, []byte("e"))))
}

func TestSealIsRandom(t *testing.T) {
	c := newCipher(t, aesKey, appID)
	a, b := c.Seal([]byte("hello")), c.Seal([]byte("hello"))
	require.NotEqual(t, a, b)
	for _, enc := range [][]byte{a, b} {
		got, err := c.Open(enc)
		require.NoError(t, err)
		require.Equal(t, "hello", string(got))
	}
}

func TestAppendSealKeepsWhatIsThere(t *testing.T) {
	c := newCipher(t, aesKey, appID)
	for _, room := range []int{0, 1, 100, 4096} {
		dst := append(make([]byte, 0, room+4), "head"...)
		got := c.AppendSeal(dst, []byte("hello"))
		require.True(t, bytes.HasPrefix(got, []byte("head")))
		opened, err := c.Open(got[4:])
		require.NoError(t, err)
		require.Equal(t, "hello", string(opened))
	}
}

func TestOpenedMessageCannotReachTheReceiver(t *testing.T) {
	c := newCipher(t, aesKey, appID)
	msg, err := c.Open(c.Seal([]byte("hello")))
	require.NoError(t, err)
	require.Equal(t, len(msg), cap(msg))
}

func TestKeyring(t *testing.T) {
	current := newCipher(t, aesKey, appID)
	previous := newCipher(t, strings.Repeat("0", 42)+"4", appID)
	other := newCipher(t, aesKey, "wxffffffffffffffff")
	stranger := newCipher(t, strings.Repeat("9", 42)+"8", appID)
	ring := crypto.Keyring{current, previous}

	for name, c := range map[string]*crypto.Cipher{"current": current, "previous": previous} {
		msg, by, err := ring.Open(c.Seal([]byte(name)))
		require.NoError(t, err)
		require.Equal(t, name, string(msg))
		require.Same(t, c, by)
	}

	_, _, err := ring.Open(other.Seal([]byte("x")))
	require.ErrorIs(t, err, crypto.ErrReceiver)
	_, _, err = crypto.Keyring{previous, current}.Open(other.Seal([]byte("x")))
	require.ErrorIs(t, err, crypto.ErrReceiver, "the most telling error wins")
	_, _, err = ring.Open([]byte("*"))
	require.ErrorIs(t, err, crypto.ErrBase64)
	_, by, err := ring.Open(stranger.Seal([]byte("x")))
	require.Error(t, err)
	require.Nil(t, by)
	_, _, err = crypto.Keyring(nil).Open(nil)
	require.ErrorIs(t, err, crypto.ErrKey)
}

func TestKeyErrorsDoNotShowTheKey(t *testing.T) {
	for _, key := range []string{"", "short-secret", strings.Repeat("!", 43), aesKey + "A", aesKey[:42] + "\n"} {
		_, err := crypto.NewCipher(key, appID)
		require.ErrorIs(t, err, crypto.ErrKey)
		if key != "" {
			require.NotContains(t, err.Error(), key)
		}
	}
}

func TestCipherPrintsRedacted(t *testing.T) {
	c := newCipher(t, aesKey, appID)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "c", c, "in", struct{ C *crypto.Cipher }{c})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "c", c, "in", struct{ C *crypto.Cipher }{c})
	out := log.String()
	for _, v := range []any{c, *c, struct{ c *crypto.Cipher }{c}, struct{ C crypto.Cipher }{*c}, crypto.Keyring{c}, (*crypto.Cipher)(nil)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p"} {
			out += fmt.Sprintf(verb, v)
		}
	}
	js, err := json.Marshal(struct{ C *crypto.Cipher }{c})
	require.NoError(t, err)
	out += string(js)

	require.Contains(t, out, `crypto.Cipher{receiver:"`+appID+`"}`)
	for _, secret := range []string{aesKey, "69b71d79f8218a39259a7a29aabb2dbafc31cb3001083105187208b30d38f4", "\x69\xb7\x1d\x79"} {
		require.NotContains(t, strings.ToLower(out), strings.ToLower(secret))
	}
}
