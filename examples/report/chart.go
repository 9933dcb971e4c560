package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// chart is numbers by label, as bars that stand on each other or as a line.
type chart struct {
	Title, Note string
	Labels      []string
	Missing     []bool // labels whose numbers are not known yet; nil if there are none
	Series      []series
	Line        bool
}

// series is the numbers of one color.
type series struct {
	Name   string
	Values []int // negative values hang below zero
}

// The picture, in units of its view box.
const (
	width, height = 560.0, 250.0
	left, right   = 52.0, 8.0
	top, bottom   = 10.0, 28.0
)

// picture is a chart as shapes.
type picture struct {
	Ticks  []tick
	Labels []tick
	Bars   []bar
	Gaps   []bar // where numbers are missing
	Line   string
	Dots   []bar
	Zero   float64
}

type tick struct {
	At   float64
	Text string
}

type bar struct {
	X, Y, W, H float64
	Color      int // number of the series, from 1
	Tip        string
}

func (c chart) missing(i int) bool { return c.Missing != nil && c.Missing[i] }

// Picture computes the shapes.
func (c chart) Picture() picture {
	low, high := c.bounds()
	step := niceStep((high - low) / 4)
	low, high = math.Floor(low/step)*step, math.Ceil(high/step)*step
	y := func(v float64) float64 { return round(top + (high-v)/(high-low)*(height-top-bottom)) }
	slot := (width - left - right) / float64(len(c.Labels))
	p := picture{Zero: y(max(low, 0))}
	for v := low; v <= high+step/2; v += step {
		p.Ticks = append(p.Ticks, tick{y(v), group(int(math.Round(math.Abs(v))))})
	}
	var line []string
	for i, label := range c.Labels {
		x := left + slot*(float64(i)+0.5)
		if len(c.Labels) <= 12 || i%3 == 0 {
			p.Labels = append(p.Labels, tick{round(x), label})
		}
		switch {
		case c.missing(i):
			p.Gaps = append(p.Gaps, bar{X: round(x - slot*0.36), Y: top, W: round(slot * 0.72), H: height - top - bottom, Tip: label + ": 未统计 not counted yet"})
		case c.Line:
			v := c.Series[0].Values[i]
			line = append(line, fmt.Sprintf("%g,%g", round(x), y(float64(v))))
			p.Dots = append(p.Dots, bar{X: round(x), Y: y(float64(v)), Color: 1, Tip: label + ": " + group(v)})
		default:
			p.Bars = append(p.Bars, c.stack(i, x-slot*0.36, slot*0.72, y)...)
		}
	}
	p.Line = strings.Join(line, " ")
	return p
}

// stack returns the bars of one label: positive values upwards, negative ones downwards.
func (c chart) stack(i int, x, w float64, y func(float64) float64) (bars []bar) {
	up, down := 0.0, 0.0
	for n, s := range c.Series {
		v := float64(s.Values[i])
		from := &up
		if v < 0 {
			from = &down
		}
		a, b := y(*from), y(*from+v)
		if *from += v; a != b {
			bars = append(bars, bar{round(x), min(a, b), round(w), round(math.Abs(a - b)), n + 1, c.Labels[i] + " " + s.Name + ": " + group(int(math.Abs(v)))})
		}
	}
	return bars
}

// bounds are the least and the greatest value to show. Bars begin at zero, a line does
// not.
func (c chart) bounds() (low, high float64) {
	if c.Line {
		low, high = math.Inf(1), math.Inf(-1)
	}
	for i := range c.Labels {
		if c.missing(i) {
			continue
		}
		up, down := 0.0, 0.0
		for _, s := range c.Series {
			up += max(0, float64(s.Values[i]))
			down += min(0, float64(s.Values[i]))
		}
		if c.Line {
			down = up
		}
		low, high = min(low, down), max(high, up)
	}
	if math.IsInf(low, 0) {
		low, high = 0, 1
	}
	return low, max(high, low+4) // whole numbers on the axis
}

// niceStep rounds up to 1, 2 or 5 times a power of ten.
func niceStep(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(max(v, 1))))
	for _, nice := range []float64{1, 2, 5} {
		if v <= nice*power {
			return nice * power
		}
	}
	return 10 * power
}

func round(v float64) float64 { return math.Round(v*10) / 10 }

// group writes a number with commas.
func group(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Tables are the numbers as a table, or as two halves of a long one.
func (c chart) Tables() [][][]string {
	rows := c.rows()
	if len(rows) <= 12 {
		return [][][]string{rows}
	}
	half := (len(rows) + 1) / 2
	return [][][]string{rows[:half], rows[half:]}
}

func (c chart) rows() (rows [][]string) {
	for i, label := range c.Labels {
		row := []string{label}
		for _, s := range c.Series {
			if c.missing(i) {
				row = append(row, "—")
				continue
			}
			row = append(row, group(max(s.Values[i], -s.Values[i])))
		}
		rows = append(rows, row)
	}
	return rows
}
