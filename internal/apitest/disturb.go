package apitest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Disturbed makes the call of every case whose Answer holds more than a code again, with
// answers in the loose forms that the platform uses:
//
//   - numbers in quotes, flags as 2, and members that nobody knows: the result stays Want;
//   - every list empty, in five forms: the result is the same for each;
//   - null for every value: the call does not fail.
func Disturbed(t *testing.T, cases []Case) {
	t.Helper()
	for _, c := range cases {
		if c.Fails != nil || c.Answer == "" {
			continue
		}
		name := c.Name
		if name == "" {
			name = c.Path
		}
		t.Run(name, func(t *testing.T) { c.disturbed(t) })
	}
}

func (c Case) disturbed(t *testing.T) {
	call := func(answer any) (any, error) {
		text, err := json.Marshal(answer)
		require.NoError(t, err)
		return c.Do(t.Context(), New(t, JSON(string(text))).Client())
	}
	loose := rewrite(decode(t, c.Answer), func(v any) any {
		switch v := v.(type) {
		case json.Number:
			return v.String()
		case bool:
			return map[bool]string{false: "", true: "2"}[v]
		case map[string]any:
			v["new_member"] = map[string]any{"a": []int{1}}
		}
		return v
	})
	got, err := call(loose)
	require.NoError(t, err, "%v", loose)
	require.Equal(t, c.Want, got, "%v", loose)

	var first string
	for i, empty := range []string{`[]`, `null`, `""`, `{}`, `{"item":[]}`} {
		form := rewrite(decode(t, c.Answer), func(v any) any {
			if _, list := v.([]any); list {
				return json.RawMessage(empty)
			}
			return v
		})
		got, err := call(form)
		require.NoError(t, err, "%v", form)
		text, err := json.Marshal(got)
		require.NoError(t, err)
		same := strings.ReplaceAll(string(text), "null", "[]") // a nil list is an empty one
		if i == 0 {
			first = same
		}
		require.Equal(t, first, same, "%s for a list", empty)
	}

	nothing := rewrite(decode(t, c.Answer), func(v any) any {
		switch v.(type) {
		case map[string]any, []any:
			return v
		}
		return nil
	})
	_, err = call(nothing)
	require.NoError(t, err, "%v", nothing)
}

func decode(t *testing.T, text string) any {
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	require.NoError(t, d.Decode(&v))
	return v
}

// rewrite replaces every value, from the inside out.
func rewrite(v any, change func(any) any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = rewrite(v[i], change)
		}
	case map[string]any:
		for key := range v {
			v[key] = rewrite(v[key], change)
		}
	}
	return change(v)
}
