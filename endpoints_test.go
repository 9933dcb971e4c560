package wechat_test

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

var update = flag.Bool("update", false, "write the tables of docs/ instead of comparing them")

// TestEndpointTable compares docs/endpoints.md and its translation with the code: a row for
// each endpoint of testdata/endpoints.tsv, with the methods whose comments name it, an
// example, and the calls that the local platform allows. After a change run
//
//	go test -run TestEndpointTable -update .
func TestEndpointTable(t *testing.T) {
	endpoints := tableRows(t)
	for _, e := range endpoints {
		if len(e.methods) == 0 {
			t.Errorf("no comment names %s %s", e.verb, e.path)
		}
	}
	for name, text := range map[string]string{
		"docs/endpoints.md":       table(endpoints, english()),
		"docs/endpoints.zh-CN.md": table(endpoints, chinese()),
	} {
		if *update {
			require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
			continue
		}
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		if string(got) != text {
			t.Errorf("%s is not what the code says: run go test -run TestEndpointTable -update .", name)
			for line := range difference(string(got), text) {
				t.Log(line)
			}
		}
	}
}

// difference returns the first lines that only one of two texts has.
func difference(got, want string) map[string]bool {
	lines := map[string]bool{}
	have, need := strings.Split(got, "\n"), strings.Split(want, "\n")
	for _, l := range need {
		if !slices.Contains(have, l) && len(lines) < 5 {
			lines["missing: "+l] = true
		}
	}
	for _, l := range have {
		if !slices.Contains(need, l) && len(lines) < 10 {
			lines["wrong: "+l] = true
		}
	}
	return lines
}

// tableRow is an endpoint with what the code says about it.
type tableRow struct {
	verb, path, area string
	title            string // of the platform's documents
	methods          []method
	example          example
	daily, minutely  int
}

// method is a function or method that calls an endpoint.
type method struct{ dir, receiver, name string }

func (m method) String() string {
	if m.receiver == "" {
		return path.Base(m.dir) + "." + m.name
	}
	return path.Base(m.dir) + "." + m.receiver + "." + m.name
}

// example is a test or example that calls a method.
type example struct {
	name string // ExampleService_Create, or the name of a program
	file string // from the root
	own  bool   // calls the method; otherwise it is of the package
}

func tableRows(t *testing.T) []tableRow {
	t.Helper()
	titles, named := map[string]string{}, map[string][]method{}
	for _, p := range packages(t) {
		for _, f := range p.exported {
			m, ok := methodOf(p.dir, f)
			for _, found := range titled.FindAllStringSubmatch(f.Doc.Text(), -1) {
				if key := found[1] + " " + found[2]; ok && !slices.Contains(named[key], m) {
					named[key] = append(named[key], m)
					titles[key] = found[3]
				}
			}
		}
	}
	content, err := os.ReadFile("testdata/endpoints.tsv")
	require.NoError(t, err)
	found, quotas := findExamples(t), quotasOf(t)
	var list []tableRow
	for row := range strings.Lines(string(content)) {
		column := strings.Split(strings.TrimSpace(row), "\t")
		if column[0] == "tier" {
			continue
		}
		bare, _, _ := strings.Cut(column[2], "?")
		key := column[1] + " " + column[2]
		if named[key] == nil {
			key = column[1] + " " + bare
		}
		at, err := url.Parse(bare)
		require.NoError(t, err)
		quota := quotas[at.Path]
		e := tableRow{column[1], column[2], column[3], titles[key], named[key], example{}, quota.Daily, quota.Minutely}
		e.example = found.of(e.methods)
		list = append(list, e)
	}
	slices.SortStableFunc(list, func(a, b tableRow) int {
		return cmp.Or(strings.Compare(a.area, b.area), strings.Compare(a.path, b.path))
	})
	return list
}

// methodOf returns the method that a declaration makes; ok is false if its receiver is not
// exported.
func methodOf(dir string, f *ast.FuncDecl) (m method, ok bool) {
	m = method{dir: filepath.ToSlash(dir), name: f.Name.Name}
	if f.Recv == nil {
		return m, true
	}
	receiver := f.Recv.List[0].Type
	if star, isPointer := receiver.(*ast.StarExpr); isPointer {
		receiver = star.X
	}
	m.receiver = called(receiver)
	return m, ast.IsExported(m.receiver)
}

