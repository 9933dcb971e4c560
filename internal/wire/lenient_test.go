package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

type base struct {
	ID int64 `json:"id"`
}

type person struct {
	base
	Name    string            `json:"name"`
	Age     int               `json:"age"`
	Small   int8              `json:"small"`
	Count   uint32            `json:"count"`
	Score   float64           `json:"score"`
	Member  bool              `json:"member"`
	Tags    []int             `json:"tags"`
	Words   []string          `json:"words"`
	Friends []person          `json:"friends"`
	Best    *person           `json:"best"`
	Labels  map[string]string `json:"labels"`
	Quoted  int64             `json:"quoted,string"`
	Any     any               `json:"any"`
	Num     json.Number       `json:"num"`
	Raw     json.RawMessage   `json:"raw"`
	Blob    []byte            `json:"blob"`
	At      time.Time         `json:"at"`
	Pair    [2]int            `json:"pair"`
}

func TestUnmarshalCoercesKinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		want     person
	}{
		{"number for string", `{"name":9007199254740993}`, person{Name: "9007199254740993"}},
		{"whole number with a point for string", `{"name":3147483702.0}`, person{Name: "3147483702"}},
		{"whole number with an exponent for string", `{"name":3.147483702e9}`, person{Name: "3147483702"}},
		{"negative whole number for string", `{"name":-20.00}`, person{Name: "-20"}},
		{"fraction for string", `{"name":1.50}`, person{Name: "1.50"}},
		{"huge number for string", `{"name":1e300}`, person{Name: "1e300"}},
		{"text that looks like a number", `{"name":"1.0"}`, person{Name: "1.0"}},
		{"bool for string", `{"name":true}`, person{Name: "true"}},
		{"quoted int", `{"age":"42"}`, person{Age: 42}},
		{"quoted int with blanks", `{"age":" 42 "}`, person{Age: 42}},
		{"quoted negative", `{"age":"-42"}`, person{Age: -42}},
		{"empty int", `{"age":""}`, person{}},
		{"big int", `{"id":"9223372036854775807","name":1}`, person{base: base{9223372036854775807}, Name: "1"}},
		{"int with a point", `{"age":12.0,"count":"3.00"}`, person{Age: 12, Count: 3}},
		{"int with an exponent", `{"age":12e2,"count":"1.5E1"}`, person{Age: 1200, Count: 15}},
		{"bool for int", `{"age":true,"count":false}`, person{Age: 1}},
		{"quoted float", `{"score":"1.25"}`, person{Score: 1.25}},
		{"empty float", `{"score":""}`, person{}},
		{"quoted bool", `{"member":"true"}`, person{Member: true}},
		{"0 for bool", `{"member":0}`, person{}},
		{"1 for bool", `{"member":1}`, person{Member: true}},
		{"quoted 1 for bool", `{"member":"1"}`, person{Member: true}},
		{"2 for bool", `{"member":2}`, person{Member: true}},
		{"quoted 2 for bool", `{"member":"2"}`, person{Member: true}},
		{"1.0 for bool", `{"member":1.0}`, person{Member: true}},
		{"1e0 for bool", `{"member":1e0}`, person{Member: true}},
		{"quoted 0.0 for bool", `{"member":"0.0"}`, person{}},
		{"empty bool", `{"member":""}`, person{}},
		{"strings for ints", `{"tags":["1",2,"",3.0]}`, person{Tags: []int{1, 2, 0, 3}}},
		{"one for many", `{"tags":7}`, person{Tags: []int{7}}},
		{"object for array", `{"friends":{"name":1,"age":"2"}}`, person{Friends: []person{{Name: "1", Age: 2}}}},
		{"empty string for array", `{"friends":""}`, person{}},
		{"empty object for array", `{"friends":{},"tags":{ },"words":{}}`, person{}},
		{"empty item for array", `{"friends":{"item":{}},"tags":{"item":""},"words":{ "item" : { "item" : null } }}`, person{}},
		{"item for array", `{"friends":{"item":[{"age":"1"},{"age":2}]},"tags":{"item":7},"words":{"item":["a"]}}`,
			person{Friends: []person{{Age: 1}, {Age: 2}}, Tags: []int{7}, Words: []string{"a"}}},
		{"empty object for array in text", `{"friends":"{}"}`, person{}},
		{"empty array for object", `{"best":[],"age":1}`, person{Age: 1}},
		{"empty string for object", `{"best":"","labels":""}`, person{}},
		{"empty array for map", `{"labels":[]}`, person{}},
		{"numbers in a map", `{"labels":{"a":1,"b":"x"}}`, person{Labels: map[string]string{"a": "1", "b": "x"}}},
		{"JSON text for object", `{"best":"{\"age\":\"3\"}"}`, person{Best: &person{Age: 3}}},
		{"JSON text for array", `{"tags":"[1,\"2\"]"}`, person{Tags: []int{1, 2}}},
		{"a word for many", `{"words":"hello"}`, person{Words: []string{"hello"}}},
		{"string option", `{"quoted":12,"age":"1"}`, person{Quoted: 12, Age: 1}},
		{"string option, quoted", `{"quoted":"12","age":"1"}`, person{Quoted: 12, Age: 1}},
		{"key in other case", `{"Age":"5"}`, person{Age: 5}},
		{"embedded", `{"id":"5"}`, person{base: base{5}}},
		{"nested deep", `{"friends":[{"best":{"friends":[{"age":"9"}]}}]}`,
			person{Friends: []person{{Best: &person{Friends: []person{{Age: 9}}}}}}},
		{"unknown keys", `{"nobody":{"a":[1,"}"]},"age":"1"}`, person{Age: 1}},
		{"null", `{"name":null,"age":null,"best":null,"tags":null,"member":null,"count":"1"}`, person{Count: 1}},
		{"numbers in an interface", `{"any":{"id":9007199254740993},"age":"1"}`,
			person{Age: 1, Any: map[string]any{"id": json.Number("9007199254740993")}}},
		{"json.Number", `{"num":"12345678901234567890.5","age":"1"}`, person{Age: 1, Num: "12345678901234567890.5"}},
		{"raw stays", `{"raw": {"x":"1"},"age":"1"}`, person{Age: 1, Raw: json.RawMessage(`{"x":"1"}`)}},
		{"base64", `{"blob":"aGk=","age":"1"}`, person{Age: 1, Blob: []byte("hi")}},
		{"text", `{"at":"2020-01-02T03:04:05Z","age":"1"}`, person{Age: 1, At: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)}},
		{"array of fixed size", `{"pair":["1","2"]}`, person{Pair: [2]int{1, 2}}},
		{"raw control characters", "{\"name\":\"a\tb\x01c\nd\",\"age\":\"1\"}", person{Name: "a\tbc\nd", Age: 1}},
		{"broken UTF-8", "{\"name\":\"a\xffb\"}", person{Name: "a\ufffdb"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got person
			require.NoError(t, Unmarshal([]byte(c.in), &got))
			require.Equal(t, c.want, got)
		})
	}
}

func TestUnmarshalNamesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]errcode.ValueError{
		`{"age":"abc"}`:              {Path: "age", Want: "int", Got: `"abc"`},
		`{"age":1.5}`:                {Path: "age", Want: "int", Got: `1.5`},
		`{"age":"1e500"}`:            {Path: "age", Want: "int", Got: `"1e500"`},
		`{"age":{}}`:                 {Path: "age", Want: "int", Got: `{}`},
		`{"small":128}`:              {Path: "small", Want: "int8", Got: `128`},
		`{"count":-1}`:               {Path: "count", Want: "uint32", Got: `-1`},
		`{"id":9223372036854775808}`: {Path: "id", Want: "int64", Got: `9223372036854775808`},
		`{"member":"perhaps"}`:       {Path: "member", Want: "bool", Got: `"perhaps"`},
		`{"member":0.5}`:             {Path: "member", Want: "bool", Got: `0.5`},
		`{"name":{}}`:                {Path: "name", Want: "string", Got: `{}`},
		`{"name":["a"]}`:             {Path: "name", Want: "string", Got: `["a"]`},
		`{"best":5}`:                 {Path: "best", Want: "wire.person", Got: `5`},
		`{"best":[{"age":1}]}`:       {Path: "best", Want: "wire.person", Got: `[{"age":1}]`},
		`{"friends":[{},{"best":{"tags":["x"]}}]}`: {Path: "friends[1].best.tags[0]", Want: "int", Got: `"x"`},
		`{"labels":{"k":[]}}`:                      {Path: "labels.k", Want: "string", Got: `[]`},
		`{"at":5,"age":"1"}`:                       {Path: "at", Want: "time.Time", Got: `5`},
		`{"blob":5}`:                               {Path: "blob", Want: "[]uint8", Got: `5`},
		`{"score":"NaN"}`:                          {Path: "score", Want: "float64", Got: `"NaN"`},
		`{"num":"x"}`:                              {Path: "num", Want: "json.Number", Got: `"x"`},
		`[1]`:                                      {Path: "", Want: "wire.person", Got: `[1]`},
	} {
		var got person
		var value *errcode.ValueError
		require.ErrorAs(t, Unmarshal([]byte(in), &got), &value, in)
		require.Equal(t, want, *value, in)
	}
}

