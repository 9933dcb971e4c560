package message

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// SplitText splits a text into pieces of at most 2,048 bytes, which is the limit of a
// [TextReply] and of a text message of customer service. It removes the characters that
// cannot be sent, see [Reply], and white space where it cuts. Nothing else is removed.
// A text within the limit is one piece; an empty text has no pieces.
//
// It prefers to cut between paragraphs, then between lines, sentences and words. It
// cuts inside a word only if nothing else is possible. It cuts inside a visible
// character, such as an emoji of several code points, inside a link (<a href="…">…</a>)
// or inside the address of a web page only if that alone exceeds the limit.
func SplitText(s string) []string {
	rest := string(tree.Clean([]byte(s)))
	if rest == "" {
		return nil
	}
	var pieces []string
	for len(rest) > maxText {
		n := cutText(rest, maxText)
		if piece := strings.TrimRight(rest[:n], cutSpace); piece != "" {
			pieces = append(pieces, piece)
		}
		rest = strings.TrimLeft(rest[n:], cutSpace)
	}
	if rest != "" {
		pieces = append(pieces, rest)
	}
	return pieces
}

// cutSpace is the white space that is removed at a cut. The ideographic space is
// not: Chinese paragraphs begin with it.
const cutSpace = " \t\n"

// boundary is a place where a text may be cut. The first kinds are the best.
type boundary int

const (
	paragraphEnd boundary = iota // after an empty line
	lineEnd
	sentenceEnd
	wordEnd
	anywhere
	boundaries // number of kinds
)

