package main

import (
	"fmt"
	"path"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/tools/modules"
	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

// module is a module of the workspace with its packages.
type module struct {
	modules.Module
	packages []modules.Package
}

// listPackages returns the packages of the modules of go.work, in its order.
func listPackages(root string) ([]module, error) {
	read, err := modules.Read(root)
	if err != nil {
		return nil, err
	}
	var list []module
	for _, m := range read {
		packages, err := m.Packages(root)
		if err != nil {
			return nil, err
		}
		list = append(list, module{m, packages})
	}
	return list, nil
}

// packagesPage returns the page of all packages as Markdown.
func packagesPage(list []module, w words) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", w.Packages, w.PackagesIntro)
	for _, m := range list {
		fmt.Fprintf(&b, "\n## %s\n", strings.TrimPrefix(m.Path, path.Dir(pages.Module)+"/"))
		if m.Released() {
			fmt.Fprintf(&b, "\n```\n%s\n```\n", m.Path)
		}
		fmt.Fprintf(&b, "\n| %s | |\n|---|---|\n", w.Package)
		for _, p := range m.packages {
			address := reference + p.Path
			if !m.Released() {
				address = sourceTree + p.Dir
			}
			name := strings.TrimPrefix(strings.TrimPrefix(p.Path, pages.Module), "/")
			if name == "" {
				name = "wechat"
			}
			fmt.Fprintf(&b, "| [%s](%s) | %s |\n", name, address, strings.NewReplacer("|", `\|`, "<", `\<`, "*", `\*`, "_", `\_`).Replace(p.Synopsis))
		}
	}
	return b.String()
}
