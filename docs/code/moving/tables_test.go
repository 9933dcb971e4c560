package moving

import (
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const ours, silenceper = "github.com/seed-f21aa8d8/wechat", "github.com/silenceper/wechat/v2"

// side is a module as a column of the tables writes it: the packages by the name that
// stands before the dot, and the types of the variables.
type side struct {
	packages map[string]string
	vars     map[string]string // name: package.Type, a pointer to it
}

var newSide = side{
	packages: under(ours, "adstat", "comment", "component", "customerservice", "datacube", "draft", "errcode", "freepublish",
		"jssdk", "mass", "material", "menu", "message", "notice", "oauth", "ocr", "officialaccount", "openapi", "qrcode", "store",
		"store/redisstore", "subscribe", "template", "token", "user"),
	vars: map[string]string{"oa": "officialaccount.Client", "bot": "message.Handler", "p": "component.Platform"},
}

var silenceperSide = side{
	packages: func() map[string]string {
		paths := under(silenceper, "cache", "credential", "domain/openapi", "util", "officialaccount/basic", "officialaccount/broadcast",
			"officialaccount/config", "officialaccount/customerservice", "officialaccount/datacube", "officialaccount/draft", "officialaccount/freepublish",
			"officialaccount/material", "officialaccount/menu", "officialaccount/message", "officialaccount/oauth",
			"officialaccount/server", "officialaccount/user", "openplatform")
		paths["wechat"] = silenceper
		paths["officialaccount"] = silenceper + "/officialaccount"
		return paths
	}(),
	vars: map[string]string{"wc": "wechat.Wechat", "oa": "officialaccount.OfficialAccount", "srv": "server.Server", "msg": "message.MixMessage", "op": "openplatform.OpenPlatform"},
}

func under(module string, folders ...string) map[string]string {
	paths := map[string]string{}
	for _, f := range folders {
		paths[f[strings.LastIndex(f, "/")+1:]] = module + "/" + f
	}
	return paths
}

// Every name in the tables exists, with that many arguments: ours on all pages, those of
// silenceper/wechat on its page. Both languages have the same code.
func TestTables(t *testing.T) {
	fset := token.NewFileSet()
	exports := exportData(t, newSide, silenceperSide)
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		file, ok := exports[path]
		if !ok {
			return nil, fmt.Errorf("no export data for %s", path)
		}
		return os.Open(file)
	})
	for page, least := range map[string]int{"silenceper": 200, "powerwechat": 140, "wxjava": 140} {
		english, chinese := rows(t, "../../moving-"+page+".md"), rows(t, "../../moving-"+page+".zh-CN.md")
		require.Len(t, chinese, len(english), page)
		require.GreaterOrEqual(t, len(english), least, page)
		t.Log(page, len(english), "rows")
		for i, row := range english {
			require.Equal(t, codes(row[0]), codes(chinese[i][0]), "row %d of %s: %s", i, page, row[0])
			require.Equal(t, codes(row[1]), codes(chinese[i][1]), "row %d of %s: %s", i, page, row[0])
			require.NotEmpty(t, codes(row[0]), row)
			require.True(t, len(codes(row[1])) > 0 || strings.Contains(row[1], "](") || strings.HasPrefix(row[1], "–"), row)
			for _, code := range codes(row[1]) {
				requireNames(t, imports, newSide, code)
			}
			for _, code := range codes(row[2]) { // prose: names of our packages alone
				if pkg, name, _ := strings.Cut(code, "."); newSide.packages[pkg] != "" && name != "" {
					requireNames(t, imports, newSide, code)
				}
			}
			if page == "silenceper" {
				for _, code := range codes(row[0]) {
					requireNames(t, imports, silenceperSide, code)
				}
			}
		}
	}
	for _, wrong := range []string{"menu.New(oa).Make(ctx)", "menu.New(oa).Get()", "menus.New(oa)", "message.Text.Text", "menu.Button{Label: x}", "menu.New(oa", "nothing(ctx)"} {
		require.Error(t, newSide.check(imports, wrong), wrong)
	}
}

func requireNames(t *testing.T, imports types.Importer, s side, code string) {
	if err := s.check(imports, code); err != nil {
		t.Errorf("%s: %v", code, err)
	}
}

// rows returns the rows of the tables of a page that compare calls.
func rows(t *testing.T, page string) (rows [][]string) {
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	inside := false
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			inside = false
		case len(cells) == 3 && (cells[1] == "this module" || cells[1] == "本模块"):
			inside = true
		case inside && !strings.HasPrefix(line, "|--"):
			require.Len(t, cells, 3, line)
			rows = append(rows, cells)
		}
	}
	return rows
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