// cutText returns where to cut a text that exceeds limit: after as many bytes
// as possible at the best boundary. A better boundary that would leave a short piece
// counts only if there is no other end of a sentence.
func cutText(s string, limit int) int {
	last := lastBoundaries(s, limit)
	for _, shortest := range []int{limit / 4, 1} {
		for kind := paragraphEnd; kind <= sentenceEnd; kind++ {
			if last[kind] >= shortest {
				return last[kind]
			}
		}
	}
	if last[wordEnd] > 0 {
		return last[wordEnd]
	}
	if last[anywhere] > 0 {
		return last[anywhere]
	}
	n := limit // one unit alone exceeds the limit
	for n > 1 && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

// cutReady returns where to cut a text whose end may not have arrived yet: after
// its last whole sentence or line, or at its end if it has none. It cuts a text that
// exceeds limit as cutText does.
func cutReady(s string, limit int) int {
	if len(s) > limit {
		return cutText(s, limit)
	}
	last := lastBoundaries(s+"\n", len(s)) // a line feed, so that the end of s counts
	if n := max(last[paragraphEnd], last[lineEnd], last[sentenceEnd]); n > 0 {
		return n
	}
	return wholeRunes(s)
}

// wholeRunes returns the length of s without a character that has begun at its end.
func wholeRunes(s string) int {
	for i := len(s) - 1; i >= 0 && i >= len(s)-utf8.UTFMax; i-- {
		if utf8.RuneStart(s[i]) {
			if !utf8.FullRuneInString(s[i:]) {
				return i
			}
			break
		}
	}
	return len(s)
}

// lastBoundaries returns the last boundary of each kind in the first limit bytes of s,
// 0 if there is no such boundary. The end of s does not count.
func lastBoundaries(s string, limit int) (last [boundaries]int) {
	var sentence sentenceState
	for pos := 0; ; {
		size := unitLen(s[pos:])
		if pos+size > limit {
			return last
		}
		sentence.read(s[pos : pos+size])
		pos += size
		last[boundaryAt(s, pos, sentence)] = pos
	}
}

// boundaryAt returns the kind of boundary at s[pos], which is not the end of s.
func boundaryAt(s string, pos int, sentence sentenceState) boundary {
	next, _ := utf8.DecodeRuneInString(s[pos:])
	switch before := s[:pos]; {
	case !strings.ContainsRune(cutSpace, next) && strings.HasSuffix(strings.TrimRight(before, " \t"), "\n\n"):
		return paragraphEnd
	case before[pos-1] == '\n':
		return lineEnd
	case sentence.endsBefore(next):
		return sentenceEnd
	case unicode.IsSpace(next) || before[pos-1] == ' ' || before[pos-1] == '\t':
		return wordEnd
	}
	return anywhere
}

// sentenceState says whether the text read so far ends a sentence.
type sentenceState int

const (
	inSentence   sentenceState = iota
	afterChinese               // after 。 and the like
	afterLatin                 // after . and the like, which end a sentence only before white space
)

func (s *sentenceState) read(unit string) {
	r, _ := utf8.DecodeLastRuneInString(unit)
	switch {
	case strings.ContainsRune("。！？｡…", r):
		*s = afterChinese
	case strings.ContainsRune(".!?", r):
		*s = afterLatin
	case !isCloser(r):
		*s = inSentence
	}
}

func (s sentenceState) endsBefore(next rune) bool {
	switch {
	case isCloser(next) || strings.ContainsRune("。！？｡….!?", next):
		return false
	case s == afterLatin:
		return unicode.IsSpace(next)
	}
	return s == afterChinese
}

// isCloser reports whether r closes a quotation or a bracket, and so belongs to the
// sentence before it.
func isCloser(r rune) bool { return strings.ContainsRune("”’」』）】》)]\"'", r) }

// unitLen returns the length of the part at the start of s that must not be cut.
func unitLen(s string) int {
	switch s[0] {
	case '<':
		if n := linkLen(s); n > 0 {
			return n
		}
	case 'h', 'H':
		if n := urlLen(s); n > 0 {
			return n
		}
	}
	return characterLen(s)
}

// linkLen returns the length of the link that s begins with. It is 0 if s begins
// with something else, with a link over the limit, or with a link that does not end
// before the next one begins.
func linkLen(s string) int {
	s = s[:min(len(s), maxText)]
	if !beginsLink(s) {
		return 0
	}
	const end = "</a>"
	for i := 1; i+len(end) <= len(s) && !beginsLink(s[i:]); i++ {
		if s[i] == '<' && strings.EqualFold(s[i:i+len(end)], end) {
			return i + len(end)
		}
	}
	return 0
}

func beginsLink(s string) bool {
	return len(s) > 2 && s[0] == '<' && (s[1] == 'a' || s[1] == 'A') && strings.IndexByte(cutSpace, s[2]) >= 0
}

// urlLen returns the length of the web address that s begins with. It is 0 if s does not
// begin with an address, or with one over the limit.
func urlLen(s string) int {
	scheme := strings.Index(s[:min(len(s), len("https://"))], "://")
	if scheme < 0 || !strings.EqualFold(s[:scheme], "http") && !strings.EqualFold(s[:scheme], "https") {
		return 0
	}
	for n := range len(s) {
		if b := s[n]; b <= ' ' || b >= utf8.RuneSelf || strings.IndexByte("<>\"`", b) >= 0 {
			return n
		}
		if n == maxText {
			return 0
		}
	}
	return len(s)
}

// Code points that join others to one visible character.
const (
	zeroWidthNonJoiner = '\u200C'
	zeroWidthJoiner    = '\u200D'
)

// characterLen returns the length of what users see as the first character of s: a
// code point with its marks, an emoji with all its parts, the two letters of a flag.
func characterLen(s string) int {
	first, n := utf8.DecodeRuneInString(s)
	if first < ' ' {
		return n
	}
	if isFlagLetter(first) {
		if r, size := utf8.DecodeRuneInString(s[n:]); isFlagLetter(r) {
			n += size
		}
	}
	for n <= maxText {
		r, size := utf8.DecodeRuneInString(s[n:])
		switch {
		case r == zeroWidthJoiner:
			n += size
			if r, size := utf8.DecodeRuneInString(s[n:]); r >= utf8.RuneSelf && size > 1 && !unicode.IsSpace(r) {
				n += size
			}
		case extends(r):
			n += size
		default:
			return n
		}
	}
	return n
}

func isFlagLetter(r rune) bool { return '\U0001F1E6' <= r && r <= '\U0001F1FF' }

// extends reports whether r belongs to the character before it.
func extends(r rune) bool {
	switch {
	case r < '\u0300':
		return false
	case r == zeroWidthNonJoiner,
		'\u1160' <= r && r <= '\u11FF',         // vowels and finals of Korean syllables
		'\U0001F3FB' <= r && r <= '\U0001F3FF', // skin tones
		'\U000E0020' <= r && r <= '\U000E007F': // tags, as in the flag of Scotland
		return true
	}
	return unicode.Is(unicode.M, r) // marks, variation selectors, key caps
}
