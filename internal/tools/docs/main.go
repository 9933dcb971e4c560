// Command docs fills the code blocks of README.md and of the pages in docs/ from compiled
// and tested files:
//
//	cd internal/tools && GOWORK=off go run ./docs -update
//
// Without -update it reports what differs. Its tests do the same, and execute the shell
// blocks. A comment in the line before a fence says where the block is from:
//
//	<!-- code: echo/bot.go Name -->       a declaration of docs/code/echo/bot.go (method: T.M)
//	<!-- code: echo/bot.go Name body -->  the body of a function
//	<!-- code: echo/bot.go -->            the whole file
//	<!-- code: /examples/echobot/main.go newBot -->  the same for any file of the tree
//	<!-- file: /examples/monitoring/alerts.yml -->   a whole file of any kind
//	<!-- run -->          sh fence: a test executes it
//	<!-- output -->       fence after it: what it prints
//	<!-- install -->      sh fence: go get, go install, go run; its paths must exist
//	<!-- not run: why --> sh fence: a test cannot execute it
//
// Every go and sh fence has a marker. The two languages of a page have the same headings
// and the same markers in the same order.
//
// The run fences of a page are one session of a shell: they are executed in order with
// sh -e in one empty folder, variables and background programs live until the page ends.
// PATH has wechat-emulator, wechat-gateway and wechat. $EMULATOR is the base URL of an
// emulator with the default account, which runs for this page alone; $PORT and $PORT2 are free
// ports. What a fence prints (on stdout and stderr) is compared with the output fence line by
// line: "..." within a line matches any text, a line that is only "..." matches any lines.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

func main() {
	update := flag.Bool("update", false, "write the blocks into the pages")
	flag.Parse()
	if err := run(*update); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(update bool) error {
	root, err := pages.Root()
	if err != nil {
		return err
	}
	list, err := pages.Load(root)
	if err != nil && !update {
		return err
	}
	g := generator{root}
	for _, p := range list {
		if p.File == "" {
			continue
		}
		filled, err := g.fill(p)
		if err != nil {
			return err
		}
		switch {
		case filled.Text == p.Text:
		case !update:
			return fmt.Errorf("%s differs from its code: run with -update\n%s", p.File, diff(p.Text, filled.Text))
		default:
			if err := os.WriteFile(filepath.Join(root, p.File), []byte(filled.Text), 0o644); err != nil {
				return err
			}
			fmt.Println("updated", p.File)
		}
	}
	return nil
}
