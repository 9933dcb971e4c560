package token_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/seed-f21aa8d8/wechat/token"
)

// FuzzStoredRecord has anything lie in the store where a record should be. Whatever
// it is, a usable token comes, and what is no record is neither used nor overwritten.
func FuzzStoredRecord(f *testing.F) {
	f.Add([]byte(`{"v":1,"seq":1,"token":"stored","expiry":4102444800000,"obtained":1,"asked":1}`))
	f.Add([]byte(`{"v":1,"seq":1,"token":"stored","expiry":4102444800000,"obtained":1,"asked":1,"rejected":true}`))
	f.Add([]byte(`{"v":2,"seq":1,"token":"stored","expiry":4102444800000}`))
	f.Add([]byte(`{"v":1,"seq":18446744073709551615,"token":"t","expiry":9223372036854775807,"obtained":-9223372036854775808,"asked":9223372036854775807}`))
	f.Add([]byte(`{"v":1,"token":"t","expiry":1}{}`))
	f.Add([]byte(`87_plain-token`))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		st := memory()
		key := testIdentity.Key()
		if err := st.Set(t.Context(), key, raw, 0); err != nil {
			t.Fatal(err)
		}
		s, err := token.Shared(st, numbered(0, time.Hour), token.WithIdentity(testIdentity))
		if err != nil {
			t.Fatal(err)
		}
		tok, err := s.Token(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if tok.Value() == "" || !time.Now().Before(tok.Expiry()) {
			t.Fatalf("%q gave a token that cannot be used", raw)
		}
		after, _, err := st.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		var rec struct {
			Token string
		}
		if !json.Valid(raw) && !bytes.Equal(after, raw) {
			t.Fatalf("%q was overwritten", raw)
		}
		if err := json.Unmarshal(after, &rec); err == nil && !bytes.Equal(after, raw) && rec.Token != tok.Value() {
			t.Fatalf("%q: another token was stored than given", raw)
		}
		if err := s.(token.Invalidator).Invalidate(t.Context(), tok); err == nil && bytes.Equal(after, raw) && tok.Value() == "token-1" {
			t.Fatalf("%q is no record, and yet could be marked", raw)
		}
	})
}

// FuzzRemoteAnswer has a token server answer anything.
func FuzzRemoteAnswer(f *testing.F) {
	f.Add(200, []byte(`{"token":"good","expires_in":7000}`))
	f.Add(200, []byte(`{"token":"good"}`))
	f.Add(200, []byte(`{"token":"good","expires_in":9223372036854775807}`))
	f.Add(200, []byte(`{"token":"good","expires_in":-1}`))
	f.Add(409, []byte(`{"error":"still_rejected"}`))
	f.Add(502, []byte(`{"error":"unavailable","errcode":40164,"errmsg":"invalid ip 1.2.3.4"}`))
	f.Add(500, []byte("\xff\x00<html>"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		src, err := token.Remote("https://tokens.example.com/wx1", remoteKey, token.WithHTTPClient(&http.Client{
			Transport: roundTrip(func(*http.Request) (*http.Response, error) { return answer(status, string(body)), nil }),
		}))
		if err != nil {
			t.Fatal(err)
		}
		tok, err := src.Token(t.Context())
		switch {
		case err == nil && tok.Value() == "":
			t.Fatalf("%q gave neither a token nor an error", body)
		case err == nil && status != 200:
			t.Fatalf("HTTP %d gave a token", status)
		case err == nil && !tok.Expiry().IsZero() && !time.Now().Before(tok.Expiry()):
			t.Fatalf("%q gave an expired token", body)
		case err != nil && bytes.ContainsAny([]byte(err.Error()), "\x00\n\r"):
			t.Fatalf("%q gave an error of several lines: %q", body, err)
		}
		_ = src.(token.Invalidator).Invalidate(t.Context(), token.New("stale", time.Time{}))
	})
}
