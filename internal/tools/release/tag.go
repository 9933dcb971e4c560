package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/semver"

	"github.com/seed-f21aa8d8/wechat/internal/tools/modules"
)

// tag makes two commits on main. The first is the release, with the tags: its released
// modules have no replace line. The second puts the replace lines back, for the work in
// the tree. With show set it only shows what it would do.
func tag(ctx context.Context, out io.Writer, tree, version string, show bool, rehearse func(tree, version string, p proxy) error) (err error) {
	git := func(args ...string) (string, error) {
		text, err := output(ctx, tree, nil, "git", args...)
		return strings.TrimSpace(text), err
	}
	if err := mayTag(git, version); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()

	// The release, in a copy: nothing changes here until it has been rehearsed.
	tagged := filepath.Join(work, "tree")
	if err := copyTree(ctx, tree, tagged); err != nil {
		return err
	}
	changelog := filepath.Join(tagged, "CHANGELOG.md")
	text, err := os.ReadFile(changelog)
	if err != nil {
		return err
	}
	next, notes, err := cut(string(text), version, time.Now())
	if err != nil {
		return err
	}
	if err := os.WriteFile(changelog, []byte(next), 0o644); err != nil {
		return err
	}
	p, err := newProxy(ctx, filepath.Join(work, "proxy"), filepath.Join(work, "cache"))
	if err != nil {
		return err
	}
	if err := prepare(ctx, tagged, version, p); err != nil {
		return err
	}
	released, err := modules.Released(tagged)
	if err != nil {
		return err
	}
	changed, err := differing(tree, tagged)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s changes %s\n\n%s\n\n", version, strings.Join(slices.Sorted(maps.Keys(changed)), ", "), notes)
	diff, err := output(ctx, tree, nil, filepath.Join(tree, ".ci", "apidiff"))
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "Changes of the API", strings.TrimSpace(diff))
	tags := make([]string, len(released))
	for i, m := range released {
		tags[i] = m.Tag(version)
	}
	if show {
		fmt.Fprintf(out, "\nIt would rehearse the release, commit it, set the tags %s, and commit the go.mod files for the work after it.\n", strings.Join(tags, ", "))
		return nil
	}
	if err := rehearse(tagged, version, p); err != nil {
		return err
	}

	before, err := git("rev-parse", "HEAD")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil { // the tree was clean
			_, undone := git("reset", "--hard", before)
			err = errors.Join(err, undone)
		}
	}()
	for name, text := range changed {
		if err := os.WriteFile(filepath.Join(tree, name), text.tagged, 0o644); err != nil {
			return err
		}
	}
	if err := commit(git, "Release "+version); err != nil {
		return err
	}
	if err := sameZips(ctx, tree, work, version, p, released); err != nil {
		return err
	}
	release, err := git("rev-parse", "HEAD")
	if err != nil {
		return err
	}
	if err := goOn(tree, version, changed); err != nil {
		return err
	}
	if err := commit(git, "Go on after "+version+"\n\nThe go.mod files replace our modules by the tree again."); err != nil {
		return err
	}
	for i, t := range tags {
		if _, err := git("tag", "-a", "-m", version, t, release); err != nil {
			for _, made := range tags[:i] {
				_, undone := git("tag", "-d", made)
				err = errors.Join(err, undone)
			}
			return err
		}
	}
	fmt.Fprintf(out, "\nNothing has been pushed. To publish:\n\n\tgit push --atomic origin main %s\n", strings.Join(tags, " "))
	return nil
}

// mayTag returns an error unless the version can be tagged here and now.
func mayTag(git func(...string) (string, error), version string) error {
	if !semver.IsValid(version) || semver.Canonical(version) != version || semver.Build(version) != "" {
		return fmt.Errorf("%q is not a version such as v0.2.0", version)
	}
	branch, err := git("branch", "--show-current")
	if err != nil {
		return err
	}
	if branch != "main" {
		return fmt.Errorf("releases are tagged on main, not on %q", branch)
	}
	status, err := git("status", "--porcelain")
	if err != nil {
		return err
	}
	if status != "" {
		return fmt.Errorf("commit or remove first:\n%s", status)
	}
	tags, err := git("tag", "--list", "v*")
	if err != nil {
		return err
	}
	for last := range strings.FieldsSeq(tags) {
		if semver.IsValid(last) && semver.Compare(version, last) <= 0 {
			return fmt.Errorf("%s is not greater than the tag %s", version, last)
		}
	}
	return nil
}

// change is the text of a file before a release and in it. before is nil if there was no
// such file.
type change struct{ before, tagged []byte }

// differing returns the files of a tree that its prepared copy changes, by their names
// with slashes.
func differing(tree, tagged string) (map[string]change, error) {
	changed := map[string]change{}
	err := filepath.WalkDir(tagged, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		below, err := filepath.Rel(tagged, name)
		if err != nil {
			return err
		}
		var c change
		if c.tagged, err = os.ReadFile(name); err != nil {
			return err
		}
		c.before, err = os.ReadFile(filepath.Join(tree, below))
		switch {
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		case err != nil && entry.Name() == "LICENSE": // which only the zip has
		case err != nil, !bytes.Equal(c.before, c.tagged):
			changed[filepath.ToSlash(below)] = c
		}
		return nil
	})
	return changed, err
}

// commit commits all changes.
func commit(git func(...string) (string, error), message string) error {
	if _, err := git("add", "-A"); err != nil {
		return err
	}
	_, err := git("commit", "-q", "-m", message)
	return err
}

// sameZips checks that the commit has what was rehearsed.
func sameZips(ctx context.Context, tree, work, version string, rehearsed proxy, released []modules.Module) error {
	clone := filepath.Join(work, "commit")
	if _, err := output(ctx, work, nil, "git", "clone", "-q", tree, clone); err != nil {
		return err
	}
	committed := proxy{dir: filepath.Join(work, "committed")}
	for _, m := range released {
		if err := committed.add(m, version, clone); err != nil {
			return err
		}
		is, _, err := committed.hash(m, version)
		if err != nil {
			return err
		}
		was, _, err := rehearsed.hash(m, version)
		if err != nil {
			return err
		}
		if is != was {
			return fmt.Errorf("%s: the commit has %s, and %s was rehearsed", m.Path, is, was)
		}
	}
	return nil
}

// goOn gives the go.mod and go.sum files the form that they had before a release, with
// requires of the release.
func goOn(tree, version string, changed map[string]change) error {
	for name, text := range changed {
		if base := path.Base(name); base != "go.mod" && base != "go.sum" {
			continue
		}
		if text.before == nil {
			if err := os.Remove(filepath.Join(tree, name)); err != nil {
				return err
			}
		} else if err := os.WriteFile(filepath.Join(tree, name), text.before, 0o644); err != nil {
			return err
		}
	}
	return raiseAll(tree, version)
}
