package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/seed-f21aa8d8/wechat/internal/tools/modules"
)

// root is the path of the root module; the others stand below it.
const root = "github.com/seed-f21aa8d8/wechat"

func ours(path string) bool { return path == root || strings.HasPrefix(path, root+"/") }

// copyTree copies the files of a tree that git tracks or would add. A symbolic link is
// an error, since the zip of a module has none.
func copyTree(ctx context.Context, from, to string) error {
	list, err := output(ctx, from, nil, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
		source, target := filepath.Join(from, name), filepath.Join(to, name)
		info, err := os.Lstat(source)
		switch {
		case errors.Is(err, fs.ErrNotExist): // removed, and not committed yet
			continue
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is not a regular file: the zip of a module cannot have it", name)
		}
		text, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(target, text, info.Mode().Perm()); err != nil {
			return err
		}
	}
	return nil
}

// prepare gives every go.mod of a copied tree the form that is tagged as version, and
// writes the released modules to the proxy. Requires of our modules name the version.
// Released modules lose the replace lines that serve the tree, and their go.sum gets
// the hashes of the modules before them.
func prepare(ctx context.Context, tree, version string, p proxy) error {
	released, err := modules.Released(tree)
	if err != nil {
		return err
	}
	if err := raiseAll(tree, version); err != nil {
		return err
	}
	for _, m := range released {
		dir := filepath.Join(tree, m.Dir)
		if err := edit(filepath.Join(dir, "go.mod"), dropReplace); err != nil {
			return err
		}
		if _, err := output(ctx, dir, p.env(), "go", "mod", "tidy"); err != nil {
			return fmt.Errorf("%s: %w", m.Path, err)
		}
		if err := p.add(m, version, tree); err != nil {
			return fmt.Errorf("%s: %w", m.Path, err)
		}
	}
	return nil
}

// raiseAll sets the version of our modules in the requires of every go.mod of a tree.
func raiseAll(tree, version string) error {
	return filepath.WalkDir(tree, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == ".git" || entry.Name() == "node_modules"):
			return fs.SkipDir
		case entry.Name() != "go.mod":
			return nil
		}
		return edit(name, func(f *modfile.File) error {
			for _, r := range slices.Clone(f.Require) {
				if ours(r.Mod.Path) {
					if err := f.AddRequire(r.Mod.Path, version); err != nil {
						return err
					}
				}
			}
			return nil
		})
	})
}

// dropReplace removes the replaces of our modules. A released module may have no other.
func dropReplace(f *modfile.File) error {
	for _, r := range slices.Clone(f.Replace) {
		if !ours(r.Old.Path) {
			return fmt.Errorf("go.mod replaces %s: whoever imports the module gets the original", r.Old.Path)
		}
		if err := f.DropReplace(r.Old.Path, r.Old.Version); err != nil {
			return err
		}
	}
	return nil
}

// edit changes a go.mod.
func edit(name string, change func(*modfile.File) error) error {
	f, err := modules.ReadMod(name)
	if err != nil {
		return err
	}
	if err := change(f); err != nil {
		return err
	}
	f.Cleanup()
	text, err := f.Format()
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}

// output runs a command and returns what it prints. Its error shows the command and the
// end of what it said.
func output(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(said.String() + "\n" + out.String())
		if len(text) > 4000 {
			text = "..." + text[len(text)-4000:]
		}
		return out.String(), fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, text)
	}
	return out.String(), nil
}
