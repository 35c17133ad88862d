package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// variable tells a test binary which mutant it is to be; without it the binary is right.
const variable = "HANDRAIL_MUTANT"

// plant makes the files that hold all mutants at once, so that the tests are compiled once and not for each: beside a right
// function stand its mutants, and it gives way to the one that is asked for.
func plant(root string, mutants []mutant) (files map[string][]byte, err error) {
	files = map[string][]byte{}
	ofFile := map[string][]mutant{}
	for _, m := range mutants {
		ofFile[m.file] = append(ofFile[m.file], m)
	}
	for name, of := range ofFile {
		text, wrong := os.ReadFile(filepath.Join(root, name))
		if wrong != nil {
			err = errors.Join(err, wrong)
			continue
		}
		text, packageName, wrong := planted(name, text, of)
		files[name] = text
		files[filepath.Join(filepath.Dir(name), "mutant.go")] = fmt.Appendf(nil,
			"package %s\n\nimport \"os\"\n\nvar mutant = os.Getenv(%q)\n", packageName, variable)
		err = errors.Join(err, wrong)
	}
	return files, err
}

// planted is a file with its mutants.
func planted(name string, text []byte, mutants []mutant) (with []byte, packageName string, err error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, "", err
	}
	offset := func(p token.Pos) int { return set.Position(p).Offset }
	gives := map[int]string{} // where a body begins, to what it does first
	var copies strings.Builder
	for _, m := range mutants {
		at, wrong := m.at(text)
		if wrong != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", m.name, wrong))
			continue
		}
		i := slices.IndexFunc(parsed.Decls, func(d ast.Decl) bool { return offset(d.Pos()) <= at && at < offset(d.End()) })
		f, _ := parsed.Decls[max(i, 0)].(*ast.FuncDecl)
		if i < 0 || f == nil || at <= offset(f.Body.Lbrace) {
			err = errors.Join(err, fmt.Errorf("%s: the old text is not in the body of a function", m.name))
			continue
		}
		call, wrong := m.call(f)
		if wrong != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", m.name, wrong))
			continue
		}
		gives[offset(f.Body.Lbrace)+1] += call
		// The compiler speaks of the mutant by its name.
		fmt.Fprintf(&copies, "\n//line %s:1\n%s%s%s%s%s\n", m.name, text[offset(f.Pos()):offset(f.Name.Pos())], m.function(f),
			text[offset(f.Name.End()):at], m.new, text[at+len(m.old):offset(f.End())])
	}
	var out bytes.Buffer
	for i, c := range text {
		out.WriteString(gives[i])
		out.WriteByte(c)
	}
	out.WriteString(copies.String())
	return out.Bytes(), parsed.Name.Name, err
}

func (m mutant) function(f *ast.FuncDecl) string { return fmt.Sprintf("%s%d", f.Name.Name, m.number) }

// call is what the right function does first.
func (m mutant) call(f *ast.FuncDecl) (string, error) {
	var arguments []string
	for _, field := range f.Type.Params.List {
		for _, name := range field.Names {
			argument := name.Name
			if _, many := field.Type.(*ast.Ellipsis); many {
				argument += "..."
			}
			arguments = append(arguments, argument)
		}
		if len(field.Names) == 0 || slices.Contains(arguments, "_") {
			return "", fmt.Errorf("%s has a parameter without a name", f.Name.Name)
		}
	}
	call := m.function(f) + "(" + strings.Join(arguments, ", ") + ")"
	if f.Recv != nil {
		if len(f.Recv.List[0].Names) == 0 {
			return "", fmt.Errorf("%s has a receiver without a name", f.Name.Name)
		}
		call = f.Recv.List[0].Names[0].Name + "." + call
	}
	if f.Type.Results == nil {
		return fmt.Sprintf(" if mutant == %q { %s; return };", fmt.Sprint(m.number), call), nil
	}
	return fmt.Sprintf(" if mutant == %q { return %s };", fmt.Sprint(m.number), call), nil
}
