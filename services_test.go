package wechat_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestServices walks every method of every Service and of component.Platform: one that calls the platform has
// a context as its first parameter, and a comment that ends in a line such as
//
//	POST /cgi-bin/menu/create (创建自定义菜单)
//
// whose path stands in the code of its package.
func TestServices(t *testing.T) {
	for _, p := range packages(t) {
		for _, m := range p.methods {
			if !p.calls(m) || isHandler(m) {
				continue
			}
			what := p.dir + "." + m.Name.Name
			if !takesContext(m) {
				t.Errorf("%s calls the platform, and its first parameter is not a context.Context", what)
			}
			comment := strings.TrimSpace(m.Doc.Text())
			last := comment[strings.LastIndex(comment, "\n")+1:]
			endpoint := lastLine.FindStringSubmatch(last)
			if endpoint == nil {
				t.Errorf("%s: the last line of its comment names no method and path: %q", what, last)
				continue
			}
			if !p.literals[endpoint[2]] {
				t.Errorf("%s: %s does not stand in the code of the package", what, endpoint[2])
			}
		}
	}
}

// TestEndpoints looks the endpoints of testdata/endpoints.tsv up in the comments of what the
// packages export: each is named there, with its Chinese title.
func TestEndpoints(t *testing.T) {
	named := map[string]bool{}
	for _, p := range packages(t) {
		for _, f := range p.exported {
			for _, endpoint := range mention.FindAllStringSubmatch(f.Doc.Text(), -1) {
				named[endpoint[1]+" "+endpoint[2]] = true
			}
		}
	}
	for _, endpoint := range demanded(t) {
		if !named[endpoint] {
			t.Errorf("no comment of an exported function names %s", endpoint)
		}
	}
}

var (
	mention  = regexp.MustCompile(`(GET|POST) ((?:https://[a-z.]+)?/[\w/.-]+)(?:\?\S+)?\s\([^)]*\p{Han}[^)]*\)`)
	titled   = regexp.MustCompile(`(GET|POST) ((?:https://[a-z.]+)?/[\w/.-]+(?:\?\S+)?)\s\(([^)]*\p{Han}[^)]*)\)`)
	lastLine = regexp.MustCompile(`^` + mention.String() + `$`)
)

// demanded are the endpoints that the packages must cover, as "POST /cgi-bin/…".
func demanded(t *testing.T) []string {
	table, err := os.ReadFile("testdata/endpoints.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var endpoints []string
	for row := range strings.Lines(string(table)) {
		column := strings.Split(strings.TrimSpace(row), "\t")
		if column[0] != "tier" {
			path, _, _ := strings.Cut(column[2], "?")
			endpoints = append(endpoints, column[1]+" "+path)
		}
	}
	return slices.Compact(endpoints)
}

// source is a package that calls the platform, without its tests.
type source struct {
	dir      string
	exported []*ast.FuncDecl
	methods  []*ast.FuncDecl // of these, those of a Service or Platform
	funcs    map[string]*ast.FuncDecl
	literals map[string]bool // strings in the code
}

func packages(t *testing.T) []*source {
	t.Helper()
	byDir := map[string]*source{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == "wechattest" || path != "." && hasFile(path, "go.mod")):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.Dir(path)
		if byDir[dir] == nil {
			byDir[dir] = &source{dir: dir, funcs: map[string]*ast.FuncDecl{}, literals: map[string]bool{}}
		}
		byDir[dir].add(file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var found []*source
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		found = append(found, byDir[dir])
	}
	return found
}

func hasFile(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

func (p *source) add(file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			text, _ := strconv.Unquote(l.Value)
			p.literals[text] = true
		}
		return true
	})
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		p.funcs[f.Name.Name] = f
		if f.Name.IsExported() {
			p.exported = append(p.exported, f)
		}
		if f.Name.IsExported() && f.Recv != nil && isService(f.Recv.List[0].Type) {
			p.methods = append(p.methods, f)
		}
	}
}

func isService(receiver ast.Expr) bool {
	pointer, ok := receiver.(*ast.StarExpr)
	if !ok {
		return false
	}
	name, ok := pointer.X.(*ast.Ident)
	return ok && (strings.HasSuffix(name.Name, "Service") || name.Name == "Platform")
}

// calls reports whether a method reaches one of the client's verbs, by itself or by
// functions of its package.
func (p *source) calls(method *ast.FuncDecl) bool {
	return p.reaches(method, []string{"Get", "Post", "Upload", "Download"}, func(*ast.FuncDecl) bool { return true })
}

// decodes reports whether a method reaches a verb that decodes an answer, not by another
// method of a Service.
func (p *source) decodes(method *ast.FuncDecl) bool {
	return p.reaches(method, []string{"Get", "Post", "Upload"}, func(f *ast.FuncDecl) bool { return !slices.Contains(p.methods, f) })
}

func (p *source) reaches(method *ast.FuncDecl, verbs []string, through func(*ast.FuncDecl) bool) bool {
	seen := map[*ast.FuncDecl]bool{}
	var reach func(*ast.FuncDecl) bool
	reach = func(f *ast.FuncDecl) (found bool) {
		if f == nil || f.Body == nil || seen[f] {
			return false
		}
		seen[f] = true
		ast.Inspect(f.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || found {
				return !found
			}
			next := p.funcs[called(call.Fun)]
			found = verb(call.Fun, verbs) || slices.ContainsFunc(call.Args, isClient) || through(next) && reach(next)
			return !found
		})
		return found
	}
	return reach(method)
}

// called is the name of a function or method, without what stands before it.
func called(f ast.Expr) string {
	switch f := f.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if pkg, ok := f.X.(*ast.Ident); ok && pkg.Name == "limit" {
			return "" // limit.Check is not the method Check of a package
		}
		return f.Sel.Name
	case *ast.IndexExpr:
		return called(f.X)
	}
	return ""
}

// verb reports whether f is one of the verbs of the client, such as s.oa.Get.
func verb(f ast.Expr, verbs []string) bool {
	sel, ok := f.(*ast.SelectorExpr)
	if !ok || !slices.Contains(verbs, sel.Sel.Name) {
		return false
	}
	return called(sel.X) == "oa"
}

// isClient reports whether an argument is the client of a service, which the called
// function then uses.
func isClient(arg ast.Expr) bool {
	sel, ok := arg.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "oa"
}

// isHandler reports whether a method makes an http.Handler, whose contexts are those
// of its requests.
func isHandler(f *ast.FuncDecl) bool {
	return f.Type.Results != nil && called(f.Type.Results.List[0].Type) == "Handler"
}

func takesContext(f *ast.FuncDecl) bool {
	if len(f.Type.Params.List) == 0 {
		return false
	}
	sel, ok := f.Type.Params.List[0].Type.(*ast.SelectorExpr)
	return ok && called(sel.X) == "context" && sel.Sel.Name == "Context"
}
