package wechattest_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestEndpoints calls every path of the platform. What is not modeled answers
// 48001 and says so in the log; of tier A, nothing is left out.
func TestEndpoints(t *testing.T) {
	table, err := os.ReadFile("../testdata/endpoints.tsv")
	require.NoError(t, err)
	rows := strings.Split(strings.TrimSpace(string(table)), "\n")[1:]
	require.NotEmpty(t, rows)
	var log bytes.Buffer
	p := wechattest.New(t, wechattest.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	client := p.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	modeled := map[string]int{}
	for _, row := range rows {
		column := strings.Split(row, "\t")
		tier, method, address := column[0], column[1], column[2]
		if strings.HasPrefix(address, "/") {
			address = p.URL() + address
		}
		at, err := url.Parse(address)
		require.NoError(t, err)
		q := at.Query()
		q.Set("access_token", p.IssueToken())
		at.RawQuery = q.Encode()
		req, err := http.NewRequest(method, at.String(), strings.NewReader("{}"))
		require.NoError(t, err)
		log.Reset()
		resp, err := client.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		calls := p.Calls(at.Path)
		require.NotEmpty(t, calls, "%s is on another host than the platform's", address)
		if !strings.Contains(log.String(), "endpoint is not implemented") {
			require.NotContains(t, []int{43001, 43002}, calls[len(calls)-1].Code, "%s %s has the wrong verb", method, at.Path)
			modeled[tier]++
			continue
		}
		require.Equal(t, 48001, calls[len(calls)-1].Code)
		require.Contains(t, log.String(), at.Path)
		require.NotEqual(t, "A", tier, "%s %s is not modeled", method, at.Path)
	}
	t.Logf("endpoints modeled, by tier: %v of %d", modeled, len(rows))
}
