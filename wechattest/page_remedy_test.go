package wechattest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Whatever the platform answers, the page says in both languages what to do.
func TestRemedyOfEveryCode(t *testing.T) {
	t.Parallel()
	fallback := remedy(1)
	require.NotEmpty(t, fallback.ZH)
	require.NotEmpty(t, fallback.EN)
	codes := refusedWith(t)
	for code := range errorTexts() {
		codes[code] = true
	}
	for code := range codes {
		said := remedy(code)
		require.NotEqual(t, fallback.ZH, said.ZH, code)
		require.NotEqual(t, fallback.EN, said.EN, code)
		require.True(t, strings.ContainsFunc(said.ZH, func(r rune) bool { return unicode.Is(unicode.Han, r) }), code)
		for text, stop := range map[string]string{said.ZH: "。", said.EN: "."} {
			require.True(t, strings.HasSuffix(text, stop), "%d: %s", code, text)
			require.LessOrEqual(t, utf8.RuneCountInString(text), 120, "%d: %s", code, text)
		}
	}
}

func TestRemedyOfSuccess(t *testing.T) {
	t.Parallel()
	require.Empty(t, remedy(0))
}

// refusedWith are the codes that stand in calls of fail and failf.
func refusedWith(t *testing.T) map[int]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	codes := map[int]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			called, _ := call.Fun.(*ast.Ident)
			code, _ := call.Args[0].(*ast.BasicLit)
			if called == nil || code == nil || called.Name != "fail" && called.Name != "failf" {
				return true
			}
			number, err := strconv.Atoi(code.Value)
			require.NoError(t, err, name)
			codes[number] = true
			return true
		})
	}
	require.NotEmpty(t, codes, "failf is called")
	return codes
}
