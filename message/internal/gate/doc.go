// Package gate makes a verified, decrypted body of a request to a callback URL, and
// seals the answer to it.
//
// The configuration alone decides how a request is checked. With a key only
// msg_signature and the one top-level Encrypt element count; without a key only
// signature and the plain elements; in cloud hosting, where nothing is signed, only
// the header x-wx-source. What a request says of itself, such as encrypt_type, is
// ignored.
//
// gate.go has the way of a request and the seal of its answer, query.go its
// parameters, body.go how its body is read, nonce.go and bind.go the rule that a
// signature is used once, refusal.go what is told to the log.
package gate
