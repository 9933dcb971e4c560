package crypto_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/seed-f21aa8d8/wechat/crypto"
)

func BenchmarkVerifyMessageSignature(b *testing.B) {
	encrypted := bytes.Repeat([]byte("x"), 600)
	sig := crypto.MessageSignature("weixin", "1700000000", "1320562132", encrypted)
	b.ReportAllocs()
	for b.Loop() {
		if !crypto.VerifyMessageSignature(sig, "weixin", "1700000000", "1320562132", encrypted) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkCipher(b *testing.B) {
	c := newCipher(b, aesKey, appID)
	for _, size := range []int{400, 16 << 10} {
		message := bytes.Repeat([]byte("m"), size)
		sealed := c.Seal(message)
		b.Run(fmt.Sprintf("Seal/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				buf = c.AppendSeal(buf[:0], message)
			}
		})
		b.Run(fmt.Sprintf("Open/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Open(sealed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
