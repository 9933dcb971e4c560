package wire

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

type benchRow struct {
	MediaID string `json:"media_id"`
	Name    string `json:"name"`
	Update  int64  `json:"update_time"`
	Reads   int    `json:"int_page_read_count"`
	Open    bool   `json:"is_open"`
}

type benchList struct {
	Total int        `json:"total_count"`
	Items []benchRow `json:"item"`
}

// list is an answer of 10,000 elements. A loose one has numbers in quotes and 0 or 1
// for a bool, as the platform often sends them.
func list(loose bool) []byte {
	row := `{"media_id":"mid-%d-abcdefghijklmnop","name":"名字 %d","update_time":1700000000,"int_page_read_count":%d,"is_open":true}`
	if loose {
		row = `{"media_id":"mid-%d-abcdefghijklmnop","name":"名字 %d","update_time":"1700000000","int_page_read_count":"%d","is_open":1}`
	}
	rows := make([]string, 10_000)
	for i := range rows {
		rows[i] = fmt.Sprintf(row, i, i, i)
	}
	return []byte(`{"total_count":10000,"item":[` + strings.Join(rows, ",") + `]}`)
}

// looseList is decoded from loose answers only: a type that an answer did not fit is
// decoded more slowly from then on.
type looseList benchList

// BenchmarkList decodes a long list. The target is at most twice the time of
// encoding/json with the same struct.
func BenchmarkList(b *testing.B) {
	r := &Request{Path: "/x"}
	answer, loose := list(false), list(true)
	benchmark := func(name string, decode func(out *benchList) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var out benchList
				if err := decode(&out); err != nil || len(out.Items) != 10_000 || out.Items[9].Reads != 9 {
					b.Fatal(err)
				}
			}
		})
	}
	benchmark("encoding_json", func(out *benchList) error { return json.Unmarshal(answer, out) })
	benchmark("wire", func(out *benchList) error { return r.decode(200, answer, out) })
	benchmark("wire_loose", func(out *benchList) error { return r.decode(200, loose, (*looseList)(out)) })
}

// BenchmarkAnswer decodes the answer to a message that was sent.
func BenchmarkAnswer(b *testing.B) {
	r := &Request{Path: "/x"}
	answer := []byte(`{"errcode":0,"errmsg":"ok","msgid":24900000000000001}`)
	type sent struct {
		ID int64 `json:"msgid"`
	}
	benchmark := func(name string, decode func(*sent) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var out sent
				if err := decode(&out); err != nil || out.ID != 24900000000000001 {
					b.Fatal(err)
				}
			}
		})
	}
	benchmark("encoding_json", func(out *sent) error { return json.Unmarshal(answer, out) })
	benchmark("wire", func(out *sent) error { return r.decode(200, answer, out) })
}
