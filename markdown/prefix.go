package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Prefix renders the finished part of a source that is still being written, such as the
// answer of a language model that arrives in pieces. rest is the part of the source
// that is not rendered yet; append the next piece to it. At the end, Text renders the
// rest:
//
//	var source string
//	for piece := range pieces {
//		source += piece
//		if timeToSend() {
//			var text string
//			text, source = markdown.Prefix(source)
//			send(text)
//		}
//	}
//	send(markdown.Text(source))
//
// The finished part ends after a block, an item of a list, a heading, or a sentence of
// a paragraph whose links, emphasis, code and formulas are closed. Inside a fenced code
// block it ends after a line: text contains the code so far, and rest begins with the
// opening fence. text is empty if nothing is finished.
//
// A link whose address is defined further down ([text][1]) is a link only if both are in
// the same part.
func Prefix(source string, opts ...Option) (text, rest string) {
	ready, rest := cut(source)
	return Text(ready, opts...), rest
}

// cut divides a source into its finished part and the rest.
func cut(source string) (ready, rest string) {
	end := 0         // of the finished part
	paragraph := -1  // start of the paragraph that is being written; -1 in other blocks
	var fence opened // block that is being written
	for pos := 0; pos < len(source); {
		n := strings.IndexByte(source[pos:], '\n') + 1
		if n == 0 {
			n = len(source) - pos // the line may go on
		}
		line, complete := source[pos:pos+n], source[pos+n-1] == '\n'
		switch {
		case fence.mark != "":
			if complete && fence.endsAt(line) {
				fence, end = opened{}, pos+n
			} else if complete {
				fence.until = pos + n
			}
			paragraph = -1
		case strings.TrimSpace(line) == "":
			if next := source[pos+n:]; next != "" && next[0] != ' ' && next[0] != '\t' && next[0] != '\n' {
				end = pos + n
			}
			paragraph = -1
		default:
			if beginsBlock(line) {
				end = pos
			}
			if o := opens(line); o.mark != "" && complete {
				fence, paragraph = o, -1
				fence.start, fence.until = pos, pos+n
				break
			}
			if complete && isHeading(line) {
				end = pos + n
				break
			}
			if end == pos && isProse(line) {
				paragraph = pos
			}
		}
		pos += n
	}
	switch {
	case fence.code && fence.until > fence.start+len(fence.line):
		return source[:fence.until] + fence.mark + "\n", fence.line + source[fence.until:]
	case paragraph >= 0:
		end = max(end, paragraph+lastSentence(source[paragraph:]))
	}
	return source[:end], source[end:]
}

// opened is a block that ends with a mark: code or a formula.
type opened struct {
	mark  string // what ends the block
	code  bool
	line  string // first line
	start int    // offset of the first line
	until int    // end of the last complete line
}

// opens reports the block that a line without indentation begins.
func opens(line string) opened {
	for _, mark := range []string{"```", "~~~"} {
		if strings.HasPrefix(line, mark) {
			n := len(line) - len(strings.TrimLeft(line, mark[:1]))
			if mark == "```" && strings.Contains(line[n:], "`") {
				return opened{} // a code span
			}
			return opened{mark: line[:n], code: true, line: line}
		}
	}
	if end, ok := opensFormula([]byte(line)); ok && !strings.Contains(line[2:], end) {
		return opened{mark: end, line: line}
	}
	return opened{}
}

func (o opened) endsAt(line string) bool {
	line = strings.TrimRightFunc(line, unicode.IsSpace)
	if o.code {
		line = strings.TrimLeft(line, " ")
		return strings.HasPrefix(line, o.mark) && strings.Trim(line, o.mark[:1]) == ""
	}
	return strings.HasSuffix(line, o.mark)
}

// beginsBlock reports whether a line without indentation begins a block behind any
// other: an item of a list, a heading, code or a formula.
func beginsBlock(line string) bool {
	digits := strings.TrimLeft(line, "0123456789")
	switch {
	case strings.HasPrefix(line, "- "), strings.HasPrefix(line, "* "), strings.HasPrefix(line, "+ "):
		return true
	case len(digits) < len(line) && (strings.HasPrefix(digits, ". ") || strings.HasPrefix(digits, ") ")):
		return true
	}
	return isHeading(line) || opens(line).mark != ""
}

func isHeading(line string) bool {
	text := strings.TrimLeft(line, "#")
	n := len(line) - len(text)
	return n >= 1 && n <= 6 && strings.HasPrefix(text, " ")
}

// isProse reports whether a line that begins a block begins a paragraph.
func isProse(line string) bool {
	first, _ := utf8.DecodeRuneInString(line)
	return !beginsBlock(line) && !unicode.IsSpace(first) && !strings.ContainsRune(">|=<-+", first) && !strings.Contains(line, "|")
}

// lastSentence returns the end of the last sentence of an unfinished paragraph at which
// no link, emphasis, code or formula is open.
func lastSentence(s string) int {
	if strings.Contains(s, "|") {
		return 0 // may become a table
	}
	end := 0
	var m marks
	for after := s; after != ""; {
		r, size := utf8.DecodeRuneInString(after)
		after = after[size:]
		m.count(r)
		sentence := strings.ContainsRune("。！？", r) && after != "" || strings.ContainsRune(".!?", r) && strings.HasPrefix(after, " ")
		if sentence && m.closed() && !closes(after) {
			end = len(s) - len(after)
		}
	}
	return end
}

// closes reports whether a text begins with what belongs to the sentence before.
func closes(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune("”’」』）】》)]\"'*_`~$。！？.!?", r)
}

// marks counts the characters that open and close something.
type marks struct {
	backquotes, stars, underscores, dollars, tildes, brackets, parentheses int

	strong   int // pairs of stars or underscores
	previous rune
}

func (m *marks) count(r rune) {
	if (r == '*' || r == '_') && r == m.previous {
		m.strong++
		m.previous = 0
	} else {
		m.previous = r
	}
	switch r {
	case '`':
		m.backquotes++
	case '*':
		m.stars++
	case '_':
		m.underscores++
	case '$':
		m.dollars++
	case '~':
		m.tildes++
	case '[':
		m.brackets++
	case ']':
		m.brackets--
	case '(':
		m.parentheses++
	case ')':
		m.parentheses--
	}
}

// closed reports whether all of them come in pairs. Strong emphasis and strikethrough
// have two characters on each side.
func (m *marks) closed() bool {
	return m.backquotes%2 == 0 && m.stars%2 == 0 && m.strong%2 == 0 && m.underscores%2 == 0 && m.dollars%2 == 0 &&
		m.tildes%4 == 0 && m.brackets == 0 && m.parentheses == 0
}
