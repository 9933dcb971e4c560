package pages

import (
	"fmt"
	"regexp"
	"strings"
)

// Kind says what a marker promises about the fence after it.
type Kind string

// The kinds of markers. See the documentation of command docs.
const (
	None    Kind = ""        // the fence has no marker
	Code    Kind = "code"    // from a Go file
	File    Kind = "file"    // a whole file
	Run     Kind = "run"     // shell commands that a test executes
	Output  Kind = "output"  // what the run fence before it prints
	Install Kind = "install" // go get, go install and go run with paths of this tree
	NotRun  Kind = "not run" // shell commands that a test cannot execute
)

// Marker is the comment in the line before a fence.
type Marker struct {
	Kind Kind
	Text string // what follows the kind: "echobot/bot.go newBot body"
}

func (m Marker) String() string {
	switch m.Kind {
	case None:
		return "(no marker)"
	case Run, Output, Install:
		return "<!-- " + string(m.Kind) + " -->"
	}
	return "<!-- " + string(m.Kind) + ": " + m.Text + " -->"
}

// Fence is a fenced code block.
type Fence struct {
	Marker Marker
	Lang   string // go, sh, json; "" if there is none
	Body   string // without the indentation of the fence; ends with a newline unless empty
	Line   int    // of the opening fence, from 1

	indent      string
	first, last int // the lines of the body, from 0, half open
}

var (
	opening = regexp.MustCompile("^([ \t]*)(```+|~~~+)[ \t]*([^ \t`]*)[^`]*$")
	comment = regexp.MustCompile(`^\s*<!--\s*(.*?)\s*-->\s*$`)
)

// Fences returns the fences of a page.
func (p Page) Fences() ([]Fence, error) {
	lines := strings.Split(p.Text, "\n")
	var list []Fence
	for i := 0; i < len(lines); i++ {
		found := opening.FindStringSubmatch(lines[i])
		if found == nil {
			continue
		}
		f := Fence{Lang: found[3], Line: i + 1, indent: found[1], first: i + 1}
		if i > 0 {
			if c := comment.FindStringSubmatch(lines[i-1]); c != nil {
				m, err := parseMarker(c[1])
				if err != nil {
					return nil, fmt.Errorf("%s:%d: %w", p.File, i, err)
				}
				f.Marker = m
			}
		}
		for i++; ; i++ {
			if i == len(lines) {
				return nil, fmt.Errorf("%s:%d: the fence does not end", p.File, f.Line)
			}
			if strings.TrimSpace(lines[i]) == found[2] {
				break
			}
		}
		f.last = i
		var body strings.Builder
		for _, line := range lines[f.first:f.last] {
			body.WriteString(strings.TrimPrefix(line, f.indent) + "\n")
		}
		f.Body = body.String()
		list = append(list, f)
	}
	return list, nil
}

func parseMarker(text string) (Marker, error) {
	switch Kind(text) {
	case Run, Output, Install:
		return Marker{Kind: Kind(text)}, nil
	}
	kind, rest, _ := strings.Cut(text, ":")
	rest = strings.TrimSpace(rest)
	switch k := Kind(kind); {
	case rest == "":
	case k == Code, k == File, k == NotRun:
		return Marker{k, rest}, nil
	}
	return Marker{}, fmt.Errorf("unknown marker <!-- %s -->: use code: FILE [NAME [body]], file: /PATH, run, output, install or not run: REASON", text)
}

// With returns the page with other bodies for fences; bodies are keyed by the line of the
// fence.
func (p Page) With(fences []Fence, bodies map[int]string) Page {
	lines := strings.Split(p.Text, "\n")
	var out []string
	next := 0
	for _, f := range fences {
		body, ok := bodies[f.Line]
		if !ok {
			continue
		}
		out = append(out, lines[next:f.first]...)
		for line := range strings.Lines(body) {
			line = strings.TrimSuffix(line, "\n")
			if line != "" {
				line = f.indent + line
			}
			out = append(out, line)
		}
		next = f.last
	}
	p.Text = strings.Join(append(out, lines[next:]...), "\n")
	return p
}
