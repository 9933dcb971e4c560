package tree_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// outline writes a tree as text, an element a line. The text of an element with
// children is left out: none of the platform's has any.
func outline(e tree.Element) string {
	var b strings.Builder
	var walk func(e tree.Element, depth int)
	walk = func(e tree.Element, depth int) {
		children := 0
		for range e.Children() {
			children++
		}
		fmt.Fprintf(&b, "%*s%s", depth, "", e.Name())
		if children == 0 {
			fmt.Fprintf(&b, " %q", e.Bytes())
		}
		b.WriteByte('\n')
		for c := range e.Children() {
			walk(c, depth+1)
		}
	}
	walk(e, 0)
	return b.String()
}

// errNotJudged says that a document is outside of what both readers promise.
var errNotJudged = errors.New("not judged")

// oracle is the outline by encoding/xml, of a document that was cleaned before.
func oracle(doc []byte) (string, error) {
	type element struct {
		name     string
		text     []byte
		cdata    bool // it has a CDATA section, so that white space around that does not count
		children []*element
	}
	// Token checks that tags match, RawToken leaves the names as they are.
	checked, raw := xml.NewDecoder(bytes.NewReader(doc)), xml.NewDecoder(bytes.NewReader(doc))
	top := &element{}
	stack := []*element{top}
	elements := 0
	for {
		if _, err := checked.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return "", err
		}
		from := raw.InputOffset()
		token, err := raw.RawToken()
		if err != nil {
			return "", err
		}
		current := stack[len(stack)-1]
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			if token.Name.Space != "" {
				name = token.Name.Space + ":" + name
			}
			e := &element{name: name}
			current.children = append(current.children, e)
			stack = append(stack, e)
			if elements++; elements > tree.MaxElements || len(stack)-1 > tree.MaxDepth {
				return "", errNotJudged
			}
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			written := string(doc[from:raw.InputOffset()])
			switch {
			case current == top && strings.TrimSpace(written) != "":
				return "", errNotJudged
			case strings.HasPrefix(written, "<![CDATA["):
				if !current.cdata && strings.Trim(string(current.text), " \n\t") == "" {
					current.text = nil
				}
				current.cdata = true
			case current.cdata && strings.Trim(written, " \n\t") == "":
				continue
			}
			current.text = append(current.text, token...)
		case xml.Directive:
			return "", errNotJudged
		}
	}
	if len(top.children) != 1 {
		return "", errNotJudged
	}
	var b strings.Builder
	var walk func(e *element, depth int)
	walk = func(e *element, depth int) {
		fmt.Fprintf(&b, "%*s%s", depth, "", e.name)
		if len(e.children) == 0 {
			fmt.Fprintf(&b, " %q", e.text)
		}
		b.WriteByte('\n')
		for _, c := range e.children {
			walk(c, depth+1)
		}
	}
	walk(top.children[0], 0)
	return b.String(), nil
}

// agree fails the test when ReadXML reads less, or otherwise, than encoding/xml.
func agree(t *testing.T, doc []byte) {
	t.Helper()
	var ours tree.Tree
	err := ours.ReadXML(doc)
	if err != nil && !errors.Is(err, tree.ErrSyntax) && !errors.Is(err, tree.ErrDoctype) && !errors.Is(err, tree.ErrTooComplex) {
		t.Fatalf("error of no kind: %v", err)
	}
	require.Equal(t, string(doc), ours.Source())
	for c := range ours.Root().Children() {
		require.Equal(t, string(ours.Root().Child(c.Name()).Bytes()), ours.Root().Text(c.Name()), "a shared text is the text")
	}
	want, oracleErr := oracle(bytes.TrimPrefix(tree.Clean(doc), []byte("\uFEFF")))
	if oracleErr != nil {
		return // we may be more lenient, but may not panic
	}
	require.NoError(t, err)
	require.Equal(t, want, outline(ours.Root()))
}

