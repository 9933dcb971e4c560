package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The rules are valid, quiet when all is well, and fire when something is wrong.
func TestRules(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil && os.Getenv("WECHAT_REQUIRE_SERVERS") != "1" {
		t.Skip("promtool is not installed (Debian: apt-get install prometheus)")
	}
	require.NoError(t, err)
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		out, err := exec.CommandContext(t.Context(), promtool, args...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	rules, err := os.ReadFile("alerts.yml")
	require.NoError(t, err)
	tests, err := os.ReadFile("alerts_test.yml")
	require.NoError(t, err)
	for line := range strings.Lines(string(rules)) {
		if _, name, found := strings.Cut(line, "- alert: "); found {
			name = strings.TrimSpace(name)
			require.GreaterOrEqual(t, strings.Count(string(tests), "alertname: "+name), 2, "%s is tested when all is well, and when not", name)
		}
	}
}

// Without Prometheus the demo shows the trace.
func TestDemoWithoutPrometheus(t *testing.T) {
	t.Setenv("PATH", "")
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), &out, true), "%s", &out)
	require.Contains(t, out.String(), "prometheus is not installed")
	require.Contains(t, out.String(), "POST callback")
}
