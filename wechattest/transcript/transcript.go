// Package transcript prints what happens on the local platform, step by step: what
// users and the platform do, and the outcome. The example programs of this module use
// it to show what they do.
package transcript

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// Stage is the local platform, and the transcript of what happens on it. It is not safe
// for concurrent use.
type Stage struct {
	Platform      *wechattest.Platform
	out           io.Writer
	servers       []*http.Server
	steps, failed int
}

// Open returns a stage with a platform of its own that writes the transcript to out.
func Open(out io.Writer, cfg wechattest.Config) (*Stage, error) {
	platform, err := wechattest.Open(cfg)
	if err != nil {
		return nil, err
	}
	return &Stage{Platform: platform, out: out}, nil
}

// Close closes the servers of [Stage.Serve] and the platform. It returns an error if a
// step has failed.
func (s *Stage) Close() error {
	var errs []error
	switch {
	case s.failed > 0:
		errs = append(errs, fmt.Errorf("%d of %d steps failed", s.failed, s.steps))
	case s.steps == 1:
		fmt.Fprint(s.out, "\n1 step, as expected.\n")
	default:
		fmt.Fprintf(s.out, "\n%d steps, all as expected.\n", s.steps)
	}
	for _, server := range s.servers {
		errs = append(errs, server.Close())
	}
	return errors.Join(append(errs, s.Platform.Close())...)
}

// Client returns a client of the platform's account.
func (s *Stage) Client() (*officialaccount.Client, error) {
	cfg := s.Platform.Config()
	return officialaccount.New(officialaccount.Config{
		AppID: cfg.AppID, Secret: cfg.Secret, HTTPClient: s.Platform.Client(), BaseURL: s.Platform.URL(),
	})
}

// Serve serves h on a loopback port until Close. The address begins with http:// and has
// no path.
func (s *Stage) Serve(h http.Handler) (address string, err error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	s.servers = append(s.servers, server)
	go server.Serve(listener)
	return "http://" + listener.Addr().String(), nil
}

// Title begins a part of the transcript.
func (s *Stage) Title(text string) { fmt.Fprintf(s.out, "\n%s\n", text) }

// Step runs do and prints its outcome. who acts, such as "user", and what says what is
// done. If do returns an error, the step has failed, and Close returns an error.
func (s *Stage) Step(who, what string, do func() (outcome string, err error)) {
	s.steps++
	mark := "ok  "
	outcome, err := do()
	if err != nil {
		s.failed++
		mark, outcome = "FAIL", strings.TrimSpace(outcome+" "+err.Error())
	}
	fmt.Fprintf(s.out, "  %s %-12s %s\n       %-12s %s\n", mark, who+":", what, "→", outcome)
}

// Sees returns the outcome of a step: what the user saw, which must contain text.
//
//	stage.Step("user", "says hello", func() (string, error) {
//		return transcript.Sees("hello")(user.Text("hello"))
//	})
func Sees(text string) func(*wechattest.Reply, error) (string, error) {
	return func(r *wechattest.Reply, err error) (string, error) {
		if err == nil && !strings.Contains(r.Saw(), text) {
			err = fmt.Errorf("(expected: %q)", text)
		}
		return cmp.Or(r.Saw(), "(nothing, as expected)"), err
	}
}

// Talk prints the prompt, and then the answer to each line of in, until an empty line,
// the end of in, or the end of ctx.
func (s *Stage) Talk(ctx context.Context, in io.Reader, prompt string, answer func(line string) string) {
	fmt.Fprintf(s.out, "\n%s; an empty line or Ctrl-D ends it.\n> ", prompt)
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scan := bufio.NewScanner(in); scan.Scan() && scan.Text() != ""; {
			select {
			case lines <- scan.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case line, more := <-lines:
			if !more {
				fmt.Fprintln(s.out)
				return
			}
			fmt.Fprintf(s.out, "%s\n> ", answer(line))
		}
	}
}
