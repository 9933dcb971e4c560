package markdown_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/markdown"
)

func TestPrefix(t *testing.T) {
	for _, c := range []struct{ name, source, text, rest string }{
		{"nothing", "", "", ""},
		{"half a word", "Hel", "", "Hel"},
		{"no sentence", "Hello world", "", "Hello world"},
		{"sentence", "One. Two", "One.", " Two"},
		{"Chinese sentence", "第一。第二", "第一。", "第二"},
		{"a sentence that may go on", "第一。", "", "第一。"},
		{"quotation marks", "他说“好。”然后", "", "他说“好。”然后"},
		{"paragraph", "a\n\nb", "a", "b"},
		{"open emphasis", "A. **B. C", "A.", " **B. C"},
		{"open link", "A. [B. C](https://exa. x", "A.", " [B. C](https://exa. x"},
		{"open formula", "A. $B. C", "A.", " $B. C"},
		{"list", "- a\n- b\n- c", "• a\n• b", "- c"},
		{"nested list", "1. a\n   - b\n   - c", "", "1. a\n   - b\n   - c"},
		{"heading", "# A\nb", "【A】", "b"},
		{"unfinished heading", "a\n# A", "a", "# A"},
		{"table", "| a |\n|---|\n| b |\n", "", "| a |\n|---|\n| b |\n"},
		{"finished table", "| a |\n|---|\n| b |\n\nx", "• a: b", "x"},
		{"code", "```go\na()\n\nb()\nc", "a()\n\nb()", "```go\nc"},
		{"begin of code", "a\n```go\n", "a", "```go\n"},
		{"finished code", "```\na\n```\nb", "a", "b"},
		{"code after code", "~~~\na\n~~~\n~~~~x\nb\n~~~\nc\n", "a\n\nb\n~~~\nc", "~~~~x\n"},
		{"formula block", "a\n\n$$\nx\n\ny\n", "a", "$$\nx\n\ny\n"},
		{"finished formula block", "$$\nx\n$$\ny", "x", "y"},
		{"half a character", "第一。\xe7", "第一。", "\xe7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, rest := markdown.Prefix(c.source)
			require.Equal(t, c.text, text)
			require.Equal(t, c.rest, rest)
		})
	}
}

// TestPrefixLosesNothing renders a document in pieces of every size.
func TestPrefixLosesNothing(t *testing.T) {
	want := letters(markdown.Text(document))
	for size := 1; size < len(document); size += 1 + size/16 {
		var got, source string
		for pos := 0; pos < len(document); pos += size {
			source += document[pos:min(pos+size, len(document))]
			var text string
			text, source = markdown.Prefix(source)
			got += text
		}
		require.Equal(t, want, letters(got+markdown.Text(source)), "pieces of %d bytes", size)
	}
}

// letters returns a text without white space.
func letters(s string) string { return strings.Join(strings.Fields(s), "") }

func FuzzPrefix(f *testing.F) {
	for _, seed := range []string{document, "```\na\n", "$$\n", "a。b", "- a\n- b", "\xe3\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		text, rest := markdown.Prefix(source)
		require.LessOrEqual(t, len(rest), len(source))
		if text == "" {
			return
		}
		require.NotContains(t, ownTag.ReplaceAllString(text, "$1"), "<")
		_, again := markdown.Prefix(rest)
		require.LessOrEqual(t, len(again), len(rest))
	})
}

func ExamplePrefix() {
	var source string
	for _, piece := range []string{"Two steps:\n\n- Op", "en the **menu**\n- Ch", "oose *Orders*"} {
		var text string
		if text, source = markdown.Prefix(source + piece); text != "" {
			fmt.Println("send:", text)
		}
	}
	fmt.Println("send:", markdown.Text(source))
	// Output:
	// send: Two steps:
	// send: • Open the menu
	// send: • Choose Orders
}
