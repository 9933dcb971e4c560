package crypto

import (
	"bytes"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/hex"
)

// signatureSize is the length of a signature in hexadecimal digits.
const signatureSize = 2 * sha1.Size

// Signature returns the three-part signature (signature) of a callback: the
// SHA-1 of token, timestamp and nonce, sorted as byte strings and joined, in
// lower-case hexadecimal.
func Signature(token, timestamp, nonce string) string {
	sum := sign(token, timestamp, nonce, nil)
	return string(sum[:])
}

// MessageSignature returns the four-part signature (msg_signature) of an
// encrypted callback: as [Signature], with the text of the Encrypt element as
// the fourth part.
func MessageSignature(token, timestamp, nonce string, encrypted []byte) string {
	sum := sign(token, timestamp, nonce, encrypted)
	return string(sum[:])
}

// AppendMessageSignature appends [MessageSignature] to dst.
func AppendMessageSignature(dst []byte, token, timestamp, nonce string, encrypted []byte) []byte {
	sum := sign(token, timestamp, nonce, encrypted)
	return append(dst, sum[:]...)
}

// VerifySignature reports whether signature is the three-part signature of token,
// timestamp and nonce. It compares in constant time. With an empty token it returns
// false, since anyone can compute that signature.
func VerifySignature(signature, token, timestamp, nonce string) bool {
	return verify(signature, token, timestamp, nonce, nil)
}

// VerifyMessageSignature reports whether signature is the four-part signature of token,
// timestamp, nonce and the text of the Encrypt element. It compares in constant time.
// With an empty token it returns false.
func VerifyMessageSignature(signature, token, timestamp, nonce string, encrypted []byte) bool {
	return verify(signature, token, timestamp, nonce, encrypted)
}

func verify(signature, token, timestamp, nonce string, encrypted []byte) bool {
	if token == "" {
		return false
	}
	sum := sign(token, timestamp, nonce, encrypted)
	return subtle.ConstantTimeCompare(sum[:], []byte(signature)) == 1
}

// sign returns the SHA-1 of the sorted and joined parts in hexadecimal. An empty part
// changes nothing, so three parts are signed with an empty fourth one.
func sign(token, timestamp, nonce string, encrypted []byte) [signatureSize]byte {
	var scratch [256]byte // enough for usual tokens, timestamps and nonces
	short := append(append(append(scratch[:0], token...), timestamp...), nonce...)
	t, n := len(token), len(token)+len(timestamp)

	parts := [4][]byte{encrypted, short[:t], short[t:n], short[n:]}
	for i := 1; i < len(parts); i++ { // slices.SortFunc would move the parts to the heap
		for j := i; j > 0 && bytes.Compare(parts[j], parts[j-1]) < 0; j-- {
			parts[j], parts[j-1] = parts[j-1], parts[j]
		}
	}

	h := sha1.New()
	for _, p := range parts {
		h.Write(p)
	}
	var sum [sha1.Size]byte
	h.Sum(sum[:0])
	var digits [signatureSize]byte
	hex.Encode(digits[:], sum[:])
	return digits
}
