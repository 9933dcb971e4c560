package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

// TestPages holds the pages to what the documentation of the command promises.
func TestPages(t *testing.T) {
	root, err := pages.Root()
	require.NoError(t, err)
	list, err := pages.Load(root)
	if err != nil {
		t.Error(err)
	}
	g := generator{root}
	count := map[pages.Kind]int{}
	fencesOf := make([][]pages.Fence, len(list))
	for i, p := range list {
		if p.File == "" {
			continue // Load has said so
		}
		fences, err := p.Fences()
		if err != nil {
			t.Error(err)
			continue
		}
		fencesOf[i] = fences
		for _, fault := range marked(p, fences) {
			t.Error(fault)
		}
		for _, f := range fences {
			count[f.Marker.Kind]++
			if f.Marker.Kind != pages.Install {
				continue
			}
			for _, fault := range g.installs(p, f) {
				t.Error(fault)
			}
		}
		filled, err := g.fill(p)
		if err != nil {
			t.Error(err)
		} else if filled.Text != p.Text {
			t.Errorf("%s differs from its code; run: go run ./docs -update\n%s", p.File, diff(p.Text, filled.Text))
		}
	}
	for i := 0; i+1 < len(list); i += 2 {
		if list[i].File == "" || list[i+1].File == "" {
			continue
		}
		for _, fault := range paired(list[i], list[i+1], fencesOf[i], fencesOf[i+1]) {
			t.Error(fault)
		}
	}
	t.Logf("%d files; fences by marker: %v", len(list), count)
}

// TestCounts compares the numbers in README.md and CHANGELOG.md with the tree.
func TestCounts(t *testing.T) {
	root, err := pages.Root()
	require.NoError(t, err)
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		return string(text)
	}
	endpoints := strings.Count(read("testdata/endpoints.tsv"), "\n") - 1 // the first line is the header
	require.Contains(t, read("README.md"), fmt.Sprintf("%d API endpoints", endpoints))
	require.Contains(t, read("README.zh-CN.md"), fmt.Sprintf("%d 个接口", endpoints))
	require.Contains(t, read("CHANGELOG.md"), fmt.Sprintf("%d endpoints", endpoints))
}
