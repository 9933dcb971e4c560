package message_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
)

func TestSplitText(t *testing.T) {
	fill := func(n int) string { return strings.Repeat("x", n) }
	const family = "👨‍👩‍👧‍👦"
	require.Len(t, family, 25)
	link := `<a href="https://example.com/?q=1">Read. This! More</a>`
	longLink := `<a href="https://example.com/` + fill(3000) + `">x</a>`
	for _, tc := range []struct {
		name string
		text string
		want []string
	}{
		{"empty", "", nil},
		{"nothing that can be sent", "\x00\xff", nil},
		{"one character", "x", []string{"x"}},
		{"white space within the limit", " \n", []string{" \n"}},
		{"white space over the limit", strings.Repeat(" ", 5000), nil},
		{"2047 bytes", fill(2047), []string{fill(2047)}},
		{"2048 bytes", fill(2048), []string{fill(2048)}},
		{"2049 bytes", fill(2049), []string{fill(2048), "x"}},
		{"2049 bytes of which one cannot be sent", fill(2048) + "\x02", []string{fill(2048)}},
		{"Chinese", strings.Repeat("长", 683), []string{strings.Repeat("长", 682), "长"}},

		{"paragraphs", fill(1000) + "\n\n" + fill(500) + "\nx. x\n\n" + fill(1000), []string{fill(1000) + "\n\n" + fill(500) + "\nx. x", fill(1000)}},
		{"paragraphs with blanks between", fill(1500) + "\n\n \t" + fill(100) + "\n" + fill(1000), []string{fill(1500), fill(100) + "\n" + fill(1000)}},
		{"lines", fill(1000) + "\nx。x\n" + fill(1500), []string{fill(1000) + "\nx。x", fill(1500)}},
		{"indentation of the next paragraph", fill(1500) + "\n　　段。" + fill(1000), []string{fill(1500), "　　段。" + fill(1000)}},
		{"Chinese sentence", fill(1500) + "。" + fill(100) + "，x " + fill(1000), []string{fill(1500) + "。", fill(100) + "，x " + fill(1000)}},
		{"Chinese sentence in quotes", "“" + fill(1500) + "！？”" + fill(1000), []string{"“" + fill(1500) + "！？”", fill(1000)}},
		{"a closing quote over the limit", fill(1000) + "。“" + fill(1039) + "。”" + fill(100), []string{fill(1000) + "。", "“" + fill(1039) + "。”" + fill(100)}},
		{"dots", fill(1500) + "……" + fill(1000), []string{fill(1500) + "……", fill(1000)}},
		{"Latin sentence", fill(1500) + "?!) " + fill(100) + " 3.14 " + fill(1000), []string{fill(1500) + "?!)", fill(100) + " 3.14 " + fill(1000)}},
		{"words", fill(1500) + " 3.14 " + fill(1000), []string{fill(1500) + " 3.14", fill(1000)}},
		{"a short paragraph before sentences", "title\n\n" + fill(1500) + ". " + fill(1000), []string{"title\n\n" + fill(1500) + ".", fill(1000)}},
		{"a short paragraph before a long word", "title\n\n" + fill(2500), []string{"title", fill(2048), fill(452)}},

		{"emoji at the limit", fill(2023) + family + "y", []string{fill(2023) + family, "y"}},
		{"emoji over the limit by one byte", fill(2024) + family, []string{fill(2024), family}},
		{"emoji over the limit by all but one byte", fill(2047) + family, []string{fill(2047), family}},
		{"variation selector", fill(2044) + "❤️", []string{fill(2044), "❤️"}},
		{"skin tone", fill(2044) + "👍🏽", []string{fill(2044), "👍🏽"}},
		{"skin tone and more", fill(2040) + "👩🏽‍🚀", []string{fill(2040), "👩🏽‍🚀"}},
		{"key cap", fill(2046) + "1️⃣", []string{fill(2046), "1️⃣"}},
		{"flags", fill(2036) + "🇨🇳🇩🇪", []string{fill(2036) + "🇨🇳", "🇩🇪"}},
		{"three flag letters", fill(2036) + "🇨🇳🇩", []string{fill(2036) + "🇨🇳🇩"}},
		{"flag of tags", fill(2040) + "🏴󠁧󠁢󠁳󠁣󠁴󠁿", []string{fill(2040), "🏴󠁧󠁢󠁳󠁣󠁴󠁿"}},
		{"accent", fill(2047) + "e\u0301", []string{fill(2047), "e\u0301"}},
		{"Korean", fill(2043) + "\u1112\u1161\u11AB", []string{fill(2043), "\u1112\u1161\u11AB"}},

		{"link at the limit", fill(2048-len(link)) + link + "y", []string{fill(2048-len(link)) + link, "y"}},
		{"link over the limit", fill(2049-len(link)) + link, []string{fill(2049 - len(link)), link}},
		{"link in capitals", fill(2020) + "<A\nHREF='http://example.com'>a b. c</A>", []string{fill(2020), "<A\nHREF='http://example.com'>a b. c</A>"}},
		{"link over the limit behind words", "x " + fill(1900) + " y " + strings.ReplaceAll(link, "Read", fill(300)), []string{"x " + fill(1900) + " y", strings.ReplaceAll(link, "Read", fill(300))}},
		{"no link", fill(2046) + "<b>", []string{fill(2046) + "<b", ">"}},
		{"link without end", fill(2040) + "<a href='x", []string{fill(2040) + "<a", "href='x"}},
		{"address", "详见" + fill(2030) + "https://example.com/a.b?c=d!e。", []string{"详见" + fill(2030), "https://example.com/a.b?c=d!e。"}},
		{"address behind a sentence", fill(1000) + "。见 https://example.com/" + fill(1500), []string{fill(1000) + "。", "见 https://example.com/" + fill(1500)}},
		{"address in Chinese", fill(2026) + "http://example.com/x好，好", []string{fill(2026) + "http://example.com/x", "好，好"}},
		{"link without end before another", fill(1985) + `<a href="x">` + link, []string{fill(1985) + "<a", `href="x">` + link}},
		{"over-long link", longLink, []string{longLink[:2], longLink[3:2051], longLink[2051:]}},
		{"over-long address", "https://" + fill(3000), []string{"https://" + fill(2040), fill(960)}},
		{"over-long character", "e" + strings.Repeat("\u0301", 1100), []string{"e" + strings.Repeat("\u0301", 1023), strings.Repeat("\u0301", 77)}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, message.SplitText(tc.text))
		})
	}

	long := strings.Repeat("第一句话，有逗号。Second sentence, with a comma. "+family+link+"\n", 1000)[:100<<10]
	pieces := message.SplitText(long)
	splitHolds(t, long, pieces)
	require.Less(t, len(pieces), 60)
	for _, piece := range pieces[:len(pieces)-1] {
		require.True(t, strings.HasSuffix(piece, "</a>"), "cut at the end of a line")
		_, err := message.Encode(message.TextReply(piece), "u", "a", message.XML)
		require.NoError(t, err)
	}
}

