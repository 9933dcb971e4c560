package token_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/token"
)

const secretValue = "TOP-SECRET-VALUE-57_abc"

// holders are the places in which a token may be when somebody prints it.
func holders(tok token.Token) map[string]any {
	type exported struct{ T token.Token }
	type unexported struct{ t token.Token }
	type pointer struct{ t *token.Token }
	type nested struct{ in map[string][]unexported }
	return map[string]any{
		"bare":            tok,
		"pointer":         &tok,
		"exported":        exported{tok},
		"exported behind": &exported{tok},
		"unexported":      unexported{tok},
		"unexported ptr":  &unexported{tok},
		"pointer field":   pointer{&tok},
		"pointer fields":  &pointer{&tok},
		"slice":           []token.Token{tok},
		"array":           [1]token.Token{tok},
		"map":             map[string]token.Token{"k": tok},
		"map key":         map[token.Token]int{tok: 1},
		"any":             []any{tok, &tok},
		"nested":          nested{map[string][]unexported{"a": {{tok}}}},
		"error":           fmt.Errorf("with %v and %+v: %w", tok, tok, errors.New("cause")),
	}
}

func requireNoSecret(t *testing.T, where, printed string) {
	t.Helper()
	for _, form := range []string{secretValue, fmt.Sprintf("%x", secretValue), fmt.Sprintf("%X", secretValue), fmt.Sprintf("% x", secretValue), fmt.Sprintf("%v", []byte(secretValue))} {
		require.NotContains(t, printed, strings.Trim(form, "[]"), where)
	}
}

func TestTokenIsNeverPrinted(t *testing.T) {
	tok := token.New(secretValue, time.Now().Add(time.Hour))
	for where, v := range holders(tok) {
		for verb := rune('A'); verb <= 'z'; verb++ {
			for _, flags := range []string{"", "+", "#", "-", " ", "0", "+#", "40", "5.3"} {
				requireNoSecret(t, where, fmt.Sprintf("%"+flags+string(verb), v))
			}
		}
		requireNoSecret(t, where, fmt.Sprint(v)+fmt.Sprintln(v))

		for _, source := range []bool{false, true} {
			var out bytes.Buffer
			options := &slog.HandlerOptions{AddSource: source, Level: slog.LevelDebug}
			for _, h := range []slog.Handler{slog.NewTextHandler(&out, options), slog.NewJSONHandler(&out, options)} {
				slog.New(h).With("with", v).Info("message", "token", v, slog.Group("group", "token", v))
			}
			requireNoSecret(t, where, out.String())
		}
		if raw, err := json.Marshal(v); err == nil {
			requireNoSecret(t, where, string(raw))
		} else {
			requireNoSecret(t, where, err.Error())
		}
		if raw, err := xml.Marshal(v); err == nil {
			requireNoSecret(t, where, string(raw))
		}
	}
}

func TestTokenPrintsAsRedacted(t *testing.T) {
	tok := token.New(secretValue, time.Time{})
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		require.Equal(t, "[redacted token]", fmt.Sprintf(format, tok), format)
	}
	raw, err := json.Marshal(struct{ T token.Token }{tok})
	require.NoError(t, err)
	require.Equal(t, `{"T":"[redacted token]"}`, string(raw))
}

func TestTokenHoldsWhatItWasGiven(t *testing.T) {
	end := time.Date(2030, 1, 2, 3, 4, 5, 6, time.UTC)
	tok := token.New("value", end)
	require.Equal(t, "value", tok.Value())
	require.Equal(t, end, tok.Expiry())
	require.False(t, tok.IsNone())

	var zero token.Token
	require.Empty(t, zero.Value())
	require.True(t, zero.Expiry().IsZero())
	require.False(t, zero.IsNone(), "no token at all is not the wish to send none")
}

func TestTokenSame(t *testing.T) {
	now := time.Now()
	none, err := token.None().Token(t.Context())
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		a, b token.Token
		want bool
	}{
		{"equal", token.New("a", now), token.New("a", now), true},
		{"other expiry", token.New("a", now), token.New("a", time.Time{}), true},
		{"other value", token.New("a", now), token.New("b", now), false},
		{"prefix", token.New("a", now), token.New("aa", now), false},
		{"zero", token.Token{}, token.Token{}, false},
		{"empty", token.New("", now), token.New("", now), false},
		{"none", none, none, false},
		{"none and zero", none, token.Token{}, false},
	} {
		require.Equal(t, c.want, c.a.Same(c.b), c.name)
		require.Equal(t, c.want, c.b.Same(c.a), c.name)
	}
}

func TestStaticAndNone(t *testing.T) {
	tok, err := token.Static("fixed").Token(t.Context())
	require.NoError(t, err)
	require.Equal(t, "fixed", tok.Value())
	require.False(t, tok.IsNone())

	_, err = token.Static("").Token(t.Context())
	require.ErrorIs(t, err, token.ErrEmpty)

	tok, err = token.None().Token(t.Context())
	require.NoError(t, err)
	require.True(t, tok.IsNone())
	require.Empty(t, tok.Value())
}

func TestSourcesAreNeverPrinted(t *testing.T) {
	synctest.Test(t, testSourcesAreNeverPrinted)
}

func testSourcesAreNeverPrinted(t *testing.T) {
	cfg := token.StableConfig{AppID: "wx0123456789abcdef", Secret: secretValue}
	stable, err := token.Stable(cfg)
	require.NoError(t, err)
	classic, err := token.Classic(token.ClassicConfig{AppID: cfg.AppID, Secret: cfg.Secret})
	require.NoError(t, err)
	remote, err := token.Remote(token.RemoteConfig{URL: "https://tokens.example.com/wx1", Key: secretValue})
	require.NoError(t, err)
	shared, err := token.Shared(memory(), stable, token.SharedConfig{})
	require.NoError(t, err)
	type exported struct{ C token.StableConfig }
	type unexported struct{ s token.Source }
	cache := token.Reuse(token.Static(secretValue), token.ReuseConfig{})
	_, err = cache.Token(t.Context())
	require.NoError(t, err)
	synctest.Wait() // a struct's fields are read while it is printed
	for _, v := range []any{
		token.ClassicConfig{AppID: "wx1", Secret: secretValue}, token.RemoteConfig{URL: "https://a.example", Key: secretValue},
		cfg, &cfg, exported{cfg}, &exported{cfg}, []token.StableConfig{cfg},
		stable, classic, remote, shared, token.Static(secretValue), cache,
		unexported{stable}, unexported{classic}, unexported{remote}, unexported{shared}, unexported{cache},
		unexported{token.Static(secretValue)}, &unexported{token.Static(secretValue)},
	} {
		for verb := rune('A'); verb <= 'z'; verb++ {
			if verb == 'p' || verb == 'w' {
				continue // fmt asks no method there, and vet refuses them for a struct
			}
			for _, flags := range []string{"", "+", "#"} {
				requireNoSecret(t, fmt.Sprintf("%T", v), fmt.Sprintf("%"+flags+string(verb), v))
			}
		}
		var out bytes.Buffer
		slog.New(slog.NewTextHandler(&out, nil)).Info("message", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("message", "v", v)
		requireNoSecret(t, fmt.Sprintf("%T", v), out.String())
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		requireNoSecret(t, fmt.Sprintf("%T", v), string(raw))
	}
}
