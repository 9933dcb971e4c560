package wechattest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// Whatever the platform answers, the table of codes knows it and says in both
// languages what to do.
func TestRemedyOfEveryCode(t *testing.T) {
	codes := refusedWith(t)
	require.Greater(t, len(codes), 100)
	for code := range codes {
		c := errcode.Code(code)
		require.True(t, c.Known(), "errcode has no name for %d", code)
		require.NotEmpty(t, c.Remedy(), code)
		require.NotEmpty(t, c.RemedyZH(), code)
	}
}

// refusedWith are the codes that stand in calls of fail and failf.
func refusedWith(t *testing.T) map[int]bool {
	t.Helper()
	codes := map[int]bool{}
	err := filepath.WalkDir(".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			called := ""
			switch fun := call.Fun.(type) {
			case *ast.Ident:
				called = fun.Name
			case *ast.SelectorExpr:
				called = fun.Sel.Name
			}
			code, _ := call.Args[0].(*ast.BasicLit)
			if code == nil || !strings.EqualFold(called, "fail") && !strings.EqualFold(called, "failf") {
				return true
			}
			if number, err := strconv.Atoi(code.Value); err == nil {
				codes[number] = true
			}
			return true
		})
		return nil
	})
	require.NoError(t, err)
	return codes
}
