package main

import (
	"fmt"
	"strings"
)

// diff returns the first lines in which two texts differ, with the lines around them.
func diff(have, want string) string {
	const around, most = 2, 12
	a, b := strings.Split(have, "\n"), strings.Split(want, "\n")
	first := 0
	for first < len(a) && first < len(b) && a[first] == b[first] {
		first++
	}
	endA, endB := len(a), len(b)
	for endA > first && endB > first && a[endA-1] == b[endB-1] {
		endA, endB = endA-1, endB-1
	}
	var out strings.Builder
	print := func(sign string, lines []string) {
		for i, line := range lines {
			if i == most {
				fmt.Fprintf(&out, "%s … %d more lines\n", sign, len(lines)-i)
				return
			}
			fmt.Fprintf(&out, "%s %s\n", sign, line)
		}
	}
	fmt.Fprintf(&out, "line %d:\n", first+1)
	print(" ", a[max(0, first-around):first])
	print("-", a[first:endA])
	print("+", b[first:endB])
	print(" ", a[endA:min(len(a), endA+around)])
	return out.String()
}