// quotasOf calls every endpoint of the local platform and returns the quotas of a new
// account, by path.
func quotasOf(t *testing.T) map[string]wechattest.Quota {
	t.Helper()
	content, err := os.ReadFile("testdata/endpoints.tsv")
	require.NoError(t, err)
	p := wechattest.New(t, wechattest.Config{Logger: slog.New(slog.DiscardHandler)})
	client := p.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for row := range strings.Lines(string(content)) {
		column := strings.Split(strings.TrimSpace(row), "\t")
		if column[0] == "tier" {
			continue
		}
		address := column[2]
		if strings.HasPrefix(address, "/") {
			address = p.URL() + address
		}
		at, err := url.Parse(address)
		require.NoError(t, err)
		q := at.Query()
		q.Set("access_token", p.IssueToken())
		at.RawQuery = q.Encode()
		req, err := http.NewRequestWithContext(t.Context(), column[1], at.String(), strings.NewReader("{}"))
		require.NoError(t, err)
		resp, err := client.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	quotas := map[string]wechattest.Quota{}
	for _, q := range p.Quotas() {
		quotas[q.Path] = q
	}
	return quotas
}

// examples are the Example functions and the programs, by what they call.
type examples struct {
	calls map[method]example // with an empty receiver
	ofDir map[string]example // the first Example of a package
}

// of returns the example of the first method that has one.
func (x examples) of(methods []method) example {
	for _, m := range methods {
		if e, ok := x.calls[method{m.dir, "", m.name}]; ok {
			return e
		}
	}
	for _, m := range methods {
		if e, ok := x.ofDir[m.dir]; ok {
			return e
		}
	}
	return example{}
}

// findExamples reads the Example functions of all packages, and the programs of examples/.
func findExamples(t *testing.T) examples {
	t.Helper()
	x := examples{map[method]example{}, map[string]example{}}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); name == "docs" { // the code of the pages
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		program, test := strings.HasPrefix(name, "examples/"), strings.HasSuffix(name, "_test.go")
		if program == test {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			return err
		}
		imported := importsOf(file)
		services := servicesOf(file, imported)
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Body == nil || test && !strings.HasPrefix(f.Name.Name, "Example") {
				continue
			}
			e := example{f.Name.Name, name, true}
			if program {
				e = example{strings.Split(name, "/")[1], name, true}
			} else if dir := path.Dir(name); x.ofDir[dir].name == "" {
				x.ofDir[dir] = example{f.Name.Name, name, false}
			}
			for _, m := range callsOf(f.Body, imported, services) {
				if old, ok := x.calls[m]; !ok || strings.HasPrefix(old.file, "examples/") && test {
					x.calls[m] = e
				}
			}
		}
		return nil
	})
	require.NoError(t, err)
	return x
}

// importsOf returns the packages of the module that a file imports: directories by name.
func importsOf(file *ast.File) map[string]string {
	imported := map[string]string{}
	for _, spec := range file.Imports {
		full, _ := strconv.Unquote(spec.Path.Value)
		if dir, ok := strings.CutPrefix(full, module+"/"); ok {
			name := path.Base(dir)
			if spec.Name != nil {
				name = spec.Name.Name
			}
			imported[name] = dir
		}
	}
	return imported
}

// made returns the package whose constructor an expression calls: "menu" for menu.New(oa).
func made(e ast.Expr, imported map[string]string) (dir string) {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return ""
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !strings.HasPrefix(sel.Sel.Name, "New") {
		return ""
	}
	return imported[called(sel.X)]
}

