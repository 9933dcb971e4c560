package tokentest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/token/tokentest"
)

// issuer gives a token until that is reported, and then the next.
type issuer struct {
	mu    sync.Mutex
	n     int
	tok   token.Token
	delay time.Duration
}

func (s *issuer) Token(ctx context.Context) (token.Token, error) {
	select {
	case <-ctx.Done():
		return token.Token{}, ctx.Err()
	case <-time.After(s.delay):
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tok == (token.Token{}) {
		s.next()
	}
	return s.tok, nil
}

func (s *issuer) next() {
	s.n++
	s.tok = token.New(fmt.Sprintf("token-%d", s.n), time.Now().Add(2*time.Hour))
}

func (s *issuer) Invalidate(_ context.Context, stale token.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stale.Same(s.tok) {
		s.next()
	}
	return nil
}

func TestGoodSources(t *testing.T) {
	for name, source := range map[string]func(*testing.T) token.Source{
		"Issuer": func(*testing.T) token.Source { return &issuer{} },
		"Slow":   func(*testing.T) token.Source { return &issuer{delay: 50 * time.Millisecond} },
		"Static": func(*testing.T) token.Source { return token.Static("fixed") },
		"None":   func(*testing.T) token.Source { return token.None() },
		"Reuse": func(*testing.T) token.Source {
			return token.Reuse(&issuer{delay: 20 * time.Millisecond}, token.ReuseConfig{})
		},
		"ReuseStatic": func(*testing.T) token.Source { return token.Reuse(token.Static("fixed"), token.ReuseConfig{}) },
		"Shared": func(t *testing.T) token.Source {
			s, err := token.Shared(store.NewMemory(), &issuer{}, token.SharedConfig{Key: token.Key("wx1", "", token.AccessToken)})
			require.NoError(t, err)
			return s
		},
		"Func": func(*testing.T) token.Source {
			return token.SourceFunc(func(context.Context) (token.Token, error) { return token.New("never-ending", time.Time{}), nil })
		},
	} {
		t.Run(name, func(t *testing.T) { tokentest.RunInBubble(t, source) })
	}
}

// broken is an issuer with one method replaced.
type broken struct {
	issuer
	token      func(ctx context.Context, good func() (token.Token, error)) (token.Token, error)
	invalidate func(ctx context.Context, stale token.Token) error
}

func (b *broken) Token(ctx context.Context) (token.Token, error) {
	if b.token == nil {
		return b.issuer.Token(ctx)
	}
	return b.token(ctx, func() (token.Token, error) { return b.issuer.Token(context.Background()) })
}

func (b *broken) Invalidate(ctx context.Context, stale token.Token) error {
	if b.invalidate == nil {
		return b.issuer.Invalidate(ctx, stale)
	}
	return b.invalidate(ctx, stale)
}

func gives(tok func() token.Token) func(context.Context, func() (token.Token, error)) (token.Token, error) {
	return func(context.Context, func() (token.Token, error)) (token.Token, error) { return tok(), nil }
}

// brokenSources each break one rule; part is the subtest that must notice.
var brokenSources = []struct {
	name, part string
	source     func(*testing.T) token.Source
}{
	{"Nil", "Token", func(*testing.T) token.Source { return nil }},
	{"TokenWithError", "Invalidate", func(*testing.T) token.Source {
		b := &broken{}
		var stale token.Token
		b.invalidate = func(_ context.Context, t token.Token) error {
			stale = t
			return nil
		}
		b.token = func(ctx context.Context, good func() (token.Token, error)) (token.Token, error) {
			tok, err := good()
			if err == nil && tok.Same(stale) {
				return tok, token.ErrStillRejected
			}
			return tok, err
		}
		return b
	}},
	{"Zero", "Token", func(*testing.T) token.Source {
		return &broken{token: gives(func() token.Token { return token.Token{} })}
	}},
	{"Empty", "Token", func(*testing.T) token.Source {
		return &broken{token: gives(func() token.Token { return token.New("", time.Now().Add(time.Hour)) })}
	}},
	{"Expired", "Token", func(*testing.T) token.Source {
		return &broken{token: gives(func() token.Token { return token.New("x", time.Now().Add(-time.Minute)) })}
	}},
	{"Untrimmed", "Token", func(*testing.T) token.Source {
		return &broken{token: gives(func() token.Token { return token.New("x\n", time.Now().Add(time.Hour)) })}
	}},
	{"WrongUnit", "Token", func(*testing.T) token.Source {
		return &broken{token: gives(func() token.Token { return token.New("x", time.Now().Add(7200*time.Hour)) })}
	}},
	{"Errs", "Token", func(*testing.T) token.Source {
		return &broken{token: func(context.Context, func() (token.Token, error)) (token.Token, error) {
			return token.Token{}, errors.New("no token here")
		}}
	}},
	{"Panics", "Token", func(*testing.T) token.Source { return &broken{token: gives(func() token.Token { panic("boom") })} }},
	{"Goexit", "Token", func(*testing.T) token.Source {
		return &broken{token: gives(func() token.Token {
			runtime.Goexit()
			return token.Token{}
		})}
	}},
	{"EndMoves", "Expiry", func(*testing.T) token.Source {
		return &broken{token: gives(func() token.Token { return token.New("x", time.Now().Add(2*time.Hour)) })}
	}},
	{"EndMovesBySeconds", "Expiry", func(*testing.T) token.Source {
		return &broken{token: gives(func() token.Token { return token.New("x", time.Now().Truncate(time.Second).Add(2*time.Hour)) })}
	}},
	{"IgnoresContext", "Context", func(*testing.T) token.Source {
		return &broken{token: func(_ context.Context, good func() (token.Token, error)) (token.Token, error) {
			time.Sleep(3 * time.Second)
			return good()
		}}
	}},
	{"OwnContextError", "Context", func(*testing.T) token.Source {
		return &broken{token: func(ctx context.Context, good func() (token.Token, error)) (token.Token, error) {
			if ctx.Err() != nil {
				return token.Token{}, errors.New("interrupted")
			}
			return good()
		}}
	}},
	{"CancelSticks", "Context", func(*testing.T) token.Source {
		var stuck error
		return &broken{token: func(ctx context.Context, good func() (token.Token, error)) (token.Token, error) {
			if stuck == nil {
				stuck = ctx.Err()
			}
			if stuck != nil {
				return token.Token{}, stuck
			}
			return good()
		}}
	}},
	{"HangsWhenCanceled", "Context", func(t *testing.T) token.Source {
		return &broken{token: func(ctx context.Context, good func() (token.Token, error)) (token.Token, error) {
			if ctx.Err() != nil {
				<-t.Context().Done()
			}
			return good()
		}}
	}},
	{"IgnoresAPastDeadline", "Context", func(*testing.T) token.Source {
		return &broken{token: func(ctx context.Context, good func() (token.Token, error)) (token.Token, error) {
			if end, limited := ctx.Deadline(); limited && time.Until(end) < 0 {
				time.Sleep(2 * time.Second) // a timeout below zero counts as none
			}
			return good()
		}}
	}},
	{"LeaderTakesAllAway", "Leavers", func(*testing.T) token.Source { return &led{} }},
	{"OneAtATime", "Concurrency", func(*testing.T) token.Source {
		var busy sync.Mutex
		return &broken{token: func(_ context.Context, good func() (token.Token, error)) (token.Token, error) {
			if !busy.TryLock() {
				return token.Token{}, errors.New("busy")
			}
			defer busy.Unlock()
			runtime.Gosched()
			time.Sleep(time.Millisecond)
			return good()
		}}
	}},
	{"Shows", "Secrecy", func(*testing.T) token.Source { return shows{"plain-value"} }},
	{"ShowsAsGoSyntax", "Secrecy", func(*testing.T) token.Source { return named{shows{"plain-value"}} }},
	{"DropsAnything", "Invalidate", func(*testing.T) token.Source {
		b := &broken{}
		b.invalidate = func(context.Context, token.Token) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.next()
			return nil
		}
		return b
	}},
	{"DropsNothing", "Invalidate", func(*testing.T) token.Source {
		return &broken{invalidate: func(context.Context, token.Token) error { return nil }}
	}},
	{"DropsTheNextToo", "Invalidate", func(*testing.T) token.Source {
		b := &broken{}
		b.invalidate = func(_ context.Context, stale token.Token) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			if strings.HasPrefix(stale.Value(), "token-") { // one of its own, at any time
				b.next()
			}
			return nil
		}
		return b
	}},
	{"InvalidateHangs", "Invalidate", func(t *testing.T) token.Source {
		return &broken{invalidate: func(context.Context, token.Token) error {
			<-t.Context().Done()
			return nil
		}}
	}},
	{"InvalidateIgnoresContext", "Invalidate", func(*testing.T) token.Source {
		b := &broken{}
		b.invalidate = func(_ context.Context, stale token.Token) error {
			time.Sleep(2 * time.Second)
			return b.issuer.Invalidate(context.Background(), stale)
		}
		return b
	}},
	{"InvalidateHasItsOwnContextError", "Invalidate", func(*testing.T) token.Source {
		b := &broken{}
		b.invalidate = func(ctx context.Context, stale token.Token) error {
			if ctx.Err() != nil {
				return errors.New("interrupted")
			}
			return b.issuer.Invalidate(ctx, stale)
		}
		return b
	}},
	{"InvalidateFails", "Invalidate", func(*testing.T) token.Source {
		return &broken{invalidate: func(context.Context, token.Token) error { return errors.New("no") }}
	}},
	{"InvalidatePanics", "Invalidate", func(*testing.T) token.Source {
		return &broken{invalidate: func(context.Context, token.Token) error { panic("boom") }}
	}},
	{"FailsAfterReport", "Invalidate", func(*testing.T) token.Source {
		b := &broken{}
		dead := false
		b.invalidate = func(_ context.Context, stale token.Token) error {
			dead = dead || stale.Same(b.tok)
			return nil
		}
		b.token = func(_ context.Context, good func() (token.Token, error)) (token.Token, error) {
			if dead {
				return token.Token{}, errors.New("nothing left")
			}
			return good()
		}
		return b
	}},
}