// splitHolds checks what holds for every text.
func splitHolds(t *testing.T, text string, pieces []string) {
	t.Helper()
	var rest strings.Builder
	for _, r := range strings.ToValidUTF8(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "") {
		if (r >= 0x20 || r == '\n' || r == '\t') && r != 0xFFFE && r != 0xFFFF {
			rest.WriteRune(r)
		}
	}
	left := rest.String()
	for _, piece := range pieces {
		require.NotEmpty(t, piece)
		require.LessOrEqual(t, len(piece), 2048)
		require.True(t, utf8.ValidString(piece))
		if !strings.HasPrefix(left, piece) {
			left = strings.TrimLeft(left, " \t\n")
		}
		require.True(t, strings.HasPrefix(left, piece), "nothing but white space at the cuts is lost")
		left = left[len(piece):]
	}
	require.Empty(t, strings.Trim(left, " \t\n"))
}

func FuzzSplitText(f *testing.F) {
	for _, unit := range []string{"x", "长。", "a b. c\n", "👨‍👩‍👧‍👦", "🇨🇳", "e\u0301", `<a href="x">y</a>`, "https://example.com/ ", "\u200d", "\r\n", "\xff\x02", "<a "} {
		f.Add(unit, 1, "")
		f.Add(unit, 2048, "x"+unit)
	}
	f.Fuzz(func(t *testing.T, unit string, n int, rest string) {
		n = min(max(n, 0), 8192/(len(unit)+1))
		text := strings.Repeat(unit, n) + rest
		pieces := message.SplitText(text)
		splitHolds(t, text, pieces)
		if len(pieces) > 1 {
			for _, piece := range pieces {
				require.Equal(t, []string{piece}, message.SplitText(piece))
			}
		}
	})
}

func BenchmarkSplitText(b *testing.B) {
	for name, text := range map[string]string{
		"Chinese": strings.Repeat("第一句话，有逗号。", 4000),
		"tags":    strings.Repeat("<a ", 34000),
		"blanks":  strings.Repeat("x"+strings.Repeat(" ", 1500)+"\n", 68),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				message.SplitText(text)
			}
		})
	}
}
