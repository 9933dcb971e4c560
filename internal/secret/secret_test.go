package secret_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/secret/secrettest"
)

const value = "hunter2-hunter2"

type holder struct {
	Open   secret.String
	closed secret.String
	deep   *holder
	list   []secret.String
	byName map[string]secret.String
	any    any
}

// config is a Config as Describe's documentation shows it.
type config struct {
	AppID   string
	Secret  string
	Timeout time.Duration
	Hosts   []string
}

func (c config) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, secret.Describe(c, "AppID", "Timeout", "Hosts"))
}
func (c config) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }

// printed is v in every form that a log may contain, also with the verbs for which package
// fmt calls no method.
func printed(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	for verb := rune('A'); verb <= 'z'; verb++ {
		for _, flag := range []string{"", "+", "#", " ", "-20.3", "0"} {
			fmt.Fprintf(&b, "%"+flag+string(verb)+"\n", v)
		}
	}
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v, slog.Group("g", "v", v))
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v, slog.Group("g", "v", v))
	raw, err := json.Marshal(map[string]any{"v": v})
	require.NoError(t, err)
	b.Write(raw)
	return b.String()
}

func TestStringIsNotPrinted(t *testing.T) {
	t.Parallel()
	s := secret.New(value)
	h := holder{s, s, &holder{s, s, nil, nil, nil, s}, []secret.String{s}, map[string]secret.String{"k": s}, s}
	for name, v := range map[string]any{
		"value": s, "pointer": &s, "struct": h, "struct pointer": &h, "slice": []secret.String{s},
		"map": map[string]secret.String{"k": s}, "interface": []any{s, h},
	} {
		require.NotContains(t, printed(t, v), value, name)
		require.NotContains(t, printed(t, v), "68756e74657232", name) // in hexadecimal
	}
	require.Equal(t, "[redacted]", fmt.Sprint(s))
	require.Equal(t, "[redacted]", fmt.Sprintf("%#v", s))
	raw, err := xml.Marshal(h)
	require.NoError(t, err)
	require.NotContains(t, string(raw), value)
}

func TestStringValue(t *testing.T) {
	t.Parallel()
	require.Equal(t, value, secret.New(value).Value())
	require.False(t, secret.New(value).IsEmpty())
	for _, empty := range []secret.String{{}, secret.New("")} {
		require.True(t, empty.IsEmpty())
		require.Empty(t, empty.Value())
	}
}

func TestStringEqual(t *testing.T) {
	t.Parallel()
	require.True(t, secret.New(value).Equal(secret.New(value)))
	require.False(t, secret.New(value).Equal(secret.New(value+"x")))
	require.False(t, secret.New(value).Equal(secret.String{}))
	require.True(t, secret.String{}.Equal(secret.New("")))
}

func TestDescribeShowsOnlyTheNamedFields(t *testing.T) {
	t.Parallel()
	c := config{AppID: "wx1", Secret: value, Timeout: time.Second, Hosts: []string{"a", "b"}}
	require.Equal(t, `secret_test.config{AppID:"wx1", Timeout:1s, Hosts:[a b]}`, fmt.Sprint(c))
	require.Equal(t, fmt.Sprint(c), secret.Describe(&c, "AppID", "Timeout", "Hosts"))
	require.Equal(t, "secret_test.config{}", secret.Describe(c))
	secrettest.Hides(t, "config", c, value)
	require.Panics(t, func() { secret.Describe(c, "Appid") })
}