func corpus(t testing.TB) [][]byte {
	files, err := filepath.Glob("../../testdata/callback/*.xml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var docs [][]byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		docs = append(docs, b)
	}
	return docs
}

func TestReadXMLAgreesWithEncodingXML(t *testing.T) {
	for _, doc := range corpus(t) {
		agree(t, doc)
	}
}

func FuzzReadXML(f *testing.F) {
	for _, doc := range corpus(f) {
		f.Add(doc)
	}
	for _, doc := range []string{
		"<a>\n<![CDATA[x]]> <b> </b>\n</a>", "<a> &#32;<!-- --><![CDATA[]]> &#10;</a>",
		`<a b="1" c='>'><!-- < --><?pi ?><d/>x<![CDATA[y]]>&amp;&#x4e2d;&#20013;</a>`,
		"<xml>\r\n<A>\r</A><A> ]]&gt; </A></xml>", "<a><b>&lt;</b>t<c/>u</a>", "<\u4e2d:x>\x02\xff\uFFFE</\u4e2d:x>",
		"<a>&#0000000000000000000000000000000000000000065;&#xD800;&nbsp;& &;&#;</a>",
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(agree)
}

func TestReadXML(t *testing.T) {
	for _, tc := range []struct{ name, doc, want string }{
		{"entities", `<a>&lt;&gt;&amp;&apos;&quot;&#65;&#x4E2D;</a>`, "a \"<>&'\\\"A\u4e2d\"\n"},
		{"unknown entity stays", `<a>&nbsp; & &; &#; &#x; &#xZ; &#99999999;</a>`, "a \"&nbsp; & &; &#; &#x; &#xZ; &#99999999;\"\n"},
		{"reference to a forbidden character", `<a>x&#2;y&#xFFFF;</a>`, "a \"xy\"\n"},
		{"pieces", `<a>1<![CDATA[<2>]]>3<!-- no -->4<?no?>&lt;</a>`, "a \"1<2>34<\"\n"},
		{"white space around CDATA", "<a>\n <![CDATA[hi]]> \n</a>", "a \"hi\"\n"},
		{"white space inside CDATA", "<a> <![CDATA[ hi\n]]> </a>", "a \" hi\\n\"\n"},
		{"white space around empty CDATA", "<a>\n<![CDATA[]]>\n</a>", "a \"\"\n"},
		{"white space between CDATA", "<a>\n<![CDATA[x]]>\n<![CDATA[ y]]><!-- z -->\n</a>", "a \"x y\"\n"},
		{"white space around CDATA and a comment", "<a> <!-- x --> <![CDATA[hi]]></a>", "a \"hi\"\n"},
		{"white space of other scripts around CDATA", "<a>\u3000<![CDATA[hi]]>\u00a0</a>", fmt.Sprintf("a %q\n", "\u3000hi\u00a0")},
		{"text around CDATA", "<a> x <![CDATA[hi]]> y </a>", "a \" x hi y \"\n"},
		{"white space without CDATA", "<a>\n x </a>", "a \"\\n x \"\n"},
		{"split CDATA", `<a><![CDATA[x]]]]><![CDATA[>y]]></a>`, "a \"x]]>y\"\n"},
		{"empty CDATA", `<a><![CDATA[]]></a>`, "a \"\"\n"},
		{"self-closing", `<a><b/><c /></a>`, "a\n b \"\"\n c \"\"\n"},
		{"attributes", `<a b="</a>" c = '"'><d/></a >`, "a\n d \"\"\n"},
		{"siblings and nesting", `<a><b><c>1</c><c>2</c></b><b>3</b></a>`, "a\n b\n  c \"1\"\n  c \"2\"\n b \"3\"\n"},
		{"prolog and epilog", "\uFEFF<?xml version=\"1.0\"?>\n<!-- x --><a/>\n<!-- y -->\n", "a \"\"\n"},
		{"forbidden characters", "\x00<a\x01>\x02x\x1dy\uFFFE\uFFFF\xff\xc0</a>\x00", "a \"xy\"\n"},
		{"cut rune", "<a>\xe4\xb8</a>", "a \"\"\n"},
		{"line ends", "<a>1\r\n2\r3\n4</a>", "a \"1\\n2\\n3\\n4\"\n"},
		{"other planes", "<a>👨‍👩‍👧\u007f\u0085</a>", fmt.Sprintf("a %q\n", "👨‍👩‍👧\u007f\u0085")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got tree.Tree
			require.NoError(t, got.ReadXML([]byte(tc.doc)))
			require.Equal(t, tc.want, outline(got.Root()))
		})
	}
}

