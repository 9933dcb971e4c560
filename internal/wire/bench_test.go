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

// BenchmarkList decodes a long list. The target is at most twice the time of
// encoding/json with the same struct.
func BenchmarkList(b *testing.B) {
	r := &Request{Path: "/x"}
	strict, loose := list(false), list(true)
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var out benchList
			if err := json.Unmarshal(strict, &out); err != nil || len(out.Items) != 10_000 {
				b.Fatal(err)
			}
		}
	})
	for name, answer := range map[string][]byte{"wire": strict, "wire, loose": loose} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var out benchList
				if err := r.decode(200, answer, &out); err != nil || len(out.Items) != 10_000 || out.Items[9].Reads != 9 {
					b.Fatal(err)
				}
			}
		})
	}
}