// led has everyone wait for the first caller, whose cancellation is theirs.
type led struct {
	mu   sync.Mutex
	done chan struct{}
	err  error
}

func (l *led) Token(ctx context.Context) (token.Token, error) {
	l.mu.Lock()
	first := l.done == nil
	if first {
		l.done = make(chan struct{})
	}
	l.mu.Unlock()
	if first {
		select {
		case <-ctx.Done():
			l.err = ctx.Err()
		case <-time.After(200 * time.Millisecond):
			l.err = context.Canceled // as if that caller had left later
		}
		close(l.done)
	}
	<-l.done
	if l.err != nil {
		return token.Token{}, l.err
	}
	return token.New("x", time.Now().Add(time.Hour)), nil
}

// shows is a source that prints.
type shows struct{ Value string }

func (s shows) Token(context.Context) (token.Token, error) {
	return token.New(s.Value, time.Time{}), nil
}

// named is a source that prints its name, but not with %#v.
type named struct{ shows }

func (named) String() string { return "named" }

const inChild = "TOKENTEST_BROKEN_CHILD"

// TestBroken runs the suite over every broken source in a child process, where it
// must fail, and in the part that looks at the broken rule.
func TestBroken(t *testing.T) {
	if os.Getenv(inChild) != "" {
		for _, b := range brokenSources {
			t.Run(b.name, func(t *testing.T) {
				tokentest.RunInBubble(t, func(t *testing.T) token.Source {
					if !strings.HasSuffix(t.Name(), "/"+b.part) {
						t.SkipNow() // no other part need notice
					}
					return b.source(t)
				})
			})
		}
		return
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestBroken$", "-test.v")
	cmd.Env = append(os.Environ(), inChild+"=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "the suite accepted the broken sources:\n%s", out)
	for _, b := range brokenSources {
		require.Contains(t, string(out), "--- FAIL: TestBroken/"+b.name+"/"+b.part+" ", "nothing noticed; all output:\n%s", out)
	}
	require.NotContains(t, string(out), "test timed out")
}
