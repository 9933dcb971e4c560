package tree_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

func root(t *testing.T, doc string) tree.Element {
	t.Helper()
	var read tree.Tree
	require.NoError(t, read.ReadXML([]byte(doc)))
	return read.Root()
}

func TestElement(t *testing.T) {
	e := root(t, `<xml>
		<id> <![CDATA[x]]> </id><ID>y</ID><id>second</id>
		<text> a b </text>
		<n> -7 </n><big>9223372036854775808</big><f>1.5</f><nan>NaN</nan><inf>1e999</inf><word>x</word><empty/>
		<yes>1</yes><true>TRUE</true><no>0</no><false>false</false>
		<time>1735707398</time><never>0</never>
		<i>1</i><i>3</i><in><i>9</i></in></xml>`)

	require.Equal(t, "x", e.ID("id"), "the first counts")
	require.Equal(t, "y", e.ID("ID"), "letter case counts")
	require.Equal(t, " a b ", e.Text("text"))
	require.Equal(t, int64(-7), e.Int("n"))
	for _, name := range []string{"big", "word", "empty", "missing"} {
		require.Zero(t, e.Int(name), name)
	}
	require.Equal(t, 1.5, e.Float("f"))
	for _, name := range []string{"nan", "inf", "word", "empty", "missing"} {
		require.Zero(t, e.Float(name), name)
	}
	require.True(t, e.Bool("yes"))
	require.True(t, e.Bool("true"))
	for _, name := range []string{"no", "false", "word", "empty", "missing"} {
		require.False(t, e.Bool(name), name)
	}
	require.Equal(t, time.Unix(1735707398, 0), e.Time("time"))
	require.Zero(t, e.Time("never"))
	require.Zero(t, e.Time("missing"))
	require.Equal(t, []int{1, 3}, e.Ints("i"), "of this level only")
	require.Nil(t, e.Ints("missing"))
	require.True(t, e.Child("empty").Found())

	missing := e.Child("a").Child("b")
	require.False(t, missing.Found())
	require.Empty(t, missing.Name())
	require.Empty(t, missing.Text("c"))
	require.Empty(t, slices.Collect(missing.All("c")))
	require.Empty(t, slices.Collect(missing.Children()))
	for range e.Children() {
		break // an iteration may stop
	}
}

func TestNumbers(t *testing.T) {
	var read tree.Tree
	require.NoError(t, read.ReadXML([]byte(`<xml><a>1.7e9</a><b> 42.0 </b><c>1.5</c><d>1e30</d><e>-3.0</e><yes>1.0</yes><no>2</no>
		<ms>1700000000123</ms><s>1700000000</s><exp>1.7e9</exp><expms>1.7E12</expms><old>-1</old></xml>`)))
	e := read.Root()
	require.Equal(t, int64(1_700_000_000), e.Int("a"))
	require.Equal(t, int64(42), e.Int("b"))
	require.Zero(t, e.Int("c"))
	require.Zero(t, e.Int("d"))
	require.Equal(t, int64(-3), e.Int("e"))
	require.True(t, e.Bool("yes"))
	require.False(t, e.Bool("no"))
	require.Equal(t, time.UnixMilli(1_700_000_000_123), e.Time("ms"))
	for _, name := range []string{"s", "exp", "expms"} {
		require.Equal(t, time.Unix(1_700_000_000, 0), e.Time(name), name)
	}
	require.Equal(t, time.Unix(-1, 0), e.Time("old"))
}

