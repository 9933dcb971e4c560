package wechat_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
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
	var visit func(ast.Node)
	visit = func(n ast.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); !ok || !tests.isPackage(x) {
					methods[n.Sel.Name] = true
				}
			case *ast.Ident:
				for _, node := range tests.declared[tests.info.Uses[n]] {
					visit(node)
				}
			}
			return true
		})
	}
	for _, do := range tests.does {
		visit(do)
	}
	return methods
}

// tests are the tests of a package.
type tests struct {
	info     types.Info
	does     []ast.Expr                  // values of the fields named Do
	declared map[types.Object][]ast.Node // what functions and variables stand for
}

// parseTests reads the tests of a package. Imports are not resolved.
func parseTests(t *testing.T, dir string) *tests {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string][]*ast.File{}
	set := token.NewFileSet()
	for _, path := range paths {
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		byName[file.Name.Name] = append(byName[file.Name.Name], file)
	}
	found := &tests{
		info:     types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}},
		declared: map[types.Object][]ast.Node{},
	}
	config := types.Config{Importer: noImports{}, Error: func(error) {}}
	for name, files := range byName {
		_, _ = config.Check(name, set, files, &found.info) // fails for the imports
		for _, file := range files {
			ast.Inspect(file, found.add)
		}
	}
	return found
}

type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("not resolved") }

func (s *tests) add(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CompositeLit: // a call that fails is not disturbed
		return !slices.ContainsFunc(n.Elts, func(e ast.Expr) bool {
			field, ok := e.(*ast.KeyValueExpr)
			return ok && strings.EqualFold(called(field.Key), "Fails")
		})
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Do" {
			s.does = append(s.does, n.Value)
		}
		s.declare(n.Key, n.Value)
	case *ast.CallExpr:
		if called(n.Fun) == "Disturb" {
			s.does = append(s.does, n.Args...)
		}
	case *ast.FuncDecl:
		s.declare(n.Name, n.Body)
	case *ast.RangeStmt:
		s.declare(n.Value, n.X)
	case *ast.AssignStmt:
		for i := range n.Lhs {
			s.declare(n.Lhs[i], n.Rhs[min(i, len(n.Rhs)-1)])
		}
	case *ast.ValueSpec:
		for i := range n.Values {
			s.declare(n.Names[i], n.Values[i])
		}
	}
	return true
}

func (s *tests) declare(name ast.Expr, value ast.Node) {
	id, ok := name.(*ast.Ident)
	if !ok {
		return
	}
	object := s.info.Defs[id]
	if object == nil {
		object = s.info.Uses[id]
	}
	if object != nil {
		s.declared[object] = append(s.declared[object], value)
	}
}

func (s *tests) isPackage(id *ast.Ident) bool {
	_, ok := s.info.Uses[id].(*types.PkgName)
	return ok
}
