package apitest

import (
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Disturb makes a call that decodes a JSON answer again and again, with the answer in
// every loose form that the platform uses. It fails if a form changes the result:
//
//   - numbers in quotes, whole numbers as 1.0, ids as numbers, true and false as numbers
//     and in quotes, and unknown members give the same result;
//   - a flag that is 1 has the same result as 2, unless 0, 1 and 2 are three results;
//   - an empty list has the same result in all five forms;
//   - null for a member has the same result as an answer without the member.
//
// A nil list or map is the same as an empty one.
func Disturb(t *testing.T, answer string, call func(answer string) (any, error)) {
	t.Helper()
	want, err := call(answer)
	require.NoError(t, err)
	d := disturbance{T: t, answer: answer, call: call, want: want}
	d.members() // first, because the decoder remembers types whose answers were loose
	d.lists()
	d.flags()
	for _, form := range forms {
		text := rewritten(t, answer, form.change)
		d.equal(want, text, form.name)
	}
}

type disturbance struct {
	*testing.T
	answer string
	call   func(answer string) (any, error)
	want   any // result of the answer as it is
}

// equal checks that the call returns want for an answer.
func (d *disturbance) equal(want any, answer, form string) {
	d.Helper()
	got, err := d.call(answer)
	require.NoError(d, err, "%s: %s", form, answer)
	if !same(want, got) {
		require.Equal(d, want, got, "%s: %s", form, answer)
		d.Errorf("%s: another result: %s", form, answer) // for testify they are equal
	}
}

var wholeNumber = regexp.MustCompile(`^(0|-?[1-9]\d{0,17})$`)

// forms are loose forms of an answer that mean the same.
var forms = []struct {
	name   string
	change func(any) any
}{
	{"unknown members", func(v any) any {
		if object, ok := v.(map[string]any); ok && !forList(object) {
			object["new_member"] = map[string]any{"a": []any{1, "b", nil}}
		}
		return v
	}},
	{"numbers in quotes", number(func(n string) any { return n })},
	{"whole numbers with a point", number(func(n string) any {
		if wholeNumber.MatchString(n) {
			n += ".0"
		}
		return json.Number(n)
	})},
	{"texts as numbers", func(v any) any {
		if text, ok := v.(string); ok && wholeNumber.MatchString(text) {
			return json.Number(text)
		}
		return v
	}},
	{"flags as 0 and 1", flag(0, 1)},
	{"flags as 0 and 2", flag(0, 2)},
	{"flags as 0 and 1 in quotes", flag("0", "1")},
	{"flags as empty text and 2 in quotes", flag("", "2")},
	{"flags as words in quotes", flag("false", "true")},
}

// forList reports whether an object may stand for a list.
func forList(object map[string]any) bool {
	_, item := object["item"]
	return len(object) == 0 || len(object) == 1 && item
}

func number(change func(string) any) func(any) any {
	return func(v any) any {
		if n, ok := v.(json.Number); ok {
			return change(n.String())
		}
		return v
	}
}

func flag(no, yes any) func(any) any {
	return func(v any) any {
		switch v {
		case false:
			return no
		case true:
			return yes
		}
		return v
	}
}

// flags gives each number that is 1 the values 0 and 2. If these have the same result, and
// 1 has another, the call takes the number for a flag, and 2 for a no.
func (d *disturbance) flags() {
	for i := range count(d.T, d.answer, isOne) {
		no, err := d.call(replaced(d.T, d.answer, isOne, i, `0`))
		if err != nil || same(d.want, no) {
			continue
		}
		text := replaced(d.T, d.answer, isOne, i, `2`)
		if yes, err := d.call(text); err == nil && same(no, yes) {
			d.Errorf("2 means the same as 0: %s", text)
		}
	}
}

func isOne(v any) bool { return v == json.Number("1") }

// lists makes each list of the answer empty.
func (d *disturbance) lists() {
	for i := range count(d.T, d.answer, isList) {
		none, err := d.call(replaced(d.T, d.answer, isList, i, `[]`))
		if err != nil {
			continue // the call demands an element
		}
		for _, form := range []string{`{}`, `""`, `null`, `{"item":{}}`, `{"item":[]}`} {
			d.equal(none, replaced(d.T, d.answer, isList, i, form), form+" for a list")
		}
	}
}

func isList(v any) bool { _, ok := v.([]any); return ok }

// members makes each member of the answer null.
func (d *disturbance) members() {
	for i := range count(d.T, d.answer, isMember) {
		null := removed(d.T, d.answer, i, false)
		want, err := d.call(removed(d.T, d.answer, i, true))
		if err != nil {
			_, err = d.call(null)
			require.Error(d, err, null)
			continue
		}
		d.equal(want, null, "null for a member")
	}
}

func isMember(v any) bool { _, ok := v.(member); return ok }

// member stands for a member of an object where answers are searched.
type member struct {
	object map[string]any
	key    string
}

// removed returns the answer whose member number i is null or, with absent, is gone.
func removed(t *testing.T, answer string, i int, absent bool) string {
	return changed(t, answer, isMember, i, func(v any) any {
		m := v.(member)
		if m.object[m.key] = nil; absent {
			delete(m.object, m.key)
		}
		return nil
	})
}

// replaced returns the answer with another value for the value number i that match
// accepts.
func replaced(t *testing.T, answer string, match func(any) bool, i int, value string) string {
	return changed(t, answer, match, i, func(any) any { return json.RawMessage(value) })
}

// changed returns the answer with a change of the value number i that match accepts.
func changed(t *testing.T, answer string, match func(any) bool, i int, change func(any) any) string {
	return rewritten(t, answer, func(v any) any {
		if !match(v) {
			return v
		}
		if i--; i == -1 {
			return change(v)
		}
		return v
	})
}

func count(t *testing.T, answer string, match func(any) bool) (n int) {
	rewritten(t, answer, func(v any) any {
		if match(v) {
			n++
		}
		return v
	})
	return n
}

// rewritten returns the answer with a change of every value, in a fixed order, from the
// inside out. For each member of an object, change also gets a member.
func rewritten(t *testing.T, answer string, change func(any) any) string {
	d := json.NewDecoder(strings.NewReader(answer))
	d.UseNumber()
	var v any
	require.NoError(t, d.Decode(&v))
	text, err := json.Marshal(rewrite(v, change))
	require.NoError(t, err)
	return string(text)
}

func rewrite(v any, change func(any) any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = rewrite(v[i], change)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			v[key] = rewrite(v[key], change)
			change(member{v, key})
		}
	}
	return change(v)
}

func same(a, b any) bool { return sameValue(reflect.ValueOf(a), reflect.ValueOf(b)) }

// sameValue reports whether two values are equal. A nil list or map equals an empty one.
func sameValue(a, b reflect.Value) bool {
	if !a.IsValid() || !b.IsValid() || a.Type() != b.Type() {
		return a.IsValid() == b.IsValid() && !a.IsValid()
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		return a.IsNil() == b.IsNil() && (a.IsNil() || sameValue(a.Elem(), b.Elem()))
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !sameValue(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Map:
		if a.Len() != b.Len() {
			return false
		}
		for _, key := range a.MapKeys() {
			if !sameValue(a.MapIndex(key), b.MapIndex(key)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range a.NumField() {
			if !sameValue(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Func:
		return a.IsNil() && b.IsNil()
	}
	return a.Equal(b)
}
