// Command site builds a static website from README.md, docs/ and the other Markdown files
// of the tree, in English and in Chinese, with a search in the browser:
//
//	cd internal/tools && GOWORK=off go run ./site -out /tmp/site
//
// The pages need no server and load nothing from elsewhere: they can be opened as files.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

func main() {
	out := flag.String("out", "", "the folder to write to; it is made if it does not exist")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	root, err := pages.Root()
	if err == nil {
		err = Build(root, *out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
}
