package errcode

import "testing"

func TestRemediesHaveEachCodeOnce(t *testing.T) {
	seen := map[Code]bool{}
	for _, r := range remedies {
		for _, c := range r.codes {
			if seen[c] {
				t.Errorf("%v has two rows", c)
			}
			seen[c] = true
		}
	}
}
