package markdown

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// formula is a formula inside a paragraph.
type formula struct {
	ast.BaseInline
	tex string
}

var kindFormula = ast.NewNodeKind("Formula")

func (*formula) Kind() ast.NodeKind { return kindFormula }

func (f *formula) Dump(source []byte, level int) {
	ast.DumpHelper(f, source, level, map[string]string{"TeX": f.tex}, nil)
}

// mathParser reads $…$, $$…$$, \(…\) and \[…\] inside a paragraph.
type mathParser struct{}

func (mathParser) Trigger() []byte { return []byte{'$', '\\'} }

func (mathParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, _ := block.PeekLine()
	for _, pair := range [][2]string{{"$$", "$$"}, {"$", "$"}, {`\(`, `\)`}, {`\[`, `\]`}} {
		if !bytes.HasPrefix(line, []byte(pair[0])) {
			continue
		}
		block.Advance(len(pair[0]))
		tex, ok := readFormula(block, pair[1])
		if !ok || pair[0] == "$" && !isInline(before, tex, block) {
			return nil
		}
		return &formula{tex: tex}
	}
	return nil
}

// readFormula reads until end, at most to the end of the paragraph.
func readFormula(block text.Reader, end string) (tex string, ok bool) {
	var b strings.Builder
	for {
		line, _ := block.PeekLine()
		if line == nil {
			return "", false
		}
		if i := closing(line, end); i >= 0 {
			b.Write(line[:i])
			block.Advance(i + len(end))
			tex = strings.TrimSpace(b.String())
			if end == "$" {
				tex = b.String()
			}
			return tex, strings.TrimSpace(tex) != ""
		}
		if end == "$" {
			return "", false // on one line only: prices are not formulas
		}
		b.Write(line)
		block.AdvanceLine()
	}
}

// closing returns the index of end in line, behind escaped characters; -1 without one.
func closing(line []byte, end string) int {
	for i := 0; i < len(line); i++ {
		switch {
		case bytes.HasPrefix(line[i:], []byte(end)):
			return i
		case line[i] == '\\':
			i++
		}
	}
	return -1
}

// isInline tells $x$ from two prices such as $5 and $6: there is no space inside the
// dollar signs, and no digit before or behind them.
func isInline(before rune, tex string, after text.Reader) bool {
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
	return strings.TrimSpace(tex) == tex && !isDigit(before) && !isDigit(rune(after.Peek()))
}

// formulaBlock is a formula on lines of its own.
type formulaBlock struct {
	ast.BaseBlock
	end    string
	closed bool
}

var kindFormulaBlock = ast.NewNodeKind("FormulaBlock")

func (*formulaBlock) Kind() ast.NodeKind { return kindFormulaBlock }

func (*formulaBlock) IsRaw() bool { return true }

func (f *formulaBlock) Dump(source []byte, level int) {
	ast.DumpHelper(f, source, level, map[string]string{"End": f.end}, nil)
}

// mathBlockParser reads $$…$$ and \[…\] that begin and end a line. Without an end the
// rest of the source is the formula.
type mathBlockParser struct{}

func (mathBlockParser) Trigger() []byte { return []byte{'$', '\\'} }

func (mathBlockParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	pos := pc.BlockOffset()
	if pos < 0 {
		return nil, parser.NoChildren
	}
	end, ok := opensFormula(line[pos:])
	if !ok {
		return nil, parser.NoChildren
	}
	f := &formulaBlock{end: end}
	rest := line[pos+2:]
	if i := bytes.Index(rest, []byte(end)); i >= 0 {
		if !util.IsBlank(rest[i+len(end):]) {
			return nil, parser.NoChildren // text follows: a paragraph
		}
		rest, f.closed = rest[:i], true
	}
	start := segment.Start - segment.Padding + pos + 2
	f.Lines().Append(text.NewSegment(start, start+len(rest)))
	reader.AdvanceToEOL()
	return f, parser.NoChildren
}

// opensFormula reports whether a line begins a formula, and what ends that.
func opensFormula(line []byte) (end string, ok bool) {
	switch {
	case bytes.HasPrefix(line, []byte("$$")):
		return "$$", true
	case bytes.HasPrefix(line, []byte(`\[`)):
		return `\]`, true
	}
	return "", false
}

func (mathBlockParser) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	f := node.(*formulaBlock)
	if f.closed {
		return parser.Close
	}
	line, segment := reader.PeekLine()
	if i := bytes.Index(line, []byte(f.end)); i >= 0 && util.IsBlank(line[i+len(f.end):]) {
		f.Lines().Append(segment.WithStop(segment.Start - segment.Padding + i))
		reader.AdvanceToEOL()
		return parser.Close
	}
	f.Lines().Append(segment)
	reader.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func (mathBlockParser) Close(ast.Node, text.Reader, parser.Context) {}

func (mathBlockParser) CanInterruptParagraph() bool { return true }

func (mathBlockParser) CanAcceptIndentedLine() bool { return false }
