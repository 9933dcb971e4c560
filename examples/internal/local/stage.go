// Package local is what the transcripts of the examples share: the local platform,
// and steps that are told and counted.
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

// Stage is the local platform with one account, in safe mode unless it says
// otherwise, and the transcript of what happens on it. It is not for concurrent use.
type Stage struct {
	Platform      *wechattest.Platform
	out           io.Writer
	steps, failed int
}

// Open sets the stage; the transcript goes to out.
func Open(out io.Writer) (*Stage, error) { return open(out, wechattest.Safe) }

// OpenPlain sets the stage with an account in plaintext mode.
func OpenPlain(out io.Writer) (*Stage, error) { return open(out, wechattest.Plain) }

func open(out io.Writer, mode wechattest.Mode) (*Stage, error) {
	platform, err := wechattest.Open(wechattest.Config{Mode: mode, StrictTokens: true})
	if err != nil {
		return nil, err
	}
	return &Stage{Platform: platform, out: out}, nil
}

// Close ends the platform. The error says so when a step has failed.
func (s *Stage) Close() error {
	if s.failed > 0 {
		return errors.Join(fmt.Errorf("%d of %d steps failed", s.failed, s.steps), s.Platform.Close())
	}
	fmt.Fprintf(s.out, "\n%d steps, all as they should be.\n", s.steps)
	return s.Platform.Close()
}

// Account is the account as an environment would describe it.
func (s *Stage) Account() setup.Account {
	cfg := s.Platform.Config()
	account := setup.Account{Token: cfg.Token, AppID: cfg.AppID, Secret: cfg.Secret}
	if cfg.Mode != wechattest.Plain {
		account.EncodingAESKey = cfg.EncodingAESKey
	}
	return account
}

// Client is a client of the account. With a source it takes its tokens from there.
func (s *Stage) Client(source officialaccount.TokenSource) (*officialaccount.Client, error) {
	account := s.Account()
	return officialaccount.New(officialaccount.Config{
		AppID: account.AppID, Secret: account.Secret, TokenSource: source,
		HTTPClient: s.Platform.Client(), BaseURL: s.Platform.URL(),
	})
}

// Title begins a part of the transcript.
func (s *Stage) Title(text string) { fmt.Fprintf(s.out, "\n%s\n", text) }

// Step does something and tells what came of it. An error fails the step.
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

// Sees is a step's outcome: what the user saw, which must contain text.
func Sees(text string) func(*wechattest.Reply, error) (string, error) {
	return func(r *wechattest.Reply, err error) (string, error) {
		if err == nil && !strings.Contains(r.Saw(), text) {
			err = fmt.Errorf("(it should have been %q)", text)
		}
		return cmp.Or(r.Saw(), "(nothing, as it should be)"), err
	}
}

// Next is a step's outcome: what the bot reports, which must contain text.
func Next(ctx context.Context, reports <-chan string, text string) (string, error) {
	select {
	case got := <-reports:
		if !strings.Contains(got, text) {
			return got, fmt.Errorf("(it should have been %q)", text)
		}
		return got, nil
	case <-time.After(10 * time.Second):
		return "", errors.New("the bot has heard nothing")
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Talk answers the lines of in until an empty one, the end, or that of ctx.
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