func TestUnmarshalWantsATarget(t *testing.T) {
	t.Parallel()
	var target *json.InvalidUnmarshalError
	require.ErrorAs(t, Unmarshal([]byte(`{}`), person{}), &target)
	require.ErrorAs(t, Unmarshal([]byte(`{}`), (*person)(nil)), &target)
	require.ErrorAs(t, Unmarshal([]byte(`{}`), nil), &target)
}

func TestUnmarshalAny(t *testing.T) {
	t.Parallel()
	for _, padding := range []string{"", strings.Repeat(" ", 100<<10)} {
		var m map[string]any
		require.NoError(t, Unmarshal([]byte(`{"msg_id":`+padding+`9007199254740993}`), &m))
		require.Equal(t, map[string]any{"msg_id": json.Number("9007199254740993")}, m)
		var number int
		for _, out := range []any{&m, &base{}, &number} {
			var syntax *json.SyntaxError
			require.ErrorAs(t, Unmarshal([]byte(`{"msg_id":1}`+padding+` x`), out), &syntax)
			require.ErrorAs(t, Unmarshal([]byte(`{"msg_id":1`+padding), out), &syntax)
		}
		require.NoError(t, Unmarshal([]byte(" 1\n"+padding), &number), "after the failures")
		require.Equal(t, 1, number)
	}
}

func TestInteger(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "007": "7", "+5": "5", "12.000": "12", "1.2e1": "12", "120e-1": "12", "0.0": "0", "0e99": "0", "-1e2": "-100",
		"123456789012345678901234567890": "123456789012345678901234567890", "": "0", "true": "1",
	} {
		got, ok := integer(in)
		require.True(t, ok, in)
		require.Equal(t, want, got, in)
	}
	for _, in := range []string{"1.5", "1e-1", "x", "-", ".", "1e999999999999", "1e401", "0x10", "--1", "1_000", "٣"} {
		_, ok := integer(in)
		require.False(t, ok, in)
	}
}

// FuzzUnmarshal holds the lenient decoder against encoding/json: what the latter
// takes must come out the same, and what is rewritten must fit.
func FuzzUnmarshal(f *testing.F) {
	for _, s := range []string{
		`{"id":"1","name":2,"member":"1","friends":{"age":""},"best":[],"tags":"[1]","quoted":"5","any":[1e400]}`,
		`{"labels":{"a":{}},"at":0,"blob":"x","pair":[1,2,3],"num":"-0e1"}`, `[]`, `""`, `{"name":"\u0000"}`, "{\"name\":\"\x00\xff\"}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var got, want person
		strictErr := json.Unmarshal(in, &want)
		err := Unmarshal(in, &got)
		if strictErr == nil && err != nil {
			t.Fatalf("encoding/json takes %q, the lenient decoder does not: %v", in, err)
		}
		if strictErr == nil {
			want.Any, got.Any = nil, nil // json.Number in place of float64
			for i := range want.Friends {
				want.Friends[i].Any, got.Friends[i].Any = nil, nil
			}
			if want.Best == nil && len(want.Friends) == 0 {
				require.Equal(t, want, got)
			}
		}
	})
}
