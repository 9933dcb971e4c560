package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// declaration returns the text of a top-level declaration with its comment, or the body of
// a function without its indentation. A name in a parenthesised group stands for the group.
func declaration(src, name string, body bool) (string, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.ParseComments)
	if err != nil {
		return "", err
	}
	at := func(p token.Pos) int { return fset.Position(p).Offset }
	for _, d := range file.Decls {
		if !declares(d, name) {
			continue
		}
		f, isFunc := d.(*ast.FuncDecl)
		if body {
			if !isFunc || f.Body == nil {
				return "", fmt.Errorf("%s is not a function with a body", name)
			}
			return unindent(src[at(f.Body.Lbrace)+1 : at(f.Body.Rbrace)]), nil
		}
		from := d.Pos()
		if doc := docOf(d); doc != nil {
			from = doc.Pos()
		}
		to := at(d.End())
		if nl := strings.IndexByte(src[to:], '\n'); nl >= 0 {
			to += nl // with the comment that ends the line
		}
		return src[at(from):to] + "\n", nil
	}
	return "", fmt.Errorf("no declaration %s", name)
}

func declares(d ast.Decl, name string) bool {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return funcName(d) == name
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.Name == name {
					return true
				}
			case *ast.ValueSpec:
				for _, n := range s.Names {
					if n.Name == name {
						return true
					}
				}
			}
		}
	}
	return false
}

// funcName returns F, or T.M for a method.
func funcName(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	t := f.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + f.Name.Name
		default:
			return f.Name.Name
		}
	}
}

func docOf(d ast.Decl) *ast.CommentGroup {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Doc
	case *ast.GenDecl:
		return d.Doc
	}
	return nil
}

// unindent removes a tab from every line of a function's body, except within raw strings.
func unindent(body string) string {
	body = strings.Trim(body, "\n") + "\n"
	raw := rawLines(body)
	var out strings.Builder
	n := 0
	for line := range strings.Lines(body) {
		if !raw[n] {
			line = strings.TrimPrefix(line, "\t")
		}
		out.WriteString(line)
		n++
	}
	return strings.TrimSpace(out.String()) + "\n"
}

// rawLines returns the lines, from 0, that begin within a raw string.
func rawLines(src string) map[int]bool {
	var s scanner.Scanner
	fset := token.NewFileSet()
	s.Init(fset.AddFile("", fset.Base(), len(src)), []byte(src), nil, 0)
	lines := map[int]bool{}
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return lines
		}
		if tok == token.STRING && lit[0] == '`' {
			first := fset.Position(pos).Line - 1
			for i := range strings.Count(lit, "\n") {
				lines[first+1+i] = true
			}
		}
	}
}
