// Package secrettest finds credentials in what values print.
package secrettest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
)

// Hides fails the test if v prints one of the secrets: with a verb of package fmt, in
// log/slog or in encoding/json, by itself or as an exported part of another value.
func Hides(t testing.TB, name string, v any, secrets ...string) {
	t.Helper()
	for _, holder := range holders(v) {
		printed := Print(holder)
		for _, secret := range secrets {
			for _, form := range forms(secret) {
				if strings.Contains(printed, form) {
					t.Errorf("%s in a %T shows the secret %q as %q", name, holder, secret, form)
				}
			}
		}
	}
}

// holders returns v and values that contain it.
func holders(v any) []any {
	all := []any{
		v, []any{v}, map[string]any{"v": v}, struct{ V any }{v}, &struct{ V any }{v},
		reflect.Append(reflect.MakeSlice(reflect.SliceOf(reflect.TypeOf(v)), 0, 1), reflect.ValueOf(v)).Interface(),
	}
	if reflect.TypeOf(v).Kind() != reflect.Pointer {
		pointer := reflect.New(reflect.TypeOf(v))
		pointer.Elem().Set(reflect.ValueOf(v))
		all = append(all, pointer.Interface())
	}
	return all
}

// Print returns v in every form that a log may contain. For the verbs %p, %T and %w
// package fmt calls no method; they are left out.
func Print(v any) string {
	var b bytes.Buffer
	for verb := rune('A'); verb <= 'z'; verb++ {
		if strings.ContainsRune("pTw", verb) {
			continue
		}
		for _, flags := range []string{"", "+", "#", " ", "0", "+#", "-60.50"} {
			fmt.Fprintf(&b, "%"+flags+string(verb)+"\n", v)
		}
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(h).Info("x", "v", v, slog.Group("g", "v", v))
	}
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	if err := out.Encode(map[string]any{"v": v}); err != nil {
		fmt.Fprintln(&b, err)
	}
	return b.String()
}

// forms returns a secret as it may be printed.
func forms(secret string) []string {
	raw := []byte(secret)
	all := []string{
		secret, fmt.Sprintf("%x", raw), fmt.Sprintf("%X", raw), fmt.Sprintf("% x", raw), fmt.Sprintf("% X", raw),
		strings.Trim(fmt.Sprint(raw), "[]"), strings.Trim(fmt.Sprintf("%#v", raw), "[]byte{}"),
	}
	for start := range 3 { // the secret in the middle of a text
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, start), raw...))
		all = append(all, text[(start*8+5)/6:len(text)-1])
	}
	return all
}
