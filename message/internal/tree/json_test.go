package tree_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

func TestReadJSON(t *testing.T) {
	for _, tc := range []struct{ name, doc, want string }{
		{"scalars", `{"s":"x","n":18446744073709551615,"f":1.50,"t":true,"b":false,"z":null}`,
			"xml\n s \"x\"\n n \"18446744073709551615\"\n f \"1.50\"\n t \"true\"\n b \"false\"\n z \"\"\n"},
		{"object", `{"a":{"b":{"c":"1"}},"d":"2"}`, "xml\n a\n  b\n   c \"1\"\n d \"2\"\n"},
		{"array of objects", `{"List":[{"a":1},{"a":2}],"x":3}`, "xml\n List\n  a \"1\"\n List\n  a \"2\"\n x \"3\"\n"},
		{"array of scalars, nested and empty", `{"i":[1,[2,3],[]],"e":[],"o":{}}`, "xml\n i \"1\"\n i \"2\"\n i \"3\"\n o \"\"\n"},
		{"repeated member", `{"a":1,"a":2}`, "xml\n a \"1\"\n a \"2\"\n"},
		{"forbidden characters", `{"a":"x\u0002\ud800y\uffff"}`, "xml\n a \"x\uFFFDy\"\n"},
		{"empty", ` {} `, "xml \"\"\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got tree.Tree
			require.NoError(t, got.ReadJSON([]byte(tc.doc)))
			require.Equal(t, tc.want, outline(got.Root()))
		})
	}
}

func TestReadJSONRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, doc string
		want      error
	}{
		{"nothing", ``, tree.ErrSyntax},
		{"array", `[]`, tree.ErrSyntax},
		{"scalar", `1`, tree.ErrSyntax},
		{"cut off", `{"a":{"b":1`, tree.ErrSyntax},
		{"cut behind a name", `{"a"`, tree.ErrSyntax},
		{"data behind", `{}{}`, tree.ErrSyntax},
		{"XML", `<xml/>`, tree.ErrSyntax},
		{"too deep", strings.Repeat(`{"a":`, tree.MaxDepth+1) + "1" + strings.Repeat("}", tree.MaxDepth+1), tree.ErrTooComplex},
		{"arrays too deep", `{"a":` + strings.Repeat("[", tree.MaxDepth+1) + strings.Repeat("]", tree.MaxDepth+1) + "}", tree.ErrTooComplex},
		{"too many", `{"a":[` + strings.Repeat("1,", tree.MaxElements) + `1]}`, tree.ErrTooComplex},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got tree.Tree
			require.ErrorIs(t, got.ReadJSON([]byte(tc.doc)), tc.want)
			require.False(t, got.Root().Found())
		})
	}
}

func FuzzReadJSON(f *testing.F) {
	for _, doc := range []string{`{"a":[1,{"b":"c"}],"d":null}`, `{"a":"\u0002"}`, `{`, `[]`} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var got tree.Tree
		if err := got.ReadJSON(doc); err != nil {
			require.True(t, errors.Is(err, tree.ErrSyntax) || errors.Is(err, tree.ErrTooComplex), err)
			return
		}
		require.NotEmpty(t, outline(got.Root()))
	})
}
