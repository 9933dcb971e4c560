// Package gate makes a verified, decrypted body of a request to a callback URL, and
// seals the answer to it.
//
// The configuration alone decides how a request is checked. With a key only
// msg_signature and the one top-level Encrypt element count; without a key only
// signature and the plain elements; in cloud hosting, where nothing is signed, only
// the header x-wx-source. What a request says about itself, such as encrypt_type, is
// ignored.
//
// gate.go verifies and decrypts a request and seals its answer, query.go parses its
// parameters, body.go reads its body, nonce.go and bind.go hold the rule that a signature
// is used once, refusal.go has the texts for the log.
package gate
