// Command wechat manages a WeChat Official Account from the command line. It compares
// the account's menus with a file, applies the menus of a file to the account, or
// writes the account's menus to a file.
//
//	wechat menu diff menu.yaml     # how the account's menus differ from the file
//	wechat menu apply menu.yaml    # replace them with the menus of the file
//	wechat menu pull menu.yaml     # write them to the file
//
// A file whose name ends in .yaml or .yml is YAML; every other file is the platform's
// own JSON. "-" is standard input or output. Package menu describes the content.
//
// The environment variables WECHAT_APPID and WECHAT_SECRET name the account. WECHAT_URL
// is the address of the API if it is not that of the platform, for example that of a
// local platform (cmd/wechat-emulator). The secret is never printed.
//
// The exit status is 0 if the command succeeded and the menus are equal, 1 if they
// differ, 2 for a mistake in the command line, the environment or the file, and 3 if
// the platform refused a call or could not be reached.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, program{os.Stdin, os.Stdout, os.Stderr, os.Getenv}, os.Args[1:]))
}

// program is what a command reads and writes.
type program struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
}

// The exit statuses.
const (
	done = iota
	differ
	mistake
	refused
)

// failure is an error with its exit status.
type failure struct {
	status int
	error
}

func (f failure) Unwrap() error { return f.error }

func mistakef(format string, args ...any) error {
	return failure{mistake, fmt.Errorf(format, args...)}
}

const help = `wechat manages a WeChat Official Account (微信公众号).

  wechat menu diff FILE               show how the account's menus differ from FILE
  wechat menu apply [-dry-run] [-yes] FILE
                                      replace the account's menus with those of FILE
  wechat menu pull [-force] FILE      write the account's menus to FILE

FILE is YAML with the ending .yaml or .yml, otherwise the platform's JSON; "-" is standard
input or output. "wechat menu COMMAND -h" describes the flags.

Environment:
  WECHAT_APPID    AppID (开发者ID)
  WECHAT_SECRET   AppSecret; never printed
  WECHAT_URL      address of the API, if it is not the platform's

Exit status: 0 done, the menus are equal; 1 the menus differ; 2 a mistake in the command
line, the environment or FILE; 3 the platform refused a call or could not be reached.
`

// run runs a command and returns its exit status.
func run(ctx context.Context, p program, args []string) int {
	err := p.dispatch(ctx, args)
	if err == nil {
		return done
	}
	status := refused
	if f, ok := errors.AsType[failure](err); ok {
		status = f.status
	}
	if status != differ {
		fmt.Fprintln(p.err, "wechat:", strings.TrimPrefix(err.Error(), "wechat: "))
	}
	return status
}

func (p program) dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return mistakef("no command; wechat -h lists them")
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		_, err := io.WriteString(p.out, help)
		return err
	case "menu":
		return p.menu(ctx, args[1:])
	}
	return mistakef("unknown command %q; wechat -h lists them", args[0])
}
