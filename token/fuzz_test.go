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
	f.Add([]byte(`{"v":2,"seq":1,"token":"stored","expiry":"2099-01-01T00:00:00Z","obtained":"2026-01-01T00:00:00Z","asked":"2026-01-01T00:00:00Z"}`))
	f.Add([]byte(`{"v":2,"seq":1,"token":"stored","expiry":"2099-01-01T00:00:00Z","rejected":{"current":true,"count":1,"until":"2026-01-01T00:00:00Z"}}`))
	f.Add([]byte(`{"v":2,"seq":1,"token":"stored","expiry":"2099-01-01T00:00:00Z","rejected":{"current":false,"count":-9223372036854775808,"until":"9999-12-31T23:59:59Z"}}`))
	f.Add([]byte(`{"v":1,"seq":1,"token":"stored","expiry":4102444800000}`))
	f.Add([]byte(`{"v":2,"seq":18446744073709551615,"token":"t","expiry":"9999-12-31T23:59:59Z","obtained":"0001-01-01T00:00:00Z","asked":"9999-12-31T23:59:59Z"}`))
	f.Add([]byte(`{"v":2,"token":"t","expiry":"2020-01-01T00:00:00Z"}{}`))
	f.Add([]byte(`87_plain-token`))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		st := memory()
		key := testKey
		if err := st.Set(t.Context(), key, raw, 0); err != nil {
			t.Fatal(err)
		}
		s, err := token.Shared(st, numbered(0, time.Hour), token.SharedConfig{Key: testKey})
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
		if err := s.Invalidate(t.Context(), tok); err == nil && bytes.Equal(after, raw) && tok.Value() == "token-1" {
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
		src, err := token.Remote(token.RemoteConfig{URL: "https://tokens.example.com/wx1", Key: remoteKey, HTTPClient: &http.Client{
			Transport: roundTrip(func(*http.Request) (*http.Response, error) { return answer(status, string(body)), nil }),
		}})
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
		_ = src.Invalidate(t.Context(), token.New("stale", time.Time{}))
	})
}
