package setup

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Program is an example: it serves the account that the environment describes, and
// shows itself on the local platform if there is no account.
type Program struct {
	Name  string
	Need  []string // required environment variables
	Serve func(ctx context.Context, account Account, addr string) error
	Demo  func(ctx context.Context, in io.Reader, out io.Writer, once bool) error
}

// Main runs the program with its flags, until it ends or is interrupted. After an error
// it prints the error and exits with status 1.
func (p Program) Main() {
	addr := flag.String("addr", ":8080", "address of the server for the real platform")
	once := flag.Bool("once", false, "with the local platform: exit after the transcript")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := p.Run(ctx, *addr, *once); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", p.Name, err)
		os.Exit(1)
	}
}

// Run is Main without process exit and signals.
func (p Program) Run(ctx context.Context, addr string, once bool) error {
	account, err := FromEnv(p.Need...)
	switch {
	case errors.Is(err, ErrNoAccount):
		return p.Demo(ctx, os.Stdin, os.Stdout, once)
	case err != nil:
		return err
	}
	return p.Serve(ctx, account, addr)
}
