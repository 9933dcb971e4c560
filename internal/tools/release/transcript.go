package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"time"
)

// transcript prints a line for each step of a rehearsal, in the order of the steps.
type transcript struct {
	out           io.Writer
	began         time.Time
	steps, failed int
}

// step is something that must succeed. Its outcome is a few words, or empty.
type step struct {
	what string
	do   func() (outcome string, err error)
}

// title begins a part.
func (t *transcript) title(format string, args ...any) {
	fmt.Fprintf(t.out, "\n%s\n", fmt.Sprintf(format, args...))
}

// run runs steps, as many at a time as there are processors.
func (t *transcript) run(steps ...step) {
	type result struct {
		outcome string
		err     error
		took    time.Duration
	}
	results := make([]chan result, len(steps))
	for i := range results {
		results[i] = make(chan result, 1)
	}
	var mu sync.Mutex
	next := 0
	for range runtime.GOMAXPROCS(0) {
		go func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= len(steps) {
					return
				}
				began := time.Now()
				outcome, err := steps[i].do()
				results[i] <- result{outcome, err, time.Since(began)}
			}
		}()
	}
	for i, s := range steps {
		r := <-results[i]
		t.steps++
		mark := "ok  "
		if r.err != nil {
			t.failed++
			mark, r.outcome = "FAIL", r.err.Error()
		}
		line := fmt.Sprintf("  %s %5.1fs  %s", mark, r.took.Seconds(), s.what)
		if r.outcome != "" {
			line += "\n               → " + strings.ReplaceAll(strings.TrimSpace(r.outcome), "\n", "\n                 ")
		}
		fmt.Fprintln(t.out, line)
	}
}

// end prints the sum, and returns an error if a step has failed.
func (t *transcript) end() error {
	took := time.Since(t.began).Round(time.Second)
	if t.failed > 0 {
		return fmt.Errorf("%d of %d steps failed, in %v", t.failed, t.steps, took)
	}
	fmt.Fprintf(t.out, "\n%d steps, all as expected, in %v.\n", t.steps, took)
	return nil
}
