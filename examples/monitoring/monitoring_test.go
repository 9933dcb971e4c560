package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// installed skips a test, or fails it where servers are required, if a program is missing.
func installed(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	switch {
	case err == nil:
		return path
	case os.Getenv("WECHAT_REQUIRE_SERVERS") == "1":
		t.Fatalf("%s is not installed (Debian: apt-get install prometheus)", program)
	default:
		t.Skipf("%s is not installed (Debian: apt-get install prometheus)", program)
	}
	return ""
}

// The rules are valid, quiet when all is well, and fire when something is wrong.
func TestRules(t *testing.T) {
	promtool := installed(t, "promtool")
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

// The demo with a real Prometheus: faults fire the alerts, and every panel of the
// dashboard has data.
func TestDemo(t *testing.T) {
	installed(t, "prometheus")
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), &out, true), "%s", &out)
	for _, name := range alarms {
		require.Contains(t, out.String(), name)
	}
	require.Contains(t, out.String(), "GET /cgi-bin/user/info, handle Text, POST callback")
	t.Log(out.String())
}

// Without Prometheus the demo shows the trace.
func TestDemoWithoutPrometheus(t *testing.T) {
	t.Setenv("PATH", "")
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), &out, true), "%s", &out)
	require.Contains(t, out.String(), "prometheus is not installed")
	require.Contains(t, out.String(), "POST callback")
}
