// Package crypto signs and encrypts what the WeChat platform and a callback
// exchange (消息加解密): the SHA-1 signatures of the query string and the
// AES-256-CBC envelope of safe mode (安全模式).
//
// Most programs never import it: message.Handler verifies, opens and seals by
// itself. It is here for those who receive callbacks by other means, and for
// tests.
//
// # Signatures
//
// [Signature] covers token, timestamp and nonce: it is the parameter
// "signature" of every callback. It says nothing about the body.
// [MessageSignature] covers the text of the Encrypt element as well: it is the
// parameter "msg_signature", and the only proof that a body is the platform's.
// Check it before anything else is done with the body, with
// [VerifyMessageSignature], which takes the same time whatever differs.
//
// # Envelope
//
// A [Cipher] is one EncodingAESKey and the id of the receiver. A [Keyring] is
// several of them, the current one first: it opens what was sealed before the
// key was changed in the console, and tells which key that was, since the
// answer must be sealed with the same one.
//
// SHA-1, and CBC without a MAC, are the platform's choice. The envelope alone
// protects nothing from being altered; the verified message signature does.
package crypto
