// Package crypto signs and encrypts the messages between the WeChat platform and a
// callback (消息加解密): the SHA-1 signatures of the query string and the AES-256-CBC
// envelope of safe mode (安全模式).
//
// Most programs do not need it: message.Handler verifies, opens and seals by itself. It
// is for programs that receive callbacks in another way, and for tests.
//
// # Signatures
//
// [Signature] covers token, timestamp and nonce: it is the parameter "signature" of
// every callback. It does not cover the body. [MessageSignature] also covers the text
// of the Encrypt element: it is the parameter "msg_signature", and the only proof that
// a body comes from the platform. Check it with [VerifyMessageSignature], in constant
// time, before anything else is done with the body.
//
// # Envelope
//
// A [Cipher] has one EncodingAESKey and the id of the receiver. A [Keyring] has several
// Ciphers, the current one first: it also opens messages that were sealed before the
// key was changed in the console, and returns the Cipher, since the answer must be
// sealed with the same key.
//
// SHA-1, and CBC without a MAC, are the platform's choice. The envelope alone does not
// protect a message from changes; the verified message signature does.
package crypto