// A list has the same entries in every form.
func TestList(t *testing.T) {
	entries := func(read *tree.Tree) (texts []string) {
		for entry := range read.Root().List("L", "E") {
			texts = append(texts, entry.Text("a")+string(entry.Bytes()))
		}
		return texts
	}
	for doc, want := range map[string][]string{
		`<xml><L><E><a>1</a></E><E><a>2</a></E></L></xml>`:                 {"1", "2"},
		`<xml><L><E><a>1</a></E></L><L><E><a>2</a></E></L></xml>`:          {"1", "2"},
		`<xml><L><item><a>1</a></item></L></xml>`:                          {"1"},
		`<xml><L><a>1</a></L><L><a>2</a></L></xml>`:                        {"1", "2"},
		`<xml><L><count>2</count><E><a>1</a></E><E><a>2</a></E></L></xml>`: {"1", "2"},
		`<xml><L><count>0</count></L></xml>`:                               nil,
		`<xml><L><Count>1</Count><E/><E> </E></L></xml>`:                   nil,
		`<xml><L/><L>1</L><L> </L></xml>`:                                  {"1"},
		`<xml/>`:                                                           nil,
		`{"L":{"E":[{"a":1},{"a":2}]}}`:                                    {"1", "2"},
		`{"L":{"E":{"a":1}}}`:                                              {"1"},
		`{"L":{"E":{"item":[{"a":1},{"a":2}]}}}`:                           {"1", "2"},
		`{"L":{"E":[{"item":[{"a":1},{"a":2}]},{"item":{"a":3}}]}}`:        {"1", "2", "3"},
		`{"L":[{"E":[{"a":1}]},{"E":{"a":2}},{"a":3}]}`:                    {"1", "2", "3"},
		`{"L":[{"a":1},{"a":2}]}`:                                          {"1", "2"},
		`{"L":{"a":1}}`:                                                    {"1"},
		`{"L":{"item":[{"a":1},{"a":2}]}}`:                                 {"1", "2"},
		`{"L":[1,"2"]}`:                                                    {"1", "2"},
		`{"L":[]}`:                                                         nil,
		`{"L":[{},null,""]}`:                                               nil,
		`{"L":{"item":{}}}`:                                                nil,
		`{"L":{"count":1,"item":null}}`:                                    nil,
	} {
		var read tree.Tree
		if tree.FormatOf([]byte(doc)) == tree.JSON {
			require.NoError(t, read.ReadJSON([]byte(doc)))
		} else {
			require.NoError(t, read.ReadXML([]byte(doc)))
		}
		require.Equal(t, want, entries(&read), doc)
		for range read.Root().List("L", "E") {
			break // an iteration may stop
		}
	}
}

// A tree that is used again holds nothing of the document before.
func TestTreeIsReusable(t *testing.T) {
	var read tree.Tree
	require.NoError(t, read.ReadXML([]byte(`<a><b>&lt;</b><c>2</c></a>`)))
	require.NoError(t, read.ReadJSON([]byte(`{"b":"1"}`)))
	require.Equal(t, "xml\n b \"1\"\n", outline(read.Root()))
	require.Error(t, read.ReadXML([]byte(`<a><b>`)))
	require.False(t, read.Root().Found())
	require.NoError(t, read.ReadXML([]byte(`<a>3</a>`)))
	require.Equal(t, "a \"3\"\n", outline(read.Root()))
	read.Release()
	require.NoError(t, read.ReadXML([]byte(`<a>4</a>`)))
	require.Equal(t, "a \"4\"\n", outline(read.Root()))
}

// Long texts are parts of the document that is kept anyway, short ones are not.
func TestSource(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for name, tc := range map[string]struct {
		doc    string
		shared bool
	}{
		"long":            {"<a><t>" + long + "</t><s>y</s></a>", true},
		"long in CDATA":   {"\uFEFF<a><t><![CDATA[" + long + "]]></t></a>", true},
		"not the half":    {"<a><t>" + long + "</t><u>" + long + "</u></a>", false},
		"of two pieces":   {"<a><t>" + long + "<![CDATA[x]]></t></a>", false},
		"with references": {"<a><t>" + long + "&lt;</t></a>", false},
		"to be cleaned":   {"<a><t>\x02" + long + "</t></a>", false},
	} {
		var read tree.Tree
		require.NoError(t, read.ReadXML([]byte(tc.doc)))
		require.Equal(t, tc.doc, read.Source())
		text := read.Root().Text("t")
		require.Equal(t, string(read.Root().Child("t").Bytes()), text, name)
		allocated := testing.AllocsPerRun(10, func() { text = read.Root().Text("t") })
		require.Equal(t, tc.shared, allocated == 0, name)
		require.Len(t, read.Root().Text("s"), len(read.Root().Child("s").Bytes()))
		require.NotEmpty(t, text)
	}
}

// keepsAllowed is what Clean promises, in the plainest way there is.
func keepsAllowed(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	cleaned := []byte{}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		invalid := r == utf8.RuneError && size == 1
		if !invalid && (r == '\n' || r == '\t' || r >= 0x20) && r != 0xFFFE && r != 0xFFFF {
			cleaned = append(cleaned, text[:size]...)
		}
		text = text[size:]
	}
	return cleaned
}

func FuzzClean(f *testing.F) {
	for _, text := range []string{"", "plain text of more than eight bytes", "1234567\x02", "12345678\x1d", "a\r\nb\rc", "中文\uFFFE", "\xff", "tab\tnew\nline and more"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		cleaned := tree.Clean(text)
		require.Equal(t, before, text, "the text itself is left alone")
		require.Equal(t, string(keepsAllowed(text)), string(cleaned))
		require.Equal(t, bytes.Equal(text, cleaned), tree.IsClean(text))
		require.True(t, tree.IsClean(cleaned))
	})
}