// servicesOf returns the names of variables and fields that hold services: the directories
// of their packages.
func servicesOf(file *ast.File, imported map[string]string) map[string]string {
	services := map[string]string{}
	note := func(name ast.Expr, value ast.Expr) {
		if dir := made(value, imported); dir != "" {
			services[called(name)] = dir
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i := range n.Rhs {
				if i < len(n.Lhs) {
					note(n.Lhs[i], n.Rhs[i])
				}
			}
		case *ast.KeyValueExpr:
			note(n.Key, n.Value)
		case *ast.Field: // menus *menu.Service
			star, ok := n.Type.(*ast.StarExpr)
			if !ok {
				break
			}
			if sel, ok := star.X.(*ast.SelectorExpr); ok && imported[called(sel.X)] != "" {
				for _, name := range n.Names {
					services[name.Name] = imported[called(sel.X)]
				}
			}
		}
		return true
	})
	return services
}

// callsOf returns the methods and functions of the module that a body calls, without receivers.
func callsOf(body ast.Node, imported, services map[string]string) (calls []method) {
	ast.Inspect(body, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		dir := cmp.Or(made(sel.X, imported), services[called(sel.X)], imported[called(sel.X)])
		if dir != "" {
			calls = append(calls, method{dir, "", sel.Sel.Name})
		}
		return true
	})
	return calls
}

// words are the words of a table in one language.
type words struct {
	head, columns string
	day, minute   string // formats
	ofPackage     string
	separator     string
}

func english() words {
	return words{
		head: `# Endpoints

[简体中文](endpoints.zh-CN.md)

Every endpoint of the platform that this module covers. This file is generated from the code: a test compares it.

- **Go** is the method whose documentation says what the endpoint takes, its limits and its errors.
- **Example** is a runnable example or a program. *(package)* is an example of another method of the same package.
- **Calls** is how often a new account may call the endpoint, as the local platform of package wechattest counts it. "–" means that no number is known. ` + "`openapi.Service.GetQuota`" + ` returns the number of your account.

For an endpoint that is not here, see [Calling what no package wraps](unwrapped.md).
`,
		columns: "| endpoint | title | Go | example | calls |", day: "%s a day", minute: "%s a minute", ofPackage: " *(package)*", separator: ", ",
	}
}

func chinese() words {
	return words{
		head: `# 接口一览

[English](endpoints.md)

本模块覆盖的全部平台接口。本文件由代码生成，并由测试核对。

- **Go** 是对应的方法，参数、限制与错误写在它的文档里。
- **示例** 是可运行的示例函数或示例程序；*（同包）* 表示同一个包里其他方法的示例。
- **次数** 是新账号的调用次数，以 wechattest 本地平台的计数为准；“–”表示没有已知的数字。您账号的额度用 ` + "`openapi.Service.GetQuota`" + ` 查询。

表中没有的接口，请看[调用没有封装的接口](unwrapped.zh-CN.md)。
`,
		columns: "| 接口 | 名称 | Go | 示例 | 次数 |", day: "每天 %s", minute: "每分钟 %s", ofPackage: " *（同包）*", separator: "，",
	}
}

func table(endpoints []tableRow, w words) string {
	var b strings.Builder
	b.WriteString(w.head)
	area := ""
	for _, e := range endpoints {
		if e.area != area {
			area = e.area
			fmt.Fprintf(&b, "\n## %s\n\n%s\n|---|---|---|---|---|\n", area, w.columns)
		}
		fmt.Fprintf(&b, "| `%s %s` | %s | %s | %s | %s |\n", e.verb, e.path, e.title, e.goText(), e.example.text(w), e.calls(w))
	}
	return b.String()
}

func (e tableRow) goText() string {
	names := map[string]bool{}
	for _, m := range e.methods {
		names["`"+m.String()+"`"] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), "<br>")
}

func (x example) text(w words) string {
	switch {
	case x.name == "":
		return "–"
	case x.own:
		return "[" + x.name + "](../" + x.file + ")"
	}
	return "[" + x.name + "](../" + x.file + ")" + w.ofPackage
}

func (e tableRow) calls(w words) string {
	var parts []string
	if e.daily > 0 {
		parts = append(parts, fmt.Sprintf(w.day, thousands(e.daily)))
	}
	if e.minutely > 0 {
		parts = append(parts, fmt.Sprintf(w.minute, thousands(e.minutely)))
	}
	return cmp.Or(strings.Join(parts, w.separator), "–")
}

// thousands writes a number as 100,000.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
