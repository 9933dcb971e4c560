package main

import (
	"errors"
	"strings"
	"time"
)

const unreleased = "## Unreleased\n"

// cut turns the section "Unreleased" of a changelog into that of a version, and begins
// an empty one. notes is the text of the section.
func cut(changelog, version string, day time.Time) (next, notes string, err error) {
	before, after, found := strings.Cut(changelog, "\n"+unreleased)
	if !found {
		return "", "", errors.New("CHANGELOG.md has no section Unreleased")
	}
	notes, rest, more := strings.Cut(after, "\n## ")
	if strings.TrimSpace(notes) == "" {
		return "", "", errors.New("CHANGELOG.md has nothing under Unreleased: a release without a change?")
	}
	next = before + "\n" + unreleased + "\n## " + version + " - " + day.Format(time.DateOnly) + "\n" + notes
	if more {
		next += "\n## " + rest
	}
	return next, strings.TrimSpace(notes), nil
}
