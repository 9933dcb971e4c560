package wechat_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestAnswers looks for every method of a Service that decodes an answer in the tests of
// its package: in the Do of an apitest.Case or in a call of apitest.Disturb, which
// disturb the answer.
func TestAnswers(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.methods) == 0 {
			continue
		}
		tested := disturbed(t, p.dir)
		for _, m := range p.methods {
			if p.decodes(m) && !isHandler(m) && returnsValue(m) && !tested[m.Name.Name] {
				t.Errorf("%s.%s decodes an answer, and no apitest.Case or apitest.Disturb calls it", p.dir, m.Name.Name)
			}
		}
	}
}

func returnsValue(f *ast.FuncDecl) bool {
	results := f.Type.Results
	return results != nil && (results.NumFields() > 1 || called(results.List[0].Type) != "error")
}

// disturbed returns the names of the methods that the calls disturbed by the tests of a
// package mention, by themselves or by what the tests declare.
func disturbed(t *testing.T, dir string) map[string]bool {
	t.Helper()
	tests := parseTests(t, dir)
	methods, seen := map[string]bool{}, map[ast.Node]bool{}
	var visit func(part)
	visit = func(p part) {
		if seen[p.node] {
			return
		}
		seen[p.node] = true
		var look func(ast.Node) bool
		look = func(n ast.Node) bool {
			var meant []part
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && tests.imports[x.Name] {
					return false
				}
				methods[n.Sel.Name] = true
				meant = tests.declared[name{"", "." + n.Sel.Name}]
				ast.Inspect(n.X, look)
			case *ast.Ident:
				if meant = tests.declared[name{p.test, n.Name}]; meant == nil {
					meant = tests.declared[name{"", n.Name}]
				}
			default:
				return true
			}
			for _, next := range meant {
				visit(next)
			}
			return false
		}
		ast.Inspect(p.node, look)
	}
	for _, do := range tests.does {
		visit(do)
	}
	return methods
}

// tests are the tests of a package. A name means what the same function declares, or else
// what the package does. Two variables of one name in a function are not told apart, nor
// are two fields or methods of one name in a package.
type tests struct {
	imports  map[string]bool // names of imported packages
	does     []part          // values of the fields named Do
	declared map[name][]part // what functions, variables and fields stand for
}

// name is a name within a function, or in the package if test is empty. The names of
// fields and methods begin with a dot.
type name struct{ test, name string }

// part is a piece of the code of a function.
type part struct {
	test string
	node ast.Node
}

// parseTests reads the tests of a package.
func parseTests(t *testing.T, dir string) *tests {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := &tests{imports: map[string]bool{}, declared: map[name][]part{}}
	for _, file := range paths {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range parsed.Imports {
			imported, _ := strconv.Unquote(i.Path.Value)
			found.imports[path.Base(imported)] = true
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				ast.Inspect(d, func(n ast.Node) bool { return found.add("", n) })
				continue
			}
			key := name{"", f.Name.Name}
			if f.Recv != nil {
				key.name = "." + key.name
			}
			found.declared[key] = append(found.declared[key], part{f.Name.Name, f.Body})
			ast.Inspect(f.Body, func(n ast.Node) bool { return found.add(f.Name.Name, n) })
		}
	}
	return found
}

func (s *tests) add(test string, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CompositeLit: // a call that fails is not disturbed
		return !slices.ContainsFunc(n.Elts, func(e ast.Expr) bool {
			field, ok := e.(*ast.KeyValueExpr)
			return ok && strings.EqualFold(called(field.Key), "Fails")
		})
	case *ast.KeyValueExpr:
		if called(n.Key) == "Do" {
			s.does = append(s.does, part{test, n.Value})
		}
		if key, ok := n.Key.(*ast.Ident); ok {
			field := name{"", "." + key.Name}
			s.declared[field] = append(s.declared[field], part{test, n.Value})
		}
	case *ast.CallExpr:
		if called(n.Fun) == "Disturb" {
			for _, arg := range n.Args {
				s.does = append(s.does, part{test, arg})
			}
		}
	case *ast.RangeStmt:
		s.declare(test, n.Value, n.X)
	case *ast.AssignStmt:
		for i := range n.Lhs {
			s.declare(test, n.Lhs[i], n.Rhs[min(i, len(n.Rhs)-1)])
		}
	case *ast.ValueSpec:
		for i := range n.Values {
			s.declare(test, n.Names[i], n.Values[i])
		}
	}
	return true
}

func (s *tests) declare(test string, variable ast.Expr, value ast.Node) {
	if id, ok := variable.(*ast.Ident); ok {
		key := name{test, id.Name}
		s.declared[key] = append(s.declared[key], part{test, value})
	}
}