func TestReadXMLRefuses(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	wide := func(n int) string { return "<a>" + strings.Repeat("<b/>", n) + "</a>" }
	for _, tc := range []struct {
		name, doc string
		want      error
	}{
		{"nothing", "", tree.ErrSyntax},
		{"no element", " \n", tree.ErrSyntax},
		{"text", "hello", tree.ErrSyntax},
		{"text before", "x<a/>", tree.ErrSyntax},
		{"text behind", "<a/>x", tree.ErrSyntax},
		{"CDATA before", "<![CDATA[x]]><a/>", tree.ErrSyntax},
		{"two roots", "<a/><b/>", tree.ErrSyntax},
		{"second root open", "<a></a><b>", tree.ErrSyntax},
		{"end without start", "</a>", tree.ErrSyntax},
		{"wrong end", "<a></b>", tree.ErrSyntax},
		{"wrong prefix", "<x:a></y:a>", tree.ErrSyntax},
		{"crossed", "<a><b></a></b>", tree.ErrSyntax},
		{"cut in tag", "<a", tree.ErrSyntax},
		{"cut behind <", "<a><", tree.ErrSyntax},
		{"cut in end tag", "<a></a", tree.ErrSyntax},
		{"cut in text", "<a>x", tree.ErrSyntax},
		{"cut in CDATA", "<a><![CDATA[x]]", tree.ErrSyntax},
		{"cut in comment", "<a><!-- -", tree.ErrSyntax},
		{"cut in attribute", `<a b="`, tree.ErrSyntax},
		{"attribute without value", `<a b></a>`, tree.ErrSyntax},
		{"attribute without quotes", `<a b=c></a>`, tree.ErrSyntax},
		{"slash inside a tag", `<a / ></a>`, tree.ErrSyntax},
		{"name with a digit first", `<1></1>`, tree.ErrSyntax},
		{"no name", `<></>`, tree.ErrSyntax},
		{"document type", `<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>`, tree.ErrDoctype},
		{"document type inside", `<a><!ENTITY x "y"></a>`, tree.ErrDoctype},
		{"too deep", deep(tree.MaxDepth + 1), tree.ErrTooComplex},
		{"too many", wide(tree.MaxElements), tree.ErrTooComplex},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got tree.Tree
			require.ErrorIs(t, got.ReadXML([]byte(tc.doc)), tc.want)
			require.False(t, got.Root().Found(), "a refused document leaves nothing")
		})
	}
	var got tree.Tree
	require.NoError(t, got.ReadXML([]byte(deep(tree.MaxDepth))))
	require.NoError(t, got.ReadXML([]byte(wide(tree.MaxElements-1))))
}

// A document made to be copied over and over must take no more memory than it
// has bytes.
func TestReadXMLStaysLinear(t *testing.T) {
	doc := []byte("<a>" + strings.Repeat("&lt;<b>&lt;x&lt;</b>y&", 5000) + "</a>")
	var got tree.Tree
	require.NoError(t, got.ReadXML(doc))
	allocated := testing.AllocsPerRun(5, func() { _ = got.ReadXML(doc) })
	require.LessOrEqual(t, allocated, 1.0)
}
