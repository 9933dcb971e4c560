package datacube_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-f21aa8d8/wechat/datacube"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
)

// BenchmarkReport reads a report of 10,000 rows, by a call and by encoding/json alone. The
// call may take twice as long.
func BenchmarkReport(b *testing.B) {
	rows := make([]string, 10000)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"ref_date":"2025-11-03","ref_hour":%d,"msg_type":1,"msg_user":%d,"msg_count":%d}`, i%24*100, i, 3*i)
	}
	answer := `{"list":[` + strings.Join(rows, ",") + `]}`
	b.Run("call", func(b *testing.B) {
		cubes := datacube.New(apitest.New(b, apitest.JSON(answer)).Client())
		b.ReportAllocs()
		for b.Loop() {
			report, err := cubes.GetUpstreamMsgHour(b.Context(), span{First: nov3})
			if err != nil || len(report.Rows) != len(rows) {
				b.Fatal(err)
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		body := []byte(answer)
		b.ReportAllocs()
		for b.Loop() {
			var report datacube.Report[datacube.UpstreamMsgHour]
			if err := json.Unmarshal(body, &report); err != nil || len(report.Rows) != len(rows) {
				b.Fatal(err)
			}
		}
	})
}