func codes(cell string) (list []string) {
	for _, m := range codeSpan.FindAllStringSubmatch(cell, -1) {
		list = append(list, m[1])
	}
	return list
}

// check returns an error unless the names in a Go expression exist. Names alone, such as
// buttons, and … stand for any value.
func (s side) check(imports types.Importer, code string) error {
	expr, err := parser.ParseExpr(strings.ReplaceAll(code, "…", "rest"))
	if err != nil {
		return err
	}
	if id, ok := expr.(*ast.CallExpr); ok {
		if _, ok := id.Fun.(*ast.Ident); ok {
			return errors.New("a function of no package")
		}
	}
	_, err = s.eval(imports, expr)
	return err
}

// eval returns the type of an expression, nil if it stands for any value.
func (s side) eval(imports types.Importer, expr ast.Expr) (types.Type, error) {
	switch e := expr.(type) {
	case *ast.Ident:
		if name, ok := s.vars[e.Name]; ok {
			pkg, typ, _ := strings.Cut(name, ".")
			obj, err := s.lookup(imports, pkg, typ)
			if err != nil {
				return nil, err
			}
			return types.NewPointer(obj.Type()), nil
		}
		return nil, nil
	case *ast.SelectorExpr:
		if id, ok := e.X.(*ast.Ident); ok && s.vars[id.Name] == "" {
			obj, err := s.lookup(imports, id.Name, e.Sel.Name)
			if err != nil {
				return nil, err
			}
			return obj.Type(), nil
		}
		on, err := s.eval(imports, e.X)
		if err != nil {
			return nil, err
		}
		if on == nil {
			return nil, fmt.Errorf("the type before .%s is not known", e.Sel.Name)
		}
		obj, _, _ := types.LookupFieldOrMethod(on, true, nil, e.Sel.Name)
		if obj == nil {
			return nil, fmt.Errorf("%s has no %s", on, e.Sel.Name)
		}
		return obj.Type(), nil
	case *ast.CallExpr:
		for _, arg := range e.Args {
			if _, err := s.eval(imports, arg); err != nil {
				return nil, err
			}
		}
		fn, err := s.eval(imports, e.Fun)
		if err != nil {
			return nil, err
		}
		signature, ok := types.Unalias(fn).(*types.Signature)
		if !ok { // a conversion
			return fn, nil
		}
		if err := arguments(e, signature); err != nil {
			return nil, err
		}
		if signature.Results().Len() == 0 {
			return nil, nil
		}
		return signature.Results().At(0).Type(), nil
	case *ast.CompositeLit:
		typ, err := s.eval(imports, e.Type)
		if err != nil || typ == nil {
			return typ, err
		}
		for _, elt := range e.Elts {
			kv, ok := elt.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			if obj, _, _ := types.LookupFieldOrMethod(typ, true, nil, kv.Key.(*ast.Ident).Name); obj == nil {
				return nil, fmt.Errorf("%s has no field %s", typ, kv.Key)
			}
			if _, err := s.eval(imports, kv.Value); err != nil {
				return nil, err
			}
		}
		return typ, nil
	case *ast.IndexExpr:
		return s.eval(imports, e.X)
	case *ast.UnaryExpr:
		return s.eval(imports, e.X)
	case *ast.BasicLit:
		return nil, nil
	}
	return nil, fmt.Errorf("%T is not for a table", expr)
}

// arguments returns an error if a function does not take so many. A last … stands for the
// others.
func arguments(call *ast.CallExpr, signature *types.Signature) error {
	got, want := len(call.Args), signature.Params().Len()
	if got > 0 {
		if id, ok := call.Args[got-1].(*ast.Ident); ok && id.Name == "rest" {
			return nil
		}
	}
	if got == want || signature.Variadic() && got >= want-1 {
		return nil
	}
	return fmt.Errorf("%d arguments, not %d: %s", got, want, signature)
}

func (s side) lookup(imports types.Importer, pkg, name string) (types.Object, error) {
	path, ok := s.packages[pkg]
	if !ok {
		return nil, fmt.Errorf("package %s is not known", pkg)
	}
	p, err := imports.Import(path)
	if err != nil {
		return nil, err
	}
	obj := p.Scope().Lookup(name)
	if obj == nil || !obj.Exported() {
		return nil, fmt.Errorf("%s has no %s", path, name)
	}
	return obj, nil
}

// exportData has the go command compile packages and all that they import, and returns
// the files that tell their types.
func exportData(t *testing.T, sides ...side) map[string]string {
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}
	for _, s := range sides {
		args = append(args, slices.Sorted(maps.Values(s.packages))...)
	}
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	require.NoError(t, err, errs.String())
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, file, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			files[path] = file
		}
	}
	return files
}
