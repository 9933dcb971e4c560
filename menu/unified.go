package menu

import (
	"fmt"
	"slices"
	"strings"
)

// edit is a line of a diff: ' ' in both texts, '-' in the old one, '+' in the new one.
type edit struct {
	kind byte
	line string
}

// shown is the number of unchanged lines around a change.
const shown = 3

// unified returns the unified diff of two texts, without a header; empty if they are equal.
func unified(from, to string) string {
	edits := compare(lines(from), lines(to))
	changed := func(e edit) bool { return e.kind != ' ' }
	var out strings.Builder
	oldLine, newLine, done := 1, 1, 0
	count := func(until int) {
		for ; done < until; done++ {
			if edits[done].kind != '+' {
				oldLine++
			}
			if edits[done].kind != '-' {
				newLine++
			}
		}
	}
	for {
		first := slices.IndexFunc(edits[done:], changed)
		if first < 0 {
			return out.String()
		}
		begin := done + max(0, first-shown)
		end := done + first + 1 // grows while the next change is near
		for {
			next := slices.IndexFunc(edits[end:], changed)
			if next < 0 || next > 2*shown {
				break
			}
			end += next + 1
		}
		end = min(len(edits), end+shown)
		count(begin)
		oldBegin, newBegin := oldLine, newLine
		count(end)
		fmt.Fprintf(&out, "@@ -%s +%s @@\n", span(oldBegin, oldLine-oldBegin), span(newBegin, newLine-newBegin))
		for _, e := range edits[begin:end] {
			fmt.Fprintf(&out, "%c%s\n", e.kind, e.line)
		}
	}
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// span is the place of lines in a header. An empty one stands after the line before it.
func span(begin, lines int) string {
	switch lines {
	case 0:
		return fmt.Sprintf("%d,0", begin-1)
	case 1:
		return fmt.Sprint(begin)
	}
	return fmt.Sprintf("%d,%d", begin, lines)
}

// maxEdits bounds the work of shortest: its memory grows with the square of the number of
// changed lines. More changes are shown as one.
const maxEdits = 1000

// compare returns the lines of both texts, with few changes.
func compare(a, b []string) []edit {
	var head, tail []edit
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head = append(head, edit{' ', a[0]})
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail = append(tail, edit{' ', a[len(a)-1]})
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	slices.Reverse(tail)
	return slices.Concat(head, shortest(a, b), tail)
}

// shortest returns the fewest changes from a to b, by the greedy algorithm of Myers: with n
// changes, reach[k] is the furthest line of a on the diagonal k, which is the number of the
// line in a minus that in b.
func shortest(a, b []string) []edit {
	most := min(len(a)+len(b), maxEdits)
	reach, zero := make([]int, 2*most+3), most+1 // reach[zero+k]
	var before [][]int                           // reach before each change
	for n := 0; n <= most; n++ {
		before = append(before, slices.Clone(reach[zero-n-1:zero+n+2]))
		for k := -n; k <= n; k += 2 {
			x := reach[zero+k-1] + 1
			if inserts(reach[zero-n-1:], n, k) {
				x = reach[zero+k+1]
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			reach[zero+k] = x
			if x >= len(a) && x-k >= len(b) {
				return walk(a, b, before)
			}
		}
	}
	var all []edit
	for _, line := range a {
		all = append(all, edit{'-', line})
	}
	for _, line := range b {
		all = append(all, edit{'+', line})
	}
	return all
}

// inserts reports whether the change n on the diagonal k inserts a line of b. reach begins
// at the diagonal -n-1.
func inserts(reach []int, n, k int) bool {
	return k == -n || k != n && reach[n+k] < reach[n+k+2]
}

// walk goes back from the ends of both texts through the changes.
func walk(a, b []string, before [][]int) []edit {
	var back []edit
	x, y := len(a), len(b)
	for n := len(before) - 1; n >= 0; n-- {
		k := x - y
		from := k - 1
		if inserts(before[n], n, k) {
			from = k + 1
		}
		fromX := before[n][n+1+from]
		fromY := fromX - from
		for x > max(fromX, 0) && y > max(fromY, 0) {
			x, y = x-1, y-1
			back = append(back, edit{' ', a[x]})
		}
		switch {
		case n == 0:
		case x == fromX:
			back = append(back, edit{'+', b[fromY]})
		default:
			back = append(back, edit{'-', a[fromX]})
		}
		x, y = fromX, fromY
	}
	slices.Reverse(back)
	return back
}
