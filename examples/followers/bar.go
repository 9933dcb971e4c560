package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/broadcast"
)

// This file is the same in all examples that draw a bar, so that each can be copied alone.

const width = 40 // characters of the bar

// bar draws the progress of a broadcast into a writer: a bar in a terminal, a
// line for each tenth elsewhere. Make one with newBar.
type bar struct {
	out      io.Writer
	terminal bool
	total    int
	tenths   int       // drawn so far
	paused   time.Time // end of the pause drawn last
}

// newBar returns a bar for so many receivers.
func newBar(out io.Writer, total int) *bar {
	file, ok := out.(*os.File)
	if ok {
		info, err := file.Stat()
		ok = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return &bar{out: out, terminal: ok, total: max(total, 1)}
}

// draw draws the state of a run. It has the type of broadcast.Config.OnProgress.
func (b *bar) draw(p broadcast.Progress) {
	tenths := 10 * p.Done / b.total
	if !b.terminal && tenths <= b.tenths && (p.PausedUntil.IsZero() || p.PausedUntil.Equal(b.paused)) {
		return
	}
	b.tenths, b.paused = tenths, p.PausedUntil
	full := min(width*p.Done/b.total, width)
	line := fmt.Sprintf("[%s%s] %d/%d", strings.Repeat("█", full), strings.Repeat("░", width-full), p.Done, b.total)
	if p.Earlier > 0 {
		line += fmt.Sprintf(", %d of them earlier", p.Earlier)
	}
	if !p.PausedUntil.IsZero() {
		line += fmt.Sprintf(", paused until %s: %v", p.PausedUntil.Format(time.TimeOnly), p.Cause)
	}
	if b.terminal {
		fmt.Fprintf(b.out, "\r\x1b[K%s", line)
	} else {
		fmt.Fprintf(b.out, "       %s\n", line)
	}
}

// end leaves the line of the bar.
func (b *bar) end() {
	if b.terminal {
		fmt.Fprintln(b.out)
	}
}
