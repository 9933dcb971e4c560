package crypto_test

import (
	"bytes"
	"testing"

	"github.com/seed-f21aa8d8/wechat/crypto"
)

func FuzzCipherOpen(f *testing.F) {
	for _, v := range vectors(f) {
		if v.Encrypt != nil {
			f.Add([]byte(*v.Encrypt), v.AESKey, v.AppID)
		}
	}
	f.Fuzz(func(t *testing.T, encrypted []byte, key, receiver string) {
		c, err := crypto.NewCipher(key, receiver)
		if err != nil {
			return
		}
		before := bytes.Clone(encrypted)
		message, err := c.Open(encrypted)
		if !bytes.Equal(before, encrypted) {
			t.Fatal("Open changed its input")
		}
		if err != nil {
			if message != nil {
				t.Fatal("a message together with an error")
			}
			return
		}
		again, err := c.Open(c.Seal(message))
		if err != nil || !bytes.Equal(message, again) {
			t.Fatalf("sealed again and opened: %q, %v; want %q", again, err, message)
		}
	})
}

func FuzzCipherSeal(f *testing.F) {
	f.Add([]byte(""), []byte("head"))
	f.Add([]byte("<xml>你好</xml>"), []byte(""))
	f.Fuzz(func(t *testing.T, message, head []byte) {
		c := newCipher(t, aesKey, appID)
		sealed := c.AppendSeal(bytes.Clone(head), message)
		if !bytes.HasPrefix(sealed, head) {
			t.Fatal("what stood before is gone")
		}
		got, err := c.Open(sealed[len(head):])
		if err != nil || !bytes.Equal(got, message) {
			t.Fatalf("opened %q, %v; want %q", got, err, message)
		}
	})
}
