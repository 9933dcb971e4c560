package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

// marked returns what is wrong with the markers of a page's fences.
func marked(p pages.Page, fences []pages.Fence) (faults []string) {
	fault := func(f pages.Fence, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("%s:%d: ", p.File, f.Line)+fmt.Sprintf(format, args...))
	}
	for i, f := range fences {
		var before pages.Fence
		if i > 0 {
			before = fences[i-1]
		}
		switch kind := f.Marker.Kind; f.Lang {
		case "go":
			if kind != pages.Code {
				fault(f, "a go fence needs <!-- code: … -->, and has %s", f.Marker)
			}
		case "sh":
			if !slices.Contains([]pages.Kind{pages.Run, pages.Install, pages.NotRun, pages.File}, kind) {
				fault(f, "a sh fence needs <!-- run -->, <!-- install -->, <!-- not run: reason --> or <!-- file: … -->, and has %s", f.Marker)
			}
		case "bash", "shell", "console", "golang":
			fault(f, "use sh or go instead of %s", f.Lang)
		default:
			if !slices.Contains([]pages.Kind{pages.None, pages.Output, pages.File}, kind) {
				fault(f, "%s is not for a fence of %q", f.Marker, f.Lang)
			}
		}
		if f.Marker.Kind == pages.Output && before.Marker.Kind != pages.Run {
			fault(f, "the fence before <!-- output --> is not <!-- run -->")
		}
	}
	return faults
}

// paired returns what the two languages of a page do not have in common.
func paired(a, b pages.Page, inA, inB []pages.Fence) (faults []string) {
	compare := func(what string, x, y []string) {
		for i := range max(len(x), len(y)) {
			one, other := "nothing", "nothing"
			if i < len(x) {
				one = x[i]
			}
			if i < len(y) {
				other = y[i]
			}
			if one != other {
				faults = append(faults, fmt.Sprintf("%s and %s: %s %d is %s in one and %s in the other", a.File, b.File, what, i+1, one, other))
				return
			}
		}
	}
	compare("marker", markers(inA), markers(inB))
	compare("heading level", levels(a), levels(b))
	return faults
}

// markers returns the markers of the fences. The reason of a not run marker is prose, and
// may be translated.
func markers(fences []pages.Fence) (list []string) {
	for _, f := range fences {
		switch f.Marker.Kind {
		case pages.None:
		case pages.NotRun:
			list = append(list, string(pages.NotRun))
		default:
			list = append(list, f.Marker.String())
		}
	}
	return list
}

var (
	heading   = regexp.MustCompile(`(?m)^#{1,6} `)
	fenceText = regexp.MustCompile("(?ms)^[ \t]*```.*?^[ \t]*```[ \t]*$")
)

func levels(p pages.Page) (list []string) {
	for _, h := range heading.FindAllString(fenceText.ReplaceAllString(p.Text, ""), -1) {
		list = append(list, strings.TrimSpace(h))
	}
	return list
}
