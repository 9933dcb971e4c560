package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// matchOutput compares what a block prints with what its page shows. In a line of want,
// "..." matches any text; a line that is only "..." matches any number of lines.
func matchOutput(got, want string) error {
	have, need := outputLines(got), outputLines(want)
	best := 0 // the lines of need that the longest match covers
	var match func(i, j int) bool
	match = func(i, j int) bool {
		best = max(best, j)
		switch {
		case j == len(need):
			return i == len(have)
		case need[j] == "...":
			for k := i; k <= len(have); k++ {
				if match(k, j+1) {
					return true
				}
			}
			return false
		}
		return i < len(have) && lineMatches(have[i], need[j]) && match(i+1, j+1)
	}
	if match(0, 0) {
		return nil
	}
	expected := "the end"
	if best < len(need) {
		expected = fmt.Sprintf("%q", need[best])
	}
	return fmt.Errorf("it prints something else: line %d should be %s; it printed\n%s", best+1, expected, got)
}

func outputLines(text string) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t\r")
		if strings.TrimSpace(l) == "..." {
			lines[i] = "..."
		}
	}
	return lines
}

func lineMatches(got, want string) bool {
	parts := strings.Split(want, "...")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(got)
}

func TestMatchOutput(t *testing.T) {
	for _, c := range []struct {
		got, want string
		ok        bool
	}{
		{"a\nb\n", "a\nb\n", true},
		{"a \nb\n\n", "a\nb", true},
		{"a\nb\n", "a\n", false},
		{"a\n", "a\nb\n", false},
		{"a\nx\ny\nb\n", "a\n...\nb\n", true},
		{"a\nb\n", "a\n...\nb\n", true},
		{"a\nx\n", "a\n...\n", true},
		{"x\nb\ny\nb\n", "...\nb\n", true},
		{`{"access_token":"abc","expires_in":7200}`, `{"access_token":"...","expires_in":7200}`, true},
		{"a+b (c)", "a+b (...)", true},
		{"aab", "a.b", false},
	} {
		err := matchOutput(c.got, c.want)
		require.Equal(t, c.ok, err == nil, "%q %q: %v", c.got, c.want, err)
	}
	require.ErrorContains(t, matchOutput("a\nx\n", "a\nb\n"), `line 2 should be "b"`)
	require.ErrorContains(t, matchOutput("a\nx\n", "a\n"), "should be the end")
}
