// Command release rehearses and tags the releases of this repository. Run it in
// internal/tools:
//
//	go run ./release rehearse       # install everything as a user will, from a proxy folder
//	go run ./release tag v0.2.0     # rehearse and tag a release; -n shows what it would do
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// run runs a command line.
func run(ctx context.Context, out io.Writer, args []string) error {
	if len(args) == 0 {
		return errors.New("what to do? rehearse or tag")
	}
	flags := flag.NewFlagSet("release "+args[0], flag.ContinueOnError)
	another := flags.String("go", "go1.27.4", "second Go `release` that builds everything; empty for none")
	switch args[0] {
	case "rehearse":
		version := flags.String("version", "v0.1.0", "version that is rehearsed")
		keep := flags.String("proxy", "", "`folder` for the module proxy, which is kept; a temporary one if empty")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		tree, err := top(ctx)
		if err != nil {
			return err
		}
		return rehearseTree(ctx, out, tree, *version, *keep, *another)
	case "tag":
		show := flags.Bool("n", false, "show what would be done")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		if flags.NArg() != 1 {
			return errors.New("which version? release tag [-n] v0.2.0")
		}
		tree, err := top(ctx)
		if err != nil {
			return err
		}
		return tag(ctx, out, tree, flags.Arg(0), *show, func(tree, version string, p proxy) error {
			return rehearse(ctx, out, tree, version, p, *another)
		})
	}
	return fmt.Errorf("%q is neither rehearse nor tag", args[0])
}

// top returns the folder of the repository.
func top(ctx context.Context) (string, error) {
	dir, err := output(ctx, "", nil, "git", "rev-parse", "--show-toplevel")
	return strings.TrimSpace(dir), err
}

// rehearseTree rehearses a release of a tree as it is, committed or not.
func rehearseTree(ctx context.Context, out io.Writer, tree, version, keep, another string) (err error) {
	work, err := os.MkdirTemp("", "rehearsal")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if keep == "" {
		keep = filepath.Join(work, "proxy")
	} else if keep, err = filepath.Abs(keep); err != nil {
		return err
	}
	p, err := newProxy(ctx, keep, filepath.Join(work, "cache"))
	if err != nil {
		return err
	}
	tagged := filepath.Join(work, "tree")
	if err := copyTree(ctx, tree, tagged); err != nil {
		return err
	}
	if err := prepare(ctx, tagged, version, p); err != nil {
		return err
	}
	return rehearse(ctx, out, tagged, version, p, another)
}
