// Command release rehearses and tags the releases of this repository.
package main

import (
	"fmt"
	"os"
)

func main() {
	modules, err := released("../..")
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
	for _, m := range modules {
		fmt.Println(m.Path)
	}
}
