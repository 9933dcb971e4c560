package errs

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

var update = flag.Bool("update", false, "write the advice of package errcode into the tables")

// row is a row of the table of codes: the code with its name, the cause, the advice of
// package errcode, and a page.
var row = regexp.MustCompile("(?m)^\\| (-?\\d+) `(\\w+)` \\| ([^|]*) \\| ([^|]*) \\| ([^|]*) \\|$")

// The table of both pages has the same codes, and the advice that the errors show.
func TestTable(t *testing.T) {
	advice := map[string]func(errcode.Code) string{
		"errors.md":       errcode.Code.Remedy,
		"errors.zh-CN.md": errcode.Code.RemedyZH,
	}
	codes := map[string][]string{}
	for page, remedy := range advice {
		name := filepath.Join("..", "..", page)
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		filled := row.ReplaceAllStringFunc(string(text), func(line string) string {
			cell := row.FindStringSubmatch(line)
			n, err := strconv.Atoi(cell[1])
			require.NoError(t, err)
			c := errcode.Code(n)
			require.Equal(t, c.Symbol(), cell[2], line)
			require.NotEmpty(t, remedy(c), line)
			require.NotEmpty(t, strings.TrimSpace(cell[3]), line)
			codes[page] = append(codes[page], cell[1])
			return "| " + cell[1] + " `" + cell[2] + "` | " + cell[3] + " | " + remedy(c) + " | " + cell[5] + " |"
		})
		if *update {
			require.NoError(t, os.WriteFile(name, []byte(filled), 0o644))
			continue
		}
		require.Equal(t, string(text), filled, "%s: run the test with -update", page)
	}
	require.Equal(t, codes["errors.md"], codes["errors.zh-CN.md"])
	require.Subset(t, codes["errors.md"], strings.Fields("-1 40001 40013 40125 40164 42001 45009 45011 45015 45047 48001 50002 61004"))
}
