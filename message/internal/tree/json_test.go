package tree_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
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
		{"byte order mark", "\uFEFF{\"a\":1}", "xml\n a \"1\"\n"},
		{"byte order mark behind a forbidden character", "\x00\uFEFF {\"a\":1}", "xml\n a \"1\"\n"},
		{"raw characters in strings", "{\"a\":\"x\ty\nz\r\nw\x01\x1f\x7f\xff\",\"b\nc\":\"\"}", fmt.Sprintf("xml\n a %q\n b\nc \"\"\n", "x\ty\nz\nw\x7f")},
		{"raw characters behind escapes", "{\"a\":\"\\\\\n\\\"\t\"\n,\t\"b\":\"\\\\\"}", fmt.Sprintf("xml\n a %q\n b %q\n", "\\\n\"\t", `\`)},
		{"raw characters between strings", "{\x00\n\"a\"\t:\x02\r1\x0b}", "xml\n a \"1\"\n"},
		{"whole numbers", `{"a":1.7e9,"b":42.0,"c":-1E2,"d":1.50,"e":1e400,"f":9007199254740993.0,"g":"1.0"}`,
			"xml\n a \"1700000000\"\n b \"42\"\n c \"-100\"\n d \"1.50\"\n e \"1e400\"\n f \"9007199254740992\"\n g \"1.0\"\n"},
		{"escapes", `{"\u0061\/":"\"\\\/\b\f\n\r\t\u4E2d\ud83d\ude00","h":"\ud83d\u0041\ude00\ud83d"}`,
			fmt.Sprintf("xml\n a/ %q\n h %q\n", "\"\\/\n\n\t中😀", "\uFFFDA\uFFFD\uFFFD")},
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
		{"escaped line feed", "{\"a\":\"\\\n\"}", tree.ErrSyntax},
		{"string cut off behind a backslash", "{\"a\":\"\n\\", tree.ErrSyntax},
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

// Whatever characters a content has, both formats give the same tree.
func FuzzCleaning(f *testing.F) {
	for _, s := range []string{"x", "\uFEFF", "\t\n\r\n\r", "\x00\x02]]>\x1f", "\xff\xe4\xb8<&>\"\\", "\uFFFE\uFFFF\uFFFD", "\\u0041&#65;", "你好 😀"} {
		f.Add(s, "y"+s, false)
		f.Add(s, s, true)
	}
	inXML := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	inJSON := strings.NewReplacer(`"`, `\"`, `\`, `\\`)
	f.Fuzz(func(t *testing.T, a, b string, mark bool) {
		x := "<xml><A>" + inXML.Replace(a) + "</A><L><B>" + inXML.Replace(b) + "</B></L><L><B>" + inXML.Replace(a+b) + "</B></L></xml>"
		j := `{"A":"` + inJSON.Replace(a) + `","L":[{"B":"` + inJSON.Replace(b) + `"},{"B":"` + inJSON.Replace(a+b) + `"}]}`
		if mark {
			x, j = "\uFEFF"+x, "\uFEFF"+j
		}
		var fromXML, fromJSON tree.Tree
		require.NoError(t, fromXML.ReadXML([]byte(x)))
		require.NoError(t, fromJSON.ReadJSON([]byte(j)))
		require.Equal(t, outline(fromXML.Root()), outline(fromJSON.Root()))
		require.Equal(t, tree.XML, tree.FormatOf([]byte(x)))
		require.Equal(t, tree.JSON, tree.FormatOf([]byte(j)))
		require.Equal(t, len(tree.Clean([]byte(a))), tree.CleanLen(a))
	})
}

// jsonOracle is the outline by json.Decoder, of a document that was cleaned before.
func jsonOracle(doc []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	text, err := elements(d, "xml", 0)
	if _, after := d.Token(); err == nil && !errors.Is(after, io.EOF) {
		err = errors.New("data behind the value")
	}
	return text, err
}

// elements reads a value as elements called name and returns their outline.
func elements(d *json.Decoder, name string, depth int) (string, error) {
	token, err := d.Token()
	if err != nil {
		return "", err
	}
	line := fmt.Sprintf("%*s%s", depth, "", tree.Clean([]byte(name)))
	switch value := token.(type) {
	case string:
		return fmt.Sprintf("%s %q\n", line, tree.Clean([]byte(value))), nil
	case json.Number:
		f, err := value.Float64()
		if err == nil && strings.ContainsAny(value.String(), ".eE") && f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
			value = json.Number(strconv.FormatInt(int64(f), 10))
		}
		return fmt.Sprintf("%s %q\n", line, value), nil
	case bool:
		return fmt.Sprintf("%s \"%v\"\n", line, value), nil
	case nil:
		return line + " \"\"\n", nil
	}
	var inside strings.Builder
	for d.More() {
		entry, below := name, depth
		if token == json.Delim('{') {
			key, err := d.Token()
			if err != nil {
				return "", err
			}
			entry, below = key.(string), depth+1
		}
		text, err := elements(d, entry, below)
		if err != nil {
			return "", err
		}
		inside.WriteString(text)
	}
	_, err = d.Token()
	switch {
	case token == json.Delim('['):
		return inside.String(), err
	case inside.Len() == 0:
		return line + " \"\"\n", err
	}
	return line + "\n" + inside.String(), err
}

// FuzzReadJSON holds ReadJSON against encoding/json.
func FuzzReadJSON(f *testing.F) {
	for _, doc := range []string{
		`{"a":[1,{"b":"c"}],"d":null}`, `{"a":"\u0002"}`, `{`, `[]`, ` { "a" : [ [ ] , { } , true , false ] } `, `{"a":[[1,"2"],[]],"a":{"a":{}}}`,
		`{"\u0061\/":"\"\\\/\b\f\n\r\t\u4E2d\ud83d\ude00","h":"\ud83d\u0041\ude00\ud83dx\ud83d"}`, `{"n":[1.7e9,42.0,-1E2,1.50,1e400,0,-0.0]}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var got tree.Tree
		err := got.ReadJSON(doc)
		require.True(t, err == nil || errors.Is(err, tree.ErrSyntax) || errors.Is(err, tree.ErrTooComplex), err)
		if errors.Is(err, tree.ErrTooComplex) || bytes.ContainsAny(doc, "\t\n\r") { // these are escaped before; see TestReadJSON
			return
		}
		cleaned := bytes.TrimPrefix(tree.Clean(doc), []byte("\uFEFF"))
		want, oracleErr := jsonOracle(cleaned)
		object := bytes.HasPrefix(bytes.TrimLeft(cleaned, " "), []byte("{"))
		require.Equal(t, oracleErr == nil && object, err == nil, "%v, %v", err, oracleErr)
		if err == nil {
			require.Equal(t, want, outline(got.Root()))
		}
	})
}

// BenchmarkReadJSON reads a message with a list.
func BenchmarkReadJSON(b *testing.B) {
	doc := []byte(`{"ToUserName":"gh_account","FromUserName":"oUser","CreateTime":1700000000,"MsgType":"event","Event":"pic_weixin","EventKey":"6",` +
		`"SendPicsInfo":{"Count":3,"PicList":[` + strings.Repeat(`{"PicMd5Sum":"1b5f7c23b5bf75682a53e7b6d163e185"},`, 2) + `{"PicMd5Sum":"图片\n1"}]}}`)
	var t tree.Tree
	b.ReportAllocs()
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if err := t.ReadJSON(doc); err != nil {
			b.Fatal(err)
		}
	}
}
