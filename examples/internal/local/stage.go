// Package local is the common code of the examples' transcripts: the local platform,
// and steps that are printed and counted.
package local

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/examples/internal/setup"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// Stage is the local platform with one account, in safe mode by default, and a
// transcript. It is not safe for concurrent use.
type Stage struct {
	Platform      *wechattest.Platform
	out           io.Writer
	steps, failed int
}

// Open returns a stage that writes the transcript to out.
func Open(out io.Writer) (*Stage, error) { return open(out, wechattest.Safe) }

// OpenPlain is [Open] with an account in plaintext mode.
func OpenPlain(out io.Writer) (*Stage, error) { return open(out, wechattest.Plain) }

func open(out io.Writer, mode wechattest.Mode) (*Stage, error) {
	platform, err := wechattest.Open(wechattest.Config{Mode: mode, StrictTokens: true})
	if err != nil {
		return nil, err
	}
	return &Stage{Platform: platform, out: out}, nil
}

// Close closes the platform. It returns an error if a step has failed.
func (s *Stage) Close() error {
	if s.failed > 0 {
		return errors.Join(fmt.Errorf("%d of %d steps failed", s.failed, s.steps), s.Platform.Close())
	}
	fmt.Fprintf(s.out, "\n%d steps, all as expected.\n", s.steps)
	return s.Platform.Close()
}

// Account returns the account of the platform.
func (s *Stage) Account() setup.Account {
	cfg := s.Platform.Config()
	account := setup.Account{Token: cfg.Token, AppID: cfg.AppID, Secret: cfg.Secret}
	if cfg.Mode != wechattest.Plain {
		account.EncodingAESKey = cfg.EncodingAESKey
	}
	return account
}

// Client returns a client of the account. If source is not nil, its tokens come from
// source.
func (s *Stage) Client(source officialaccount.TokenSource) (*officialaccount.Client, error) {
	account := s.Account()
	return officialaccount.New(officialaccount.Config{
		AppID: account.AppID, Secret: account.Secret, TokenSource: source,
		HTTPClient: s.Platform.Client(), BaseURL: s.Platform.URL(),
	})
}

// Title begins a part of the transcript.
func (s *Stage) Title(text string) { fmt.Fprintf(s.out, "\n%s\n", text) }

// Step runs a step and prints its result. An error fails the step.
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

// Sees returns the result of a step: what the user saw, which must contain text.
func Sees(text string) func(*wechattest.Reply, error) (string, error) {
	return func(r *wechattest.Reply, err error) (string, error) {
		if err == nil && !strings.Contains(r.Saw(), text) {
			err = fmt.Errorf("(expected: %q)", text)
		}
		return cmp.Or(r.Saw(), "(nothing, as expected)"), err
	}
}

// Next returns the result of a step: the bot's next report, which must contain text.
func Next(ctx context.Context, reports <-chan string, text string) (string, error) {
	select {
	case got := <-reports:
		if !strings.Contains(got, text) {
			return got, fmt.Errorf("(expected: %q)", text)
		}
		return got, nil
	case <-time.After(10 * time.Second):
		return "", errors.New("the bot has received nothing")
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Talk sends the lines of in to the bot until an empty line, the end of in, or the end
// of ctx.
func (s *Stage) Talk(ctx context.Context, in io.Reader, invitation string, answer func(line string) string) {
	fmt.Fprintf(s.out, "\n%s; an empty line or Ctrl-D ends it.\n> ", invitation)
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
