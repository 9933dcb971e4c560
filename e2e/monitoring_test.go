package e2e_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
)

// The example monitoring with a real Prometheus: faults fire the alerts, and every panel
// of the dashboard has data.
func TestMonitoring(t *testing.T) {
	servertest.Program(t, "prometheus", "prometheus")
	cmd := exec.CommandContext(t.Context(), built(t, "examples/monitoring"), "-once")
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")} // which name no account
	raw, err := cmd.CombinedOutput()
	out := string(raw)
	require.NoError(t, err, out)
	require.Contains(t, out, "GET /cgi-bin/user/info, handle Text, POST callback")

	rules, err := os.ReadFile("../examples/monitoring/alerts.yml")
	require.NoError(t, err)
	fired := 0
	for line := range strings.Lines(string(rules)) {
		if _, name, found := strings.Cut(strings.TrimSpace(line), "- alert: "); found && name != "WeChatTokenNotRefreshed" { // a token would have to expire
			require.Contains(t, out, name)
			fired++
		}
	}
	require.GreaterOrEqual(t, fired, 10)
	t.Log(out)
}
